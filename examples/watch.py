"""Prints what happens on the JACK server, until Ctrl-C or the server's end.

    python watch.py [seconds]
"""

import sys
import threading

import jack

client = jack.Client("watch")
events = client.events()
client.activate()

if len(sys.argv) > 1:
    timer = threading.Timer(float(sys.argv[1]), client.close)
    timer.start()

try:
    for event in events:
        print(event, flush=True)
except KeyboardInterrupt:
    pass
finally:
    client.close()
if events.lost:
    print(f"{events.lost} events came too fast")
