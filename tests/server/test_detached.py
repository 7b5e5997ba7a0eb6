"""Process callbacks with lookahead: exact to the sample, n blocks later, never waited for."""

import ctypes
import threading
import time

import numpy as np
import pytest

import jack
from support import children
from support.graph import freewheeling
from support.waiting import wait_for

BLOCK = 256


def thru(tested):
    """The process callback that copies all inputs to the outputs, MIDI too."""

    def process(frames):
        for into, out in zip(tested.inports, tested.outports):
            out.get_array()[:] = into.get_array()
        for into, out in zip(tested.midi_inports, tested.midi_outports):
            for offset, event in into.incoming_midi_events():
                out.write_midi_event(offset, event)

    return process


class Recorder:
    """An active client with one input: keeps the blocks that come, and their times."""

    def __init__(self, client, name="recorder"):
        self.client = client(name)
        self.port = self.client.inports.register("i")
        self.blocks = []
        self.client.set_process_callback(self.process)
        self.client.activate()

    def process(self, frames):
        time = self.client.last_frame_time
        self.blocks.append((time, self.port.get_array().copy()))

    def wait(self, more):
        enough = len(self.blocks) + more
        wait_for(lambda: len(self.blocks) >= enough, 30, f"{more} more blocks")


class Stamp:
    """An active client whose output is the frame time of each frame, modulo 2**16."""

    def __init__(self, client, name="stamp"):
        self.client = client(name)
        self.port = self.client.outports.register("o")
        self.client.set_process_callback(self.process)
        self.client.activate()

    def process(self, frames):
        numbers = np.arange(frames) + self.client.last_frame_time
        self.port.get_array()[:] = numbers % 2**16 + 1


def delays(blocks):
    """How many frames each block is later than it was sent; None: silence, torn: fails."""
    found = []
    for moment, samples in blocks:
        if not samples.any():
            found.append(None)
            continue
        late = (moment + np.arange(len(samples)) - (samples.astype(np.int64) - 1)) % 2**16
        assert (late == late[0]).all(), "a torn block"
        found.append(int(late[0]))
    return found


@pytest.fixture
def detached(client):
    """Start an active client: detached(lookahead) -> (client, recorder).

    `make(client)` gives its process callback.
    """

    def start(lookahead, make=thru, ports=1):
        stamp, recorder = Stamp(client), Recorder(client)
        tested = client()
        for n in range(ports):
            tested.inports.register(f"i{n}")
            tested.outports.register(f"o{n}")
        tested.set_process_callback(make(tested), lookahead=lookahead)
        tested.activate()
        tested.connect(stamp.port, tested.inports[0])
        tested.connect(tested.outports[0], recorder.port)
        return tested, recorder

    return start


def first_sound(recorder):
    wait_for(lambda: recorder.blocks and recorder.blocks[-1][1].any(), what="sound")


def settle(recorder):
    """While freewheeling: no block from before is on its way; the next one's index."""
    recorder.wait(60)
    first_sound(recorder)
    return len(recorder.blocks)


def cut(recorder, blocks):
    """The delays of so many blocks from now on, while freewheeling."""
    recorder.wait(60)
    start = len(recorder.blocks)
    recorder.wait(blocks)
    return delays(recorder.blocks[start : start + blocks])


# ---- audio ----


@pytest.mark.parametrize("lookahead", [1, 2, 5, 16])
def test_freewheeling_is_exact(detached, lookahead):
    tested, recorder = detached(lookahead)
    with freewheeling(tested):
        first_sound(recorder)
        assert set(cut(recorder, 500)) == {lookahead * BLOCK}


def through(client, lookahead, meanwhile):
    """A ramp that went through a thru client while `meanwhile()` ran, silence cut off.

    Both its ends are streams, so that nothing but the callback is Python.
    """
    tested, ends = client(), client("ends")
    into, out = tested.inports.register("i"), tested.outports.register("o")
    tested.set_process_callback(thru(tested), lookahead=lookahead)
    xruns = []
    ends.set_xrun_callback(xruns.append)
    with tested, ends:
        source = ends.open_stream(0, ["o"], lookahead=250)
        sink = ends.open_stream(["i"], 0, buffersize=2**19)
        tested.connect(source.outports[0], into)
        tested.connect(out, sink.inports[0])
        sink.read(BLOCK, timeout=10)
        xruns.clear()
        ramp = np.arange(1, 200 * BLOCK + 1, dtype=np.float32)
        source.write(ramp[:, np.newaxis], timeout=10)
        meanwhile()
        got = sink.read(700 * BLOCK, timeout=20)[:, 0]
    return np.trim_zeros(got), ramp, xruns


def assert_whole(client, lookahead, meanwhile):
    """No silence, and every frame in its place unless the server itself had xruns."""
    for number in range(5):
        got, ramp, xruns = through(client, lookahead, meanwhile)
        assert got.all()
        if not xruns:
            assert np.array_equal(got, ramp)
            break


def test_realtime_is_exact(client):
    assert_whole(client, 16, lambda: None)


