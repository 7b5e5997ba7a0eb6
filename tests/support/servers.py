"""JACK servers for tests: private names, deadlines, logs kept, ended by process id."""

import contextlib
import glob
import itertools
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys

import pytest

import jack
from support.waiting import wait_for

SAMPLERATE = 48000
BLOCKSIZE = 256
PIPEWIRE_CONFIGURATION = pathlib.Path(__file__).with_name("pipewire.conf")

_numbers = itertools.count(1)


def private_name():
    """A server name that no other process or test uses."""
    return f"rtj-{os.getpid()}-{next(_numbers)}"


class ServerProcess:
    """A process with two playback and two capture ports that lead nowhere.

    The folder is for its log, which is kept; the options are for jackd.
    """

    kind: str
    wrecked_by = None  # the test after which its cycles went no more
    failed_at_rest = 0  # cycles, as of the end of the last test
    observer = None

    def __init__(self, folder, name=None, options=("-r",)):
        self.name = name or private_name()
        self.log_file = folder / f"{self.name}.log"
        self._folder = folder
        self._made_good = False
        self._read = 0
        self._counted = self._failed_cycles = 0
        self._options = options
        self._start()

    def _start(self):
        command = self._command(self._options)
        if shutil.which("setpriv"):  # should the tests be killed, it ends with them
            command = ["setpriv", "--pdeathsig", "TERM", *command]
        with self.log_file.open("ab") as log:
            # JACK1's jackd looks for its metadata where the default server has it, and
            # crashes when there is none.
            environment = {**os.environ, "JACK_DEFAULT_SERVER": self.name}
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        try:
            wait_for(self._answers, 15, f"{self.kind} {self.name} listens")
        except BaseException:
            self.end()
            pytest.fail(f"{self.kind} did not start:\n{self.log()}")

    def _command(self, options):
        """What is to be run."""
        raise NotImplementedError

    def _listens(self):
        """Whether clients can come."""
        raise NotImplementedError

    def _after_a_kill(self):
        """Undo what a killed server leaves behind for others."""

    def _remove_remains(self):
        """Remove the files that a killed server leaves."""

    def _answers(self):
        if self.process.poll() is not None:
            raise ChildProcessError(f"{self.kind} ended: {self.process.returncode}")
        return self._listens()

    def has_ended(self):
        return self.process.poll() is not None

    def log(self):
        """What it said since the last look."""
        text = self.log_file.read_text(errors="replace")
        text, self._read = text[self._read :], len(text)
        return text

    def failed_cycles(self):
        """How many cycles failed so far, as it says itself."""
        with self.log_file.open("rb") as log:
            log.seek(self._counted)
            new = log.read()
            whole = new[: new.rfind(b"\n") + 1]
        self._counted += len(whole)
        self._failed_cycles += sum(map(is_of_a_failed_cycle, whole.decode().splitlines()))
        return self._failed_cycles

    def end(self):
        """Ask it to end, wait with a deadline, leave nothing behind."""
        if self.observer is not None:
            self.observer.end()
        self._signal(signal.SIGTERM, 10)
        # Killed; or by SIGPIPE, as jackd2 is when a client goes at the same time.
        if self.process.returncode < 0 and not self._made_good:
            self._made_good = True
            self._after_a_kill()

    def start_again(self):
        """Another process in its place, with its name, after a test that wrecked it."""
        self.observer.kill()
        self.kill()
        self._start()  # takes the killed one's place
        self.wrecked_by = None

    def kill(self):
        """End it as a crash would, without a word to its clients."""
        self._signal(signal.SIGKILL, 10)

    def _signal(self, number, deadline):
        try:
            if self.process.poll() is None:
                self.process.send_signal(number)
                self.process.wait(deadline)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
            pytest.fail(f"{self.kind} did not end by signal {number}:\n{self.log()}")
        finally:
            self._remove_remains()


