"""MIDI through the graph, compared byte by byte."""

import pytest

import jack
from support import libraries
from support.graph import hurrying, in_one_cycle
from support.midi import settle
from support.waiting import wait_for


class Repeat(list):
    """A list of cycles without an end."""

    def pop(self, place):
        return self[place]


class Exchange:
    """Sends lists of (time, bytes), one list a cycle, from one client to another."""

    def __init__(self, client, write=None):
        self.sender, self.receiver = client("sender"), client("receiver")
        self.out = self.sender.midi_outports.register("o")
        self.into = self.receiver.midi_inports.register("i")
        self.to_send = []
        self.received = []
        self.lost = []
        self.look = None  # called with the input instead
        self.write = write or (lambda port, time, event: port.write_midi_event(time, event))
        self.sender.set_process_callback(self.send)
        self.receiver.set_process_callback(self.receive)
        self.sender.activate()
        self.receiver.activate()
        self.sender.connect(self.out, self.into)
        self.await_line()

    def await_line(self):
        """Until it carries: JACK connects between two blocks, PipeWire a moment later."""
        self.to_send = Repeat([[(0, b"\xfe")]])
        wait_for(lambda: self.received, what="the connection carries")
        self.to_send = []
        last = None
        while last != (last := len(self.received)):  # what was on its way has come
            settle(self.receiver)
        self.received = []

    def send(self, frames):
        self.out.clear_buffer()
        if self.to_send:
            for time, event in self.to_send.pop(0):
                self.write(self.out, time, event)

    def receive(self, frames):
        if self.look is not None:
            self.look(self.into)
            return
        events = [(time, bytes(event)) for time, event in self.into.incoming_midi_events()]
        if events:
            self.received.append(events)
        if self.into.lost_midi_events:
            self.lost.append(self.into.lost_midi_events)

    def __call__(self, *cycles):
        """What arrives when `cycles` are sent while the server freewheels."""
        self.received = []
        with hurrying(self.sender):
            self.to_send = list(cycles)
            wait_for(lambda: len(self.received) == len(cycles), 20, "all events")
        return self.received


@pytest.fixture
def exchange(client):
    return Exchange(client)


def pattern(size):
    return bytes([0xF0, *(n % 128 for n in range(size - 2)), 0xF7])[-size:]


def test_all_sizes(exchange):
    cycles = [[(size % 256, pattern(size))] for size in (*range(1, 300), 1000, 4096, 8000)]
    assert exchange(*cycles) == cycles


def test_several_events_a_cycle(exchange):
    cycle = [(0, b"\x90\x40\x7f"), (0, b"\x80\x40\x00"), (17, b"\xf8"), (255, pattern(50))]
    assert exchange(cycle, cycle[:1], cycle) == [cycle, cycle[:1], cycle]


