"""JACK servers for tests: private names, deadlines, logs kept, ended by process id."""

import contextlib
import glob
import itertools
import os
import shutil
import signal
import subprocess

import pytest

from support.waiting import wait_for

SAMPLERATE = 48000
BLOCKSIZE = 256

_numbers = itertools.count(1)


def private_name():
    """A server name that no other process or test uses."""
    return f"rtj-{os.getpid()}-{next(_numbers)}"


class Jackd:
    """A jackd2 process with the dummy driver."""

    kind = "jackd2"

    def __init__(self, folder, name=None, options=("-r",)):
        self.name = name or private_name()
        self.log_file = folder / f"{self.name}.log"
        command = ["jackd", "-n", self.name, *options, "-d", "dummy"]
        command += ["-r", str(SAMPLERATE), "-p", str(BLOCKSIZE)]
        if shutil.which("setpriv"):  # should the tests be killed, it ends with them
            command = ["setpriv", "--pdeathsig", "TERM", *command]
        self._folder = folder
        self._killed = False
        self._read = 0
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            wait_for(self._answers, 15, f"jackd {self.name} listens")
        except BaseException:
            self.end()
            pytest.fail(f"jackd did not start:\n{self.log()}")

    def _answers(self):
        if self.process.poll() is not None:
            raise ChildProcessError(f"jackd ended: {self.process.returncode}")
        return glob.glob(f"/dev/shm/jack_{self.name}_*_0")

    def log(self):
        """What it said since the last look."""
        text = self.log_file.read_text(errors="replace")
        text, self._read = text[self._read :], len(text)
        return text

    def end(self):
        """Ask it to end, wait with a deadline, leave nothing in shared memory."""
        self._signal(signal.SIGTERM, 10)
        if self._killed:
            # JACK's registry has room for eight, dead ones included; one that comes
            # under a dead one's name takes its place.
            self._killed = False
            Jackd(self._folder, name=self.name).end()

    def kill(self):
        """End it as a crash would, without a word to its clients."""
        self._signal(signal.SIGKILL, 10)
        self._killed = True

    def _signal(self, number, deadline):
        try:
            if self.process.poll() is None:
                self.process.send_signal(number)
                self.process.wait(deadline)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
            pytest.fail(f"jackd did not end by signal {number}:\n{self.log()}")
        finally:
            remove_remains(self.name)


def remove_remains(name):
    """Remove the files that a killed server called `name` leaves in shared memory."""
    patterns = f"/dev/shm/jack_{name}_*", f"/dev/shm/jack_sem.*_{name}_*"
    for path in itertools.chain.from_iterable(map(glob.glob, patterns)):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
