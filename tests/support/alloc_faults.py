"""Let each allocation of the core, and each call that the extension makes of Python, fail.

    python -m support.alloc_faults [--every N] [--from K] [--callers] [--unreached]
        [--record FILE] [SCENE | TEST_FILE]...

In `tests/`.  A site is one place of the extension's code where it calls one function that may
fail; with --callers another one for each way through the extension that leads there.  Each
scene of fault_scenes*.py runs once while the sites that it reaches are noted.  Then
it runs once for each of them that has not failed yet, and there that call fails, once.
The scene has to go well nevertheless, or to end with MemoryError or a JackError; and at once
afterwards, the same scene has to go well.  What else happens is a finding; a process that
ends is one, too, and the next goes on behind it.  A site that is only reached when another
one failed fails right behind that one.  The scenes of fault_scenes_first.py have a process
for each site.  Files of tests may be given, too, which come after the scenes: fault_tests.py
tells how their tests are judged.

What failed without a finding is added to the record, and what stands there is left out: runs on
another server or Python take what is left.
"""

import argparse
import collections
import contextlib
import importlib.util
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from support import alloc_faults_child, fault_scenes_first, libraries
from support.alloc_faults_child import ADDRESS, is_of_tests

SOURCE = pathlib.Path(__file__).parents[1] / "c" / "faults.c"
WAYS = ((1 << 24) - 1) << 24  # what of a key tells how it was reached


