"""Pass on what comes in, unchanged: the simplest client that does something.

    python thru.py [CHANNELS]

Ctrl-C ends it.
"""

import sys

import jack

channels = int(sys.argv[1]) if len(sys.argv) > 1 else 2
client = jack.Client("thru")
for n in range(1, channels + 1):
    client.inports.register(f"in_{n}")
    client.outports.register(f"out_{n}")
pairs = list(zip(client.inports, client.outports))


@client.set_process_callback
def process(frames):
    for source, sink in pairs:
        sink.get_buffer()[:] = source.get_buffer()


with client:
    print("ready", flush=True)
    try:
        client.wait_closed()
    except KeyboardInterrupt:
        pass
