"""Python programs in processes of their own."""

import os
import subprocess
import sys
import textwrap

import pytest


def run(program, *arguments, timeout=30, environment=None, check=True):
    """Run `program` (source text) and return its CompletedProcess, text captured.

    With `check`, it must end well and say nothing on stderr.
    """
    result = subprocess.run(
        command(program, *arguments),
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    if check and (result.returncode, result.stderr) != (0, ""):
        pytest.fail(f"it ended with {result.returncode} and said:\n{result.stderr}")
    return result


def start(program, *arguments):
    """Start `program`; the caller reads its stdout and ends it."""
    return subprocess.Popen(
        command(program, *arguments),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def command(program, *arguments):
    return [sys.executable, "-X", "faulthandler", "-c", textwrap.dedent(program), *arguments]


def join(*parts):
    """One program from several parts, each with its own indentation."""
    return "\n".join(textwrap.dedent(part) for part in parts)