def test_main_thread_in_a_loop(client):
    def count():
        end = time.monotonic() + 1.5
        number = 0
        while time.monotonic() < end:
            number += 1

    assert_whole(client, 16, count)


def test_many_ports(detached):
    tested, recorder = detached(4, ports=32)
    assert len(tested.inports) == 32
    first_sound(recorder)
    with freewheeling(tested):
        assert set(cut(recorder, 100)) == {4 * BLOCK}


def test_unwritten_output_is_silent(detached):
    calls = []
    tested, recorder = detached(2, lambda tested: calls.append)
    wait_for(lambda: len(calls) > 10)
    assert set(calls) == {BLOCK}
    with freewheeling(tested):
        assert set(cut(recorder, 50)) == {None}


def test_views_are_used_again(client):
    tested = client()
    port = tested.outports.register("o")
    seen = []
    # Kept, so that no other object can get their addresses.
    tested.set_process_callback(
        lambda frames: seen.append((port.get_array(), port.get_buffer())), lookahead=2
    )
    with tested:
        wait_for(lambda: len(seen) > 20)
    assert len({id(array) for array, _ in seen}) == 1
    assert len({id(buffer) for _, buffer in seen}) == 1
    seen[0][0][:] = 1  # memory that outlives the client


def test_last_frame_time_is_that_of_the_block(detached):
    seen = []

    def make(tested):
        def process(frames):
            samples = tested.inports[0].get_array()
            assert tested.frames_since_cycle_start < 2**31
            if samples.any():
                seen.append((tested.last_frame_time % 2**16, int(samples[0]) - 1))

        return process

    tested, recorder = detached(8, make)
    with freewheeling(tested):
        settle(recorder)
        seen.clear()
        wait_for(lambda: len(seen) > 50)
        assert all(told == sent for told, sent in list(seen))


# ---- MIDI ----


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
    with freewheeling(tested):
        sender.blocks = list(blocks)
        count = sum(map(len, blocks))
        wait_for(lambda: len(receiver.received) == count, 20, "all events")
    assert receiver.received == [(time + 3 * BLOCK, event) for time, event in sender.sent]


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


# ---- latency ----


class Range(ctypes.Structure):
    _fields_ = [("min", ctypes.c_uint32), ("max", ctypes.c_uint32)]


def latency(port, mode):
    library = ctypes.CDLL(jack._jack._library_name())
    its = Range()
    library.jack_port_get_latency_range(
        ctypes.c_void_p(port._address), mode, ctypes.byref(its)
    )
    return its.min, its.max


def test_latency_is_reported(client, detached):
    tested, recorder = detached(6)
    delay = 6 * BLOCK
    wait_for(lambda: latency(tested.outports[0], 0) == (delay, delay), what="capture latency")
    wait_for(lambda: latency(tested.inports[0], 1) == (delay, delay), what="playback latency")
    tested.deactivate()
    tested.set_process_callback(thru(tested))
    tested.activate()
    tested.connect("stamp:o", tested.inports[0])
    tested.connect(tested.outports[0], recorder.port)
    wait_for(lambda: latency(tested.outports[0], 0) == (0, 0), what="no latency")


# ---- changes while active ----


def test_ports_come_and_go_without_a_break(client, detached):
    tested, recorder = detached(4)
    first_sound(recorder)
    with freewheeling(tested):
        start = settle(recorder)
        for n in range(10):
            into, out = tested.inports.register("x"), tested.outports.register("y")
            midi = tested.midi_inports.register("z")
            recorder.wait(10)
            out.unregister()
            into.unregister()
            midi.unregister()
        assert set(delays(recorder.blocks[start:])) == {4 * BLOCK}


def test_new_ports_work(client, detached):
    tested, recorder = detached(3)
    stamp, second = Stamp(client, "stamp2"), Recorder(client, "recorder2")
    into, out = tested.inports.register("x"), tested.outports.register("y")
    tested.connect(stamp.port, into)
    tested.connect(out, second.port)
    with freewheeling(tested):
        first_sound(second)
        assert set(cut(second, 50)) == {3 * BLOCK}


def test_ports_registered_by_the_callback(client):
    tested = client()
    tested.outports.register("o")
    seen = []

    active = threading.Event()

    def process(frames):
        # Not while the main thread asks the server, too: libjack knows one at a time.
        if active.is_set() and not seen:
            new = tested.outports.register("new")
            new.get_array()[:] = 1
            seen.append(new.get_array().sum())
            new.unregister()
            with pytest.raises(jack.JackError):
                new.get_array()
            seen.append("unregistered")

    tested.set_process_callback(process, lookahead=2)
    with tested:
        active.set()
        wait_for(lambda: len(seen) == 2)
    assert seen[0] == BLOCK


def test_blocksize_change(client, detached):
    tested, recorder = detached(4)
    first_sound(recorder)
    for size in (1024, 64, BLOCK):
        tested.blocksize = size
        wait_for(lambda: len(recorder.blocks[-1][1]) == size, what="blocks of the new size")
        first_sound(recorder)
        delay = 4 * size
        with freewheeling(tested):
            assert set(cut(recorder, 100)) == {delay}
        wait_for(lambda: latency(tested.outports[0], 0) == (delay, delay), what="the latency")


