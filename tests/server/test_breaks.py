"""The loop-back meter counts every broken block, and only those.

Where counts must be exact, the server freewheels: it waits for every client.  How the
tiers do against the clock is measured by benchmarks/py/breaks.py.
"""

import contextlib
import ctypes
import itertools
import json
import os
import subprocess
import threading
import time

import pytest

import jack
from support import meter as meters
from support.graph import freewheeling
from support.servers import BLOCKSIZE
from support.waiting import wait_for

CYCLES = 2000
LOCK_BLOCKS = 16  # of another latency, until it counts as the new one


@pytest.fixture(scope="module")
def meter(tmp_path_factory):
    return meters.Meter(meters.build(tmp_path_factory.mktemp("meter")))


@pytest.fixture
def freewheel(client):
    """A context manager: the server freewheels in it."""
    switch = client("switch")
    states = []
    switch.set_freewheel_callback(states.append)
    switch.activate()

    @contextlib.contextmanager
    def context():
        with freewheeling(switch):
            wait_for(lambda: states == [True], what="the server freewheels")
            yield
        wait_for(lambda: states == [True, False], what="the server keeps time again")

    return context


def test_whole_audio(server, meter, freewheel):
    with meter.thru(server, "--channels", 2):
        found = meter.measure(server, CYCLES, "thru", before=freewheel)
    assert found["loops"][0]["broken"] == 0
    assert found["blocksize"] == BLOCKSIZE
    assert meter.locked == [BLOCKSIZE]  # JACK delays a loop by one period


