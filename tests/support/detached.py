"""What the tests of process callbacks with lookahead share."""

import numpy as np
import pytest

from support.waiting import wait_for

BLOCK = 256


def thru(tested):
    """The process callback that copies all inputs to the outputs, MIDI too."""

    def process(frames):
        for into, out in zip(tested.inports, tested.outports):
            out.get_array()[:] = into.get_array()
        for into, out in zip(tested.midi_inports, tested.midi_outports):
            for offset, event in into.incoming_midi_events():
                out.write_midi_event(offset, event)

    return process


class Recorder:
    """An active client with one input: keeps the blocks that come, and their times."""

    def __init__(self, client, name="recorder"):
        self.client = client(name)
        self.port = self.client.inports.register("i")
        self.blocks = []
        self.client.set_process_callback(self.process)
        self.client.activate()

    def process(self, frames):
        time = self.client.last_frame_time
        self.blocks.append((time, self.port.get_array().copy()))

    def wait(self, more):
        enough = len(self.blocks) + more
        wait_for(lambda: len(self.blocks) >= enough, 30, f"{more} more blocks")


class Stamp:
    """An active client whose output is the frame time of each frame, modulo 2**16."""

    def __init__(self, client, name="stamp"):
        self.client = client(name)
        self.port = self.client.outports.register("o")
        self.client.set_process_callback(self.process)
        self.client.activate()

    def process(self, frames):
        numbers = np.arange(frames) + self.client.last_frame_time
        self.port.get_array()[:] = numbers % 2**16 + 1


def delays(blocks):
    """How many frames each block is later than it was sent; None: silence, torn: fails."""
    found = []
    for moment, samples in blocks:
        if not samples.any():
            found.append(None)
            continue
        late = (moment + np.arange(len(samples)) - (samples.astype(np.int64) - 1)) % 2**16
        assert (late == late[0]).all(), "a torn block"
        found.append(int(late[0]))
    return found


def first_sound(recorder):
    wait_for(lambda: recorder.blocks and recorder.blocks[-1][1].any(), what="sound")


def settle(recorder):
    """While freewheeling: no block from before is on its way; the next one's index."""
    recorder.wait(60)
    first_sound(recorder)
    return len(recorder.blocks)


def cut(recorder, blocks):
    """The delays of so many blocks from now on, while freewheeling."""
    recorder.wait(60)
    start = len(recorder.blocks)
    recorder.wait(blocks)
    return delays(recorder.blocks[start : start + blocks])


@pytest.fixture
def detached(client):
    """Start an active client: detached(lookahead) -> (client, recorder).

    `make(client)` gives its process callback.
    """

    def start(lookahead, make=thru, ports=1):
        stamp, recorder = Stamp(client), Recorder(client)
        tested = client()
        for n in range(ports):
            tested.inports.register(f"i{n}")
            tested.outports.register(f"o{n}")
        tested.set_process_callback(make(tested), lookahead=lookahead)
        tested.activate()
        tested.connect(stamp.port, tested.inports[0])
        tested.connect(tested.outports[0], recorder.port)
        return tested, recorder

    return start
