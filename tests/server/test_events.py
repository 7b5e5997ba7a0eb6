"""client.events(): every kind of event, with what it tells; filters, overflow, the end."""

import threading

import pytest

import jack
from support.events import KEY, catch_up, drain, names, until
from support.waiting import wait_for

KINDS = [
    jack.PortRegistered,
    jack.PortConnected,
    jack.PortRenamed,
    jack.GraphReordered,
    jack.Xrun,
    jack.ClientRegistered,
    jack.Freewheel,
    jack.BlocksizeChanged,
    jack.SamplerateChanged,
    jack.LatencyChanged,
    jack.PropertyChanged,
    jack.Shutdown,
]


@pytest.fixture
def pair(client):
    """Two active clients: the one listens, the other does what there is to be heard."""
    tested, other = client("tested"), client("other")
    tested.activate()
    other.activate()
    catch_up(tested, other)
    return tested, other


def test_ports(pair):
    tested, other = pair
    with tested.events(jack.PortRegistered, jack.PortConnected, jack.PortRenamed) as queue:
        out, into = other.outports.register("out"), other.midi_inports.register("in")
        came = queue.get(10), queue.get(10)  # so they were seen while they were there
        other.connect(out, "system:playback_1")
        other.disconnect(out, "system:playback_1")
        into.unregister()
        out.unregister()
        events = until(queue, lambda e: is_gone(e) and e.port.name == "other:out")
    assert [(type(event), *map(plain, fields(event))) for event in events] == [
        (jack.PortConnected, "other:out", "system:playback_1", True),
        (jack.PortConnected, "other:out", "system:playback_1", False),
        (jack.PortRegistered, "other:in", False),
        (jack.PortRegistered, "other:out", False),
    ]
    assert [event.registered for event in came] == [True, True]
    assert [type(event.port) for event in came] == [jack.Port, jack.MidiPort]
    assert events[0].destination == tested.get_port_by_name("system:playback_1")
    assert (queue.lost, queue.closed) == (0, True)


def test_port_renamed(pair):
    tested, other = pair
    with tested.events(jack.PortRegistered, jack.PortRenamed) as queue:
        port = other.outports.register("old")
        port.shortname = "new"
        came, renamed = queue.get(10), queue.get(10)
    assert came.port == renamed.port
    assert list(map(plain, fields(renamed))) == ["other:new", "other:old", "other:new"]


def is_gone(event):
    return isinstance(event, jack.PortRegistered) and not event.registered


def is_property(event):
    return isinstance(event, jack.PropertyChanged)


def in_order(events):
    """Without those that may still come of what was done before."""
    return [event for event in events if not isinstance(event, jack.GraphReordered)]


def fields(event):
    return [getattr(event, name) for name in type(event).__match_args__]


def plain(value):
    return value.name if isinstance(value, jack.Port) else value


def test_ports_that_are_gone(pair):
    """JACK2 tells of them when it has forgotten what they were."""
    tested, other = pair
    before = other.midi_outports.register("before")
    catch_up(tested, other)
    with tested.events(jack.PortRegistered) as queue:
        after = other.midi_inports.register("after")
        came = queue.get(10)  # so it was seen while it was there
        before.unregister()
        after.unregister()
        gone = queue.get(10), queue.get(10)
        other.close()
        tested.close()
        for event, (name, is_input) in zip(gone, [("before", False), ("after", True)]):
            port = event.port
            assert (event.registered, type(port)) == (False, jack.MidiPort)
            assert (port.name, port.shortname) == (f"other:{name}", name)
            assert (port.is_midi, port.is_input) == (True, is_input)
            assert port.type == "8 bit raw midi"
            assert f"MidiPort('other:{name}')" in repr(event)
            for use in (lambda: port.aliases, lambda: port.uuid):
                with pytest.raises(jack.JackError):
                    use()
        assert came.port == gone[1].port


def test_own_ports(pair):
    tested, other = pair
    with tested.events(jack.PortRegistered, jack.PortConnected) as queue:
        port = tested.inports.register("in")
        wait_for(lambda: other.get_ports(port.name, literal=True))
        other.connect("system:capture_1", port)
        registered, connected = queue.get(10), queue.get(10)
    assert registered == registered
    assert registered.port is port is connected.destination
    assert connected.source.name == "system:capture_1"


def test_clients(pair, client):
    tested, _ = pair
    with tested.events(jack.ClientRegistered) as queue:
        third = client("third")
        third.activate()
        third.close()
        found = until(queue, lambda event: not event.registered)
    assert [(e.name, e.registered) for e in found] == [("third", True), ("third", False)]


