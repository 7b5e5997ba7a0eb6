"""A short run of the soak: three servers, and everything comes that went."""

import pathlib
import re
import subprocess
import sys

import pytest

from support import libraries

NUMBER = r"(\d[\d,]*) (\w+)"
SOAK = pathlib.Path(__file__).parents[1] / "soak" / "run.py"


def test_three_servers():
    if libraries.loaded() != "JACK2":
        pytest.skip("the soak is for JACK2, which waits for its clients")
    command = [sys.executable, str(SOAK), "--seconds", "3", "--each", "0.7"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert lines[-1] == "nothing is missing"
    counts = {name: int(n.replace(",", "")) for n, name in re.findall(NUMBER, lines[-2])}
    assert min(counts[what] for what in ("cycles", "frames", "messages", "events", "ports")) > 0
    assert counts["missing"] == 0
