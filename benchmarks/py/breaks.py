"""Count broken blocks, tier by tier, while the interpreter is busy.

Each case has a jackd of its own with the dummy driver.  A meter in C (tests/c/meter.c)
sends a ramp through a client of the tier, and through a thru client in C beside it, in
the same cycles, and counts the blocks that don't come back exactly as they should.  With
--spin there is another C client, whose work takes so many microseconds.  At 256 frames
a quarter of the cycles is counted, so that it takes as long.  With --sync the server waits
for its clients: who is late breaks no block then, but makes an xrun.
"""

from __future__ import annotations

import argparse
import contextlib
import glob
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import places
import tables

HERE = Path(__file__).resolve().parent
BEGIN = "<!-- breaks: written by `make breaks` -->"
END = "<!-- end of the breaks -->"
SAMPLERATE = 48000
PRIORITY = 10  # jackd's default
ENVIRONMENT = {"JACK_NO_START_SERVER": "1", "JACK_NO_AUDIO_RESERVATION": "1",
               "PYTHONPATH": str(HERE)}  # for the isolated callback's module

GOALS = {
    "none": ("0", lambda broken, cycles, beside: broken == 0),
    "as C": ("≤ C client's", lambda broken, cycles, beside: broken <= beside),
    "1 %": ("< 1 %", lambda broken, cycles, beside: broken < cycles / 100),
    "0.1 %": ("< 0.1 %", lambda broken, cycles, beside: broken < cycles / 1000),
    "": ("–", lambda broken, cycles, beside: True),
}
LOADS = {
    "busy": "main thread counts",
    "hold": "GIL held 50 ms at a time",
    "collect": "garbage and imports",
}


@dataclass(frozen=True)
class Case:
    title: str
    tier: str
    load: str
    frames: int
    goal: str
    channels: int = 2
    options: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        words = [self.tier, *(o.removeprefix("--") for o in self.options), self.load]
        return "-".join([*words, str(self.frames), f"{self.channels}ch"])

    @property
    def python(self) -> str:
        return {"peer": "peer", "isolated": "isolated"}.get(self.tier, "ours")


MS_100 = ("--lookahead-ms=100",)


def cases() -> list[Case]:
    found = []
    for title, tier in (("native", "native"), ("isolated", "isolated"),
                        ("stream, lookahead 16", "stream")):
        found.append(Case(title, tier, "busy", 64, "none"))
        found.append(Case(title, tier, "busy", 16, "as C"))
    found.append(Case("stream, 64 ports each way", "stream", "busy", 64, "none", 64))
    found.append(Case("detached, lookahead 16", "detached", "busy", 64, "none"))
    found.append(Case("direct", "direct", "busy", 64, "1 %"))
    found.append(Case("direct", "direct", "busy", 256, "0.1 %"))
    for interval, words in (("0.00001", "0.01 ms"), ("0.001", "1 ms"),
                            ("0", "left alone, 5 ms")):
        option = (f"--switch-interval={interval}",)
        title = f"direct, switch interval {words}"
        found.append(Case(title, "direct", "busy", 64, "", options=option))
    found.append(Case("JACK-Client", "peer", "busy", 64, ""))
    found.append(Case("JACK-Client", "peer", "busy", 256, ""))
    for load in ("hold", "collect"):
        found.append(Case("native", "native", load, 64, "none"))
        found.append(Case("isolated", "isolated", load, 64, "none"))
        title = "stream, lookahead 100 ms"
        found.append(Case(title, "stream", load, 64, "none", options=MS_100))
    return found


@dataclass
class Result:
    case: Case
    found: dict[str, Any]  # what the meter says
    own: dict[str, Any]  # what the tested client says

    @property
    def tested(self) -> dict[str, Any]:
        return self.found["loops"][0]

    @property
    def reached(self) -> bool:
        beside = self.found["loops"][1]["broken"]
        check = GOALS[self.case.goal][1]
        return check(self.tested["broken"], self.found["cycles"], beside)


# ---- running ----


def may_be_realtime() -> bool:
    before = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY))
    except OSError:
        return False
    os.sched_setscheduler(0, *before)
    return True


@contextlib.contextmanager
def program(*command: str | Path, say: bool = True) -> Iterator[subprocess.Popen[str]]:
    """Run it; at the end its standard input is closed and its end awaited."""
    pipe = subprocess.PIPE if say else subprocess.DEVNULL
    process = subprocess.Popen(
        [str(word) for word in command], text=True, stdin=pipe, stdout=pipe,
        stderr=None if say else subprocess.DEVNULL, env={**os.environ, **ENVIRONMENT},
    )
    try:
        yield process
        if process.stdin is not None:
            process.stdin.close()
            process.wait(30)
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def flags(realtime: bool, sync: bool) -> list[str]:
    return ["-R" if realtime else "-r", *(["-S"] if sync else [])]


