"""A client that needs time before the transport may roll, as a disk player does.

    python slow_sync.py [SECONDS]

JACK waits for it, 2 seconds at the most: set_sync_timeout() sets that.  Ctrl-C ends it.
"""

import sys

import jack

seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 0.5
client = jack.Client("slow_sync")
client.inports.register("in")  # JACK1 asks those alone that take part in the cycle
asked_at = {}  # place of the transport: when it was first asked for


@client.set_sync_callback
def sync(state, position):
    """Whether all is ready to go on from that position."""
    now = client.last_frame_time
    if state == jack.STOPPED:  # a new place
        asked_at.clear()
    waited = (now - asked_at.setdefault(position.frame, now)) % 2**32
    return waited >= seconds * client.samplerate


with client:
    print("ready", flush=True)
    try:
        client.wait_closed()
    except KeyboardInterrupt:
        pass
