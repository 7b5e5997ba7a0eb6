"""PyJack's functions on the one global client, but for process() and events."""

import gc
import time
import weakref

import pytest

import jack
from support.pyjack import N, exchange, ports, zeros
from support.waiting import wait_for


# ---- attaching ----


def test_attach_and_detach(default_server):
    assert jack.attach("pyjack") is None
    assert jack.get_client_name() == "pyjack"
    with pytest.raises(jack.UsageError, match="attached to a JACK server already"):
        jack.attach("another")
    assert jack.get_client_name() == "pyjack"
    assert jack.detach() is None
    for function in (jack.detach, jack.get_sample_rate, jack.activate):
        with pytest.raises(jack.NotConnectedError, match=r"call attach\(\) first"):
            function()
    jack.attach("again")
    assert jack.get_client_name() == "again"


def test_beside_clients(attached, client):
    one, two = client("one"), client("two")
    one.inports.register("x")
    jack.register_port("x", jack.IsOutput)
    two.activate()
    one.activate()
    jack.activate()
    jack.connect("pyjack:x", "one:x")
    wait_for(lambda: [p.name for p in two.get_all_connections("one:x")] == ["pyjack:x"])
    jack.detach()
    wait_for(lambda: one.get_all_connections("one:x") == [])
    assert one.blocksize == N


def test_detach_frees_the_client(attached):
    ports(1, 1)
    jack.activate()
    exchange(zeros(1), zeros(1))
    kept = [weakref.ref(c) for c in gc.get_objects() if isinstance(c, jack.Client) and not c.closed]
    assert kept
    jack.detach()
    gc.collect()
    assert [reference() for reference in kept] == [None] * len(kept)


# ---- what can be asked ----


def test_facts(attached, client):
    other = client("other")
    assert jack.get_buffer_size() == other.blocksize == N
    assert jack.get_sample_rate() == other.samplerate
    assert abs(jack.get_frame_time() - other.frame_time) < other.samplerate
    assert type(jack.get_cpu_load()) is float
    assert jack.is_realtime() == int(other.realtime)
    assert type(jack.is_realtime()) is int
    assert jack.get_version() == jack.version()


def test_ports(attached, client):
    with client("other") as other:
        other.midi_outports.register("midi")
        jack.register_port("in_1", jack.IsInput | jack.CanMonitor)
        jack.register_port("out_1", jack.IsOutput | jack.IsTerminal)
        assert jack.get_ports("pyjack") == ["pyjack:in_1", "pyjack:out_1"]
        assert jack.get_ports(type_name_pattern="midi") == ["other:midi"]
        assert jack.get_ports("pyjack", flags=jack.IsOutput) == ["pyjack:out_1"]
        assert jack.get_ports() == [p.name for p in other.get_ports()]
        assert jack.get_port_flags("pyjack:in_1") == jack.IsInput | jack.CanMonitor
        assert jack.get_port_flags("pyjack:out_1") == jack.IsOutput | jack.IsTerminal
        assert jack.get_port_flags("system:capture_1") & jack.IsPhysical
        assert jack.get_port_short_name("other:midi") == "midi"
        assert jack.get_port_type("other:midi") == "8 bit raw midi"
        assert jack.get_port_type("pyjack:in_1") == "32 bit float mono audio"
        assert jack.get_port_type_id("pyjack:in_1") != jack.get_port_type_id("other:midi")
        assert jack.port_is_mine("pyjack:in_1") == 1
        assert jack.port_is_mine("other:midi") == 0
        assert jack.get_connections("pyjack:in_1") == []


@pytest.mark.parametrize(
    "function",
    "get_port_flags get_connections get_port_short_name get_port_type "
    "get_port_type_id port_is_mine".split(),
)
def test_unknown_port(attached, function):
    with pytest.raises(jack.JackError, match="Port 'no:body' not available"):
        getattr(jack, function)("no:body")
    with pytest.raises(TypeError):
        getattr(jack, function)(1)


def test_bad_patterns(attached):
    with pytest.raises(ValueError, match="no regular expression"):
        jack.get_ports("a(b")


@pytest.mark.parametrize("flags", [0, jack.CanMonitor, jack.IsInput | jack.IsOutput])
def test_flags_without_direction(attached, flags):
    with pytest.raises(ValueError, match="flags must contain one of IsInput and IsOutput"):
        jack.register_port("x", flags)


