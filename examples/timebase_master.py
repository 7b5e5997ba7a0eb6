"""Tell all clients which bar and beat it is.  Ctrl-C ends it.

    python timebase_master.py [BEATS_PER_MINUTE [BEATS_PER_BAR]]
"""

import sys

import jack

tempo = float(sys.argv[1]) if len(sys.argv) > 1 else 120.0
beats_per_bar = int(sys.argv[2]) if len(sys.argv) > 2 else 4
TICKS = 1920  # in a beat

client = jack.Client("timebase")
client.inports.register("in")  # JACK1 asks those alone that take part in the cycle


@client.set_timebase_callback
def timebase(state, frames, position, new_position):
    beats, fraction = divmod(position.frame / client.samplerate * tempo / 60, 1)
    bar, beat = divmod(int(beats), beats_per_bar)
    position.bar = bar + 1
    position.beat = beat + 1
    position.tick = int(fraction * TICKS)
    position.bar_start_tick = bar * beats_per_bar * TICKS
    position.beats_per_bar = beats_per_bar
    position.beat_type = 4
    position.ticks_per_beat = TICKS
    position.beats_per_minute = tempo
    position.valid |= jack.POSITION_BBT


with client:
    print("ready", flush=True)
    try:
        client.wait_closed()
    except KeyboardInterrupt:
        pass
