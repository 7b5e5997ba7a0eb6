"""Everything that an isolated callback can reach is called in there, and everything of its
handle: exceptions, but no crash and no hang; and it ends with all that it has left open."""

import sys

import pytest

from support import children

pytestmark = pytest.mark.skipif(sys.version_info < (3, 12), reason="they need Python 3.12")

PROGRAM = """
    import faulthandler, sys, time
    faulthandler.dump_traceback_later(80, exit=True)
    import jack
    from support import every_call, libraries

    client = jack.Client("outer", servername=sys.argv[1], no_start_server=True)
    client.inports.register("in"), client.outports.register("out")
    client.midi_inports.register("mi"), client.midi_outports.register("mo")
    handle = client.set_isolated_callback("support.isolated_calls:function")
    client.activate()

    THRU = "leaks.isolated_thru:function"
    lost = False

    def call(name):
        global lost
        handle.send(name.encode())
        message = b""
        try:
            while message not in (b"done", None):  # but what every method sends
                message = handle.receive(60)
        except jack.JackError:
            assert client.closed
        # JACK1 lets go of a client whose callback takes so long, PipeWire sometimes.
        lost = libraries.loaded() != "JACK2" and client.closed
        assert lost or handle.error is None and message, (handle.error, message)
"""
END = """
    other = jack.Client("after", servername=sys.argv[1], no_start_server=True)
    assert not other.get_ports("outer|inner")
    assert other.get_ports("system")
    other.close()
    print("all there")
"""
# How a callback ends with what it has left open.
ENDS = {
    "client": "client.close()",
    "handle": "handle.close(); client.close()",
    "another one": "lost or client.set_isolated_callback(THRU); client.close()",
    "reload": "lost or handle.reload(); client.close()",
    "inactive": "client.deactivate(); client.close()",
    "dropped": "import gc; del client, handle; gc.collect()",
    "program": "print('all there'); sys.exit()",
}


def run(server, *parts):
    program = children.join(PROGRAM, *parts, END)
    path = {"PYTHONPATH": children.TESTS}
    result = children.run(program, server.name, environment=path, timeout=90)
    assert result.stdout.endswith("all there\n"), result.stdout


def test_calls_from_within(jackd):
    run(jackd, "call('io_and_rings'); client.close()")


@pytest.mark.faults
@pytest.mark.parametrize("what", ["functions", "a_client", "waiting"])
def test_more_calls_from_within(jackd, what):
    run(jackd, f"call({what!r}); client.close()")


def test_what_is_left_open(jackd):
    run(jackd, "call('leaving'); client.close()")


@pytest.mark.faults
@pytest.mark.parametrize("what", ["leaving", "leaving_isolated"])
@pytest.mark.parametrize("ends", ENDS)
def test_each_end_of_what_is_left_open(jackd, what, ends):
    run(jackd, f"call({what!r})", ENDS[ends])


@pytest.mark.faults
def test_calls_of_the_handle(jackd):
    """From outside and from a callback of the client's, while it plays and afterwards."""
    run(
        jackd,
        """
        import threading
        done, begun = threading.Event(), []
        client.deactivate()

        @client.set_port_registration_callback(only_available=False)
        def callback(port, register):
            if not begun:
                begun.append(port)
                every_call.call_all([handle], skip=("close",))
                done.set()

        client.activate()
        client.inports.register("another")
        assert done.wait(60)
        every_call.call_all([handle])
        every_call.call_all([handle])
        client.close()
        every_call.call_all([handle])
        """,
    )


@pytest.mark.parametrize("ends", ["handle", "dropped", "program"])
def test_each_end_of_one_that_swallows_exceptions(jackd, ends):
    run(jackd, "call('swallowing')", ENDS[ends])


@pytest.mark.faults
def test_one_that_never_returns(jackd):
    """The program ends in order, but for the last of Python's own steps."""
    first = "import atexit; atexit.register(print, 'registered first')"
    program = children.join(first, PROGRAM, "call('never_returning'); sys.exit('told')")
    path = {"PYTHONPATH": children.TESTS}
    result = children.run(program, jackd.name, environment=path, timeout=90, check=False)
    assert result.returncode == 120, result.stderr
    assert "the audio thread is still in there" in result.stderr
    assert "Fatal" not in result.stderr
    assert result.stderr.startswith("told\n") and result.stdout == "registered first\n"
    after = children.join("import jack, sys", END)
    assert children.run(after, jackd.name).stdout == "all there\n"