def test_as_many_as_there_are_frames(exchange):
    cycle = [(time, bytes([0x90, time // 2, 1])) for time in range(256)]
    assert exchange(cycle) == [cycle]


@pytest.mark.parametrize(
    "kind", [bytes, bytearray, memoryview, list, tuple, iter, lambda b: (n for n in b)]
)
def test_write_from(client, kind):
    exchange = Exchange(client, lambda port, time, b: port.write_midi_event(time, kind(b)))
    cycle = [(3, b"\x90\x40\x7f"), (4, pattern(20))]
    assert exchange(cycle) == [cycle]


def test_write_a_received_event(client):
    """As a thru does: the event that came is written as it is."""
    thru = client("thru")
    into, out = thru.midi_inports.register("i"), thru.midi_outports.register("o")

    @thru.set_process_callback
    def process(frames):
        out.clear_buffer()
        for time, event in into.incoming_midi_events():
            out.write_midi_event(time, event)

    exchange = Exchange(client)
    thru.activate()
    exchange.sender.disconnect(exchange.out, exchange.into)
    thru.connect("sender:o", into)
    thru.connect(out, "receiver:i")
    wait_for(lambda: exchange.out.connections == [into])
    exchange.await_line()
    cycle = [(3, b"\x90\x40\x7f"), (4, pattern(200)), (5, b"\xfe")]
    assert exchange(cycle, cycle) == [cycle, cycle]


def test_reserve(client):
    def write(port, time, event):
        room = port.reserve_midi_event(time, len(event))
        assert len(room) == len(event)
        room[:] = event

    cycle = [(3, b"\x90\x40\x7f"), (4, pattern(200))]
    assert Exchange(client, write)(cycle) == [cycle]


def test_events_are_kept(client):
    """Events stay what they were when their cycle is over."""
    exchange = Exchange(client)
    kept = []

    def receive(into):
        events = list(into.incoming_midi_events())
        if events:
            kept.append(events)

    exchange.look = receive
    cycles = [[(n, pattern(n + 1)), (n, b"\xf8")] for n in range(100)]
    with hurrying(exchange.sender):
        exchange.to_send = list(cycles)
        wait_for(lambda: len(kept) == len(cycles))
    assert [[(t, bytes(e)) for t, e in events] for events in kept] == cycles


def test_manners_of_an_event(client):
    exchange = Exchange(client)
    seen = []

    def receive(into):
        for event in into.incoming_midi_events():
            seen.append(event)

    exchange.look = receive
    exchange.to_send = [[(5, b"\x91\x40\x7f")]]
    wait_for(lambda: seen)
    ((time, data),) = seen
    assert (type(time), time) == (int, 5)
    assert type(data[0]) is bytes and data[0] == b"\x91" and ord(data[0]) == 0x91
    assert int.from_bytes(data[0], "big") == 0x91
    assert data == b"\x91\x40\x7f" and data != b"\x91" and b"\x91\x40\x7f" == data
    assert (len(data), data[1:], list(data)) == (3, b"\x40\x7f", [b"\x91", b"\x40", b"\x7f"])
    status, note, velocity = map(ord, data)
    assert (status, note, velocity) == (0x91, 0x40, 0x7F)
    assert memoryview(data).tolist() == [0x91, 0x40, 0x7F]
    assert data[:].hex() == "91407f"


# In one cycle of one client


@pytest.fixture
def ports(client):
    tested = client()
    return tested, tested.midi_inports.register("i"), tested.midi_outports.register("o")


def test_no_events(ports):
    tested, into, _ = ports
    assert in_one_cycle(tested, lambda frames: list(into.incoming_midi_events())) == []
    assert in_one_cycle(tested, lambda frames: into.lost_midi_events) == 0


def test_max_event_size_shrinks_and_clear_buffer_restores_it(ports):
    tested, _, out = ports

    def work(frames):
        out.clear_buffer()
        sizes = [out.max_event_size]
        out.write_midi_event(0, bytes(100))
        sizes.append(out.max_event_size)
        out.clear_buffer()
        sizes.append(out.max_event_size)
        return sizes

    empty, with_one, cleared = in_one_cycle(tested, work)
    assert empty == cleared > 4096
    assert with_one <= empty - 100


def test_the_largest_event_and_one_more_byte(ports):
    tested, _, out = ports

    def work(frames):
        out.clear_buffer()
        largest = out.max_event_size
        with pytest.raises(jack.JackErrorCode):
            out.write_midi_event(0, bytes(largest + 1))
        assert len(out.reserve_midi_event(0, largest + 1)) == 0
        out.write_midi_event(0, bytes(largest))
        with pytest.raises(jack.JackErrorCode):
            out.write_midi_event(0, bytes(1000))
        return True

    assert in_one_cycle(tested, work)


def test_times_must_not_go_back(ports):
    tested, _, out = ports

    def work(frames):
        out.clear_buffer()
        out.write_midi_event(10, b"\xf8")
        out.write_midi_event(10, b"\xf8")
        with pytest.raises(jack.JackErrorCode):
            out.write_midi_event(9, b"\xf8")
        assert len(out.reserve_midi_event(9, 1)) == 0
        out.clear_buffer()
        out.write_midi_event(9, b"\xf8")
        return True

    assert in_one_cycle(tested, work)


def test_times_beyond_the_block(ports):
    tested, _, out = ports

    def work(frames):
        out.clear_buffer()
        out.write_midi_event(frames - 1, b"\xf8")
        with pytest.raises(jack.JackErrorCode):
            out.write_midi_event(frames, b"\xf8")
        for time in (-1, 2**32, 2**70):
            with pytest.raises((ValueError, OverflowError)):
                out.write_midi_event(time, b"\xf8")
        return True

    assert in_one_cycle(tested, work)


@pytest.mark.parametrize(
    ("event", "error"),
    [
        (None, TypeError),
        (1, TypeError),
        ("abc", TypeError),
        ([1, None], TypeError),
        ([1.0], TypeError),
        ([256], ValueError),
        ([-1], ValueError),
        ([2**70], (ValueError, OverflowError)),
    ],
)
def test_what_is_no_event(ports, event, error):
    tested, _, out = ports

    def work(frames):
        out.clear_buffer()
        with pytest.raises(error):
            out.write_midi_event(0, event)
        return out.max_event_size

    empty = in_one_cycle(tested, lambda frames: (out.clear_buffer(), out.max_event_size)[1])
    assert in_one_cycle(tested, work) == empty


def test_reserve_impossible_sizes(ports):
    tested, _, out = ports

    def work(frames):
        out.clear_buffer()
        for size in (-1, 2**70):
            with pytest.raises((ValueError, OverflowError)):
                out.reserve_midi_event(0, size)
        with pytest.raises(TypeError):
            out.reserve_midi_event(0, "1")
        return len(out.reserve_midi_event(0, 2**31))

    assert in_one_cycle(tested, work) == 0


def test_wrong_directions(ports):
    tested, into, out = ports

    def work(frames):
        for use in (
            into.clear_buffer,
            lambda: into.write_midi_event(0, b"\xf8"),
            lambda: into.reserve_midi_event(0, 1),
        ):
            with pytest.raises(jack.JackError, match="tested:i"):
                use()
        out.clear_buffer()  # an output can be read back
        out.write_midi_event(7, b"\xf8")
        return [(time, bytes(event)) for time, event in out.incoming_midi_events()]

    assert in_one_cycle(tested, work) == [(7, b"\xf8")]


def test_no_audio_buffers(ports):
    _, into, _ = ports
    for use in (into.get_buffer, into.get_array):
        with pytest.raises(NotImplementedError):
            use()


def test_lost_events_are_counted(client):
    """Two sources that together have more than fits are mixed down with a loss."""
    if libraries.is_newer_pipewire():
        pytest.skip("PipeWire 1.6.9 counts nothing as lost there")
    exchange = Exchange(client)
    other = client("other")
    out = other.midi_outports.register("o")
    half = pattern(20_000)  # and a little more, made once: a debug build takes long for it

    @other.set_process_callback
    def process(frames):
        out.clear_buffer()
        out.write_midi_event(0, half)

    other.activate()
    other.connect(out, exchange.into)
    with hurrying(other):
        exchange.to_send = Repeat([[(0, half)]])
        wait_for(lambda: exchange.lost)
    assert exchange.lost[0] in (1, 2)  # JACK2 counts what it sees lost twice
    assert all(bytes(event) == half for c in exchange.received for _, event in c)


def test_iterator_left_half_way(client):
    exchange = Exchange(client)
    seen = []

    def receive(into):
        for event in into.incoming_midi_events():
            seen.append(event)
            break

    exchange.look = receive
    with hurrying(exchange.sender):
        exchange.to_send = [[(0, b"\xf8"), (1, b"\xfa")], [(2, b"\xfc")]]
        wait_for(lambda: len(seen) == 2)
    assert [(time, bytes(event)) for time, event in seen] == [(0, b"\xf8"), (2, b"\xfc")]
