"""Monitoring of inputs, types of ports and their buffers, and whether they are connected."""

import pytest

import jack


@pytest.fixture
def tested(client):
    return client("tested")


def test_requests_are_counted(tested):
    port = tested.get_port_by_name("system:capture_1")
    assert port.monitoring is False
    port.request_monitor(True)
    port.request_monitor(True)
    port.request_monitor(False)
    assert port.monitoring is True
    port.request_monitor(False)
    assert port.monitoring is False


def test_ensuring_is_not_counted(tested):
    port = tested.get_port_by_name("system:capture_1")
    assert port.ensure_monitor(True) is None
    port.ensure_monitor(onoff=True)
    assert port.monitoring is True
    port.ensure_monitor(False)
    assert port.monitoring is False


def test_by_name(tested):
    port = tested.get_port_by_name("system:capture_1")
    assert tested.request_monitor("system:capture_1", True) is None
    assert port.monitoring is True
    tested.request_monitor(name="system:capture_1", onoff=False)
    assert port.monitoring is False


def test_no_such_port(tested):
    with pytest.raises(jack.JackErrorCode, match='monitoring of "no:port"'):
        tested.request_monitor("no:port", True)
    with pytest.raises(TypeError, match="name"):
        tested.request_monitor(1, True)


def test_type_ids(tested):
    audio, midi = tested.inports.register("a"), tested.midi_inports.register("m")
    system = tested.get_port_by_name("system:capture_1")
    assert audio.type_id == system.type_id != midi.type_id
    assert tested.get_port_type_id("tested:m") == midi.type_id


def test_connected(client, tested):
    out = tested.outports.register("o")
    system = tested.get_port_by_name("system:playback_1")
    seen = client("other").get_port_by_name("tested:o")
    tested.activate()
    assert (out.connected, seen.connected) == (False, False)
    out.connect(system)
    assert (out.connected, seen.connected, system.connected) == (True, True, True)
    out.disconnect()
    assert (out.connected, seen.connected) == (False, False)


def test_sizes(tested):
    audio, midi = tested.inports.register("a"), tested.midi_inports.register("m")
    assert tested.port_type_buffer_size(audio.type) == 4 * tested.blocksize
    assert tested.port_type_buffer_size(type=midi.type) > 0
    assert len(max(audio.type, midi.type)) < jack.port_type_size()
    with pytest.raises(ValueError, match="type must be one .*, got 'no type'"):
        tested.port_type_buffer_size("no type")
    with pytest.raises(TypeError, match="type"):
        tested.port_type_buffer_size(1)


def test_aliases_of_foreign_ports(client, tested):
    port = tested.outports.register("o")
    seen = client("other").get_port_by_name("tested:o")
    seen.set_alias("tested:alias")
    assert port.aliases == seen.aliases == ["tested:alias"]
    assert tested.get_port_by_name("tested:alias") == port
    seen.unset_alias("tested:alias")
    assert port.aliases == []
