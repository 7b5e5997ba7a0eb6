"""The Python code in the documents runs."""

import os
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def program_of(document):
    """All Python blocks of `document` as one program, each line where it stands there."""
    text = document.read_text(encoding="utf-8")
    lines = [""] * text.count("\n")
    for block in BLOCK.finditer(text):
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
    done = subprocess.run(
        [sys.executable, "-W", "error", "-X", "faulthandler", program],
        cwd=tmp_path,
        env={**os.environ, "JACK_NO_START_SERVER": "1"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
