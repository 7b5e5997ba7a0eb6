"""Connections, names and aliases of ports."""

from concurrent.futures import ThreadPoolExecutor

import pytest

import jack
from support import children, libraries
from support.waiting import wait_for


@pytest.fixture
def two(client):
    pair = client("one"), client("two")
    for tested in pair:
        tested.inports.register("i")
        tested.outports.register("o")
        tested.midi_inports.register("mi")
        tested.midi_outports.register("mo")
        tested.activate()
    for tested in pair:  # PipeWire: what others do is seen a moment later
        wait_for(lambda t=tested: len(t.get_ports("^(one|two):")) == 8)
    return pair


def names(ports):
    return [port.name for port in ports]


@pytest.mark.parametrize("source_by", ["name", "own", "foreign"])
@pytest.mark.parametrize("destination_by", ["name", "own", "foreign"])
def test_connect_and_disconnect(two, source_by, destination_by):
    one, other = two
    source = {
        "name": "one:o",
        "own": one.outports[0],
        "foreign": other.get_port_by_name("one:o"),
    }[source_by]
    destination = {
        "name": "two:i",
        "own": other.inports[0],
        "foreign": one.get_port_by_name("two:i"),
    }[destination_by]
    own, other_own = one.outports[0], other.inports[0]
    assert one.connect(source, destination) is None
    wait_for(lambda: own.is_connected_to(destination))  # JACK2 tells with the next block
    assert other_own.is_connected_to(source)
    assert names(own.connections) == ["two:i"]
    assert other_own.connections == [own]
    assert own.number_of_connections == 1
    assert names(one.get_all_connections(destination)) == ["one:o"]
    one.disconnect(source, destination)
    wait_for(lambda: own.connections == [])
    assert one.get_all_connections("two:i") == []
    assert not own.is_connected_to(destination)


def test_connect_foreign_ports(two):
    one, other = two
    one.connect("system:capture_1", "two:i")
    wait_for(lambda: names(one.get_all_connections("system:capture_1")) == ["two:i"])
    assert type(other.get_all_connections("system:capture_1")[0]) is jack.OwnPort
    assert type(one.get_all_connections("system:capture_1")[0]) is jack.Port


def test_connect_from_the_port(two):
    one, other = two
    out, into = one.outports[0], other.inports[0]
    out.connect("two:i")
    wait_for(lambda: into.is_connected_to("one:o"))
    out.disconnect("two:i")
    wait_for(lambda: not into.is_connected_to("one:o"))
    into.connect(out)
    wait_for(lambda: out.is_connected_to(into))
    into.disconnect(out)
    wait_for(lambda: out.number_of_connections == 0)


def test_disconnect_from_everything(two):
    one, other = two
    port = one.outports[0]
    for destination in ("two:i", "one:i", "system:playback_1", "system:playback_2"):
        port.connect(destination)
    wait_for(lambda: port.number_of_connections == 4)
    port.disconnect()
    wait_for(lambda: port.connections == [])
    port.disconnect()


def test_connected_already(two):
    one, _ = two
    one.connect("one:o", "two:i")
    with pytest.raises(jack.JackErrorCode) as caught:
        one.connect("one:o", "two:i")
    assert caught.value.code == 17
    assert "one:o" in str(caught.value) and "two:i" in str(caught.value)
    with pytest.raises(jack.JackErrorCode) as caught:
        one.outports[0].connect("two:i")
    assert caught.value.code == 17


@pytest.mark.parametrize(
    ("source", "destination"),
    [
        ("one:i", "two:i"),  # two inputs
        ("one:o", "two:o"),  # two outputs
        ("two:i", "one:o"),  # the wrong way round
        ("one:o", "two:mi"),  # audio to MIDI
        ("one:mo", "two:i"),  # MIDI to audio
        ("one:o", "no:body"),
        ("no:body", "two:i"),
        ("one:o", ""),
        ("one:o", "x" * 1000),
    ],
)
def test_impossible_connections(two, source, destination):
    one, _ = two
    for method in (one.connect, one.disconnect):
        with pytest.raises(jack.JackError) as caught:
            method(source, destination)
        assert source in str(caught.value)
    assert one.outports[0].connections == []


def test_impossible_connections_from_the_port(two):
    one, _ = two
    with pytest.raises(ValueError, match="put"):
        one.outports[0].connect("two:o")
    with pytest.raises(ValueError, match="put"):
        one.inports[0].connect("two:i")
    with pytest.raises(jack.JackError, match="no:body"):
        one.inports[0].connect("no:body")


def test_disconnect_what_is_not_connected(two):
    one, _ = two
    with pytest.raises(jack.JackErrorCode, match="one:o"):
        one.disconnect("one:o", "two:i")
    with pytest.raises(jack.JackErrorCode, match="one:o"):
        one.outports[0].disconnect("two:i")


def test_connect_before_activating(client):
    tested = client()
    port = tested.inports.register("i")
    with pytest.raises(jack.JackErrorCode) as caught:
        tested.connect("system:capture_1", port)
    assert caught.value.code not in (0, 17)


@pytest.mark.parametrize("wrong", [None, 1, b"one:o", ["one:o"]])
def test_connect_with_something_else(two, wrong):
    one, _ = two
    for call in (
        lambda: one.connect(wrong, "two:i"),
        lambda: one.connect("one:o", wrong),
        lambda: one.outports[0].is_connected_to(wrong),
        lambda: one.outports[0].connect(wrong),
        lambda: one.get_all_connections(wrong),
        lambda: one.owns(wrong),
    ):
        with pytest.raises(TypeError, match=type(wrong).__name__):
            call()


