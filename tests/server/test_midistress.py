"""100,000 MIDI messages of mixed sizes, sent from four threads while the main thread
computes in Python: each arrives, in order, at the very frame that was asked for.  Where the
server can't freewheel meanwhile, those are late, and counted, whose frames it left out in an
xrun."""

import collections
import itertools
import random
import threading
import time

import pytest

from support import libraries
from support.graph import hurrying
from support.midi import line, soon, sysex

SENDERS, EACH = 4, 25_000
STEP = 40  # frames between two messages of a thread, on average
# On JACK1 and PipeWire it takes the time that it takes: see hurrying().
FREEWHEELS = libraries.loaded() == "JACK2"
# Frames that a thread may be ahead of the clock: 1200 messages in all, or 2400.
LOOKAHEAD = 12_000 if FREEWHEELS else 24_000

PATIENT = True


def plan(number):
    """A thread's messages: (frame offset, bytes), times in order."""
    rng = random.Random(number)
    offset = 0
    messages = []
    for n in range(EACH):
        offset += rng.randrange(1, 2 * STEP)
        kind = rng.randrange(20)
        if kind == 0:
            data = bytes([0xF8 + number // 2 * 2])  # real time
        elif kind == 1:
            data = sysex(rng.choice((2, 15, 16, 17, 60, 250)), n)
        elif kind < 5:
            data = bytes([0xC0 + number, n % 128])
        else:
            data = bytes([0xA0 + number, n // 128 % 128, n % 128])
        messages.append((offset, data))
    return messages


class Senders:
    """Threads that send, and a client that keeps a freewheeling server from running away:
    its block ends when all messages for the next block have been sent."""

    def __init__(self, out, pacer):
        self.out = out
        self.plans = [plan(number) for number in range(SENDERS)]
        self.next = [p[0][0] for p in self.plans]  # what each will send next, frame offset
        self.start = soon(out, 100)
        self.now = -10_000
        self.errors = []
        self.moved = threading.Condition()
        self.threads = [threading.Thread(target=self._run, args=(n,)) for n in range(SENDERS)]
        if FREEWHEELS:
            pacer.set_process_callback(lambda frames: self._pace(pacer.last_frame_time, frames))
            pacer.activate()

    def _pace(self, frame_time, frames):
        with self.moved:
            self.now = self._since_start(frame_time)
            self.moved.notify_all()
            end = self.now + 2 * frames
            self.moved.wait_for(lambda: self.errors or min(self.next) >= end, 2)

    def _since_start(self, frame_time):
        return (frame_time - self.start + 2**31) % 2**32 - 2**31

    def _run(self, number):
        try:
            for offset, data in self.plans[number]:
                self._turn_to(number, offset)
                self.out.send(data, self.start + offset, timeout=30)
            self._turn_to(number, offset + 1)
            self.next[number] = 2**40
        except BaseException as error:
            self.errors.append(error)

    def _turn_to(self, number, offset):
        self.next[number] = offset
        if not FREEWHEELS:
            while offset - self._since_start(self.out.client.frame_time) > LOOKAHEAD:
                self.out.client.wait_closed(0.005)
        elif offset - self.now > LOOKAHEAD:
            with self.moved:
                self.moved.notify_all()
                assert self.moved.wait_for(lambda: offset - self.now <= LOOKAHEAD, 30)


def receive(into, got):
    for stamp, data in into:
        got.append((stamp, data))
        if len(got) == SENDERS * EACH:
            return


def busy(done):
    """Pure Python that never lets go of the interpreter by itself."""
    total = 0
    while not done():
        for n in range(20_000):
            total += n * n % 7
    return total


@pytest.mark.timeout(110)
def test_each_message_at_its_frame(client):
    out, into = line(client)
    out.send(b"\xfe")
    assert into.receive(10)[1] == b"\xfe"
    senders, got = Senders(out, client("pacer")), []
    receiving = threading.Thread(target=receive, args=(into, got), daemon=True)
    for thread in [receiving, *senders.threads]:
        thread.start()
    deadline = time.monotonic() + 90
    with hurrying(out.client):
        busy(lambda: not receiving.is_alive() or senders.errors or time.monotonic() > deadline)
    assert senders.errors == []
    assert len(got) == SENDERS * EACH
    for thread in [receiving, *senders.threads]:
        thread.join(20)
    late, deferred = out.stats.late, out.stats.deferred
    assert out.stats == (0, SENDERS * EACH + 1, late, deferred, 0, 0, 0, 0, 0)
    assert late + deferred == 0 or (not FREEWHEELS and out.client.stats.xruns > 0)
    assert into.stats == (0, 0, 0, 0, 0, 0, SENDERS * EACH + 1, 0, 0)
    compare(senders, got, late + deferred)


def compare(senders, got, late):
    times = [(stamp - senders.start) % 2**32 for stamp, _ in got]
    assert all(a <= b for a, b in itertools.pairwise(times)), "in order"
    asked = sorted(message for own in senders.plans for message in own)
    came = sorted(zip(times, (data for _, data in got)))
    assert sorted(data for _, data in came) == sorted(data for _, data in asked), "all"
    exact = collections.Counter(came) & collections.Counter(asked)
    assert exact.total() == len(asked) - late, "each at its frame, but for late ones"
    sizes = {len(data) for _, data in got}
    assert {1, 2, 3, 15, 250} <= sizes and sum(len(data) > 3 for _, data in got) > 1000
