"""What JACK2, JACK1 and PipeWire tell while others rewire quickly: rows of docs/servers.md."""

import os

import pytest

import jack
from support import libraries, rewiring
from support.events import drain
from support.waiting import wait_for

LIBRARY = libraries.loaded()
JACK1, PIPEWIRE = (LIBRARY == name for name in ("JACK1", "PipeWire"))
ROUNDS = int(os.environ.get("REWIRING_ROUNDS", "250"))


def test_quick_rewiring(client):
    if PIPEWIRE and not libraries.is_newer_pipewire():
        pytest.skip("PipeWire 0.3.65 asks after what is gone, and takes that for the end")
    tested, other = client("tested"), client("other")
    tested.activate()
    other.activate()
    out = other.outports.register("o")
    with tested.events(jack.PortConnected) as queue:
        for _ in range(50):
            other.connect(out, "system:playback_1")
            other.disconnect(out, "system:playback_1")
        assert [queue.get(10).connected for _ in range(100)] == [True, False] * 50
        assert drain(queue) == []


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rewire")
    rewiring.build(folder)
    rewiring.build(folder, "follow")
    return folder


def test_quick_rewiring_in_c(folder, jackd):
    """A client in C follows another one, and answers with connections of its own.

    REWIRING_ROUNDS=25000 in the environment makes it as long as test_event_stress.py.
    """
    follower = rewiring.Program(folder / "follow", jackd)

    def all_came():
        others, own, answers, gone = follower.ask()
        assert gone == 0
        told = own <= answers if PIPEWIRE else own == answers * (2 if JACK1 else 1)
        return (others, answers, told) == (2 * ROUNDS, ROUNDS // 5, True)

    try:
        with rewiring.rewiring(folder / "rewire", jackd, ROUNDS) as rewirer:
            rewirer.go()
            assert rewirer.counts() == [ROUNDS, ROUNDS]
            wait_for(all_came, 30)
    finally:
        follower.end()
