"""Awaiting streams and transfers, under every event loop that should do."""

import contextlib
import select
import sys
import threading

import numpy as np
import pytest

import jack
from support import graph
from support.loops import loop  # noqa: F401  a fixture
from support.waiting import wait_for

BLOCK = 256
RAMP = np.arange(2**16, dtype=np.float32)


@pytest.fixture
def pair(client):
    """An active client whose ramp goes into another's input."""
    source, tested = client("source"), client("tested")
    source.outports.register("o")
    source.activate()
    source.play(RAMP, loop=True)  # not from Python, which a busy loop would make wait
    tested.inports.register("i")
    tested.outports.register("o")
    tested.activate()
    tested.connect(source.outports[0], tested.inports[0])
    return source, tested


@pytest.fixture
def tested(pair):
    return pair[1]


@pytest.fixture
def stream(pair):
    source, tested = pair
    stream = tested.open_stream(1, 1)
    tested.connect(source.outports[0], stream.inports[0])
    wait_for(lambda: stream.read(BLOCK).all(), what="the ramp has come")
    yield stream
    stream.close()


def assert_ramp(samples):
    numbers = np.ravel(samples).astype(np.float64)
    assert np.array_equal((numbers[:-1] + 1) % 2**16, numbers[1:])


def seconds(tested, amount):
    return np.zeros((round(amount * tested.samplerate), 1), np.float32)


@pytest.fixture
def until_whole(pair):
    """Run it again while a machine that is too busy loses audio of a stream, and counts it."""
    return lambda run: graph.until_whole(run, lambda: graph.lost(*pair))


# ---- streams ----


def test_a_stream_read_in_blocks(stream, loop, until_whole):
    async def run():
        return [await stream.aread(BLOCK) for _ in range(50)]

    until_whole(lambda: assert_ramp(np.concatenate(loop.run(run))))


def test_a_cancelled_read_loses_nothing(stream, loop, until_whole):
    async def run():
        blocks = [await stream.aread(BLOCK)]
        for _ in range(5):
            assert await loop.give_up(lambda: stream.aread(8000))
            blocks.append(await stream.aread(100))
        return blocks

    until_whole(lambda: assert_ramp(np.concatenate(loop.run(run))))


def test_a_cancelled_write_wrote_nothing(client, loop):
    tested = client()
    tested.activate()
    with tested.open_stream(0, 1, lookahead=4) as stream:
        block = np.ones((4 * BLOCK, 1), np.float32)

        async def run():
            with contextlib.suppress(jack.OutputSyncError):  # the machine is too busy
                for _ in range(3):
                    await stream.awrite(block)
            tested.deactivate()
            while room := stream.write_available:
                with contextlib.suppress(jack.OutputSyncError):  # that is told once
                    stream.write(block[:room])
            with pytest.raises(jack.JackError, match="not active"):
                await stream.awrite(block)
            return stream.write_available

        assert loop.run(run) == 0


def test_two_tasks_on_one_stream(stream, loop, until_whole):
    """Each gets whole blocks, and together they get all."""

    def run():
        blocks = []

        async def take():
            for _ in range(20):
                blocks.append(await stream.aread(BLOCK))

        loop.run(lambda: loop.together(take, take))
        # Tasks may be resumed in another order than they read.
        first = blocks[0][0, 0]
        in_order = sorted(blocks, key=lambda block: (block[0, 0] - first + 2**15) % 2**16)
        assert_ramp(np.concatenate(in_order))

    until_whole(run)


def test_reading_beside_writing(stream, loop, until_whole):
    async def read():
        return np.concatenate([await stream.aread(BLOCK) for _ in range(20)])

    async def write():
        for _ in range(20):
            with contextlib.suppress(jack.OutputSyncError):
                await stream.awrite(np.zeros((BLOCK, 1), np.float32))

    until_whole(lambda: assert_ramp(loop.run(lambda: loop.together(read, write))[0]))


def test_closing_ends_the_wait(stream, loop):
    async def read():
        with pytest.raises(jack.JackError, match="closed"):
            await stream.aread(14_000)

    async def close():
        await loop.pause(0.02)
        stream.close()

    loop.run(lambda: loop.together(read, close))


def test_the_servers_end_ends_the_waits(start_jackd, loop):
    server = start_jackd()
    tested = jack.Client("tested", servername=server.name)
    tested.inports.register("i")
    tested.activate()
    stream, take = tested.open_stream(1, 0), tested.rec(10**8)

    async def read():
        with pytest.raises(jack.JackError, match="lost its JACK server"):
            while True:
                await stream.aread(BLOCK)

    async def record():
        with pytest.raises(jack.JackError, match="lost its JACK server"):
            await take

    async def kill():
        server.end()

    loop.run(lambda: loop.together(read, record, kill))
    tested.close()


# ---- transfers ----


def test_a_recording_is_awaited(tested, loop):
    async def run():
        return await tested.rec(5000)

    result = loop.run(run)
    assert result.shape == (5000, 1)
    assert_ramp(result[result.nonzero()[0][0] :])


