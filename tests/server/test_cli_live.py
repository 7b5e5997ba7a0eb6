"""pyjack watch, transport and midi."""

import itertools
import select
import threading

import pytest

import jack
from jack._cli import watch as watch_command
from support import commands, servers
from support.waiting import wait_for


def again_and_again(action, over):
    """In a thread: act until it is over."""

    def run():
        while not over.is_set():
            action()

    return run


@pytest.fixture
def watch(pyjack, meanwhile):
    """Watch with these arguments, while an action is done again and again."""

    def run(action, *arguments):
        over = threading.Event()
        thread = meanwhile(again_and_again(action, over))
        try:
            return pyjack("watch", *arguments, "--seconds", "20")
        finally:
            over.set()
            thread.join(30)

    return run


def test_watch(jackd, watch, studio):
    """Each kind of event, as JSON and in words."""
    uuids = []

    def change():
        with jack.Client("c", servername=jackd.name) as c:
            port = c.outports.register("new")
            port.shortname = "newer"
            c.connect("c:newer", "b:i1")
            c.disconnect("c:newer", "b:i1")
            c.set_property(studio, jack.METADATA_PRETTY_NAME, "x")
            c.remove_property(studio, jack.METADATA_PRETTY_NAME)
            uuids.append(studio.uuid)

    events = watch(change, "--json", "--count", "60").jsons
    assert len(events) == 60
    seconds = [event.pop("seconds") for event in events]
    assert seconds == sorted(seconds) and seconds[0] > 0
    ends = {"source": "c:newer", "destination": "b:i1"}
    subject = {"uuid": uuids[0], "key": jack.METADATA_PRETTY_NAME}
    for expected in (
        {"event": "client", "client": "c", "there": True},
        {"event": "client", "client": "c", "there": False},
        {"event": "renamed", "old": "c:new", "new": "c:newer"},
        {"event": "connection", **ends, "there": True},
        {"event": "connection", **ends, "there": False},
        {"event": "property", **subject, "change": "created"},
        {"event": "property", **subject, "change": "deleted"},
    ):
        assert expected in events
    assert {"event": "order"} not in events
    lines = watch(change, "--only", "connections", "--only", "clients", "--count", "12").lines
    words = {line[12:] for line in lines}
    assert words == {"c:newer -> b:i1", "c:newer -/- b:i1", "+ client c", "- client c"}


def test_watch_for_some_time(pyjack):
    assert pyjack("watch", "--only", "xruns", "--seconds", "0.1").status == 0


def test_watch_until_the_server_ends(start_jackd):
    server = start_jackd()
    started = commands.start(server.name, "watch")

    def it_watches():
        jack.Client("passing", servername=server.name).close()
        return select.select([started.stdout], [], [], 0)[0]

    wait_for(it_watches)
    server.end()
    out, error = started.communicate(timeout=30)
    assert started.returncode == 1 and error.startswith(f"{commands.CALLED} watch: the server is gone")
    assert "Traceback" not in error


def test_words_of_rare_events():
    say = watch_command.in_words
    assert say({"event": "xrun", "delayed_usecs": 12.3}) == "! xrun, 12 us late"
    assert say({"event": "freewheel", "there": True}) == "  freewheeling begins"
    assert say({"event": "blocksize", "frames": 64}) == "  blocks of 64 frames"
    assert say({"event": "samplerate", "hertz": 8000}) == "  8000 Hz"
    assert say({"event": "order"}) == "  another order of clients"


def test_transport(pyjack, studio):
    studio.transport_stop()
    studio.transport_frame = 0
    wait_for(lambda: pyjack("transport").lines == ["stopped at frame 0 (0:00.000)"])
    try:
        [line] = pyjack("transport", "start").lines
        assert line.startswith("rolling at frame ")
        assert studio.transport_state == jack.ROLLING
        assert pyjack("transport", "stop", "--json").json["state"] == "stopped"
        assert studio.transport_state == jack.STOPPED
        for where, frame in {
            "1000": 1000, "1.5s": 72000, "2:30": 7200000, "1:00:00.5": 172824000
        }.items():
            about = pyjack("transport", "locate", where, "--json").json
            assert (about["frame"], about["frame_rate"]) == (frame, servers.SAMPLERATE)
            assert about["seconds"] == frame / servers.SAMPLERATE
            assert studio.transport_frame == frame
        studio.set_timebase_callback(fill)
        wait_for(lambda: "bar" in studio.transport_query()[1])
        assert pyjack("transport", "rewind", "--json").json["frame"] == 0
        words = "stopped at frame 0 (0:00.000), bar 3, beat 2, tick 1, 120 beats a minute"
        wait_for(lambda: pyjack("transport").lines == [words])
        studio.release_timebase()
    finally:
        studio.transport_stop()
        studio.transport_frame = 0


def fill(state, blocksize, position, is_new):
    position.bar, position.beat, position.tick = 3, 2, 1
    position.beats_per_minute = 120
    position.valid |= jack.POSITION_BBT


@pytest.fixture
def notes(studio):
    """A MIDI output and an input of the client a."""
    return studio.midi_outports.register("notes"), studio.midi_inports.register("ear")


def test_midi_send(pyjack, studio, notes):
    ear = notes[1]
    ear.fileno()
    messages = ["90 45 40", "note_on channel=2 note=60 velocity=1", "f8"]

    def in_time():
        """The machine may be busy, which the command tells."""
        done = pyjack("midi", "send", *messages, "--to", "a", "--gap", "0.01")
        received = [ear.receive(10) for _ in range(3)]
        assert done.out == "3 messages sent\n" or "messages were late" in done.complaint
        return received if done.status == 0 else None

    received = wait_for(in_time, 30)
    assert [message for _, message in received] == [b"\x90\x45\x40", b"\x92\x3c\x01", b"\xf8"]
    gaps = [b[0] - a[0] for a, b in itertools.pairwise(received)]
    assert gaps == [480, 480]
    for wrong in ("90", "note_on nonsense=1", "90 45 40 41"):
        done = pyjack("midi", "send", wrong, "--to", "a")
        assert done.status == 2 and done.complaint


def test_midi_monitor(pyjack, studio, notes, meanwhile):
    out = notes[0]

    def send():
        wait_for(lambda: out.connections, what="the monitor is connected")
        at = studio.frame_time + 4800
        out.send(b"\x90\x45\x40", at)
        out.send(b"\xf0\x01\xf7", at + 480)

    meanwhile(send)
    first, second = pyjack("midi", "monitor", "a", "--count", "2", "--json").jsons
    assert (first["bytes"], second["bytes"]) == ([0x90, 0x45, 0x40], [0xF0, 0x01, 0xF7])
    assert second["frame"] - first["frame"] == 480 and first["frame"] > 0
    assert first["words"] == "note_on channel=0 note=69 velocity=64"
    meanwhile(send)
    lines = pyjack("midi", "monitor", "a:notes", "--count", "1").lines
    assert lines[0].split()[1:] == (
        ["90", "45", "40", "note_on", "channel=0", "note=69", "velocity=64"]
    )
    assert pyjack("midi", "monitor", "--seconds", "0.05").lines == []
