"""The programs in examples/, as they are."""

import contextlib
import os
import pathlib
import signal
import subprocess
import sys

import pytest

FOLDER = pathlib.Path(__file__).parents[2] / "examples"


def start(name, *arguments, server, cwd):
    return subprocess.Popen(
        [sys.executable, "-W", "error", FOLDER / name, *map(str, arguments)],
        cwd=cwd,
        stdin=subprocess.PIPE,
        env={**os.environ, "JACK_DEFAULT_SERVER": server.name, "PIPEWIRE_REMOTE": server.name},
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
    if (process.returncode, complaint) != (0, ""):
        pytest.fail(f"it ended with {process.returncode} and said:\n{complaint}")
    return said


def run(name, *arguments, server, cwd):
    return finish(start(name, *arguments, server=server, cwd=cwd))


@contextlib.contextmanager
def running(name, *arguments, server, cwd):
    """One that says in its first line that it is ready, and that Ctrl-C ends."""
    process = start(name, *arguments, server=server, cwd=cwd)
    try:
        process.ready = process.stdout.readline()
        if not process.ready:
            finish(process)
        yield process
        process.send_signal(signal.SIGINT)
        process.said = finish(process)
    finally:
        process.kill()
        process.communicate()


def said_until(process, last):
    """The lines up to that one."""
    lines = []
    while last not in lines:
        lines.append(process.stdout.readline())
        assert lines[-1], f"it ended after {lines}"
    return lines
