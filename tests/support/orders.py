"""Ends and drops all that belongs to a client, in every order.

    python -m support.orders SERVER STEP

STEP: one order of so many is tried.  An order is a permutation of the things; each of them
is ended by its own method or only dropped, and the client may be active.
"""

import contextlib
import gc
import itertools
import os
import random
import sys
import time
import weakref

import jack
from support import libraries

ENDS = "unregister", "close", "stop"


def end(thing):
    """By its own method."""
    name = next(name for name in ENDS if hasattr(thing, name))
    with contextlib.suppress(jack.JackError):
        getattr(thing, name)()


def make(client):
    """{name: (thing, what it is asked)} of all that is related."""
    out, into = client.outports.register("o"), client.midi_inports.register("mi")
    node = client.tone(out)
    stream = client.open_stream(1, 1, lookahead=2)
    queue = client.events()
    into.fileno()  # keep what comes
    take = client.rec(1 << 16, 1)
    return {
        "port": (out, lambda port: port.connections),
        "MIDI port": (into, lambda port: port.receive(0)),
        "node": (node, repr),
        "stream": (stream, lambda stream: stream.read(1, timeout=0)),
        "queue": (queue, lambda queue: queue.get(0)),
        "recording": (take, lambda take: take.wait(0)),
        "client": (client, lambda client: client.get_ports("^order")),
    }


def ask(things):
    for thing, question in things.values():
        with contextlib.suppress(jack.JackError, jack.InputSyncError, TimeoutError, StopIteration):
            question(thing)


def live(server, order, rng):
    client = jack.Client("order", servername=server, no_start_server=True)
    gone = weakref.ref(client)
    if rng.random() < 0.5:
        client.activate()
    things = make(client)
    del client
    for name in order:
        thing, _ = things.pop(name)
        if rng.random() < 0.7:
            end(thing)
        del thing
        ask(things)
    return gone


def held():
    return len(os.listdir("/proc/self/fd")), len(os.listdir("/proc/self/task"))


def main(server, step):
    rng = random.Random(6)
    names = "port", "MIDI port", "node", "stream", "queue", "recording", "client"
    before, lives = None, 0
    for order in itertools.islice(itertools.permutations(names), 0, None, int(step)):
        gone = live(server, order, rng)
        lives += 1
        if lives % 20 == 0:
            gc.collect()
            assert gone() is None, order
        if lives == 3:
            gc.collect()
            before = held()
    # PipeWire 0.3.65 keeps one of the descriptors that its server sent, now and then: of
    # 5000 lives one or two.
    most = before[0] + (lives + 999) // 1000 * (libraries.loaded() == "PipeWire"), before[1]
    deadline = time.monotonic() + 20  # threads end when they get to it, and with what they held
    while any(now > then for now, then in zip(held(), most)) and time.monotonic() < deadline:
        gc.collect()
        time.sleep(0.01)
    assert all(now <= then for now, then in zip(held(), most)), (held(), most)
    with contextlib.closing(jack.Client("after", servername=server)) as client:
        assert client.get_ports("^order") == []
    print(f"{lives} orders")


if __name__ == "__main__":
    main(*sys.argv[1:])