def test_dropped_blocks(server, meter, freewheel):
    """A client that is whole beside one that drops each hundredth block."""
    with meter.thru(server, "--name", "whole"):
        with meter.thru(server, "--name", "broken", "--drop", 100):
            found = meter.measure(server, CYCLES, "whole", "broken", before=freewheel)
    whole, broken = found["loops"]
    assert (whole["client"], whole["broken"], whole["breaks"]) == ("whole", 0, [])
    assert (broken["broken"], broken["longest"]) == (CYCLES // 100, 1)
    assert broken["latency_changes"] == 0
    cycles = [cycle for cycle, frame in broken["breaks"] if frame == 0]
    assert len(cycles) == 16  # so many are told
    assert cycles == list(range(cycles[0], cycles[0] + 1600, 100))


def test_latency_that_changes(server, meter, freewheel):
    """A block of latency more, and again less: it is broken until the meter follows."""
    with meter.thru(server, "--slip", 250):
        found = meter.measure(server, CYCLES, "thru", before=freewheel)
    loop = found["loops"][0]
    assert loop["broken"] == CYCLES // 250 * LOCK_BLOCKS
    assert loop["longest"] == LOCK_BLOCKS
    assert loop["latency_changes"] == CYCLES // 250


class NativeThru(ctypes.Structure):
    _fields_ = (
        ("channels", ctypes.c_uint32),
        ("drop", ctypes.c_uint32),
        ("blocks", ctypes.c_uint64),
    )


@pytest.mark.parametrize("drop", [0, 100])
def test_native_callback(server, meter, freewheel, client, drop):
    library = ctypes.CDLL(str(meter.program.with_name("native.so")))
    data = NativeThru(channels=2, drop=drop)
    tested = client("tested")
    for number in (1, 2):
        tested.inports.register(f"in_{number}")
        tested.outports.register(f"out_{number}")
    tested.set_native_callback(
        library.native_thru_run, ctypes.addressof(data), signature="dsp"
    )
    tested.activate()
    found = meter.measure(server, CYCLES, "tested", before=freewheel)
    tested.deactivate()
    assert found["loops"][0]["broken"] == (CYCLES // drop if drop else 0)
    assert data.blocks > CYCLES


def test_many_ports(server, meter, freewheel):
    with meter.thru(server, "--channels", 64):
        found = meter.measure(
            server, 200, "--channels", 64, "thru", before=freewheel
        )
    assert found["loops"][0]["broken"] == 0


def test_stream_that_breaks(server, meter, freewheel, client):
    """Nobody reads while the server runs ahead: what is lost is told to the frame."""
    tested = client("tested")
    tested.activate()
    with tested.open_stream(inputs=2, outputs=2, lookahead=4) as stream:
        # By hand as fast as the signal comes, until the meter has found it.
        process = meter.start("measure", server, "--cycles", CYCLES, "--wait", "tested")
        try:
            told = pass_until(stream, process)
            assert told["locked"] == [5 * BLOCKSIZE]  # the lookahead and JACK's period
            with freewheel():
                process.stdin.write("go\n")
                process.stdin.flush()
                found = meter.answer(process)
        finally:
            meter.end(process)
        stream.stop()
        wait_for(lambda: frames_in(stream) == frames_out(stream), what="the last block")
        stats = stream.stats
    loop = found["loops"][0]
    assert loop["broken"] > CYCLES - 200  # but for what was in the rings
    assert stats.lost > 0 and stats.missing > 0
    assert stats.overflows >= 1 and stats.underflows >= 1


def test_skipped_cycles_do_not_make_a_stream_late(server, meter, client):
    """JACK goes on without a client that sleeps: what was to be played meanwhile is not
    played later; it is counted, and is no fault of who reads and writes."""
    tested = client("tested")
    period = tested.blocksize / tested.samplerate
    naps = iter([4, 9, 30])
    goes = threading.Event()
    calls = itertools.count(1)

    def nap(frames):
        if goes.is_set() and next(calls) % 50 == 0:
            time.sleep(next(naps, 0) * period)

    tested.set_process_callback(nap)
    with tested.open_stream(inputs=2, outputs=2, lookahead=16) as stream:
        tested.activate()
        process = meter.start("measure", server, "--cycles", 400, "--wait", "tested")
        try:
            assert pass_until(stream, process)["locked"] == [17 * BLOCKSIZE]
            goes.set()
            process.stdin.write("go\n")
            process.stdin.flush()
            found = pass_until(stream, process)
        finally:
            meter.end(process)
        before = frames_in(stream)
        tested.deactivate()
        assert frames_in(stream) == frames_out(stream)
        skipped = stream.stats.skipped
    loop = found["loops"][0]
    assert (loop["latency"], loop["latency_changes"]) == (17 * BLOCKSIZE, 0)
    assert tested.stats.skipped_cycles >= 4 + 9 + 30 - 6
    assert skipped == tested.stats.skipped_cycles * BLOCKSIZE


def frames_in(stream):
    return stream.stats.captured + stream.stats.lost


def frames_out(stream):
    return stream.stats.played + stream.stats.missing + stream.stats.padded


def pass_until(stream, process):
    """Pass blocks on until the meter says something."""
    os.set_blocking(process.stdout.fileno(), False)
    while not (line := process.stdout.readline()):
        assert process.poll() is None, process.stderr.read()
        with contextlib.suppress(jack.InputSyncError):
            write(stream, stream.read(BLOCKSIZE, timeout=10))
    os.set_blocking(process.stdout.fileno(), True)
    return json.loads(line)


def write(stream, block):
    """What was not played before does not matter; the block goes in."""
    while True:
        try:
            return stream.write(block, timeout=10)
        except jack.OutputSyncError:
            pass


def said(process):
    """Its complaints but for libjack's one of too little locked memory, where that is so."""
    lines = process.communicate(timeout=30)[1].splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("Cannot lock down "))


def test_client_that_is_not_there(server, meter):
    process = meter.start("measure", server, "--seconds", 1, "nobody")
    assert said(process) == "meter: it has not enough audio ports: nobody\n"
    assert process.returncode == 2


def test_client_that_is_silent(server, meter, client):
    silent = client("silent")
    for number in (1, 2):
        silent.inports.register(f"in_{number}")
        silent.outports.register(f"out_{number}")
    silent.activate()
    process = meter.start("measure", server, "--seconds", 1, "silent")
    assert said(process) == "meter: no steady signal came back from it: silent\n"
    assert process.returncode == 2


def realtime_is_permitted():
    command = ["chrt", "--fifo", "10", "true"]
    return subprocess.run(command, capture_output=True).returncode == 0


@pytest.mark.skipif(not realtime_is_permitted(), reason="no realtime scheduling here")
def test_against_the_clock(meter, start_jackd):
    """With realtime scheduling; what the clock breaks, a loaded machine decides."""
    server = start_jackd(options=("-R",))
    with meter.thru(server, "--name", "whole"):
        with meter.thru(server, "--name", "broken", "--drop", 100):
            found = meter.measure(server, 500, "whole", "broken")
    assert found["realtime"] is True
    whole, broken = found["loops"]
    assert whole["broken"] < 250
    assert broken["broken"] >= 5 and broken["breaks"][0][1] == 0
