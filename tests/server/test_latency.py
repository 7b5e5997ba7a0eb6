"""Latencies: what libjack's rule gives, what a callback changes, and what others see."""

import threading

import pytest

import jack
from support.waiting import wait_for

CAPTURE, PLAYBACK = jack.CAPTURE_LATENCY, jack.PLAYBACK_LATENCY


@pytest.fixture
def chain(client):
    """system -> first -> second -> system, not active yet."""
    first, second = client("first"), client("second")
    for each in (first, second):
        each.inports.register("i")
        each.outports.register("o")
    return first, second


def connect(first, second):
    first.activate()
    second.activate()
    first.connect("system:capture_1", "first:i")
    first.connect("first:o", "second:i")
    second.connect("second:o", "system:playback_1")


def adding(client, frames):
    """A latency callback of a client that takes so many frames from inputs to outputs."""
    seen = []

    @client.set_latency_callback
    def latency(mode):
        seen.append((mode, threading.get_ident()))
        source, to = client.inports[0], client.outports[0]
        if mode == PLAYBACK:
            source, to = to, source
        least, most = source.latency_range(mode)
        to.set_latency_range(mode, least + frames, most + 2 * frames)

    return seen


def test_without_a_callback_ranges_pass_through(chain):
    first, second = chain
    connect(first, second)
    of_capture = first.get_port_by_name("system:capture_1").latency_range(CAPTURE)
    of_playback = first.get_port_by_name("system:playback_1").latency_range(PLAYBACK)
    wait_for(lambda: second.outports[0].latency_range(CAPTURE) == of_capture)
    wait_for(lambda: first.inports[0].latency_range(PLAYBACK) == of_playback)


def test_a_callback_s_latency_is_seen_along_the_graph(chain):
    first, second = chain
    seen = adding(first, 100)
    connect(first, second)
    start = first.get_port_by_name("system:capture_1").latency_range(CAPTURE)
    end = first.get_port_by_name("system:playback_1").latency_range(PLAYBACK)
    wanted = (start.min + 100, start.max + 200)
    wait_for(lambda: second.outports[0].latency_range(CAPTURE) == wanted)
    source = second.get_port_by_name("first:o")
    wait_for(lambda: source.latency_range(CAPTURE) == wanted)
    wanted = (end.min + 100, end.max + 200)
    wait_for(lambda: first.inports[0].latency_range(PLAYBACK) == wanted)
    assert {mode for mode, _ in seen} == {CAPTURE, PLAYBACK}
    assert threading.get_ident() not in {thread for _, thread in seen}


def test_a_change_is_told_by_recomputing(chain):
    first, second = chain
    frames = 100

    @first.set_latency_callback
    def latency(mode):
        if mode == CAPTURE:
            first.outports[0].set_latency_range(mode, frames, frames)

    connect(first, second)
    wait_for(lambda: second.inports[0].latency_range(CAPTURE) == (100, 100))
    frames = 300
    assert first.recompute_total_latencies() is None

    def told():
        # PipeWire may take the asking for the answer to one of before.
        first.recompute_total_latencies()
        return second.inports[0].latency_range(CAPTURE) == (300, 300)

    wait_for(told)


def test_total_latency(chain):
    first, second = chain
    adding(first, 100)
    connect(first, second)
    end = first.get_port_by_name("system:playback_1").latency_range(PLAYBACK).max
    start = first.get_port_by_name("system:capture_1").latency_range(CAPTURE).max
    wait_for(lambda: second.inports[0].total_latency == start + 200)
    wait_for(lambda: first.inports[0].total_latency == start)
    for client in (first, second):
        wait_for(lambda client=client: client.outports[0].total_latency == end)


def test_a_stream_s_latency_is_there_before_the_callback(client):
    tested = client("tested")
    seen = []

    @tested.set_latency_callback
    def latency(mode):
        if tested.outports:
            seen.append(tested.outports[0].latency_range(mode))

    with tested, tested.open_stream(1, 1, lookahead=4) as stream:
        wait_for(lambda: (stream.latency, stream.latency) in seen)


def test_a_stream_s_latency_follows_the_block_size_when_that_is_told_late(client):
    """The audio thread has it with its first block, and the notice comes afterwards."""
    tested, told = client("tested"), threading.Event()

    @tested.set_port_registration_callback
    def registered(port, register):
        if register and port.shortname == "last":
            told.wait(20)

    with tested, tested.open_stream(1, 1) as stream:
        stream.process(stream.read(64, timeout=10), timeout=10)
        before, size = stream.latency, tested.blocksize
        tested.outports.register("last")
        tested.blocksize = 2 * size
        try:
            while stream.latency < 2 * before:
                stream.process(stream.read(64, timeout=10), timeout=10)
            told.set()
            wait_for(lambda: stream.outports[0].latency_range(CAPTURE).max == 2 * before)
        finally:
            told.set()
            tested.blocksize = size


def test_a_callback_that_raises_is_not_called_again(chain, unraisable):
    tested, second = chain
    errors = unraisable

    @tested.set_latency_callback
    def latency(mode):
        raise RuntimeError("no")

    connect(tested, second)
    wait_for(lambda: errors)
    tested.recompute_total_latencies()
    assert len(errors) == 1
    assert errors[0].object is latency


def test_only_while_inactive(client):
    tested = client("tested")
    tested.activate()
    with pytest.raises(jack.JackErrorCode, match="latency callback.*deactivate"):
        tested.set_latency_callback(print)
    with pytest.raises(TypeError, match="callback"):
        tested.set_latency_callback(None)


@pytest.mark.parametrize(("mode", "error"), [(2, ValueError), (-1, ValueError), ("c", TypeError)])
def test_what_is_no_mode(chain, mode, error):
    port = chain[0].outports[0]
    with pytest.raises(error, match="mode"):
        port.latency_range(mode)
    with pytest.raises(error, match="mode"):
        port.set_latency_range(mode, 0, 0)


def test_what_is_no_range(chain):
    port = chain[0].outports[0]
    with pytest.raises(ValueError, match="min must not be more than max, got 2 and 1"):
        port.set_latency_range(CAPTURE, 2, 1)
    with pytest.raises(ValueError, match="max"):
        port.set_latency_range(CAPTURE, 0, 2**32)
    with pytest.raises(TypeError, match="min"):
        port.set_latency_range(CAPTURE, 1.5, 2)


def test_a_port_that_is_gone(chain):
    port = chain[0].outports[0]
    port.unregister()
    for ask in (
        lambda: port.latency_range(CAPTURE),
        lambda: port.set_latency_range(CAPTURE, 0, 0),
        lambda: port.total_latency,
        lambda: port.connected,
        lambda: port.type_id,
        lambda: port.monitoring,
        lambda: port.ensure_monitor(True),
        lambda: port.metadata,
    ):
        with pytest.raises(jack.JackError, match="not exist any more"):
            ask()


def test_a_port_that_goes_right_after_its_range_was_set(client):
    """PipeWire's libjack tells its server of the range later, and with a port that has
    gone that makes one without a name, in the place of the next."""
    mine, other = client("mine"), client("other")
    mine.activate()
    other.activate()
    for frames in range(1, 51):
        port = mine.outports.register("o")
        port.set_latency_range(CAPTURE, frames, frames)
        port.unregister()
    mine.outports.register("o")
    wait_for(lambda: [port.name for port in other.get_ports("^mine:")] == ["mine:o"])