def test_a_player_is_awaited(tested, loop):
    async def run():
        handle = tested.play(seconds(tested, 0.05))
        assert await handle is None
        assert handle.done and handle.frames_done == handle.frames
        assert await handle is None  # again

    loop.run(run)


def test_cancelling_does_not_stop_it(tested, loop):
    async def run():
        take = tested.rec(tested.samplerate // 5)

        async def wait():
            await take

        assert await loop.give_up(wait)
        assert not take.done
        result = await take
        assert len(result) == tested.samplerate // 5
        return result

    assert_ramp(loop.run(run))


def test_several_tasks_await_one(tested, loop):
    async def run():
        take = tested.rec(5000)

        async def wait():
            return await take

        return await loop.together(wait, wait, wait)

    first, second, third = loop.run(run)
    assert first is second is third and len(first) == 5000


@pytest.mark.parametrize("end", ["stop", "close"])
def test_stopping_ends_the_await(tested, loop, end):
    async def run():
        handle = tested.play(seconds(tested, 1), loop=True)

        async def wait():
            return await handle

        async def stop():
            await loop.pause(0.02)
            getattr(handle, end)()

        return await loop.together(wait, stop)

    assert loop.run(run) == [None, None]


def test_the_clients_close_ends_the_await(tested, loop):
    async def run():
        take = tested.rec(10**8)

        async def wait():
            with pytest.raises(jack.JackError, match="closed"):
                await take

        async def close():
            await loop.pause(0.02)
            tested.close()

        await loop.together(wait, close)
        with pytest.raises(jack.JackError, match="closed before it was over"):
            take.wait()

    loop.run(run)


def test_a_client_that_is_not_active(tested, loop):
    tested.deactivate()

    async def run():
        with pytest.raises(jack.UsageError, match="not active"):
            await tested.rec(10)

    loop.run(run)


def test_the_loop_goes_on_meanwhile(tested, loop):
    async def run():
        take = tested.rec(tested.samplerate // 4)
        turns = 0

        async def count():
            nonlocal turns
            while not take.done:
                turns += 1
                await loop.pause(0.001)

        async def wait():
            return await take

        await loop.together(wait, count)
        return turns

    assert loop.run(run) > 1


def test_select(tested):
    take = tested.rec(10**8)
    assert select.select([take.fileno()], [], [], 0)[0] == []
    threading.Thread(target=take.stop).start()
    assert select.select([take.fileno()], [], [], 10)[0]
    assert take.wait(0) and take.wait(0)  # which leave it as it is
    assert select.select([take.fileno()], [], [], 0)[0]
    finished = tested.rec(10)
    assert select.select([finished.fileno()], [], [], 10)[0]


# ---- files ----


def test_a_file_is_awaited(tested, loop, tmp_path):
    async def run():
        path = tmp_path / "take.wav"
        assert await tested.rec_file(path, ["taken"], frames=4800) == 4800
        handle = tested.play_file(path)
        assert await handle == 4800
        assert handle.done and await handle == 4800

    loop.run(run)


def test_cancelling_does_not_stop_a_file(tested, loop, tmp_path):
    async def run():
        handle = tested.rec_file(tmp_path / "take.wav", ["taken"])

        async def wait():
            return await handle

        async def stop():
            await loop.pause(0.02)
            handle.stop()

        assert await loop.give_up(wait)
        assert not handle.done
        done, again, _ = await loop.together(wait, wait, stop)
        assert done == again == handle.frames_done

    loop.run(run)


def test_a_file_that_fails(tested, loop, tmp_path):
    async def run():
        handle = tested.rec_file(tmp_path / "take.wav", ["taken"])

        async def close():
            tested.close()

        async def wait():
            with pytest.raises(jack.JackError):
                await handle

        await loop.together(wait, close)

    loop.run(run)


def test_select_a_file(tested, tmp_path):
    handle = tested.rec_file(tmp_path / "take.wav", ["taken"])
    assert select.select([handle.fileno()], [], [], 0)[0] == []
    handle.stop()
    assert select.select([handle.fileno()], [], [], 10)[0]
    late = tested.rec_file(tmp_path / "other.wav", ["taken"], frames=10)
    assert late.wait(10)
    assert select.select([late.fileno()], [], [], 0)[0]


# ---- messages of an isolated callback ----


@pytest.mark.skipif(sys.version_info < (3, 12), reason="needs an interpreter with a lock of its own")
def test_messages_of_an_isolated_callback(client, loop, tmp_path, monkeypatch):
    source = "def echo(io):\n    while message := io.receive():\n        io.send(message[::-1])\n"
    (tmp_path / "isolated_echo.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    tested = client("isolated")
    handle = tested.set_isolated_callback("isolated_echo:echo")
    tested.activate()

    async def receive():
        return [await handle.areceive() for _ in range(2)]

    async def send():
        assert await loop.give_up(receive)
        handle.send(b"ab")
        handle.send(b"cd")

    async def run():
        return await loop.together(receive, send)

    assert loop.run(run) == [[b"ba", b"dc"], None]
    handle.close()
    with pytest.raises(jack.JackError, match="closed"):
        loop.run(receive)
