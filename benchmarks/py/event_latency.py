"""How long after JACK's notification a waiting Python thread has the event.

Beside it, for the same notifications, a thread of a C program (benchmarks/c/event_waiter.c)
waits: what comes late to that one, too, the machine delays.

tests/c/rewire.c, a client in C, rewires its own ports a few hundred times a second and notes
when libjack tells it of each change.  A Python thread waits for the same events on a client
of its own, in a program that is idle else: `client.events()` in a loop, the same with
asyncio, and a callback of set_port_connect_callback(), in turn.  Told is the difference of
the two times, in microseconds; below 0 when Python was told first.

    python benchmarks/py/event_latency.py [--rounds N] [--markdown docs/benchmarks.md]
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests"))

import tables

import jack
from support import rewiring, servers
from support.meter import compile_it

BEGIN = "<!-- events: written by benchmarks/py/event_latency.py -->"
END = "<!-- end of the events -->"
PAUSE_US = 3000
HEAD = ["waiting", "events", "median", "99 %", "99.9 %", "longest", "within 1 ms"]
BESIDE = "a C program's thread beside it"

Listen = Callable[[jack.Client, list[int], int], None]


def loop(client: jack.Client, times: list[int], count: int) -> None:
    for _ in client.events(jack.PortConnected):
        times.append(time.monotonic_ns())
        if len(times) == count:
            return


def coroutine(client: jack.Client, times: list[int], count: int) -> None:
    async def main() -> None:
        async for _ in client.events(jack.PortConnected):
            times.append(time.monotonic_ns())
            if len(times) == count:
                return

    asyncio.run(main())


def callback(client: jack.Client, times: list[int], count: int) -> None:
    done = threading.Event()
    client.deactivate()

    @client.set_port_connect_callback(only_available=False)
    def connected(a: object, b: object, connect: bool) -> None:
        times.append(time.monotonic_ns())
        if len(times) == count:
            done.set()

    client.activate()
    done.wait()


CASES: dict[str, Listen] = {"`events()`, a loop": loop, "`events()`, asyncio": coroutine,
                            "a callback": callback}


Delays = list[float]  # microseconds, for each event


def delays(folder: Path, server: servers.Jackd2, listen: Listen,
           rounds: int) -> tuple[Delays, Delays]:
    """Those of Python, and those of the C program beside it."""
    times: list[int] = []
    client = jack.Client("listening", servername=server.name)
    client.activate()
    thread = threading.Thread(target=listen, args=(client, times, 2 * rounds))
    try:
        with contextlib.ExitStack() as stack:
            rewirer = rewiring.Rewirer(folder / "rewire", server, rounds, PAUSE_US)
            stack.callback(rewirer.end)
            beside = rewiring.Program(folder / "event_waiter", server, 2 * rounds)
            stack.callback(beside.end)
            thread.start()
            time.sleep(0.5)  # it has begun to wait
            rewirer.go()
            rewirer.counts()
            notified, in_c = rewirer.times(), beside.times()
            thread.join(60)
    finally:
        client.close()
    assert len(times) == len(in_c) == len(notified) == 2 * rounds
    return tuple([(got - told) / 1000 for got, told in zip(mine, notified)]
                 for mine in (times, in_c))


def row(name: str, found: Delays) -> list[str]:
    cuts = statistics.quantiles(found, n=1000, method="inclusive")
    late = sum(us > 1000 for us in found)
    times = (f"{us:.0f} µs" for us in (cuts[499], cuts[989], cuts[998], max(found)))
    return [name, f"{len(found):,}", *times, f"all but {late}" if late else "all"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=2000,
                        help="of a connection and its end (default: %(default)s)")
    parser.add_argument("--markdown", type=Path, metavar="FILE",
                        help="replace the results between that page's marks")
    options = parser.parse_args()
    others = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        rewiring.build(Path(folder))
        compile_it(ROOT / "benchmarks/c/event_waiter.c", "-pthread", "-ljack", "-o",
                   Path(folder) / "event_waiter")
        server = servers.Jackd2(Path(folder))
        rows = []
        try:
            for name, listen in CASES.items():
                in_python, in_c = delays(Path(folder), server, listen, options.rounds)
                rows += [row(name, in_python), row(BESIDE, in_c)]
        finally:
            server.end()
    facts = {"machine": tables.machine(), "Python": tables.python(),
             "server": f"jackd -r -d dummy -r {servers.SAMPLERATE} -p {servers.BLOCKSIZE}",
             "load of the machine before": f"{others:.1f}",
             "command": " ".join(["benchmarks/py/event_latency.py", *sys.argv[1:]])}
    print(tables.as_text(HEAD, rows, facts))
    if options.markdown is not None:
        tables.rewrite(options.markdown, tables.as_markdown(HEAD, rows, facts), BEGIN, END)
    return 0


if __name__ == "__main__":
    sys.exit(main())