# Renaming


def test_rename(two):
    one, other = two
    port, seen = one.outports[0], other.get_port_by_name("one:o")
    one.connect(port, "two:i")
    port.shortname = "new name"
    assert (port.name, port.shortname) == ("one:new name", "new name")
    assert (seen.name, seen.shortname) == ("one:new name", "new name")
    assert port == seen
    assert repr(seen) == "jack.Port('one:new name')"
    assert other.get_port_by_name("one:new name") == seen
    wait_for(lambda: other.inports[0].is_connected_to("one:new name"))
    with pytest.raises(jack.JackError):
        other.get_port_by_name("one:o")
    one.disconnect(port, "two:i")


def test_rename_to_itself(two):
    port = two[0].outports[0]
    port.shortname = "o"
    assert port.name == "one:o"


@pytest.mark.parametrize(("wrong", "error"), [(1, TypeError), (None, TypeError),
                         ("a\0b", ValueError), ("", (ValueError, jack.JackErrorCode))])  # fmt: skip
def test_rename_to_what_is_no_name(two, wrong, error):
    port = two[0].outports[0]
    with pytest.raises(error):
        port.shortname = wrong
    with pytest.raises(AttributeError):
        del port.shortname
    assert port.name == "one:o"


# Aliases


def test_aliases(two):
    one, other = two
    port, seen = one.outports[0], other.get_port_by_name("one:o")
    port.set_alias("one:first")
    assert seen.aliases == port.aliases == ["one:first"]
    port.set_alias("one:second")
    assert seen.aliases == ["one:first", "one:second"]
    with pytest.raises(jack.JackErrorCode):
        port.set_alias("one:third")
    assert other.get_port_by_name("one:second") == port
    other.connect("one:second", "two:i")
    wait_for(lambda: port.is_connected_to("two:i"))
    port.unset_alias("one:first")
    assert port.aliases == ["one:second"]
    with pytest.raises(jack.JackErrorCode):
        port.unset_alias("one:first")


def test_aliases_of_the_driver_s_ports(client):
    port = client().get_port_by_name("system:capture_1")
    assert len(port.aliases) == 1
    assert "dummy" in port.aliases[0]


def test_request_monitor(client):
    tested = client()
    for port in tested.get_ports(is_physical=True):
        assert port.request_monitor(True) is None
        port.request_monitor(False)


def test_connections_vanish_with_a_client(two):
    one, other = two
    one.connect("one:o", "two:i")
    one.close()
    wait_for(lambda: other.inports[0].number_of_connections == 0)
    assert other.inports[0].connections == []


def test_connections_of_a_client_that_joins_the_cycle(client):
    """Active without a part in it, a client is activated anew when it gets one."""
    tested, other = client("tested"), client("other")
    out = other.outports.register("o")
    other.activate()
    tested.activate()
    tested.inports.register("i")
    wait_for(lambda: other.get_ports("tested:i"))
    other.connect(out, "tested:i")
    wait_for(lambda: names(other.get_all_connections(out)) == ["tested:i"])
    assert tested.rec(1000).wait(10)
    wait_for(lambda: names(other.get_all_connections(out)) == ["tested:i"])


COMING_AND_GOING = """
    import sys, jack
    client = jack.Client("other", servername=sys.argv[1])
    client.activate()
    while not client.closed:
        port = client.inports.register("i")
        client.connect("asker:o", port)
        port.unregister()
"""


def test_connections_with_ports_that_come_and_go(server, client):
    """JACK1's own library crashes over one that goes between the answer and its look-up."""
    if libraries.loaded() != "JACK1":
        pytest.skip("no other library looks ports up so")
    asker = client("asker")
    out = asker.outports.register("o")
    asker.activate()
    seen = {(): 0, ("other:i",): 0}

    def ask():
        seen[tuple(names(asker.get_all_connections(out)))] += 1
        return min(seen.values()) > 200

    other = children.start(COMING_AND_GOING, server.name)
    try:
        wait_for(ask)
        assert other.poll() is None, other.stderr.read()
    finally:
        other.kill()
        other.communicate()
    wait_for(lambda: asker.get_ports("other:") == [])


def test_connecting_what_was_registered_after_activating(client):
    listener, sender = client("listener"), client("sender")
    blocks = []
    listener.set_process_callback(blocks.append)
    inputs = listener.inports.register("i"), listener.midi_inports.register("m")
    listener.activate()
    sender.activate()
    outputs = sender.outports.register("o"), sender.midi_outports.register("m")
    for out, into in zip(outputs, inputs, strict=True):
        sender.connect(out, into)
        wait_for(lambda into=into: into.connections)
        heard = len(blocks)
        wait_for(lambda heard=heard: len(blocks) > heard + 10, what="called ten times more")


def test_activating_while_a_port_is_registered(client):
    listener = client("listener")
    blocks = []
    listener.set_process_callback(blocks.append)
    into = listener.inports.register("i")
    listener.activate()
    for turn in range(10):
        sender = client(f"sender{turn}")
        with ThreadPoolExecutor(2) as pool:
            active = pool.submit(sender.activate)
            out = pool.submit(sender.outports.register, "o")
        assert active.result() is None
        sender.connect(out.result(), into)
    heard = len(blocks)
    wait_for(lambda: len(blocks) > heard + 10, what="called ten times more")
