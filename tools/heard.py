"""Does the installed package work?  Plays through a server of its own, and hears it all.

Run it from outside of the tree: tools/package.sh does, and so does the workflow.
"""

import importlib.metadata
import sys

import numpy

import jack

assert jack.__file__.startswith(sys.prefix), f"{jack.__file__} is not the installed one"
assert importlib.metadata.version("rtjack") == jack.__version__
sound = numpy.linspace(-1, 1, 2000, dtype="float32")
with jack.Server(sync=True) as server:
    player, recorder = (jack.Client(n, servername=server.name) for n in ("player", "recorder"))
    out, into = player.outports.register("out"), recorder.inports.register("in")
    with player, recorder:
        player.connect(out, into)
        at = player.frame_time + 9600
        take = recorder.rec(2000, at=at)
        player.play(sound, at=at)
        assert take.wait(20)
        assert numpy.array_equal(take.result[:, 0], sound)
print("installed and heard: rtjack", jack.__version__, "on Python", sys.version.split()[0])
