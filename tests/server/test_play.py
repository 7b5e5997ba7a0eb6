"""Playing from memory and recording into it, sample by sample."""

import threading

import numpy as np
import pytest

import jack
from support import children
from support.graph import freewheeling, hurrying, wait_for_connections
from support.waiting import wait_for

RATE = 48000


@pytest.fixture
def pair(client):
    """Two clients, the first one's two outputs connected to the other's inputs."""
    player, recorder = client("player"), client("recorder")
    for n in (1, 2):
        player.outports.register(f"out_{n}")
        recorder.inports.register(f"in_{n}")
    player.activate()
    recorder.activate()
    for out, into in zip(player.outports, recorder.inports):
        player.connect(out, into)
    wait_for_connections()
    return player, recorder


def ramp(frames, channels=1, start=1):
    numbers = start + np.arange(frames * channels, dtype=np.float32)
    return numbers.reshape(frames, channels)


def soon(client, seconds=0.5):
    """A frame time ahead, not at a block's edge."""
    return (client.last_frame_time + int(seconds * RATE) + 101) % 2**32


def heard(player, recorder, start, frames=3000, before=300, **arguments):
    """What the recorder gets around a frame time at which `start(at)` plays."""
    at = soon(player)
    take = recorder.rec(frames, at=(at - before) % 2**32, **arguments)
    handles = start(at)
    with hurrying(player):
        assert take.wait(20)
    assert take.start_time == (at - before) % 2**32
    return take.result, handles


def test_plays_from_the_very_frame(pair):
    data = ramp(1000, 2)
    got, handle = heard(*pair, lambda at: pair[0].play(data, at=at))
    assert np.array_equal(got[:300], np.zeros((300, 2)))
    assert np.array_equal(got[300:1300], data)
    assert np.array_equal(got[1300:], np.zeros((1700, 2)))
    assert handle.done and handle.frames == handle.frames_done == 1000
    assert handle.result is None and handle.start_time is not None
    assert got.dtype == np.float32


@pytest.mark.parametrize(
    "layout",
    [
        lambda data: data,
        np.asfortranarray,
        lambda data: np.repeat(data, 3, axis=0)[::3],
        lambda data: data[::-1].copy()[::-1],
        lambda data: memoryview(data),
    ],
    ids=["C", "Fortran", "strided", "negative strides", "memoryview"],
)
def test_layouts(pair, layout):
    data = ramp(500, 2)
    got, _ = heard(*pair, lambda at: pair[0].play(layout(data), at=at))
    assert np.array_equal(got[300:800], data)


def test_data_may_change_afterwards(pair):
    data = ramp(500, 2)
    copy = data.copy()

    def start(at):
        pair[0].play(data, at=at)
        data[:] = -1

    got, _ = heard(*pair, start)
    assert np.array_equal(got[300:800], copy)


def test_one_channel(pair):
    data = ramp(500)
    got, _ = heard(*pair, lambda at: pair[0].play(data[:, 0], at=at))
    assert np.array_equal(got[300:800, 0], data[:, 0])
    assert not got[:, 1].any()


def test_mapping(pair):
    player = pair[0]
    data = ramp(500, 2)
    mapping = [player.outports[1], "out_1"]
    got, _ = heard(*pair, lambda at: player.play(data, mapping, at=at))
    assert np.array_equal(got[300:800], data[:, ::-1])
    got, _ = heard(*pair, lambda at: player.play(data[:, 0], "player:out_2", at=at))
    assert np.array_equal(got[300:800, 1], data[:, 0])


def test_players_are_mixed(pair):
    one, two = ramp(500, 2), ramp(700, 2, start=5000)

    def start(at):
        pair[0].play(one, at=at)
        pair[0].play(two, at=(at + 77) % 2**32)

    got, _ = heard(*pair, start)
    expected = np.zeros((2700, 2), np.float32)
    expected[:500] += one
    expected[77:777] += two
    assert np.array_equal(got[300:], expected)


def test_loop_has_no_gap(pair):
    data = ramp(333, 2)
    got, handle = heard(*pair, lambda at: pair[0].play(data, at=at, loop=True))
    assert np.array_equal(got[300:], np.resize(data, (2700, 2)))
    assert handle.frames is None and not handle.done
    handle.stop()
    assert handle.done and handle.closed
    silent = pair[1].rec(2000)
    with freewheeling(pair[0]):
        assert silent.wait(20)
    assert not silent.result[600:].any()  # what had left before is through


def test_what_is_past_starts_at_once(pair):
    player = pair[0]
    before = player.last_frame_time
    handle = player.play(ramp(10, 2), at=(before - 5000) % 2**32)
    assert handle.wait(10)
    assert (handle.start_time - before) % 2**32 < 2**31


def test_rec_chooses_channels(pair):
    player, recorder = pair
    data = ramp(500, 2)

    def play(at):
        player.play(data, at=at)

    one, _ = heard(*pair, play, channels=1)
    assert one.shape == (3000, 1) and np.array_equal(one[300:800, 0], data[:, 0])
    two, _ = heard(*pair, play, channels=["in_2"])
    assert np.array_equal(two[300:800, 0], data[:, 1])
    both, _ = heard(*pair, play, channels=reversed(list(recorder.inports)))
    assert np.array_equal(both[300:800], data[:, ::-1])


def test_playrec(client, pair):
    player = pair[0]
    both = client("both")
    out, into = both.outports.register("o"), both.inports.register("i")
    both.activate()
    player.inports.register("back")
    player.gain("back", "out_2")
    wait_for(lambda: both.get_ports("player:back"))
    both.connect(out, "player:back")
    both.connect("player:out_2", into)
    data = ramp(5000)
    take = both.playrec(data, at=soon(player))
    with hurrying(player):
        assert take.wait(20)
    assert take.result.shape == (5000, 1)
    got = take.result[:, 0]
    late = np.flatnonzero(got)[0]  # what closes a loop comes a block later
    assert late == 256
    assert np.array_equal(got[late:], data[: len(data) - late, 0])


