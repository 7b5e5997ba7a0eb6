"""What runs at once on one server, with everything that it sends numbered.

Each part is a thread, and counts what it has done; what comes is compared with what went
at once, so that the first thing that is lost, doubled or out of order is an error.
"""

import contextlib
import threading

import numpy as np

import jack

LOOKAHEAD = 128  # blocks
CHUNK = 16  # blocks that are read or written at once
WRAP = 2**23  # numbers are 1 to this, exact as float32
IN_FLIGHT = 500  # messages
BURST = 64  # messages, and as many in CHUNK blocks
CHURN = 16  # blocks, for one round of the churn at the most


class Part(threading.Thread):
    """Works until it is told to stop, or its server has gone."""

    def __init__(self, name):
        super().__init__(name=name, daemon=True)
        self.stopping = threading.Event()
        self.error = None
        self.gone = False  # the server ended meanwhile

    def run(self):
        try:
            while not self.stopping.is_set():
                self.turn()
        except jack.JackError as error:
            self.gone, self.error = self.is_gone(), error
        except BaseException as error:
            self.error = error

    def is_gone(self):
        return self.client.closed or self.client.wait_closed(5)

    def turn(self):
        raise NotImplementedError

    def end(self):
        """Stop; the failure, if it was not the server's end."""
        self.stopping.set()
        self.join(40)
        if self.is_alive():
            return RuntimeError(f"{self.name} does not end")
        return None if self.gone else self.error


class Pacer:
    """A client that keeps a freewheeling server from running away from Python."""

    def __init__(self, server, ready):
        self.client = jack.Client("pacer", servername=server)
        self.client.inports.register("in")
        self.ready = ready  # ready(cycles): whether the next may come
        self.cycles = 0
        self.freely = False
        self.late = 0
        self._moved = threading.Condition()
        self.client.set_process_callback(self._pace)

    def _pace(self, frames):
        self.cycles += 1
        if self.cycles % CHUNK == 0:
            self.moved()
        if not self.freely and not self.ready(self.cycles):
            with self._moved:
                if not self._moved.wait_for(lambda: self.freely or self.ready(self.cycles), 1.5):
                    self.late += 1

    def wait_for(self, cycles, timeout=0.5):
        """Whether so many have been; the client may have gone."""
        with self._moved:
            return self._moved.wait_for(lambda: self.cycles >= cycles, timeout)

    def moved(self):
        with self._moved:
            self._moved.notify_all()


class Writer(Part):
    """Numbers for the stream's output."""

    def __init__(self, client, stream, moved):
        super().__init__("writer")
        self.client, self.stream, self.moved = client, stream, moved
        self.size = CHUNK * self.client.blocksize
        self.written = self.missed = 0

    def turn(self):
        numbers = np.arange(self.written, self.written + self.size) % WRAP + 1
        block = numbers.astype(np.float32).reshape(-1, 1)
        while True:
            try:
                self.stream.write(block, timeout=30)
                break
            except jack.OutputSyncError:
                self.missed += 1  # counted by the stream; the block is given again
        self.written += self.size
        self.moved()


class Reader(Part):
    """What comes back has to be these numbers, each once and in order."""

    def __init__(self, client, stream, moved):
        super().__init__("reader")
        self.client, self.stream, self.moved = client, stream, moved
        self.size = CHUNK * self.client.blocksize
        self.read = self.heard = self.silent = self.skipped = self.breaks = 0

    def turn(self):
        try:
            block = self.stream.read(self.size, timeout=30)[:, 0]
        except jack.InputSyncError:
            self.breaks += 1  # counted by the stream; what is kept comes next
            return
        self.read += len(block)
        self.moved()
        numbers = block[block != 0].astype(np.int64)
        self.silent += len(block) - len(numbers)
        if len(numbers):
            steps = np.diff(numbers, prepend=self.heard % WRAP) % WRAP
            if not (steps > 0).all():
                raise AssertionError(f"a frame twice or out of order, after {self.heard}")
            self.skipped += int(steps.sum()) - len(numbers)
            self.heard += int(steps.sum())


def message(number):
    digits = bytes(number >> shift & 127 for shift in (28, 21, 14, 7, 0))
    return b"\xf0\x7d" + digits + bytes(number % 23) + b"\xf7"