def test_register_twice(attached):
    jack.register_port("x", jack.IsInput)
    with pytest.raises(jack.JackError, match="there is a port of that name already"):
        jack.register_port("x", jack.IsOutput)
    with pytest.raises(TypeError, match="name must be a str"):
        jack.register_port(b"y", jack.IsInput)


def test_unregister(attached):
    ports(2, 0)
    jack.unregister_port("in_0")
    jack.unregister_port("pyjack:in_1")
    assert jack.get_ports("pyjack") == []
    with pytest.raises(jack.UsageError, match="'in_0' is no port"):
        jack.unregister_port("in_0")


# ---- connections ----


def test_connect_twice_and_disconnect_twice(attached):
    ports(1, 1)
    jack.activate()
    for _ in range(2):
        jack.connect("pyjack:out_0", "pyjack:in_0")
        wait_for(lambda: jack.get_connections("pyjack:out_0") == ["pyjack:in_0"])
    for _ in range(2):
        jack.disconnect("pyjack:out_0", "pyjack:in_0")
        wait_for(lambda: jack.get_connections("pyjack:out_0") == [])


def test_connect_before_activate(attached):
    ports(1, 1)
    jack.connect("pyjack:out_0", "pyjack:in_0")
    jack.connect("pyjack:out_0", "system:playback_1")
    jack.disconnect("pyjack:out_0", "system:playback_1")
    assert jack.get_connections("pyjack:out_0") == []
    jack.activate()
    wait_for(lambda: jack.get_connections("pyjack:out_0") == ["pyjack:in_0"])


def test_connect_wrong_ports(attached):
    ports(1, 1)
    for active in (False, True):
        if active:
            jack.activate()
        for function in (jack.connect, jack.disconnect):
            with pytest.raises(jack.UsageError, match="source port 'no:body' does not exist"):
                function("no:body", "pyjack:in_0")
            with pytest.raises(jack.UsageError, match="destination port 'x' does not exist"):
                function("pyjack:out_0", "x")
        with pytest.raises(jack.Error, match="output port"):
            jack.connect("pyjack:in_0", "pyjack:out_0")


# ---- activation and transport ----


def test_activate(attached):
    with pytest.raises(jack.UsageError, match="not active"):
        jack.deactivate()
    jack.activate()
    with pytest.raises(jack.UsageError, match="active already"):
        jack.activate()
    jack.deactivate()
    with pytest.raises(jack.UsageError, match=r"call activate\(\) before process\(\)"):
        jack.process(zeros(0), zeros(0))


def test_transport(attached):
    jack.activate()
    jack.transport_locate(4800)
    wait_for(lambda: jack.get_current_transport_frame() == 4800)
    assert jack.get_transport_state() == jack.TransportStopped
    jack.set_sync_timeout(1_000_000)
    jack.transport_start()
    wait_for(lambda: jack.get_transport_state() == jack.TransportRolling)
    wait_for(lambda: jack.get_current_transport_frame() > 4800)
    jack.transport_stop()
    wait_for(lambda: jack.get_transport_state() == jack.TransportStopped)


# ---- the server goes ----


def test_lost_server(start_jackd, monkeypatch):
    first = start_jackd()
    monkeypatch.setenv("JACK_DEFAULT_SERVER", first.name)
    jack.attach("pyjack")
    ports(1, 1)
    jack.activate()
    exchange(zeros(1), zeros(1))
    first.kill()
    with pytest.raises(jack.NotConnectedError):
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            exchange(zeros(1), zeros(1))
    wait_for(lambda: jack.check_events()["shutdown"])
    assert jack.check_events()["shutdown"] == 0
    for function in (jack.get_sample_rate, jack.get_ports, jack.deactivate):
        with pytest.raises(jack.NotConnectedError, match=r"attach\(\) makes a new one"):
            function()
    second = start_jackd()
    monkeypatch.setenv("JACK_DEFAULT_SERVER", second.name)
    jack.attach("pyjack")
    assert jack.get_ports("pyjack") == []
    jack.detach()


def test_detach_from_a_lost_server(start_jackd, monkeypatch):
    server = start_jackd()
    monkeypatch.setenv("JACK_DEFAULT_SERVER", server.name)
    jack.attach("pyjack")
    jack.activate()
    server.kill()
    wait_for(lambda: jack.check_events()["shutdown"])
    assert jack.detach() is None
    with pytest.raises(jack.NotConnectedError):
        jack.detach()
