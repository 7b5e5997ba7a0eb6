"""How clients and the interpreter end, each in a process of its own."""

import os
import signal
import subprocess

import pytest

import jack
from support import children
from support.waiting import wait_for

OPEN = """
import gc, os, signal, sys, threading, time, weakref
import jack

client = jack.Client("child", servername=sys.argv[1])
into, out = client.inports.register("i"), client.outports.register("o")
running = threading.Event()

def process(frames, into=into, out=out, running=running):
    running.set()
    out.get_buffer()[:] = into.get_buffer()

def busy(*arguments):
    if existing := globals().get("client"):  # some endings delete it
        existing.get_ports()

def activate():
    client.set_process_callback(process)
    for kind in ("blocksize", "samplerate"):
        getattr(client, f"set_{kind}_callback")(lambda n: None)
    for kind in ("client_registration", "freewheel", "graph_order", "port_connect",
                 "port_registration", "port_rename", "property_change", "shutdown", "xrun"):
        getattr(client, f"set_{kind}_callback")(busy)
    client.set_sync_callback(lambda state, pos: True)
    client.set_timebase_callback(lambda state, blocksize, pos, new_pos: None)
    client.activate()
    client.transport_start()
    client.connect("system:capture_1", into)
    client.connect(out, "system:playback_1")
    assert running.wait(10)
"""


def gone(server):
    """Wait until the child's client and ports are off the server."""
    observer = jack.Client("watcher", servername=server.name)
    try:
        wait_for(lambda: not observer.get_ports("^child"), what="the child's ports vanish")
        with pytest.raises(jack.JackError):
            observer.get_uuid_for_client_name("child")
        observer.transport_stop()
    finally:
        observer.close()
    return True


