"""Record from the first physical input, in the style of PyJack.

    python examples/capture.py [SECONDS [FILE.wav]]

Prints how loud it was; writes the sound to FILE.wav when it is given.
"""

import sys
import wave

import numpy as np

import jack

seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 3.0
file = sys.argv[2] if len(sys.argv) > 2 else None

jack.attach("capture")
jack.register_port("in_1", jack.IsInput)
jack.activate()
source = jack.get_ports(flags=jack.IsOutput | jack.IsPhysical)[0]
jack.connect(source, jack.get_client_name() + ":in_1")

size = jack.get_buffer_size()
rate = jack.get_sample_rate()
blocks = max(1, round(seconds * rate / size))
capture = np.zeros((1, blocks * size), "f")
nothing = np.zeros((0, size), "f")  # there are no output ports

print(f"Recording {seconds:g} s from {source} ...")
i = 0
while i < capture.shape[1]:
    try:
        jack.process(nothing, capture[:, i : i + size])
        i += size
    except jack.InputSyncError as error:
        print(error)  # that block is old: record over it
jack.detach()

print(f"{capture.shape[1]} frames, peak {abs(capture).max():.4f}")
if file is not None:
    with wave.open(file, "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(rate)
        wav.writeframes((capture[0].clip(-1, 1) * 32767).astype("<i2").tobytes())
    print("written to", file)
