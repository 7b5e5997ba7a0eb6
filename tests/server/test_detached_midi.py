"""MIDI through process callbacks with lookahead, compared byte by byte."""

import threading

import pytest

import jack
from support.detached import BLOCK, thru
from support.graph import hurrying, wait_for_connections
from support.waiting import wait_for


class Sender:
    def __init__(self, client):
        self.client = client("sender")
        self.port = self.client.midi_outports.register("o")
        self.blocks = []
        self.sent = []
        self.client.set_process_callback(self.process)
        self.client.activate()

    def process(self, frames):
        self.port.clear_buffer()
        if self.blocks:
            time = self.client.last_frame_time
            for offset, event in self.blocks.pop(0):
                self.port.write_midi_event(offset, event)
                self.sent.append((time + offset, event))


class Receiver:
    def __init__(self, client):
        self.client = client("receiver")
        self.port = self.client.midi_inports.register("i")
        self.received = []
        self.client.set_process_callback(self.process)
        self.client.activate()

    def process(self, frames):
        time = self.client.last_frame_time
        for offset, event in self.port.incoming_midi_events():
            self.received.append((time + offset, bytes(event)))


@pytest.fixture
def midi(client):
    """A sender, a detached client with MIDI ports only, a receiver."""

    def start(lookahead, process=None):
        sender, receiver = Sender(client), Receiver(client)
        tested = client()
        tested.midi_inports.register("i")
        tested.midi_outports.register("o")
        tested.set_process_callback(process or thru(tested), lookahead=lookahead)
        tested.activate()
        tested.connect(sender.port, tested.midi_inports[0])
        tested.connect(tested.midi_outports[0], receiver.port)
        wait_for_connections()
        return sender, tested, receiver

    return start


def test_midi_keeps_its_bytes_and_offsets(midi):
    sender, tested, receiver = midi(3)
    blocks = [
        [(0, b"\x90\x40\x7f"), (0, b"\x80\x40\x00"), (17, b"\xf8"), (255, b"\xc0\x05")],
        [],
        [(128, bytes([0xF0, *(n % 128 for n in range(3000)), 0xF7]))],
        [(time, bytes([0x90, time // 2, 1])) for time in range(256)],
    ] * 5
    with hurrying(tested):
        sender.blocks = list(blocks)
        count = sum(map(len, blocks))
        wait_for(lambda: len(receiver.received) == count, 20, "all events")
    assert receiver.received == [(time + 3 * BLOCK, event) for time, event in sender.sent]


def test_late_and_lost_events_are_counted(midi):
    def process(frames):
        port = tested.midi_outports[0]
        port.clear_buffer()
        events = list(tested.midi_inports[0].incoming_midi_events())
        if events:
            stalled.set()
            go_on.wait(10)
            long_ones.extend([b"\xf0" + bytes(20000) + b"\xf7"] * 2)
        for offset, event in events:
            port.write_midi_event(offset, event)
        if long_ones:
            port.write_midi_event(frames - 1, long_ones.pop())

    stalled, go_on, long_ones = threading.Event(), threading.Event(), []
    sender, tested, receiver = midi(2, lambda frames: None)
    tested.deactivate()
    tested.set_process_callback(process, lookahead=2)
    tested.activate()
    tested.connect(sender.port, tested.midi_inports[0])
    tested.connect(tested.midi_outports[0], receiver.port)
    assert (tested.stats.midi_late, tested.stats.midi_lost) == (0, 0)
    wait_for(lambda: receiver.port.is_connected_to(tested.midi_outports[0]))
    wait_for(lambda: sender.port.is_connected_to(tested.midi_inports[0]))
    sender.blocks = [[(7, b"\xf8"), (9, b"\xfa")]]
    assert stalled.wait(10)
    cycles = tested.stats.cycles
    wait_for(lambda: tested.stats.cycles > cycles + 5, what="the lookahead is over")
    go_on.set()
    # Both late blocks' events come in the same block, which has room for one long one.
    wait_for(lambda: tested.stats.midi_lost == 1)
    assert tested.stats.midi_late == 4
    wait_for(lambda: len(receiver.received) == 3)
    assert [event[0] for _, event in receiver.received] == [0xF8, 0xFA, 0xF0]
    tested.deactivate()
    assert (tested.stats.midi_late, tested.stats.midi_lost) == (4, 1)
    tested.reset_stats()
    assert (tested.stats.midi_late, tested.stats.midi_lost) == (0, 0)


def outcome(midi, work):
    """What `work(in, out)` gives in a detached callback."""
    results = []

    def process(frames):
        if not results:
            try:
                results.append((work(tested.midi_inports[0], tested.midi_outports[0]), None))
            except Exception as error:
                results.append((None, error))

    sender, tested, receiver = midi(2, lambda frames: None)
    tested.deactivate()
    tested.set_process_callback(process, lookahead=2)
    tested.activate()
    result, error = wait_for(lambda: results)[0]
    if error is not None:
        raise error
    return result


def test_midi_functions(midi):
    def work(into, out):
        assert list(into.incoming_midi_events()) == []
        room = out.max_event_size
        assert room > 20000
        reserved = out.reserve_midi_event(5, 3)
        reserved[:] = b"\x90\x01\x02"
        assert out.max_event_size == room - 3
        assert [(t, bytes(e)) for t, e in out.incoming_midi_events()] == [(5, b"\x90\x01\x02")]
        out.write_midi_event(5, [0x80, 1, 2])
        assert len(out.reserve_midi_event(4, 3)) == 0
        assert out.lost_midi_events == 1
        out.clear_buffer()
        assert out.lost_midi_events == 0 and out.max_event_size == room
        return [offset for offset, _ in out.incoming_midi_events()]

    assert outcome(midi, work) == []


@pytest.mark.parametrize(
    ("events", "message"),
    [
        ([(256, b"\xf8")], "time must be below the block's 256 frames, got 256"),
        ([(0, b"")], "an event has at least 1 byte, got 0"),
        ([(0, bytes(40000))], "40000 bytes don't fit, the port has room"),
        ([(9, b"\xf8"), (8, b"\xf8")], "in the order of their times"),
    ],
)
def test_midi_errors(midi, events, message):
    def work(into, out):
        for event in events:
            out.write_midi_event(*event)

    with pytest.raises(jack.JackErrorCode, match=message):
        outcome(midi, work)


def test_only_outputs_take_events(midi):
    with pytest.raises(jack.JackError, match="is an input port"):
        outcome(midi, lambda into, out: into.write_midi_event(0, b"\xf8"))
