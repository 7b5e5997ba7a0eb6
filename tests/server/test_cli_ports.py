"""pyjack ports, connect, disconnect, latency and properties, against what the API sees."""

import pytest

import jack
from support.waiting import wait_for

HOSTILE = "<b>[red]\x1b[31m\u202e\n&"
SHOWN = "<b>[red]\\x1b[31m\\u202e\\n&"


def names(ports):
    return [port.name for port in ports]


def test_ports(pyjack, studio):
    studio.midi_outports.register("m")
    assert pyjack("ports").lines == names(studio.get_ports())
    assert pyjack("ports", "^a:").lines == ["a:o1", "a:o2", "a:m"]
    assert pyjack("ports", "[a]:o", "--literal").lines == []
    assert pyjack("ports", "--midi").lines == names(studio.get_ports(is_midi=True))
    chosen = pyjack("ports", "--audio", "--input", "--physical", "--json").json
    expected = studio.get_ports(is_audio=True, is_input=True, is_physical=True)
    assert [port["name"] for port in chosen] == names(expected)
    studio.connect("a:o1", "b:i1")
    assert pyjack("ports", "^a:o1", "-c").lines == ["a:o1", "    -> b:i1"]
    port = studio.get_port_by_name("b:i1")
    assert pyjack("ports", "^b:i1", "--long").lines == [
        "b:i1",
        "    audio, input",
        *(f"    alias {alias}" for alias in port.aliases),
        "    capture latency 0 to 0 frames",
        "    playback latency 0 to 0 frames",
        f"    uuid {int(port.uuid)}",
        "    <- a:o1",
    ]


def test_another_server_by_option(jackd, pyjack):
    for arguments in (("-s", "none", "ports", "--server", jackd.name), ("-s", jackd.name, "ports")):
        assert "system:capture_1" in pyjack(*arguments).lines
    assert pyjack("--server", "none", "ports").status == 1


def test_connecting(pyjack, studio, settle):
    both = [["a:o1", "b:i1"], ["a:o2", "b:i2"]]
    assert pyjack("connect", "a:o1", "b:i1").lines == ["a:o1 -> b:i1"]
    settle(studio, ("a:o1", "b:i1"))
    # Whole clients, in either order; what is there stays.
    assert pyjack("connect", "b", "a", "--json").json == {"made": both[1:], "present": both[:1]}
    settle(studio, ("a:o1", "b:i1"), ("a:o2", "b:i2"))
    assert pyjack("connect", "b:i1", "a:o1").lines == ["a:o1 -> b:i1 was there"]
    assert pyjack("disconnect", "b:i2").lines == ["a:o2 -/- b:i2"]
    settle(studio, ("a:o1", "b:i1"))
    # One port with all of a client.
    assert pyjack("connect", "a:o2", "b").lines == ["a:o2 -> b:i1", "a:o2 -> b:i2"]
    settle(studio, ("a:o1", "b:i1"), ("a:o2", "b:i1"), ("a:o2", "b:i2"))
    cut = pyjack("disconnect", "b", "a:o2", "--json").json
    assert cut == {"removed": [["a:o2", "b:i1"], ["a:o2", "b:i2"]]}
    settle(studio, ("a:o1", "b:i1"))
    assert pyjack("disconnect", "a").lines == ["a:o1 -/- b:i1"]
    assert pyjack("disconnect", "a").lines == []
    settle(studio)


def test_types_are_not_mixed(pyjack, studio, settle):
    studio.midi_outports.register("m")
    studio.other.midi_inports.register("m")
    assert pyjack("connect", "a", "b").lines == [
        "a:o1 -> b:i1", "a:o2 -> b:i2", "a:m -> b:m"
    ]
    settle(studio, ("a:m", "b:m"), ("a:o1", "b:i1"), ("a:o2", "b:i2"))
    assert "are ports of different types" in pyjack("connect", "a:m", "b:i1").complaint


def test_hostile_names(pyjack, studio):
    """They reach a terminal harmless, and JSON whole."""
    name = f"a:{HOSTILE}"
    studio.outports.register(HOSTILE)
    assert pyjack("ports", "^a:<b>").lines == [f"a:{SHOWN}"]
    assert [port["name"] for port in pyjack("ports", "^a:<b>", "--json").json] == [name]
    assert pyjack("connect", name, "b:i1").lines == [f"a:{SHOWN} -> b:i1"]
    for command in ("list", "graph", "latency"):
        lines = pyjack(command).lines
        assert any(SHOWN in line for line in lines) and "\x1b" not in "".join(lines)
    drawing = pyjack("graph", "-", "--format", "svg").out
    assert "\x1b" not in drawing and "<b>" not in drawing and SHOWN[3:] in drawing


