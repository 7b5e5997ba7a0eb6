"""JACK's clock, and how late the server was."""

import subprocess
import sys
import time

import pytest

import jack
from support.waiting import wait_for


@pytest.fixture
def active(client):
    new = client("clock")
    new.outports.register("o")
    new.activate()
    return new


def test_without_a_client_there_is_no_clock():
    program = "import jack\ntry:\n    jack.get_time()\nexcept jack.JackError as e:\n    print(e)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "JACK's clock runs only while this process has an open client\n"


def test_get_time_goes_on(active):
    first = jack.get_time()
    assert type(first) is int
    wait_for(lambda: jack.get_time() > first)


def test_get_time_is_in_microseconds(active):
    # Both clocks are looked at in between two looks at the other.
    spans = []
    for _ in range(2):
        before = time.monotonic()
        spans.append((before, jack.get_time(), time.monotonic()))
        wait_for(lambda: time.monotonic() > before + 0.05)
    (a, start, b), (c, end, d) = spans
    assert (c - b) * 1e6 - 2 <= end - start <= (d - a) * 1e6 + 2


def test_cycle_times(active):
    def consistent():
        times = active.cycle_times()
        return times.current_usecs > 0 and times

    times = wait_for(consistent)
    current_frames, current_usecs, next_usecs, period_usecs = times
    assert current_frames == times.current_frames and current_usecs == times.current_usecs
    assert next_usecs == times.next_usecs > current_usecs
    due = active.blocksize / active.samplerate * 1e6
    assert period_usecs == times.period_usecs == pytest.approx(due, rel=0.5)
    wait_for(lambda: active.cycle_times().current_frames != current_frames)
    later = active.cycle_times()
    assert (later.current_frames - current_frames) % active.blocksize == 0


def test_cycle_times_in_the_process_callback(client):
    tested = client("clock")
    tested.outports.register("o")
    seen = []

    @tested.set_process_callback
    def process(frames):
        if len(seen) < 10:
            seen.append((tested.last_frame_time, tested.cycle_times()))

    tested.activate()
    wait_for(lambda: len(seen) == 10)
    for last_frame_time, times in seen:
        assert times.current_frames == last_frame_time


def test_frames_and_time_are_each_other_s_opposite(active):
    wait_for(lambda: active.cycle_times().current_usecs)
    now = active.frame_time
    usecs = active.frames_to_time(now)
    assert abs(active.time_to_frames(usecs) - now) <= 1

    def a_second_lasts_one():  # as soon as the server has been in time for a while
        begin, end = (active.frames_to_time(now + n) for n in (0, active.samplerate))
        assert end - begin == pytest.approx(1e6, rel=0.1)
        return True

    wait_for(a_second_lasts_one)


def test_frame_time_is_now_s(active):
    def near():
        now = active.time_to_frames(jack.get_time())
        return abs(active.frame_time - now) < active.samplerate

    wait_for(near)


@pytest.mark.parametrize(
    ("frames", "error"), [(-1, ValueError), (2**32, ValueError), (1.0, TypeError)]
)
def test_what_are_no_frames(active, frames, error):
    with pytest.raises(error, match="frames"):
        active.frames_to_time(frames)


@pytest.mark.parametrize(
    ("usecs", "error"), [(-1, ValueError), (2**64, ValueError), ("1", TypeError)]
)
def test_what_is_no_time(active, usecs, error):
    with pytest.raises(error, match="usecs"):
        active.time_to_frames(usecs)


def test_delays(active):
    assert active.reset_max_delayed_usecs() is None
    assert active.max_delayed_usecs >= 0.0
    assert active.xrun_delayed_usecs >= 0.0


def test_closed(client):
    gone = client("gone")
    gone.close()
    for ask in (
        gone.cycle_times,
        gone.reset_max_delayed_usecs,
        gone.recompute_total_latencies,
        lambda: gone.frames_to_time(0),
        lambda: gone.time_to_frames(0),
        lambda: gone.max_delayed_usecs,
        lambda: gone.xrun_delayed_usecs,
    ):
        with pytest.raises(jack.JackError, match="closed"):
            ask()
