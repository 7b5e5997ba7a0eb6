"""Sound files played and recorded, any length, sample by sample."""

import contextlib
import gc
import threading

import numpy as np
import pytest

import jack
from jack import _files
from support import children
from support.graph import freewheeling
from support.waiting import wait_for

soundfile = pytest.importorskip("soundfile", reason="soundfile is not installed")
RATE = 48000


@pytest.fixture
def numbers(tmp_path):
    """A file of ramps: numbers(frames, channels) -> (path, data)."""

    def write(frames, channels=2, rate=RATE):
        data = 1 + np.arange(frames * channels, dtype=np.float32).reshape(frames, channels)
        path = tmp_path / f"numbers-{frames}-{channels}.wav"
        soundfile.write(path, data, rate, subtype="FLOAT")
        return path, data

    return write


@pytest.fixture
def player(client):
    new = client("player")
    new.outports.register("o")  # with a port it has a part in the cycle
    new.activate()
    return new


@pytest.fixture
def recorder(client):
    new = client("recorder")
    new.inports.register("i")
    new.activate()
    return new


def test_play_file(player, recorder, numbers):
    path, data = numbers(60 * RATE)
    recorder.inports.register("i2")
    with freewheeling(player):
        handle = player.play_file(path)
        for port, into in zip(handle.ports, recorder.inports):
            player.connect(port, into)
        got = []
        while len(got) <= 10_000 and not handle.done:
            take = recorder.rec(3 * RATE)
            assert take.wait(30)
            got = take.result[take.result.all(axis=1)]  # faster than the thread: with gaps
    # JACK2 forgets to disconnect ports that go while it freewheels.
    handle.stop()
    assert len(got) > 10_000
    begin = int(got[0, 0] - 1) // 2
    assert np.array_equal(got, data[begin : begin + len(got)])


