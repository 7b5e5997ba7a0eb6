"""The Python code in the documents runs."""

import os
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


MODULE = re.compile(r"# (\w+\.py)\n")  # the first line of a block that is a file of its own


def runs_here(code):
    return sys.version_info >= (3, 12) or "set_isolated_callback" not in code


def modules_of(document):
    """The blocks that are modules: name and source."""
    blocks = BLOCK.findall(document.read_text(encoding="utf-8"))
    return {name[1]: code for code in blocks if (name := MODULE.match(code))}


def program_of(document):
    """All other Python blocks of `document` as one program, each line where it stands."""
    text = document.read_text(encoding="utf-8")
    lines = [""] * text.count("\n")
    for block in BLOCK.finditer(text):
        if MODULE.match(block[1]) or not runs_here(block[1]):
            continue
        first = text.count("\n", 0, block.start(1))
        code = block[1].splitlines()
        lines[first : first + len(code)] = code
    return "\n".join(lines) + "\n"


def documents_with_code():
    documents = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    return [d for d in sorted(documents) if BLOCK.search(d.read_text(encoding="utf-8"))]


def test_the_readme_has_code():
    assert ROOT / "README.md" in documents_with_code()


@pytest.mark.parametrize("document", documents_with_code(), ids=lambda d: d.name)
def test_code_runs(document, tmp_path):
    program = tmp_path / f"{document.stem}.py"
    program.write_text(program_of(document), encoding="utf-8")
    for name, code in modules_of(document).items():
        (tmp_path / name).write_text(code, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-X", "faulthandler", program],
        cwd=tmp_path,
        env={**os.environ, "JACK_NO_START_SERVER": "1"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
