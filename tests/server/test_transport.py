"""The transport: moving it, its positions, timebase masters and slow-sync clients."""

import pytest

import jack
from support import libraries
from support.graph import freewheeling
from support.waiting import wait_for

ALWAYS = {"usecs", "frame_rate", "frame"}
BBT = {"bar", "beat", "tick", "bar_start_tick", "beats_per_bar", "beat_type",
       "ticks_per_beat", "beats_per_minute"}  # fmt: skip


@pytest.fixture
def tested(client):
    new = client("tested")
    if libraries.loaded() == "JACK1":  # test_timebase_without_a_part_in_the_graph
        new.inports.register("part")
    new.activate()
    wait_for(lambda: new.transport_query()[1]["frame_rate"] == 48000)  # PipeWire's comes later
    return new


def is_in(tested, state):
    return lambda: tested.transport_state == state


def test_stopped_at_first(tested):
    assert tested.transport_state == jack.STOPPED
    assert repr(tested.transport_state) == "jack.STOPPED"
    assert isinstance(tested.transport_state, jack.TransportState)
    assert tested.transport_frame == 0


def test_start_and_stop(tested):
    assert tested.transport_start() is None
    wait_for(is_in(tested, jack.ROLLING))
    # What was played; transport_frame would be an estimate, by the clock.
    wait_for(lambda: tested.transport_query()[1]["frame"] > 1000)
    assert tested.transport_stop() is None
    wait_for(is_in(tested, jack.STOPPED))
    frame = tested.transport_frame
    assert tested.transport_frame == frame > 1000
    tested.transport_stop()


def test_locate(tested):
    tested.transport_frame = 96000
    wait_for(lambda: tested.transport_frame == 96000)
    with pytest.warns(DeprecationWarning, match="transport_frame"):
        tested.transport_locate(48000)
    wait_for(lambda: tested.transport_frame == 48000)


def test_locate_while_rolling(tested):
    tested.transport_start()
    wait_for(is_in(tested, jack.ROLLING))
    tested.transport_frame = 2**31
    wait_for(lambda: tested.transport_frame > 2**31)


@pytest.mark.parametrize(
    ("frame", "error"),
    [(-1, ValueError), (2**32, ValueError), (2**80, ValueError), (1.5, TypeError),
     ("1", TypeError), (None, TypeError)],
)  # fmt: skip
def test_locate_nowhere(tested, frame, error):
    # A newer PipeWire keeps that of an earlier client.
    before = tested.transport_frame if libraries.is_newer_pipewire() else 0
    with pytest.raises(error):
        tested.transport_frame = frame
    with pytest.raises(error), pytest.warns(DeprecationWarning):
        tested.transport_locate(frame)
    assert tested.transport_frame == before


def test_query(tested):
    tested.transport_frame = 4800
    wait_for(lambda: tested.transport_frame == 4800)
    state, position = tested.transport_query()
    assert state == jack.STOPPED and isinstance(state, jack.TransportState)
    assert set(position) == ALWAYS
    assert (position["frame"], position["frame_rate"]) == (4800, 48000)
    state, struct = tested.transport_query_struct()
    assert state == jack.STOPPED and type(state) is int
    assert (struct.frame, struct.frame_rate, struct.valid) == (4800, 48000, 0)
    assert jack.position2dict(struct)["frame"] == 4800


def test_query_gives_a_position_of_one_s_own(tested):
    _, first = tested.transport_query_struct()
    before = first.frame
    tested.transport_frame = before + 4800
    wait_for(lambda: tested.transport_query_struct()[1].frame == before + 4800)
    assert first.frame == before
    first.frame = 7
    assert tested.transport_query_struct()[1].frame == before + 4800


def test_reposition(client, tested):
    other = client("other")
    _, position = tested.transport_query_struct()
    position.frame = 12345
    position.valid |= jack.POSITION_BBT
    position.bar, position.beat, position.tick = 3, 2, 100
    position.beats_per_bar = position.beat_type = 4
    position.ticks_per_beat, position.beats_per_minute = 960, 120.5
    position.bar_start_tick = 2 * 4 * 960
    tested.transport_reposition_struct(position)
    wait_for(lambda: other.transport_frame == 12345)
    _, seen = other.transport_query()
    assert set(seen) == ALWAYS | BBT
    assert (seen["bar"], seen["beat"], seen["tick"]) == (3, 2, 100)
    assert seen["beats_per_minute"] == 120.5
    position.valid = 0
    tested.transport_reposition_struct(position)
    wait_for(lambda: set(other.transport_query()[1]) == ALWAYS)


@pytest.mark.parametrize("wrong", [None, 1, {"frame": 1}, b""])
def test_reposition_to_no_position(tested, wrong):
    with pytest.raises(TypeError, match=type(wrong).__name__):
        tested.transport_reposition_struct(wrong)
    with pytest.raises(TypeError, match=type(wrong).__name__):
        jack.position2dict(wrong)


