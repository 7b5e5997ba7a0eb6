"""jack.Server: what it takes, its life, and that it keeps to itself.

One server of a process can run at a time, and the tests' own process has one: most of
these start theirs in child processes.
"""

import subprocess

import pytest

import jack
from support import children, servers
from support.waiting import wait_for

PREAMBLE = """
import os, signal, subprocess, sys, time
import jack

def raised(function, *args, **kwargs):
    try:
        result = function(*args, **kwargs)
    except Exception as error:
        return type(error).__name__, str(error)
    raise AssertionError(f"nothing raised, got {result!r}")

def wait_for(condition, timeout=10):
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, condition
        time.sleep(0.002)

def lsp(name):
    return subprocess.run(["jack_lsp", "-s", name], capture_output=True, text=True, timeout=20)

def remains(name):
    return [f for f in os.listdir("/dev/shm") if name in f]
"""


def run(program, **options):
    return children.run(children.join(PREAMBLE, program), **options)


# ---- what it takes ----


def test_defaults():
    server = jack.Server()
    parameters = server.parameters
    assert server.driver == "dummy"
    assert "dummy" in server.drivers and "loopback" not in server.drivers
    assert parameters["rate"].value == 48000
    assert parameters["period"].value == 256
    assert parameters["realtime"].value is False
    assert parameters["name"].value == server.name
    assert not server.running
    assert server.name in repr(server) and "stopped" in repr(server)


def test_private_names_differ():
    assert jack.Server().name != jack.Server().name


def test_every_type_of_parameter():
    server = jack.Server(
        "given",
        rate=44100,
        blocksize=128,
        capture=0,
        monitor=True,
        realtime_priority=20,
        self_connect_mode="A",
        realtime=True,
    )
    values = {key: parameter.value for key, parameter in server.parameters.items()}
    assert values["name"] == "given" == server.name
    assert values["rate"] == 44100  # unsigned
    assert values["period"] == 128
    assert values["capture"] == 0
    assert values["monitor"] is True
    assert values["realtime_priority"] == 20  # signed
    assert values["self_connect_mode"] == "A"  # a character
    assert values["playback"] == 2
    assert {key for key, parameter in server.parameters.items() if parameter.is_set} == {
        "name", "rate", "period", "capture", "monitor", "realtime_priority",
        "self_connect_mode", "realtime",
    }  # fmt: skip


def test_parameter_objects():
    parameters = jack.Server().parameters
    rate = parameters["rate"]
    assert isinstance(rate, jack.ServerParameter)
    assert (rate.name, rate.type, rate.default, rate.of) == ("rate", int, 48000, "driver")
    assert rate.range[0] == 1
    assert rate.choices is None
    priority = parameters["realtime_priority"]
    assert (priority.name, priority.of) == ("realtime-priority", "server")
    assert priority.range == (1, 99)
    mode = parameters["self_connect_mode"]
    assert mode.type is str and mode.range is None
    assert set(mode.choices) == {" ", "E", "e", "A", "a"}
    assert all(mode.choices.values())
    assert parameters["monitor"].type is bool
    assert parameters["name"].type is str
    with pytest.raises(AttributeError):
        rate.value = 1


def test_server_prefix():
    server = jack.Server(server_port_max=512, server_sync=True)
    assert server.parameters["port_max"].value == 512
    assert server.parameters["sync"].value is True


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"nosuch": 1}, TypeError, "nosuch.*capture.*realtime_priority"),
        ({"server_nosuch": 1}, TypeError, "server_nosuch"),
        ({"capture": "2"}, TypeError, "capture must be an int, not str"),
        ({"capture": True}, TypeError, "capture must be an int, not bool"),
        ({"capture": 1.0}, TypeError, "capture must be an int, not float"),
        ({"realtime_priority": "2"}, TypeError, "realtime_priority must be an int"),
        ({"monitor": 1}, TypeError, "monitor must be a bool, not int"),
        ({"realtime": 1}, TypeError, "realtime must be a bool, not int"),
        ({"self_connect_mode": 3}, TypeError, "self_connect_mode must be a str"),
        ({"name": 3}, TypeError, "name must be a str"),
        ({"driver": 3}, TypeError, "driver must be a str"),
        ({"samplerate": 48000, "rate": 48000}, TypeError, "rate.*twice"),
        ({"realtime": True, "server_realtime": True}, TypeError, "realtime.*twice"),
        ({"driver": "proxy", "samplerate": 1}, TypeError, "samplerate.*proxy"),
        ({"capture": -1}, ValueError, "between 0 and 256, got -1"),
        ({"capture": 2**70}, ValueError, "between 0 and 256"),
        ({"blocksize": 0}, ValueError, "blocksize must be between 1 and 8192, got 0"),
        ({"blocksize": 8193}, ValueError, "between 1 and 8192, got 8193"),
        ({"samplerate": 0}, ValueError, "samplerate must be between 1"),
        ({"realtime_priority": 100}, ValueError, "between 1 and 99, got 100"),
        ({"port_max": 5000}, ValueError, "port_max must be between 16 and 4096"),
        ({"self_connect_mode": "x"}, ValueError, "Fail all self connect requests"),
        ({"self_connect_mode": "ab"}, ValueError, "one ASCII character"),
        ({"temporary": True}, ValueError, "temporary"),
        ({"name": ""}, ValueError, "1 to 80 bytes"),
        ({"name": "x" * 81}, ValueError, "1 to 80 bytes"),
        ({"name": "a/b"}, ValueError, "no slashes"),
        ({"name": "a\0b"}, ValueError, "NUL"),
        ({"driver": "nosuch"}, ValueError, "one of .*dummy.*nosuch"),
        ({"driver": "loopback"}, ValueError, "one of .*dummy.*loopback"),
    ],
)
def test_refused(options, error, text):
    with pytest.raises(error, match=text):
        jack.Server(**options)


