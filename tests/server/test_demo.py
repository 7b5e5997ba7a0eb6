"""python -m jack demo: on real servers, checked against an echo computed here."""

import os
import re
import shutil
import signal
import subprocess
import sys

import numpy as np
import pytest

from support import servers
from support.waiting import wait_for

soundfile = pytest.importorskip("soundfile")
pytest.importorskip("matplotlib")
pytest.importorskip("tqdm")

COUNTS = re.compile(
    r"frames sent (\d+), came back (\d+), equal to the effect computed offline (\d+) "
    r"\((\S+) %\), \S+ s for \S+ s of sound \(\S+ x real time\)"
)


def command(*arguments):
    return [sys.executable, "-W", "error", "-X", "faulthandler", "-m", "jack", *arguments]


def environment(server=None):
    name = server.name if server else servers.private_name()
    return {**os.environ, "JACK_DEFAULT_SERVER": name}


@pytest.fixture
def run(tmp_path):
    """Run the command in an empty folder, by default without a running server."""

    def run_demo(*arguments, server=None, **variables):
        words = command("demo", *map(str, arguments))
        process = subprocess.Popen(
            words,
            cwd=tmp_path,
            env={**environment(server), **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            output = process.communicate(timeout=60)
        finally:
            end(process)
        return subprocess.CompletedProcess(words, process.returncode, *output)

    return run_demo


def end(process):
    """End one that hangs: by itself, as else its server would freewheel on without it."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        finally:
            process.kill()
            process.communicate()


def recording(path, channels=2, samplerate=48000, frames=20011):
    """Noise that comes and goes; not a whole number of blocks."""
    random = np.random.default_rng(1)
    loudness = np.hanning(frames // 60).repeat(61)[:frames, None]
    sound = random.uniform(-0.9, 0.9, (frames, channels)) * loudness
    soundfile.write(path, sound, samplerate, subtype="PCM_24")
    return path


def echo(path):
    """The effect as the demo describes it, sample by sample in time."""
    sound, samplerate = soundfile.read(path, dtype="float32", always_2d=True)
    delay = round(0.19 * samplerate)
    out = np.zeros_like(sound)
    for n, frame in enumerate(sound):
        one = out[n - delay] if n >= delay else np.float32(0)
        two = out[n - delay - 1] if n >= delay + 1 else np.float32(0)
        out[n] = frame * np.float32(0.5) + (one + two) * np.float32(0.25)
    return out


def counts(done):
    match = COUNTS.search(done.stdout)
    assert match, done
    return [int(match[n]) for n in (1, 2, 3)]


def assert_exact(done, source, out):
    frames = soundfile.info(source).frames
    assert done.returncode == 0, done
    assert counts(done) == [frames] * 3
    assert "(100 %)" in done.stdout
    came_back, samplerate = soundfile.read(out, dtype="float32", always_2d=True)
    assert samplerate == soundfile.info(source).samplerate
    assert np.array_equal(came_back, echo(source))
    assert came_back.any()
    assert_picture(out.with_suffix(".png"))


def assert_picture(path):
    image = pytest.importorskip("matplotlib.image").imread(path)
    height, width = image.shape[:2]
    assert height > 400 and width > 800
    assert len(np.unique(image.reshape(-1, image.shape[2]), axis=0)) > 100


@pytest.mark.parametrize("channels, samplerate", [(1, 22050), (2, 48000), (3, 44100)])
def test_embedded_server(run, tmp_path, channels, samplerate):
    source = recording(tmp_path / "in.wav", channels, samplerate)
    out = tmp_path / "out.wav"
    done = run(source, out)
    assert_exact(done, source, out)
    assert f"embedded server, {samplerate} Hz, blocks of 256" in done.stdout
    assert "freewheeling" in done.stdout
    assert "100%" in done.stderr  # the progress bar


@pytest.mark.parametrize("blocksize", [32, 4096])
def test_block_sizes(run, tmp_path, blocksize):
    source = recording(tmp_path / "in.wav", 1, 8000)  # 4096 frames are longer than the echo
    done = run(source, tmp_path / "out.wav", "--blocksize", blocksize)
    assert_exact(done, source, tmp_path / "out.wav")


def test_default_out(run, tmp_path):
    source = recording(tmp_path / "in.wav")
    assert_exact(run(source), source, tmp_path / "demo-out" / "in-echo.wav")


@pytest.mark.skipif(not shutil.which("espeak-ng"), reason="espeak-ng is not installed")
def test_default_recording(run, tmp_path):
    done = run()
    folder = tmp_path / "demo-out"
    assert_exact(done, folder / "speech.wav", folder / "speech-echo.wav")


def test_no_speaker(run):
    done = run(PATH="/nonexistent")
    assert (done.returncode, done.stdout) == (2, "")
    assert "apt-get install espeak-ng" in done.stderr


def test_realtime(run, tmp_path):
    source = recording(tmp_path / "in.wav")
    done = run(source, tmp_path / "out.wav", "--realtime")
    assert done.returncode == 0, done
    assert "in real time" in done.stdout
    sent, back, equal = counts(done)
    assert sent == 20011
    if "late blocks" not in done.stdout:
        assert sent == back == equal
    assert soundfile.info(tmp_path / "out.wav").frames == 20011
    assert_picture(tmp_path / "out.png")


def test_running_server(run, tmp_path, server):
    source = recording(tmp_path / "in.wav", samplerate=servers.SAMPLERATE)
    done = run(source, tmp_path / "out.wav", server=server)
    assert done.returncode == 0, done
    assert "running server, 48000 Hz, blocks of 256 frames, in real time" in done.stdout
    done = run(source, tmp_path / "out.wav", "--freewheel", server=server)
    assert_exact(done, source, tmp_path / "out.wav")
    assert "running server" in done.stdout


def test_running_server_of_another_rate(run, tmp_path, server):
    source = recording(tmp_path / "in.wav", samplerate=22050)
    done = run(source, tmp_path / "out.wav", server=server)
    assert done.returncode == 2
    assert "22050 Hz, but the running JACK server 48000 Hz" in done.stderr
    assert "--server embedded" in done.stderr
    assert not (tmp_path / "out.wav").exists()


def refusal(done):
    """What it said; it must have ended with status 2 and without a traceback."""
    assert done.returncode == 2, done
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["missing.wav"], "can't read missing.wav: No such file"),
        (["text.wav"], "can't read text.wav as a sound file"),
        (["empty.wav"], "empty.wav has no sound in it"),
        (["infinite.wav"], "not finite"),
        (["."], "can't read .: Is a directory"),
        (["in.wav", "in.wav"], "both IN and OUT"),
        (["in.wav", "out.txt"], "out.txt: OUT must be a file for 32-bit floats"),
        (["in.wav", "no/out.wav"], "there is no folder no"),
        (["in.wav", "--blocksize", "0"], "blocksize must be between"),
        (["in.wav", "--blocksize", "many"], "'many' is not a valid integer"),
        (["in.wav", "--server", "running"], "no JACK server is running"),
        (["in.wav", "--freewheel", "--realtime"], "exclude each other"),
        (["in.wav", "out.wav", "more"], "unexpected extra argument (more)"),
    ],
)
def test_refusals(run, tmp_path, arguments, message):
    recording(tmp_path / "in.wav")
    (tmp_path / "text.wav").write_text("no sound at all")
    soundfile.write(tmp_path / "empty.wav", np.zeros((0, 1)), 48000)
    infinite = np.array([0, np.inf])
    soundfile.write(tmp_path / "infinite.wav", infinite, 48000, subtype="FLOAT")
    assert message in refusal(run(*arguments))
    assert not list(tmp_path.glob("out.*"))


@pytest.mark.parametrize("library", ["numpy", "soundfile", "matplotlib", "tqdm"])
def test_library_missing(run, tmp_path, library):
    (tmp_path / f"{library}.py").write_text("raise ImportError('not here')")
    message = refusal(run(PYTHONPATH=str(tmp_path)))
    assert f"{library} can't be imported" in message
    assert "pip install 'rtjack[demo]'" in message


def test_interrupt(tmp_path):
    recording(tmp_path / "in.wav", 1, 48000, 20000)
    sound, rate = soundfile.read(tmp_path / "in.wav")
    soundfile.write(tmp_path / "long.wav", np.tile(sound, 100), rate)
    log = tmp_path / "stdout"
    with log.open("w") as stdout:
        process = subprocess.Popen(
            command("demo", "long.wav", "out.wav", "--realtime"),
            cwd=tmp_path,
            env=environment(),
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
        )
    try:
        wait_for(lambda: "in real time" in log.read_text(), 30, "the demo plays")
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 130, errors
    assert "-m jack demo: interrupted" in errors
    assert "Traceback" not in errors
    assert not (tmp_path / "out.wav").exists()
