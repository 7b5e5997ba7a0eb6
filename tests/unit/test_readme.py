"""The Python code in the documents runs."""

import os
import pathlib
import re
import subprocess
import sys

import pytest

from support import packages

ROOT = pathlib.Path(__file__).parents[2]
BLOCK = re.compile(r"^```python([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FENCE = re.compile(r"^ *(?:```|~~~) *(py.*)$", re.MULTILINE | re.IGNORECASE)
MODULE = re.compile(r"# (\w+\.py)\n")  # the first line of a block that is a file of its own

# What may stand behind ```python.  Else the blocks of a page are one program.
FRAGMENT = "fragment"  # not run, but compiled: it is Python
SERVER = "server"  # it needs a server: the page runs with one as the default server
# The page needs this package, which has no release for some Pythons.
PACKAGES = {"numba", "soundfile"}


class Block:
    def __init__(self, found, text):
        self.words = found[1].split()
        self.code = found[2]
        self.line = text.count("\n", 0, found.start(2))  # before it
        name = MODULE.match(self.code)
        self.module = name[1] if name else None

    @property
    def runs(self):
        return (
            self.module is None
            and FRAGMENT not in self.words
            and (sys.version_info >= (3, 12) or "set_isolated_callback" not in self.code)
        )


class Document:
    def __init__(self, path):
        self.path = path
        self.text = path.read_text(encoding="utf-8")
        self.blocks = [Block(found, self.text) for found in BLOCK.finditer(self.text)]

    def program(self):
        """All blocks that run as one program, each line where it stands."""
        lines = [""] * self.text.count("\n")
        for block in self.blocks:
            if block.runs:
                code = block.code.splitlines()
                lines[block.line : block.line + len(code)] = code
        return "\n".join(lines) + "\n"

    def needs_server(self):
        return any(SERVER in block.words for block in self.blocks)

    def packages(self):
        return PACKAGES & {word for block in self.blocks for word in block.words}

    def run(self, place, server=None):
        """Run the program in the folder `place`; what it ended with and said on stderr."""
        for block in self.blocks:
            if block.module:
                (place / block.module).write_text(block.code, encoding="utf-8")
        program = place / f"page_{self.path.stem}.py"  # asyncio.py would be imported
        program.write_text(self.program(), encoding="utf-8")
        environment = {**os.environ, "JACK_NO_START_SERVER": "1"}
        if server is not None:
            environment["JACK_DEFAULT_SERVER"] = server
        done = subprocess.run(
            [sys.executable, "-W", "error", "-X", "faulthandler", program],
            cwd=place,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return done.returncode, done.stderr


def documents_with_code():
    paths = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    return [d for d in map(Document, sorted(paths)) if FENCE.search(d.text)]


documents = pytest.mark.parametrize(
    "document", documents_with_code(), ids=lambda d: str(d.path.relative_to(ROOT))
)


def test_the_readme_has_code():
    assert any(d.path == ROOT / "README.md" and d.blocks for d in documents_with_code())


@documents
def test_all_python_is_seen(document):
    """No block goes unrun by the way that it is written."""
    fences = FENCE.findall(document.text)
    assert fences == ["python" + "".join(f" {w}" for w in b.words) for b in document.blocks]
    words = {word for block in document.blocks for word in block.words}
    assert words <= {FRAGMENT, SERVER, *PACKAGES}


@documents
def test_fragments_are_python(document):
    for block in document.blocks:
        if FRAGMENT in block.words:
            above = document.text.splitlines()[: block.line - 1]
            assert re.fullmatch(r"<!-- not run: .+ -->", above[-2]), "it says why it is not run"
            compile("\n" * block.line + block.code, document.path, "exec")


@documents
def test_code_runs(document, tmp_path, request):
    for package in document.packages():
        packages.needed(package)
    server = request.getfixturevalue("jackd").name if document.needs_server() else None
    assert document.run(tmp_path, server) == (0, "")


PAGE = """\
```python
first = 1
```

```python fragment
missing()
```

```python
assert first == 2
```
"""


def test_a_page_is_one_program(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(PAGE)
    status, said = Document(page).run(tmp_path)
    assert status == 1 and 'page.py", line 10' in said and "AssertionError" in said


def test_a_page_with_a_server(tmp_path, jackd):
    page = tmp_path / "page.md"
    page.write_text(
        "```python server\nimport jack\njack.Client('x', no_start_server=True).close()\n```\n"
    )
    assert Document(page).needs_server()
    assert Document(page).run(tmp_path, jackd.name) == (0, "")
    status, said = Document(page).run(tmp_path, "no-such-server")
    assert status == 1 and "JackOpenError" in said