def test_play_file_to_its_end(player, numbers):
    path, _ = numbers(RATE // 2)
    handle = player.play_file(path, lookahead=4)
    assert [port.shortname for port in handle.ports] == ["play_1", "play_2"]
    assert handle.wait(20)
    assert handle.frames == handle.frames_done == RATE // 2
    assert handle.done and handle.error is None
    assert len(player.outports) == 1


def test_progress_and_stop(player, numbers):
    path, _ = numbers(60 * RATE, 1)
    with player.play_file(path, ["mine"], lookahead=8) as handle:
        assert handle.ports[0].shortname == "mine"
        first = wait_for(lambda: handle.frames_done)
        wait_for(lambda: handle.frames_done > first + 1000)
        assert handle.wait(0.01) is False and not handle.done
    assert handle.done and handle.frames_done < handle.frames == 60 * RATE


def test_loop(player, numbers):
    path, _ = numbers(1000, 1)
    handle = player.play_file(path, loop=True)
    assert handle.frames is None
    wait_for(lambda: handle.frames_done > 5000)
    handle.stop()


def test_two_at_once_get_ports_of_their_own(player, numbers):
    path, _ = numbers(60 * RATE, 1)
    with player.play_file(path) as one, player.play_file(path) as two:
        assert [p.shortname for p in (*one.ports, *two.ports)] == ["play_1", "play_2"]


@contextlib.contextmanager
def slow_disk(handle, monkeypatch):
    """Nothing is written to the handle's file meanwhile."""
    write, goes_on = handle._file.write, threading.Event()

    def write_later(block):
        assert goes_on.wait(60)
        write(block)

    monkeypatch.setattr(handle._file, "write", write_later)
    try:
        yield
    finally:
        goes_on.set()


def wait_for_frames(handle, count):
    """`count` more have come in: of a slow thread's file the most may be silence."""
    before = handle._stream.stats.captured
    wait_for(lambda: handle._stream.stats.captured > before + count, 60)


def test_rec_file(player, recorder, tmp_path, monkeypatch):
    """JACK runs ahead of the thread: what is lost is silence, and the file in time."""
    monkeypatch.setattr(_files, "_BEHIND", 0.0)  # the least that a stream holds
    path = tmp_path / "taken.wav"
    with freewheeling(player):
        handle = recorder.rec_file(path, 2, subtype="FLOAT")
        player.connect("player:o", handle.ports[1])
        ramp = np.arange(1, 2**24, dtype=np.float32)
        sound = player.play(ramp, loop=True)
        wait_for_frames(handle, RATE)
        with slow_disk(handle, monkeypatch):
            lost, gaps = handle._stream.stats.lost, handle.gaps
            wait_for(lambda: handle._stream.stats.lost > lost)
        wait_for(lambda: handle.gaps > gaps)
        wait_for_frames(handle, RATE)
        sound.stop()
    handle.stop()
    got, rate = soundfile.read(path, dtype="float32")
    assert got.shape == (handle.frames_done, 2) and rate == RATE
    assert not got[:, 0].any()
    loud = np.flatnonzero(got[:, 1])
    assert len(loud) > RATE
    first = int(got[loud[0], 1]) - 1
    assert np.array_equal(got[loud, 1], ramp[(first + loud - loud[0]) % len(ramp)])


def test_rec_file_to_its_end(recorder, tmp_path):
    path = tmp_path / "end.wav"
    handle = recorder.rec_file(path, 1, frames=RATE // 2)
    assert handle.wait(20)
    assert handle.frames_done == handle.frames == RATE // 2
    assert soundfile.info(path).frames == RATE // 2
    assert len(recorder.inports) == 1


def test_stop_writes_what_came_in(recorder, tmp_path):
    path = tmp_path / "short.flac"
    with recorder.rec_file(path, ["left"]) as handle:
        wait_for(lambda: handle._filled > 2000)
    assert soundfile.info(path).frames == handle.frames_done > 2000
    assert soundfile.info(path).format == "FLAC"


def test_close_of_the_client_ends_it(client, numbers, tmp_path):
    path, _ = numbers(60 * RATE, 1)
    new = client("ends")
    new.activate()
    playing, recording = new.play_file(path), new.rec_file(tmp_path / "x.wav", 1)
    wait_for(lambda: playing.frames_done and recording._filled)
    new.close()
    for handle in (playing, recording):
        with pytest.raises(jack.JackError):
            handle.wait(10)
        assert handle.done and isinstance(handle.error, jack.JackError)
    assert soundfile.info(tmp_path / "x.wav").frames == recording.frames_done > 0
    del handle, playing, recording
    gc.collect()


def test_before_activation(client, numbers):
    path, _ = numbers(1000, 1)
    new = client("later")
    handle = new.play_file(path, lookahead=4)
    assert handle.wait(0.2) is False
    new.activate()
    assert handle.wait(10) and handle.frames_done == 1000


def test_arguments(player, numbers, tmp_path):
    with pytest.raises(soundfile.LibsndfileError):
        player.play_file(tmp_path / "nothing.wav")
    path, _ = numbers(100, 1, rate=44100)
    with pytest.raises(ValueError, match="44100.*48000"):
        player.play_file(path)
    path, _ = numbers(100, 2)
    with pytest.raises(ValueError, match="2 channels, but 1 ports"):
        player.play_file(path, ["a"])
    with pytest.raises(ValueError, match="frames"):
        player.rec_file(tmp_path / "x.wav", frames=0)
    with pytest.raises(ValueError, match="channels"):
        player.rec_file(tmp_path / "x.wav", 0)
    assert (len(player.outports), len(player.inports)) == (1, 0)


def test_exit_finishes_the_file(server, tmp_path):
    program = """
    import sys, jack
    client = jack.Client("leaves", servername=sys.argv[1])
    client.activate()
    handle = client.rec_file(sys.argv[2], 1)
    while handle._filled < 3000:
        pass
    """
    children.run(program, server.name, str(tmp_path / "left.wav"))
    assert soundfile.info(tmp_path / "left.wav").frames >= 3000


def test_needs_soundfile(server):
    program = """
    import sys
    sys.modules["soundfile"] = None
    import jack
    client = jack.Client("bare", servername=sys.argv[1])
    try:
        client.play_file("x.wav")
    except ImportError as error:
        print(error)
    client.close()
    """
    assert "rtjack[files]" in children.run(program, server.name).stdout
