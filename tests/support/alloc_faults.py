"""Let each allocation of the core, and each call that the extension makes of Python, fail.

    python -m support.alloc_faults [--every N] [--from K] [--callers] [--unreached]
        [SCENE | TEST_FILE]...

In `tests/`.  A site is one place of the extension's code where it calls one function that may
fail; with --callers another one for each way through the extension that leads there.  Each
scene of fault_scenes*.py runs once while the sites that it reaches are noted.  Then
it runs once for each of them that no earlier scene had, and there that call fails, once.
The scene has to go well nevertheless, or to end with MemoryError or a JackError; and at once
afterwards, the same scene has to go well.  What else happens is a finding; a process that
ends is one, too, and the next goes on behind it.  Files of tests may be given, too, which
come after the scenes: fault_tests.py tells how their tests are judged.
"""

import argparse
import contextlib
import ctypes
import faulthandler
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(__file__).parents[1] / "c" / "faults.c"
MOST, CALLERS = 32768, 8  # faults.c's
ADDRESS = (1 << 24) - 1  # what of a key is the place itself


class Faults:
    """tests/c/faults.c, at work in the extension."""

    def __init__(self, library, extension, callers=False):
        self._c = ctypes.CDLL(library)
        self._c.faults_function.restype = ctypes.c_char_p
        self._c.faults_function.argtypes = self._c.faults_arm.argtypes = [ctypes.c_uint64]
        self._c.faults_install.argtypes = [ctypes.c_void_p, ctypes.c_int]
        self._c.faults_callers.argtypes = [ctypes.c_uint64]
        self._c.faults_callers.restype = ctypes.POINTER(ctypes.c_uint64)
        handle = ctypes.CDLL(extension, mode=os.RTLD_NOW)._handle
        self.functions = self._c.faults_install(handle, callers)

    def sites_of(self, act):
        """(function, address) of each that is reached in `act`, in order."""
        self._c.faults_forget()
        self._c.faults_watch(1)
        try:
            act()
        finally:
            self._c.faults_watch(0)
        keys = (ctypes.c_uint64 * MOST)()
        count = self._c.faults_sites(keys)
        assert count < MOST
        return sorted(keys[:count])

    def name(self, key):
        return f"{self._c.faults_function(key).decode()} at {key & ADDRESS:#x}"

    def callers(self, key):
        """Addresses, the nearest first, of a site that is noted."""
        found = self._c.faults_callers(key)[:CALLERS]
        return found[: found.index(0)] if 0 in found else found

    def arm(self, key):
        self._c.faults_arm(key)

    def fired(self):
        return self._c.faults_fired()


