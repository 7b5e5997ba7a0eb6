"""The programs in examples/, as they are."""

import os
import pathlib
import subprocess
import sys

FOLDER = pathlib.Path(__file__).parents[2] / "examples"


def start(name, *arguments, server, cwd):
    return subprocess.Popen(
        [sys.executable, "-W", "error", FOLDER / name, *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "JACK_DEFAULT_SERVER": server.name},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process):
    """What it said, once it has ended well."""
    try:
        said, complaint = process.communicate(timeout=60)
    finally:
        process.kill()
    assert (process.returncode, complaint) == (0, "")
    return said


def run(name, *arguments, server, cwd):
    return finish(start(name, *arguments, server=server, cwd=cwd))
