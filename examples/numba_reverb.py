"""A reverb in machine code, compiled from Python by Numba: it never waits for Python.

    python numba_reverb.py [SECONDS [WET]]

SECONDS is how long it sounds, WET from 0 to 1 how much of it is heard.  Ctrl-C ends it.
Four combs side by side and two all-passes behind them, as Schroeder had them in 1962.
"""

import sys

import numpy as np
from numba import carray, cfunc, types

import jack

COMBS = 1687, 1601, 2053, 2251  # frames of delay
ALLPASSES = 347, 113
LINE = 4096  # frames that each delay line holds
ROWS = len(COMBS) + len(ALLPASSES)

seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 1.5
client = jack.Client("reverb")
client.inports.register("in")
client.outports.register("out")

# All that the function knows: the delay lines, and behind them the settings.
memory = np.zeros((ROWS + 1, LINE), np.float32)
settings = memory[ROWS]
settings[0] = 0  # the place in the lines
settings[1] = float(sys.argv[2]) if len(sys.argv) > 2 else 0.3
settings[2:6] = [0.001 ** (delay / seconds / client.samplerate) for delay in COMBS]

buffers = types.CPointer(types.CPointer(types.float32))


@cfunc(types.int32(buffers, buffers, types.uint32, types.CPointer(types.float32)))
def reverb(inputs, outputs, frames, argument):
    dry, sink = carray(inputs[0], frames), carray(outputs[0], frames)
    lines = carray(argument, (ROWS + 1, LINE))
    place = np.int64(lines[ROWS, 0])
    wet = lines[ROWS, 1]
    for n in range(frames):
        sound = np.float32(0)
        for k in range(len(COMBS)):
            old = lines[k, (place - COMBS[k]) % LINE]
            lines[k, place] = dry[n] + lines[ROWS, 2 + k] * old
            sound += np.float32(0.25) * old
        for k in range(len(ALLPASSES)):
            row = len(COMBS) + k
            old = lines[row, (place - ALLPASSES[k]) % LINE]
            new = sound + np.float32(0.7) * old
            lines[row, place] = new
            sound = old - np.float32(0.7) * new
        sink[n] = (1 - wet) * dry[n] + wet * sound
        place = (place + 1) % LINE
    lines[ROWS, 0] = place
    return 0


client.set_native_callback(reverb, memory, signature="dsp")
with client:
    print("ready", flush=True)
    try:
        client.wait_closed()
    except KeyboardInterrupt:
        pass
