"""Installed beside JACK-Client, whose module is a file called jack.py."""

import pathlib

import pytest

import jack
from support import children

PROGRAM = "import jack; print(jack.__file__)"


@pytest.fixture
def client_first(tmp_path):
    """A folder with JACK-Client's module, and one with both."""
    package = pathlib.Path(jack.__file__).parent
    alone, both = tmp_path / "alone", tmp_path / "both"
    for folder in (alone, both):
        folder.mkdir()
        (folder / "jack.py").write_text("")
    (both / "jack").symlink_to(package)
    return alone, both


def test_in_one_folder(client_first):
    """The package is imported, and says so, once, at the line that imports it."""
    _, both = client_first
    result = children.run(PROGRAM, environment={"PYTHONPATH": str(both)}, check=False)
    assert result.stdout == f"{both / 'jack' / '__init__.py'}\n"
    assert result.stderr.startswith("<string>:1: UserWarning: JACK-Client is installed beside")
    assert f"{both / 'jack.py'} is hidden" in result.stderr
    assert result.stderr.count("JACK-Client is installed") == 1
    quiet = {"PYTHONPATH": str(both), "PYTHONWARNINGS": "ignore:JACK-Client"}
    children.run(PROGRAM, environment=quiet)


def test_in_two_folders(client_first):
    """The first on the path is imported; nothing of the other one runs."""
    alone, _ = client_first
    result = children.run(PROGRAM, environment={"PYTHONPATH": str(alone)})
    assert result.stdout == f"{alone / 'jack.py'}\n"
