"""The programs in examples/ that take MIDI and give MIDI or sound."""

import numpy as np
import pytest

from support.bench import Bench
from support.examples import run, running
from support.waiting import wait_for

PATIENT = "jack.Server -S"


@pytest.fixture
def bench(client):
    bench = Bench(client)
    yield bench
    vars(bench).clear()  # pytest keeps it for a while


def test_chords(bench, server, tmp_path):
    """Three notes for one, at its frame; what is no note, and what lies too high."""
    with running("midi_chords.py", server=server, cwd=tmp_path):
        bench.connect((bench.midi_out, "chords:in"), ("chords:out", bench.midi_ear))
        at = bench.soon()
        events = [b"\x90\x3c\x40", b"\x80\x3c\x00", b"\xb0\x07\x7f", b"\x91\x7c\x01"]
        for n, event in enumerate(events):
            bench.midi_out.send(event, at + n)
        heard = [bench.midi_ear.receive(20) for _ in range(8)]
    notes = [
        *((0, bytes([0x90, note, 0x40])) for note in (60, 64, 67)),
        *((1, bytes([0x80, note, 0x00])) for note in (60, 64, 67)),
        (2, events[2]),
        (3, events[3]),
    ]
    assert [((time - at) % 2**32, event) for time, event in heard] == notes


def test_midi_file(bench, server, tmp_path):
    """Every message at its frame, and no meta message."""
    mido = pytest.importorskip("mido")
    track = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=500_000)])
    for n in range(5):
        track.append(mido.Message("note_on", note=60 + n, velocity=64, time=48 * (n > 0)))
    file = mido.MidiFile(ticks_per_beat=480, tracks=[track])
    file.save(tmp_path / "song.mid")
    name = bench.midi_ear.name
    said = run("midi_file.py", "song.mid", name, server=server, cwd=tmp_path)
    assert said == "5 messages sent\n"
    wait_for(lambda: bench.midi_ear.stats.received == 5)
    times, events = zip(*bench.midi_ear.iter_pending())
    assert [*events] == [bytes([0x90, 60 + n, 64]) for n in range(5)]
    assert [(time - times[0]) % 2**32 for time in times] == [2400 * n for n in range(5)]


@pytest.mark.parametrize(
    ("name", "ramp"), [("midi_sine.py", 0), ("midi_sine_numpy.py", 240)]
)
def test_sine(bench, server, tmp_path, name, ramp):
    """Two notes, from their frames to their ends, as computed."""
    with running(name, server=server, cwd=tmp_path):
        bench.connect((bench.midi_out, "sine:in"), ("sine:out", bench.ear))
        at = bench.soon()
        take = bench.listener.rec(3000, [bench.ear], at=at)
        bench.midi_out.send((0x90, 69, 127), at + 10)
        bench.midi_out.send((0x90, 76, 64), at + 700)
        bench.midi_out.send((0x80, 69, 0), at + 1000)
        bench.midi_out.send((0x90, 76, 0), at + 2000)  # an end in other words
        assert take.wait(30)
        assert take.start_time == at
    expected = sine(69, 127, 10, 1000, ramp) + sine(76, 64, 700, 2000, ramp)
    assert np.allclose(take.result[:, 0], expected, atol=1e-4)


def sine(note, velocity, begin, end, ramp):
    n = np.arange(3000) - begin
    level = np.ones(3000)
    level[n < 0] = 0
    if ramp:
        level = np.clip(n / ramp, 0, 1) * np.clip((end + ramp - n - begin) / ramp, 0, 1)
    else:
        level[end:] = 0
    pitch = 440 * 2 ** ((note - 69) / 12) / 48000
    return velocity / 127 / 8 * level * np.sin(2 * np.pi * pitch * n)


def test_arpeggiator_asyncio(bench, server, tmp_path):
    """Three keys in turn, a sixteenth apart to the frame, until they go up."""
    with running("arpeggiator_asyncio.py", 600, 500, server=server, cwd=tmp_path):
        bench.connect((bench.midi_out, "arpeggiator:in"), ("arpeggiator:out", bench.midi_ear))
        at = bench.soon()
        for note in (60, 64, 67):
            bench.midi_out.send((0x90, note, 64), at)
        heard = [bench.midi_ear.receive(20) for _ in range(14)]
        for note in (60, 64, 67):
            bench.midi_out.send((0x80, note, 0))
    times, events = zip(*heard)
    sent = bench.midi_ear.stats
    assert sent.lost == sent.overflow == 0
    begins = [(time, event[1]) for time, event in heard if event[0] == 0x90]
    ends = [(time, event[1]) for time, event in heard if event[0] == 0x80]
    notes = [note for _, note in begins]
    assert notes[1:] == [{60: 64, 64: 67, 67: 60}[note] for note in notes[:-1]]
    steps = [(b - a) % 2**32 for (a, _), (b, _) in zip(begins, begins[1:])]
    assert steps == [1200] * 6
    assert [((b - a) % 2**32, m == n) for (a, m), (b, n) in zip(begins, ends)] == [(600, True)] * 7
