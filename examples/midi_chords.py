"""Make a major chord of each note that comes in.  Ctrl-C ends it.

    python midi_chords.py
"""

import jack

INTERVALS = 0, 4, 7  # semitones

client = jack.Client("chords")
source = client.midi_inports.register("in")
sink = client.midi_outports.register("out")


@client.set_process_callback
def process(frames):
    sink.clear_buffer()
    for offset, event in source.incoming_midi_events():
        status, *data = bytes(event)
        if status & 0xE0 != 0x80:  # neither a note's end nor its begin
            sink.write_midi_event(offset, event)
            continue
        note, velocity = data
        for interval in INTERVALS:
            if note + interval < 128:
                sink.write_midi_event(offset, (status, note + interval, velocity))


with client:
    print("ready", flush=True)
    try:
        client.wait_closed()
    except KeyboardInterrupt:
        pass
