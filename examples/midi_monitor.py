"""Show what comes in at a MIDI port, with its time in seconds.  Ctrl-C ends it.

    python examples/midi_monitor.py [COUNT]
"""

import itertools
import sys

import jack

client = jack.Client("monitor")
port = client.midi_inports.register("in")
client.activate()
count = int(sys.argv[1]) if len(sys.argv) > 1 else None
for time, event in itertools.islice(port, count):
    print(f"{time / client.samplerate:12.4f}  {event.hex(' ')}", flush=True)
