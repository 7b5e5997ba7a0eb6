"""Play a test tone on the first two physical outputs, in the style of PyJack.

    python examples/testtone.py [SECONDS [FREQUENCY]]
"""

import sys

import numpy as np

import jack

seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 3.0
frequency = float(sys.argv[2]) if len(sys.argv) > 2 else 440.0

jack.attach("testtone")
jack.register_port("in_1", jack.IsInput)
jack.register_port("out_1", jack.IsOutput)
jack.activate()
for speaker in jack.get_ports(flags=jack.IsInput | jack.IsPhysical)[:2]:
    jack.connect(jack.get_client_name() + ":out_1", speaker)

size = jack.get_buffer_size()
rate = jack.get_sample_rate()
frames = max(1, round(seconds * rate / size)) * size
heard = np.zeros((1, size), "f")
tone = 0.25 * np.sin(2 * np.pi * frequency * np.arange(frames) / rate)
tone = tone.reshape(1, frames).astype("f")

print(f"Playing {frequency:g} Hz for {seconds:g} s ...")
i = 0
while i < frames:
    try:
        jack.process(tone[:, i : i + size], heard)
        i += size
    except (jack.InputSyncError, jack.OutputSyncError) as error:
        print(error)  # it was not taken: give it once more

silence = np.zeros((1, size), "f")
for _ in range(rate // 10 // size + 1):  # until the end of the tone has been heard
    jack.process(silence, heard)
jack.detach()
print(f"{frames} frames played")
