"""pyjack's commands: within this process, which is quick, or as a program."""

import json
import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from jack._cli.app import program


CALLED = f"{os.path.basename(sys.executable)} -m jack"  # what start() calls it


class Done:
    """How a command ended, and what it said."""

    def __init__(self, result):
        self.status = result.exit_code
        self.out = result.stdout_bytes.decode(errors="surrogateescape")
        self.error = result.stderr_bytes.decode(errors="surrogateescape")

    def _check_fine(self):
        if (self.status, self.error) != (0, ""):
            pytest.fail(f"it ended with {self.status} and said: {self.error}")

    @property
    def lines(self):
        self._check_fine()
        return self.out.splitlines()

    @property
    def json(self):
        self._check_fine()
        return json.loads(self.out)

    @property
    def jsons(self):
        """Of the lines, one each."""
        return [json.loads(line) for line in self.lines]

    @property
    def complaint(self):
        """The one line on stderr of a command that failed."""
        line, end, more = self.error.partition("\n")
        if self.status == 0 or not end or more:
            pytest.fail(f"it ended with {self.status} and said: {self.error!r}")
        return line


def run(server, *arguments, given=None):
    """Run a command, with that server (a name) as the default one."""
    result = CliRunner().invoke(
        program,
        [str(argument) for argument in arguments],
        input=given,
        env={"JACK_DEFAULT_SERVER": server},
        prog_name="pyjack",
    )
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Done(result)


def command(*arguments):
    return [sys.executable, "-W", "error", "-X", "faulthandler", "-m", "jack",
            *map(str, arguments)]


def start(server, *arguments, **options):
    """Start the program, which the caller ends."""
    return subprocess.Popen(
        command(*arguments),
        env={**os.environ, "JACK_DEFAULT_SERVER": server, "PIPEWIRE_REMOTE": server},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )
