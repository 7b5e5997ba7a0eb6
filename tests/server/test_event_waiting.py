"""Waiting for events: in threads, with select, in coroutines, and when it must end."""

import asyncio
import collections
import itertools
import select
import signal
import threading

import pytest

import jack
from support.events import catch_up, names
from support.loops import Asyncio, Uvloop
from support.loops import loop  # noqa: F401  a fixture
from support.waiting import wait_for


@pytest.fixture
def pair(client):
    tested, other = client("tested"), client("other")
    tested.activate()
    other.activate()
    catch_up(tested, other)
    return tested, other


def in_thread(work):
    """Starts `work()` in a thread; gives (thread, [result])."""
    results = []

    def run():
        try:
            results.append(work())
        except Exception as error:  # noqa: BLE001  for the test to look at
            results.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, results


# Threads


def test_get_waits(pair):
    tested, other = pair
    queue = tested.events(jack.PortRegistered)
    thread, results = in_thread(queue.get)
    other.outports.register("o")
    thread.join(10)
    assert results[0].port.name == "other:o"


@pytest.mark.parametrize("timeout", [0, 0.01, 0.15])
def test_get_in_vain(pair, timeout):
    queue = pair[0].events(jack.PortRenamed)
    with pytest.raises(TimeoutError, match="no event"):
        queue.get(timeout)
    with pytest.raises(TimeoutError, match="no event"):
        queue.get(timeout=timeout)


@pytest.mark.parametrize("end", ["client", "queue"])
def test_all_threads_see_the_end(pair, end):
    """Each event went to one of them."""
    tested, other = pair
    queue = tested.events(jack.PortRegistered)
    threads = [in_thread(lambda: names(queue)) for _ in range(4)]
    registered = {f"other:o{number}" for number in range(50)}
    for name in registered:
        other.outports.register(name.partition(":")[2])
    catch_up(tested, other)
    wait_for(lambda: not select.select([queue], [], [], 0)[0])  # they have taken it all
    (tested if end == "client" else queue).close()
    for thread, _ in threads:
        thread.join(10)
        assert not thread.is_alive()
    taken = collections.Counter(name for _, results in threads for name in results[0])
    assert taken == dict.fromkeys(registered, 1)


def test_closing_from_the_loop(pair):
    tested, other = pair
    told = []
    other.outports.register("o")
    other.outports.register("p")
    catch_up(tested, other)
    queue = tested.events(jack.PortRegistered)
    other.outports.register("q")
    for event in queue:
        told.append(event.port.name)
        tested.close()
    assert told == ["other:q"]
    assert tested.closed


def test_closing_from_another_thread(pair):
    tested, _ = pair
    queue = tested.events()
    thread, results = in_thread(lambda: [e for e in queue if isinstance(e, jack.Shutdown)])
    tested.close()
    thread.join(10)
    assert results == [[]]


def test_get_in_a_callback(client):
    """The thread that calls callbacks is not the one that fills queues."""
    tested, other = client("tested"), client("other")
    results = []
    queue = tested.events(jack.PortRegistered)

    @tested.set_port_registration_callback
    def registered(port, register):
        if port.name == "other:first":
            results.append([queue.get(10).port.name for _ in range(2)])

    tested.activate()
    other.activate()
    other.outports.register("first")
    other.outports.register("second")
    assert wait_for(lambda: results)[0] == ["other:first", "other:second"]


def test_closing_from_a_callback(client):
    tested, other = client("tested"), client("other")
    queue = tested.events(jack.PortRegistered)
    tested.set_port_registration_callback(lambda port, register: tested.close())
    tested.activate()
    other.activate()
    thread, results = in_thread(lambda: [e.port.name for e in queue])
    other.outports.register("o")
    thread.join(10)
    assert results == [["other:o"]]


def test_callbacks_and_queues_side_by_side(client):
    """A callback that takes its time delays no queue."""
    tested, other = client("tested"), client("other")
    go_on, called = threading.Event(), []
    queue = tested.events(jack.PortRegistered)

    @tested.set_port_registration_callback
    def registered(port, register):
        called.append(port.name)
        go_on.wait(10)

    tested.activate()
    other.activate()
    for name in "abc":
        other.outports.register(name)
    wait_for(lambda: called)
    assert [queue.get(10).port.name for _ in range(3)] == ["other:a", "other:b", "other:c"]
    assert called == ["other:a"]
    go_on.set()
    wait_for(lambda: len(called) == 3)


def test_a_queue_dropped_while_others_wait(pair):
    tested, other = pair
    kept, dropped = tested.events(jack.PortRegistered), tested.events()
    thread, results = in_thread(kept.get)
    del dropped
    other.outports.register("o")
    thread.join(10)
    assert results[0].port.name == "other:o"


