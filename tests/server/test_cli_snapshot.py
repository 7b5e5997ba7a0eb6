"""pyjack snapshot."""

import signal

import pytest

import jack
from support import commands, servers


@pytest.fixture
def run(pyjack):
    return lambda *arguments, **options: pyjack("snapshot", *arguments, **options)


def test_save_and_restore(run, studio, settle, tmp_path):
    path = tmp_path / "s.json"
    studio.connect("a:o1", "b:i1")
    studio.connect("a:o2", "b:i2")
    settle(studio, ("a:o1", "b:i1"), ("a:o2", "b:i2"))
    done = run("save", path)
    ports = len(jack.Snapshot.load(path).ports)
    assert done.lines == [f"2 connections among {ports} ports, in {path}"]
    studio.disconnect("a:o1", "b:i1")
    studio.connect("a:o1", "b:i2")
    settle(studio, ("a:o1", "b:i2"), ("a:o2", "b:i2"))
    assert run("restore", "--exclusive", path).lines == [
        "made: a:o1 -> b:i1",
        "removed: a:o1 -> b:i2",
        "1 made, 1 present, 0 missing, 1 removed, 0 refused, 0 properties",
    ]
    settle(studio, ("a:o1", "b:i1"), ("a:o2", "b:i2"))


def test_pipes_and_json(run, studio, settle):
    odd = "caf\udce9"
    studio.outports.register(odd)
    studio.connect(f"a:{odd}", "b:i1")
    settle(studio, (f"a:{odd}", "b:i1"))
    saved = run("save", "-", "--no-properties")
    assert (saved.status, saved.error) == (0, "")
    assert jack.Snapshot.from_json(saved.out).connections == ((f"a:{odd}", "b:i1"),)
    studio.disconnect(f"a:{odd}", "b:i1")
    settle(studio)
    assert run("restore", "-", "--json", given=saved.out).json == {
        "made": [[f"a:{odd}", "b:i1"]],
        "present": [],
        "missing": [],
        "removed": [],
        "failed": [],
        "properties": 0,
    }
    studio.disconnect(f"a:{odd}", "b:i1")
    settle(studio)
    # Its name comes as the bytes that it is.
    assert f"made: a:{odd} -> b:i1" in run("restore", "-", given=saved.out).lines


def test_what_is_missing(run, studio, tmp_path):
    jack.Snapshot((("a:o1", "b:i1"), ("a:o1", "gone:i"))).save(tmp_path / "s.json")
    done = run("restore", tmp_path / "s.json", "--wait", "0.1")
    assert (done.status, done.error) == (3, "")
    assert "missing: a:o1 -> gone:i\n" in done.out and "made: a:o1 -> b:i1" in done.out


def test_match(run, studio, settle, tmp_path):
    assert run("match", r"a:o(\d)", r"b:i\1", "--regex").lines == [
        "made: a:o1 -> b:i1",
        "made: a:o2 -> b:i2",
        "2 made, 0 removed, 0 refused",
    ]
    settle(studio, ("a:o1", "b:i1"), ("a:o2", "b:i2"))
    report = run("match", "a:o1", "b:i2", "--exclusive", "--json").json
    assert report["made"] == [["a:o1", "b:i2"]] and len(report["removed"]) == 2
    settle(studio, ("a:o1", "b:i2"))
    jack.Rules().connect("a:o1", "b:i1").save(tmp_path / "r.json")
    rules = ("--rules", tmp_path / "r.json")
    assert run("match", "a:.*", "b:i2", "--regex", "--disconnect", *rules).lines
    settle(studio, ("a:o1", "b:i1"))


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["restore", "none.json"], "none.json"),
        (["restore", "bad.json"], "bad.json: it is no JSON"),
        (["match", "--rules", "bad.json"], "bad.json: it is no JSON"),
        (["match"], "SOURCE and DESTINATION, or --rules, must be given"),
        (["match", "a:o"], "SOURCE needs a DESTINATION"),
        (["match", "--rules", "r.json", "--regex"], "go with SOURCE"),
        (["match", "a", "b"], "full name"),
        (["match", "a(", "b", "--regex"], "no regular expression"),
        (["match", "a:o", "b:i", "--exclusive", "--disconnect"], "exclude each other"),
        (["restore", "r.json", "--wait", "nan"], "must be from 0 to 1e+09 s"),
        (["save"], "Missing argument 'FILE'"),
        ([], "pyjack snapshot"),
    ],
)
def test_wrong_arguments(run, tmp_path, monkeypatch, arguments, complaint):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.json").write_text("bad")
    jack.Rules().save(tmp_path / "r.json")
    done = run(*arguments)
    assert done.status == 2 and done.out == ""
    assert complaint in (done.complaint if arguments else done.error)


def test_watching(jackd, studio, settle):
    watching = commands.start(
        servers.private_name(), "snapshot", "match", r"a:o(\d)", r"b:i\1", "--regex", "--watch",
        "--server", jackd.name,
    )
    try:
        assert watching.stdout.readline() == "watching\n"
        settle(studio, ("a:o1", "b:i1"), ("a:o2", "b:i2"))
        studio.outports["o1"].unregister()
        settle(studio, ("a:o2", "b:i2"))
        studio.outports.register("o1")
        settle(studio, ("a:o1", "b:i1"), ("a:o2", "b:i2"))
        watching.send_signal(signal.SIGINT)
        assert watching.wait(20) == 130
        assert watching.stderr.read() == f"{commands.CALLED} snapshot: interrupted\n"
    finally:
        watching.kill()
        watching.communicate()


def test_watching_until_the_server_ends(start_jackd):
    server = start_jackd()
    watching = commands.start(server.name, "snapshot", "match", "a:o", "b:i", "--watch")
    try:
        assert watching.stdout.readline() == "watching\n"
        server.end()
        assert watching.wait(20) == 1
        assert watching.stderr.read() == f"{commands.CALLED} snapshot: the server is gone\n"
    finally:
        watching.kill()
        watching.communicate()