ENDINGS = {
    "end of the program": "",
    "sys.exit": "sys.exit(0)",
    "sys.exit in a thread": "t = threading.Thread(target=sys.exit); t.start(); t.join()",
    "end in a thread that is waited for": """
        def end():
            threading.main_thread().join()
            client.frame_time
        threading.Thread(target=end).start()
    """,
    "end beside a daemon thread": """
        def work():
            try:
                while True:
                    client.get_ports()
            except jack.JackError:
                pass  # closed by the program's end
        threading.Thread(target=work, daemon=True).start()
    """,
    "deleted": "del client, into, out",
    "in a cycle": "client.self = client; del client",
    "deactivated": "client.deactivate()",
    "closed": "client.close()",
    "closed at exit": "import atexit; atexit.register(client.close)",
    "kept by a module": "sys.keep = client; import builtins; builtins.keep = out",
    "with views": "keep = memoryview(out.get_buffer()); sys.keep = keep",
    "closed in a thread while the program ends": """
        threading.Thread(target=client.close).start()
    """,
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_end_of_the_interpreter(server, ending):
    program = children.join(OPEN, "activate()", ENDINGS[ending])
    children.run(program, server.name)
    assert gone(server)


@pytest.mark.parametrize("ending", ["", "sys.exit(0)", "client.deactivate()"])
def test_end_without_activating(server, ending):
    children.run(children.join(OPEN, ending), server.name)
    assert gone(server)


def test_uncaught_exception(server):
    program = children.join(OPEN, "activate()", "1 / 0")
    result = children.run(program, server.name, check=False)
    assert result.returncode == 1
    assert result.stderr.rstrip().endswith("ZeroDivisionError: division by zero")
    assert gone(server)


def test_os_exit(server):
    result = children.run(children.join(OPEN, "activate()", "os._exit(3)"), server.name,
                          check=False)  # fmt: skip
    assert (result.returncode, result.stderr) == (3, "")
    assert gone(server)


@pytest.mark.parametrize(
    "waiting",
    ["time.sleep(60)", "threading.Event().wait(60)", "signal.pause()",
     "while True: client.get_ports()", "while True: pass"],
)  # fmt: skip
def test_interrupt(server, waiting):
    """Ctrl-C in the main thread ends what it does there, not the audio."""
    program = children.join(
        OPEN,
        f"""
        activate()
        try:
            print("ready", flush=True)
            {waiting}
        except KeyboardInterrupt:
            running.clear()
            assert running.wait(10)
            print("interrupted", flush=True)
        client.close()
        """,
    )
    child = children.start(program, server.name)
    try:
        assert child.stdout.readline() == "ready\n"
        child.send_signal(signal.SIGINT)
        try:
            out, err = child.communicate(timeout=10)
        except subprocess.TimeoutExpired:  # Python sleeps through one that came just before
            child.send_signal(signal.SIGINT)
            out, err = child.communicate(timeout=30)
    finally:
        child.kill()
        child.communicate()
    assert (child.returncode, out, err) == (0, "interrupted\n", "")
    assert gone(server)


def test_interrupt_ends_the_program(server):
    program = children.join(OPEN, 'activate(); print("ready", flush=True); time.sleep(60)')
    child = children.start(program, server.name)
    try:
        assert child.stdout.readline() == "ready\n"
        child.send_signal(signal.SIGINT)
        try:
            _, err = child.communicate(timeout=10)
        except subprocess.TimeoutExpired:  # as above
            child.send_signal(signal.SIGINT)
            _, err = child.communicate(timeout=30)
    finally:
        child.kill()
        child.communicate()
    assert child.returncode in (-signal.SIGINT, 128 + signal.SIGINT)
    assert err.rstrip().endswith("KeyboardInterrupt")
    assert gone(server)


def test_terminated(server):
    child = children.start(
        children.join(OPEN, 'activate(); print("ready", flush=True); signal.pause()'),
        server.name,
    )
    assert child.stdout.readline() == "ready\n"
    child.terminate()
    assert child.wait(30) == -signal.SIGTERM
    child.communicate()
    assert gone(server)


def test_signals_do_not_reach_jack_s_threads(server):
    """Many signals, handled in the main thread, disturb neither audio nor calls."""
    program = children.join(
        OPEN,
        """
        count = 0
        def handler(number, frame):
            global count
            count += 1
        signal.signal(signal.SIGALRM, handler)
        activate()
        signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
        while count < 300:
            assert len(client.get_ports("system:")) == 4
            client.inports.register("x").unregister()
        signal.setitimer(signal.ITIMER_REAL, 0)
        running.clear()
        assert running.wait(10)
        assert not client.closed
        """,
    )
    children.run(program, server.name)
    assert gone(server)


def test_dropped_client_is_collected(server):
    program = """
        import gc, sys, threading, weakref
        import jack

        client = jack.Client("child", servername=sys.argv[1])
        running = threading.Event()
        client.set_process_callback(lambda frames: running.set())
        client.inports.register("i")
        client.activate()
        assert running.wait(10)
        reference = weakref.ref(client)
        del client
        gc.collect()
        assert reference() is None
    """
    children.run(program, server.name)
    assert gone(server)


def test_callbacks_that_hold_the_client_are_collected(server):
    program = """
        import gc, sys, time, weakref
        import jack

        def open_client(name):
            client = jack.Client(name, servername=sys.argv[1])
            port = client.outports.register("o")
            client.set_process_callback(lambda frames: port.get_buffer())
            client.set_graph_order_callback(lambda: client.get_ports())
            client.set_port_connect_callback(lambda a, b, connect: client)
            client.attribute = client, port, client.outports
            client.activate()
            return weakref.ref(client), weakref.ref(port)

        for number in range(5):
            references = open_client("child")
            deadline = time.monotonic() + 20
            gc.collect()
            while any(r() is not None for r in references):  # a callback is running
                assert time.monotonic() < deadline
                gc.collect()
    """
    children.run(program, server.name)
    assert gone(server)


def test_port_keeps_its_client(server):
    program = children.join(
        OPEN,
        """
        del process, busy
        reference = weakref.ref(client)
        del client, into
        gc.collect()
        assert reference() is not None
        assert out.name == "child:o" and out.connections == []
        del out
        gc.collect()
        assert reference() is None
        """,
    )
    children.run(program, server.name)
    assert gone(server)


def test_lists_of_ports_and_the_client(server):
    program = children.join(
        OPEN,
        """
        del process, busy
        ports = client.outports
        reference = weakref.ref(client)
        del client, into, out
        gc.collect()
        try:
            assert [p.name for p in ports] == ["child:o"]
        except jack.JackError:
            assert reference() is None
        ports = None
        gc.collect()
        assert reference() is None
        """,
    )
    children.run(program, server.name)
    assert gone(server)


def test_many_clients_one_after_the_other(server):
    program = """
        import os, sys, time, jack

        def resources():
            return len(os.listdir("/proc/self/task")), len(os.listdir("/proc/self/fd"))

        for number in range(20):
            client = jack.Client("child", servername=sys.argv[1])
            client.inports.register("i")
            client.activate()
            client.close()
            if number == 2:
                before = resources()
        deadline = time.monotonic() + 10  # threads end when they get to it
        while resources() > before and time.monotonic() < deadline:
            time.sleep(0.01)
        assert resources() <= before, (resources(), before)
    """
    children.run(program, server.name)
    assert gone(server)


def test_fork(server):
    """In the child, clients of the parent are unusable; the parent's go on."""
    program = children.join(
        OPEN,
        """
        activate()
        import warnings
        warnings.simplefilter("ignore", DeprecationWarning)  # of forking with threads
        pid = os.fork()
        if pid == 0:
            try:
                assert client.closed
                for call in (client.get_ports, client.activate, lambda: out.connections,
                             lambda: client.frame_time):
                    try:
                        call()
                    except jack.JackError as error:
                        assert "fork" in str(error), error
                    else:
                        raise AssertionError(call)
                client.close()
                new = None
            except BaseException:
                import traceback
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        assert os.waitpid(pid, 0)[1] == 0
        running.clear()
        assert running.wait(10)
        assert client.get_ports("child:")
        """,
    )
    children.run(program, server.name)
    assert gone(server)


def test_fork_that_ends_as_programs_do(server):
    program = children.join(
        OPEN,
        """
        activate()
        pid = os.fork()
        if pid == 0:
            del client, into, out
            gc.collect()
            sys.exit(0)
        assert os.waitpid(pid, 0)[1] == 0
        running.clear()
        assert running.wait(10)
        """,
    )
    result = children.run(program, server.name, check=False)
    assert result.returncode == 0
    assert "Traceback" not in result.stderr
    assert gone(server)


def test_subprocess_beside_an_active_client(server):
    program = children.join(
        OPEN,
        """
        import subprocess
        activate()
        out_of_it = subprocess.check_output([sys.executable, "-c", "print(1)"])
        assert out_of_it == b"1\\n"
        """,
    )
    children.run(program, server.name)
    assert gone(server)


def test_blocked_server_can_be_interrupted(start_jackd):
    """A server that is stopped does not answer: Ctrl-C still ends the wait."""
    server = start_jackd()
    program = """
        import sys
        print("ready", flush=True)
        import jack
        try:
            jack.Client("child", servername=sys.argv[1])
        except KeyboardInterrupt:
            print("interrupted", flush=True)
        import os
        os._exit(0)
    """
    os.kill(server.process.pid, signal.SIGSTOP)
    try:
        child = children.start(program, server.name)
        assert child.stdout.readline() == "ready\n"
        try:
            wait_for(lambda: thread_count(child) > 1, what="it waits for the server")
            child.send_signal(signal.SIGINT)
            out, err = child.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            pytest.fail("Ctrl-C did not end the wait")
        finally:
            child.kill()
            child.wait()
    finally:
        os.kill(server.process.pid, signal.SIGCONT)
    assert (child.returncode, out, err) == (0, "interrupted\n", "")


def thread_count(child):
    return len(os.listdir(f"/proc/{child.pid}/task"))