def test_too_many_arguments():
    with pytest.raises(TypeError, match="at most 5"):
        jack.Server("x", "dummy", 48000, 256, False, 1)
    with pytest.raises(TypeError, match="multiple values"):
        jack.Server("x", name="y")


def test_initialised_twice():
    server = jack.Server("first")
    with pytest.raises(jack.JackError, match="initialised already"):
        server.__init__("second")
    assert server.name == "first"


def test_never_initialised():
    server = jack.Server.__new__(jack.Server)
    for use in (server.start, server.stop, server.close, lambda: server.name):
        with pytest.raises(jack.JackError, match="never initialised"):
            use()
    assert "not initialised" in repr(server)


def test_subclass():
    class Server(jack.Server):
        def __init__(self, extra):
            super().__init__(blocksize=64)
            self.extra = extra

    server = Server(3)
    assert (server.extra, server.parameters["period"].value) == (3, 64)


# ---- its life ----


def test_start_stop_start():
    run("""
        server = jack.Server()
        assert not jack.server_running(server.name)
        for _ in range(3):
            server.start()
            assert server.running and "running" in repr(server)
            assert jack.server_running(server.name, 10)
            assert raised(server.start) == (
                "JackError", "can't start the JACK server: it is running already")
            with jack.Client("x", servername=server.name) as client:
                assert (client.samplerate, client.blocksize) == (48000, 256)
            server.stop()
            server.stop()
            assert not server.running
            assert not jack.server_running(server.name)
            assert remains(server.name) == []
        server.close()
        server.close()
        assert raised(server.start)[1].endswith("it was closed")
    """)


def test_with():
    run("""
        with jack.Server(samplerate=44100, blocksize=64, capture=3) as server:
            assert server.running
            ports = lsp(server.name).stdout.split()
            assert ports.count("system:capture_3") == 1, ports
            with jack.Client("x", servername=server.name) as client:
                assert (client.samplerate, client.blocksize) == (44100, 64)
        assert not server.running
        with server:
            assert server.running
    """)


def test_realtime():
    program = """
        with jack.Server(realtime=True, realtime_priority=5) as server:
            policies = {os.sched_getscheduler(int(t)) for t in os.listdir("/proc/self/task")}
            with jack.Client("x", servername=server.name) as client:
                print(client.realtime, os.SCHED_FIFO in policies)
        assert remains(server.name) == []
    """
    assert run(program).stdout == "True True\n"


def test_several_clients_here_and_elsewhere():
    run("""
        with jack.Server() as server:
            clients = [jack.Client(f"c{i}", servername=server.name) for i in range(5)]
            for client in clients:
                client.inports.register("in")
                client.activate()
            out = clients[0].outports.register("out")
            for client in clients:
                clients[0].connect(out, client.inports[0])
            other = subprocess.run(
                [sys.executable, "-c", "import jack, sys\\n"
                 "client = jack.Client('elsewhere', servername=sys.argv[1])\\n"
                 "print(*(p.name for p in client.get_all_connections('c0:out')))\\n"
                 "client.close()", server.name],
                capture_output=True, text=True, timeout=20)
            assert other.stderr == "", other
            assert sorted(other.stdout.split()) == [f"c{i}:in" for i in range(5)], other
            for client in clients:
                client.close()
    """)


