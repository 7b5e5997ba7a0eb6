"""jack.Supervisor: a client on a server that comes, crashes and comes back."""

import asyncio
import contextlib
import signal
import threading

import pytest

import jack
from jack._wiring import Wiring
from support.loops import loop  # noqa: F401  a fixture
from support.servers import private_name
from support.waiting import wait_for

FAST = (0.01, 0.05)


class Place:
    """A server's name, and the server there while there is one."""

    def __init__(self, start):
        self.start_server = start
        self.name = private_name()
        self.server = None

    def begin(self):
        self.server = self.start_server(name=self.name)

    def restart(self, end="kill"):
        getattr(self.server, end)()
        self.begin()


@pytest.fixture
def place(start_jackd):
    return Place(start_jackd)


@pytest.fixture
def supervisor(place):
    """Makes supervisors for `place`; they are stopped afterwards."""
    made = []

    def make(setup=None, **options):
        options = {"delays": FAST, "servername": place.name, **options}
        made.append(jack.Supervisor("kept", setup, **options))
        return made[-1]

    yield make
    while made:
        with made.pop():
            pass


def register(client):
    client.inports.register("in")
    client.outports.register("out")
    client.midi_inports.register("midi")


def connections(client):
    return sorted(other.name for port in (*client.inports, *client.outports)
                  for other in port.connections)  # fmt: skip


def connect(client, *pairs):
    """Connect each pair, and return when it has been told of: what comes back with another
    server is what the client was told of."""
    with client.events(jack.PortConnected) as told:
        for pair in pairs:
            wait_for(lambda p=pair: all(port_is_there(client, name) for name in p))
            client.connect(*pair)
        missing = set(pairs)
        while missing:
            event = told.get(10)
            missing.discard((event.source.name, event.destination.name))


def port_is_there(client, name):
    return client.get_ports(name, literal=True)


@pytest.mark.parametrize("end", ["kill", "end"])
def test_iterating(place, supervisor, end):
    """Three servers one after the other; the connections come back with each."""
    place.begin()
    tested, seen = supervisor(register), []
    for client in tested:
        assert tested.client is client
        assert [port.shortname for port in client.inports] == ["in"]
        if not seen:
            connect(
                client,
                ("system:capture_1", "kept:in"),
                ("kept:out", "system:playback_2"),
                ("kept:out", "kept:in"),
                ("kept:out", "system:playback_1"),
            )
            client.disconnect("kept:out", "system:playback_1")
        expected = ["kept:in", "kept:out", "system:capture_1", "system:playback_2"]
        wait_for(lambda: connections(client) == expected)
        seen.append(client)
        if len(seen) == 3:
            break
        place.restart(end)
    assert len(set(map(id, seen))) == 3
    assert [client.closed for client in seen] == [True, True, False]
    with tested:
        pass
    assert seen[-1].closed
    assert tested.client is None


def test_the_server_comes_later(place, supervisor):
    tested = supervisor()
    connected = threading.Event()
    tested = supervisor(connected=lambda client: connected.set()).start()
    assert not connected.wait(0.1)
    place.begin()
    assert connected.wait(30)
    wait_for(lambda: tested.client.get_ports("^system:"))
    place.server.kill()
    wait_for(lambda: tested.client is None)


def test_calling_back(place, supervisor):
    calls = []
    place.begin()
    with supervisor(
        lambda client: calls.append(("setup", client.closed)),
        connected=lambda client: calls.append(("connected", client.closed)),
        lost=lambda client: calls.append(("lost", client.closed)),
    ).start():
        wait_for(lambda: len(calls) == 2)
        place.restart()
        wait_for(lambda: len(calls) == 5, 30)
    once = [("setup", False), ("connected", False), ("lost", True)]
    assert calls == once * 2


def test_peers_that_come_back_later(place, supervisor):
    """A connection is made as soon as both ports are there."""
    place.begin()

    def open_peer():
        peer = jack.Client("peer", servername=place.name)
        peer.outports.register("out")
        peer.activate()
        return peer

    tested = supervisor(register).start()
    client = wait_for(lambda: tested.client)
    peer = open_peer()
    connect(client, ("peer:out", "kept:in"))
    place.server.kill()
    peer.close()
    wait_for(lambda: tested.client is None)
    place.begin()
    client = wait_for(lambda: tested.client, 30)
    assert connections(client) == []
    peer = open_peer()
    wait_for(lambda: connections(client) == ["peer:out"])
    peer.close()


