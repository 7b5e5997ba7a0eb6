"""Tones, meters, mixers and silence: what runs ready made in the audio thread."""

import gc
import threading

import numpy as np
import pytest

import jack
from support.graph import Ramp, freewheeling, wait_for_connections
from support.waiting import wait_for

RATE = 48000


@pytest.fixture
def tested(client):
    """A client, active, with two inputs and two outputs."""
    new = client("tested")
    for n in (1, 2):
        new.outports.register(f"out_{n}")
        new.inports.register(f"in_{n}")
    new.activate()
    return new


@pytest.fixture
def record(client, tested):
    """Record what the outputs give: record(frames) -> a Transfer, running."""
    recorder = client("recorder")
    for out in tested.outports:
        recorder.inports.register(out.shortname)
    recorder.activate()
    for out, into in zip(tested.outports, recorder.inports):
        tested.connect(out, into)
    wait_for_connections()
    return recorder.rec


def taken(client, take):
    with freewheeling(client):
        assert take.wait(20)
    return take.result


def sine(frequency, frames, amplitude=0.25):
    turns = frequency * np.arange(frames) / RATE
    return amplitude * np.sin(2 * np.pi * turns)


def test_tone(tested, record):
    take = record(48000)
    tone = tested.tone("out_1", 441.7, 0.5)
    assert (tone.frequency, tone.amplitude) == (441.7, 0.5)
    got = taken(tested, take)
    begin = np.flatnonzero(got[:, 0])[0] - 1  # it begins with a zero
    length = len(got) - begin
    assert length > 20_000
    assert np.allclose(got[begin:, 0], sine(441.7, length, 0.5), atol=1e-6)
    assert not got[:, 1].any()


def test_tone_on_several_ports(tested, record):
    tested.tone(tested.outports)
    got = taken(tested, record(5000))
    assert got[1000:].any() and np.array_equal(got[:, 0], got[:, 1])


def test_tone_goes_through_changes_without_a_step(tested, record):
    tone = tested.tone("out_1", 200, 0.5)
    take = record(RATE)
    with freewheeling(tested):
        done = False
        while not done:
            done = take.done  # and once more
            for frequency, amplitude in (100, 0.25), (300, 1.0), (0, 0.5):
                tone.frequency, tone.amplitude = frequency, amplitude
    assert tone.frequency == 0 and tone.amplitude == 0.5
    steps = np.abs(np.diff(taken(tested, take)[600:, 0]))
    # The greatest slope of 300 Hz, and of the amplitude within a block.
    assert 0 < steps.max() < 2 * np.pi * 300 / RATE + 0.75 / 256 + 1e-6


def test_silence_follows_a_closed_tone(tested, record):
    with tested.tone("out_1") as tone:
        assert taken(tested, record(2000)).any()
    assert tone.closed and not tested.closed
    assert not taken(tested, record(3000))[1000:].any()
    tone.close()


def test_mixer(client, tested, record):
    source = client("source")
    ramps = [Ramp(source.outports.register("a")), Ramp(source.outports.register("b"), 0.25)]

    @source.set_process_callback
    def process(frames):
        for ramp in ramps:
            ramp(frames)

    source.activate()
    tested.connect("source:a", "tested:in_1")
    tested.connect("source:b", "tested:in_2")
    mixer = tested.mix(["in_1", tested.inports[1]], "out_1", [0.5, 8])
    gain = tested.gain("in_2", "out_2", 4)
    assert mixer.gains == [0.5, 8.0] and gain.gains == [4.0]
    got = taken(tested, record(20_000))[2000:]
    assert np.array_equal(got[:, 0], 2.5 * got[:, 1])
    assert set(np.diff(got[:, 1])) <= {1, 1 - 2**16}


def test_gains_change_together_and_smoothly(client, tested, record):
    source = client("source")
    out = source.outports.register("o")

    @source.set_process_callback
    def process(frames):
        out.get_array()[:] = 1

    source.activate()
    for into in tested.inports:
        tested.connect(out, into)
    mixer = tested.mix(tested.inports, "out_1", [1, -1])
    turns = 0
    take = record(100_000)
    with freewheeling(tested):
        while not take.done:
            level = 1 + turns % 7
            mixer.gains = [level, -level]  # of each set the sum is 0
            turns += 1
    assert turns > 100
    assert not taken(tested, take)[1000:].any()
    mixer.gains = [1, 0]
    taken(tested, record(2000))
    mixer.gains = 0
    got = taken(tested, record(100))
    mixer.gains = [1, 0]
    got = taken(tested, record(5000))[:, 0]
    assert got[-1] == 1 and 0 <= np.diff(got).max() <= 1 / 256 + 1e-6


def test_meter(client, tested):
    tested.tone("out_1", 1000, 0.5)  # 48 frames a turn
    outs = tested.meter(tested.outports)
    every = tested.meter([tested.inports[0], "out_1"])
    wait_for(lambda: outs.peak[0] > 0)
    wait_for(lambda: abs(outs.rms[0] - 0.5 / np.sqrt(2)) < 1e-3)
    assert outs.peak == pytest.approx([0.5, 0], abs=1e-6)
    assert outs.rms[1] == 0
    assert every.peak == pytest.approx([0, 0.5], abs=1e-6)
    assert len(tested.meter().peak) == 2