def test_stop_with_open_clients():
    run("""
        server = jack.Server()
        server.start()
        clients = [jack.Client(f"c{i}", servername=server.name) for i in range(3)]
        told = []
        for client in clients:
            client.set_shutdown_callback(lambda status, reason: told.append(reason))
        for client in clients[:2]:
            client.activate()
        server.stop()
        wait_for(lambda: len(told) == 3)
        assert all(client.closed for client in clients)
        assert remains(server.name) == []
        for client in clients:
            client.close()
        server.start()
        with jack.Client("again", servername=server.name) as client:
            client.activate()
        server.stop()
    """)


def test_second_server_in_one_process(embedded):
    second = jack.Server()
    with pytest.raises(jack.JackError, match="another JACK server runs in this process"):
        second.start()
    assert not second.running
    assert embedded.server.running
    assert jack.server_running(embedded.name, 10)


def test_name_that_is_taken(jackd):
    program = """
        server = jack.Server(sys.argv[1])
        name, text = raised(server.start)
        assert name == "JackError" and "already active" in text, text
        with jack.Server():
            pass
    """
    children.run(children.join(PREAMBLE, program), jackd.name)


def test_failed_start_leaves_nothing():
    run("""
        server = jack.Server(port_max=16, capture=20)
        for _ in range(2):
            assert "cannot register port" in raised(server.start)[1]
            assert not server.running
        assert remains(server.name) == []
        with jack.Server() as another:
            assert jack.server_running(another.name, 10)
    """)


def test_switch_master():
    run("""
        server = jack.Server(samplerate=44100)
        assert raised(server.switch_master, "dummy")[1].endswith("it is not running")
        with server, jack.Client("x", servername=server.name) as client:
            client.activate()
            server.switch_master("dummy", blocksize=512, capture=5)
            assert (client.samplerate, client.blocksize) == (44100, 512)
            assert server.parameters["capture"].value == 5
            assert len(client.get_ports("system:capture_")) == 5
            server.switch_master("dummy", samplerate=48000)
            assert (client.samplerate, client.blocksize) == (48000, 512)
            assert len(client.get_ports("system:capture_")) == 2
            assert raised(server.switch_master, "nosuch")[0] == "ValueError"
            assert raised(server.switch_master, "loopback")[0] == "ValueError"
            assert raised(server.switch_master)[0] == "TypeError"
            assert raised(server.switch_master, "dummy", "x")[0] == "TypeError"
            assert raised(server.switch_master, "dummy", realtime=True)[0] == "TypeError"
            assert raised(server.switch_master, "dummy", capture=-1)[0] == "ValueError"
            assert (client.samplerate, client.blocksize) == (48000, 512)
        assert remains(server.name) == []
    """)


def test_switch_to_a_driver_that_fails():
    run("""
        if "alsa" not in jack.Server().drivers:
            sys.exit()
        server = jack.Server(capture=4)
        for _ in range(2):
            with server, jack.Client("x", servername=server.name) as client:
                client.activate()
                for _ in range(3):
                    name, text = raised(server.switch_master, "alsa", device="nosuch")
                    assert name == "JackError" and '"dummy" goes on' in text, text
                    assert server.running and server.driver == "dummy"
                    assert len(client.get_ports("system:capture_")) == 4
                    frame = client.frame_time
                    wait_for(lambda: client.frame_time > frame + 1000)
            assert remains(server.name) == []
    """)


# ---- that it keeps to itself ----


def test_says_nothing():
    result = run("""
        with jack.Server(verbose=True) as server:
            jack.server_running(server.name)
            jack.server_running("nosuch")
            raised(jack.Server().start)
            if "alsa" in server.drivers:
                raised(server.switch_master, "alsa", device="nosuch")
            server.switch_master("dummy")
            client = jack.Client("x", servername=server.name)
            client.activate()
        client.close()
        raised(jack.Server(port_max=16, capture=20).start)
    """)
    assert (result.stdout, result.stderr) == ("", "")


def test_messages_go_to_logging():
    run("""
        import logging
        records = []
        handler = logging.Handler()
        handler.emit = lambda record: records.append(record.getMessage())
        logging.getLogger("jack").addHandler(handler)
        logging.getLogger("jack").setLevel(logging.DEBUG)
        with jack.Server():
            wait_for(lambda: any("non-realtime mode" in text for text in records))
    """)


@pytest.mark.parametrize(
    "end",
    ["", "sys.exit(0)", "del server; import gc; gc.collect()", "client.activate(); del server"],
)
def test_exit_with_a_running_server(end):
    name = servers.private_name()
    children.run(
        children.join(
            PREAMBLE,
            f"""
            server = jack.Server({name!r})
            server.start()
            client = jack.Client("x", servername=server.name)
            {end}
            """,
        )
    )
    assert not jack.server_running(name)


def test_forgotten_server_stops():
    run("""
        server = jack.Server()
        name = server.name
        server.start()
        del server
        assert not jack.server_running(name)
        assert remains(name) == []
        with jack.Server() as another:
            assert another.running
    """)