def build(folder):
    """The library, or None where it can't be: it is written for one processor."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if os.uname().machine != "x86_64" or sys.platform != "linux" or compiler is None:
        return None
    target = str(pathlib.Path(folder) / "faults.so")
    command = [compiler, "-shared", "-fPIC", "-O1", "-g", "-std=gnu11", SOURCE, "-o", target]
    subprocess.run([*command, "-ldl"], check=True)
    return target


class Report:
    def __init__(self, extension):
        self.extension = extension
        self.findings, self.ended = [], False
        self.past = set()  # sites that need not fail any more, for all is known of them
        self.failed = set()
        self.tried, self.over = set(), set()  # sites; tests with all of theirs
        self.current, self.spoilt, self.found = None, False, []

    def line_of(self, key):
        return lines_of(self.extension, [key & ADDRESS])[0]

    def take(self, facts):
        if "site" in facts:
            self.current = facts
        elif "done" in facts:
            self.take_outcome(facts)
        elif "over" in facts:
            self.over.add(facts["over"])
        elif "skipped" in facts:
            print(f"{facts['scene']} does not run here: {facts['skipped']}", flush=True)
        elif facts.get("new"):
            print(f"{facts['scene']}: {facts['sites']} sites, {facts['new']} to try", flush=True)
        self.found = facts.get("found", self.found)
        self.ended |= "end" in facts

    def take_outcome(self, facts):
        self.tried.add(facts["done"])
        if facts["wrong"]:
            self.finding(facts["wrong"])
        elif facts["failed"]:
            self.failed.add(facts["done"])
        if facts["wrong"] or facts["failed"]:
            self.past.add(facts["done"])
        self.current = None
        self.spoilt = facts.get("spoilt", False)

    def finding(self, what):
        where = self.current or {"name": "no fault", "scene": "?"}
        places = [where["site"], *where.get("callers", ())] if "site" in where else []
        line = " < ".join(map(self.line_of, places)) or "?"
        behind = f" behind {where['name']}" if where.get("after") else ""
        name = where.get("after") or where["name"]
        self.findings.append(f"{where['scene']}: {name} ({line}){behind}: {what}")
        print("  !", self.findings[-1], flush=True)


def watch(command, report):
    """Run the child once, to its end or to the finding that ends it; whether it has to go on."""
    report.spoilt = report.ended = False
    with tempfile.TemporaryFile("w+") as complaints:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints, text=True)
        try:
            for line in process.stdout:
                if line.startswith("{"):  # else it is pytest's
                    report.take(json.loads(line))
            process.wait(60)
        finally:
            process.kill()
            process.wait()
        complaints.seek(0)
        text = complaints.read()
    if report.spoilt:
        return True
    if process.returncode != 0 or not report.ended:
        report.finding(f"the process ended with {process.returncode}:\n{text[-3000:]}")
        if report.current is None:
            return False
        report.past.add(report.current["site"])
        report.current = None
        return True
    return False


def first_runs(command, report, names, chosen):
    """What only happens once in a process: another one for each site."""
    for name in names:
        with alloc_faults_child.a_server() as server:
            words = [*command, "--first", "--place", server]
            watch([*words, name], report)
            new = [key for key in report.found if key not in report.past and chosen(key)]
            print(f"{name}: {len(report.found)} sites, {len(new)} to try", flush=True)
            for key in new:
                watch([*words, "--arm", str(key), name], report)


def main():
    options = arguments()
    if options.child:
        return alloc_faults_child.child(options)
    report = Report(options.extension)
    places = places_of(options.extension, sites_of_the_code(options.extension))
    known = set()
    if options.record is not None and options.record.exists():
        known = set(json.loads(options.record.read_text()))
    report.past = {key for key, place in places.items() if place in known}
    with tempfile.TemporaryDirectory() as folder:
        library = build(folder)
        if library is None:
            print("tests/c/faults.c is for Linux on x86-64, and takes a C compiler")
            return 2
        run_all(options, report, library, pathlib.Path(folder))
    failed = {key & ~WAYS for key in report.failed}
    known |= {places[key] for key in failed if key in places}
    if options.record is not None:
        options.record.write_text(json.dumps(sorted(known), indent=0))
    left = sorted(place for place in places.values() if place not in known)
    if options.unreached:
        print(*left, sep="\n")
    print(f"{len(places) - len(left)} sites of {len(places)} that the code has have failed")
    count = len(report.failed)
    print(f"{len(report.tried)} sites tried, {count} failed, {len(report.findings)} findings")
    return 1 if report.findings or not (count or known) else 0


def run_all(options, report, library, folder):
    past = folder / "past.json"
    command = [sys.executable, "-m", "support.alloc_faults", "--child"]
    command += [f"--every={options.every}", f"--from={options.offset}"]
    command += ["--callers"] * options.callers
    command += ["--library", library, "--past", str(past), "--extension", options.extension]
    files = [scene for scene in options.scenes if is_of_tests(scene)]
    scenes = [scene for scene in options.scenes if not is_of_tests(scene)]
    first = fault_scenes_first.SCENES
    first = first + fault_scenes_first.ON_JACK2 * (libraries.loaded() == "JACK2")
    first = [scene.__name__ for scene in first if scene.__name__ in scenes or not options.scenes]
    scenes = [name for name in scenes if name not in first]
    first_runs(command, report, first, alloc_faults_child.choice(options))
    for part in [scenes] * bool(scenes or not options.scenes) + [files] * bool(files):
        more = True
        while more and len(report.findings) < 100:
            past.write_text(json.dumps([sorted(report.past), sorted(report.over)]))
            more = watch([*command, *part], report)


# ---- the code ----


def sites_of_the_code(extension):
    """Every place where it calls a function that may fail."""
    rules = re.findall(r'{"(\w+)"', SOURCE.with_name("faults_rules.inc").read_text())
    indices = {function: index + 1 for index, function in enumerate(rules)}
    command = ["objdump", "-d", "--no-show-raw-insn", extension]
    code = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    calls = re.findall(r"call +\w+ <(\w+)@plt>\n +(\w+):", code)
    return {indices[name] << 48 | int(after, 16): name for name, after in calls if name in indices}


def places_of(extension, sites):
    """What names each in any build of the same sources: its function, file and line."""
    keys, counts, places = sorted(sites, key=lambda key: key & ADDRESS), collections.Counter(), {}
    for key, line in zip(keys, lines_of(extension, [key & ADDRESS for key in keys]), strict=True):
        # Before 3.13 the header says so for all that take lengths.
        place = f"{line} {sites[key].removeprefix('_').removesuffix('_SizeT')}"
        counts[place] += 1
        places[key] = place if counts[place] == 1 else f"{place} ({counts[place]})"
    return places


def lines_of(extension, addresses):
    """Where what returns to them is in the sources, if that can be known."""
    command = ["addr2line", "-s", "-e", extension, *(hex(address - 1) for address in addresses)]
    with contextlib.suppress(OSError):
        text = subprocess.run(command, capture_output=True, text=True).stdout
        return [line.split()[0] for line in text.splitlines()]
    return ["?"] * len(addresses)


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--every", type=int, default=1, help="try one site in N")
    parser.add_argument("--from", type=int, default=0, dest="offset", help="the first of them")
    parser.add_argument("--callers", action="store_true", help="once for each way to a site")
    parser.add_argument("--unreached", action="store_true", help="list where nothing failed")
    parser.add_argument("--record", type=pathlib.Path, help="what has failed before, and now")
    parser.add_argument("scenes", nargs="*")
    for hidden in ("--library", "--past", "--extension", "--place"):
        parser.add_argument(hidden, help=argparse.SUPPRESS)
    parser.add_argument("--arm", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--first", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    folder = importlib.util.find_spec("jack").submodule_search_locations[0]
    options.extension = str(next(pathlib.Path(folder).glob("_jack.*.so")))
    return options


if __name__ == "__main__":
    sys.exit(main())
