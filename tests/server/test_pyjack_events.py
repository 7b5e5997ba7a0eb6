"""PyJack's check_events() and callbacks."""

import threading

import pytest

import jack
from support.pyjack import N
from support.waiting import wait_for


def test_check_events(attached, client):
    jack.activate()
    nothing = dict.fromkeys(jack.check_events(), 0)
    wait_for(lambda: jack.check_events() == nothing)
    other = client("other")
    other.activate()  # JACK2 tells nobody of an inactive client's ports
    port = other.outports.register("x")
    assert wait_for(lambda: jack.check_events()["port_registration"]) == 1
    wait_for(lambda: jack.check_events() == nothing)
    other.connect(port, "system:playback_1")
    assert wait_for(lambda: jack.check_events()["graph_ordering"]) == 1
    wait_for(lambda: jack.check_events() == nothing)


def test_events_outlive_the_connection(attached, client):
    jack.activate()
    heard = threading.Event()
    jack.set_port_registration_callback(lambda port, state: heard.set())
    with client("other") as other:
        other.outports.register("x")
        assert heard.wait(10)
    jack.detach()
    assert jack.check_events()["port_registration"] == 1
    assert jack.check_events()["port_registration"] == 0


def test_callbacks(attached, client):
    """Set at any time; with names, not ports."""
    calls = []
    threads = []
    jack.set_thread_init_callback(lambda: threads.append(threading.get_ident()))
    jack.set_client_registration_callback(lambda *args: calls.append(("client", *args)))
    jack.activate()
    jack.set_port_registration_callback(lambda *args: calls.append(("port", *args)))
    jack.set_port_connect_callback(lambda *args: calls.append(("connect", *args)))
    jack.set_graph_order_callback(lambda *args: calls.append(("order", *args)))
    jack.set_freewheel_callback(lambda *args: calls.append(("freewheel", *args)))
    jack.set_buffer_size_callback(lambda *args: calls.append(("size", *args)))
    assert jack.set_xrun_callback(lambda *args: calls.append(("xrun", *args))) is None
    wait_for(lambda: threads)
    assert threading.get_ident() not in threads
    other = client("other")
    port = other.outports.register("x")
    other.activate()
    other.connect(port, "system:playback_1")
    wait_for(lambda: ("connect", "other:x", "system:playback_1", 1) in calls)
    assert ("client", "other", 1) in calls
    assert ("port", "other:x", 1) in calls
    wait_for(lambda: ("order",) in calls)
    jack.set_buffer_size(2 * N)
    wait_for(lambda: ("size", 2 * N) in calls)
    other.close()
    wait_for(lambda: ("port", "other:x", 0) in calls)
    wait_for(lambda: ("client", "other", 0) in calls)
    with pytest.raises(TypeError, match="callback must be callable"):
        jack.set_xrun_callback(1)


def test_thread_init_on_a_client(default_server, client):
    c = client("threads")
    calls = []

    @c.set_thread_init_callback
    def begin():
        calls.append(threading.get_ident())

    c.register_port("in", jack.IsInput)
    c.activate()
    wait_for(lambda: calls)
    with pytest.raises(jack.JackError, match="call deactivate"):
        c.set_thread_init_callback(begin)