def build(folder):
    """The library, or None where it can't be: it is written for one processor."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if os.uname().machine != "x86_64" or sys.platform != "linux" or compiler is None:
        return None
    target = str(pathlib.Path(folder) / "faults.so")
    command = [compiler, "-shared", "-fPIC", "-O1", "-g", "-std=gnu11", SOURCE, "-o", target]
    subprocess.run([*command, "-ldl"], check=True)
    return target


# ---- the process in which things fail ----


def outcome_of(scene, place, expected):
    """None, or what is wrong with how it ended."""
    try:
        scene(place)
    except expected as error:
        return f"{type(error).__name__}: {error}" if expected == () else None
    except BaseException as error:
        told = error
        while told is not None:  # what the interpreter made of it on its way
            if isinstance(told, expected):
                return None
            told = told.__cause__ or told.__context__
        return f"{scene.__name__} ended with {type(error).__name__}: {error}"
    return None


class Tries:
    def __init__(self, faults, place, say):
        self.faults, self.place, self.say = faults, place, say
        self.unraisable = []
        sys.unraisablehook = lambda args: self.unraisable.append(args.exc_value)

    def tell(self, key, scene):
        name, callers = self.faults.name(key), self.faults.callers(key)
        self.say(site=key, name=name, callers=callers, scene=scene)

    def one(self, scene, key):
        import jack

        self.unraisable.clear()
        self.tell(key, scene.__name__)
        self.faults.arm(key)
        wrong = outcome_of(scene, self.place, (MemoryError, jack.JackError))
        reached = self.faults.fired()
        self.faults.arm(0)
        others = [e for e in self.unraisable if not isinstance(e, (MemoryError, jack.JackError))]
        if others and wrong is None:
            wrong = f"unraisable: {others!r}"
        self.unraisable.clear()
        again = outcome_of(scene, self.place, ())
        if again is not None and wrong is None:
            wrong = f"afterwards: {again}"
        self.say(done=key, reached=reached, wrong=wrong)


def child(options):
    """Say a line of JSON for all that is done."""
    out = os.fdopen(os.dup(1), "w")

    def say(**facts):
        print(json.dumps(facts), file=out, flush=True)

    faulthandler.enable()
    faulthandler.dump_traceback_later(120, exit=True)
    faults = Faults(options.library, options.extension, options.callers)
    import jack
    from support import servers

    assert pathlib.Path(jack._jack.__file__).samefile(options.extension)
    say(functions=faults.functions)
    past, done = map(set, json.loads(pathlib.Path(options.past).read_text()))

    def chosen(key):
        return key * 2654435761 // 256 % options.every == options.first

    if any(map(is_of_tests, options.scenes)):
        return try_tests(faults, say, past, done, chosen, options)
    with_server, without = scenes_of(options.scenes)
    with jack.Server(servers.private_name(), samplerate=48000, blocksize=64) as server:
        os.environ["JACK_DEFAULT_SERVER"] = server.name
        try_scenes(with_server, Tries(faults, server.name, say), past, chosen)
    path = str(pathlib.Path(options.past).with_name("scene"))
    try_scenes(without, Tries(faults, path, say), past, chosen)
    faulthandler.cancel_dump_traceback_later()
    say(end=True)


def scenes_of(names):
    """Those that are called with a server's name, and those with a path, where none runs."""
    from support import fault_scenes as usual
    from support import fault_scenes_hosting as hosting
    from support import fault_scenes_isolated as isolated
    from support import fault_scenes_more as more
    from support import fault_scenes_net as net
    from support import fault_scenes_old as old
    from support import fault_scenes_rare as rare

    with_server = usual.SCENES + more.SCENES + old.SCENES + net.SCENES + rare.SCENES
    with_server += isolated.SCENES * (sys.version_info >= (3, 12))
    without = hosting.SCENES + rare.ALONE + usual.LAST
    return (
        [scene for scene in scenes if not names or scene.__name__ in names]
        for scenes in (with_server, without)
    )


def try_scenes(scenes, tries, past, chosen):
    for scene in scenes:
        scene(tries.place)  # what is made once for all is not the scene's
        found = tries.faults.sites_of(lambda scene=scene: scene(tries.place))
        new = [key for key in found if key not in past]
        past.update(found)
        new = [key for key in new if chosen(key)]
        tries.say(scene=scene.__name__, sites=len(found), new=len(new))
        for key in new:
            faulthandler.dump_traceback_later(60, exit=True)
            tries.one(scene, key)


def try_tests(faults, say, past, done, chosen, options):
    import pytest

    from support import fault_tests

    faulthandler.cancel_dump_traceback_later()
    os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = str(pathlib.Path(options.past).parent)
    plugin = fault_tests.Plugin(faults, say, past, done, chosen)
    rootdir = pathlib.Path(__file__).parents[2]
    words = ["-q", "-p", "no:cacheprovider", f"--rootdir={rootdir}", "--servers", "embedded"]
    status = pytest.main([*words, *options.scenes], plugins=[plugin])
    if status in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        say(end=True)


# ---- the one that looks on ----


