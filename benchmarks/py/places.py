"""What a comparison needs: the stand-in built, and JACK-Client in a venv of its own.

Both modules are called `jack`, so they can't share one.
"""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PEER_VERSION = "0.5.7"


def run(*command: str | Path) -> None:
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, cwd=PROJECT
    )
    if done.returncode != 0:
        text = " ".join(str(part) for part in command)
        raise SystemExit(f"{text} failed:\n{done.stdout}{done.stderr}")


def standin(build: Path) -> Path:
    """The stand-in, built anew where its sources changed."""
    beside = os.path.dirname(sys.executable)
    path = os.pathsep.join([beside, os.environ.get("PATH", "")])
    meson = shutil.which("meson", path=path)
    if meson is None:
        raise SystemExit("meson is needed to build the stand-in libjack")
    os.environ["PATH"] = path  # ninja lives there too
    directory = build / "standin"
    if not (directory / "build.ninja").exists():
        run(meson, "setup", directory, PROJECT)
    run(meson, "compile", "-C", directory, "standin")
    return directory / "benchmarks" / "c" / "standin.so"


def peer(build: Path) -> Path:
    """The Python of a venv with JACK-Client, and with the NumPy that we have here."""
    directory = build / "peer"
    python = directory / "bin" / "python"
    wanted = f"{sys.version} {PEER_VERSION} {importlib.metadata.version('numpy')}"
    stamp = directory / "made-for"
    if not stamp.exists() or stamp.read_text() != wanted:
        shutil.rmtree(directory, ignore_errors=True)
        venv.create(directory, with_pip=True)
        numpy = f"numpy=={importlib.metadata.version('numpy')}"
        run(python, "-m", "pip", "install", "-q", f"JACK-Client=={PEER_VERSION}", numpy)
        stamp.write_text(wanted)
    return python
