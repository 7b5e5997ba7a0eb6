"""What this process holds, counted, and what of it grows from window to window."""

import array
import ctypes
import gc
import os
import sys
import time

_SIZES = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost".split()


class _Mallinfo(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in _SIZES]


# Looking up a name that C code has made fills a slot of the interpreter's cache of methods,
# until all 4096 are full.
_clear_caches = getattr(sys, "_clear_internal_caches", None) or sys._clear_type_cache

_mallinfo2 = ctypes.CDLL(None).mallinfo2
_mallinfo2.restype = _Mallinfo

# Of these, a count that is not what it was may be on its way back: threads end, and JACK's
# own close descriptors, a little after the call.
SETTLING = ("descriptors", "threads", "shared memory", "mappings", "virtual kB")


def _lines(path):
    with open(path, "rb") as file:
        return file.read().splitlines()


def _status():
    """The kernel's figures of this process, kB."""
    pairs = (line.split(b":", 1) for line in _lines("/proc/self/status"))
    return {key.decode(): value.split()[0] for key, value in pairs if value.split()}


def held():
    """What the process holds, {name: count}.

    "heap" is what is allocated with malloc(), in bytes, whatever libc keeps for later;
    "blocks" are those of Python's own allocator; "resident kB" is private memory.
    """
    status = _status()
    heap = _mallinfo2()
    counts = {
        "descriptors": len(os.listdir("/proc/self/fd")),
        "threads": int(status["Threads"]),
        "shared memory": sum("jack" in name for name in os.listdir("/dev/shm")),
        "mappings": len(_lines("/proc/self/maps")),
        "virtual kB": int(status["VmSize"]),
        "resident kB": int(status["RssAnon"]),
        "heap": heap.uordblks + heap.hblkhd,
        "blocks": sys.getallocatedblocks(),
        "objects": len(gc.get_objects()),
    }
    if hasattr(sys, "gettotalrefcount"):
        counts["all references"] = sys.gettotalrefcount()
    return counts


def references(things):
    """{name: how often it is referred to} of {name: object}."""
    return {f"references to {name}": sys.getrefcount(thing) for name, thing in things.items()}


class Watch:
    """Samples of what is held, one at the end of each window; they take no memory anew."""

    def __init__(self, windows, things=()):
        self._things = dict(things)
        self._names = list(self._now())
        self._samples = [array.array("q", bytes(8 * len(self._names))) for _ in range(windows + 1)]
        self._taken = 0

    def _now(self):
        return {**held(), **references(self._things)}

    def sample(self, patience):
        """Collect what is garbage, give `patience` seconds to what settles, and count."""
        _clear_caches()
        gc.collect()
        deadline = time.monotonic() + patience
        new, old = self._samples[self._taken], self._samples[max(0, self._taken - 1)]
        while True:
            for index, count in enumerate(self._now().values()):
                new[index] = count
            if not self._taken or not self._unsettled(old, new) or time.monotonic() > deadline:
                break
            time.sleep(0.005)
        self._taken += 1

    def _unsettled(self, old, new):
        return any(new[i] > old[i] for i, n in enumerate(self._names) if n in SETTLING)

    def growing(self):
        """{name: growth in each window} of what grew in every one of them.

        What varies, such as what an allocator keeps, does not grow each time; what leaks
        does. References may not become fewer each time either.
        """
        found = {}
        for index, name in enumerate(self._names):
            counts = [sample[index] for sample in self._samples]
            steps = [after - before for before, after in zip(counts, counts[1:])]
            fewer = name.startswith("references") and all(step < 0 for step in steps)
            if fewer or all(step > 0 for step in steps):
                found[name] = steps
        return found


def watch(run, rounds, windows, things=(), patience=2.0):
    """Call `run(n)`, which does n rounds, for `rounds` in `windows` parts, and as much as
    one part before, which does not count. What grows, {name: growth in each window}."""
    part = -(-rounds // windows)
    run(part)
    watched = Watch(windows, things)
    watched.sample(patience)
    for _ in range(windows):
        run(part)
        watched.sample(patience)
    return watched.growing()


def grows(run, rounds, windows=5, things=(), patience=2.0):
    """As watch(). What seems to grow is looked at twice more, in more windows, and has to
    do so each time."""
    found = watch(run, rounds, windows, things, patience)
    for _ in range(2):
        if not found:
            break
        again = watch(run, rounds, 2 * windows, things, patience)
        found = {name: steps for name, steps in again.items() if name in found}
    return found