@contextlib.contextmanager
def server(frames: int, realtime: bool, sync: bool) -> Iterator[str]:
    name = f"breaks-{os.getpid()}"
    command = ["jackd", "-n", name, *flags(realtime, sync), "-d", "dummy"]
    with program(*command, "-r", str(SAMPLERATE), "-p", str(frames), say=False) as jackd:
        deadline = time.monotonic() + 15
        while not glob.glob(f"/dev/shm/jack_{name}_*_0"):
            if jackd.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"{' '.join(command)} did not start")
            time.sleep(0.01)
        yield name


AWAKE = """
import os
os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
while True:
    pass
"""


@contextlib.contextmanager
def processors(awake: bool) -> Iterator[None]:
    """Kept from halting, as idle=poll does: a virtual machine's that halt come back late,
    and with cold caches.  What keeps them runs only where nothing else wants to."""
    with contextlib.ExitStack() as stack:
        for _ in range(os.cpu_count() or 1 if awake else 0):
            stack.enter_context(program(sys.executable, "-c", AWAKE, say=False))
        yield


def tell(process: subprocess.Popen[str], word: str) -> None:
    assert process.stdin is not None
    process.stdin.write(word + "\n")
    process.stdin.flush()


def answer(process: subprocess.Popen[str], who: str) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise ChildProcessError(f"{who} ended without an answer")
    return line.strip()


class Bench:
    """The programs, built; measures one case after the other."""

    def __init__(self, options: argparse.Namespace) -> None:
        build = options.build.resolve()
        self.meter = places.meter(build)
        self.native = places.native(build)
        self.pythons = {"ours": sys.executable, "peer": str(options.peer or ""),
                        "isolated": sys.executable}
        self.build = build
        self.isolated = options.python
        self.cycles = options.cycles
        self.spin = getattr(options, "spin", None)
        self.awake = getattr(options, "awake", False)
        self.sync = getattr(options, "sync", False)
        self.words = getattr(options, "cases", [])  # another program may have none
        self.realtime = may_be_realtime()
        self.load = os.getloadavg()[0]

    def prepare(self, kinds: set[str]) -> None:
        if "peer" in kinds and not self.pythons["peer"]:
            self.pythons["peer"] = str(places.peer(self.build))
        if "isolated" in kinds and (sys.version_info < (3, 12) or self.isolated):
            python = self.isolated or newer_python()
            self.pythons["isolated"] = str(places.ours(self.build, python))

    def measure(self, case: Case) -> Result:
        cycles = self.cycles if case.frames <= 64 else self.cycles // 4
        many = f"--channels={case.channels}"
        with contextlib.ExitStack() as stack:
            stack.enter_context(processors(self.awake))
            jackd = server(case.frames, self.realtime, self.sync)
            name = f"--server={stack.enter_context(jackd)}"
            thru = stack.enter_context(
                program(self.meter, "thru", name, many, "--name=beside"))
            answer(thru, "the C client")
            targets = ["tested", "beside"]
            if self.spin is not None:
                spinning = stack.enter_context(program(
                    self.meter, "thru", name, many, "--name=spinning", f"--spin={self.spin}"))
                answer(spinning, "the C client that spins")
                targets.append("spinning")
            tested = stack.enter_context(program(
                self.pythons[case.python], HERE / "tested.py", case.tier, name, many,
                f"--load={case.load}", f"--native={self.native}", *case.options))
            answer(tested, case.title)
            meter = stack.enter_context(program(
                self.meter, "measure", name, many, f"--cycles={cycles}", "--wait", *targets))
            answer(meter, "the meter")
            tell(tested, "load")
            answer(tested, case.title)
            tell(meter, "go")
            found = json.loads(answer(meter, "the meter"))
            assert tested.stdin is not None
            tested.stdin.close()
            own = json.loads(answer(tested, case.title))
        return Result(case, found, own)


def newer_python() -> str:
    """The newest Python from 3.12 on that this machine has."""
    folders = [*glob.glob(str(Path.home() / ".pyenv/versions/3.*/bin")), *os.get_exec_path()]
    found: dict[int, str] = {}
    for folder in folders:
        for path in glob.glob(f"{folder}/python3.*"):
            minor = path.rpartition("python3.")[2]
            if minor.isdigit() and int(minor) >= 12 and runs(path):
                found.setdefault(int(minor), path)
    if not found:
        raise SystemExit("the isolated tier needs Python 3.12 or newer; name one by --python, "
                         "or choose other cases")
    return found[max(found)]


def runs(python: str) -> bool:
    """Not every file of that name is one: a version manager's may have none behind it."""
    return subprocess.run([python, "-c", ""], capture_output=True).returncode == 0


# ---- telling ----

