"""What makes the pages of docs/: `make docs` itself takes too long for a test."""

import ast
import importlib
import itertools
import pathlib
import re
import shlex
import sys

import click
import pytest

import jack
from jack._cli.app import program

ROOT = pathlib.Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
TEXT = (DOCS / "benchmarks.md").read_text(encoding="utf-8")
GENERATED = "generated/", "reference/"


@pytest.fixture
def module(monkeypatch):
    """Import a module of docs/_ext by its name."""
    monkeypatch.syspath_prepend(DOCS / "_ext")
    before = set(sys.modules)
    yield importlib.import_module
    for name in set(sys.modules) - before:
        if str(DOCS) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def test_every_page_is_in_the_contents():
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    listed = re.findall(r"^([a-z][a-z/-]+)$", index, re.MULTILINE)
    assert {f"{name}.md" for name in listed if "/" not in name} == {
        page.name for page in PAGES if page.name != "index.md"
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
        if not target.startswith(("http", *GENERATED)):
            assert (page.parent / target).exists(), target
    for target in re.findall(r"{literalinclude} (\S+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def command_lines():
    """Each call of pyjack in the pages and the README, as its words."""
    for page in (ROOT / "README.md", *PAGES):
        text = page.read_text(encoding="utf-8")
        for line in re.findall(r"^    (pyjack .+)$|`(pyjack [^`]+)`", text, re.MULTILINE):
            words = shlex.split("".join(line), comments=True)
            if "COMMAND:" in words:  # any of them
                continue
            yield list(itertools.takewhile(lambda word: word not in ("|", ">", "&"), words))


def test_command_lines_are_right():
    """There are such commands and options, and as many arguments."""
    lines = list(command_lines())
    assert len(lines) > 20
    for name, *words in lines:
        command, context = program, None
        while True:
            context = click.Context(command, parent=context, info_name=name)
            _, rest, _ = command.make_parser(context).parse_args(words)
            if not isinstance(command, click.Group):
                assert rest == []
                break
            if not rest:
                assert command.invoke_without_command
                break
            name, *words = rest
            command = command.get_command(context, name)
            assert command is not None, name


def test_every_example_is_shown():
    page = (DOCS / "examples.md").read_text(encoding="utf-8")
    shown = re.findall(r"^### (\w+\.py)$", page, re.MULTILINE)
    listed = re.findall(r"^\| \[`(\w+\.py)`\]", page, re.MULTILINE)
    there = sorted(path.name for path in (ROOT / "examples").glob("*.py"))
    assert sorted(shown) == sorted(listed) == there


def test_the_version_is_in_one_place():
    build = (ROOT / "meson.build").read_text(encoding="utf-8")
    assert jack.__version__ == re.search(r"^  version: '(.+)'", build, re.MULTILINE)[1]
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert 'dynamic = ["version"]' in project
    assert not re.search(r"^version =", project, re.MULTILINE)


def test_what_is_drawn(module, tmp_path):
    """Each picture has all of its rows; the figures are the tables'."""
    plots = module("plots")
    broken = plots.broken_blocks(TEXT)
    labels = [row[0] for row in broken]
    assert {"native", "isolated", "JACK-Client"} <= set(labels)
    assert all(0 <= percent <= 100 and blocks > 0 for _, percent, blocks in broken)
    line = re.search(r"^\| JACK-Client \| main thread counts \| 64 \|(.*)$", TEXT, re.MULTILINE)
    blocks, count = (int(cell.replace(",", "")) for cell in line[1].split("|")[:2])
    assert dict(row[:2] for row in broken)["JACK-Client"] == 100 * count / blocks
    assert len(plots.switch_intervals(TEXT)) > 4
    assert dict(plots.costs(TEXT))["thru, get_array()"] > 1
    for row in plots.costs(TEXT):
        assert row[1] > 0


def test_a_table_that_is_gone(module):
    tables = module("tables")
    with pytest.raises(ValueError, match="no table 'breaks'"):
        tables.table("nothing", "breaks")
    with pytest.raises(ValueError, match="does not fit"):
        tables.table("<!-- breaks: x -->\n| a | b |\n| - | - |\n| 1 |\n\n", "breaks")
    assert tables.table("<!-- a: x -->\n| a |\n| - |\n| 1,2 |\n\n", "a") == [{"a": "1,2"}]


def test_the_page_of_all_calls(module):
    calls = module("calls")
    tree = ast.parse(calls.STUB.read_text(encoding="utf-8"))
    asked = calls.asked_functions(calls.CORE)
    assert {"jack_connect", "jack_port_register", "jack_client_close"} <= asked
    rows = {(owner, name): rest for owner, name, *rest in calls.rows(tree, asked)}
    assert rows["Client", "connect"] == [["jack_connect"], "any", "no: asks the server"]
    assert rows["Client", "frame_time"] == [["jack_frame_time"], "any", "does not wait"]
    assert rows["OwnPort", "get_array"][1:] == ["the process callback", "made for it"]
    assert rows["OwnMidiPort", "receive"][2] == "no: waits"
    assert rows["Client", "cycle_wait"][1:] == ["the process thread", "made for it"]
    assert rows["Client", "set_xrun_callback"][2] == "before activate()"
    for owner, name in rows:
        assert hasattr(getattr(jack, owner) if owner else jack, name)
    page = calls.page(calls.STUB, calls.CORE)
    assert page.count("{py:obj}") == len(rows) > 400


def test_descriptions(module):
    descriptions = module("descriptions")
    parameters = ["Parameters", "----------", "a : int", "    One.", ""]
    doc = ["Do it.", "", *parameters, "Raises X.", "", "More."]
    wanted = ["Do it.", "", "Raises X.", "", "More.", "", *parameters]
    assert descriptions.reorder(doc) == wanted
    assert descriptions.add_place(["Do it.  libjack: jack_a."], ["jack_a"], "any", "no") == [
        *("Do it.", "", ":called from: any thread", ":in the audio thread: no"),
        *(":libjack: ``jack_a``", ""),
    ]
