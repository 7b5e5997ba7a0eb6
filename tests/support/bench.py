"""Two clients, with what is to be tested between the one's output and the other's input."""

import numpy as np

import jack
from support.waiting import wait_for


class Bench:
    def __init__(self, client):
        self.sender, self.listener = client("sender"), client("listener")
        self.out = self.sender.outports.register("out")
        self.ear = self.listener.inports.register("in")
        self.midi_out = self.sender.midi_outports.register("midi_out")
        self.midi_ear = self.listener.midi_inports.register("midi_in")
        self.sender.activate()
        self.listener.activate()
        self.midi_ear.fileno()  # keep what comes from now on
        self.rate = self.listener.samplerate

    def connect(self, *pairs):
        """Connect them, once all are there, and wait until JACK has done it."""
        for pair in pairs:
            wait_for(lambda: connects(self.sender, *pair), 20, f"{pair} can be connected")
        before = self.listener.stats.cycles
        wait_for(lambda: self.listener.stats.cycles >= before + 2, what="two blocks")

    def soon(self, seconds=0.25):
        """A frame ahead, not at a block's edge."""
        return (self.sender.last_frame_time + round(seconds * self.rate) + 101) % 2**32

    def heard(self, sound, frames=None):
        """What the listener hears from the frame on at which the sender plays `sound`."""
        sound = np.asarray(sound, np.float32)
        at = self.soon()
        take = self.listener.rec(frames or len(sound), [self.ear], at=at)
        self.sender.play(sound, [self.out], at=at)
        assert take.wait(30)
        assert take.start_time == at
        return take.result[:, 0]


def connects(client, source, destination):
    try:
        client.connect(source, destination)
    except jack.JackError as error:
        raise AssertionError(str(error)) from None
    return True


def noise(frames, seed=0):
    return np.random.default_rng(seed).uniform(-0.5, 0.5, frames).astype(np.float32)
