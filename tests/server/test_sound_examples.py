"""The programs in examples/ that make, change or measure sound."""

import re
import wave

import numpy as np
import pytest

from support import packages
from support.bench import Bench, noise
from support.examples import finish, run, running, start

PATIENT = "jack.Server -S"


@pytest.fixture
def bench(client):
    bench = Bench(client)
    yield bench
    vars(bench).clear()  # pytest keeps it for a while


@pytest.fixture
def example(server, tmp_path):
    """Start one of them: with example("thru.py", 2)."""
    return lambda name, *arguments: running(name, *arguments, server=server, cwd=tmp_path)


def test_thru(bench, example):
    with example("thru.py", 2):
        bench.connect((bench.out, "thru:in_2"), ("thru:out_2", bench.ear))
        sound = noise(3000)
        assert np.array_equal(bench.heard(sound), sound)


def test_play_file(bench, server, tmp_path):
    """Both channels, from the first frame to the last, to the ports that were named."""
    packages.needed("soundfile")
    sound = np.zeros((20_000, 2), np.int16)
    sound[15_000:] = (noise(10_000).reshape(-1, 2) * 2**15).astype(np.int16)
    with wave.open(str(tmp_path / "sound.wav"), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(bench.rate)
        file.writeframes(sound.astype("<i2").tobytes())
    second = bench.listener.inports.register("in_2")
    take = bench.listener.rec(3 * bench.rate, [bench.ear, second])
    names = bench.ear.name, second.name
    process = start("play_file.py", "sound.wav", *names, server=server, cwd=tmp_path)
    said, complaint = process.communicate(timeout=60)
    assert (process.returncode, said) == (0, "20000 frames played, 0 missed\n")
    assert "%" in complaint  # how far it was
    take.stop()
    heard = take.result
    first = np.flatnonzero(heard.any(axis=1))[0]
    assert np.array_equal(heard[first : first + 5000] * 2**15, sound[15_000:])
    assert not heard[first + 5000 :].any()


def test_looper(bench, server, tmp_path):
    """Each layer is heard at its place in each later round; the second on top of the first."""
    process = start("looper.py", 0.1, server=server, cwd=tmp_path)
    try:
        assert process.stdout.readline().startswith("Enter: record")
        bench.connect((bench.out, "looper:in"), ("looper:out", bench.ear))
        length = bench.rate // 10
        sounds = noise(length, 1), noise(length, 2)
        layers = []
        for n, sound in enumerate(sounds, 1):
            player = bench.sender.play(sound, [bench.out], loop=True)
            process.stdin.write("\n")
            process.stdin.flush()
            assert process.stdout.readline() == f"{n} layers\n"
            player.close()
            layers.append(sound)
        take = bench.listener.rec(3 * length, [bench.ear], at=bench.soon())
        assert take.wait(30)
        heard = take.result[:, 0]
        expected = in_step(heard, sounds[0]) + in_step(heard, sounds[1])
        assert np.allclose(heard, np.tile(expected, 3), atol=1e-6)
        process.stdin.write("u\n")
        process.stdin.flush()
        assert process.stdout.readline() == "1 layers\n"
        take = bench.listener.rec(length, [bench.ear], at=bench.soon())
        assert take.wait(30)
        alone = take.result[:, 0]
        assert np.allclose(alone, in_step(alone, sounds[0]), atol=1e-6)
        process.stdin.close()
        process.stdin = None
        assert finish(process) == ""
    finally:
        process.kill()
        process.wait()


def in_step(heard, sound):
    """`sound`, turned so that it fits best to what was heard."""
    size = len(sound)
    spectrum = np.fft.rfft(heard[:size]) * np.fft.rfft(sound).conj()
    return np.roll(sound, np.argmax(np.fft.irfft(spectrum, size)))


def test_numba_reverb(bench, example):
    """An impulse gives what the same combs and all-passes give in NumPy."""
    packages.needed("numba")
    with example("numba_reverb.py", 0.8, 0.5):
        bench.connect((bench.out, "reverb:in"), ("reverb:out", bench.ear))
        impulse = np.zeros(12_000, np.float32)
        impulse[0] = 1
        heard = bench.heard(impulse)
    feedback = [0.001 ** (delay / 0.8 / bench.rate) for delay in (1687, 1601, 2053, 2251)]
    wet = np.zeros(12_000)
    for delay, factor in zip((1687, 1601, 2053, 2251), feedback):
        echoes = np.arange(delay, 12_000, delay)
        wet[echoes] += 0.25 * factor ** np.arange(len(echoes))
    for delay in (347, 113):
        wet = allpass(wet, delay, 0.7)
    assert np.allclose(heard, 0.5 * impulse + 0.5 * wet, atol=1e-5)
    assert np.count_nonzero(np.abs(heard[2000:]) > 1e-3) > 100  # it goes on


def allpass(sound, delay, gain):
    out = np.zeros_like(sound)
    memory = np.zeros_like(sound)
    for n, value in enumerate(sound):
        old = memory[n - delay] if n >= delay else 0.0
        memory[n] = value + gain * old
        out[n] = old - gain * memory[n]
    return out


def test_spectrum(bench, server, tmp_path):
    """A tone of a tenth is -20 dB in its own band, and nothing far from it."""
    bench.sender.tone(bench.out, 1000, 0.1)
    bench.connect((bench.out, bench.ear))  # it sounds
    said = run("spectrum.py", 2, bench.out.name, server=server, cwd=tmp_path)
    lines = [line.split() for line in said.splitlines()]
    assert len(lines) == 2 * 28
    last = {int(line[0]): float(line[2]) for line in lines[28:]}
    assert last[1000] == pytest.approx(-20, abs=0.2)
    assert max(level for centre, level in last.items() if not 500 < centre < 2000) < -70
    assert ["1000", "Hz", "-20.0", "dB", "#" * 25] in lines[28:]


def test_room_response(bench, server, tmp_path):
    """The room has a way of 300 frames, and an echo 1000 frames later, a third as loud."""
    pytest.importorskip("matplotlib")
    into = bench.listener.inports["in"]
    out = bench.listener.outports.register("out")
    past = np.zeros(1300 + 256, np.float32)

    bench.listener.deactivate()

    @bench.listener.set_process_callback
    def room(frames):
        past[:-frames] = past[frames:].copy()
        past[-frames:] = into.get_array()
        out.get_array()[:] = 0.6 * past[-frames - 300 : -300] + 0.2 * past[:frames]

    bench.listener.activate()
    arguments = "room.png", 0.4, into.name, out.name
    said = run("room_response.py", *arguments, server=server, cwd=tmp_path)
    impulse = np.load(tmp_path / "room.npy")
    loudest = np.argmax(np.abs(impulse))
    ways = loudest - 300  # what JACK adds to a loop
    assert ways in (0, bench.listener.blocksize)
    band = (20_000 - 50) / 24_000  # of all frequencies, those that the sweep has
    assert impulse[loudest] == pytest.approx(0.6 * band, abs=0.02)
    assert impulse[loudest + 1000] == pytest.approx(0.2 * band, abs=0.02)
    milliseconds = 1000 * loudest / bench.rate
    assert f"the loudest comes after {milliseconds:.2f} ms" in said
    assert (tmp_path / "room.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("lookahead", [0, 8])
def test_glitch_report(server, tmp_path, lookahead):
    said = run("glitch_report.py", 0.3, lookahead, server=server, cwd=tmp_path)
    blocks = int(re.search(r"blocks: (\d+) of 5333 us each", said)[1])
    assert blocks > 10
    counted = sum(int(n) for n in re.findall(r"us: +(\d+) blocks", said))
    assert counted == blocks
    assert ("wait for the interpreter's lock" in said) == (lookahead == 0)
