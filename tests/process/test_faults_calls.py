"""Every method of every object after close(), and from inside of every callback: whatever
they raise, nothing crashes and nothing hangs."""

import pytest

from support import children, libraries

OPEN = """
import faulthandler, os, sys, threading, time
faulthandler.dump_traceback_later(80, exit=True)
sys.path.insert(0, sys.argv[2])
import jack
from support import every_call

def wait_for(condition, timeout=30):
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, condition
        time.sleep(0.002)

sys.unraisablehook = lambda information: None
client = jack.Client("child", servername=sys.argv[1], no_start_server=True)
"""
END = """
other = jack.Client("after", servername=sys.argv[1], no_start_server=True)
assert other.get_ports("system")
other.close()
print("all there")
"""
HERE = __file__.rpartition("/process/")[0]


def run(server, *parts):
    program = children.join(OPEN, *parts, END)
    result = children.run(program, server.name, HERE, timeout=100, check=False)
    told = result.stdout.endswith("all there\n")  # behind what print() as a callback said
    assert (result.returncode, told) == (0, True), result.stderr[-3000:]


@pytest.mark.parametrize("active", [False, True])
@pytest.mark.parametrize("how", ["client.close()", "[close(t) for t in things]; client.close()"])
def test_after_close(jackd, active, how):
    """The objects' own close() first, or the client's alone."""
    run(
        jackd,
        f"""
        def close(thing):
            for name in every_call.LAST:
                every_call.call(thing, name)

        if {active}:
            client.activate()
        things = every_call.objects(client)
        {how}
        assert every_call.call_all([*things, client]) > 300
        for thing in list(things):  # and dropped in this order, or in the other one
            things.pop(0 if {active} else -1)
            del thing
        """,
    )


@pytest.mark.faults
def test_after_the_server_s_end(start_jackd):
    """The same of a client that has lost its server."""
    server, other = start_jackd(), start_jackd()
    run(
        other,
        f"""
        import signal
        lost = jack.Client("lost", servername={server.name!r}, no_start_server=True)
        lost.activate()
        things = every_call.objects(lost)
        os.kill({server.process.pid}, signal.SIGKILL)
        wait_for(lambda: lost.closed)
        every_call.call_all([*things, lost])
        """,
    )
    server.kill()


NOTICES = {
    "port_registration": "other.inports.register('x')",
    "client_registration": "jack.Client('third', servername=sys.argv[1]).close()",
    "port_connect": "other.connect('system:capture_1', other.inports.register('y'))",
    "graph_order": "other.connect('system:capture_1', other.inports.register('y'))",
    "freewheel": "other.set_freewheel(True); other.set_freewheel(False)",
    "blocksize": "other.blocksize = 512; other.blocksize = 256",
    "process": "",
    "sync": "other.transport_start(); other.transport_stop()",
    "timebase": "other.transport_start()",
}


@pytest.mark.faults
@pytest.mark.parametrize("kind", NOTICES)
def test_inside_of_a_callback(start_jackd, kind):
    if libraries.loaded() == "PipeWire" and kind == "blocksize":
        pytest.skip("a block size is only asked for there")
    if libraries.loaded() == "PipeWire" and kind == "freewheel":
        pytest.skip("its notice did not come in 70 s when another client freewheeled for a moment")
    arguments = {"port_registration": "(only_available=False)"}.get(kind, "")
    run(
        start_jackd(),
        f"""
        done, begun = threading.Event(), []
        things = every_call.objects(client)
        other = jack.Client("other", servername=sys.argv[1], no_start_server=True)

        @client.set_{kind}_callback{arguments}
        def callback(*arguments):
            if not begun:
                begun.append(arguments)
                every_call.call_all([*things, client], skip=("set_freewheel", "blocksize"))
                done.set()
            return {"True" if kind == "sync" else "None"}

        other.activate()
        client.activate()
        if "{kind}" == "timebase" or "{kind}" == "sync":
            client.transport_start()
        {NOTICES[kind]}
        assert done.wait(70)
        client.close()
        other.close()
        """,
    )
