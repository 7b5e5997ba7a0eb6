"""python -m jack snapshot."""

import json
import os
import signal
import subprocess
import sys

import pytest

import jack
from support import servers
from support.waiting import wait_for


def command(*arguments):
    return [sys.executable, "-W", "error", "-X", "faulthandler", "-m", "jack", "snapshot",
            *arguments]


@pytest.fixture
def run(jackd):
    """Run the command with the server as the default one."""

    def run_it(*arguments, server=jackd.name, **options):
        return subprocess.run(
            command(*arguments),
            env={**os.environ, "JACK_DEFAULT_SERVER": server},
            capture_output=True,
            timeout=60,
            **options,
        )

    return run_it


@pytest.fixture
def studio(jackd):
    """Two active clients on the server."""
    with (
        jack.Client("a", servername=jackd.name) as a,
        jack.Client("b", servername=jackd.name) as b,
    ):
        for n in (1, 2):
            a.outports.register(f"o{n}")
            b.inports.register(f"i{n}")
        yield a


def wired(client):
    snapshot = client.snapshot(properties=False)
    return sorted(pair for pair in snapshot.connections if pair[0].startswith("a:"))


def settle(client, *pairs):
    wait_for(lambda: wired(client) == list(pairs), what=f"connected are {pairs}")


def test_save_and_restore(run, studio, tmp_path):
    path = tmp_path / "s.json"
    studio.connect("a:o1", "b:i1")
    studio.connect("a:o2", "b:i2")
    settle(studio, ("a:o1", "b:i1"), ("a:o2", "b:i2"))
    done = run("save", path)
    assert (done.returncode, done.stderr) == (0, b"")
    ports = len(jack.Snapshot.load(path).ports)
    assert done.stdout.decode() == f"2 connections among {ports} ports, in {path}\n"
    studio.disconnect("a:o1", "b:i1")
    studio.connect("a:o1", "b:i2")
    settle(studio, ("a:o1", "b:i2"), ("a:o2", "b:i2"))
    done = run("restore", "--exclusive", path)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().splitlines() == [
        "made: a:o1 -> b:i1",
        "removed: a:o1 -> b:i2",
        "1 made, 1 present, 0 missing, 1 removed, 0 refused, 0 properties",
    ]
    settle(studio, ("a:o1", "b:i1"), ("a:o2", "b:i2"))


def test_pipes_and_json(run, studio):
    odd = "caf\udce9"
    studio.outports.register(odd)
    studio.connect(f"a:{odd}", "b:i1")
    settle(studio, (f"a:{odd}", "b:i1"))
    saved = run("save", "-", "--no-properties")
    assert (saved.returncode, saved.stderr) == (0, b"")
    assert jack.Snapshot.from_json(saved.stdout).connections == ((f"a:{odd}", "b:i1"),)
    studio.disconnect(f"a:{odd}", "b:i1")
    settle(studio)
    done = run("restore", "-", "--json", input=saved.stdout)
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout) == {
        "made": [[f"a:{odd}", "b:i1"]],
        "present": [],
        "missing": [],
        "removed": [],
        "failed": [],
        "properties": 0,
    }
    studio.disconnect(f"a:{odd}", "b:i1")
    settle(studio)
    assert b"made: a:caf\xe9 -> b:i1\n" in run("restore", "-", input=saved.stdout).stdout


def test_what_is_missing(run, studio, tmp_path):
    jack.Snapshot((("a:o1", "b:i1"), ("a:o1", "gone:i"))).save(tmp_path / "s.json")
    done = run("restore", tmp_path / "s.json", "--wait", "0.1")
    assert (done.returncode, done.stderr) == (3, b"")
    assert b"missing: a:o1 -> gone:i\n" in done.stdout and b"made: a:o1 -> b:i1" in done.stdout


def test_match(run, studio, tmp_path):
    done = run("match", r"a:o(\d)", r"b:i\1", "--regex")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().splitlines() == [
        "made: a:o1 -> b:i1",
        "made: a:o2 -> b:i2",
        "2 made, 0 removed, 0 refused",
    ]
    settle(studio, ("a:o1", "b:i1"), ("a:o2", "b:i2"))
    done = run("match", "a:o1", "b:i2", "--exclusive", "--json")
    assert (done.returncode, done.stderr) == (0, b"")
    report = json.loads(done.stdout)
    assert report["made"] == [["a:o1", "b:i2"]] and len(report["removed"]) == 2
    settle(studio, ("a:o1", "b:i2"))
    jack.Rules().connect("a:o1", "b:i1").save(tmp_path / "r.json")
    done = run("match", "a:.*", "b:i2", "--regex", "--disconnect", "--rules", tmp_path / "r.json")
    assert (done.returncode, done.stderr) == (0, b"")
    settle(studio, ("a:o1", "b:i1"))


@pytest.mark.parametrize(
    ("arguments", "status", "complaint"),
    [
        (["restore", "none.json"], 2, "none.json"),
        (["restore", "bad.json"], 2, "bad.json: it is no JSON"),
        (["match", "--rules", "bad.json"], 2, "bad.json: it is no JSON"),
        (["match"], 2, "SOURCE and DESTINATION, or --rules, must be given"),
        (["match", "a:o"], 2, "SOURCE needs a DESTINATION"),
        (["match", "a(", "b", "--regex"], 2, r"source 'a(' is no regular expression"),
        (["match", "a", "b:c"], 2, 'source must be a full name, "client:port", not "a"'),
        (["match", "--exclusive", "--rules", "r.json"], 2, "go with SOURCE"),
        (["match", "a:o", "b:i", "--exclusive", "--disconnect"], 2, "not allowed with"),
        (["restore", "bad.json", "--wait", "-1"], 2, "must be from 0 to 1e9, got -1"),
        (["save"], 2, "required: FILE"),
        ([], 2, "required: ACTION"),
        (["save", "no/where.json"], 2, "No such file"),
    ],
)
def test_what_is_wrong(run, tmp_path, arguments, status, complaint):
    (tmp_path / "bad.json").write_text("bad")
    jack.Rules().save(tmp_path / "r.json")
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == status and done.stdout == b""
    assert complaint in done.stderr.decode() and b"Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [["save", "-"], ["match", "a:o", "b:i"]])
def test_no_server(run, arguments):
    done = run(*arguments, server=servers.private_name())
    assert done.returncode == 1 and done.stderr.startswith(b"jack snapshot: ")
    assert b"Traceback" not in done.stderr


def test_watching(jackd, studio):
    watching = subprocess.Popen(
        command("match", r"a:o(\d)", r"b:i\1", "--regex", "--watch", "--server", jackd.name),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        assert watching.stdout.readline() == b"watching\n"
        settle(studio, ("a:o1", "b:i1"), ("a:o2", "b:i2"))
        studio.outports["o1"].unregister()
        settle(studio, ("a:o2", "b:i2"))
        studio.outports.register("o1")
        settle(studio, ("a:o1", "b:i1"), ("a:o2", "b:i2"))
        watching.send_signal(signal.SIGINT)
        assert watching.wait(20) == 130
        assert watching.stderr.read() == b"jack snapshot: interrupted\n"
    finally:
        watching.kill()
        watching.communicate()


def test_watching_until_the_server_ends(start_jackd):
    server = start_jackd()
    watching = subprocess.Popen(
        command("match", "a:o", "b:i", "--watch", "--server", server.name),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        assert watching.stdout.readline() == b"watching\n"
        server.end()
        assert watching.wait(20) == 1
        assert watching.stderr.read() == b"jack snapshot: the server is gone\n"
    finally:
        watching.kill()
        watching.communicate()
