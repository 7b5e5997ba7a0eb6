"""Send MIDI clock: start, 24 ticks a beat, stop.

    python examples/midi_clock.py [BEATS [BEATS_PER_MINUTE]]
"""

import sys
from time import sleep

import jack

beats = int(sys.argv[1]) if len(sys.argv) > 1 else 16
tempo = float(sys.argv[2]) if len(sys.argv) > 2 else 120.0
client = jack.Client("clock")
port = client.midi_outports.register("out")
client.activate()
start = client.frame_time + client.samplerate  # in a second, time to connect it
tick = client.samplerate * 60 / tempo / 24  # frames
port.send(b"\xfa", start)
for n in range(24 * beats):
    port.send(b"\xf8", start + round(n * tick))  # waits when many are ahead
port.send(b"\xfc", start + round(24 * beats * tick))
while port.stats.queued:
    sleep(0.01)