class Sender(Part):
    def __init__(self, client, port, pacer, receiver):
        super().__init__("sender")
        self.client, self.port, self.pacer, self.receiver = client, port, pacer, receiver
        self.sent = 0

    def turn(self):
        if self.pacer.wait_for(self.sent // BURST * CHUNK) and self.receiver.wait_for(
            self.sent - IN_FLIGHT
        ):
            for _ in range(BURST):
                self.port.send(message(self.sent), timeout=30)
                self.sent += 1


class Counter(Part):
    """Counts what comes, for those who wait for it."""

    def __init__(self, name):
        super().__init__(name)
        self.received = 0
        self._more = threading.Condition()

    def count(self):
        with self._more:
            self.received += 1
            self._more.notify_all()

    def wait_for(self, number, timeout=0.5):
        if self.received >= number:
            return True
        with self._more:
            return self._more.wait_for(lambda: self.received >= number, timeout)


class Receiver(Counter):
    def __init__(self, client, port):
        super().__init__("receiver")
        self.client, self.port = client, port
        port.fileno()  # keep what comes from now on

    def turn(self):
        with contextlib.suppress(TimeoutError):
            data = self.port.receive(0.5)[1]
            if data != message(self.received):
                raise AssertionError(f"message {self.received} came as {data.hex()}")
            self.count()


class Listener(Counter):
    """Each event of what the churn does has to come, once and in order."""

    def __init__(self, client, planned):
        super().__init__("listener")
        self.client, self.planned = client, planned
        self.shutdowns = 0
        kinds = jack.PortRegistered, jack.PortConnected, jack.ClientRegistered, jack.Shutdown
        self.queue = client.events(*kinds)

    def turn(self):
        try:
            event = self.queue.get(0.5)
        except TimeoutError:
            return
        if isinstance(event, jack.Shutdown):
            self.shutdowns += 1
            return
        told = what(event)
        if told is not None:
            if told != self.planned[self.received]:
                done = self.planned[self.received - 2 : self.received + 3]
                raise AssertionError(f"event {self.received}: {told}; done was {done}")
            self.count()

    def rest(self):
        """What is still in the queue when the server has gone."""
        with contextlib.suppress(jack.JackError, TimeoutError, StopIteration):
            while True:
                self.turn_without_wait()

    def turn_without_wait(self):
        if isinstance(self.queue.get(1), jack.Shutdown):
            self.shutdowns += 1


def what(event):
    """An event of the churn's as the churn notes it; None for others'."""
    if isinstance(event, jack.ClientRegistered):
        return ("client", event.name, event.registered) if event.name == "guest" else None
    if isinstance(event, jack.PortRegistered):
        name = event.port.name
        ours = name.startswith(("churn:p", "guest:"))
        return ("port", name, event.registered) if ours else None
    source, destination = event.source.name, event.destination.name
    if not source.startswith("churn:p"):
        return None
    return ("connection", source, destination, event.connected)


class Churn(Part):
    """Ports come, are connected, cut and go; so do clients."""

    def __init__(self, server, pacer):
        super().__init__("churn")
        self.server, self.pacer = server, pacer
        self.client = jack.Client("churn", servername=server)
        self.sink = self.client.inports.register("sink")
        self.client.activate()
        self.planned = []
        self.rounds = self.guests = 0
        self.listener = None

    def turn(self):
        # JACK2 tells of a port by its place alone, which the next one gets.
        if not (
            self.listener.wait_for(len(self.planned))
            and self.pacer.wait_for(self.rounds * CHURN)
        ):
            return
        client, name, sink = self.client, f"churn:p{self.rounds % 50}", self.sink.name
        self.planned.append(("port", name, True))
        port = client.outports.register(name.partition(":")[2])
        self.planned.append(("connection", name, sink, True))
        client.connect(port, sink)
        self.planned.append(("connection", name, sink, False))
        client.disconnect(port, sink)
        self.planned.append(("port", name, False))
        port.unregister()
        self.rounds += 1
        if self.rounds % 20 == 0:
            self.receive_a_guest()

    def receive_a_guest(self):
        self.planned.append(("client", "guest", True))
        with contextlib.closing(jack.Client("guest", servername=self.server)) as guest:
            self.planned.append(("port", "guest:in", True))
            guest.activate()
            guest.inports.register("in")
            self.planned.append(("port", "guest:in", False))
            self.planned.append(("client", "guest", False))
        self.guests += 1
