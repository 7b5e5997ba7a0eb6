"""Audio through the graph, compared sample by sample."""

import gc
import weakref

import numpy as np
import pytest

import jack
from support import libraries
from support.graph import Ramp, Tape, freewheeling, in_one_cycle
from support.waiting import wait_for

BLOCKS = 50


def assert_ramp(samples, step=1):
    """Consecutive numbers times `step`, counted modulo 2**16, not one missing."""
    assert samples.dtype == np.float32
    numbers = samples.astype(np.float64) / step
    assert np.array_equal((numbers[:-1] + 1) % 2**16, numbers[1:])


@pytest.fixture
def source(client):
    """Open a client that writes a ramp: source("name", step)."""

    def open_source(name="source", step=1):
        new = client(name)
        new.set_process_callback(Ramp(new.outports.register("o"), step))
        new.activate()
        return new

    return open_source


@pytest.fixture
def sink(client):
    """Open a client with inputs: sink(count, blocks) -> (client, tape)."""

    def open_sink(count=1, blocks=BLOCKS):
        new = client("sink")
        tape = Tape([new.inports.register(f"i{n}") for n in range(count)], blocks)
        new.set_process_callback(tape)
        new.activate()
        return new, tape

    return open_sink


def test_from_client_to_client(source, sink):
    source()
    end, tape = sink()
    end.connect("source:o", "sink:i0")
    (samples,) = tape.record(end)
    assert samples.shape == (BLOCKS * 256,)
    assert_ramp(samples)


@pytest.mark.parametrize("copy", ["get_array", "get_buffer", "slice of get_buffer"])
def test_thru(client, source, sink, copy):
    source()
    thru = client("thru")
    into, out = thru.inports.register("i"), thru.outports.register("o")

    @thru.set_process_callback
    def process(frames):
        if copy == "get_array":
            out.get_array()[:] = into.get_array()
        elif copy == "get_buffer":
            out.get_buffer()[:] = into.get_buffer()
        else:
            out.get_buffer()[: frames * 2] = into.get_buffer()[: frames * 2]
            out.get_buffer()[frames * 2 :] = into.get_buffer()[frames * 2 :]

    thru.activate()
    end, tape = sink()
    thru.connect("source:o", into)
    thru.connect(out, "sink:i0")
    (samples,) = tape.record(end)
    assert_ramp(samples)


def test_mixing(source, sink):
    source("source", 1)
    source("other", 1 / 4)
    end, tape = sink(3)
    end.connect("source:o", "sink:i0")
    end.connect("other:o", "sink:i1")
    end.connect("source:o", "sink:i2")
    end.connect("other:o", "sink:i2")
    one, other, mixed = tape.record(end)
    assert_ramp(one)
    assert_ramp(other, 1 / 4)
    assert np.array_equal(mixed, one + other)


def test_silence_without_connections(sink):
    end, tape = sink(2)
    end.connect("system:capture_1", "sink:i1")
    for samples in tape.record(end):
        assert np.array_equal(samples, np.zeros(BLOCKS * 256, np.float32))


def test_an_output_that_is_not_written_keeps_its_last_block(client):
    if libraries.loaded() != "JACK2":
        pytest.skip("streams rely on it on JACK2 alone: ports_keep of src/rt/stream.h")
    tested, seen = client("tested"), []
    port = tested.outports.register("o")

    @tested.set_process_callback
    def process(frames):
        seen.append(port.get_array().copy())
        if len(seen) == 1:
            port.get_array()[:] = np.arange(1, frames + 1)

    tested.activate()
    wait_for(lambda: len(seen) > 20)
    assert all(np.array_equal(block, np.arange(1, 257)) for block in seen[1:20])


def test_many_ports(client, sink):
    count = 20
    many = client("many")
    ramps = [Ramp(many.outports.register(f"o{n}"), 2.0**-n) for n in range(count)]

    @many.set_process_callback
    def process(frames):
        for ramp in ramps:
            ramp(frames)

    many.activate()
    end, tape = sink(count, blocks=10)
    for n in range(count):
        end.connect(f"many:o{n}", f"sink:i{n}")
    for n, samples in enumerate(tape.record(end)):
        assert_ramp(samples, 2.0**-n)


@pytest.mark.parametrize("stop", [jack.CallbackExit, ZeroDivisionError])
def test_silence_after_a_callback_has_ended(client, sink, monkeypatch, stop):
    monkeypatch.setattr("sys.unraisablehook", lambda information: None)
    source = client("source")
    ramp = Ramp(source.outports.register("o"))
    source.set_process_callback(ramp)
    calls = []

    @source.set_process_callback
    def process(frames):
        calls.append(frames)
        ramp(frames)
        if len(calls) == 5:
            raise stop

    source.activate()
    wait_for(lambda: len(calls) == 5)
    end, tape = sink()
    end.connect("source:o", "sink:i0")
    (samples,) = tape.record(end)
    assert not samples.any()
    assert len(calls) == 5


# What the callback sees


def test_array_and_buffer_are_the_same_memory(client):
    tested = client()
    port = tested.outports.register("o")

    def work(frames):
        array, buffer = port.get_array(), port.get_buffer()
        assert (array.dtype, array.shape) == (np.float32, (frames,))
        assert array.flags.writeable and array.flags.c_contiguous
        assert len(buffer) == frames * 4
        assert np.shares_memory(array, port.get_array())
        assert np.shares_memory(array, np.frombuffer(buffer, np.float32))
        array[:] = range(frames)
        assert buffer == array.tobytes() and buffer[:] == array.tobytes()
        buffer[0:4] = np.float32(7).tobytes()
        assert array[0] == 7
        view = memoryview(buffer).cast("f")
        view[1] = 8
        assert array[1] == 8 and (view.nbytes, view.readonly) == (frames * 4, False)
        return True

    assert in_one_cycle(tested, work)


