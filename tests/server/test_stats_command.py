"""python -m jack stats."""

import contextlib
import json
import os
import signal
import subprocess
import sys

import pytest

import jack
from jack import _stats
from support import servers
from support.waiting import wait_for


def command(*arguments):
    return [sys.executable, "-W", "error", "-X", "faulthandler", "-m", "jack", "stats",
            *arguments]


def run(*arguments, name=None):
    environment = {**os.environ, "JACK_DEFAULT_SERVER": name or servers.private_name()}
    return subprocess.run(
        command(*arguments), env=environment, capture_output=True, text=True, timeout=60
    )


def test_text(jackd):
    done = run("--seconds=0.3", name=jackd.name)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].startswith(
        f"server: {servers.SAMPLERATE} Hz, blocks of {servers.BLOCKSIZE} frames, "
    )
    assert lines[1] == "a Python client with a port each way, 0.3 s:"
    words, _, number = lines[2].rpartition(" ")
    assert words.strip() == "blocks processed" and int(number) > 0
    histogram = lines[lines.index("blocks by the time they took:") + 1 :]
    assert sum(int(line.split(" us")[1].split()[0]) for line in histogram) == int(number)
    assert all(line.endswith("#") for line in (histogram[0], histogram[-1]))


def test_json(jackd):
    done = run("--seconds", "0.3", "--json", "--server", jackd.name)
    assert (done.returncode, done.stderr) == (0, "")
    report = json.loads(done.stdout)
    assert report["samplerate"] == servers.SAMPLERATE
    assert report["blocksize"] == servers.BLOCKSIZE
    assert report["seconds"] == 0.3
    stats = report["stats"]
    assert [*stats] == list(jack.ClientStats.__match_args__)
    assert stats["cycles"] == stats["gil_waits"] > 0
    assert stats["histogram"][-1][0] is None
    assert sum(count for _, count in stats["histogram"]) == stats["cycles"]


def test_no_server():
    done = run("--seconds=0.3")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("jack stats: ")


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "soon", "1e9"])
def test_wrong_seconds(seconds):
    done = run(f"--seconds={seconds}")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--seconds" in done.stderr


def test_interrupted(jackd):
    started = subprocess.Popen(
        command("--seconds=60", "--server", jackd.name),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )
    observer = jack.Client("observer", servername=jackd.name)
    wait_for(lambda: observer.get_ports("^jack-stats:out$"), what="it runs")
    observer.close()
    started.send_signal(signal.SIGINT)
    assert started.communicate(timeout=30) == ("", "jack stats: interrupted\n")
    assert started.returncode == 130


def test_the_server_goes(start_jackd):
    server = start_jackd()
    started = subprocess.Popen(
        command("--seconds=60", "--server", server.name),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )
    observer = jack.Client("observer", servername=server.name)
    def active():  # only then JACK takes a connection
        with contextlib.suppress(jack.JackErrorCode):
            observer.connect("jack-stats:out", "system:playback_1")
            return True

    wait_for(active, what="it runs")
    observer.close()
    server.end()
    out, error = started.communicate(timeout=30)
    assert (started.returncode, out) == (1, "")
    assert "lost its JACK server" in error


def test_bars():
    histogram = [(1.0, 0), (2.0, 1), (4.0, 0), (8.0, 40), (float("inf"), 1)]
    assert _stats.bars(histogram) == [
        "          < 2 us         1  #",
        "          < 4 us         0",
        "          < 8 us        40  " + 40 * "#",
        "         >= 8 us         1  #",
    ]
    assert _stats.bars([(1.0, 0)]) == ["  none"]
