"""jack.RingBuffer between two threads, and beside a model."""

import random
import sys
import threading

import hypothesis.stateful
import pytest
from hypothesis import strategies as st

import jack


def transfer(ring, data, write, read, seed):
    """Send `data` from one thread to another; what arrived."""
    received = bytearray()
    failures = []
    stop = threading.Event()

    def run(function):
        try:
            function()
        except BaseException as error:
            failures.append(error)
            stop.set()

    def writer():
        chance = random.Random(seed)
        sent = 0
        while sent < len(data) and not stop.is_set():
            sent += write(ring, data[sent : sent + chance.randint(1, 200)])

    def reader():
        chance = random.Random(seed + 1)
        while len(received) < len(data) and not stop.is_set():
            received.extend(read(ring, chance.randint(1, 200)))

    threads = [threading.Thread(target=run, args=(f,), daemon=True) for f in (writer, reader)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    late = any(thread.is_alive() for thread in threads)
    stop.set()
    assert not failures
    assert not late, f"{len(received)} of {len(data)} bytes crossed in time"
    return bytes(received)


def write_in_place(ring, data):
    done = 0
    for part in ring.write_buffers:
        piece = data[done : done + len(part)]
        part[: len(piece)] = piece
        done += len(piece)
    ring.write_advance(done)
    return done


def read_in_place(ring, size):
    data = b"".join(ring.read_buffers)[:size]
    ring.read_advance(len(data))
    return data


@pytest.mark.parametrize("size", [2, 64, 1024])
@pytest.mark.parametrize(
    ("write", "read"),
    [(jack.RingBuffer.write, jack.RingBuffer.read), (write_in_place, read_in_place)],
    ids=["copying", "in place"],
)
def test_two_threads(size, write, read):
    """Every byte crosses, once and in order."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        data = random.Random(size).randbytes(200 * size)
        assert transfer(jack.RingBuffer(size), data, write, read, seed=size) == data
    finally:
        sys.setswitchinterval(interval)


class Model(hypothesis.stateful.RuleBasedStateMachine):
    """A RingBuffer beside a bytearray of limited length."""

    @hypothesis.stateful.initialize(size=st.integers(0, 70))
    def make(self, size):
        self.ring = jack.RingBuffer(size)
        self.allocated = self.ring.size
        self.content = bytearray()

    @property
    def room(self):
        return self.ring.size - 1 - len(self.content)

    @hypothesis.stateful.rule(
        data=st.binary(max_size=80), kind=st.sampled_from([bytes, bytearray, list])
    )
    def write(self, data, kind):
        expected = min(len(data), self.room)
        assert self.ring.write(kind(data)) == expected
        self.content += data[:expected]

    @hypothesis.stateful.rule(data=st.binary(max_size=80))
    def write_in_place(self, data):
        data = data[: self.room]
        assert write_in_place(self.ring, data) == len(data)
        self.content += data

    @hypothesis.stateful.rule(size=st.integers(0, 80))
    def read(self, size):
        assert self.ring.read(size) == self.content[:size]
        del self.content[:size]

    @hypothesis.stateful.rule(size=st.integers(0, 80))
    def peek(self, size):
        assert self.ring.peek(size) == self.content[:size]

    @hypothesis.stateful.rule(size=st.integers(-2, 80))
    def read_advance(self, size):
        if 0 <= size <= len(self.content):
            self.ring.read_advance(size)
            del self.content[:size]
        else:
            with pytest.raises(ValueError):
                self.ring.read_advance(size)

    @hypothesis.stateful.rule(excess=st.integers(1, 80))
    def write_advance_too_far(self, excess):
        with pytest.raises(ValueError):
            self.ring.write_advance(self.room + excess)

    @hypothesis.stateful.rule(size=st.none() | st.integers(0, 140))
    def reset(self, size):
        if size is not None and size > self.allocated:
            with pytest.raises(ValueError):
                self.ring.reset(size)
            return
        self.ring.reset(size)
        self.content.clear()
        assert size is None or self.ring.size >= max(size, 2)

    @hypothesis.stateful.invariant()
    def same(self):
        assert self.ring.read_space == len(self.content)
        assert self.ring.write_space == self.room
        assert b"".join(self.ring.read_buffers) == self.content
        assert sum(map(len, self.ring.write_buffers)) == self.room


Model.TestCase.settings = hypothesis.settings(
    max_examples=60, stateful_step_count=40, deadline=None, database=None
)
test_model = Model.TestCase
