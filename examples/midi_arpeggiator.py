"""Play the notes of a chord one after the other: each note that comes in goes out four
times, an octave higher each time, a sixteenth apart at 120 beats a minute.

    python examples/midi_arpeggiator.py [COUNT]
"""

import itertools
import sys
from time import sleep

import jack

client = jack.Client("arpeggiator")
source, sink = client.midi_inports.register("in"), client.midi_outports.register("out")
client.activate()
step = client.samplerate // 8  # frames
count = int(sys.argv[1]) if len(sys.argv) > 1 else None  # events that come in
for time, event in itertools.islice(source, count):
    if event[0] & 0xE0 == 0x80:  # a note begins or ends
        for n in range(4):
            note = min(event[1] + 12 * n, 127)
            sink.send([event[0], note, event[2]], time + (n + 1) * step)
while sink.stats.queued:  # let out what is still to come
    sleep(0.01)
