"""A looper: each Enter records the next round and plays it ever after.

    python looper.py [SECONDS_A_ROUND]

"u" and Enter takes the last layer away; Ctrl-D ends it.  Recording and playing are done
in the audio thread, at their frames: whatever Python does, the layers stay together.
"""

import sys

import numpy as np

import jack

seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 4.0
client = jack.Client("looper")
ear = client.inports.register("in")
mouth = client.outports.register("out")
length = round(seconds * client.samplerate)
layers = []


def since(time):
    """Frames from then to now; JACK's frame times wrap."""
    return (client.frame_time - time) % 2**32


def next_round():
    """The frame at which the round begins that is not begun yet."""
    past = since(first)
    return (first + past - past % length + length) % 2**32


with client:
    print("Enter: record a round   u: undo   Ctrl-D: end", flush=True)
    first = client.frame_time
    for line in sys.stdin:
        if line.strip() == "u":
            if layers:
                layers.pop().close()
        else:
            take = client.rec(length, [ear], at=next_round())
            take.wait()
            # Its first rounds are past already: begin a little ahead of now, in step.
            ahead = since(take.start_time) + client.samplerate // 10
            layers.append(
                client.play(
                    np.roll(take.result, -(ahead % length), axis=0),
                    [mouth],
                    at=(take.start_time + ahead) % 2**32,
                    loop=True,
                )
            )
        print(len(layers), "layers", flush=True)
