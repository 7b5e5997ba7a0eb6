"""The programs in examples/ that look at the graph."""

import pytest

import jack
from support.examples import run, running, said_until
from support.waiting import wait_for

PATIENT = "jack.Server -S"


@pytest.fixture
def port(client):
    return client("someone").outports.register("out")


def test_aliases(server, port, tmp_path):
    place = {"server": server, "cwd": tmp_path}
    assert run("aliases.py", "someone:out", "anyone:sound", **place) == ""
    assert port.aliases == ["anyone:sound"]
    assert "someone:out = anyone:sound\n" in run("aliases.py", **place)
    assert run("aliases.py", "--remove", "someone:out", "anyone:sound", **place) == ""
    assert port.aliases == []


def test_metadata(server, port, tmp_path):
    place = {"server": server, "cwd": tmp_path}
    assert run("metadata.py", "someone:out", "My tone", **place) == ""
    assert port.metadata[jack.METADATA_PRETTY_NAME] == "My tone"
    line = f"someone:out: {jack.METADATA_PRETTY_NAME} = My tone\n"
    assert line in run("metadata.py", **place)
    assert run("metadata.py", "--remove", "someone:out", **place) == ""
    assert not port.metadata


def test_chatty_client(server, client, tmp_path):
    """It tells of all that is done."""
    other = client("other")
    with running("chatty_client.py", server=server, cwd=tmp_path) as process:
        said = [process.ready, *said_until(process, "listening as chatty\n")]
        out = other.outports.register("out")
        into = other.inports.register("in")
        other.activate()
        said_until(process, "port other:in is there\n")
        other.connect(out, into)
        said_until(process, "other:out -> other:in\n")
        other.disconnect(out, into)
        said += said_until(process, "other:out -/- other:in\n")
        out.shortname = "tone"
        said_until(process, "port other:out is called other:tone\n")
        client("last").close()
        said_until(process, "client last is there\n")
        said_until(process, "client last is gone\n")
    assert "48000 frames a second\n" in said
    assert "256 frames in a block\n" in said