def assert_restored(place, wiring, name):
    """The next client there is connected with the port of that name, and no other."""
    place.begin()
    with jack.Client("kept", servername=place.name) as client:
        register(client)
        client.activate()
        wait_for(lambda: port_is_there(client, name))
        wiring.restore(client)
        wait_for(lambda: connections(client) == [name])


def test_a_connection_just_before_the_end(place):
    """It is known, also when its event is looked at only afterwards."""
    place.begin()
    wiring = Wiring()
    with jack.Client("kept", servername=place.name) as client:
        register(client)
        events = client.events(*Wiring.KINDS)
        client.activate()
        wiring.restore(client)
        connect(client, ("system:capture_1", "kept:in"))
        place.server.kill()
        wait_for(lambda: client.closed)
        wiring.follow(client, events)
    assert_restored(place, wiring, "system:capture_1")


def test_a_disconnection_just_before_the_end(place):
    """It was somebody's wish, though the port goes in the same moment with its server."""
    place.begin()
    wiring = Wiring()
    with jack.Client("kept", servername=place.name) as client:
        register(client)
        events = client.events(*Wiring.KINDS)
        client.activate()
        wiring.restore(client)
        connect(client, ("kept:out", "system:playback_1"), ("kept:out", "system:playback_2"))
        with client.events(jack.PortConnected) as told:
            client.disconnect("kept:out", "system:playback_1")
            assert told.get(10).connected is False
        place.server.end()
        wait_for(lambda: client.closed)
        wiring.follow(client, events)
    assert_restored(place, wiring, "system:playback_2")


def test_no_connections(place, supervisor):
    place.begin()
    tested = supervisor(register, restore=False).start()
    connect(wait_for(lambda: tested.client), ("system:capture_1", "kept:in"))
    place.restart()
    wait_for(lambda: tested.client and not tested.client.closed, 30)
    assert connections(tested.client) == []


def test_a_client_that_the_program_closes(place, supervisor):
    """Another one is opened."""
    place.begin()
    tested, seen = supervisor(), []
    for client in tested:
        seen.append(client)
        if len(seen) == 3:
            break
        client.close()


# Stopping


def test_stopping_from_the_loop(place, supervisor):
    place.begin()
    tested, seen = supervisor(), []
    for client in tested:
        seen.append(client)
        tested.stop()
    assert (len(seen), seen[0].closed, tested.stopped, tested.client) == (1, True, True, None)
    assert list(tested) == []


@pytest.mark.parametrize("there", [False, True])
def test_stopping_from_another_thread(place, supervisor, there):
    if there:
        place.begin()
    tested = supervisor(delays=(60, 60))
    thread = threading.Thread(target=tested.run)
    thread.start()
    if there:
        wait_for(lambda: tested.client)
    tested.stop()
    tested.stop()
    thread.join(30)
    assert not thread.is_alive()
    assert tested.client is None


@pytest.mark.parametrize("where", ["notification", "process", "setup", "connected", "lost"])
def test_stopping_from_a_callback(place, supervisor, where):
    place.begin()
    options = {}

    def setup(client):
        if where == "setup":
            tested.stop()
        if where == "process":
            client.inports.register("in")
            client.set_process_callback(lambda frames: tested.stop())
        if where == "notification":
            client.set_port_connect_callback(lambda *told: tested.stop(), only_available=False)
            client.inports.register("in")

    if where in ("connected", "lost"):
        options[where] = lambda client: tested.stop()
    tested = supervisor(setup, **options)
    thread = threading.Thread(target=tested.run)
    thread.start()
    if where == "lost":
        wait_for(lambda: tested.client).close()
    if where == "notification":
        client = wait_for(lambda: tested.client)
        wait_for(lambda: port_is_there(client, "system:capture_1"))
        with contextlib.suppress(jack.JackError):  # it may be closed before the call returns
            client.connect("system:capture_1", "kept:in")
    thread.join(30)
    assert not thread.is_alive()
    assert (tested.stopped, tested.client) == (True, None)


def test_leaving_the_block_stops_the_thread(place, supervisor):
    place.begin()
    with supervisor().start() as tested:
        client = wait_for(lambda: tested.client)
    assert client.closed
    assert not [t for t in threading.enumerate() if t.name.startswith("jack-")]


