"""Nothing is written outside of what was asked: what strace sees of a whole program's, and
its commands', files."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from support import children, libraries

CALLS = "open openat creat mkdir mkdirat mknod mknodat rename renameat renameat2 link linkat"
CALLS += " symlink symlinkat unlink unlinkat rmdir truncate chmod fchmodat chown fchownat"
CALLS += " utimensat bind"
LINE = re.compile(r"^(?:\[pid +\d+\] |\d+ +)?(\w+)\((.*)\) += (-?\d+)")
FOLDER = re.compile(r"(?:AT_FDCWD|\d+)<([^>]*)>, ")
TEXT = re.compile(r'"([^"]*)"')
# What libjack has for itself; devices that keep nothing; and a process's own entry in /proc.
LIBJACK = re.compile(r"/dev/shm/(jack|sem\.jack)|/(tmp|run/user/\d+)/(jack-|pipewire-)")
NOTHING = re.compile(r"/dev/(null|tty|zero)$|/proc/(self|\d+)/")


def is_writing(call, arguments):
    return not call.startswith("open") or any(
        flag in arguments for flag in ("O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC")
    )


def written(trace):
    """The paths that were made, changed or removed."""
    found = set()
    for line in trace.splitlines():
        match = LINE.match(line)
        if match and int(match[3]) >= 0 and is_writing(match[1], match[2]):
            place = FOLDER.match(match[2])
            folder = place[1] if place else ""
            found.update(os.path.join(folder, path) for path in TEXT.findall(match[2]) if path)
    return found


def test_the_judge():
    """What it is to find, it finds."""
    trace = """
17 openat(AT_FDCWD, "/etc/read", O_RDONLY|O_CLOEXEC) = 3
17 openat(AT_FDCWD</etc>, "made", O_WRONLY|O_CREAT|O_CLOEXEC, 0666) = 3
[pid    18] mkdir("/etc/folder", 0777) = 0
[pid    18] unlink("/etc/none") = -1 ENOENT (No such file or directory)
17 bind(7, {sa_family=AF_UNIX, sun_path="/etc/socket"}, 110) = 0
"""
    assert written(trace) == {"/etc/made", "/etc/folder", "/etc/socket"}


@pytest.mark.faults
@pytest.mark.skipif(libraries.loaded() != "JACK2", reason="the scenes are made for JACK2")
def test_only_what_was_named_is_written(jackd, tmp_path):
    if shutil.which("strace") is None:
        pytest.skip("there is no strace")
    folder, log = tmp_path / "named", tmp_path / "trace"
    folder.mkdir()
    words = ["strace", "-f", "-y", "-qq", "-s", "400", "-e", f"trace={CALLS.replace(' ', ',')}"]
    words += ["-e", "signal=none", "-o", str(log)]
    if subprocess.run([*words, "true"], capture_output=True).returncode != 0:
        pytest.skip("no right to trace")
    words += [sys.executable, "-B", "-m", "support.all_of_it", jackd.name, str(folder)]
    environment = {"PYTHONPATH": children.TESTS, "PYTHONDONTWRITEBYTECODE": "1"}
    environment |= {"JACK_DEFAULT_SERVER": jackd.name, "PIPEWIRE_REMOTE": jackd.name}
    environment["HOME"] = str(tmp_path / "home")
    os.mkdir(environment["HOME"])
    result = children.run_command(words, environment=environment, timeout=240, check=False)
    assert result.returncode == 0, result.stderr
    trace = log.read_text()
    named = {str(folder / name) for name in ("take.wav", "graph.json", "saved.json")}
    found = written(trace)
    assert found >= named
    others = {path for path in found - named if not LIBJACK.match(path)}
    # A snapshot is written beside its place, and takes it when it is whole.
    others = {path for path in others if not path.startswith(f"{folder}/.saved.json.")}
    assert {path for path in others if not NOTHING.match(path)} == set()
    assert os.listdir(environment["HOME"]) == []
    assert {str(path) for path in folder.iterdir()} == named
