"""Measure this module against JACK-Client and print the ratios.

Every measurement is a process of its own, and the two sides take turns: this module,
JACK-Client, this module, … Each pair gives one ratio; the table has their median and
their extremes.  Run it with the Python that this module is installed for.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import places
import tables
from rows import IMPORT_TARGET, ROWS

HERE = Path(__file__).resolve().parent
BEGIN = "<!-- results: written by `make bench ARGS=--markdown=docs/benchmarks.md` -->"
END = "<!-- end of the results -->"

IMPORT = "import time; start = time.perf_counter(); import jack; " + (
    "print(time.perf_counter() - start)"
)


@dataclass(frozen=True)
class Effort:
    rounds: int
    samples: int
    seconds: float  # of a sample
    imports: int


USUAL = Effort(rounds=7, samples=10, seconds=0.04, imports=15)
QUICK = Effort(rounds=3, samples=5, seconds=0.01, imports=5)


@dataclass
class Result:
    title: str
    unit: str
    target: float
    ours: list[float]  # seconds of one unit, one number for each pair
    peer: list[float]

    @property
    def ratios(self) -> list[float]:
        return [ours / peer for ours, peer in zip(self.ours, self.peer, strict=True)]

    @property
    def ratio(self) -> float:
        return statistics.median(self.ratios)


def output_of(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, cwd=HERE)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr}")
    return done.stdout


class Sides:
    """The two interpreters, and what is told once about what they have installed."""

    def __init__(self, standin: Path, peer: Path, effort: Effort) -> None:
        self.standin = standin
        self.pythons = {"ours": sys.executable, "peer": str(peer)}
        self.effort = effort
        self.versions: dict[str, str] = {}

    def row(self, side: str, name: str) -> float:
        command = [self.pythons[side], str(HERE / "worker.py"), name, "--side", side]
        command += ["--standin", str(self.standin)]
        command += ["--seconds", str(self.effort.seconds)]
        command += ["--samples", str(self.effort.samples)]
        found = json.loads(output_of(command))
        self.versions[side] = found["version"]
        return float(min(found["seconds"]))  # the others were disturbed

    def importing(self, side: str) -> float:
        """As a user has it: the system's libjack is there, no stand-in."""
        return float(output_of([self.pythons[side], "-I", "-c", IMPORT]))


def pairs(measure: Callable[[str], float], rounds: int) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {"ours": [], "peer": []}
    for _ in range(rounds):
        for side, numbers in found.items():
            numbers.append(measure(side))
    return found


def measure(sides: Sides, names: list[str]) -> list[Result]:
    results = []
    for name in names:
        print(f"{name} …", file=sys.stderr, flush=True)
        if name == "import":
            sides.importing("ours"), sides.importing("peer")  # from the disk
            found = pairs(sides.importing, sides.effort.imports)
            results.append(Result("`import jack`", "import", IMPORT_TARGET, **found))
        else:
            row = ROWS[name]
            found = pairs(lambda side: sides.row(side, name), sides.effort.rounds)
            results.append(Result(row.title, row.unit, row.target, **found))
    return results


# ---- telling ----


def circumstances(sides: Sides) -> dict[str, str]:
    facts = {
        "machine": tables.machine(),
        "Python": tables.python(),
    }
    for side, distribution in (("ours", "rtjack"), ("peer", "JACK-Client")):
        if side in sides.versions:
            facts[distribution] = sides.versions[side]
    facts["command"] = " ".join(["benchmarks/py/run.py", *sys.argv[1:]])
    return facts


def duration(seconds: float) -> str:
    for factor, unit in ((1e9, "ns"), (1e6, "µs"), (1e3, "ms")):
        if seconds * factor < 1000:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds:.3g} s"


def fields(result: Result) -> list[str]:
    return [
        result.title,
        f"{duration(statistics.median(result.peer))} a {result.unit}",
        duration(statistics.median(result.ours)),
        f"{result.ratio:.3f} ({min(result.ratios):.3f} to {max(result.ratios):.3f})",
        f"{result.target:.3g}",
        "yes" if result.ratio <= result.target else "no",
    ]


HEAD = ["work", "JACK-Client", "rtjack", "ratio (extremes)", "to reach", "reached"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help="all, or some of these: "
                        + ", ".join([*ROWS, "import"]))
    parser.add_argument("--quick", action="store_true", help="fewer and shorter samples")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all numbers there")
    parser.add_argument("--markdown", type=Path, metavar="FILE",
                        help="replace the results between that page's marks")
    parser.add_argument("--build", type=Path, default=places.PROJECT / "build" / "bench",
                        metavar="DIR", help="for the stand-in and JACK-Client's venv")
    parser.add_argument("--peer", type=Path, metavar="PYTHON",
                        help="a Python that has JACK-Client, instead of a new venv")
    options = parser.parse_args()
    names = options.rows or [*ROWS, "import"]
    for name in names:
        if name not in ROWS and name != "import":
            parser.error(f"there is no row {name!r}")

    build = options.build.resolve()
    peer = options.peer or places.peer(build)
    sides = Sides(places.standin(build), peer, QUICK if options.quick else USUAL)
    results = measure(sides, names)
    facts = circumstances(sides)
    rows = [fields(result) for result in results]
    print(tables.as_text(HEAD, rows, facts))
    if options.json is not None:
        numbers = [asdict(result) | {"ratio": result.ratio} for result in results]
        document = {"circumstances": facts, "results": numbers}
        options.json.write_text(json.dumps(document, indent=2), encoding="utf-8")
    if options.markdown is not None:
        tables.rewrite(options.markdown, tables.as_markdown(HEAD, rows, facts), BEGIN, END)


if __name__ == "__main__":
    main()
