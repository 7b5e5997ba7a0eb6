"""Real servers for the tests, and what must be true before and after each of them."""

import collections
import contextlib
import gc
import logging
import os
import pathlib
import shutil
import signal
import sys
import sysconfig
import tempfile
import time
import types

os.environ["JACK_NO_START_SERVER"] = "1"
os.environ["JACK_NO_AUDIO_RESERVATION"] = "1"

import numpy  # noqa: F401  its threads start now, not within a test
import pytest

import jack
from support import differences, libraries, servers
from support.observer import Observer
from support.waiting import wait_for

# What runs on each libjack: the kinds of server, and the fixtures that run them.
SERVERS = {
    "JACK2": {"embedded": "embedded", "jackd2": "jackd"},
    "JACK1": {"jack1": "jackd"},
    "PipeWire": {"pipewire": "jackd"},
}
# Instead, for modules with `PATIENT = True`: it waits for its clients in each block, so that
# nothing is lost on its way from one to the other, however busy the machine.  JACK1 always
# does, for half a second; there is none of PipeWire, which takes a quiet machine then.
# One that says `PATIENT = "jack.Server -S"` has such a one that another Python program hosts;
# the other libraries' runs skip it.
PATIENT = {
    "JACK2": {"jackd2 -S": "patient_jackd", "jack.Server -S": "hosted"},
    "JACK1": {"jack1": "jackd"},
    "PipeWire": {"pipewire": "jackd"},
}

_passed = pytest.StashKey[collections.Counter]()
_resting = pytest.StashKey["Belongings"]()
_runtime = pytest.StashKey[str]()


def pytest_addoption(parser):
    parser.addoption(
        "--servers",
        help="on which kinds of server the tests run (default: each that the libjack in use "
        "has: JACK2 embedded,jackd2; JACK1 jack1; PipeWire pipewire)",
    )
    parser.addoption("--faults", action="store_true", help="those marked `faults`, too")


def pytest_generate_tests(metafunc):
    if "any_server" in metafunc.fixturenames:
        kinds = metafunc.config.getoption("servers").split(",")
        if patient := getattr(metafunc.module, "PATIENT", False):
            kinds = list(PATIENT[libraries.loaded()])
            kinds = kinds[:1] if patient is True else [k for k in kinds if k == patient]
        metafunc.parametrize("any_server", kinds, indirect=True, scope="session")


MARKS = (
    "lacks(library, function): that libjack lacks the function, so there the test must end with "
    "a NotSupportedError that names it",
    "faults: takes long; for `make test-faults`",
    "differs(library, reason, test): not for that libjack; `test` shows what it does instead",
)


def pytest_configure(config):
    config.stash[_passed] = collections.Counter()
    # A shell without job control has what it starts with "&" ignore Ctrl-C, and children too.
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for mark in MARKS:
        config.addinivalue_line("markers", mark)
    source = pathlib.Path(__file__).parents[1] / "src"
    place = pathlib.Path(jack.__file__).resolve()
    if place.is_relative_to(source):
        raise pytest.UsageError(f"tests are for the installed package, not for {place}")
    assert_without_gil()
    kinds = SERVERS[libraries.loaded()]
    config.option.servers = config.option.servers or ",".join(kinds)
    for kind in config.option.servers.split(","):
        if kind not in kinds:
            raise pytest.UsageError(
                f"--servers: {libraries.loaded()} is in use, which runs on {', '.join(kinds)}, "
                f"not on {kind}; tools/with_server.sh runs a command with another libjack"
            )
    if "pipewire" in kinds:  # a place for its sockets
        config.stash[_runtime] = os.environ["XDG_RUNTIME_DIR"] = tempfile.mkdtemp(prefix="rtj-")


def assert_without_gil():
    """A module that does not say that it can do without turns it on in a free-threaded build."""
    if sysconfig.get_config_var("Py_GIL_DISABLED") and sys._is_gil_enabled():
        raise pytest.UsageError("the GIL of this free-threaded Python is on")


