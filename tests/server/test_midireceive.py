"""MIDI received in any thread: every event once, with its frame, or counted."""

import asyncio
import select
import threading

import pytest

import jack
from support import children
from support.graph import hurrying
from support.midi import AHEAD, LONGEST, line, received, soon, sysex, wait_for_sent
from support.waiting import wait_for

PATIENT = True


def numbered(count):
    return [bytes([0xB0 + n // 16384, n // 128 % 128, n % 128]) for n in range(count)]


def send_all(port, messages):
    for data in messages:
        port.send(data)


def test_receive(client):
    out, into = line(client)
    start = soon(out)
    out.send(b"\x90\x40\x7f", start)
    event = into.receive()
    assert type(event) is tuple and type(event[0]) is int and type(event[1]) is bytes
    assert event[1] == b"\x90\x40\x7f"
    if out.stats.late == 0:
        assert event[0] == start % 2**32


@pytest.mark.parametrize("timeout", [0, 0.0, 0.02])
def test_nothing_comes(client, timeout):
    _, into = line(client)
    with pytest.raises(TimeoutError, match="no MIDI event"):
        into.receive(timeout)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 255, 256, 257, LONGEST])
def test_sizes(client, size):
    out, into = line(client)
    data = {1: b"\xf8", 2: b"\xc0\x01", 3: b"\x90\x01\x02"}.get(size) or sysex(size)
    send_all(out, [data, b"\xf8", data])
    assert [event for _, event in received(into, 3)] == [data, b"\xf8", data]


def test_iter_pending(client):
    out, into = line(client)
    assert list(into.iter_pending()) == []
    send_all(out, numbered(100))
    wait_for(lambda: into.stats.pending == 100)
    for _, data in into.iter_pending():
        assert data == numbered(1)[0]
        break  # the others stay
    assert [data for _, data in into.iter_pending()] == numbered(100)[1:]
    assert into.stats.pending == 0


def test_a_loop_ends_with_the_client(client):
    out, into = line(client)
    seen = []

    def loop():
        for _, data in into:
            seen.append(data)

    thread = threading.Thread(target=loop)
    thread.start()
    send_all(out, numbered(10))
    wait_for(lambda: len(seen) == 10)
    into.client.close()
    thread.join(20)
    assert not thread.is_alive() and seen == numbered(10)


@pytest.mark.parametrize("end", ["close", "unregister", "deactivate"])
def test_what_came_before_the_end_is_given(client, end):
    out, into = line(client)
    send_all(out, numbered(10))
    wait_for(lambda: into.stats.pending == 10)
    if end == "unregister":
        into.unregister()
    else:
        getattr(into.client, end)()
    assert [data for _, data in received(into, 9)] == numbered(9)
    assert [data for _, data in into.iter_pending()] == numbered(10)[9:]
    with pytest.raises(jack.JackError):
        into.receive()
    if end != "deactivate":
        assert list(into) == []


@pytest.mark.parametrize("end", ["close", "unregister"])
def test_receivers_that_wait_are_sent_away(client, end):
    _, into = line(client)
    errors = []

    def receive():
        try:
            into.receive()
        except jack.JackError as error:
            errors.append(str(error))

    threads = [threading.Thread(target=receive) for _ in range(3)]
    for thread in threads:
        thread.start()
    wait_for(lambda: all(thread.is_alive() for thread in threads))
    into.client.close() if end == "close" else into.unregister()
    for thread in threads:
        thread.join(20)
    assert len(errors) == 3


def test_each_event_goes_to_one_of_several_threads(client):
    out, into = line(client)
    seen = [[] for _ in range(4)]

    def loop(mine):
        for _, data in into:
            mine.append(data)

    threads = [threading.Thread(target=loop, args=(mine,)) for mine in seen]
    for thread in threads:
        thread.start()
    send_all(out, numbered(3000))
    wait_for(lambda: sum(map(len, seen)) == 3000, 20)
    into.client.close()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()
    assert sorted(data for mine in seen for data in mine) == numbered(3000)
    assert all(mine == sorted(mine) for mine in seen)


def test_overflow_is_counted(client):
    """The oldest stay; what came, is there or was taken, adds up."""
    out, into = line(client)
    sent, messages = 0, [*numbered(2**14), *[b"\xf8"] * 2**14]
    with hurrying(out.client):
        while into.stats.overflow == 0:
            out.send(messages[sent])
            sent += 1
        wait_for_sent(out, sent)
        wait_for(lambda: into.stats.received + into.stats.overflow == sent)
    assert into.stats.pending == into.stats.received == 16384
    assert [data for _, data in into.iter_pending()] == numbered(2**14)
    out.send(b"\xfa")
    assert into.receive(10)[1] == b"\xfa"


def test_beside_a_process_callback_that_reads(client):
    """incoming_midi_events() gives all events, whether others receive them or not."""
    giving, taking = client("sender"), client("receiver")
    out, into = giving.midi_outports.register("o"), taking.midi_inports.register("i")
    seen = []

    @taking.set_process_callback
    def process(frames):
        now = taking.last_frame_time
        for offset, data in into.incoming_midi_events():
            seen.append(((now + offset) % 2**32, bytes(data)))

    out.client = giving
    giving.activate()
    taking.activate()
    giving.connect(out, into)
    into.fileno()
    send_all(out, numbered(1000))
    got = received(into, 1000)
    assert [data for _, data in got] == numbered(1000)
    wait_for(lambda: len(seen) == 1000)
    assert seen == got


def test_of_the_same_client(client):
    """A client's own output heard at its input: one block later, as always with JACK."""
    tested = client()
    out, into = tested.midi_outports.register("o"), tested.midi_inports.register("i")
    out.client = tested
    tested.activate()
    tested.connect(out, into)
    into.fileno()
    start = soon(out, AHEAD)
    for n, data in enumerate(numbered(100)):
        out.send(data, start + n)
    with hurrying(tested):
        got = received(into, 100)
    assert [data for _, data in got] == numbered(100)
    assert {(time - start - n) % 2**32 for n, (time, _) in enumerate(got)} == {256}


# waiting elsewhere


def test_fileno(client):
    """Readable while there is something, and only then."""
    out, into = line(client)
    poll = select.poll()
    poll.register(into, select.POLLIN)
    assert poll.poll(0) == []
    send_all(out, numbered(3))
    for n in range(3):
        assert poll.poll(10_000)
        wait_for(lambda n=n: into.stats.received == 3)
        assert into.receive(0)[1] == numbered(3)[n]
    assert poll.poll(0) == []
    out.send(b"\xf8")
    assert poll.poll(10_000)
    assert len(list(into.iter_pending())) == 1
    assert poll.poll(0) == []
    into.client.close()
    assert poll.poll(10_000)
    with pytest.raises(jack.JackError):
        into.receive(0)
    assert poll.poll(0)  # still: there is nothing to wait for


def test_areceive(client):
    out, into = line(client)

    async def main():
        waiting = asyncio.create_task(into.areceive())
        await asyncio.sleep(0)
        send_all(out, numbered(5))
        return [await waiting] + [await into.areceive() for _ in range(4)]

    assert [data for _, data in asyncio.run(main())] == numbered(5)


def test_async_for(client):
    out, into = line(client)

    async def main():
        seen = []
        sending = asyncio.to_thread(send_all, out, numbered(500))
        task = asyncio.create_task(sending)
        async for _, data in into:
            seen.append(data)
            if len(seen) == 500:
                into.client.close()
        await task
        return seen

    assert asyncio.run(main()) == numbered(500)


def test_several_tasks(client):
    out, into = line(client)

    async def main():
        tasks = [asyncio.create_task(into.areceive()) for _ in range(20)]
        await asyncio.sleep(0)
        send_all(out, numbered(20))
        return await asyncio.gather(*tasks)

    assert sorted(data for _, data in asyncio.run(main())) == numbered(20)


def test_cancelling_loses_nothing(client):
    """Awaits are cancelled all the time; every event is seen, in order."""
    out, into = line(client)

    async def main():
        seen = []
        task = asyncio.create_task(asyncio.to_thread(send_all, out, numbered(2000)))
        cancelled = 0
        while len(seen) < 2000:
            try:
                async with asyncio.timeout(0.0005 if len(seen) % 3 else 0):
                    seen.append(await into.areceive())
            except TimeoutError:
                cancelled += 1
        await task
        return [data for _, data in seen], cancelled

    seen, cancelled = asyncio.run(main())
    assert seen == numbered(2000)
    assert cancelled > 0


@pytest.mark.parametrize("end", ["close", "unregister"])
def test_an_await_ends(client, end):
    _, into = line(client)

    async def main():
        waiting = asyncio.create_task(into.areceive())
        looping = asyncio.create_task(anext(aiter(into), "ended"))
        await asyncio.sleep(0)
        await asyncio.to_thread(into.client.close if end == "close" else into.unregister)
        with pytest.raises(jack.JackError):
            await waiting
        return await looping

    assert asyncio.run(main()) == "ended"


def test_the_server_dies(start_jackd):
    """Threads, loops and tasks that wait are told."""
    server = start_jackd()
    told = []

    async def main(into):
        waiting = asyncio.create_task(into.areceive())
        await asyncio.sleep(0)
        await asyncio.to_thread(server.kill)
        with pytest.raises(jack.JackError, match="lost its JACK server"):
            await waiting

    def loop(into):
        try:
            for _ in into:
                pass
        except jack.JackError as error:
            told.append(str(error))

    with jack.Client("receiver", servername=server.name) as receiver:
        into = receiver.midi_inports.register("i")
        receiver.activate()
        thread = threading.Thread(target=loop, args=(into,))
        thread.start()
        asyncio.run(main(into))
        thread.join(20)
        assert not thread.is_alive() and "lost its JACK server" in told[0]
        with pytest.raises(jack.JackError):
            into.receive(0)


def test_ctrl_c(server):
    program = """
        import sys, jack, _thread, threading
        client = jack.Client("tested", servername=sys.argv[1])
        into = client.midi_inports.register("i")
        client.activate()
        for wait in (into.receive, lambda: next(iter(into))):
            threading.Timer(0.2, _thread.interrupt_main).start()
            try:
                wait()
            except KeyboardInterrupt:
                print("interrupted")
        client.close()
    """
    assert children.run(program, server.name).stdout == "interrupted\n" * 2


def test_after_fork(server):
    program = """
        import os, sys, jack
        client = jack.Client("tested", servername=sys.argv[1])
        into, out = client.midi_inports.register("i"), client.midi_outports.register("o")
        client.activate()
        into.fileno()
        out.send(b"\\xf8")
        child = os.fork()
        if child == 0:
            for use in (into.receive, lambda: out.send(b"\\xf8"), lambda: next(iter(into))):
                try:
                    use()
                except (jack.JackError, StopIteration):
                    continue
                os._exit(1)
            os._exit(0)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        client.close()
    """
    done = children.run(program, server.name, check=False)
    assert (done.returncode, done.stdout) == (0, "0\n"), done.stderr


# what is refused


def test_bad_arguments(client):
    out, into = line(client)
    for timeout, error in ((-1, ValueError), ("1", TypeError), (float("nan"), ValueError)):
        with pytest.raises(error):
            into.receive(timeout)
    with pytest.raises(TypeError):
        into.receive(1, 2)
    for use in (out.receive, out.iter_pending, out.fileno, lambda: iter(out), lambda: aiter(out)):
        with pytest.raises(jack.JackError, match="sender:o' is an output port"):
            use()


def test_not_active(client):
    into = client().midi_inports.register("i")
    for use in (into.receive, lambda: next(iter(into))):
        with pytest.raises(jack.JackError, match="not active"):
            use()
    assert list(into.iter_pending()) == []


def test_gone_before_it_was_used(client):
    tested = client()
    gone, closed = tested.midi_inports.register("gone"), tested.midi_inports.register("closed")
    gone.unregister()
    with pytest.raises(jack.JackError, match="does not exist any more"):
        gone.receive()
    tested.close()
    for use in (closed.receive, closed.fileno, closed.iter_pending, lambda: next(iter(closed))):
        with pytest.raises(jack.JackError, match="closed"):
            use()
    assert sum(closed.stats) == 0
