"""Live whole lives under valgrind, and print what it says of this package's code.

Each kind of life (tests/leaks/lives.py) has a process of its own.  An error counts when a
function of the extension is among the callers; those of CPython, NumPy, the dynamic linker
and libjack by themselves are not judged, as libjacknet's, which sends bytes that it never
set.  Leaks are not looked for, `make leaks` does.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))
os.environ["JACK_NO_START_SERVER"] = "1"
os.environ["JACK_NO_AUDIO_RESERVATION"] = "1"

from leaks import lives  # noqa: E402
from support import servers  # noqa: E402

SECONDS = 300
# One thread runs at a time; with this, in turn.
VALGRIND = ["valgrind", "--quiet", "--fair-sched=yes", "--xml=yes"]


def frames(stack: ElementTree.Element) -> list[tuple[str, str]]:
    """The functions, from the innermost, with the name of their file."""
    return [
        (frame.findtext("fn", "?"), Path(frame.findtext("obj", "?")).name)
        for frame in stack.iter("frame")
    ]


def is_ours(callers: list[tuple[str, str]]) -> bool:
    """The extension is among them, and it is not libjack that gave what is wrong."""
    names = [name for _, name in callers if not name.startswith(("libc.", "vgpreload"))]
    return any(n.startswith("_jack.") for n in names) and not names[0].startswith("libjack")


def errors(report: Path) -> list[str]:
    found = []
    for error in ElementTree.parse(report).getroot().iter("error"):
        kind = error.findtext("kind", "?")
        callers = frames(next(error.iter("stack")))
        if "Leak" not in kind and is_ours(callers):
            what = error.findtext("what") or error.findtext("xwhat/text") or "?"
            lines = [f"    {function} ({name})" for function, name in callers[:12]]
            found.append("\n".join([f"  {kind}: {what}", *lines]))
    return found


def live(name: str, server: str, folder: Path) -> list[str]:
    """One life, under valgrind; what was wrong."""
    report = folder / f"{name}.xml"
    command = [*VALGRIND, f"--xml-file={report}", sys.executable, __file__,
               "--child", name, "--server", server]  # fmt: skip
    environment = {**os.environ, "PYTHONMALLOC": "malloc", "JACK_DEFAULT_SERVER": server}
    done = subprocess.run(command, env=environment, timeout=SECONDS, capture_output=True,
                          text=True)  # fmt: skip
    if done.returncode != 0:
        return [f"  it ended with {done.returncode}:\n{done.stderr}"]
    return errors(report)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lives", nargs="*", metavar="LIFE", help="default: all")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--server", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        lives.LIVES[options.child](options.server)
        return 0
    if shutil.which("valgrind") is None:
        parser.error("valgrind is not there: apt-get install valgrind")
    bad = 0
    with tempfile.TemporaryDirectory() as name:
        server = servers.Jackd2(Path(name))
        try:
            for life in options.lives or lives.LIVES:
                found = live(life, server.name, Path(name))
                print(f"{life}: {len(found)} errors", *found, sep="\n", flush=True)
                bad += len(found)
        finally:
            server.end()
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
