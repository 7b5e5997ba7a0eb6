"""jack.server_running(): answers, in time, about servers of every condition."""

import os
import pathlib
import signal
import socket

import pytest

import jack
from support import children, servers
from support.waiting import wait_for


def test_none():
    assert jack.server_running(servers.private_name()) is False


def test_running(server):
    assert jack.server_running(server.name, 10) is True
    assert jack.server_running(name=server.name, timeout=5) is True


def test_default_name(jackd):
    program = "import jack; print(jack.server_running())"
    environment = {"JACK_DEFAULT_SERVER": jackd.name}
    assert children.run(program, environment=environment).stdout == "True\n"
    environment = {"JACK_DEFAULT_SERVER": servers.private_name()}
    assert children.run(program, environment=environment).stdout == "False\n"


def test_stopped(start_jackd):
    server = start_jackd()
    os.kill(server.process.pid, signal.SIGSTOP)
    os.waitid(os.P_PID, server.process.pid, os.WSTOPPED | os.WNOWAIT)  # not yet, on return
    try:
        assert jack.server_running(server.name, 0.2) is False
        # Neither is the library blocked for other servers now.
        other = start_jackd()
        assert jack.server_running(other.name, 10) is True
        with jack.Client("elsewhere", servername=other.name) as client:
            client.activate()
    finally:
        os.kill(server.process.pid, signal.SIGCONT)
    wait_for(lambda: jack.server_running(server.name), what="it goes on")


def test_killed(start_jackd):
    server = start_jackd()
    server.process.kill()
    server.process.wait(10)
    assert jack.server_running(server.name, 10) is False


def test_socket_that_nobody_serves():
    name = servers.private_name()
    path = pathlib.Path(f"/dev/shm/jack_{name}_{os.geteuid()}_0")
    with socket.socket(socket.AF_UNIX) as listener:
        try:
            listener.bind(str(path))
            listener.listen(1)
            assert jack.server_running(name, 0.05) is False
            assert [jack.server_running(name, 0.05) for _ in range(5)] == [False] * 5
        finally:
            path.unlink()


def test_clients_do_not_notice(server, client):
    seen = []
    observer = client("observer")
    observer.set_client_registration_callback(lambda name, register: seen.append(name))
    observer.activate()
    for _ in range(5):
        assert jack.server_running(server.name, 10)
    with jack.Client("last", servername=server.name):
        wait_for(lambda: "last" in seen, what="the callback works")
    assert set(seen) <= {"observer", "last"}


def test_server_does_not_complain(start_jackd):
    server = start_jackd()
    server.log()  # what it says at its start is another matter: of locked memory, say
    for _ in range(5):
        assert jack.server_running(server.name, 10)
    assert "Cannot" not in server.log()


def test_quicker_than_we(start_jackd):
    """It has always closed the connection before the one who asks goes on."""
    server = start_jackd()
    processors = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(processors)})
    try:
        for thread in map(int, os.listdir(f"/proc/{server.process.pid}/task")):
            os.sched_setaffinity(thread, {min(processors)})
            os.sched_setscheduler(thread, os.SCHED_FIFO, os.sched_param(1))
        assert [jack.server_running(server.name, 0.05) for _ in range(20)] == [True] * 20
    except PermissionError:
        pytest.skip("no right to make a process so quick")
    finally:
        os.sched_setaffinity(0, processors)


def test_quiet():
    result = children.run("""
        import jack, logging
        records = []
        handler = logging.Handler()
        handler.emit = lambda record: records.append(record.getMessage())
        logging.getLogger("jack").addHandler(handler)
        logging.getLogger("jack").setLevel(logging.DEBUG)
        assert jack.server_running("nosuch") is False
        try:
            jack.Client("x", servername="nosuch", no_start_server=True)
        except jack.JackOpenError:
            pass
        import time
        deadline = time.monotonic() + 10
        while not records:
            assert time.monotonic() < deadline
            time.sleep(0.002)
        print(sum("Cannot connect to server socket" in text for text in records))
    """)
    assert (result.stdout, result.stderr) == ("1\n", "")


@pytest.mark.parametrize("timeout", [-1, float("inf"), float("nan")])
def test_refused_timeout(timeout):
    with pytest.raises(ValueError, match="timeout"):
        jack.server_running("x", timeout)


def test_refused_types():
    with pytest.raises(TypeError):
        jack.server_running(3)
    with pytest.raises(TypeError):
        jack.server_running("x", "1")
    with pytest.raises(ValueError, match="NUL"):
        jack.server_running("a\0b")
    with pytest.raises(TypeError, match="unexpected keyword"):
        jack.server_running(nosuch=1)
