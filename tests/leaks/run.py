"""Look for what grows: each public call again and again, and whole lives in each tier.

Each group of calls and each kind of life has a process of its own, and jackd one for all.
"""

import argparse
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
os.environ["JACK_NO_START_SERVER"] = "1"
os.environ["JACK_NO_AUDIO_RESERVATION"] = "1"

import numpy  # noqa: E402, F401  its threads start now

import jack  # noqa: E402
from leaks import calls, lives  # noqa: E402
from support import footprint, servers  # noqa: E402

MODULE = "functions"
CLASSES = [name for name in calls.STUB.classes if name not in calls.values["NO_SUBJECTS"]]
GROUPS = [MODULE, *CLASSES]
BLOCKSIZE = 64  # much waits for a block or some


class QuickJackd2(servers.Jackd2):
    def _command(self, options):
        return [*super()._command(options), "-p", str(BLOCKSIZE)]  # the last one counts


def tell(name, rounds, begin, grows, error=None):
    seconds = round(time.monotonic() - begin, 1)
    row = {"name": name, "rounds": rounds, "seconds": seconds, "grows": grows, "error": error}
    print(json.dumps(row), flush=True)


def fitting(run, rounds, seconds):
    """As many rounds as take about so long, and at least 60."""
    run(2)  # the first may be another thing
    begin = time.monotonic()
    run(12)
    each = (time.monotonic() - begin) / 12
    return max(60, min(rounds, int(seconds / each)))


def beyond(found, rounds, like):
    """What grew by more than what it is compared with, for each round."""

    def each(steps):
        return sum(steps) / (len(steps) * -(-rounds // len(steps)))

    return {w: steps for w, steps in found.items() if each(steps) > 1.1 * like.get(w, 0)}


def attempt(name, run, rounds, things, seconds, like=()):
    begin, found, error = time.monotonic(), {}, None
    try:
        if seconds:
            rounds = min(rounds, fitting(run, rounds, seconds))
        grown = calls.telling(name, footprint.grows(run, rounds, things=things))
        found = beyond(grown, rounds, dict(like))
    except BaseException as caught:
        error = f"{type(caught).__name__}: {caught}"
    tell(name, rounds, begin, found, error)


class Named:
    def __init__(self, name):
        self.name = name


def run_group(group, options):
    """The calls of a class, each with objects of its own."""
    class_name = "" if group == MODULE else group
    hosted = None
    with contextlib.ExitStack() as stack:
        if group == "Server":
            hosted = stack.enter_context(jack.Server(servers.private_name(), blocksize=BLOCKSIZE))
        names = [n for n in calls.names(class_name) if not options.only or n in options.only]
        for name in names:
            world = calls.Lasting(Named(options.server), hosted)
            try:
                run, subject = calls.call(class_name, name, world)
                rounds = options.lives if name in calls.WHOLE else options.rounds
                attempt(name, run, rounds, calls.things(subject, world), options.seconds)
            finally:
                world.close()


def run_life(name, options):
    run = lives.repeated(lives.LIVES[name], options.server)
    like = {}
    if name in lives.LIKE:
        plain = lives.repeated(lives.LIKE[name], options.server)
        steps = footprint.watch(plain, 10, 2)
        like = {what: max(each) / 5 for what, each in steps.items()}
    attempt(f"life: {name}", run, options.lives, {}, options.seconds, like)


def in_children(options, groups):
    """Have each group run in a process of its own; yield the rows."""
    with tempfile.TemporaryDirectory() as folder:
        server = QuickJackd2(pathlib.Path(folder))
        try:
            for group in groups:
                command = [sys.executable, __file__, "--child", group, "--server", server.name]
                command += ["--rounds", str(options.rounds), "--lives", str(options.lives)]
                command += ["--seconds", str(options.seconds)]
                command += ["--only", *options.only] if options.only else []
                with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
                    yield from map(json.loads, child.stdout)
                if child.returncode != 0:
                    yield {"name": group, "rounds": 0, "seconds": 0, "grows": {},
                           "error": f"it ended with {child.returncode}"}  # fmt: skip
        finally:
            server.end()


def words(row):
    text = f"{row['name']}: {row['rounds']} rounds in {row['seconds']} s"
    if row["error"]:
        return f"{text}; FAILED: {row['error']}"
    grows = [f"{what} by {steps}" for what, steps in row["grows"].items()]
    return f"{text}; GREW: {'; '.join(grows)}" if grows else text


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("groups", nargs="*", metavar="GROUP", help="default: all")
    parser.add_argument("--rounds", type=int, default=10_000, help="of each call")
    parser.add_argument("--lives", type=int, default=1000, help="of each kind of life")
    parser.add_argument(
        "--seconds", type=float, default=0, help="for each row: fewer rounds of what takes longer"
    )
    parser.add_argument("--only", nargs="+", default=(), help="calls of a group")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--server", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child in lives.LIVES:
        return run_life(options.child, options)
    if options.child:
        return run_group(options.child, options)
    begin, rows = time.monotonic(), []
    for row in in_children(options, options.groups or [*GROUPS, *lives.LIVES]):
        rows.append(row)
        print(words(row), flush=True)
    bad = [row for row in rows if row["grows"] or row["error"]]
    rounds = sum(row["rounds"] for row in rows)
    minutes = (time.monotonic() - begin) / 60
    print(f"{len(rows)} rows, {rounds} rounds, {minutes:.1f} minutes; {len(bad)} grew or failed")
    for row in bad:
        print(words(row))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
