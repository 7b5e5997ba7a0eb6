"""Process callbacks with lookahead: exact to the sample, n blocks later, never waited for."""

import ctypes
import time

import numpy as np
import pytest

import jack
from support.detached import (
    BLOCK,
    Recorder,
    Stamp,
    cut,
    delays,
    detached,  # noqa: F401  a fixture
    first_sound,
    settle,
    thru,
)
from support.graph import freewheeling, lost, until_whole
from support.waiting import wait_for


# ---- audio ----


@pytest.mark.parametrize("lookahead", [1, 2, 5, 16])
def test_freewheeling_is_exact(detached, lookahead):
    tested, recorder = detached(lookahead)
    with freewheeling(tested):
        first_sound(recorder)
        assert set(cut(recorder, 500)) == {lookahead * BLOCK}


def through(tested, ends, lookahead, meanwhile):
    """A ramp that went through a thru client while `meanwhile()` ran, silence cut off.

    Both its ends are streams, so that nothing but the callback is Python.
    """
    into, out = tested.inports.register("i"), tested.outports.register("o")
    tested.set_process_callback(thru(tested), lookahead=lookahead)
    with tested, ends:
        source = ends.open_stream(0, ["o"], lookahead=250)
        sink = ends.open_stream(["i"], 0, buffersize=2**19)
        tested.connect(source.outports[0], into)
        tested.connect(out, sink.inports[0])
        sink.read(BLOCK, timeout=10)
        ramp = np.arange(1, 200 * BLOCK + 1, dtype=np.float32)
        source.write(ramp[:, np.newaxis], timeout=10)
        meanwhile()
        got = sink.read(700 * BLOCK, timeout=20)[:, 0]
    return np.trim_zeros(got), ramp


def assert_whole(client, lookahead, meanwhile):
    """Every frame is in its place, unless it is counted that some are not."""
    clients = []

    def run():
        clients.extend([client(), client("ends")])
        got, ramp = through(*clients[-2:], lookahead, meanwhile)
        assert np.array_equal(got, ramp)

    until_whole(run, lambda: lost(*clients))


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
        recorder.wait(60)
        seen.clear()
        wait_for(lambda: len(seen) > 50)
        assert all(told == sent for told, sent in list(seen))


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

    def process(frames):
        if not seen:
            new = tested.outports.register("new")
            new.get_array()[:] = 1
            seen.append(new.get_array().sum())
            new.unregister()
            with pytest.raises(jack.JackError):
                new.get_array()
            seen.append("unregistered")

    tested.set_process_callback(process, lookahead=2)
    with tested:
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
