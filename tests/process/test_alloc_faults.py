"""One in so many of the allocation faults that `make alloc-faults` lets happen."""

import os
import pathlib
import re
import subprocess
import sys

import pytest

from support import alloc_faults, libraries

TESTS = pathlib.Path(__file__).parents[1]
ALONE = TESTS.parent / "tools" / "alone.sh"
SCENES = "ports callbacks streams midi events importing".split()


def test_what_lacks_memory_says_so_and_works_again(tmp_path):
    if libraries.loaded() != "JACK2":
        pytest.skip("the faults happen in a process with a server within it, which is JACK2's")
    if alloc_faults.build(tmp_path) is None:
        pytest.skip("tests/c/faults.c is for Linux on x86-64, and takes a C compiler")
    command = [ALONE, sys.executable, "-m", "support.alloc_faults", "--every", "16", *SCENES]
    environment = os.environ | {"PYTHONPATH": str(TESTS)}
    done = subprocess.run(
        command, cwd=TESTS, env=environment, capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stdout + done.stderr
    tried, failed, findings = map(int, re.findall(r"\d+", done.stdout.splitlines()[-1]))
    assert failed >= 10 and failed >= tried // 2 and findings == 0, done.stdout