class Report:
    def __init__(self, extension):
        self.extension = extension
        self.findings, self.tried, self.failed, self.ended = [], 0, 0, False
        self.past, self.over = set(), set()  # sites; tests with all of theirs
        self.sites = sites_of_the_code(extension)
        self.current, self.spoilt = None, False

    def line_of(self, key):
        """Where that is in the sources, if that can be known."""
        command = ["addr2line", "-s", "-e", self.extension, hex((key & ADDRESS) - 1)]
        with contextlib.suppress(OSError):
            return subprocess.run(command, capture_output=True, text=True).stdout.strip()
        return "?"

    def take(self, facts):
        if "site" in facts:
            self.current = facts
        elif "done" in facts:
            self.past.add(facts["done"])
            self.tried += 1
            self.failed += facts["reached"]
            if facts["wrong"]:
                self.finding(facts["wrong"])
            self.current = None
            self.spoilt = facts.get("spoilt", False)
        elif "over" in facts:
            self.over.add(facts["over"])
        elif facts.get("new"):
            print(f"{facts['scene']}: {facts['sites']} sites, {facts['new']} to try", flush=True)
        self.ended |= "end" in facts

    def finding(self, what):
        where = self.current or {"name": "no fault", "scene": "?"}
        places = [where["site"], *where.get("callers", ())] if "site" in where else []
        line = " < ".join(map(self.line_of, places)) or "?"
        self.findings.append(f"{where['scene']}: {where['name']} ({line}): {what}")
        print("  !", self.findings[-1], flush=True)


def watch(command, report):
    """Run the child once, to its end or to the finding that ends it; whether it has to go on."""
    report.spoilt = False
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


def main():
    options = arguments()
    if options.child:
        return child(options)
    report = Report(options.extension)
    with tempfile.TemporaryDirectory() as folder:
        library = build(folder)
        if library is None:
            print("tests/c/faults.c is for Linux on x86-64, and takes a C compiler")
            return 2
        past = pathlib.Path(folder) / "past.json"
        command = [*apart(), sys.executable, "-m", "support.alloc_faults", "--child"]
        command += [f"--every={options.every}", f"--from={options.first}"]
        command += ["--callers"] * options.callers
        command += ["--library", library, "--past", str(past), "--extension", options.extension]
        files = [scene for scene in options.scenes if is_of_tests(scene)]
        scenes = [scene for scene in options.scenes if not is_of_tests(scene)]
        for part in [scenes] * bool(scenes or not files) + [files] * bool(files):
            more = True
            while more and len(report.findings) < 100:
                past.write_text(json.dumps([sorted(report.past), sorted(report.over)]))
                more = watch([*command, *part], report)
    reached = {key & ~((1 << 48) - 1) | key & ADDRESS for key in report.past}
    if options.unreached:
        print(*sorted(map(report.line_of, report.sites - reached)), sep="\n")
    print(f"{len(reached)} sites of {len(report.sites)} that the code has")
    print(f"{report.tried} sites tried, {report.failed} failed, {len(report.findings)} findings")
    return 1 if report.findings or not report.failed else 0


def apart():
    """Words for a command beside others of its kind: JACK2's clients of one name get into
    each other's way whatever their servers."""
    from support.hosting import PRIVATE_MEMORY

    allowed = subprocess.run([*PRIVATE_MEMORY, "true"], capture_output=True).returncode == 0
    return PRIVATE_MEMORY if allowed else []


def is_of_tests(scene):
    return "/" in scene


def sites_of_the_code(extension):
    """Every place where it calls a function that may fail."""
    rules = re.findall(r'{"(\w+)"', SOURCE.with_name("faults_rules.inc").read_text())
    indices = {function: index + 1 for index, function in enumerate(rules)}
    command = ["objdump", "-d", "--no-show-raw-insn", extension]
    code = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    calls = re.findall(r"call +\w+ <(\w+)@plt>\n +(\w+):", code)
    return {indices[name] << 48 | int(after, 16) for name, after in calls if name in indices}


def arguments():
    import importlib.util

    parser = argparse.ArgumentParser()
    parser.add_argument("--every", type=int, default=1, help="try one site in N")
    parser.add_argument("--from", type=int, default=0, dest="first", help="the first of them")
    parser.add_argument("--callers", action="store_true", help="once for each way to a site")
    parser.add_argument("--unreached", action="store_true", help="list where nothing failed")
    parser.add_argument("scenes", nargs="*")
    for hidden in ("--library", "--past", "--extension"):
        parser.add_argument(hidden, help=argparse.SUPPRESS)
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    folder = importlib.util.find_spec("jack").submodule_search_locations[0]
    options.extension = str(next(pathlib.Path(folder).glob("_jack.*.so")))
    return options


if __name__ == "__main__":
    sys.exit(main())
