"""What the transports of JACK2, JACK1 and PipeWire do otherwise: rows of docs/servers.md."""

import pytest

import jack
from support import libraries
from support.waiting import wait_for

PIPEWIRE = libraries.loaded() == "PipeWire"
NEWER = libraries.is_newer_pipewire()
OLD_PIPEWIRE = PIPEWIRE and not NEWER


@pytest.fixture
def pair(client):
    """Two clients, active, with a part in the cycle."""
    clients = client("tested"), client("other")
    for new in clients:
        new.inports.register("i")
        new.activate()
    return clients


def test_timebase_that_is_taken(pair):
    tested, other = pair

    def timebase(state, blocksize, pos, new_pos):
        pass

    assert tested.set_timebase_callback(timebase, conditional=True) is True
    assert other.set_timebase_callback(timebase, conditional=True) is PIPEWIRE
    if PIPEWIRE:  # it has not got it
        with pytest.raises(jack.JackErrorCode):
            other.release_timebase()
    tested.release_timebase()


def test_locating_before_activating(client):
    tested = client("tested")
    if OLD_PIPEWIRE:  # its transport is the driver's, which active clients have
        with pytest.raises(jack.JackErrorCode):
            tested.transport_frame = 48000
        return
    tested.transport_frame = 48000
    if NEWER:  # it is accepted, and not done
        with pytest.raises(pytest.fail.Exception):
            wait_for(lambda: tested.transport_frame == 48000, 0.5)
    else:
        wait_for(lambda: tested.transport_frame == 48000)


def test_ticks_of_a_timebase(pair):
    tested, other = pair

    def timebase(state, blocksize, pos, new_pos):
        pos.valid |= jack.POSITION_BBT
        pos.bar = pos.beat = pos.tick = 1
        pos.beats_per_bar, pos.beat_type, pos.ticks_per_beat = 4, 4, 100
        pos.beats_per_minute = 120

    assert tested.set_timebase_callback(timebase) is True
    tested.transport_start()
    wait_for(lambda: "bar" in other.transport_query()[1])
    assert other.transport_query()[1]["ticks_per_beat"] == (1920 if OLD_PIPEWIRE else 100)


def test_position_without_a_timebase(pair):
    tested, other = pair
    _, position = tested.transport_query_struct()
    position.frame = 12345
    position.valid |= jack.POSITION_BBT
    position.bar, position.beat, position.tick = 3, 2, 100
    position.beats_per_bar = position.beat_type = 4
    position.ticks_per_beat, position.beats_per_minute = 960, 120.5
    tested.transport_reposition_struct(position)
    wait_for(lambda: other.transport_query()[1]["frame"] == 12345)
    assert ("bar" in other.transport_query()[1]) == (not PIPEWIRE)


def test_transport_of_an_inactive_client(pair, client):
    tested, idle = pair[0], client("idle")
    tested.transport_frame = 4800
    wait_for(lambda: tested.transport_query()[1]["frame"] == 4800)
    if PIPEWIRE:
        assert idle.transport_query()[1]["frame"] == 0
    else:
        wait_for(lambda: idle.transport_query()[1]["frame"] == 4800)


def test_sync_that_is_never_done(client):
    """A time-out of 50 ms, in microseconds; for PipeWire 50 µs, and 0 means never."""
    tested = client("tested")
    tested.inports.register("i")
    tested.set_sync_timeout(50_000)
    asked = []

    @tested.set_sync_callback
    def sync(state, pos):
        asked.append(state)
        return False

    tested.activate()
    tested.transport_start()
    wait_for(lambda: asked.count(jack.STARTING) > 5)
    if PIPEWIRE:
        wait_for(lambda: asked.count(jack.STARTING) > 100)  # ten times as long
        assert tested.transport_state == jack.STARTING
    else:
        wait_for(lambda: tested.transport_state == jack.ROLLING)