def test_meter_reset(tested):
    tone = tested.tone("out_1")
    meter = tested.meter("out_1")
    wait_for(lambda: meter.peak[0] > 0.2)
    tone.close()
    meter.reset()
    assert (meter.peak, meter.rms) == ([0.0], [0.0])
    tone = tested.tone("out_1", amplitude=0.125)
    wait_for(lambda: meter.peak[0] > 0.12)
    assert meter.peak[0] < 0.1251


def test_meter_is_read_from_many_threads(tested):
    tested.tone("out_1", 1000, 0.5)
    meter = tested.meter("out_1")
    wait_for(lambda: meter.peak[0] > 0)
    wrong = []

    def read():
        for _ in range(2000):
            if not (meter.rms[0] <= 0.5 >= meter.peak[0] - 1e-6):
                wrong.append((meter.rms, meter.peak))

    threads = [threading.Thread(target=read) for _ in range(3)]
    with freewheeling(tested):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not wrong


def test_silence(tested, record):
    with tested.silence() as node:
        assert type(node) is jack.Node and node.client is tested
        tested.tone("out_2")
        got = taken(tested, record(3000))
        assert not got[:, 0].any() and got[:, 1].any()


def test_python_callback_replaces_what_ran_before(client, record, tested):
    tested.deactivate()
    tested.tone("out_1")
    tested.tone("out_2")

    @tested.set_process_callback
    def process(frames):
        tested.outports[0].get_array()[:] = 3

    tested.play(np.ones(2**20, np.float32), "out_1")
    tested.activate()
    for out in tested.outports:
        tested.connect(out, f"recorder:{out.shortname}")
    got = taken(tested, record(3000))[1000:]
    assert np.array_equal(got[:, 0], np.full(2000, 4))  # its 3, and the player's 1
    assert got[:, 1].any()


def test_nodes_come_and_go_without_a_tear(tested, record):
    data = np.arange(1, 2**24, dtype=np.float32)
    tested.play(data, "out_1")
    take = record(2**23)
    changes = 0
    with freewheeling(tested):
        while changes < 10 or take.frames_done < 150_000:
            nodes = tested.tone("out_2"), tested.meter("out_2"), tested.mix("in_1", "out_2")
            port = tested.outports.register(f"new_{changes}")
            port.unregister()
            for node in nodes:
                node.close()
            changes += 1
    take.stop()
    got = take.result[:, 0]
    got = got[np.flatnonzero(got)[0] :]
    assert len(got) > 100_000
    assert np.array_equal(np.diff(got), np.ones(len(got) - 1))


def test_active_without_ports_first(client):
    late = client("late")
    late.activate()  # has no part in the cycle yet
    late.outports.register("o")
    late.tone("o")
    meter = late.meter("o")
    wait_for(lambda: meter.peak[0] > 0.2)


def test_handles_need_not_be_kept(tested):
    meter = tested.meter(tested.outports)
    tested.tone("out_1")
    gc.collect()
    wait_for(lambda: meter.peak[0] > 0.2)
    meter.reset()
    wait_for(lambda: meter.peak[0] > 0.2)


def test_close_of_the_client(tested):
    nodes = [tested.tone("out_1"), tested.meter(), tested.silence()]
    tested.close()
    assert all(node.closed for node in nodes)
    assert nodes[1].peak == [0.0, 0.0]
    nodes[0].frequency = 100
    for node in nodes:
        node.close()
    with pytest.raises(jack.JackError):
        tested.tone("out_1")


def test_not_from_within_a_callback(client):
    from support.graph import in_one_cycle

    new = client("new")
    new.outports.register("o")
    tone = new.tone("o")

    def work(frames):
        with pytest.raises(jack.JackError, match="from within"):
            new.tone("o")
        with pytest.raises(jack.JackError, match="from within"):
            tone.close()

    in_one_cycle(new, work)
    tone.close()


def test_arguments(client, tested):
    other = client("other")
    other.outports.register("o")
    with pytest.raises(ValueError, match="frequency.*24000"):
        tested.tone("out_1", 24001)
    with pytest.raises(ValueError, match="frequency"):
        tested.tone("out_1", float("nan"))
    with pytest.raises(TypeError, match="amplitude must be a number"):
        tested.tone("out_1", amplitude="loud")
    with pytest.raises(ValueError, match="no audio output port called 'in_1'"):
        tested.tone("in_1")
    with pytest.raises(ValueError, match="of the client itself"):
        tested.tone(other.outports[0])
    with pytest.raises(TypeError, match="port"):
        tested.tone(7)
    with pytest.raises(ValueError, match="2 inputs, got 3"):
        tested.mix(tested.inports, "out_1", [1, 2, 3])
    with pytest.raises(ValueError):
        tested.gain("in_1", "out_1", float("inf"))
    tone = tested.tone("out_1")
    with pytest.raises(AttributeError):
        del tone.frequency
    with pytest.raises(ValueError):
        tone.amplitude = -1
    with pytest.raises(TypeError):
        jack.Tone()
    port = tested.outports[1]
    port.unregister()
    with pytest.raises(jack.JackError, match="does not exist"):
        tested.tone(port)