def test_properties(pair):
    tested, other = pair
    with tested.events(jack.PropertyChanged) as queue:
        other.set_property(other, KEY, "1")
        other.set_property(other, KEY, "2")
        other.remove_property(other, KEY)
        found = [queue.get(10) for _ in range(3)]
    changes = [jack.PROPERTY_CREATED, jack.PROPERTY_CHANGED, jack.PROPERTY_DELETED]
    assert [fields(event) for event in found] == [[int(other.uuid), KEY, c] for c in changes]


def test_blocksize(pair):
    """Told when it changes, though libjack tells it anew when a client is activated."""
    tested, other = pair
    with tested.events(jack.BlocksizeChanged, jack.SamplerateChanged) as queue:
        size = tested.blocksize
        tested.deactivate()
        tested.activate()
        for new in (2 * size, size):
            other.blocksize = new
            assert fields(queue.get(10)) == [new]
        assert drain(queue) == []


def test_freewheel(pair):
    tested, other = pair
    with tested.events(jack.Freewheel) as queue:
        other.set_freewheel(True)
        other.set_freewheel(False)
        assert [queue.get(10).starting, queue.get(10).starting] == [True, False]


def test_latency_and_order(client):
    """JACK1 tells the order to those that take part in the cycle."""
    tested, other = client("tested"), client("other")
    port = tested.inports.register("in")
    tested.activate()
    other.activate()
    catch_up(tested, other)
    latencies = tested.events(jack.LatencyChanged)
    with tested.events(jack.GraphReordered) as queue:
        other.connect("system:capture_1", port)
        assert {latencies.get(10).mode, latencies.get(10).mode} == {"capture", "playback"}
        assert fields(queue.get(10)) == []


def test_xruns(pair):
    """A client that is late by more than a block makes one."""
    tested, other = pair
    late = threading.Event()
    other.deactivate()
    other.outports.register("out")
    other.set_process_callback(lambda frames: late.wait(0.05))
    with tested.events(jack.Xrun) as queue:
        other.activate()
        event = queue.get(10)
    late.set()
    assert type(event.delayed_usecs) is float and event.delayed_usecs >= 0


# Filters


def test_each_queue_has_its_filter(pair):
    tested, other = pair
    everything, base = tested.events(), tested.events(jack.Event)
    ports = tested.events(jack.PortRegistered)
    renames = tested.events(jack.PortRenamed, jack.PropertyChanged)
    told = tested.events(jack.PortRenamed)
    port = other.outports.register("o")
    port.shortname = "n"
    told.get(10)  # JACK2 forgets what a port was, which no more than one queue was told, as it goes
    port.unregister()
    other.set_property(other, KEY, "1")
    found = in_order(until(everything, is_property))
    assert in_order(until(base, is_property)) == found
    two = (jack.PortRenamed, jack.PropertyChanged)
    assert until(renames, is_property) == [e for e in found if isinstance(e, two)]
    assert [e.registered for e in drain(ports)] == [True, False]
    assert {type(e) for e in found} - {jack.Xrun} == {jack.PortRegistered, *two}
    other.remove_properties(other)


@pytest.mark.parametrize(
    "wrong", [int, jack.Client, "PortConnected", None, 3, jack.PortConnected | None]
)
def test_what_is_no_kind(client, wrong):
    with pytest.raises(TypeError, match="kinds of events are classes like"):
        client().events(jack.PortConnected, wrong)


def test_kinds_given_twice(client):
    client().events(jack.PortConnected, jack.PortConnected, jack.Event, jack.Event)


@pytest.mark.parametrize("size", [0, -1, 2**20 + 1, 2**70])
def test_sizes_beyond_the_bounds(client, size):
    with pytest.raises(ValueError, match="size must be between 1 and 1048576"):
        client().events(size=size)


@pytest.mark.parametrize("size", [None, 1.5, "8"])
def test_what_is_no_size(client, size):
    with pytest.raises(TypeError, match="size"):
        client().events(size=size)


@pytest.mark.parametrize("timeout", [-1, float("nan")])
def test_timeouts_beyond_the_bounds(client, timeout):
    with pytest.raises(ValueError, match="timeout must be None or a number"):
        client().events().get(timeout)


@pytest.mark.parametrize("timeout", ["1", object()])
def test_what_is_no_timeout(client, timeout):
    for wait in (client().events().get, client().wait_closed):
        with pytest.raises(TypeError):
            wait(timeout)


@pytest.mark.parametrize("kind", [jack.Event, jack.EventQueue, *KINDS])
def test_they_are_not_made_by_hand(kind):
    with pytest.raises(TypeError, match="cannot create"):
        kind()


