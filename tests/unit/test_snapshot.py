"""Snapshots as JSON: what is written comes back, what is wrong is told by its place."""

import json
import os
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

import jack

AUDIO = "32 bit float mono audio"
NOT_UTF8 = b"caf\xe9:out \xff".decode(errors="surrogateescape")

SNAPSHOT = jack.Snapshot(
    connections=(("a:out", "b:in"), (NOT_UTF8, "b:in"), ('odd ["x",\n "y"]:out', "b:[ü]")),
    ports={
        "a:out": jack.PortState(AUDIO, False, ("x:alias",), {"key": (b"\xff\x01", "t/x")}),
        "b:in": jack.PortState("8 bit raw midi", True),
        NOT_UTF8: jack.PortState(AUDIO, False),
    },
    clients={"a": {"http://key": ("ü".encode(), "")}},
)

# What libjack can give: any bytes but NUL, with a colon.
PARTS = st.binary(min_size=1).filter(lambda part: 0 not in part and b":" not in part)
NAMES = st.tuples(PARTS, PARTS).map(lambda p: b":".join(p).decode(errors="surrogateescape"))


def test_round_trip():
    assert jack.Snapshot.from_json(SNAPSHOT.to_json()) == SNAPSHOT
    assert jack.Snapshot.from_json(SNAPSHOT.to_json().encode()) == SNAPSHOT
    assert jack.Snapshot.from_json(jack.Snapshot().to_json()) == jack.Snapshot()


@given(st.lists(st.tuples(NAMES, NAMES)))
def test_round_trip_of_any_names(connections):
    snapshot = jack.Snapshot(tuple(connections))
    text = snapshot.to_json().encode("utf-8")  # valid UTF-8, whatever the names are
    assert jack.Snapshot.from_json(text) == snapshot


def test_the_text():
    lines = SNAPSHOT.to_json().splitlines()
    assert '  ["a:out", "b:in"],' in lines  # a line each, for people and for diff
    assert json.loads(SNAPSHOT.to_json())["version"] == 1
    assert "ü" in SNAPSHOT.to_json()


def test_a_file(tmp_path):
    path = tmp_path / "s.json"
    SNAPSHOT.save(path)
    assert jack.Snapshot.load(str(path)) == SNAPSHOT
    assert os.listdir(tmp_path) == ["s.json"]


def test_a_file_is_replaced_whole(tmp_path, monkeypatch):
    path = tmp_path / "s.json"
    SNAPSHOT.save(path)
    path.chmod(0o640)
    link = tmp_path / "link"
    link.symlink_to(path)
    jack.Snapshot().save(link)
    assert link.is_symlink() and jack.Snapshot.load(path) == jack.Snapshot()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640

    def fail(descriptor):
        raise OSError("the disk is full")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="the disk is full"):
        SNAPSHOT.save(path)
    assert jack.Snapshot.load(path) == jack.Snapshot()
    assert sorted(os.listdir(tmp_path)) == ["link", "s.json"]


def changed(**members):
    return json.dumps({**json.loads(SNAPSHOT.to_json()), **members})


def port(**members):
    return changed(ports={"a:b": {"type": AUDIO, "direction": "in", **members}})


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "it is no JSON: Expecting value"),
        ("{", "it is no JSON: Expecting property name"),
        (b"\xff{}", "it is no JSON: 'utf-8' codec can't decode"),
        ("[" * 100_000, "nested too deeply"),
        ("[]", 'it has no "format": "rtjack snapshot", but \\[\\]'),
        ("{}", 'it has no "format": "rtjack snapshot", but null'),
        (changed(format="rtjack rules"), 'but "rtjack rules"'),
        (changed(version=2), "it has version 2, but this rtjack reads versions up to 1"),
        (changed(version="1"), 'version must be an int from 1 on, not "1"'),
        (changed(version=0), "version must be an int from 1 on, not 0"),
        (changed(version=True), "version must be an int from 1 on, not true"),
        (
            json.dumps({"format": "rtjack snapshot", "version": 1}),
            "connections is missing",
        ),
        (changed(connections={}), "connections must be a list, not {}"),
        (changed(connections=[["a:b", "c:d"], 5]), r"connections\[1\] must be a list, not 5"),
        (changed(connections=[["a:b"]]), r"connections\[0\] must be two names, not \[\"a:b\"\]"),
        (changed(connections=[["a:b", 1]]), r"connections\[0\]\[1\] must be a string, not 1"),
        (changed(connections=[["a:b", "c"]]), r'\[0\]\[1\] must be a full name, "client:port"'),
        (changed(connections=[["a:b", "c:\0"]]), r"\[0\]\[1\] must not have NUL"),
        (changed(connections=[["a:b", "c:\ud800"]]), "a surrogate that stands for no byte"),
        (changed(ports=[]), r"ports must be an object, not \[\]"),
        (changed(ports={"a:b": 1}), r'ports\["a:b"\] must be an object, not 1'),
        (port(direction="up"), r'ports\["a:b"\].direction must be "in" or "out", not "up"'),
        (port(type=None), r'ports\["a:b"\].type must be a string, not null'),
        (port(aliases="x:y"), r'ports\["a:b"\].aliases must be a list, not "x:y"'),
        (port(aliases=["x"]), r'ports\["a:b"\].aliases\[0\] must be a full name'),
        (port(properties={"k": "v"}), r'properties\["k"\] must be a list, not "v"'),
        (port(properties={"k": ["v"]}), r'properties\["k"\] must be a value and a type'),
        (port(properties={"k": [1, ""]}), r'properties\["k"\]\[0\] must be a string, not 1'),
        (changed(clients={"a": []}), r'clients\["a"\] must be an object, not \[\]'),
    ],
)
def test_what_is_no_snapshot(text, complaint, tmp_path):
    with pytest.raises(ValueError, match=complaint):
        jack.Snapshot.from_json(text)
    path = tmp_path / "s.json"
    path.write_bytes(text.encode(errors="surrogatepass") if isinstance(text, str) else text)
    with pytest.raises(ValueError, match="s.json: "):
        jack.Snapshot.load(path)


def test_no_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        jack.Snapshot.load(tmp_path / "none.json")
    with pytest.raises(FileNotFoundError):
        SNAPSHOT.save(tmp_path / "none" / "s.json")


def test_rules_of_a_snapshot():
    assert [(rule.kind, rule.source, rule.destination) for rule in SNAPSHOT.rules()] == [
        ("connect", source, destination) for source, destination in SNAPSHOT.connections
    ]
    assert not any(rule.regex for rule in SNAPSHOT.rules())


def test_what_members_there_are():
    """Later versions may add some to the file; this one passes over what it does not know."""
    assert jack.Snapshot.from_json(changed(more=1)) == SNAPSHOT