def test_query_in_the_process_callback(client):
    """There, the position is the block's: it grows by the block's length."""
    tested = client("tested")
    frames_of_blocks = []

    @tested.set_process_callback
    def process(frames):
        state, position = tested.transport_query()
        if state == jack.ROLLING and len(frames_of_blocks) < 50 and begun:
            frames_of_blocks.append(position["frame"])

    begun = []
    tested.activate()
    tested.transport_start()
    wait_for(is_in(tested, jack.ROLLING))
    with freewheeling(tested):
        begun.append(True)
        wait_for(lambda: len(frames_of_blocks) == 50)
    later = frames_of_blocks[2:]
    assert later == list(range(later[0], later[0] + len(later) * 256, 256))


def test_transport_from_the_process_callback(client):
    tested = client("tested")
    done = []

    @tested.set_process_callback
    def process(frames):
        if not done:
            tested.transport_frame = 960
            tested.transport_start()
            done.append(True)

    tested.activate()
    wait_for(is_in(tested, jack.ROLLING))
    wait_for(lambda: tested.transport_frame > 960)


# Timebase masters


def bbt_of(frame):
    """A bar has 400 ticks in 4 beats, a tick 24 frames."""
    ticks = frame // 24
    return ticks // 400 + 1, ticks % 400 // 100 + 1, ticks % 100


def write_bbt(state, blocksize, pos, new_pos):
    pos.bar, pos.beat, pos.tick = bbt_of(pos.frame)
    pos.bar_start_tick = (pos.bar - 1) * 400
    pos.beats_per_bar = pos.beat_type = 4
    pos.ticks_per_beat, pos.beats_per_minute = 100, 1200
    pos.valid = jack.POSITION_BBT


def test_timebase_master(client, tested):
    """What the master writes for a block is what another client reads in that block."""
    calls, seen = [], []

    def timebase(state, blocksize, pos, new_pos):
        calls.append((state, blocksize, type(pos), type(new_pos)))
        write_bbt(state, blocksize, pos, new_pos)

    assert tested.set_timebase_callback(timebase) is True
    reader = client("reader")

    @reader.set_process_callback
    def process(frames):
        state, pos = reader.transport_query()
        if state == jack.ROLLING and "bar" in pos and in_freewheel and len(seen) < 52:
            seen.append((pos["frame"], (pos["bar"], pos["beat"], pos["tick"])))

    in_freewheel = []  # then nobody is late, and every block has its position
    reader.activate()
    tested.transport_start()
    wait_for(is_in(tested, jack.ROLLING))
    with freewheeling(tested):
        in_freewheel.append(True)
        wait_for(lambda: len(seen) == 52)
    assert all(bbt == bbt_of(frame) for frame, bbt in seen[2:])
    assert len({frame for frame, _ in seen[2:]}) == 50
    assert {call[1:] for call in calls} == {(256, jack.Position, bool)}
    assert jack.ROLLING in {call[0] for call in calls}
    _, pos = reader.transport_query()
    assert set(pos) == ALWAYS | BBT
    assert (pos["beats_per_bar"], pos["beats_per_minute"]) == (4, 1200)


def test_new_pos_after_a_locate(tested):
    calls = []

    @tested.set_timebase_callback()
    def timebase(state, blocksize, pos, new_pos):
        calls.append((pos.frame, new_pos))

    wait_for(lambda: calls)
    assert calls[0][1] is True
    tested.transport_frame = 4800
    wait_for(lambda: (4800, True) in calls)
    tested.transport_start()
    wait_for(lambda: calls[-1][0] > 4800)
    assert calls[-1][1] is False


def test_timebase_decorators_tell_whether_it_worked(client, tested):
    def timebase(state, blocksize, pos, new_pos):
        pass

    assert tested.set_timebase_callback(conditional=True)(timebase) is True
    other = client("other")
    other.activate()
    assert other.set_timebase_callback(conditional=True)(timebase) is False
    assert other.set_timebase_callback(timebase, True) is False
    assert other.set_timebase_callback()(timebase) is True


def test_timebase_taken_over(client, tested):
    calls = {"tested": 0, "other": 0}

    def count(name):
        def timebase(state, blocksize, pos, new_pos):
            calls[name] += 1

        return timebase

    other = client("other")
    other.inports.register("part")  # in the graph: test_timebase_without_a_part_in_the_graph
    other.activate()
    tested.set_timebase_callback(count("tested"))
    tested.transport_start()
    wait_for(lambda: calls["tested"])
    other.set_timebase_callback(count("other"))
    wait_for(lambda: calls["other"])
    former = calls["tested"]
    now = calls["other"]
    wait_for(lambda: calls["other"] > now + 5)
    assert calls["tested"] == former
    with pytest.raises(jack.JackErrorCode):
        tested.release_timebase()


