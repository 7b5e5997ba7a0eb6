"""Play a sound file of any length.  Needs soundfile: pip install rtjack[files]

    python play_file.py FILE [PORT ...]

Its channels go to these ports, by default to the loudspeakers, in their order.
Ctrl-C ends it.
"""

import sys

import jack

if len(sys.argv) < 2:
    sys.exit(__doc__)
client = jack.Client("play_file")
player = client.play_file(sys.argv[1])  # begins when the client is active
with client:
    speakers = client.get_ports(is_audio=True, is_input=True, is_physical=True)
    for port, speaker in zip(player.ports, sys.argv[2:] or speakers):
        client.connect(port, speaker)
    try:
        while not player.wait(0.1):
            done = player.frames_done / player.frames
            print(f"\r{done:4.0%}", end="", flush=True, file=sys.stderr)
    except KeyboardInterrupt:
        player.stop()
print(player.frames_done, "frames played,", player.gaps, "missed")
