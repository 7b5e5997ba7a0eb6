"""A synthesizer: a sine for each note that is held, with NumPy.  Ctrl-C ends it.

    python midi_sine_numpy.py

Notes begin and end softly, within 5 ms.
"""

import numpy as np

import jack

client = jack.Client("sine")
keys = client.midi_inports.register("in")
out = client.outports.register("out")
ramp = round(0.005 * client.samplerate)  # frames from silence to full and back


class Voice:
    def __init__(self, note, velocity):
        self.step = 2 * np.pi * 440 * 2 ** ((note - 69) / 12) / client.samplerate
        self.amplitude = velocity / 127 / 8
        self.age = 0  # frames
        self.left = None  # frames to go, once the key is up

    def render(self, sound):
        n = self.age + np.arange(len(sound))
        level = np.minimum(n / ramp, 1)
        if self.left is not None:
            level *= np.clip((self.left - np.arange(len(sound))) / ramp, 0, 1)
            self.left -= len(sound)
        sound += self.amplitude * level * np.sin(self.step * n)
        self.age += len(sound)


voices = []
held = {}  # note: its voice


def play(status, note=0, velocity=0):
    if status & 0xE0 == 0x80 and note in held:
        held.pop(note).left = ramp
    if status & 0xF0 == 0x90 and velocity:
        held[note] = Voice(note, velocity)
        voices.append(held[note])


@client.set_process_callback
def process(frames):
    sound = np.zeros(frames)
    done = 0
    for offset, event in keys.incoming_midi_events():
        for voice in voices:
            voice.render(sound[done:offset])
        done = offset
        play(*bytes(event)[:3])
    for voice in voices:
        voice.render(sound[done:])
    voices[:] = [voice for voice in voices if voice.left is None or voice.left > 0]
    out.get_array()[:] = sound


with client:
    print("ready", flush=True)
    try:
        client.wait_closed()
    except KeyboardInterrupt:
        pass
