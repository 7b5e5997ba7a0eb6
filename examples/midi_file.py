"""Play a MIDI file, each message at its frame.  Needs mido: pip install rtjack[midi]

    python midi_file.py FILE.mid [PORT ...]

It is connected with each PORT, by default with the first MIDI port that plays.
"""

import sys

import mido

import jack

if len(sys.argv) < 2:
    sys.exit(__doc__)
client = jack.Client("midi_file")
out = client.midi_outports.register("out")
with client:
    synths = client.get_ports(is_midi=True, is_input=True, is_physical=True)[:1]
    for port in sys.argv[2:] or synths:
        client.connect(out, port)

    time = client.frame_time + client.samplerate // 2
    for message in mido.MidiFile(sys.argv[1]):  # with the seconds since the one before
        time += message.time * client.samplerate
        if not message.is_meta:
            out.send(message.bytes(), round(time))  # waits when many are ahead
    while out.stats.queued:
        client.wait_closed(0.01)
print(out.stats.sent, "messages sent")
