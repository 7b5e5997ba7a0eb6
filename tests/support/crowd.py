"""Many threads that use one client and its ports, streams, queues and nodes at once, while
others close them, and at last the client.

    python -m support.crowd SERVER LIVES THREADS ROUNDS SEED
"""

import collections
import contextlib
import faulthandler
import itertools
import random
import sys
import threading

import jack
from support import libraries

faulthandler.dump_traceback_later(100, exit=True)

# What may be raised when something was closed a moment ago; nothing else may.
GONE = jack.JackError, TimeoutError, StopIteration, IndexError
BLOCK = memoryview(bytes(256)).cast("f", (64, 1))


class Crowd:
    """What the threads share; each public method is something that one of them does."""

    def __init__(self, server):
        self._client = jack.Client("crowd", servername=server, no_start_server=True)
        self._other = jack.Client("beside", servername=server, no_start_server=True)
        self._client.activate(), self._other.activate()
        self._numbers = itertools.count()
        self._ports = collections.deque()
        self._nodes = collections.deque()
        self._queue = self._client.events()
        self._stream = self._client.open_stream(1, 1, lookahead=2)
        self._ring = jack.RingBuffer(64)

    def _kinds(self):
        c = self._client
        return c.inports, c.outports, c.midi_inports, c.midi_outports

    def register(self, rng):
        port = rng.choice(self._kinds()).register(f"p{next(self._numbers)}")
        self._ports.append(port)
        if len(self._ports) > 12:
            self._ports.popleft().unregister()

    def look_at_lists(self, rng):
        for ports in self._kinds():
            len(ports), list(ports), repr(ports), ports[:1], ports[0].name

    def look_at_the_client(self, rng):
        c = self._client
        c.name, c.samplerate, c.stats, c.status, c.closed, c.frame_time, c.cpu_load(), repr(c)
        c.reset_stats()

    def look_at_a_port(self, rng):
        port = rng.choice(list(self._ports))
        port.name, port.shortname, port.uuid, port.aliases, port.connections, hash(port)
        port.shortname = f"r{next(self._numbers)}"

    def set_callbacks(self, rng):
        kind = rng.choice(["process", "xrun", "graph_order", "port_registration", "port_connect"])
        getattr(self._client, f"set_{kind}_callback")(lambda *a: None)

    def detach(self, rng):
        self._client.set_process_callback(lambda frames: None, lookahead=rng.choice([0, 2]))

    def look_at_the_graph(self, rng):
        for port in self._client.get_ports(is_audio=True):
            port.name, self._client.get_all_connections(port)
        self._client.snapshot(properties=False)

    def connect(self, rng):
        out, into = rng.choice(self._client.outports), rng.choice(self._client.inports)
        self._client.connect(out, into), self._client.disconnect(out, into)

    def use_a_ring(self, rng):
        self._ring.write(b"abcd"), self._ring.read(3), self._ring.peek(2), self._ring.read_buffers

    def hear(self, rng):
        with self._client.events() as queue:
            queue.get(0), queue.lost

    def hear_together(self, rng):
        self._queue.get(0.01)
        if rng.random() < 0.2:
            self._queue.close()
            self._queue = self._client.events()

    def stream(self, rng):
        with self._client.open_stream(1, 1, lookahead=2) as stream:
            stream.write(BLOCK, timeout=1), stream.read(64, timeout=1)

    def stream_together(self, rng):
        stream = self._stream
        stream.stats, stream.latency, stream.read(64, timeout=0.1), stream.write(BLOCK, timeout=0)
        if rng.random() < 0.2:
            stream.close()
            self._stream = self._client.open_stream(1, 1, lookahead=2)

    def use_the_transport(self, rng):
        c = self._client
        c.transport_start(), c.transport_query(), c.transport_stop(), c.transport_frame

    def activate(self, rng):
        rng.choice([self._client.activate, self._client.deactivate])()

    def add_a_node(self, rng):
        node = self._client.tone(rng.choice(self._client.outports), 440, 0.1)
        self._nodes.append(node)
        repr(node)
        if len(self._nodes) > 3:
            self._nodes.popleft().close()

    def record(self, rng):
        with contextlib.suppress(ValueError):  # there is no port
            with self._client.rec(64, 1) as handle:
                handle.wait(0.02), handle.stop()

    def send_and_receive(self, rng):
        rng.choice(self._client.midi_outports).send(b"\x90\x40\x40")
        rng.choice(self._client.midi_inports).receive(0)

    def set_properties(self, rng):
        key = "http://example.org/rtjack/crowd"
        if libraries.has_metadata():
            self._client.set_property(self._client, key, "1")
            jack.get_property(self._client, key), jack.get_all_properties()

    def ask_beside(self, rng):
        self._other.get_ports("^crowd:")

    def _close(self):
        self._client.close()

    def _end(self):
        self._client.close(), self._other.close()


DEEDS = [name for name in vars(Crowd) if not name.startswith("_")]


def work(crowd, seed, rounds, failures):
    rng = random.Random(seed)
    for _ in range(rounds):
        deed = rng.choice(DEEDS)
        try:
            getattr(crowd, deed)(rng)
        except GONE:
            pass
        except BaseException as error:
            failures.append((seed, deed, repr(error)))


def live(server, number, threads, rounds, seed):
    """One life: it ends before its threads do, or after."""
    crowd, failures = Crowd(server), []
    seeds = range(seed + 1000 * number, seed + 1000 * number + threads)
    crew = [threading.Thread(target=work, args=(crowd, s, rounds, failures)) for s in seeds]
    for thread in crew:
        thread.start()
    if number % 2:
        crew[0].join()
        crowd._close()
    for thread in crew:
        thread.join()
    crowd._end()
    assert not failures, failures[:5]


def main(server, lives, threads, rounds, seed):
    unraisable = []
    sys.unraisablehook = lambda what: unraisable.append((repr(what.exc_value), what.object))
    for number in range(int(lives)):
        live(server, number, int(threads), int(rounds), int(seed))
    assert not unraisable, unraisable[:5]
    with contextlib.closing(jack.Client("after", servername=server)) as client:
        assert client.get_ports("^crowd:") == []
    print(f"{int(lives) * int(threads) * int(rounds)} deeds")


if __name__ == "__main__":
    main(*sys.argv[1:])
