"""What ``pyjack doctor`` looks at.  Each check looks at one thing, and says what to do."""

import contextlib
import importlib.metadata
import os
import pathlib
import platform
import resource
import shutil
import sys
import sysconfig
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

import jack
from jack._cli.place import Place

GOOD, WARNING, BAD = "ok", "warning", "bad"

CPUS = pathlib.Path("/sys/devices/system/cpu")
MAPS = pathlib.Path("/proc/self/maps")
SHARED = pathlib.Path("/dev/shm")

LIMITS = (
    "put '@audio - {what} {value}' into /etc/security/limits.d/audio.conf, be in the group "
    "audio (usermod -aG audio {user}), and log in anew; on Debian, dpkg-reconfigure jackd2 "
    "writes that file"
)
MEBIBYTE = 2**20


@dataclass
class Check:
    """What was found of a thing: `state` is GOOD, WARNING or BAD."""

    name: str
    state: str
    found: str
    advice: str = ""

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


def examine(server: str | None) -> list[Check]:
    """All checks.  The server's are left out where there is no library."""
    checks = [python(), *rivals(), library()]
    if checks[-1].state == GOOD:
        checks.append(running(server))
    looks: list[Callable[[], Check]] = [priority, realtime, memlock, governor, kernel, shared]
    return checks + [look() for look in looks]


def python() -> Check:
    words = f"{platform.python_implementation()} {platform.python_version()}"
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        words += ", free-threaded"
    isolated = sys.version_info >= (3, 12)
    advice = "" if isolated else "callbacks that nothing delays (isolated ones) need 3.12"
    return Check("Python", GOOD, f"{words}, rtjack {jack.__version__}", advice)


def rivals() -> Iterator[Check]:
    """JACK-Client brings a module `jack` too."""
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        version = importlib.metadata.version("JACK-Client")
        yield Check(
            "JACK-Client",
            WARNING,
            f"{version} is installed too; both bring a module called jack, and rtjack's is used",
            "pip uninstall JACK-Client",
        )


def library() -> Check:
    try:
        version = jack.version_string()
    except jack.NotSupportedError:
        version = "which does not tell its version: JACK1"
    except jack.LibraryNotFoundError as error:
        return Check(
            "libjack",
            BAD,
            str(error),
            "apt-get install libjack-jackd2-0, or pipewire-jack for PipeWire's",
        )
    files = ", ".join(mapped("libjack.so")) or "unknown file"
    return Check("libjack", GOOD, f"{version} ({files})")


def mapped(part: str, maps: pathlib.Path = MAPS) -> list[str]:
    """Files that this process has mapped."""
    try:
        lines = maps.read_text(errors="surrogateescape").splitlines()
    except OSError:
        return []
    names = (line.split(maxsplit=5)[5:] for line in lines)
    return sorted({name[0] for name in names if name and part in name[0]})


def running(server: str | None) -> Check:
    name = Place(server).name
    if not jack.server_running(server, timeout=2):
        return Check(
            "server",
            BAD,
            f"none answers under the name {name!r}",
            "start one: jackd -R -d alsa for a sound card; pyjack server run for one "
            "without; with PipeWire, run programs by pw-jack",
        )
    try:
        with contextlib.closing(
            jack.Client("jack-doctor", no_start_server=True, servername=server)
        ) as client:
            return of_server(client, name)
    except jack.JackError as error:
        return Check("server", BAD, f"{name!r}: {error}", "restart it")


def of_server(client: jack.Client, name: str) -> Check:
    load = client.cpu_load()
    words = (
        f"{name!r}, {client.samplerate} Hz, blocks of {client.blocksize} frames "
        f"({1000 * client.blocksize / client.samplerate:.3g} ms), CPU load {load:.1f} %"
    )
    if load > 70:
        advice = "larger blocks (pyjack server blocksize), or fewer programs"
        return Check("server", WARNING, words, advice)
    if not client.realtime:
        advice = "start it with realtime scheduling: jackd -R, or pyjack server run --realtime"
        return Check("server", WARNING, f"{words}, not realtime", advice)
    return Check("server", GOOD, f"{words}, realtime")


