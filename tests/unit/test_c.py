"""The tests in C: each program of tests/c is built from the sources and run."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests" / "c"
FLAGS = ["-std=gnu11", "-O2", "-g", "-Wall", "-Wextra", "-Werror", "-pthread"]
FLAGS += ["-I", str(ROOT / "src")]
STEMS = sorted(path.stem.removeprefix("test_") for path in TESTS.glob("test_*.c"))


def run(*command, cwd):
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=cwd, timeout=100, text=True, capture_output=True)
    said = done.stdout + done.stderr
    assert done.returncode == 0, f"{words[0]} gave {done.returncode}:\n{said}"


@pytest.fixture(scope="module")
def objects(tmp_path_factory):
    """What the programs test, compiled once."""
    folder = tmp_path_factory.mktemp("c")
    made = []
    for source in (TESTS / "sources.txt").read_text().split():
        made.append(folder / (source.replace("/", "-") + ".o"))
        run("cc", *FLAGS, "-c", ROOT / "src" / source, "-o", made[-1], cwd=folder)
    return made


def test_there_are_programs():
    assert "mailbox" in STEMS and "log" in STEMS


@pytest.mark.parametrize("stem", STEMS)
def test_program(stem, objects, tmp_path):
    program = tmp_path / stem
    run("cc", *FLAGS, TESTS / f"test_{stem}.c", *objects, "-lm", "-o", program, cwd=tmp_path)
    run(program, cwd=tmp_path)


def test_meson_runs_the_same_programs():
    listed = (TESTS / "meson.build").read_text()
    assert [stem for stem in STEMS if f"'{stem}'" not in listed] == []
