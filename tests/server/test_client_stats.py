"""client.stats: what it counts is what happened."""

import math
import sys
import threading
import time

import numpy as np
import pytest

import jack
from support import graph
from support.waiting import wait_for

COUNTS = ["cycles", "late_cycles", "skipped_cycles", "gil_waits", "underflows", "overflows",
          "xruns", "events_lost", "midi_late", "midi_lost"]
TIMES = ["callback_max_us", "callback_mean_us", "gil_wait_max_us", "gil_wait_mean_us"]


class Counter:
    """A process callback: counts its calls, and works on request."""

    def __init__(self, work=None):
        self.calls = 0
        self.work = work

    def __call__(self, frames):
        self.calls += 1
        if self.work is not None:
            self.work(self.calls)


def run(client, callback, cycles):
    """Let `callback` be called about so many times, freewheeling."""
    client.set_process_callback(callback)
    client.activate()
    with graph.freewheeling(client):
        wait_for(lambda: callback.calls >= cycles, what="the cycles have run")
    client.deactivate()


def buckets(stats):
    return sum(count for _, count in stats.histogram)


def assert_nothing(stats):
    assert {name: getattr(stats, name) for name in COUNTS} == dict.fromkeys(COUNTS, 0)
    assert {name: getattr(stats, name) for name in TIMES} == dict.fromkeys(TIMES, 0.0)
    assert buckets(stats) == 0


# The object


def test_nothing_has_happened_yet(client):
    tested = client()
    assert_nothing(tested.stats)
    tested.activate()  # without ports or callback: it has no part in the cycle
    assert tested.stats.cycles == 0


def test_fields(client):
    stats = client().stats
    assert list(stats.__match_args__) == [*stats.as_dict()]
    assert stats.as_dict() == dict(zip(stats.__match_args__, stats))
    assert set(stats.as_dict()) == {*COUNTS, *TIMES, "histogram"}
    bounds = [bound for bound, _ in stats.histogram]
    assert bounds == [2.0**n for n in range(21)] + [math.inf]
    with pytest.raises(AttributeError):
        stats.cycles = 1


def test_repr(client):
    tested = client()
    assert repr(tested.stats) == (
        "jack.ClientStats(cycles=0, late_cycles=0, skipped_cycles=0, callback_max_us=0.0, "
        "callback_mean_us=0.0, gil_waits=0, gil_wait_max_us=0.0, gil_wait_mean_us=0.0, "
        "underflows=0, overflows=0, xruns=0, events_lost=0, midi_late=0, midi_lost=0, "
        "histogram={})"
    )
    run(tested, Counter(), 10)
    stats = tested.stats
    shown = repr(stats)
    assert f"(cycles={stats.cycles}, " in shown
    for bound, count in stats.histogram:
        assert (f"<{bound:.0f} us: {count}" in shown) == (count > 0)


def test_not_made_by_programs_from_nothing():
    with pytest.raises(TypeError):
        jack.ClientStats()


# Counting


def test_counts_are_exact(client):
    tested, counter = client(), Counter()
    run(tested, counter, 3000)
    stats = tested.stats
    assert stats.cycles == stats.gil_waits == buckets(stats) == counter.calls
    assert stats.late_cycles == stats.underflows == stats.overflows == 0
    assert 0 < stats.callback_mean_us <= stats.callback_max_us
    assert 0 < stats.gil_wait_mean_us <= stats.gil_wait_max_us <= stats.callback_max_us


def test_counting_goes_on_over_activations(client):
    tested, counter = client(), Counter()
    run(tested, counter, 100)
    run(tested, counter, counter.calls + 100)
    assert tested.stats.cycles == counter.calls


def test_ports_alone_are_cycles_without_waits(client):
    tested = client()
    tested.inports.register("in")
    tested.activate()
    wait_for(lambda: tested.stats.cycles > 10, what="cycles are counted")
    assert tested.stats.gil_waits == 0


def test_late_cycles_are_those_that_sleep(client):
    tested = client()
    period = tested.blocksize / tested.samplerate
    counter = Counter(lambda call: time.sleep(2 * period) if call in (5, 10, 15) else None)
    tested.set_process_callback(counter)
    tested.activate()
    wait_for(lambda: counter.calls > 20, what="it has slept")
    tested.deactivate()
    stats = tested.stats
    assert stats.late_cycles >= 3
    assert stats.callback_max_us >= 2 * period * 1e6
    assert sum(count for bound, count in stats.histogram if bound > 2 * period * 1e6) >= 3


def test_nothing_is_late_while_freewheeling(client):
    tested = client()
    period = tested.blocksize / tested.samplerate
    counter = Counter(lambda call: time.sleep(2 * period) if ready else None)
    ready = []
    tested.set_process_callback(counter)
    tested.activate()
    with graph.freewheeling(tested):
        before = counter.calls
        wait_for(lambda: counter.calls > before + 2, what="freewheeling")
        tested.reset_stats()
        ready.append(True)
        before = counter.calls
        wait_for(lambda: counter.calls > before + 5, what="it has slept")
        stats = tested.stats
        ready.clear()
    assert stats.cycles > 3 and stats.late_cycles == stats.skipped_cycles == 0
    assert stats.callback_max_us > period * 1e6


