"""tests/c/rewire.c, built and run: a client in C that connects and disconnects."""

import contextlib
import subprocess

from support.meter import SOURCES, compile_it


def build(folder, name="rewire"):
    compile_it(SOURCES / f"{name}.c", "-ljack", "-o", folder / name)
    return folder / name


class Program:
    """One in C that says when it is ready, and ends with its standard input."""

    def __init__(self, program, server, *options):
        command = [program, server.name, *map(str, options)]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
        assert self._line() == "ready"

    def _line(self):
        line = self.process.stdout.readline()
        assert line, self.process.communicate(timeout=30)[1]
        return line.rstrip()

    def ask(self):
        """The numbers with which it answers a line."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return [int(word) for word in self._line().split()]

    def times(self):
        """The line with what happened when, in ns of time.monotonic_ns()."""
        return [int(word) for word in self._line().split()]

    def end(self):
        try:
            self.process.communicate(timeout=30)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.communicate()


class Rewirer(Program):
    """go() lets it begin, counts() is what it did; with a pause, times() is when libjack
    notified it of each."""

    def go(self):
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def counts(self):
        """How often it connected, how often disconnected; waits until it is done."""
        return [int(word) for word in self._line().split()]


@contextlib.contextmanager
def rewiring(program, server, rounds, *options):
    rewirer = Rewirer(program, server, rounds, *options)
    try:
        yield rewirer
    finally:
        rewirer.end()