def test_buffer_has_the_manners_of_cffi(client):
    tested = client()
    port = tested.inports.register("i")

    def work(frames):
        buffer = port.get_buffer()
        assert type(buffer) is jack.Buffer
        assert buffer[0] == b"\0" and type(buffer[0]) is bytes
        assert buffer[-1] == b"\0" and ord(buffer[0]) == 0
        assert type(buffer[2:4]) is bytes and buffer[2:4] == b"\0\0"
        assert bytes(buffer) == b"\0" * frames * 4
        with pytest.raises(IndexError):
            buffer[frames * 4]
        with pytest.raises(ValueError):
            buffer[:] = b"too short"
        return True

    assert in_one_cycle(tested, work)


def test_frames_and_blocksize_agree(client):
    tested = client()
    assert in_one_cycle(tested, lambda frames: (frames, tested.blocksize)) == (256, 256)


def test_arrays_in_every_cycle_are_the_port_s(source, sink, client):
    """An array kept from an earlier cycle is no reason for a wrong one later."""
    source()
    tested = client("tested")
    port = tested.inports.register("i")
    kept, copies = [], []

    @tested.set_process_callback
    def process(frames):
        if len(copies) < BLOCKS and freewheel:
            kept.append(port.get_array())
            copies.append(port.get_array().copy())

    freewheel = []
    tested.activate()
    tested.connect("source:o", port)
    with freewheeling(tested):
        freewheel.append(True)
        wait_for(lambda: len(copies) == BLOCKS)
    assert_ramp(np.concatenate(copies[2:]))
    kept.clear()


def test_views_outlive_the_client(server):
    tested = jack.Client("tested", servername=server.name)
    port = tested.outports.register("o")

    def work(frames):
        port.get_array()[:] = 1
        return port.get_array(), memoryview(port.get_buffer()), port.get_buffer()

    array, view, buffer = in_one_cycle(tested, work)
    reference = weakref.ref(tested)
    tested.close()
    del tested, port, work
    gc.collect()
    assert array.shape == (256,) and np.isfinite(array).all()
    assert view.nbytes == 1024 and len(view.tobytes()) == 1024
    array[0] = 2
    try:
        assert len(bytes(buffer)) == 1024
    except jack.JackError:
        pass  # a Buffer without views may say that its time is over
    del array, view, buffer
    gc.collect()
    assert reference() is None


def test_views_of_an_unregistered_port(client):
    tested = client()
    port = tested.outports.register("o")
    array = in_one_cycle(tested, lambda frames: port.get_array())
    port.unregister()
    array[:] = 1
    assert array.sum() == 256


def test_get_array_outside_of_the_cycle(client):
    tested = client()
    port = tested.inports.register("i")
    for activate in (lambda: None, tested.activate):
        activate()
        try:
            assert port.get_array().shape == (256,)
            assert len(port.get_buffer()) == 1024
        except jack.JackError:
            pass  # libjack may have no buffer outside of the cycle


def test_blocksize_change_while_running(client):
    tested = client()
    port = tested.outports.register("o")
    events = []

    @tested.set_blocksize_callback
    def blocksize(size):
        events.append(("blocksize", size))

    @tested.set_process_callback
    def process(frames):
        event = frames, port.get_array().shape[0], len(port.get_buffer()) // 4
        if events[-1] != event:
            events.append(event)

    tested.activate()
    for size in (512, 64, 1024, 256):
        wait_for(lambda: events and events[-1][0] != "blocksize")
        tested.blocksize = size
        wait_for(lambda: events[-1] == (size,) * 3)
    tested.deactivate()
    blocks = [event for event in events if event[0] != "blocksize"]
    assert blocks == [(size,) * 3 for size in (256, 512, 64, 1024, 256)]
    for before, event in zip(events, events[1:]):
        if event[0] != "blocksize":
            assert before == ("blocksize", event[0])


@pytest.mark.parametrize("midi", [False, True], ids=["audio", "MIDI"])
def test_a_new_port_is_silent(client, midi):
    """Of a client that has no process callback, in the place of one that has gone."""
    heard, taking = [], client("taking")
    into = (taking.midi_inports if midi else taking.inports).register("i")

    @taking.set_process_callback
    def take(frames):
        heard.append(len(list(into.incoming_midi_events())) if midi else into.get_array().any())

    def register(name):
        giving = client(name)
        return giving, (giving.midi_outports if midi else giving.outports).register("o")

    gone, loud = register("gone")

    @gone.set_process_callback
    def write(frames):
        if midi:
            loud.clear_buffer()
            loud.write_midi_event(0, b"\xfe")
        else:
            loud.get_array()[:] = 1

    taking.activate()
    gone.activate()
    gone.connect(loud, into)
    wait_for(lambda: any(heard))
    gone.close()
    wait_for(lambda: not into.connections)
    comer, port = register("comer")
    comer.activate()
    blocks = len(heard)
    wait_for(lambda: len(heard) > blocks + 2)
    comer.connect(port, into)
    wait_for(lambda: into.connections == [port])
    blocks = len(heard)
    wait_for(lambda: len(heard) > blocks + 10)
    assert not any(heard[blocks:])