def test_skipped_cycles(client):
    """While a block lasts for ten, the server goes on alone."""
    tested = client()
    period = tested.blocksize / tested.samplerate
    counter = Counter(lambda call: time.sleep(10 * period) if call == 20 else None)
    times = []

    def process(frames):
        times.append(tested.last_frame_time)
        counter(frames)

    tested.set_process_callback(process)
    tested.activate()
    wait_for(lambda: counter.calls > 40, what="it has slept")
    tested.deactivate()
    steps = np.diff(np.array(times, np.uint32).astype(np.int64)) - tested.blocksize
    steps = np.round(steps / tested.blocksize)
    # Where the server was late, a client reads the next cycle's time, and then once more.
    assert 0 < steps.sum() <= tested.stats.skipped_cycles <= steps[steps > 0].sum()


def test_xruns_are_what_jack_told(client):
    tested, told = client(), []
    period = tested.blocksize / tested.samplerate
    sleeps = Counter(lambda call: time.sleep(5 * period) if call % 10 == 0 else None)
    tested.set_xrun_callback(told.append)
    tested.set_process_callback(sleeps)
    tested.activate()
    wait_for(lambda: len(told) > 2, what="there are xruns")
    tested.deactivate()
    wait_for(lambda: tested.stats.xruns == len(told), what="as many as were told")


@pytest.mark.skipif(not getattr(sys, "_is_gil_enabled", lambda: True)(), reason="the GIL is off")
def test_the_wait_for_the_gil_is_measured(client):
    """The main thread counts, and gives the lock away when the switch interval is over."""
    tested, counter = client(), Counter()
    tested.set_process_callback(counter, switch_interval=0.02)
    tested.activate()
    deadline = time.monotonic() + 30
    while tested.stats.gil_wait_max_us < 1000 and time.monotonic() < deadline:
        sum(range(1000))
    tested.deactivate()
    stats = tested.stats
    assert 1000 <= stats.gil_wait_max_us <= stats.callback_max_us
    assert stats.gil_waits == stats.cycles == counter.calls


# Streams


def starve(client, blocks):
    """A stream that breaks: its own counts, when it is closed."""
    with client.open_stream(inputs=1, outputs=1, lookahead=1) as stream:
        size = client.blocksize
        for _ in range(blocks):
            try:
                stream.write(stream.read(size))
            except jack.JackError:
                pass  # the second break and those behind it
            before = stream.stats.underflows
            wait_for(lambda: stream.stats.underflows > before or stream.stats.missing,
                     what="it has run dry")
    return stream.stats


def test_streams_are_summed_and_closed_ones_kept(client):
    tested = client()
    tested.inports.register("in")
    tested.activate()
    first = starve(tested, 3)
    assert tested.stats.underflows == first.underflows > 0
    second = starve(tested, 3)
    stats = tested.stats
    assert stats.underflows == first.underflows + second.underflows
    assert stats.overflows == first.overflows + second.overflows
    tested.reset_stats()
    assert tested.stats.underflows == tested.stats.overflows == 0
    third = starve(tested, 2)
    assert tested.stats.underflows == third.underflows


# Resetting


def test_reset_counts_anew(client):
    tested, counter = client(), Counter()
    run(tested, counter, 100)
    tested.reset_stats()
    assert_nothing(tested.stats)
    counter.calls = 0
    run(tested, counter, 50)
    assert tested.stats.cycles == counter.calls


def test_reset_within_a_cycle_holds_from_the_next_block(client):
    tested, seen = client(), []

    def process(frames):
        if len(seen) == 3:
            tested.reset_stats()
        if len(seen) < 8:
            seen.append(tested.stats.cycles)

    tested.set_process_callback(process)
    tested.activate()
    wait_for(lambda: len(seen) == 8, what="eight blocks")
    assert seen == [0, 1, 2, 0, 0, 1, 2, 3]


def test_reading_and_resetting_from_threads(client):
    tested, counter = client(), Counter()
    tested.set_process_callback(counter)
    tested.activate()
    broken, done = [], threading.Event()

    def read():
        while not done.is_set():
            stats = tested.stats
            if buckets(stats) != stats.cycles or stats.gil_waits > stats.cycles + 1:
                broken.append(stats)

    def reset():
        while not done.is_set():
            tested.reset_stats()

    threads = [threading.Thread(target=work) for work in (read, read, reset)]
    for thread in threads:
        thread.start()
    try:
        with graph.freewheeling(tested):
            wait_for(lambda: counter.calls > 500, 60, "the cycles have run")
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert broken == []


def test_closed_clients_tell_still(client):
    tested, counter = client(), Counter()
    run(tested, counter, 20)
    tested.close()
    assert tested.stats.cycles == counter.calls
    tested.reset_stats()
    assert_nothing(tested.stats)


def test_clients_that_were_never_opened():
    tested = jack.Client.__new__(jack.Client)
    with pytest.raises(jack.JackError, match="never opened"):
        _ = tested.stats
    with pytest.raises(jack.JackError, match="never opened"):
        tested.reset_stats()
