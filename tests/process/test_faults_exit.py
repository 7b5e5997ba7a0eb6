"""A program ends while a client is at some stage, in some tier, in some way: with the exit
status of that way, without a word but Python's own, and its client leaves the server."""

import concurrent.futures
import contextlib
import itertools
import sys

import pytest

import jack
from support import children, ends, libraries
from support.waiting import wait_for

TIERS = [tier.__name__ for tier in ends.TIERS]
if sys.version_info < (3, 12):
    TIERS.remove("isolated")


def fault_of(server, scene):
    """What is wrong with how it ended, or None."""
    result = children.run_module("support.ends", server.name, *scene, check=False, timeout=60)
    status, last = ends.EXPECTED[scene[2]]
    lines = result.stderr.splitlines()
    told = lines[-1] if lines else ""
    words = ("Fatal Python error", "Exception ignored", "Exception in thread")
    fatal = any(word in result.stderr for word in words)
    alone = result.stderr.count("Traceback") == bool(last)
    if (result.returncode, told, fatal, alone) != (status, last, False, True):
        return (*scene, result.returncode, result.stderr)
    return None


def run(server, scenes):
    """With JACK2 some at a time, as they wait for the most part.  JACK1 lets go of clients
    that are well when another one is killed, and PipeWire's all have one name."""
    together = 4 if libraries.loaded() == "JACK2" else 1
    with concurrent.futures.ThreadPoolExecutor(together) as pool:
        faults = [f for f in pool.map(lambda scene: fault_of(server, scene), scenes) if f]
    assert not faults, faults
    with contextlib.closing(jack.Client("watcher", servername=server.name)) as observer:
        wait_for(lambda: not observer.get_ports("^ends"), 20, "their ports are gone")
        observer.inports.register("i")
        observer.activate()
        wait_for(lambda: observer.stats.cycles > 2, what="the server goes on")


def test_some(jackd):
    """One of each tier, stage and ending; the others are for `make test-faults`."""
    scenes = zip(
        TIERS, itertools.cycle(ends.STAGES), itertools.cycle(ends.ENDINGS),
        itertools.cycle(["daemons"]),
    )  # fmt: skip
    run(jackd, list(scenes))


@pytest.mark.faults
@pytest.mark.parametrize("daemons", [(), ("daemons",)], ids=["alone", "daemons"])
@pytest.mark.parametrize("stage", ends.STAGES)
@pytest.mark.parametrize("tier", TIERS)
def test_each(jackd, tier, stage, daemons):
    run(jackd, [(tier, stage, ending, *daemons) for ending in ends.ENDINGS])