def test_result_while_recording(pair):
    take = pair[1].rec(RATE * 60)
    wait_for(lambda: take.frames_done > 1000)
    assert not take.done
    part = take.result
    assert 1000 < len(part) <= take.frames_done and part.shape[1] == 2
    take.stop()
    assert take.done and len(take.result) == take.frames_done < RATE * 60


def test_result_is_its_own(pair):
    take = pair[1].rec(300)
    assert take.wait(10)
    result = take.result
    del take
    assert result.shape == (300, 2) and not result.any()


def test_before_activation(client):
    new = client("new")
    new.outports.register("o")
    handle = new.play(ramp(100))
    with pytest.raises(jack.UsageError, match="not active"):
        handle.wait(1)
    new.activate()
    assert handle.wait(10)


def test_wait_has_an_end(pair):
    handle = pair[0].play(ramp(RATE * 60, 2))
    assert handle.wait(0) is False
    assert handle.wait(timeout=0.06) is False
    waiting = threading.Thread(target=handle.wait)
    waiting.start()
    handle.stop()
    waiting.join(10)
    assert not waiting.is_alive() and handle.wait() is True


def test_close_of_the_client_ends_it(pair):
    handle = pair[0].play(ramp(RATE * 60, 2))
    pair[0].close()
    assert handle.closed and handle.done
    with pytest.raises(jack.JackError):
        pair[0].play(ramp(10, 2))


def test_finished_ones_are_not_kept(pair):
    player = pair[0]
    for _ in range(200):
        handle = player.play(ramp(10, 2))
        assert handle.wait(10)
    assert handle.done


def test_a_port_goes_while_it_is_played_to(pair):
    player, recorder = pair
    handle = player.play(ramp(RATE * 60, 2), loop=True)
    wait_for(lambda: handle.frames_done > 0)
    player.outports[0].unregister()
    take = recorder.rec(2000)
    assert take.wait(10)
    assert not take.result[1000:, 0].any() and take.result[1000:, 1].all()


def test_many_at_once_never_tear(pair):
    """Players come and go while a ramp passes through another port, unbroken."""
    player, recorder = pair
    data = ramp(2**20)
    with player.play(data[:, 0], "out_1") as steady:
        take = recorder.rec(300_000, channels=1)
        with freewheeling(player):
            while not take.done:
                player.play(ramp(100), "out_2").stop()
        got = take.result[:, 0]
        begin = np.flatnonzero(got)[0]
        assert len(got) - begin > 200_000 and not steady.done
        assert np.array_equal(np.diff(got[begin:]), np.ones(len(got) - begin - 1))


def test_arguments(pair):
    player, recorder = pair
    with pytest.raises(TypeError, match="float32"):
        player.play(np.zeros((10, 2)))
    with pytest.raises(TypeError, match="list"):
        player.play([0.0, 1.0])
    with pytest.raises(ValueError, match="shape"):
        player.play(np.zeros((2, 2, 2), np.float32))
    with pytest.raises(ValueError, match="0 frames"):
        player.play(np.zeros((0, 2), np.float32))
    with pytest.raises(ValueError, match="3 channels"):
        player.play(ramp(10, 3))
    with pytest.raises(ValueError, match="2 channels.*1 ports"):
        player.play(ramp(10, 2), ["out_1"])
    with pytest.raises(ValueError, match="no audio output port called 'in_1'"):
        player.play(ramp(10), ["in_1"])
    with pytest.raises(ValueError, match="output ports"):
        player.play(ramp(10), recorder.inports[0])
    with pytest.raises(TypeError, match="int"):
        player.play(ramp(10), [3])
    with pytest.raises(ValueError, match="at"):
        player.play(ramp(10), "out_1", at=2**32)
    with pytest.raises(ValueError, match="frames"):
        recorder.rec(0)
    with pytest.raises(ValueError, match="only 2"):
        recorder.rec(10, 3)
    with pytest.raises(TypeError):
        recorder.rec(1.5)
    with pytest.raises(ValueError, match="there is no port"):
        player.rec(10)
    with pytest.raises(TypeError, match="number"):
        player.play(ramp(10, 2)).wait("long")


def test_works_without_numpy(server):
    program = """
    import array, sys
    sys.modules["numpy"] = None
    import jack
    client = jack.Client("bare", servername=sys.argv[1])
    out, into = client.outports.register("o"), client.inports.register("i")
    client.activate()
    client.connect(out, into)
    sound = array.array("f", [1, 2, 3, 4])
    take = client.playrec(sound)
    assert take.wait(10)
    assert take.result.shape == (4, 1) and take.result.format == "f"
    take = client.rec(480000)
    while not take.frames_done:
        pass
    take.stop()
    assert take.result.shape == (take.frames_done, 1)
    client.close()
    """
    children.run(program, server.name)


def test_ctrl_c_ends_the_wait(server):
    program = """
    import _thread, signal, sys, threading
    import array, jack
    client = jack.Client("waits", servername=sys.argv[1])
    client.outports.register("o")
    client.activate()
    handle = client.play(array.array("f", [1]), loop=True)
    threading.Timer(0.3, lambda: signal.raise_signal(signal.SIGINT)).start()
    try:
        handle.wait()
    except KeyboardInterrupt:
        assert not handle.done
        print("interrupted")
    client.close()
    """
    assert children.run(program, server.name).stdout == "interrupted\n"
