"""The rule of the house, an include points only down, and what rt/ may call."""

import re
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
SRC = HERE.parents[1] / "src"
# No Python in the include path, and no calls that a distribution's compiler adds.
FLAGS = ["-std=gnu11", "-O2", "-U_FORTIFY_SOURCE", "-fno-stack-protector"]
FLAGS += ["-I", str(SRC)]
RT_SOURCES = sorted((SRC / "rt").glob("*.c"))
LAYERS = {"rt": {"rt"}, "core": {"core", "rt"}}
FILES = sorted(path for layer in LAYERS for path in (SRC / layer).glob("*.[ch]"))
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def output_of(*command, cwd):
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=cwd, timeout=60, text=True, capture_output=True)
    assert done.returncode == 0, f"{words[0]} gave {done.returncode}:\n{done.stderr}"
    return done.stdout


def symbols(objects, *options, cwd):
    """The symbols that nm lists for each object, by the object's name."""
    found = {}
    for path in objects:
        lines = output_of("nm", "-P", *options, path, cwd=cwd).splitlines()
        found[path.stem] = {line.split()[0].split("@")[0] for line in lines}
    return found


@pytest.fixture(scope="module")
def objects(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rt")
    made = []
    for source in RT_SOURCES:
        made.append(folder / f"{source.stem}.o")
        output_of("cc", *FLAGS, "-c", source, "-o", made[-1], cwd=folder)
    return made


def allowed():
    lines = (HERE / "rt_symbols.txt").read_text().splitlines()
    return {line for line in lines if line and not line.startswith("#")}


def test_needs_only_what_is_allowed(objects, tmp_path):
    own = set().union(*symbols(objects, "-g", "--defined-only", cwd=tmp_path).values())
    needed = symbols(objects, "-u", cwd=tmp_path)
    assert "memcpy" in needed["mailbox"]  # or nm's output is not understood
    excess = {stem: names - own - allowed() for stem, names in needed.items()}
    assert {stem: names for stem, names in excess.items() if names} == {}


def test_only_wake_waits(objects, tmp_path):
    waiting = {"close", "eventfd", "fcntl", "pipe", "pipe2", "poll"}
    waiting.add("read")
    needed = symbols(objects, "-u", cwd=tmp_path)
    assert [stem for stem, names in needed.items() if names & waiting] == ["wake"]


def test_names_begin_with_rtj(objects, tmp_path):
    defined = symbols(objects, "-g", "--defined-only", cwd=tmp_path)
    assert "rtj_cycle_process" in defined["cycle"]
    for stem, names in defined.items():
        assert {name for name in names if not name.startswith("rtj_")} == set(), stem


def test_no_mutable_data(objects, tmp_path):
    """Everything that the audio thread may touch is handed to it."""
    for path in objects:
        for line in output_of("nm", "-P", path, cwd=tmp_path).splitlines():
            assert line.split()[1] not in "bBdDcC", f"{path.stem}: {line}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SRC)))
def test_includes_point_down(path):
    for bracket, name in INCLUDE.findall(path.read_text()):
        folder = name.partition("/")[0]
        if bracket == '"':
            assert folder in LAYERS[path.parent.name], f'#include "{name}"'
        else:
            assert folder not in {"rt", "core", "py"}, f"#include <{name}>"
        assert not re.fullmatch(r"(python\d[^/]*/)?(Python|structmember)\.h", name)
