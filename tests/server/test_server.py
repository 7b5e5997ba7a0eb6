"""jack.Server: its life, its place among other servers, and that it keeps to itself.

One server of a process can run at a time, and the tests' own process has one: most of
these start theirs in child processes.
"""

import os
import resource
import subprocess

import pytest

import jack
from support import children, servers
from support.hosting import PREAMBLE, in_private_memory, run
from support.waiting import wait_for

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
            policies = of_each_thread(lambda task: os.sched_getscheduler(int(task))).values()
            with jack.Client("x", servername=server.name) as client:
                print(client.realtime, os.SCHED_FIFO in policies)
        assert remains(server.name) == []
    """
    allowed = os.geteuid() == 0 or resource.getrlimit(resource.RLIMIT_RTPRIO)[0] >= 5
    assert run(program).stdout == f"True {allowed}\n"


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


# ---- among others ----


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


def test_clients_close_beside_other_servers():
    """JACK2 freed the place of the control block of a client of the same process, the next
    server took it, and closing the client unmapped what was not its own."""
    in_private_memory("""
        with jack.Server() as server:
            clients = [jack.Client(f"c{n}", servername=server.name) for n in range(3)]
            others = []
            for n in range(2):
                command = ["jackd", "-n", f"other{n}", "-r", "-d", "dummy"]
                others.append(subprocess.Popen(
                    command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
                wait_for(lambda: jack.server_running(f"other{n}"))
            for client in clients:
                client.activate()
            for client in clients:
                client.close()
            for other in others:
                other.terminate()
                assert other.wait(20) == 0
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
        old = os.listdir("/proc/self/task")

        def status(task):
            with open(f"/proc/self/task/{task}/status") as lines:
                return dict(line.split(":", 1) for line in lines)

        with jack.Server():
            found = of_each_thread(status)
            assert len(found) > len(old)
            for task in found.keys() - old:
                blocked = int(found[task]["SigBlk"], 16)
                for number in (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE, signal.SIGALRM):
                    assert blocked >> (number - 1) & 1, (found[task]["Name"], number)
        assert before == {number: signal.getsignal(number) for number in before}
    """)


def test_a_shell_program_sees_it(embedded):
    listed = subprocess.run(
        ["jack_lsp", "-s", embedded.name], capture_output=True, text=True, timeout=20
    )
    assert "system:capture_1" in listed.stdout.split()
    assert wait_for(lambda: jack.server_running(embedded.name))
