"""What is called from inside of an isolated callback: each message names a function here,
whose result, or what it raises, is answered."""

import contextlib
import sys
import time

import jack
from support import every_call

THREADS = "create_thread", "detach_here"  # a thread can't be there
left_open = []
BLOCK = memoryview(bytes(256)).cast("f", (64, 1))


def open_client():
    return jack.Client("inner", servername=sys.argv[1], no_start_server=True)


def io_and_rings(io):
    every_call.call_all([io, *io.midi_in, *io.midi_out, jack.RingBuffer(64)])


def functions(io):
    for name in set(jack.__all__).difference(THREADS, every_call.NEVER):
        if not isinstance(getattr(jack, name), type):
            every_call.call(jack, name)


def a_client(io):
    """All of its kinds of objects, before it is closed and after."""
    client = open_client()
    client.activate()
    things = [*every_call.objects(client), client]
    every_call.call_all(things)
    client.close()
    every_call.call_all(things)


def waiting(io):
    client = open_client()
    client.activate()
    with client.open_stream(1, 1, lookahead=2) as stream, client.events() as events:
        stream.read(64, timeout=2), stream.write(BLOCK, timeout=2)
        client.rec(64, 1).wait(2), events.get(0.1), client.wait_closed(0.1)
    client.close()


def leaving(io):
    """Its client stays open, with callbacks of each thread that it has."""
    left_open.append(client := open_client())
    client.inports.register("i"), client.outports.register("o")
    client.set_process_callback(lambda frames: None)
    client.set_port_registration_callback(lambda port, register: None)
    client.activate()
    left_open.extend([client.events(), client.tone(client.outports[0])])
    client.inports.register("j")


def leaving_isolated(io):
    left_open.append(client := open_client())
    client.inports.register("i"), client.outports.register("o")
    left_open.append(client.set_isolated_callback("leaks.isolated_thru:function"))
    client.activate()


def swallowing(io):
    """Nothing that is raised in here ends it."""
    io.send(b"done")
    while True:
        try:
            while True:
                pass
        except BaseException:
            continue


def never_returning(io):
    """Nothing ends a function in C."""
    io.send(b"done")
    time.sleep(1000)


WHAT = {
    what.__name__.encode(): what
    for what in (
        io_and_rings, functions, a_client, waiting, leaving, leaving_isolated, swallowing,
        never_returning,
    )
}  # fmt: skip


def function(io):
    message = io.receive()
    if message in WHAT:
        # Not all can be: JACK1 can't be asked from there, and what is waited for may not come.
        with contextlib.suppress(jack.JackError, TimeoutError):
            WHAT[message](io)
        io.send(b"done")
