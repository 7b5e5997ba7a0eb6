"""Priorities, realtime scheduling and threads."""

import functools
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

import jack
from support import scheduling
from support.waiting import wait_for


@pytest.fixture
def other_thread():
    with ThreadPoolExecutor(1) as pool:
        yield lambda function, *args: pool.submit(function, *args).result(timeout=30)


def test_acquire_and_drop(client, other_thread):
    client("tested")
    if not other_thread(scheduling.allowed):
        with pytest.raises(jack.JackErrorCode, match="realtime scheduling at priority 7"):
            other_thread(jack.acquire_real_time_scheduling, 7)
        return
    assert other_thread(jack.acquire_real_time_scheduling, 7) is None
    assert other_thread(os.sched_getscheduler, 0) & 3 == os.SCHED_FIFO
    assert other_thread(os.sched_getparam, 0).sched_priority == 7
    assert os.sched_getscheduler(0) == os.SCHED_OTHER  # of the thread that asked alone
    assert other_thread(jack.drop_real_time_scheduling) is None
    assert other_thread(os.sched_getscheduler, 0) & 3 == os.SCHED_OTHER


@pytest.mark.parametrize(
    ("priority", "error"), [(0, ValueError), (100, ValueError), (1.0, TypeError)]
)
def test_what_is_no_priority(priority, error):
    with pytest.raises(error, match="priority"):
        jack.acquire_real_time_scheduling(priority)


def test_acquiring_without_a_client():
    program = "import jack\njack.acquire_real_time_scheduling(1)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60
    )
    assert "JackError: realtime scheduling can be had only while" in done.stderr


def test_priorities_without_realtime(client):
    tested = client("tested")
    assert tested.realtime is False
    assert (tested.realtime_priority, tested.max_realtime_priority) == (-1, -1)


def test_priorities_with_realtime(start_jackd):
    if not ThreadPoolExecutor(1).submit(scheduling.allowed).result(timeout=30):
        pytest.skip("this process may not have realtime scheduling")
    server = start_jackd(options=("-R", "-P", "20"))
    tested = jack.Client("tested", servername=server.name)
    try:
        assert tested.realtime is True
        assert 0 < tested.realtime_priority <= tested.max_realtime_priority
        seen = []

        def note():
            seen.append((os.sched_getscheduler(0) & 3, os.sched_getparam(0).sched_priority))

        tested.set_process_thread(lambda: tested.cycle_wait() and note())
        tested.activate()
        wait_for(lambda: seen)
        tested.create_thread(note, realtime=True).join()
        tested.create_thread(note, realtime=True, priority=7).join()
        own = (os.SCHED_FIFO, tested.realtime_priority)
        assert seen == [own, own, (os.SCHED_FIFO, 7)]
    finally:
        tested.close()


def test_realtime_threads_after_another_client(client):
    tested = client("tested")
    client("last").close()
    seen = []
    make = functools.partial(tested.create_thread, lambda: seen.append(scheduling.now()))
    if ThreadPoolExecutor(1).submit(scheduling.allowed).result(timeout=30):
        make(realtime=True, priority=7).join()
        assert seen == [(os.SCHED_FIFO, 7)]
    else:
        with pytest.raises(jack.JackErrorCode, match="Unable to create a realtime thread"):
            make(realtime=True, priority=7)
        assert seen == []


def test_thread_id(client):
    tested = client("tested")
    tested.outports.register("o")
    seen = []
    tested.set_process_callback(lambda frames: seen.append(threading.get_ident()))
    assert tested.thread_id == 0
    tested.activate()
    wait_for(lambda: seen)
    assert tested.thread_id == seen[-1]
    tested.deactivate()
    assert tested.thread_id == 0