HEAD = ["tier", "beside it", "frames", "blocks", "broken", "", "longest", "latency",
        "C client broken", "to reach", "reached"]


def fields(result: Result) -> list[str]:
    case, tested = result.case, result.tested
    cycles, broken = result.found["cycles"], tested["broken"]
    share = "0" if broken == 0 else f"{100 * broken / cycles:.3g} %"
    reached = "yes" if result.reached else "no"
    return [case.title, LOADS[case.load], str(case.frames), f"{cycles:,}", f"{broken:,}",
            share, str(tested["longest"]), str(tested["latency"] - case.frames),
            str(result.found["loops"][1]["broken"]), GOALS[case.goal][0],
            reached if case.goal else "–"]


def circumstances(bench: Bench, results: list[Result]) -> tables.Facts:
    facts = {"machine": tables.machine(), "Python": tables.python()}
    if any(result.case.tier == "isolated" for result in results):
        version = "import platform; print(platform.python_version())"
        told = subprocess.run([bench.pythons["isolated"], "-c", version],
                              capture_output=True, text=True, check=True)
        facts["isolated tier on"] = told.stdout.strip()
    facts["server"] = (f"jackd {' '.join(flags(bench.realtime, bench.sync))} -d dummy "
                       f"-r {SAMPLERATE}")
    if not bench.realtime:
        facts["realtime scheduling"] = "not permitted here"
    if bench.awake:
        facts["processors"] = "kept from halting by programs at idle priority"
    if bench.load > 0.5:
        facts["load of the machine before"] = (
            f"{bench.load:.1f} (others were at work: to be measured again without them)")
    words = ["benchmarks/py/breaks.py", "--cycles", str(bench.cycles)]
    words += ["--awake"] if bench.awake else []
    words += ["--sync"] if bench.sync else []
    words += [] if bench.spin is None else ["--spin", str(bench.spin)]
    words += bench.words
    facts["command"] = " ".join(words)
    return facts


def line_of(result: Result) -> str:
    found = result.found
    beside = " and ".join(str(loop["broken"]) for loop in found["loops"][1:])
    return (f"{result.tested['broken']} of {found['cycles']} broken, beside {beside}; xruns "
            f"{found['xruns']}, meter late {found['late']}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE",
                        help="all, or those whose names contain one of these words")
    parser.add_argument("--list", action="store_true", help="print the cases' names")
    parser.add_argument("--cycles", type=int, default=20_000)
    parser.add_argument("--python", help="for the isolated tier: another Python, from 3.12")
    parser.add_argument("--peer", type=Path, metavar="PYTHON",
                        help="a Python that has JACK-Client, instead of a new venv")
    parser.add_argument("--awake", action="store_true",
                        help="keep the processors from halting between the cycles")
    parser.add_argument("--sync", action="store_true",
                        help="a server that waits for its clients: jackd -S")
    parser.add_argument("--spin", type=int, metavar="MICROSECONDS",
                        help="beside: a second C client, whose cycle lasts so long")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all numbers there")
    parser.add_argument("--markdown", type=Path, metavar="FILE",
                        help="replace the results between that page's marks")
    parser.add_argument("--build", type=Path, default=places.PROJECT / "build" / "bench",
                        metavar="DIR", help="for what has to be built")
    options = parser.parse_args()
    chosen = [case for case in cases()
              if not options.cases or any(word in case.name for word in options.cases)]
    if options.list or not chosen:
        print("\n".join(case.name for case in cases()))
        return 0 if options.list else 2

    bench = Bench(options)
    bench.prepare({case.python for case in chosen})
    results, failed = [], []
    for case in chosen:
        print(f"{case.name} …", file=sys.stderr, flush=True)
        try:
            results.append(bench.measure(case))
            print(f"    {line_of(results[-1])}", file=sys.stderr, flush=True)
        except ChildProcessError as error:
            failed.append(case.name)
            print(f"    failed: {error}", file=sys.stderr, flush=True)
    facts = circumstances(bench, results)
    cost = json.loads(subprocess.run([places.stream_cost(bench.build)], check=True,
                                     capture_output=True, text=True).stdout)
    facts["stream of 64 ports each way, 64 frames, in the audio thread"] = (
        f"{cost['stream_ns']} ns a cycle, {cost['ratio_planes']:.2f} × planar copies in C, "
        f"{cost['ratio_rings']:.2f} × JACK ring buffers in C")
    rows = [fields(result) for result in results]
    print(tables.as_text(HEAD, rows, facts))
    if options.json is not None:
        numbers = [asdict(result) | {"reached": result.reached} for result in results]
        document = {"circumstances": facts, "cost": cost, "results": numbers}
        options.json.write_text(json.dumps(document, indent=2), encoding="utf-8")
    if options.markdown is not None:
        tables.rewrite(options.markdown, tables.as_markdown(HEAD, rows, facts), BEGIN, END)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
