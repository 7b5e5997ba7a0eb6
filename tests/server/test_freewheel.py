"""Freewheeling: when the switch is heard of, and what it does to time."""

import time

import pytest

import jack
from support.waiting import wait_for

SECOND = 48000  # frames


class Watch:
    """Notes every block's time, and when which switch was heard of."""

    def __init__(self, client):
        self.client = client
        self.frames = []  # last_frame_time by block
        self.heard = []  # (starting, blocks until then, seconds)
        client.set_process_callback(self.process)
        client.set_freewheel_callback(self.freewheel)
        client.activate()
        wait_for(lambda: len(self.frames) > 5)

    def process(self, frames):
        self.frames.append(self.client.last_frame_time)

    def freewheel(self, starting):
        self.heard.append((starting, len(self.frames), time.monotonic()))

    def switch(self, onoff):
        """Switch, wait until that was heard of; (blocks, seconds) from the return on.

        Negative is what was heard of before set_freewheel() returned.
        """
        number = len(self.heard)
        self.client.set_freewheel(onoff)
        blocks, seconds = len(self.frames), time.monotonic()
        wait_for(lambda: len(self.heard) > number, what="the switch is heard of")
        starting, then_blocks, then_seconds = self.heard[number]
        assert starting is onoff
        return then_blocks - blocks, then_seconds - seconds

    def pass_blocks(self, count):
        end = len(self.frames) + count
        wait_for(lambda: len(self.frames) >= end, what=f"{count} blocks pass")


@pytest.fixture
def watch(client):
    return Watch(client("tested"))


def test_latency_of_a_switch(watch, record_property):
    """Heard of once a switch, in order, and while it lasts, however short that is."""
    latencies = []
    for onoff in [True, False] * 10:
        latencies.append(watch.switch(onoff))
        watch.pass_blocks(2)
    assert [starting for starting, _, _ in watch.heard] == [True, False] * 10
    for name, values in zip(("blocks", "seconds"), zip(*latencies), strict=True):
        record_property(f"{name} from set_freewheel() to the callback", values)


def test_every_switch_is_heard_of(watch):
    """Also when the next one comes before the callback has run."""
    for onoff in [True, False] * 10:
        watch.client.set_freewheel(onoff)
    wait_for(lambda: len(watch.heard) == 20)
    watch.pass_blocks(5)
    assert [starting for starting, _, _ in watch.heard] == [True, False] * 10


def test_closing_ends_it(client, watch):
    """Else JACK2 would not process a block any more, once it ends."""
    source = client("source")
    source.outports.register("o")
    into = watch.client.inports.register("i")
    source.set_process_callback(lambda frames: None)
    source.activate()
    source.connect("source:o", into)
    source.set_freewheel(True)
    wait_for(lambda: watch.heard)
    source.close()
    wait_for(lambda: len(watch.heard) == 2)
    watch.pass_blocks(20)
    assert [starting for starting, _, _ in watch.heard] == [True, False]
    with client("another") as another:
        assert another.outports.register("o").name == "another:o"


def test_closing_does_not_end_what_another_began(client, watch):
    bystander = client("bystander")
    bystander.set_freewheel(True)
    wait_for(lambda: watch.heard)
    watch.switch(False)
    watch.switch(True)
    bystander.close()  # inactive: it was never in the graph
    watch.pass_blocks(100)
    assert [starting for starting, _, _ in watch.heard] == [True, False, True]
    watch.switch(False)
    watch.pass_blocks(20)


def test_faster_than_time(watch):
    watch.switch(True)
    start, begin = watch.frames[-1], time.monotonic()
    passed = wait_for(lambda: watch.frames[-1] - start > 20 * SECOND and watch.frames[-1] - start)
    assert time.monotonic() - begin < passed / SECOND
    watch.switch(False)


def test_one_time_for_both(watch, server):
    """A block follows another by one block's frames, also where freewheeling begins or ends.

    An overloaded machine drops blocks when in step with time; never when freewheeling.
    """

    def contiguous():
        places = []
        for onoff in (True, False):
            watch.pass_blocks(3)
            places.append(len(watch.frames))
            watch.switch(onoff)
            watch.pass_blocks(3)
            places.append(len(watch.frames))
        steps = [
            after - before for before, after in zip(watch.frames, watch.frames[1:], strict=False)
        ]
        assert all(step >= 0 and step % 256 == 0 for step in steps)  # it never goes back
        begin, freewheels, ends, end = places
        assert set(steps[freewheels : ends - 1]) <= {256}
        return set(steps[begin - 3 : end - 1]) == {256}

    wait_for(contiguous, 60, "no block is missing around a switch")


@pytest.mark.parametrize("onoff", [True, False])
def test_switching_to_what_it_is(watch, onoff):
    if onoff:
        watch.switch(True)
    number = len(watch.heard)
    with pytest.raises(jack.JackErrorCode, match="freewheel"):
        watch.client.set_freewheel(onoff)
    watch.pass_blocks(5)
    assert len(watch.heard) == number
    if onoff:
        watch.switch(False)
