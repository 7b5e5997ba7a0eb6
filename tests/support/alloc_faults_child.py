"""The process of alloc_faults.py in which things fail; it says a line of JSON for each."""

import contextlib
import ctypes
import faulthandler
import importlib
import json
import os
import pathlib
import sys
import tempfile

MOST, CALLERS = 32768, 8  # tests/c/faults.c's
ADDRESS = (1 << 24) - 1  # what of a key is the place itself
TIMES = 3  # what is reached by chance may be another time


class Faults:
    """tests/c/faults.c, at work in the extension."""

    def __init__(self, library, extension, callers=False):
        self._c = ctypes.CDLL(library)
        self._c.faults_function.restype = ctypes.c_char_p
        self._c.faults_function.argtypes = [ctypes.c_uint64]
        self._c.faults_arm.argtypes = [ctypes.c_uint64, ctypes.c_uint64]
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

    def arm(self, key, behind=0):
        self._c.faults_arm(key, behind)

    def fired(self):
        """How many of the two have failed."""
        return self._c.faults_fired()


def outcome_of(scene, place, may_fail):
    """None, or what is wrong with how it ended."""
    try:
        scene(place)
    except BaseException as error:
        told = error if may_fail else None
        while told is not None:  # what the interpreter made of it on its way
            if is_explained(told):
                return None
            told = told.__cause__ or told.__context__
        return f"{scene.__name__} ended with {type(error).__name__}: {error}"
    return None


def is_explained(error):
    """Whether a want of memory may end so."""
    import jack

    return isinstance(error, (MemoryError, jack.JackError))


class Tries:
    def __init__(self, faults, place, say):
        self.faults, self.place, self.say = faults, place, say
        self.unraisable = []
        sys.unraisablehook = lambda args: self.unraisable.append(args.exc_value)

    def one(self, scene, key, behind=0):
        """Whether it failed (and the one `behind` it, too), and what else was reached then."""
        name, callers = self.faults.name(key), self.faults.callers(key)
        after = self.faults.name(behind) if behind else ""
        site = behind or key
        self.say(site=site, name=name, after=after, callers=callers, scene=scene.__name__)
        self.unraisable.clear()
        wrong = None

        def fail():
            nonlocal wrong
            self.faults.arm(key, behind)
            wrong = outcome_of(scene, self.place, True)

        found = self.faults.sites_of(fail)
        failed = self.faults.fired() == 1 + bool(behind)
        self.faults.arm(0)
        others = [error for error in self.unraisable if not is_explained(error)]
        if others and wrong is None:
            wrong = f"unraisable: {others!r}"
        self.unraisable.clear()
        again = outcome_of(scene, self.place, False)
        if again is not None and wrong is None:
            wrong = f"afterwards: {again}"
        self.say(done=site, failed=failed, wrong=wrong)
        return failed, found


def child(options):
    out = os.fdopen(os.dup(1), "w")

    def say(**facts):
        print(json.dumps(facts), file=out, flush=True)

    faulthandler.enable()
    faulthandler.dump_traceback_later(120, exit=True)
    faults = Faults(options.library, options.extension, options.callers)
    if options.first:
        return in_a_first_run(faults, say, options)
    import jack

    assert pathlib.Path(jack._jack.__file__).samefile(options.extension)
    say(functions=faults.functions)
    past, done = map(set, json.loads(pathlib.Path(options.past).read_text()))
    chosen = choice(options)
    if any(map(is_of_tests, options.scenes)):
        return try_tests(faults, say, past, done, chosen, options)
    with_server, without = scenes_of(options.scenes)
    with a_server() as name:
        os.environ["JACK_DEFAULT_SERVER"] = name
        try_scenes(with_server, Tries(faults, name, say), past, chosen)
    path = str(pathlib.Path(options.past).with_name("scene"))
    try_scenes(without, Tries(faults, path, say), past, chosen)
    faulthandler.cancel_dump_traceback_later()
    say(end=True)


def choice(options):
    """What tells whether a site is one of those to try."""
    return lambda key: key * 2654435761 // 256 % options.every == options.offset


@contextlib.contextmanager
def a_server():
    """Its name.  JACK2's is within this process, where its code can fail, too."""
    import jack
    from support import libraries, servers

    if libraries.loaded() == "JACK2":
        with jack.Server(servers.private_name(), samplerate=48000, blocksize=64) as server:
            yield server.name
        return
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_RUNTIME_DIR"] = folder
        process = servers.PROCESSES[libraries.loaded()](pathlib.Path(folder))
        try:
            yield process.name
        finally:
            process.end()


def scenes_of(names):
    """Those that are called with a server's name, and those with a path, where none runs."""
    from support import fault_scenes as usual
    from support import fault_scenes_hosting as hosting
    from support import fault_scenes_isolated as isolated
    from support import fault_scenes_more as more
    from support import fault_scenes_net as net
    from support import fault_scenes_old as old
    from support import fault_scenes_rare as rare
    from support import libraries

    with_server = usual.SCENES + more.SCENES + old.SCENES + net.SCENES + rare.SCENES
    with_server += isolated.SCENES * (sys.version_info >= (3, 12))
    without = hosting.SCENES + rare.ALONE + usual.LAST
    return (
        [scene for scene in scenes if not names or scene.__name__ in names]
        for scenes in (with_server, without * (libraries.loaded() == "JACK2"))
    )


def try_scenes(scenes, tries, past, chosen):
    from support import libraries

    for scene in scenes:
        try:
            scene(tries.place)  # what is made once for all is not the scene's
            found = tries.faults.sites_of(lambda scene=scene: scene(tries.place))
        except Exception as error:
            if libraries.loaded() == "JACK2":  # on which all of them run
                raise
            tries.say(scene=scene.__name__, skipped=f"{type(error).__name__}: {error}")
            continue
        new = [key for key in found if key not in past and chosen(key)]
        tries.say(scene=scene.__name__, sites=len(found), new=len(new))
        for key in new:
            if key not in past:
                try_site(tries, scene, key, past, set(found))


def try_site(tries, scene, key, past, usual):
    """With each that is only reached as this one fails: that fails behind it."""
    faulthandler.dump_traceback_later(60, exit=True)
    for _ in range(TIMES):
        failed, reached = tries.one(scene, key)
        if failed:
            past.add(key)
            break
    else:
        return
    for behind in [key for key in reached if key not in past and key not in usual]:
        faulthandler.dump_traceback_later(60, exit=True)
        failed, _ = tries.one(scene, key, behind)
        if failed:
            past.add(behind)


def in_a_first_run(faults, say, options):
    """One of fault_scenes_first.py, once in a process: note what it reaches, or let that fail."""
    (name,) = options.scenes
    os.environ["JACK_DEFAULT_SERVER"] = options.place
    scene = getattr(importlib.import_module("support.fault_scenes_first"), name)
    if not options.arm:
        say(found=faults.sites_of(lambda: scene(options.place)))
    else:
        Tries(faults, options.place, say).one(scene, options.arm)
    say(end=True)


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


def is_of_tests(scene):
    return "/" in scene