def test_a_stream_beside_it(client, detached):
    tested, recorder = detached(4)
    first_sound(recorder)
    with freewheeling(tested):
        start = settle(recorder)
        with tested.open_stream(1, 1):
            recorder.wait(10)
        recorder.wait(10)
        assert set(delays(recorder.blocks[start:])) == {4 * BLOCK}


# ---- the end ----


def test_an_exception_ends_it(detached, unraisable):
    calls = []

    def make(tested):
        def process(frames):
            calls.append(frames)
            tested.outports[0].get_array()[:] = len(calls)
            if len(calls) == 20:
                raise RuntimeError("enough")

        return process

    tested, recorder = detached(4, make)
    wait_for(lambda: unraisable)
    assert (unraisable[0].type, unraisable[0].text) == (RuntimeError, "enough")
    assert unraisable[0].object.__name__ == "process"
    wait_for(lambda: not recorder.blocks[-1][1].any(), what="silence")
    assert set(cut(recorder, 20)) == {None}
    assert len(calls) == 20


def test_callback_exit_is_quiet(client, unraisable):
    tested = client()
    tested.outports.register("o")
    calls = []

    def process(frames):
        calls.append(frames)
        raise jack.CallbackExit

    tested.set_process_callback(process, lookahead=4)
    tested.activate()
    wait_for(lambda: calls)
    tested.deactivate()
    assert len(calls) == 1 and not unraisable


@pytest.mark.parametrize("method", ["activate", "deactivate", "close"])
def test_refused_within_the_callback(client, method):
    tested = client()
    tested.outports.register("o")
    errors = []

    def process(frames):
        try:
            getattr(tested, method)()
        except jack.JackError as error:
            errors.append(str(error))
        raise jack.CallbackExit

    tested.set_process_callback(process, lookahead=4)
    tested.activate()
    wait_for(lambda: errors)
    assert "from within its own process callback" in errors[0]


def test_deactivating_while_the_callback_waits_for_us(client):
    tested = client()
    tested.outports.register("o")
    lock = threading.Lock()
    waiting = threading.Event()

    def process(frames):
        waiting.set()
        with lock:
            pass

    tested.set_process_callback(process, lookahead=4)
    with lock:
        tested.activate()
        assert waiting.wait(10)
        with pytest.raises(jack.JackError, match="has not returned"):
            tested.deactivate()
        with pytest.raises(jack.JackError, match="has not returned"):
            tested.activate()

    def active_again():
        try:
            tested.activate()
        except jack.JackError:
            return False
        return True

    wait_for(active_again)


def test_again_and_again(client, detached):
    tested, recorder = detached(2)
    for _ in range(30):
        tested.deactivate()
        tested.activate()
    tested.connect("stamp:o", tested.inports[0])
    tested.connect(tested.outports[0], recorder.port)
    with freewheeling(tested):
        first_sound(recorder)
        assert set(cut(recorder, 50)) == {2 * BLOCK}


def test_back_to_the_audio_thread(client, detached):
    tested, recorder = detached(2)
    first_sound(recorder)
    tested.deactivate()
    tested.set_process_callback(thru(tested), lookahead=0)
    tested.activate()
    tested.connect("stamp:o", tested.inports[0])
    tested.connect(tested.outports[0], recorder.port)
    with freewheeling(tested):
        first_sound(recorder)
        assert set(cut(recorder, 50)) == {0}


@pytest.mark.parametrize("lookahead", [-1, 1025, 1.5, "1"])
def test_bad_lookahead(client, lookahead):
    with pytest.raises((ValueError, TypeError), match="lookahead"):
        client().set_process_callback(print, lookahead=lookahead)


ENDS = """
import sys, threading, jack

server = jack.Server(sys.argv[1])
server.start()
client = jack.Client("tested", servername=server.name)
port = client.outports.register("o")
called = threading.Event()

def process(frames):
    port.get_buffer()[:] = bytes(frames * 4)
    called.set()

client.set_process_callback(process, lookahead=8)
client.activate()
assert called.wait(10)
"""


def test_exit_while_active(tmp_path):
    from support.servers import private_name

    children.run(ENDS, private_name())


def test_exit_by_exception_while_active():
    from support.servers import private_name

    result = children.run(ENDS + "\nraise SystemExit(3)", private_name(), check=False)
    assert (result.returncode, result.stderr) == (3, "")


# ---- counting ----


def test_a_stall_is_counted(client):
    tested = client()
    tested.outports.register("o")
    stall = threading.Event()
    calls = []

    def process(frames):
        calls.append(frames)
        if len(calls) == 20:
            stall.wait(10)

    tested.set_process_callback(process, lookahead=4)
    tested.activate()
    wait_for(lambda: len(calls) == 20)
    wait_for(lambda: tested.stats.overflows == 1 and tested.stats.underflows, what="both breaks")
    stall.set()
    wait_for(lambda: len(calls) > 100, what="it goes on")
    counted = tested.stats.underflows
    tested.deactivate()
    assert tested.stats.underflows >= counted and tested.stats.overflows >= 1
