"""Streams: blocks of audio exchanged with an ordinary thread, every frame accounted for."""

import asyncio
import ctypes
import select
import threading

import numpy as np
import pytest

import jack
from support.graph import freewheeling, lost, until_whole
from support.waiting import wait_for

BLOCK = 256
LATENCY = 8 * BLOCK


@pytest.fixture
def source(client):
    """Open a client that plays a ramp, one more for each frame: source("name")."""

    def open_source(name="source"):
        new = client(name)
        new.outports.register("o")
        new.activate()
        new.play(np.arange(2**16, dtype=np.float32), loop=True)
        return new

    return open_source


@pytest.fixture
def feeding(source):
    return source()


@pytest.fixture
def streaming(client, feeding):
    """An active client with a stream of one input, fed with a ramp, and one output."""
    tested = client()
    tested.activate()
    stream = tested.open_stream(1, 1)
    tested.connect(feeding.outports[0], stream.inports[0])
    yield stream
    stream.close()


def assert_ramp(samples):
    numbers = np.ravel(samples).astype(np.float64)
    assert np.array_equal((numbers[:-1] + 1) % 2**16, numbers[1:])


def fed(stream):
    """Read until the ramp has come, which takes the connection some blocks."""
    while not stream.read(BLOCK, timeout=10).any():
        pass
    stream.read(BLOCK, timeout=10)


def read_what_is_there(stream):
    if there := stream.read_available:
        stream.read(there)
    stream.read(2 * BLOCK, timeout=10)  # what was on its way


# ---- reading and writing ----


def test_ports_and_attributes(client):
    tested = client()
    with tested.open_stream(2, ["left", "right", "low"], lookahead=3) as stream:
        assert [port.shortname for port in stream.inports] == ["in_1", "in_2"]
        assert [port.shortname for port in stream.outports] == ["left", "right", "low"]
        assert stream.inports[0] is tested.inports["in_1"]
        assert stream.latency == 3 * BLOCK and stream.lookahead == 3
        assert stream.client is tested and not stream.closed
        with tested.open_stream(inputs=1) as second:
            assert second.inports[0].shortname == "in_3"
            assert second.outports == [] and second.latency == 0
    assert stream.closed
    assert list(tested.inports) == [] and list(tested.outports) == []


def test_what_is_read_is_what_came(feeding, streaming):
    fed(streaming)
    sizes = [1, 2, 255, 256, 257, 1000, 64, 3000, 7]

    def run():
        read_what_is_there(streaming)
        assert_ramp(np.concatenate([streaming.read(size, timeout=10) for size in sizes]))

    until_whole(run, lambda: lost(feeding, streaming.client))


def test_out_of_any_layout(feeding, streaming):
    fed(streaming)
    room = np.zeros((64, 6), np.float32)
    outs = [
        np.empty((64, 1), np.float32),
        np.empty(64, np.float32),
        room[:, 2:3],
        np.empty((1, 64), np.float32).T,
        room[::-1, 4:5],
        np.frombuffer(bytearray(65 * 4 + 1), np.uint8)[1:257].view(np.float32),
        memoryview(bytearray(256)).cast("f", (64, 1)),
    ]

    def run():
        read_what_is_there(streaming)
        taken = []
        for out in outs:
            assert streaming.read(64, out, timeout=10) is out
            taken.append(np.array(out).reshape(64).copy())
        assert_ramp(np.concatenate(taken))

    until_whole(run, lambda: lost(feeding, streaming.client))
    assert not room[:, [0, 1, 3, 5]].any()


def test_from_the_inputs_to_the_outputs(client, feeding, streaming):
    """What is read and written again comes back exactly `latency` frames later."""
    tested = streaming.client
    listening = client("listening")
    inputs = [listening.inports.register(name) for name in ("direct", "streamed")]
    listening.activate()
    tested.connect(feeding.outports[0], inputs[0])
    tested.connect(streaming.outports[0], inputs[1])

    def run():
        passed_through = 0
        while passed_through < 20:  # also what is from before
            streaming.write(streaming.read(BLOCK, timeout=10), timeout=10)
            passed_through += streaming.read_available < BLOCK
        take = listening.rec(50 * BLOCK)
        while not take.done:
            streaming.write(streaming.read(BLOCK, timeout=10), timeout=10)
        direct, streamed = take.result.T
        assert_ramp(direct)
        # The streamed path has one block more where JACK runs the listener before.
        shifts = [n for n in (LATENCY, LATENCY + BLOCK)
                  if np.array_equal(direct[:-n], streamed[n:])]
        assert shifts, (direct[:3], streamed[:3])

    until_whole(run, lambda: lost(feeding, tested, listening))


def test_process_writes_and_reads(feeding, streaming):
    fed(streaming)
    input = np.empty((BLOCK, 1), np.float32)
    zeros = np.zeros((BLOCK, 1), np.float32)

    def run():
        read_what_is_there(streaming)
        taken = []
        for _ in range(10):
            assert streaming.process(zeros, input, timeout=10) is input
            taken.append(input.copy())
        taken.append(streaming.process(zeros, timeout=10))
        assert_ramp(np.concatenate(taken))

    until_whole(run, lambda: lost(feeding, streaming.client))


