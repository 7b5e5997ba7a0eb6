"""What the interpreter's switch interval costs, and what it saves.

A thru client with a Python callback (NumPy, two channels) runs beside a main thread that
counts in a loop, with one switch interval after the other; JACK-Client's, and a native
callback, which needs no interpreter, in the same run.  The meter (tests/c/meter.c) counts
the blocks that break.  What is left of the main thread's pace is told relative to its
pace beside the native callback.  Several rounds take turns, and the medians count.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
from pathlib import Path
from typing import Any

import breaks
import places
import tables

BEGIN = "<!-- switch interval: written by benchmarks/py/switch_interval.py -->"
END = "<!-- end of the switch interval -->"
INTERVALS = [("5 ms, Python's own", "0"), ("1 ms", "0.001"), ("0.5 ms", "0.0005"),
             ("0.2 ms", "0.0002"), ("0.1 ms", "0.0001"), ("0.05 ms", "0.00005"),
             ("0.01 ms", "0.00001")]
FRAMES = (64, 256)
HEAD = ["frames", "client", "blocks", "broken", "", "mean wait for the GIL", "longest",
        "main thread's pace"]


def cases(frames: int) -> list[breaks.Case]:
    """The native one first: the others' pace is told by its."""
    found = [breaks.Case("native", "native", "busy", frames, "")]
    found.append(breaks.Case("JACK-Client, 5 ms", "peer", "busy", frames, ""))
    for words, seconds in INTERVALS:
        option = (f"--switch-interval={seconds}",)
        found.append(breaks.Case(words, "direct", "busy", frames, "", options=option))
    return found


def numbers(result: breaks.Result) -> dict[str, Any]:
    stats = result.own["stats"]
    return {
        "cycles": result.found["cycles"],
        "broken": result.tested["broken"],
        "mean_us": stats.get("gil_wait_mean_us"),
        "longest_us": stats.get("gil_wait_max_us"),
        "work": result.own["work"],
    }


def row(case: breaks.Case, rounds: list[dict[str, Any]], pace: float) -> list[str]:
    cycles = sum(one["cycles"] for one in rounds)
    broken = sum(one["broken"] for one in rounds)
    cells = [str(case.frames), case.title, f"{cycles:,}", f"{broken:,}",
             f"{100 * broken / cycles:.3g} %"]
    if case.tier == "direct":
        mean = statistics.median(one["mean_us"] for one in rounds)
        longest = max(one["longest_us"] for one in rounds)
        cells += [f"{mean / 1000:.3f} ms", f"{longest / 1000:.1f} ms"]
    else:
        cells += ["–", "–"]
    return [*cells, f"{100 * pace:.0f} %"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cycles", type=int, default=20_000,
                        help="of 64 frames in all, a quarter of 256 (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="that take turns")
    parser.add_argument("--peer", type=Path, metavar="PYTHON",
                        help="a Python that has JACK-Client, instead of a new venv")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all numbers there")
    parser.add_argument("--markdown", type=Path, metavar="FILE",
                        help="replace the results between that page's marks")
    parser.add_argument("--build", type=Path, default=places.PROJECT / "build" / "bench",
                        metavar="DIR", help="for what has to be built")
    options = parser.parse_args()
    options.python = None
    options.cycles //= options.rounds

    others = os.getloadavg()[1]
    bench = breaks.Bench(options)
    bench.prepare({"ours", "peer"})
    found: dict[breaks.Case, list[dict[str, Any]]] = {}
    for turn in range(options.rounds):
        for frames in FRAMES:
            for case in cases(frames):
                result = bench.measure(case)
                found.setdefault(case, []).append(numbers(result))
                print(f"{turn + 1}: {case.name}: {breaks.line_of(result)}", file=sys.stderr,
                      flush=True)

    rows = []
    for frames in FRAMES:
        free = found[cases(frames)[0]]
        for case in cases(frames):
            paces = [one["work"] / other["work"]
                     for one, other in zip(found[case], free, strict=True)]
            rows.append(row(case, found[case], statistics.median(paces)))
    facts = {"machine": tables.machine(), "Python": tables.python(),
             "server": f"jackd {'-R' if bench.realtime else '-r'} -d dummy -r "
             f"{breaks.SAMPLERATE}",
             "load of the machine before": f"{others:.1f}",
             "command": " ".join(["benchmarks/py/switch_interval.py", *sys.argv[1:]])}
    print(tables.as_text(HEAD, rows, facts))
    if options.json is not None:
        document = {"circumstances": facts,
                    "results": {case.name: rounds for case, rounds in found.items()}}
        options.json.write_text(json.dumps(document, indent=2), encoding="utf-8")
    if options.markdown is not None:
        tables.rewrite(options.markdown, tables.as_markdown(HEAD, rows, facts), BEGIN, END)
    return 0


if __name__ == "__main__":
    sys.exit(main())
