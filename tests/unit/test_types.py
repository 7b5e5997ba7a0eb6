"""A sample program, checked by mypy and pyright at their strictest."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

PROGRAM = pathlib.Path(__file__).with_name("typed_program.py")

# Lines in each of which a checker has to find something.
WRONG = [
    "client.blocksize = 'many'",
    "client.connect(1, 2)",
    "client.set_process_callback(len)",
    "print(client.events(jack.Xrun).get().source)",
    "print(client.no_such_thing)",
    "print(client.inports[0].get_array() + client.name)",
    "status: str = client.status",
]


@pytest.fixture
def wrong(tmp_path):
    """A program with these lines, all of which are wrong."""
    path = tmp_path / "wrong.py"
    lines = "".join(f"    {line}\n" for line in WRONG)
    path.write_text(f"import jack\n\n\ndef f(client: jack.Client) -> None:\n{lines}")
    return path


def mypy(folder, *paths):
    """Its complaints: (file, line, message)."""
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "MYPYPATH")}
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-color-output", "--output=json",
         "--cache-dir", folder / "cache", *paths],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=110,
    )
    assert done.stderr == ""
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return [(pathlib.Path(e["file"]).name, e["line"], e["message"]) for e in found]


def pyright(folder, *paths):
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    (folder / "pyrightconfig.json").write_text(
        json.dumps({"typeCheckingMode": "strict", "include": [str(p) for p in paths]})
    )
    done = subprocess.run(
        [sys.executable, "-m", "basedpyright", "--outputjson", "-p", folder,
         "--pythonpath", sys.executable],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=110,
    )
    found = json.loads(done.stdout)["generalDiagnostics"]
    return [
        (pathlib.Path(e["file"]).name, e["range"]["start"]["line"] + 1, e["message"])
        for e in found
    ]


@pytest.mark.parametrize("check", [mypy, pyright])
def test_types(check, tmp_path, wrong):
    found = check(tmp_path, PROGRAM, wrong)
    assert [entry for entry in found if entry[0] == PROGRAM.name] == []
    lines = {at for _, at, _ in found}
    assert [line for number, line in enumerate(WRONG, 5) if number not in lines] == []