def test_fork():
    run("""
        import warnings
        warnings.simplefilter("ignore", DeprecationWarning)  # of forking with threads
        server = jack.Server()
        stopped = jack.Server()
        with server:
            child = os.fork()
            if child == 0:
                code = 1
                try:
                    with server if server.running else open(os.devnull):
                        pass
                    assert not server.running
                    assert "forked" in raised(server.start)[1]
                    assert "forked" in raised(server.stop)[1]
                    assert "forked" in raised(stopped.start)[1]
                    server.__exit__(None, None, None)
                    del server
                    code = 0
                finally:
                    os._exit(code)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
            assert server.running
            assert jack.server_running(server.name, 10)
            assert "system:capture_1" in lsp(server.name).stdout
        child = os.fork()
        if child == 0:
            with stopped:
                os._exit(0 if jack.server_running(stopped.name, 10) else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    """)


def test_threads_start_and_stop():
    run("""
        import threading
        server = jack.Server()
        results = []

        def work():
            for _ in range(5):
                for call in (server.start, server.stop):
                    try:
                        call()
                    except jack.JackError as error:
                        results.append(str(error))

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert all("can't st" in text for text in results), results
        server.stop()
        with server:
            assert jack.server_running(server.name, 10)
    """)


PRIVATE_MEMORY = ["unshare", "--mount", "--ipc", "sh", "-c"]
PRIVATE_MEMORY += ['mount -t tmpfs none /dev/shm && exec "$@"', "sh"]


def in_private_memory(program):
    """Run `program` where there are no other servers, and where none is disturbed."""
    if subprocess.run([*PRIVATE_MEMORY, "true"], capture_output=True).returncode != 0:
        pytest.skip("no right to make namespaces")
    command = children.command(children.join(PREAMBLE, program))
    result = subprocess.run(
        [*PRIVATE_MEMORY, *command], capture_output=True, text=True, timeout=50
    )
    assert (result.returncode, result.stderr) == (0, ""), result


def test_dead_servers_make_room():
    """Eight killed servers fill JACK2's registry; a ninth starts all the same."""
    in_private_memory("""
        program = "import jack, os\\nwith jack.Server(): os._exit(0)"
        for _ in range(9):
            subprocess.run([sys.executable, "-c", program], check=True, timeout=20)
        with jack.Server() as server:
            assert jack.server_running(server.name, 10)
    """)


def test_no_room():
    """Eight servers that live fill it too, and the error says who they are."""
    in_private_memory("""
        program = "import jack, sys\\nwith jack.Server(sys.argv[1]): print(); input()"
        others = []
        for i in range(8):
            others.append(subprocess.Popen(
                [sys.executable, "-c", program, f"other{i}"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE))
            others[-1].stdout.readline()
        name, text = raised(jack.Server().start)
        assert name == "JackError" and "room for eight" in text, text
        for i, other in enumerate(others):
            assert f"other{i}: (pid {other.pid})" in text, text
        for other in others:
            other.communicate(b"\\n", timeout=20)
            assert other.returncode == 0
        with jack.Server() as server:
            assert jack.server_running(server.name, 10)
    """)


def test_library_from_the_environment():
    for variables, text in [
        ({"JACK_SERVER_LIBRARY": "/nosuch.so"}, "JACK_SERVER_LIBRARY"),
        ({"JACK_SERVER_LIBRARY": "libc.so.6"}, "not JACK2's server library"),
    ]:
        run(f"""
            name, text = raised(jack.Server)
            assert name == "LibraryNotFoundError" and {text!r} in text, text
        """, environment=variables)  # fmt: skip


def test_signals_stay_with_the_program():
    """None of the server's threads takes a signal, and no handler is changed."""
    run("""
        before = {number: signal.getsignal(number) for number in signal.valid_signals()}
        old = set(os.listdir("/proc/self/task"))
        with jack.Server(), open("/proc/self/status"):
            for task in set(os.listdir("/proc/self/task")) - old:
                with open(f"/proc/self/task/{task}/status") as status:
                    lines = dict(line.split(":", 1) for line in status)
                blocked = int(lines["SigBlk"], 16)
                for number in (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE, signal.SIGALRM):
                    assert blocked >> (number - 1) & 1, (lines["Name"], number)
        assert before == {number: signal.getsignal(number) for number in before}
    """)


def test_a_shell_program_sees_it(embedded):
    listed = subprocess.run(
        ["jack_lsp", "-s", embedded.name], capture_output=True, text=True, timeout=20
    )
    assert "system:capture_1" in listed.stdout.split()
    assert wait_for(lambda: jack.server_running(embedded.name))