def test_a_signal_s_handler_stops_it(place, supervisor):
    tested = supervisor(delays=(60, 60))
    before = signal.signal(signal.SIGUSR1, lambda number, frame: tested.stop())
    try:
        main = threading.main_thread().ident
        timer = threading.Timer(0.1, signal.pthread_kill, (main, signal.SIGUSR1))
        timer.start()
        tested.run()
        timer.join()
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_a_server_that_is_stopped(place, supervisor):
    """By SIGSTOP: it counts as not there, and opening does not hang."""
    place.begin()
    place.server.process.send_signal(signal.SIGSTOP)
    tested = supervisor()
    try:
        tested.start()
        thread = threading.Thread(target=tested.stop)
        thread.start()
        thread.join(10)
        tested._thread.join(10)
        assert not tested._thread.is_alive()
    finally:
        place.server.process.send_signal(signal.SIGCONT)


# What goes wrong


def test_a_setup_that_fails(place, supervisor):
    place.begin()
    clients = []

    def setup(client):
        clients.append(client)
        raise ZeroDivisionError("in setup")

    with pytest.raises(ZeroDivisionError, match="in setup"):
        next(iter(supervisor(setup)))
    assert clients[0].closed


def test_a_setup_that_jack_refuses(place, supervisor):
    place.begin()

    def setup(client):
        client.connect("no:body", "no:one")

    with pytest.raises(jack.JackError, match="no:body"):
        next(iter(supervisor(setup)))


def test_a_name_that_is_taken(place, supervisor):
    place.begin()
    other = jack.Client("kept", servername=place.name)
    try:
        with pytest.raises(jack.JackOpenError, match="kept"):
            next(iter(supervisor(use_exact_name=True)))
        for client in supervisor(register):
            assert client.name != "kept"
            break
    finally:
        other.close()


def test_one_at_a_time(place, supervisor):
    place.begin()
    tested = supervisor()
    for _ in tested:
        with pytest.raises(jack.UsageError, match="iterated over already"):
            next(iter(tested))
        break
    tested.start()
    with pytest.raises(jack.UsageError, match="started before"):
        tested.start()


@pytest.mark.parametrize("what", ["setup", "connected", "lost"])
def test_what_is_no_callback(what):
    with pytest.raises(TypeError, match=f"{what} must be callable, not int"):
        jack.Supervisor("kept", **{what: 3})


@pytest.mark.parametrize("delays", [(0, 1), (2, 1), (-1, 1)])
def test_delays_beyond_the_bounds(delays):
    with pytest.raises(ValueError, match="delays must be"):
        jack.Supervisor("kept", delays=delays)


def test_a_class_of_one_s_own(place, supervisor):
    class Own(jack.Client):
        pass

    place.begin()
    for client in supervisor(client=Own):
        assert type(client) is Own
        break


# Coroutines


def test_async_for(place, supervisor, loop):
    place.begin()
    tested, seen = supervisor(register), []

    async def main():
        async for client in tested:
            if not seen:
                connect(client, ("system:capture_1", "kept:in"))
            wait_for(lambda: connections(client) == ["system:capture_1"])
            seen.append(client)
            if len(seen) == 2:
                tested.stop()
            else:
                events = client.events(jack.Shutdown)
                place.restart()
                assert [type(event) async for event in events] == [jack.Shutdown]

    loop.run(main)
    assert [client.closed for client in seen] == [True, True]


@pytest.mark.parametrize("there", [False, True])
def test_giving_up(place, supervisor, loop, there):
    if there:
        place.begin()
    tested = supervisor(delays=(60, 60))

    async def main():
        async def supervise():
            async with contextlib.aclosing(aiter(tested)) as clients:
                async for _ in clients:
                    pass

        assert await loop.give_up(supervise, 0.1)

    loop.run(main)
    with tested:
        pass
    assert tested.client is None


def test_stopping_from_another_task(place, supervisor, loop):
    tested = supervisor(delays=(60, 60))

    async def supervise():
        return [client async for client in tested]

    async def stop():
        await loop.pause(0.05)
        tested.stop()

    async def main():
        return await loop.together(supervise, stop)

    assert loop.run(main) == [[], None]


def test_what_setup_raises_in_a_coroutine(place, supervisor):
    place.begin()

    async def main():
        async for _ in supervisor(lambda client: 1 / 0):
            pass

    with pytest.raises(ZeroDivisionError):
        asyncio.run(main())


def test_it_is_loaded_when_touched():
    assert jack.Supervisor.__name__ in jack.__all__