# ---- breaks ----


def test_input_that_is_not_read_is_counted(streaming):
    fed(streaming)
    tested = streaming.client
    with freewheeling(tested):
        wait_for(lambda: streaming.stats.lost > 10_000, what="frames are lost")
    last = streaming.read(14_000, timeout=10)
    assert_ramp(last)
    taken = [last]
    with pytest.raises(jack.InputSyncError) as caught:
        while True:
            taken.append(streaming.read(64, timeout=10))
    before = np.concatenate(taken)
    assert_ramp(before)  # up to the block that holds the break
    held = streaming.read(64, timeout=10)  # the data are kept
    stats = streaming.stats
    assert caught.value.frames == stats.lost and stats.overflows == 1
    assert isinstance(caught.value.frame_time, int) and str(stats.lost) in str(caught.value)
    jump = (held[-1, 0] - before[-1, 0]) % 2**16
    assert jump == (64 + stats.lost) % 2**16
    for _ in range(20):
        streaming.read(64, timeout=10)  # told once


def test_output_that_is_late_is_counted_and_dropped(streaming):
    block = np.ones((BLOCK, 1), np.float32)
    for _ in range(10):
        streaming.process(block, timeout=10)
    wait_for(lambda: streaming.stats.missing > 2 * BLOCK, what="silence is played")
    errors = []
    written = 10 * BLOCK
    backlog = streaming.read_available
    for _ in range(backlog // BLOCK + 50):
        try:
            streaming.read(BLOCK, timeout=10)
            streaming.write(block, timeout=10)
            written += BLOCK
        except jack.OutputSyncError as error:
            errors.append(error)
            streaming.write(block, timeout=10)
            written += BLOCK
    stats = streaming.stats
    assert stats.lost == 0
    assert stats.missing == sum(error.frames for error in errors)
    # What JACK skipped is dropped too, and made up for where its input is missing.
    assert 0 <= stats.late - stats.missing - stats.padded <= stats.skipped
    assert len(errors) == stats.underflows
    # All that was written, and the prefill, was played, dropped, or waits; process() has
    # written its first block before any was read.
    waiting = written + LATENCY - stats.played - stats.late
    assert 0 <= waiting <= LATENCY + BLOCK


def test_output_alone_goes_on_where_it_was(client):
    tested = client()
    tested.activate()
    with tested.open_stream(outputs=1, lookahead=4) as stream:
        block = np.ones((BLOCK, 1), np.float32)
        stream.write(block, timeout=10)
        wait_for(lambda: stream.stats.missing > BLOCK, what="silence is played")
        for _ in range(20):
            try:
                stream.write(block, timeout=10)
            except jack.OutputSyncError:
                stream.write(block, timeout=10)
        assert stream.stats.late == 0


def test_blocksize_change(streaming):
    tested = streaming.client
    fed(streaming)
    before = streaming.latency
    try:
        tested.blocksize = 2 * BLOCK
        for _ in range(20):
            streaming.process(streaming.read(64, timeout=10), timeout=10)
        assert streaming.latency == 2 * before
        assert streaming.stats.padded == before
        ranges = latency_ranges(streaming)
        wait_for(lambda: latency_ranges(streaming)[1] == 2 * before, what=f"not {ranges}")
    finally:
        tested.blocksize = BLOCK


# ---- latency ----


class Range(ctypes.Structure):
    _fields_ = [("min", ctypes.c_uint32), ("max", ctypes.c_uint32)]


def latency_ranges(stream):
    """The capture latency of the first input and of the first output, in frames."""
    library = ctypes.CDLL(jack._jack._library_name())
    ranges = []
    for port in (stream.inports[0], stream.outports[0]):
        its = Range()
        library.jack_port_get_latency_range(
            ctypes.c_void_p(port._address), 0, ctypes.byref(its)
        )
        assert its.min == its.max
        ranges.append(its.max)
    return ranges


def test_latency_is_reported(streaming):
    wait_for(lambda: latency_ranges(streaming) == [0, LATENCY], what="the ranges")


# ---- waiting ----


def test_timeouts(streaming):
    while streaming.read_available:
        streaming.read(streaming.read_available)
    with pytest.raises(TimeoutError):
        streaming.read(8000, timeout=0)
    with pytest.raises(TimeoutError):
        streaming.read(14_000, timeout=0.01)
    for bad in (-1, float("nan")):
        with pytest.raises(ValueError, match="timeout must be"):
            streaming.read(64, timeout=bad)


def test_select(streaming):
    for descriptor in (streaming.fileno(), streaming.write_fileno()):
        streaming.start()
        assert select.select([descriptor], [], [], 10)[0] == [descriptor]


def test_asyncio(feeding, streaming):
    fed(streaming)

    async def read_and_write():
        read_what_is_there(streaming)
        taken = [await streaming.aread(BLOCK) for _ in range(5)]
        impatient = asyncio.ensure_future(streaming.aread(8000))
        await asyncio.sleep(0.01)
        impatient.cancel()
        with pytest.raises(asyncio.CancelledError):
            await impatient
        taken.append(await streaming.aread(100))
        await streaming.awrite(np.zeros((64, 1), np.float32))
        assert_ramp(np.concatenate(taken))

    until_whole(
        lambda: asyncio.run(read_and_write()), lambda: lost(feeding, streaming.client)
    )


def test_one_reader_at_a_time(streaming):
    streaming.start()
    started = threading.Event()
    outcome = []

    def read_long():
        started.set()
        while not outcome:
            try:
                outcome.append(streaming.read(14_000, timeout=20))
            except jack.JackError as error:
                if "by another thread" not in str(error):  # it did not come second itself
                    raise

    thread = threading.Thread(target=read_long)
    thread.start()
    started.wait()

    def refused():
        try:
            streaming.read(1, timeout=0)
        except jack.JackError as error:
            return "by another thread" in str(error)
        except TimeoutError:
            return False

    if thread.is_alive() and not outcome:
        wait_for(lambda: refused() or outcome, what="the second reader is refused")
    thread.join()
    assert len(outcome[0]) == 14_000


# ---- bad input ----


def test_wrong_arguments(client):
    tested = client()
    for arguments, error in [
        ({}, ValueError),
        ({"inputs": -1}, ValueError),
        ({"inputs": "left"}, TypeError),
        ({"inputs": 1.5}, TypeError),
        ({"outputs": 1, "lookahead": 0}, ValueError),
        ({"outputs": 1, "buffersize": -1}, ValueError),
    ]:
        with pytest.raises(error):
            tested.open_stream(**arguments)
        assert not tested.inports and not tested.outports  # nothing is left half-made


def test_one_name_for_two_ports(client):
    tested = client()
    with pytest.raises(jack.JackError):
        tested.open_stream(outputs=["a", "a"])
    assert not tested.outports  # nothing is left half-made


def test_wrong_blocks(client):
    tested = client()
    tested.activate()
    with tested.open_stream(2, 2) as stream:
        for block, error, text in [
            (np.zeros((64, 2)), TypeError, "float32"),
            (np.zeros((64, 2), np.int32), TypeError, "float32"),
            (np.zeros((64, 1), np.float32), ValueError, r"\(frames, 2\), got \(64, 1\)"),
            (np.zeros(64, np.float32), ValueError, r"\(frames, 2\), got \(64,\)"),
            (np.zeros((0, 2), np.float32), ValueError, "at least 1 frame"),
            (np.zeros((4, 4, 2), np.float32), ValueError, "shape"),
            ([[0.0, 0.0]], TypeError, "not list"),
            (np.zeros((1 << 20, 2), np.float32), ValueError, "buffersize"),
        ]:
            with pytest.raises(error, match=text):
                stream.write(block, timeout=10)
        readonly = np.zeros((64, 2), np.float32)
        readonly.flags.writeable = False
        with pytest.raises((BufferError, ValueError)):
            stream.read(64, readonly, timeout=10)
        with pytest.raises(ValueError, match="as asked"):
            stream.read(32, np.zeros((64, 2), np.float32))


def test_one_direction_only(client):
    tested = client()
    tested.activate()
    with tested.open_stream(inputs=1) as stream:
        with pytest.raises(ValueError, match="no output ports"):
            stream.write(np.zeros((64, 1), np.float32))
    with tested.open_stream(outputs=1) as stream:
        with pytest.raises(ValueError, match="no input ports"):
            stream.read(64)


def test_inactive_and_closed(client):
    tested = client()
    stream = tested.open_stream(1, 1)
    with pytest.raises(jack.JackError, match="activate"):
        stream.read(64)
    stream.close()
    stream.close()
    for use in (lambda: stream.read(64), stream.start, stream.fileno):
        with pytest.raises(jack.JackError, match="closed"):
            use()
    second = tested.open_stream(1, 1)
    tested.close()
    with pytest.raises(jack.JackError):
        second.read(64)
    second.close()


def test_server_is_killed(start_jackd):
    server = start_jackd()
    with jack.Client("tested", servername=server.name) as tested:
        stream = tested.open_stream(1, 1)
        stream.read(64, timeout=10)
        server.kill()
        with pytest.raises(jack.JackError):
            while True:
                stream.read(8000, timeout=20)
        stream.close()


# ---- others are not disturbed ----


def test_streams_come_and_go_while_another_runs(client, source):
    feeding = source()
    tested = client()
    tested.activate()
    # Room for ten seconds: others come and go as slowly as the machine lets them.
    streaming = tested.open_stream(inputs=1, buffersize=10 * 48000)
    tested.connect(feeding.outports[0], streaming.inports[0])
    fed(streaming)

    def run():
        read_what_is_there(streaming)  # it may be from the run before
        taken = []
        for _ in range(30):
            with tested.open_stream(2, 2) as other:
                other.start()
                taken.append(streaming.read(128, timeout=10))
            taken.append(streaming.read(128, timeout=10))
        assert_ramp(np.concatenate(taken))

    until_whole(run, lambda: lost(feeding, tested))
    assert streaming.stats.lost == 0