def user() -> str:
    return os.environ.get("USER") or str(os.getuid())


def priority(limit: int | None = None) -> Check:
    """RLIMIT_RTPRIO, which root does not need."""
    name = "realtime limit"
    if limit is None:
        limit = resource.getrlimit(resource.RLIMIT_RTPRIO)[0]
    if os.geteuid() == 0:
        return Check(name, GOOD, "none, as root")
    if limit == resource.RLIM_INFINITY or limit >= 70:
        return Check(name, GOOD, f"priorities up to {min(limit, 99) if limit >= 0 else 99}")
    advice = LIMITS.format(what="rtprio", value=95, user=user())
    return Check(name, BAD if limit == 0 else WARNING, f"priorities up to {limit}", advice)


def realtime() -> Check:
    """Whether a thread really gets it."""
    name, errors = "realtime scheduling", list[OSError]()

    def ask() -> None:
        try:
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
        except OSError as error:
            errors.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    if not errors:
        return Check(name, GOOD, "the system gives it")
    return Check(
        name,
        BAD,
        f"the system refuses it: {errors[0].strerror}",
        "see the realtime limit; in a container, give it the capability SYS_NICE; in a "
        "control group with RT_GROUP_SCHED, a share of realtime",
    )


def memlock(limit: int | None = None) -> Check:
    """RLIMIT_MEMLOCK: memory that is swapped out when it is needed is late."""
    name = "locked memory"
    if limit is None:
        limit = resource.getrlimit(resource.RLIMIT_MEMLOCK)[0]
    if os.geteuid() == 0 or limit == resource.RLIM_INFINITY:
        return Check(name, GOOD, "no limit")
    words = f"up to {limit / MEBIBYTE:.3g} MiB"
    if limit >= 1024 * MEBIBYTE:
        return Check(name, GOOD, words)
    advice = LIMITS.format(what="memlock", value="unlimited", user=user())
    return Check(name, WARNING, words, advice)


def governor(cpus: pathlib.Path = CPUS) -> Check:
    name = "CPU governor"
    found: dict[str, int] = {}
    for file in sorted(cpus.glob("cpu[0-9]*/cpufreq/scaling_governor")):
        with contextlib.suppress(OSError):
            word = file.read_text().strip()
            found[word] = found.get(word, 0) + 1
    if not found:
        return Check(name, GOOD, "none: the system does not change the frequency itself")
    words = ", ".join(f"{word} on {count} CPUs" for word, count in found.items())
    if set(found) == {"performance"}:
        return Check(name, GOOD, words)
    return Check(
        name,
        WARNING,
        words,
        "while audio runs: cpupower frequency-set -g performance (as root)",
    )


def kernel() -> Check:
    release = f"{platform.system()} {platform.release()}"
    with contextlib.suppress(OSError):
        if pathlib.Path("/sys/kernel/realtime").read_text().strip() == "1":
            return Check("kernel", GOOD, f"{release}, PREEMPT_RT")
    return Check("kernel", GOOD, release)


def shared(folder: pathlib.Path = SHARED) -> Check:
    """Where clients and server share audio."""
    name = "shared memory"
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return Check(name, BAD, f"{folder}: {error.strerror}", f"mount a tmpfs on {folder}")
    if not os.access(folder, os.W_OK):
        return Check(name, BAD, f"{folder} can't be written", f"chmod 1777 {folder} (as root)")
    words = f"{free / MEBIBYTE:.0f} MiB free in {folder}"
    if free < 32 * MEBIBYTE:
        advice = "make room; in a container, start it with a larger one (--shm-size)"
        return Check(name, BAD, words, advice)
    return Check(name, GOOD, words)
