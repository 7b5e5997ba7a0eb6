"""What a comparison needs: C programs built, and JACK-Client in a venv of its own.

Both modules are called `jack`, so they can't share one.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import shutil
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PEER_VERSION = "0.5.7"
C_FLAGS = ["-std=gnu11", "-O2", "-pthread"]


def run(*command: str | Path, path: str | None = None) -> None:
    environment = os.environ if path is None else {**os.environ, "PATH": path}
    done = subprocess.run(
        [str(part) for part in command],
        capture_output=True, text=True, cwd=PROJECT, env=environment,
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


def meter(build: Path) -> Path:
    """The loop-back meter, tests/c/meter.c."""
    build.mkdir(parents=True, exist_ok=True)
    names = "meter.c", "meter_clock.c", "meter_thru.c"
    sources = [PROJECT / "tests" / "c" / name for name in names]
    sources += ["-I", PROJECT / "src", PROJECT / "src" / "rt" / "jacktime.c"]
    run("cc", *C_FLAGS, *sources, "-ljack", "-o", build / "meter")
    return build / "meter"


def native(build: Path) -> Path:
    """The library of native callbacks, tests/c/native.c."""
    build.mkdir(parents=True, exist_ok=True)
    source = PROJECT / "tests" / "c" / "native.c"
    run("cc", *C_FLAGS, "-shared", "-fPIC", source, "-o", build / "native.so")
    return build / "native.so"


def stream_cost(build: Path) -> Path:
    """The benchmark benchmarks/c/stream_cost.c."""
    build.mkdir(parents=True, exist_ok=True)
    stems = ("frames", "mailbox", "ringbuffer", "stream", "wake")
    sources = [PROJECT / "src" / "rt" / f"{stem}.c" for stem in stems]
    sources.append(PROJECT / "benchmarks" / "c" / "stream_cost.c")
    program = build / "stream_cost"
    run("cc", "-std=gnu11", "-O3", "-pthread", "-I", PROJECT / "src", *sources, "-o", program)
    return program


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


def source_key() -> str:
    """Changes when what the package is made from does."""
    files = [PROJECT / "meson.build", PROJECT / "pyproject.toml"]
    files += sorted((PROJECT / "src").rglob("*"))
    key = hashlib.sha256()
    for file in files:
        if file.is_file() and file.suffix != ".pyc":
            key.update(str(file).encode() + file.read_bytes())
    return key.hexdigest()


def ours(build: Path, python: str) -> Path:
    """The Python of a venv for `python` with this package, built from this tree."""
    shown = subprocess.run(
        [python, "-c", "import sys; print('%d.%d' % sys.version_info[:2], sys.version)"],
        check=True, capture_output=True, text=True,
    ).stdout.strip()
    directory = build / f"ours-{shown.partition(' ')[0]}"
    made = directory / "bin" / "python"
    stamp = directory / "made-for"
    wanted = f"{shown} {source_key()}"
    if stamp.exists() and stamp.read_text() == wanted:
        return made
    requirements = tomllib.loads((PROJECT / "pyproject.toml").read_text())["build-system"]
    if not (stamp.exists() and stamp.read_text().startswith(shown)):
        shutil.rmtree(directory, ignore_errors=True)
        run(python, "-m", "venv", directory)
        run(made, "-m", "pip", "install", "-q", "numpy", *requirements["requires"])
    stamp.unlink(missing_ok=True)
    path = os.pathsep.join([str(made.parent), os.environ.get("PATH", "")])
    run(made, "-m", "pip", "install", "-q", "--no-build-isolation", "--no-deps",
        f"--config-settings=build-dir={directory / 'build'}", ".", path=path)
    stamp.write_text(wanted)
    return made
