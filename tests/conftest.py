"""Real servers for the tests, and what must be true before and after each of them."""

import collections
import contextlib
import gc
import os
import pathlib
import signal
import types

os.environ["JACK_NO_START_SERVER"] = "1"
os.environ["JACK_NO_AUDIO_RESERVATION"] = "1"

import numpy  # noqa: F401  its threads start now, not within a test
import pytest

import jack
from support import servers
from support.waiting import wait_for

SERVERS = {"embedded": "embedded", "jackd2": "jackd"}  # kind: the fixture that runs it

_passed = pytest.StashKey[collections.Counter]()
_resting = pytest.StashKey["Belongings"]()


def pytest_addoption(parser):
    parser.addoption(
        "--servers",
        default=",".join(SERVERS),
        help="on which kinds of server the tests run (default: %(default)s)",
    )


def pytest_generate_tests(metafunc):
    if "any_server" in metafunc.fixturenames:
        kinds = metafunc.config.getoption("servers").split(",")
        metafunc.parametrize("any_server", kinds, indirect=True, scope="session")


def pytest_configure(config):
    config.stash[_passed] = collections.Counter()
    source = pathlib.Path(__file__).parents[1] / "src"
    place = pathlib.Path(jack.__file__).resolve()
    if place.is_relative_to(source):
        raise pytest.UsageError(f"tests are for the installed package, not for {place}")


def pytest_collection_finish():
    """What is there now stays: the collections around each test need not look at it."""
    gc.collect()
    gc.freeze()


class EmbeddedServer:
    kind = "embedded"

    def __init__(self):
        self.server = jack.Server(
            servers.private_name(), samplerate=servers.SAMPLERATE, blocksize=servers.BLOCKSIZE
        )
        self.server.__enter__()
        self.name = self.server.name

    def log(self):
        return ""

    def end(self):
        self.server.__exit__(None, None, None)


@pytest.fixture(scope="session")
def embedded():
    """A server within this process."""
    server = EmbeddedServer()
    yield server
    server.end()


@pytest.fixture(scope="session")
def jackd(tmp_path_factory):
    """A jackd2 process."""
    server = servers.Jackd(tmp_path_factory.mktemp("jackd"))
    yield server
    server.end()


@pytest.fixture
def unraisable(monkeypatch):
    """What went to sys.unraisablehook, in order."""
    caught = []

    def hook(information):
        # Without the exception itself, which would keep its frames alive.
        caught.append(
            types.SimpleNamespace(
                type=information.exc_type,
                text=str(information.exc_value),
                object=information.object,
            )
        )

    monkeypatch.setattr("sys.unraisablehook", hook)
    return caught


@pytest.fixture
def tidy(request):
    """No thread or file descriptor more may be left after the test than the session's
    servers need."""
    stash = request.config.stash
    gc.collect()
    yield
    gc.collect()
    wait_for(lambda: Belongings().at_most(stash[_resting]), what="nothing is left open")
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == set(), "signals are left blocked"


@pytest.fixture
def start_jackd(tmp_path, jackd, tidy, request):
    """Start further jackd2 processes, to be killed or made busy: start_jackd(options)."""
    if _resting not in request.config.stash:
        warm_up(request.config, jackd)
    started = []

    def start(**options):
        server = servers.Jackd(tmp_path, **options)
        started.append(server)
        return server

    yield start
    for server in reversed(started):  # one may have the name of one that was killed
        server.end()


@pytest.fixture(scope="session")
def any_server(request):
    """Every kind of server in turn."""
    server = request.getfixturevalue(SERVERS[request.param])
    warm_up(request.config, server)
    return server


def warm_up(config, server):
    """Let stay open what does so from the first client on, and take that as rest."""
    with jack.Client("warm-up", servername=server.name) as client:
        with contextlib.suppress(jack.JackError):
            client.connect("no:body", "no:one")  # libjack's complaint starts the log's thread
    config.stash[_resting] = settled()


@pytest.fixture
def server(any_server, tidy):
    """A server of each kind; nothing of ours may be left on it after the test."""
    yield any_server
    put_to_rest(any_server)