def test_release_timebase(client, tested):
    other = client("other")
    with pytest.raises(jack.JackErrorCode):
        tested.release_timebase()
    other.activate()  # PipeWire tells no other of the transport
    tested.set_timebase_callback(write_bbt)
    tested.transport_start()
    wait_for(lambda: "bar" in other.transport_query()[1])
    assert tested.release_timebase() is None
    wait_for(lambda: "bar" not in other.transport_query()[1])
    wait_for(is_in(other, jack.ROLLING))
    with pytest.raises(jack.JackErrorCode):
        tested.release_timebase()
    assert tested.set_timebase_callback(write_bbt, conditional=True) is True


def test_timebase_set_before_activating(client):
    tested = client("tested")
    tested.set_timebase_callback(write_bbt)
    tested.activate()
    tested.transport_start()
    wait_for(lambda: "bar" in tested.transport_query()[1])


def test_timebase_that_raises_is_not_called_again(tested, unraisable):
    calls = []

    def timebase(state, blocksize, pos, new_pos):
        calls.append(pos.frame)
        raise ZeroDivisionError

    tested.set_timebase_callback(timebase)
    tested.transport_start()
    wait_for(lambda: unraisable)
    frame = tested.transport_frame
    wait_for(lambda: tested.transport_frame > frame + 10 * 256)
    assert len(calls) == 1
    assert unraisable[0].object is timebase


# Slow-sync clients


def test_slow_sync(client):
    tested = client("tested")
    asked = []
    ready = []

    @tested.set_sync_callback
    def sync(state, pos):
        asked.append((state, type(pos), pos.frame))
        return bool(ready)

    tested.activate()
    wait_for(lambda: asked)  # at the first opportunity
    tested.transport_frame = 4800
    wait_for(lambda: (jack.STOPPED, jack.Position, 4800) in asked)
    tested.transport_start()
    wait_for(is_in(tested, jack.STARTING))
    assert repr(tested.transport_state) == "jack.STARTING"
    starting = (jack.STARTING, jack.Position, 4800)
    wait_for(lambda: asked.count(starting) > 5)
    assert tested.transport_state == jack.STARTING
    assert tested.transport_frame == 4800
    ready.append(True)
    wait_for(is_in(tested, jack.ROLLING))
    number = len(asked)
    wait_for(lambda: tested.transport_frame > 4800 + 10 * 256)
    assert len(asked) == number  # it is not asked while rolling


def test_sync_timeout(client):
    tested = client("tested")
    states = set()
    assert tested.set_sync_timeout(50_000) is None

    @tested.set_sync_callback
    def sync(state, pos):
        states.add(state)
        return False

    tested.activate()
    tested.transport_start()
    wait_for(is_in(tested, jack.ROLLING))
    wait_for(lambda: jack.ROLLING in states)
    assert jack.STARTING in states
    tested.set_sync_timeout(2_000_000)


def test_sync_callback_taken_away(client):
    tested = client("tested")
    asked = []

    @tested.set_sync_callback
    def sync(state, pos):
        asked.append(state)
        return False

    tested.activate()
    wait_for(lambda: asked)
    assert tested.set_sync_callback(None) is None
    tested.transport_start()
    wait_for(is_in(tested, jack.ROLLING))
    assert jack.ROLLING not in asked


def test_sync_callback_that_sets_another(client):
    """What is refused from within a callback changes nothing."""
    tested = client()
    refused, heard = [], []

    def other(state, position):
        heard.append("other")
        return True

    @tested.set_sync_callback
    def sync(state, position):
        heard.append("first")
        if len(heard) == 1:
            try:
                tested.set_sync_callback(other)
            except jack.JackErrorCode:
                refused.append(True)
        return len(heard) > 1

    tested.activate()
    tested.transport_start()
    wait_for(lambda: len(heard) > 1)
    assert heard[1] == ("first" if refused else "other")
    assert bool(refused) == (libraries.loaded() == "JACK1" or libraries.is_newer_pipewire())


def test_sync_that_raises(client, unraisable):
    """Its exception is reported once; the client counts as ready from then on."""
    tested = client("tested")

    def sync(state, pos):
        raise ZeroDivisionError

    tested.set_sync_callback(sync)
    tested.activate()
    wait_for(lambda: unraisable)
    tested.transport_start()
    wait_for(is_in(tested, jack.ROLLING))
    assert len(unraisable) == 1


@pytest.mark.parametrize(("timeout", "error"), [(-1, ValueError), (2**70, ValueError),
                         ("1", TypeError), (None, TypeError)])  # fmt: skip
def test_impossible_sync_timeouts(tested, timeout, error):
    with pytest.raises(error):
        tested.set_sync_timeout(timeout)


def test_timebase_alone_given_up_while_active(client):
    """JACK2 leaves the audio thread behind of a client that has nothing for it to call."""
    tested = client("tested")
    tested.activate()
    tested.set_timebase_callback(write_bbt)
    tested.transport_start()
    wait_for(lambda: "bar" in tested.transport_query()[1])
    tested.release_timebase()