class Jackd2(ServerProcess):
    """A jackd2 process with the dummy driver."""

    kind = "jackd2"

    def _command(self, options):
        command = ["jackd", "-n", self.name, *options, "-d", "dummy"]
        return [*command, "-r", str(SAMPLERATE), "-p", str(BLOCKSIZE)]

    def _listens(self):
        return glob.glob(f"/dev/shm/jack_{self.name}_*_0")

    def _after_a_kill(self):
        # JACK's registry has room for eight, dead ones included; one that comes
        # under a dead one's name takes its place.
        type(self)(self._folder, name=self.name).end()

    def _remove_remains(self):
        remove_remains(self.name)


class Hosted(Jackd2):
    """A jack.Server in a Python process; it waits for its clients in each block."""

    kind = "jack.Server"

    def _command(self, options):
        assert not options, "it takes none"
        program = f"""if True:
            import logging, signal, jack
            logging.basicConfig(level=logging.INFO)
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])  # its threads', too
            sizes = {{"samplerate": {SAMPLERATE}, "blocksize": {BLOCKSIZE}}}
            with jack.Server({self.name!r}, sync=True, **sizes):
                signal.sigwait([signal.SIGTERM])
        """
        return [sys.executable, "-c", program]


class Jack1(Jackd2):
    """A process of JACK1's jackd with the dummy driver."""

    kind = "jack1"

    def _command(self, options):
        return super()._command((*options, "-p", "2048"))  # ports: as many as JACK2 has

    def _listens(self):
        """With the driver's ports, which come a while after its socket."""
        if not glob.glob(f"/dev/shm/jack-*/{self.name}/jack_0"):
            return False
        try:
            client = jack.Client("ready", servername=self.name, no_start_server=True)
        except jack.JackOpenError:
            return False
        try:
            return len(client.get_ports("system:")) == 4
        finally:
            client.close()

    def _remove_remains(self):
        remove(f"/dev/shm/jack-*/{self.name}/*")


class PipeWire(ServerProcess):
    """A PipeWire process without a session manager, and so without any sound card."""

    kind = "pipewire"

    def _command(self, options):
        assert options == ("-r",), "the options are jackd's"
        configuration = self._folder / f"{self.name}.conf"
        text = PIPEWIRE_CONFIGURATION.read_text()
        for word, value in {"NAME": self.name, "RATE": SAMPLERATE, "BLOCK": BLOCKSIZE}.items():
            text = text.replace(f"@{word}@", str(value))
        configuration.write_text(text)
        return ["pipewire", "-c", str(configuration)]

    def _socket(self):
        return f"{os.environ['XDG_RUNTIME_DIR']}/{self.name}"

    def _listens(self):
        """Its socket is there a moment before anybody may connect."""
        with socket.socket(socket.AF_UNIX) as tried:
            return tried.connect_ex(self._socket()) == 0

    def _remove_remains(self):
        """Else the next one of that name seems to listen before it does."""
        remove(self._socket(), f"{self._socket()}.lock")


def is_of_a_failed_cycle(line):
    """Whether JACK2 complains about a whole cycle; JACK1 and PipeWire have no such words."""
    return "Process error" in line or "RefNum error" in line


PROCESSES = {"JACK2": Jackd2, "JACK1": Jack1, "PipeWire": PipeWire}


def make_good(name):
    """What a killed jack.Server called `name` leaves: the next one takes its place in JACK's
    registry, which has room for eight, dead ones included."""
    remove_remains(name)
    program = "import jack, sys\nwith jack.Server(sys.argv[1]): pass"
    subprocess.run([sys.executable, "-c", program, name], check=True, timeout=30)


def remove_remains(name):
    """Remove the files that a killed server of JACK2 called `name` leaves."""
    remove(f"/dev/shm/jack_{name}_*", f"/dev/shm/jack_sem.*_{name}_*")


def remove(*patterns):
    for path in itertools.chain.from_iterable(map(glob.glob, patterns)):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
