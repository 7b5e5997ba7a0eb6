"""Python programs in processes of their own."""

import os
import pathlib
import subprocess
import sys
import textwrap

import pytest

TESTS = str(pathlib.Path(__file__).parents[1])


def run(program, *arguments, **options):
    """Run `program` (source text); as run_command() does."""
    return run_command(command(program, *arguments), **options)


def run_module(module, *arguments, environment=None, **options):
    """Run a module of the tests by its name, as in "support.ends"; as run_command() does."""
    environment = {"PYTHONPATH": TESTS, **(environment or {})}
    words = [sys.executable, "-X", "faulthandler", "-m", module, *arguments]
    return run_command(words, environment=environment, **options)


def run_command(words, *, timeout=30, environment=None, check=True):
    """Run it and return its CompletedProcess, text captured.

    With `check`, it must end well and say nothing on stderr.
    """
    result = subprocess.run(
        words,
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