def pytest_sessionfinish():
    assert_without_gil()


def pytest_unconfigure(config):
    if _runtime in config.stash:
        shutil.rmtree(config.stash[_runtime], ignore_errors=True)


def pytest_collection_modifyitems(config, items):
    differences.mark(items, libraries.loaded())
    if not config.getoption("faults"):
        long = [item for item in items if item.get_closest_marker("faults")]
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]


def pytest_collection_finish():
    """What is there now stays: the collections around each test need not look at it."""
    gc.collect()
    gc.freeze()


def pytest_runtest_setup(item):
    for mark in item.iter_markers("differs"):
        library, reason, test = mark.args
        if library == libraries.loaded():
            pytest.skip(f"{library}: {reason}; {test} shows that")


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem):
    """Hold what is marked as lacking something to just that."""
    marks = (mark.args for mark in pyfuncitem.iter_markers("lacks"))
    lacking = [function for library, function in marks if library == libraries.loaded()]
    try:
        result = yield
    except jack.NotSupportedError as error:
        if any(f"{function}() is not in" in str(error) for function in lacking):
            return True
        raise
    except Exception as error:
        if reason := differences.ends_a_test(error):
            pytest.skip(reason)
        raise
    if lacking:
        pytest.fail(f"nothing said that {libraries.loaded()} has no {lacking}")
    return result


class EmbeddedServer:
    kind = "embedded"
    wrecked_by = None  # the test after which its cycles went no more
    failed_at_rest = 0  # cycles, as of the end of the last test
    observer = None

    def __init__(self):
        self.name = servers.private_name()
        self._failed_cycles = 0
        self._handler = logging.Handler()
        self._handler.emit = self._hear
        logging.getLogger("jack").addHandler(self._handler)
        self._start()

    def _start(self):
        sizes = {"samplerate": servers.SAMPLERATE, "blocksize": servers.BLOCKSIZE}
        self.server = jack.Server(self.name, **sizes)
        self.server.__enter__()

    def _hear(self, record):
        self._failed_cycles += servers.is_of_a_failed_cycle(record.getMessage())

    def has_ended(self):
        return False

    def failed_cycles(self):
        return self._failed_cycles

    def log(self):
        return ""

    def start_again(self):
        """Another one in its place, with its name, after a test that wrecked it."""
        self.observer.kill()
        self.server.__exit__(None, None, None)
        self._start()
        self.wrecked_by = None

    def end(self):
        if self.observer is not None:
            self.observer.end()
        logging.getLogger("jack").removeHandler(self._handler)
        self.server.__exit__(None, None, None)


@pytest.fixture(scope="session")
def embedded(request):
    """A server within this process, where there can be one."""
    if libraries.loaded() != "JACK2":
        with pytest.raises(jack.NotSupportedError, match="takes JACK2"):
            jack.Server()
        pytest.skip(f"{libraries.loaded()} has no server within the process, and says so")
    server = EmbeddedServer()
    if _resting in request.config.stash:
        warm_up(request.config, server)  # it has threads and descriptors of its own
    yield server
    server.end()


@pytest.fixture(scope="session")
def jackd(tmp_path_factory):
    """A process of the server of the libjack in use: jackd2, JACK1's jackd or PipeWire."""
    server = servers.PROCESSES[libraries.loaded()](tmp_path_factory.mktemp("jackd"))
    if server.kind == "jack1":  # it has metadata of the default server alone
        os.environ["JACK_DEFAULT_SERVER"] = server.name
    yield server
    server.end()


@pytest.fixture(scope="session")
def patient_jackd(tmp_path_factory):
    server = servers.Jackd2(tmp_path_factory.mktemp("patient"), options=("-r", "-S"))
    yield server
    server.end()