def test_a_queue_dropped_while_it_is_waited_for(pair):
    """The one who waits holds it."""
    tested, other = pair
    thread, results = in_thread(tested.events(jack.PortRegistered).get)
    other.outports.register("o")
    thread.join(10)
    assert results[0].port.name == "other:o"


def test_queues_come_and_go(pair):
    """While the graph changes: each hears what happens while it is there."""
    tested, other = pair
    stop = threading.Event()
    port = other.outports.register("o")

    def rewire():
        while not stop.is_set():
            other.connect(port, "system:playback_1")
            other.disconnect(port, "system:playback_1")

    thread, results = in_thread(rewire)
    try:
        for _ in range(300):
            with tested.events(jack.PortConnected) as queue, tested.events():
                first, second = queue.get(10), queue.get(10)
                assert first.connected is not second.connected
    finally:
        stop.set()
        thread.join(10)
    assert results == [None]


def test_interrupt(pair, monkeypatch):
    """Ctrl-C ends the wait; the event that comes then is not lost."""
    tested, other = pair
    queue = tested.events(jack.PortRegistered)

    class Interrupted(Exception):
        pass

    def interrupt(number, frame):
        raise Interrupted

    before = signal.signal(signal.SIGUSR1, interrupt)
    try:
        main = threading.main_thread().ident
        for wait in (queue.get, lambda: next(queue), tested.wait_closed):
            timer = threading.Timer(0.05, signal.pthread_kill, (main, signal.SIGUSR1))
            timer.start()
            with pytest.raises(Interrupted):
                wait()
            timer.join()
    finally:
        signal.signal(signal.SIGUSR1, before)
    other.outports.register("o")
    assert queue.get(10).port.name == "other:o"


# Descriptors


def test_select(pair):
    tested, other = pair
    queue = tested.events(jack.PortRegistered)
    assert select.select([queue], [], [], 0)[0] == []
    other.outports.register("o")
    other.outports.register("p")
    for name in "op":
        assert select.select([queue.fileno()], [], [], 10)[0] == [queue.fileno()]
        assert queue.get(0).port.name == f"other:{name}"
    assert select.select([queue], [], [], 0)[0] == []
    tested.close()
    assert select.select([queue], [], [], 10)[0] == [queue]
    with pytest.raises(jack.JackError):
        queue.get(0)
    assert select.select([queue], [], [], 0)[0] == [queue]  # it stays so


# Closing


def test_wait_closed(pair):
    tested, _ = pair
    assert tested.wait_closed(0) is False
    assert tested.wait_closed(timeout=0.01) is False
    threads = [in_thread(tested.wait_closed) for _ in range(3)]
    tested.close()
    for thread, results in threads:
        thread.join(10)
        assert results == [True]
    assert tested.wait_closed() is True
    assert tested.wait_closed(0) is True


# Coroutines


def test_async_for(pair, loop):
    tested, other = pair
    told = []

    async def main():
        async for event in tested.events(jack.PortRegistered):
            told.append(event.port.name)
            if len(told) == 1:
                other.outports.register("p")
            else:
                tested.close()
        await tested.await_closed()

    timer = threading.Timer(0.05, other.outports.register, ("o",))
    timer.start()
    loop.run(main)
    assert told == ["other:o", "other:p"]
    timer.join()


def test_aget(pair, loop):
    tested, other = pair

    async def main():
        queue = tested.events(jack.PortRegistered)
        other.outports.register("o")
        assert (await queue.aget()).port.name == "other:o"
        timer = threading.Timer(0.05, tested.close)
        timer.start()
        with pytest.raises(jack.JackError, match="closed"):
            await queue.aget()
        timer.join()

    loop.run(main)


def test_await_closed(pair, loop):
    tested, _ = pair
    timer = threading.Timer(0.05, tested.close)
    timer.start()
    assert loop.run(tested.await_closed) is None
    assert tested.closed
    assert loop.run(tested.await_closed) is None
    timer.join()


def test_many_tasks_on_one_queue(pair, loop):
    """Each event goes to one of them; all see the end."""
    tested, other = pair
    queue = tested.events(jack.PortRegistered)

    async def take():
        return names([event async for event in queue])

    async def drive():
        for number in range(20):
            other.outports.register(f"o{number}")
            await loop.pause()
        catch_up(tested, other)
        while select.select([queue], [], [], 0)[0]:
            await loop.pause()
        tested.close()
        return []

    async def main():
        return await loop.together(take, take, take, take, drive)

    taken = collections.Counter(itertools.chain.from_iterable(loop.run(main)))
    assert taken == {f"other:o{number}": 1 for number in range(20)}


