"""pyjack tone, play, record and meter: what is heard is what was sent."""

import numpy as np
import pytest

import jack
from support import graph
from support.servers import SAMPLERATE
from support.waiting import wait_for

soundfile = pytest.importorskip("soundfile")


@pytest.fixture
def ear(jackd):
    """A client with two inputs and a level 0.5 at its output."""
    with jack.Client("ear", servername=jackd.name) as client:
        client.inports.register("in_1")
        client.inports.register("in_2")
        out = client.outports.register("steady")
        client.play(np.full((1000, 1), 0.5, np.float32), out, loop=True)
        yield client


def whole(heard, sent):
    """Where in `heard` all of `sent` begins."""
    first = np.flatnonzero(heard[:, 0])
    assert len(first) and np.array_equal(heard[first[0] :][: len(sent)], sent)


def test_tone(pyjack, ear):
    heard = ear.rec(SAMPLERATE // 2)
    [line] = pyjack("tone", "ear:in_1", "-f", "1000", "--level", "-6", "--seconds", "0.3").lines
    assert line == "jack-tone:tone: 1000 Hz at -6 dB, to ear:in_1"
    heard.stop()
    sound = heard.result[: heard.frames_done]
    assert not sound[:, 1].any()
    tone = sound[np.flatnonzero(sound[:, 0]), 0]
    assert len(tone) > SAMPLERATE // 10
    assert tone.max() == pytest.approx(10 ** (-6 / 20), rel=1e-3)
    # Its period is 48 frames.
    middle = tone[len(tone) // 4 :][:480]
    spectrum = np.abs(np.fft.rfft(middle))
    assert spectrum.argmax() == 10


def test_play(pyjack, ear, tmp_path):
    sent = np.random.default_rng(1).uniform(0.1, 0.9, (5000, 2)).astype(np.float32)
    path = tmp_path / "sound.wav"
    soundfile.write(path, sent, SAMPLERATE, subtype="FLOAT")

    def exchange():
        heard = ear.rec(2 * SAMPLERATE)
        [line] = pyjack("play", path, "ear").lines
        assert line == f"{path}: 0.10 s, 2 channels, to ear:in_1, ear:in_2"
        heard.stop()
        whole(heard.result, sent)

    graph.until_whole(exchange, lambda: graph.lost(ear))


def test_play_one_channel_to_all(pyjack, ear, tmp_path):
    sent = np.random.default_rng(1).uniform(0.1, 0.9, (2000, 1)).astype(np.float32)
    path = tmp_path / "sound.wav"
    soundfile.write(path, sent, SAMPLERATE, subtype="FLOAT")

    def exchange():
        heard = ear.rec(2 * SAMPLERATE)
        assert len(pyjack("play", path, "ear:in_1", "ear:in_2").lines) == 1
        heard.stop()
        whole(heard.result, np.hstack([sent, sent]))

    graph.until_whole(exchange, lambda: graph.lost(ear))


def test_play_at_another_rate(pyjack, tmp_path):
    path = tmp_path / "sound.wav"
    soundfile.write(path, np.zeros((100, 1)), 8000)
    done = pyjack("play", path)
    assert done.status == 2 and "8000 frames a second" in done.complaint


def test_record(pyjack, ear, tmp_path):
    path = tmp_path / "new.wav"
    lines = pyjack("record", path, "ear", "--seconds", "0.2", "--subtype", "FLOAT").lines
    assert lines == [f"{path}: {SAMPLERATE // 5} frames, 1 channel, from ear:steady"]
    sound, rate = soundfile.read(path, dtype="float32")
    assert rate == SAMPLERATE and len(sound) == SAMPLERATE // 5
    begin = np.flatnonzero(sound)[0]
    assert begin < len(sound) // 2 and set(sound[begin:]) == {np.float32(0.5)}
    again = pyjack("record", path, "ear")
    assert again.status == 2 and "add --force" in again.complaint
    lines = pyjack("record", path, "--force", "--channels", "1", "--seconds", "0.01").lines
    assert lines == [f"{path}: {SAMPLERATE // 100} frames, 1 channel, from system:capture_1"]


def test_meter(pyjack, ear):
    ear.connect("ear:steady", "ear:in_1")
    wait_for(lambda: ear.inports["in_1"].connections)
    arguments = ("meter", "ear", "--interval", "0.1", "--seconds", "0.25")
    reports = pyjack(*arguments, "--json").jsons
    assert len(reports) >= 2
    last = {port["name"]: port for port in reports[-1]["ports"]}
    assert set(last) == {"ear:in_1", "ear:in_2", "ear:steady"}
    assert last["ear:in_2"] == {"name": "ear:in_2", "peak_db": None, "rms_db": None}
    for name in ("ear:in_1", "ear:steady"):
        assert last[name]["peak_db"] == last[name]["rms_db"] == pytest.approx(-6.02, abs=0.01)
    lines = pyjack("meter", "ear:steady", "--interval", "0.1", "--seconds", "0.15").lines
    assert lines[-1].split()[1:] == ["-6.0", "-6.0", "ear:steady"]


def test_meter_on_a_terminal(pyjack, ear, monkeypatch):
    """Bars, as rich draws them."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")  # rich believes in FORCE_COLOR, but not on a dumb one
    done = pyjack("meter", "ear:steady", "--seconds", "0.2")
    assert (done.status, done.error) == (0, "")
    assert "ear:steady" in done.out and "-60 dB to 0 dB" in done.out and "-6.0" in done.out
    assert "\u2501" in done.out and "\x1b[" in done.out
