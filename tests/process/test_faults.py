"""The server is stopped or killed while its clients are at something: nothing hangs.

What takes long is marked `faults`: `make test-faults` runs it, on each libjack.
"""

import os
import signal
import sys

import pytest

from support import children, faults, libraries

# Calls whose failure the library in use keeps to itself, or that ask nobody.
# A stream's ports are gone with their server.
ALWAYS = {"deactivate", "deactivate with a callback", "close a stream"}
UNTOLD = {
    "JACK2": {*ALWAYS, "property"},
    "JACK1": {*ALWAYS, "close", "rename"},
    "PipeWire": {*ALWAYS, "close", "rename", "blocksize", "freewheel", "property"},
}
ISOLATED = sys.version_info >= (3, 12)  # callbacks, which are one stage more
# JACK1 has metadata of the default server alone, and says so.
ERRORS = {"JackError", "JackErrorCode", "JackOpenError", "NotSupportedError"}


def check(outcomes):
    for stage, (kind, what) in outcomes.items():
        untold = (kind, what) == ("nothing raised", None)
        assert kind in ERRORS or untold and stage in UNTOLD[libraries.loaded()], (stage, what)


@pytest.fixture
def server(start_jackd):
    """One that may be stopped and killed."""
    server = start_jackd()
    yield server
    server.kill()


def test_killed_meanwhile(server):
    """It is stopped first, so that each stage is in the middle when it is killed."""
    kill_meanwhile(server)


@pytest.mark.faults
@pytest.mark.parametrize("again", range(5))
def test_killed_again(server, again):
    kill_meanwhile(server)


def kill_meanwhile(server):
    outcomes = faults.run(
        """
        start({**ASKING, **WAITING})
        os.kill(pid, signal.SIGKILL)
        join(40)
        close_all()
        assert all(stage.client.closed for stage in stages)
        tell(outcomes())
        """,
        server,
    )
    assert len(outcomes) == 24 + ISOLATED
    check(outcomes)


INTERRUPTED = """
    import _thread

    def interrupted(work):
        stage.client.get_ports()  # which asks nobody
        stop()
        ready = threading.Event()
        at_it = threading.Thread(target=send, args=(ready,))
        at_it.start()
        try:
            ready.set()
            work()
        except KeyboardInterrupt:
            outcome = "interrupted"
        except jack.JackError as error:
            outcome = repr(error)
        else:
            outcome = "nothing raised"
        try:
            at_it.join()
        except KeyboardInterrupt:
            outcome += ", before Ctrl-C"
        os.kill(pid, signal.SIGCONT)
        return outcome

    def send(ready):
        ready.wait()
        for _ in range(20):
            wait_for(lambda: state_of("self", os.getpid()) == "S")
        os.kill(os.getpid(), signal.SIGINT)

    told = {}
    for name in sys.argv[3].split(","):
        stage = Stage(name, {**ASKING, **WAITING}[name])
        told[name] = interrupted(stage.work)
        stage.client.close()
        works("after")
    tell(told)
"""
# JACK1 and PipeWire ask nothing to close a client that is not active.
BRIEFLY = "register,activate,read" + ",close" * (libraries.loaded() == "JACK2")


def interrupt(server, stages):
    told = faults.run(INTERRUPTED, server, stages)
    assert told == dict.fromkeys(stages.split(","), "interrupted")


def test_ctrl_c(server):
    """Ctrl-C ends each wait for a stopped server, and that server can be used again."""
    interrupt(server, BRIEFLY)


@pytest.mark.faults
@pytest.mark.parametrize(
    "stages",
    ["unregister,connect while active,deactivate,close while active,close a stream",
     "write,events,MIDI,recording" + ",isolated" * ISOLATED],
)  # fmt: skip
def test_ctrl_c_elsewhere(server, stages):
    interrupt(server, stages)


@pytest.mark.faults
def test_stopped_meanwhile(server):
    """Every question ends by itself; clients that were not answered are lost."""
    outcomes = faults.run(
        """
        start(ASKING)
        join(60)
        tell(outcomes())
        close_all()
        os.kill(pid, signal.SIGCONT)
        works("after")
        """,
        server,
        timeout=120,
    )
    check(outcomes)


@pytest.mark.faults
def test_stopped_while_idle(server):
    """Nothing is lost; the audio goes on when the server does."""
    faults.run(
        """
        client = open_client("idle")
        cycles = []
        client.set_process_callback(cycles.append)
        client.inports.register("i")
        client.activate()
        of_stream = stream(open_client("streaming"))
        for _ in range(3):
            stop()
            assert client.get_ports("^idle:")
            with contextlib.suppress(TimeoutError, jack.InputSyncError):
                of_stream.read(64, timeout=0.2)
            os.kill(pid, signal.SIGCONT)
            known = len(cycles)
            wait_for(lambda: len(cycles) > known + 3)
            client.inports.register(f"i{known}")
            while True:
                try:
                    assert of_stream.read(64, timeout=20).shape == (64, 1)
                    break
                except jack.InputSyncError:
                    pass
        assert not client.closed
        tell(None)
        """,
        server,
    )


@pytest.mark.faults
def test_exit_beside_a_stopped_server(server):
    """A program that ends then ends, its clients' audio threads and all."""
    program = children.join(
        faults.PREAMBLE,
        """
        clients = [open_client(f"c{n}") for n in range(3)]
        for client in clients:
            client.inports.register("i")
            client.set_process_callback(lambda frames: None)
            active(client)
        stop()
        """,
    )
    try:
        children.run(program, server.name, str(server.process.pid), timeout=60)
    finally:
        os.kill(server.process.pid, signal.SIGCONT)