@pytest.fixture(scope="session")
def hosted(tmp_path_factory):
    server = servers.Hosted(tmp_path_factory.mktemp("hosted"), options=())
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
    if libraries.loaded() == "PipeWire":
        allow_for_pipewire(stash[_resting])
    wait_for(lambda: Belongings().at_most(stash[_resting]), what="nothing is left open")
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == set(), "signals are left blocked"


@pytest.fixture
def start_jackd(tmp_path, jackd, tidy, request):
    """Start further such processes, to be killed or made busy: start_jackd(options)."""
    if _resting not in request.config.stash:
        warm_up(request.config, jackd)
    started = []

    def start(**options):
        server = servers.PROCESSES[libraries.loaded()](tmp_path, **options)
        started.append(server)
        return server

    yield start
    for server in reversed(started):  # one may have the name of one that was killed
        server.end()


@pytest.fixture(scope="session")
def any_server(request):
    """Every kind of server in turn."""
    library = libraries.loaded()
    fixtures = {**SERVERS[library], **PATIENT[library]}
    server = request.getfixturevalue(fixtures[request.param])
    prepare(server, request.config)
    return server


def prepare(server, config):
    server.observer = Observer(server)
    server.observer.ask("rest")
    warm_up(config, server)


def warm_up(config, server):
    """Let stay open what does so from the first client on, and take that as rest."""
    with jack.Client("warm-up", servername=server.name) as client:
        with contextlib.suppress(jack.JackError):
            client.connect("no:body", "no:one")  # libjack's complaint starts the log's thread
        with contextlib.suppress(jack.JackError, RuntimeError):  # some are built without
            jack.get_all_properties()  # JACK1's library opens its database
    config.stash[_resting] = settled()


@pytest.fixture
def server(any_server, tidy, request):
    """A server of each kind; nothing of ours may be left on it after the test."""
    if any_server.wrecked_by is not None:
        any_server.start_again()
        prepare(any_server, request.config)
    yield any_server
    put_to_rest(any_server, request.node.nodeid)


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


def allow_for_pipewire(resting):
    """PipeWire 0.3.65's library keeps one of the descriptors that its server sends, now and
    then, when a client closes soon after opening: it is there from then on."""
    deadline = time.monotonic() + 1
    while (more := dict(Belongings().counts - resting.counts)) == {"anon_inode": 1}:
        if time.monotonic() > deadline:
            resting.counts.update(more)
            return
        time.sleep(0.01)


def settled():
    """The belongings once what has ended is gone."""
    samples = []
    wait_for(lambda: samples.append(Belongings()) or len(samples) > 100)
    return min(samples, key=lambda sample: sum(sample.counts.values()))


def put_to_rest(server, test):
    """Fail if the server's cycles do not go well after the test, or if a client or port of
    it is left; undo what it did to the server."""
    gc.collect()
    server.wrecked_by = test
    assert not server.has_ended(), f"{server.kind} has ended"
    ask = server.observer.ask
    ask("end_freewheeling")
    if libraries.loaded() == "JACK2":
        assert_cycles_go_well(server, ask)
    ask("rest")
    server.wrecked_by = None


def assert_cycles_go_well(server, ask):
    """A graph that holds on to what has left fails in every cycle for good, and may or may
    not go on with some of its clients; a slow machine fails in some."""

    def undisturbed():
        failed = server.failed_cycles()
        ask("four_cycles")
        return server.failed_cycles() == failed

    if server.failed_cycles() != server.failed_at_rest:
        wait_for(undisturbed, 30, "four cycles on end without a complaint of the server")
    server.failed_at_rest = server.failed_cycles()
    ask("one_cycle")


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
    words = {"jackd2": "jackd2 process", "jack1": "jackd1 process", "pipewire": "PipeWire process"}
    numbers = ", ".join(f"{words.get(kind, kind)}: {counts[kind]} tests" for kind in counts)
    gil = "; no GIL" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
    terminalreporter.write_line(f"libjack: {libraries.describe()}{gil}; {numbers or 'no tests'}")