@pytest.fixture
def client(server):
    """Open clients on `server`: client("name", **options).  Closed after the test."""
    opened = []

    def open_client(name="tested", **options):
        options.setdefault("servername", server.name)
        new = options.pop("cls", jack.Client)(name, **options)
        opened.append(new)
        return new

    yield open_client
    end_freewheeling(opened)
    while opened:
        opened.pop().close()


def end_freewheeling(clients):
    """When clients leave while it freewheels, JACK2 counts on them ever after: at its end it
    puts back all connections as they were at its begin."""
    for client in clients:
        if not client.closed:
            with contextlib.suppress(jack.JackErrorCode):  # refused when it does not freewheel
                client.set_freewheel(False)
            return


@pytest.fixture
def default_server(server, monkeypatch):
    """The server to which attach() goes; detached afterwards."""
    monkeypatch.setenv("JACK_DEFAULT_SERVER", server.name)
    yield server
    with contextlib.suppress(jack.NotConnectedError):
        jack.detach()
    jack.check_events()


@pytest.fixture
def attached(default_server):
    jack.attach("pyjack")


class Belongings:
    """What this process holds: threads and file descriptors."""

    def __init__(self):
        self.counts = collections.Counter(map(self._kind, os.listdir("/proc/self/fd")))
        self.counts["thread"] = len(os.listdir("/proc/self/task"))

    @staticmethod
    def _kind(descriptor):
        try:
            target = os.readlink(f"/proc/self/fd/{descriptor}")
            # Any server's start makes JACK's metadata files anew for all of them.
            return target.partition(":[")[0].removesuffix(" (deleted)")
        except FileNotFoundError:
            return "the listing itself"

    def at_most(self, other):
        more = self.counts - other.counts
        assert not more, f"beyond what was there before: {dict(more)}"
        return True


def settled():
    """The belongings once what has ended is gone."""
    samples = []
    wait_for(lambda: samples.append(Belongings()) or len(samples) > 100)
    return min(samples, key=lambda sample: sum(sample.counts.values()))


def put_to_rest(server):
    """Fail if a client or port of the test is left; undo what it did to the server."""
    gc.collect()
    observer = jack.Client("observer", servername=server.name)
    try:
        with contextlib.suppress(jack.JackErrorCode):
            observer.set_freewheel(False)  # refused when it does not freewheel
        observer.transport_stop()
        observer.transport_frame = 0
        if observer.blocksize != servers.BLOCKSIZE:
            observer.blocksize = servers.BLOCKSIZE
        wait_for(
            lambda: all(p.name.startswith("system:") for p in observer.get_ports()),
            what="only the server's ports are left",
        )
        wait_for(
            lambda: observer.transport_query_struct()[0] == jack.STOPPED
            and observer.transport_frame == 0,
            what="the transport is at rest",
        )
    finally:
        observer.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    values = getattr(item, "funcargs", {})
    server = next((values[n] for n in ("server", "jackd", "embedded") if n in values), None)
    if report.when == "call" and report.passed:
        item.config.stash[_passed][server.kind if server else "no server"] += 1
    if report.failed and server is not None:
        report.sections.append((f"log of {server.kind}", server.log()[-3000:]))
    return report


def pytest_terminal_summary(terminalreporter, config):
    counts = config.stash[_passed]
    words = {"embedded": "embedded", "jackd2": "jackd2 process", "no server": "no server"}
    numbers = ", ".join(f"{words[k]}: {counts[k]} tests" for k in words if counts[k])
    terminalreporter.write_line(f"libjack: {library_name()}; {numbers or 'no tests'}")


def library_name():
    """The loaded libjack: JACK2 tells its version, the others at least a file."""
    try:
        version = jack.version_string()
    except jack.JackError as error:
        return f"none ({error})"
    with open("/proc/self/maps") as maps:
        files = {line.split()[-1] for line in maps if "libjack.so" in line}
    names = ", ".join(sorted(os.path.basename(f) for f in files)) or "?"
    return f"{'PipeWire' if 'pipewire' in str(files) else 'JACK'} {version} ({names})"