def test_latency(pyjack, studio):
    """In the callback, for each change of the graph makes JACK2 work out the rest anew."""
    out = studio.outports["o1"]
    studio.deactivate()

    @studio.set_latency_callback
    def latency(mode):
        if mode == jack.CAPTURE_LATENCY:
            out.set_latency_range(mode, 480, 960)

    studio.activate()

    def agree():
        found = {entry["name"]: entry for entry in pyjack("latency", "--json").json}
        assert list(found) == names(studio.get_ports())
        for port in studio.get_ports():
            entry = found[port.name]
            assert entry["capture"] == list(port.latency_range(jack.CAPTURE_LATENCY))
            assert entry["playback"] == list(port.latency_range(jack.PLAYBACK_LATENCY))
            assert entry["samplerate"] == studio.samplerate
        return found["a:o1"]["capture"] == [480, 960]

    # A client that comes, such as the command's own, makes it 0 for a moment.
    wait_for(agree)
    wait_for(lambda: [line.split() for line in pyjack("latency", "a:o1", "b").lines] == [
        ["port", "capture", "playback"],
        ["a:o1", "480", "to", "960", "(20.0", "ms)", "0", "(0.0", "ms)"],
        ["b:i1", "0", "(0.0", "ms)", "0", "(0.0", "ms)"],
        ["b:i2", "0", "(0.0", "ms)", "0", "(0.0", "ms)"],
    ])
    again = pyjack("latency", "--recompute", "a:o2", "--json").json
    assert [entry["name"] for entry in again] == ["a:o2"]


def test_properties(pyjack, studio):
    port, key = studio.outports["o1"], jack.METADATA_PRETTY_NAME
    assert pyjack("properties", "set", "a:o1", "pretty-name", "Left").lines == []
    assert jack.get_property(port, key) == (b"Left", "")
    assert pyjack("properties", "get", "a:o1", key).lines == ["Left"]
    uri = "http://example.org/rtjack/x"
    assert pyjack("properties", "set", "a", uri, "1", "--type", "text/plain").lines == []
    assert jack.get_property(studio, uri) == (b"1", "text/plain")
    left, one = {"value": "Left", "type": ""}, {"value": "1", "type": "text/plain"}
    found = pyjack("properties", "list", "--json").json
    assert (found["a:o1"], found["a"]) == ({key: left}, {uri: one})
    assert pyjack("properties", "list", "a", "--json").json == {"a": {uri: one}}
    uuid = str(int(port.uuid))
    assert pyjack("properties", "list", uuid, "--json").json == {uuid: {key: left}}
    lines = pyjack("properties").lines
    assert lines[lines.index("a:o1") + 1] == f"    {key}: Left"
    assert lines[lines.index("a") + 1] == f"    {uri}: 1  (text/plain)"
    assert pyjack("properties", "remove", "a:o1", "pretty-name").lines == []
    assert jack.get_property(port, key) is None
    assert pyjack("properties", "remove", "a").lines == []
    assert jack.get_properties(studio) == {}


@pytest.mark.parametrize("format", ["text", "dot", "svg", "png"])
def test_graph(pyjack, studio, tmp_path, format):
    studio.connect("a:o1", "b:i1")
    wait_for(lambda: studio.snapshot().connections)
    ending = {"text": "txt"}.get(format, format)
    path = tmp_path / f"graph.{ending}"
    [line] = pyjack("graph", path, "--connected").lines
    assert line == f"1 connections among 2 ports, in {path}"
    drawing = path.read_bytes()
    if format == "png":
        image = pytest.importorskip("matplotlib.image").imread(path)
        assert image.shape[0] > 20 and image.shape[1] > 80
        return
    begin = {
        "text": b"a\n     o1\n       -> b:i1\nb\n  -> i1\n",
        "dot": b"digraph jack {\n",
        "svg": b"<?xml",
    }
    assert drawing.startswith(begin[format])
    for word in (b"o1", b"i1"):
        assert word in drawing
    assert b"o2" not in drawing
    # One that was saved gives the same picture.
    saved = tmp_path / "saved.json"
    studio.snapshot().save(saved)
    again = pyjack("graph", "-", "--connected", "--format", format, "--from", saved).out
    assert again.encode() == drawing


def test_graph_without_graphviz(pyjack, studio, monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    assert "digraph" in pyjack("graph", "--format", "dot").out
    done = pyjack("graph", "--format", "svg")
    assert done.status == 2 and "apt-get install graphviz" in done.complaint
