"""What MIDI does otherwise on JACK2, JACK1 and PipeWire: rows of docs/servers.md, too."""

import itertools

import jack
from support import libraries
from support.midi import line, received, settle, soon
from support.waiting import wait_for

LIBRARY = libraries.loaded()
JACK2, JACK1, PIPEWIRE = (LIBRARY == name for name in ("JACK2", "JACK1", "PipeWire"))
MANY = [bytes([0xB0, n % 128, n // 128]) for n in range(1400)]


def test_room_for_midi(client):
    tested = client("tested")
    port, sizes = tested.midi_outports.register("o"), []

    @tested.set_process_callback
    def process(frames):
        port.clear_buffer()
        sizes.append(port.max_event_size)

    tested.activate()
    wait_for(lambda: sizes)
    assert (sizes[0] < 4096) == JACK1


def test_note_on_without_velocity(client):
    out, into = line(client)
    out.send(b"\x93\x45\x00")
    assert into.receive(10)[1] == (b"\x83\x45\x40" if PIPEWIRE else b"\x93\x45\x00")


def test_many_short_events(client):
    """For one frame, sent by any thread: all come, in order, with every server."""
    out, into = line(client)
    start = soon(out)
    for event in MANY:
        out.send(event, start)
    assert [event for _, event in received(into, len(MANY))] == MANY


def test_many_short_events_of_a_callback(client):
    """PipeWire's libjack takes all of them, and gives none to the server."""
    giving, taking = client("giving"), client("taking")
    out, into = giving.midi_outports.register("o"), taking.midi_inports.register("i")
    blocks, refused = iter([]), []

    @giving.set_process_callback
    def process(frames):
        out.clear_buffer()
        try:
            for event in next(blocks, [b"\xfe"]):
                out.write_midi_event(0, event)
        except jack.JackError as error:
            refused.append(str(error))

    giving.activate()
    taking.activate()
    into.fileno()
    giving.connect(out, into)
    into.receive(10)
    settle(giving)
    blocks = iter([MANY, [b"\xfa"]])
    came = list(itertools.takewhile(lambda data: data != b"\xfa", (data for _, data in into)))
    came = [data for data in came if data != b"\xfe"]
    assert came == MANY[: len(came)]
    assert len(came) == (1400 if JACK2 else 0) or (JACK1 and 100 < len(came) < 300)
    assert len(refused) == JACK1
