"""A synthesizer: a sine for each note that is held, without NumPy.  Ctrl-C ends it.

    python midi_sine.py

Python makes sample by sample here.  That takes its time: see midi_sine_numpy.py.
"""

import math

import jack

client = jack.Client("sine")
keys = client.midi_inports.register("in")
out = client.outports.register("out")
voices = {}  # note: [frames since its begin, amplitude]


def render(sound, begin, end):
    """Add the voices to `sound`, from frame `begin` to `end`."""
    for note, voice in voices.items():
        age, amplitude = voice
        step = 2 * math.pi * 440 * 2 ** ((note - 69) / 12) / client.samplerate
        for n in range(end - begin):
            sound[begin + n] += amplitude * math.sin(step * (age + n))
        voice[0] += end - begin


@client.set_process_callback
def process(frames):
    sound = memoryview(out.get_buffer()).cast("f")
    sound[:] = memoryview(bytes(4 * frames)).cast("f")
    done = 0
    for offset, event in keys.incoming_midi_events():
        status, note, velocity = (bytes(event) + b"\0\0")[:3]
        render(sound, done, offset)
        done = offset
        if status & 0xF0 == 0x90 and velocity:
            voices[note] = [0, velocity / 127 / 8]
        elif status & 0xE0 == 0x80:
            voices.pop(note, None)
    render(sound, done, frames)


with client:
    print("ready", flush=True)
    try:
        client.wait_closed()
    except KeyboardInterrupt:
        pass
