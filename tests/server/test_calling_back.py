"""Calls into libjack from callbacks: everything is allowed from notifications."""

import contextlib
import threading

import pytest

import jack
from support.waiting import wait_for


def connects(client, source, destination):
    """PipeWire refuses it until its server, too, has the ports."""
    with contextlib.suppress(jack.JackErrorCode):
        client.connect(source, destination)
        return True


class Provoke:
    """What makes each notification come, done by another client."""

    @staticmethod
    def port_registration(other):
        other.outports.register("new")

    @staticmethod
    def port_connect(other):
        wait_for(lambda: connects(other, "other:o", "system:playback_1"))

    graph_order = port_connect

    @staticmethod
    def port_rename(other):
        other.outports[0].shortname = "renamed"

    @staticmethod
    def client_registration(other):
        jack.Client("third", servername=other.test_server).close()

    @staticmethod
    def freewheel(other):
        other.set_freewheel(True)
        other.set_freewheel(False)

    @staticmethod
    def property_change(other):
        other.set_property(other, "http://example.org/rtjack/x", "1")
        other.remove_property(other, "http://example.org/rtjack/x")


KINDS = ["port_registration", "port_connect", "graph_order", "port_rename",
         "client_registration", "freewheel", "property_change"]  # fmt: skip


@pytest.fixture
def provoked(client, server):
    """Set a callback of some kind that does `work(client)` once, and make it come."""

    def provoke(kind, work):
        tested, other = client("tested"), client("other")
        other.test_server = server.name
        other.outports.register("o")
        if kind == "graph_order":  # JACK1 tells it to those that take part in the graph
            tested.inports.register("part")
        results = []

        def callback(*arguments):
            # When freewheeling ends, JACK2 puts back all connections as they were.
            if not results and arguments != (True,):
                results.append(work(tested))

        getattr(tested, f"set_{kind}_callback")(callback)
        tested.activate()
        other.activate()
        getattr(Provoke, kind)(other)
        wait_for(lambda: results)
        return tested, results[0]

    return provoke


def use_everything(tested):
    """Calls of every kind that ask the server, with what they should give."""
    port = tested.inports.register("late")
    names = [p.name for p in tested.get_ports("system")]
    uuid = tested.get_uuid_for_client_name("tested")
    tested.set_property(tested, "http://example.org/rtjack/back", "1")
    value = jack.get_property(tested, "http://example.org/rtjack/back")
    tested.remove_properties(tested)
    state, _ = tested.transport_query()
    port.unregister()
    assert (len(names), uuid, value, state) == (4, tested.uuid, (b"1", ""), 0)
    return True


def connect_and_disconnect(tested):
    port = tested.inports.register("late")
    tested.connect("system:capture_1", port)
    wait_for(lambda: tested.get_all_connections("system:capture_1") == [port])
    tested.disconnect("system:capture_1", port)
    port.unregister()
    return True


@pytest.mark.parametrize("kind", KINDS)
def test_calling_back_from(provoked, kind):
    provoked(kind, use_everything)


@pytest.mark.parametrize("kind", KINDS)
def test_connecting_from(provoked, kind):
    provoked(kind, connect_and_disconnect)


@pytest.mark.parametrize("kind", KINDS)
def test_deactivating_and_activating_from(provoked, kind):
    def work(tested):
        tested.deactivate()
        tested.activate()
        return True

    tested, _ = provoked(kind, work)
    port = tested.inports.register("i")
    tested.connect(tested.outports.register("o"), port)
    wait_for(lambda: port.number_of_connections == 1)


@pytest.mark.parametrize("kind", KINDS)
def test_closing_from(provoked, kind):
    tested, closed = provoked(kind, lambda tested: (tested.close(), tested.closed)[1])
    assert closed is True
    with pytest.raises(jack.JackError):
        tested.get_ports()


def test_closing_another_client_from(client, provoked):
    victim = client("victim")
    victim.activate()
    provoked("port_registration", lambda tested: victim.close())
    assert victim.closed


def test_closing_from_the_process_callback(client):
    """That would have JACK wait for itself: it is refused, and nothing hangs."""
    tested = client()
    outcome = []

    @tested.set_process_callback
    def process(frames):
        if not outcome:
            for call in (tested.deactivate, tested.close):
                try:
                    outcome.append(call())
                except jack.JackError as error:
                    outcome.append(str(error))

    tested.activate()
    wait_for(lambda: len(outcome) == 2)
    tested.close()
    assert tested.closed


def test_closing_while_a_notification_runs(client):
    """close() waits for the callback that is at work, and none comes afterwards."""
    tested, other = client("tested"), client("other")
    running, go_on, finished = threading.Event(), threading.Event(), []

    @tested.set_port_registration_callback(only_available=False)
    def registration(port, register):
        running.set()
        go_on.wait(10)
        finished.append(register)

    tested.activate()
    other.activate()
    other.outports.register("o")
    assert running.wait(10)
    other.outports.register("o2")
    thread = threading.Thread(target=tested.close)
    thread.start()
    go_on.set()
    thread.join(10)
    assert not thread.is_alive()
    assert tested.closed
    number = len(finished)
    assert number >= 1
    other.outports.register("o3").unregister()
    assert len(finished) == number
