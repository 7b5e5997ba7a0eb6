"""One row, measured over one of the two modules called `jack`, in a process of its own.

Prints one line of JSON: the seconds of one unit in each sample, and what was measured.
"""

from __future__ import annotations

import argparse
import ctypes.util
import importlib
import importlib.metadata
import json
import os
from types import ModuleType

from rows import ROWS, Standin, Work

DISTRIBUTIONS = {"ours": "rtjack", "peer": "JACK-Client"}


def load(side: str, standin: str) -> ModuleType:
    """Import the side's module over the stand-in."""
    if side == "ours":
        os.environ["JACK_LIBRARY"] = standin
    else:
        ctypes.util.find_library = lambda name: standin  # its only way to a library
    return importlib.import_module("jack")


def calibrate(work: Work, seconds: float) -> int:
    """How many units take about `seconds`; warms everything up on the way."""
    count = 10
    while True:
        took = work.run(count)
        if took > seconds / 4:
            return max(1, round(count * seconds / took))
        count *= 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("row", choices=ROWS)
    parser.add_argument("--side", choices=DISTRIBUTIONS, required=True)
    parser.add_argument("--standin", required=True)
    parser.add_argument("--seconds", type=float, default=0.04, help="of each sample")
    parser.add_argument("--samples", type=int, default=10)
    options = parser.parse_args()

    jack = load(options.side, options.standin)
    work = ROWS[options.row].make(jack, Standin(options.standin))
    work.run(1)
    work.check()
    count = calibrate(work, options.seconds)
    seconds = [work.run(count) / count for _ in range(options.samples)]
    work.check()
    distribution = DISTRIBUTIONS[options.side]
    print(
        json.dumps(
            {
                "seconds": seconds,
                "version": importlib.metadata.version(distribution),
                "file": jack.__file__,
            }
        )
    )


if __name__ == "__main__":
    main()