def test_events_can_not_be_changed(pair):
    tested, other = pair
    with tested.events(jack.ClientRegistered, jack.PortRegistered) as queue:
        other.inports.register("i")
        event = queue.get(10)
    for name in ("registered", "port"):
        with pytest.raises((AttributeError, TypeError)):
            setattr(event, name, 1)
        with pytest.raises((AttributeError, TypeError)):
            delattr(event, name)
    with pytest.raises(AttributeError):
        event.more = 1
    with pytest.raises(TypeError):
        jack.PortRegistered.port = None


def test_comparing(pair):
    tested, other = pair
    one, two = (tested.events(jack.PortRegistered, jack.PortConnected) for _ in range(2))
    port = other.outports.register("o")
    other.connect(port, "system:playback_1")
    port.unregister()
    first, second = until(one, is_gone), until(two, is_gone)
    assert first == second
    assert [hash(event) for event in first] == [hash(event) for event in second]
    assert first[0] != 1
    assert len({event for event in first if isinstance(event, jack.PortConnected)}) == 2


def test_matching(pair):
    tested, other = pair
    with tested.events(jack.PortRegistered) as queue:
        other.inports.register("i")
        match queue.get(10):
            case jack.PortRegistered(port, True):
                assert port.name == "other:i"
            case event:
                pytest.fail(repr(event))


# Too many


def test_overflow_is_counted(pair):
    """Nothing waits for a queue that nobody empties; others get everything."""
    tested, other = pair
    small, large = (tested.events(jack.PortConnected, size=size) for size in (1, 1000))
    port = other.outports.register("o")
    count = 100
    for _ in range(count):
        other.connect(port, "system:playback_1")
        other.disconnect(port, "system:playback_1")
    found = [large.get(10) for _ in range(2 * count)]
    catch_up(tested, other)
    assert [event.connected for event in found] == [True, False] * count
    kept = drain(small)
    assert kept == found[: len(kept)]
    assert 1 <= len(kept) < 2 * count
    assert (len(kept) + small.lost, large.lost) == (2 * count, 0)
    other.connect(port, "system:playback_2")
    assert small.get(10).destination.name == "system:playback_2"


def test_renamed_where_only_registrations_are_heard(pair):
    tested, other = pair
    port = other.midi_outports.register("o")
    catch_up(tested, other)
    queue = tested.events(jack.PortRegistered)
    port.shortname = "n"
    port.unregister()
    event = queue.get(10)
    assert (type(event.port), event.port.name) == (jack.MidiPort, "other:n")


def test_there_is_room_for_as_many_as_asked(pair):
    tested, other = pair
    size = 500
    queue = tested.events(jack.PortConnected, size=size)
    long = "x" * (64 - len("other:"))
    port = other.outports.register(long)
    for _ in range(size // 2):
        other.connect(port, "system:playback_1")
        other.disconnect(port, "system:playback_1")
    catch_up(tested, other)
    assert len(drain(queue)) == size
    assert queue.lost == 0


# The end


def test_the_rest_comes_after_closing(pair):
    tested, other = pair
    queue = tested.events(jack.PortRegistered)
    other.inports.register("i")
    other.inports.register("j")
    catch_up(tested, other)
    tested.close()
    assert queue.closed
    assert names(queue) == ["other:i", "other:j"]
    assert list(queue) == []
    for wait in ({}, {"timeout": 0}, {"timeout": None}):
        with pytest.raises(jack.JackError, match="closed"):
            queue.get(**wait)
    with pytest.raises(jack.JackError, match="closed"):
        tested.events()


def test_closing_the_queue(pair):
    tested, other = pair
    queue, second = tested.events(jack.PortRegistered), tested.events(jack.PortRegistered)
    other.inports.register("i")
    second.get(10)
    queue.close()
    queue.close()
    assert (queue.closed, second.closed) == (True, False)
    assert list(queue) == []  # it drops what it had
    with pytest.raises(jack.JackError, match="queue of events is closed"):
        queue.get()
    other.inports.register("j")
    assert second.get(10).port.name == "other:j"


def test_what_it_tells_of_itself(client):
    tested = client()
    queue = tested.events()
    assert (queue.client, queue.lost, queue.closed) == (tested, 0, False)
    assert iter(queue) is queue and aiter(queue) is queue


def test_a_queue_keeps_its_client(client, server):
    queue = jack.Client("kept", servername=server.name).events(jack.PortRegistered)
    queue.client.activate()
    queue.client.outports.register("o")
    assert queue.get(10).port._client is queue.client
    del queue