@pytest.mark.parametrize("loop", [Asyncio, Uvloop], ids=["asyncio", "uvloop"], indirect=True)
def test_cancelling_loses_nothing(pair, loop):
    """Cancelled again and again, at all moments, while events come."""
    tested, other = pair
    rounds = 100

    async def main():
        queue = tested.events(jack.PortConnected)
        port = other.outports.register("o")

        def rewire():
            for _ in range(rounds):
                other.connect(port, "system:playback_1")
                other.disconnect(port, "system:playback_1")

        work = asyncio.create_task(asyncio.to_thread(rewire))
        taken, cancelled, turns = [], 0, 0
        while len(taken) < 2 * rounds:
            task = asyncio.create_task(queue.aget())
            turns += 1
            for _ in range(turns % 5):
                await asyncio.sleep(0)
            task.cancel()
            try:
                taken.append(await task)
            except asyncio.CancelledError:
                cancelled += 1
        await work
        assert cancelled > 0
        assert [event.connected for event in taken] == [True, False] * rounds
        assert queue.lost == 0

    loop.run(main)


def test_giving_up(pair, loop):
    tested, other = pair

    async def main():
        queue = tested.events(jack.PortRegistered)
        assert await loop.give_up(queue.aget)
        assert await loop.give_up(tested.await_closed)
        other.outports.register("o")
        assert (await queue.aget()).port.name == "other:o"

    loop.run(main)


def test_without_a_loop(client):
    coroutine = client().events(jack.PortRenamed).aget()
    with pytest.raises(RuntimeError, match="no running event loop"):
        coroutine.send(None)


# The server's end


@pytest.mark.parametrize("end", ["end", "kill"])
@pytest.mark.parametrize("active", [False, True])
def test_the_server_goes(start_jackd, end, active):
    server = start_jackd()
    tested = jack.Client("tested", servername=server.name)
    if active:
        tested.activate()
    events, plain = tested.events(jack.Shutdown), tested.events(jack.PortRenamed)
    threads = [in_thread(work) for work in (lambda: list(events), lambda: list(plain),
                                            tested.wait_closed)]  # fmt: skip
    getattr(server, end)()
    for thread, _ in threads:
        thread.join(10)
        assert not thread.is_alive()
    (_, (shutdowns,)), (_, (nothing,)), (_, (closed,)) = threads
    assert [type(event) for event in shutdowns] == [jack.Shutdown]
    assert (type(shutdowns[0].status), type(shutdowns[0].reason)) == (jack.Status, str)
    assert (nothing, closed, tested.closed, events.closed) == ([], True, True, True)
    with pytest.raises(jack.JackError, match="server"):
        events.get()
    with pytest.raises(jack.JackError, match="server"):
        tested.events()
    tested.close()


def test_what_was_queued_before_the_server_went(start_jackd):
    """All of it, with ports that can be looked at, and then the shutdown: even by a queue
    that is full."""
    server = start_jackd()
    tested = jack.Client("tested", servername=server.name)
    other = jack.Client("other", servername=server.name)
    tested.activate()
    other.activate()
    queue, small = tested.events(jack.PortRegistered, jack.Shutdown), tested.events(size=1)
    for number in range(100):
        other.midi_outports.register(f"o{number}")
    catch_up(tested, other)
    assert small.lost > 0
    server.kill()
    assert tested.wait_closed(10)
    *ports, last = queue
    assert names(ports) == [f"other:o{n}" for n in range(100)]
    assert {type(event.port) for event in ports if names([event])} == {jack.MidiPort}
    assert isinstance(last, jack.Shutdown)
    assert isinstance(list(small)[-1], jack.Shutdown)
    tested.close()
    other.close()


def test_the_server_goes_in_a_coroutine(start_jackd, loop):
    server = start_jackd()
    tested = jack.Client("tested", servername=server.name)
    tested.activate()

    async def main():
        found = [type(event) async for event in tested.events(jack.Shutdown)]
        await tested.await_closed()
        return found

    timer = threading.Timer(0.1, server.kill)
    timer.start()
    assert loop.run(main) == [jack.Shutdown]
    timer.join()
    tested.close()


def test_a_server_that_is_stopped(start_jackd):
    """By SIGSTOP: waiting ends when its time is over or the client closed, and goes on
    when the server does."""
    server = start_jackd()
    tested = jack.Client("tested", servername=server.name)
    tested.activate()
    queue = tested.events(jack.PortRegistered, jack.Shutdown)
    server.process.send_signal(signal.SIGSTOP)
    try:
        with pytest.raises(TimeoutError):
            queue.get(0.05)
        assert tested.wait_closed(0.05) is False
        thread, results = in_thread(lambda: list(queue))
    finally:
        server.process.send_signal(signal.SIGCONT)
    with jack.Client("other", servername=server.name) as other:
        other.outports.register("o")
    tested.close()
    thread.join(10)
    assert names(results[0])[:1] == ["other:o"]  # JACK1 may still tell of the driver's
