"""pyjack stats."""

import pytest

import jack
from jack._cli import stats as stats_command
from support import servers


def test_text(pyjack):
    lines = pyjack("stats", "--seconds=0.2").lines
    assert lines[0].startswith(
        f"server: {servers.SAMPLERATE} Hz, blocks of {servers.BLOCKSIZE} frames, "
    )
    assert lines[1] == "a Python client with a port each way, 0.2 s:"
    words, _, number = lines[2].rpartition(" ")
    assert words.strip() == "blocks processed" and int(number) > 0
    histogram = lines[lines.index("blocks by the time they took:") + 1 :]
    assert sum(int(line.split(" us")[1].split()[0]) for line in histogram) == int(number)
    assert all(line.endswith("#") for line in (histogram[0], histogram[-1]))


def test_json(pyjack):
    report = pyjack("stats", "--seconds", "0.2", "--json").json
    assert report["samplerate"] == servers.SAMPLERATE
    assert report["blocksize"] == servers.BLOCKSIZE
    assert report["seconds"] == 0.2
    stats = report["stats"]
    assert [*stats] == list(jack.ClientStats.__match_args__)
    assert stats["cycles"] == stats["gil_waits"] > 0
    assert stats["histogram"][-1][0] is None
    assert sum(count for _, count in stats["histogram"]) == stats["cycles"]


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "soon", "1e9"])
def test_wrong_seconds(pyjack, seconds):
    done = pyjack("stats", f"--seconds={seconds}")
    assert done.status == 2 and "--seconds" in done.complaint


def test_bars():
    histogram = [(1.0, 0), (2.0, 1), (4.0, 0), (8.0, 40), (float("inf"), 1)]
    assert stats_command.bars(histogram) == [
        "          < 2 us         1  #",
        "          < 4 us         0",
        "          < 8 us        40  " + 40 * "#",
        "         >= 8 us         1  #",
    ]
    assert stats_command.bars([(1.0, 0)]) == ["  none"]
