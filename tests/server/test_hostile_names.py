"""Names, properties and MIDI of another client, whatever bytes they are: nothing crashes,
nothing is lost, and no file is made that was not asked for."""

import json

import pytest

import jack
from support import libraries
from support.waiting import wait_for

# As a client may give them: no UTF-8, controls, a terminal's escapes, C1, HTML, paths,
# a format, JSON's and Graphviz's special characters.
RAW = [
    b"\xff\xfe\x80",
    b"\xed\xa0\x80",
    b"\xc0\xaf",
    b"\x01\x07\x08\x7f",
    b"\x1b]0;title\x07\x1b[31m",
    b"\xc2\x9b31m",
    "\u202egnp.exe".encode(),
    b"<script>alert(1)</script>",
    b"../../../etc/passwd",
    b"/tmp/rtjack-hostile",
    b"%s%n%s%n",
    b'"];\n{}\\"',
    b"a b\tc\r\nd",
    b"x" * 200,
]
KEY = "http://example.org/rtjack/hostile"
ON_A_TERMINAL = {*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F)} - {*b"\t\n"}


def text(raw):
    return raw.decode(errors="surrogateescape")


@pytest.fixture
def evil(client):
    """A client with a port of each name, each an output that is connected to "good:i"."""
    other, good = client("evil"), client("good")
    other.ports = {raw: other.outports.register(text(raw)) for raw in RAW}
    good.inports.register("i")
    other.activate()
    good.activate()
    wait_for(lambda: len(good.get_ports("^evil:")) == len(RAW))
    return other


def test_names_are_the_bytes_they_were(evil, client):
    tested = client("tested")
    names = {port.name for port in tested.get_ports("^evil:")}
    assert names == {text(b"evil:" + raw) for raw in RAW}
    for name in names:
        port = tested.get_port_by_name(name)
        good = tested.get_port_by_name("good:i")
        assert port.name == name and repr(port).isprintable()
        assert [found.name for found in tested.get_ports(name, literal=True)] == [name]
        evil.connect(name, "good:i")
        wait_for(lambda p=port: tested.get_all_connections(p) == [good])
        assert [source.name for source in tested.get_all_connections(good)] == [name]
        evil.disconnect(name, "good:i")
        wait_for(lambda: tested.get_all_connections(good) == [])


def test_events_of_such_ports(client):
    tested, other = client("tested"), client("evil")
    queue = tested.events(jack.PortRegistered)
    tested.activate()
    other.activate()
    for raw in RAW:
        other.outports.register(text(raw))
        event = queue.get(10)
        assert event.port.name == text(b"evil:" + raw)
        assert repr(event).isprintable()


@pytest.mark.parametrize("value", [b"\xff\xfe", b"\x1b[2J", b"%s%n" * 50, b"x" * 5000])
def test_properties_are_bytes(jackd, value):
    """JACK1 has those of the default server alone, which that one is."""
    with (
        jack.Client("evil", servername=jackd.name) as other,
        jack.Client("tested", servername=jackd.name) as tested,
    ):
        kind = "text/\udcff\x1b[0m"
        other.set_property(other, KEY, value, kind)
        assert jack.get_property(other.uuid, KEY) == (value, kind)
        assert jack.get_properties(other.uuid)[KEY] == (value, kind)
        assert tested.name and jack.get_all_properties()[jack.UUID(other.uuid)]
        other.remove_properties(other)


def test_midi_is_bytes(client):
    """What is no MIDI arrives as what it is."""
    other, tested = client("evil"), client("tested")
    out, into = other.midi_outports.register("o"), tested.midi_inports.register("i")
    sent = [b"\x00", b"\xff" * 3, b"\xf0\x01", bytes(range(200)), b"\x90"]
    waiting, received = list(sent), []

    @other.set_process_callback
    def send(frames):
        out.clear_buffer()
        if waiting and into.is_connected_to(out):
            out.write_midi_event(0, waiting.pop(0))

    @tested.set_process_callback
    def receive(frames):
        received.extend(bytes(data) for _, data in into.incoming_midi_events())

    other.activate()
    tested.activate()
    tested.connect(out, into)
    wait_for(lambda: len(received) == len(sent))
    assert received == sent


def test_snapshots_say_nothing_to_a_terminal(evil, client):
    tested = client("tested")
    for raw in RAW:
        evil.connect(evil.ports[raw], "good:i")
    good = tested.get_port_by_name("good:i")
    wait_for(lambda: len(tested.get_all_connections(good)) == len(RAW))
    written = tested.snapshot().to_json()
    assert not {ord(character) for character in written} & ON_A_TERMINAL
    written.encode()  # all of it is Unicode
    names = {pair[0] for pair in json.loads(written)["connections"]}
    assert names >= {text(b"evil:" + raw) for raw in RAW}
    assert jack.Snapshot.from_json(written).to_json() == written


@pytest.mark.skipif(libraries.loaded() != "JACK2", reason="the command line's, which has its own")
@pytest.mark.parametrize(
    "command",
    ["list", "ports", "graph", "graph --format dot", "latency"],
)
def test_commands_make_no_files(evil, server, command, tmp_path, monkeypatch):
    """And nothing that they say does something to a terminal."""
    pytest.importorskip("rich")
    from support import commands

    monkeypatch.chdir(tmp_path)
    for raw in RAW:
        evil.connect(evil.ports[raw], "good:i")
    done = commands.run(server.name, *command.split())
    if done.status == 2:
        pytest.fail(f"no such command: {done.error}")
    said = done.out + done.error
    assert not {ord(character) for character in said} & ON_A_TERMINAL
    assert list(tmp_path.iterdir()) == []
