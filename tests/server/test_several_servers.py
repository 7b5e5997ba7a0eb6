"""Clients of several servers in one process: each sees its own graph, and only that."""

import gc
import os

import numpy as np
import pytest

import jack
from support import children
from support.graph import Ramp, Tape
from support.waiting import wait_for

BLOCKS = 40


@pytest.fixture
def three(jackd, embedded, start_jackd):
    """Two server processes and one within this process."""
    return [jackd, start_jackd(), embedded]


@pytest.fixture
def open_on(three):
    """Open clients of any of them; closed after the test."""
    opened = []

    def open_client(server, name="same", **options):
        new = jack.Client(name, servername=server.name, no_start_server=True, **options)
        opened.append(new)
        return new

    yield open_client
    for old in reversed(opened):
        old.close()


def names_of(client):
    return {port.name for port in client.get_ports("^(same|ramp|other)", is_audio=True)}


def mappings():
    """How often the library's text is mapped, first copy and further ones."""
    with open("/proc/self/maps") as maps:
        return sum("r-xp" in line and "libjack" in line for line in maps)


def test_each_sees_its_own_graph(three, open_on):
    clients = [open_on(server) for server in three]
    for number, client in enumerate(clients):
        client.outports.register(f"out_{number}")
        client.inports.register(f"in_{number}")
        client.activate()
    for number, client in enumerate(clients):
        assert client.name == "same"  # taken once on each server
        assert names_of(client) == {f"same:out_{number}", f"same:in_{number}"}
        client.connect(f"same:out_{number}", f"same:in_{number}")
    for number, client in enumerate(clients):
        (source,) = client.get_all_connections(client.inports[0])
        assert source.name == f"same:out_{number}"
        assert client.outports[0].is_connected_to(client.inports[0])
        client.disconnect(f"same:out_{number}", f"same:in_{number}")
        wait_for(lambda client=client: client.outports[0].connections == [])
    second = open_on(three[1], "other")
    second.outports.register("more")
    assert "other:more" in names_of(clients[1])
    assert "other:more" not in names_of(clients[0]) | names_of(clients[2])


def test_audio_goes_its_own_way(three, open_on):
    """A ramp of its own through each server, sample by sample."""
    tapes = []
    for step, server in enumerate(three, start=1):
        source, sink = open_on(server, "ramp"), open_on(server)
        source.set_process_callback(Ramp(source.outports.register("o"), step))
        tape = Tape([sink.inports.register("i")], BLOCKS)
        sink.set_process_callback(tape)
        source.activate()
        sink.activate()
        sink.connect("ramp:o", "same:i")
        tapes.append((step, sink, tape))
    for step, sink, tape in tapes:
        (samples,) = tape.record(sink)
        numbers = samples.astype(np.float64) / step
        assert len(numbers) == BLOCKS * 256
        assert np.array_equal((numbers[:-1] + 1) % 2**16, numbers[1:])


def test_streams(three, open_on):
    """All at once, each in a loop from its output to its input; silence, then the data."""
    data = np.random.default_rng(5).uniform(-1, 1, (8192, 1)).astype(np.float32)
    streams = []
    for number, server in enumerate(three):
        client = open_on(server)
        stream = client.open_stream(inputs=1, outputs=1, lookahead=64)
        client.activate()
        client.connect(stream.outports[0], stream.inports[0])
        streams.append((number + 1, stream))
    for factor, stream in streams:
        stream.write(data * factor, timeout=10)
    for factor, stream in streams:
        heard = stream.read(len(data) + 64 * 256 + 512, timeout=10)[:, 0]
        start = np.flatnonzero(heard)[0]
        assert np.array_equal(heard[start : start + len(data)], data[:, 0] * factor)
        stream.close()


def test_transport_and_blocksize(three, open_on):
    clients = [open_on(server) for server in three]
    for client in clients:
        client.activate()
    clients[1].transport_frame = 4800
    clients[1].transport_start()
    wait_for(lambda: clients[1].transport_state == jack.ROLLING)
    assert [clients[n].transport_state for n in (0, 2)] == [jack.STOPPED] * 2
    clients[1].blocksize = 512
    wait_for(lambda: clients[1].blocksize == 512)
    assert [clients[n].blocksize for n in (0, 2)] == [256, 256]
    clients[1].transport_stop()


def test_notifications_and_metadata(three, open_on):
    heard = [[] for _ in three]
    clients = [open_on(server) for server in three]
    for client, ports in zip(clients, heard):

        @client.set_port_registration_callback
        def registered(port, new, ports=ports):
            ports.append((port.name, new))

        @client.set_property_change_callback
        def changed(subject, key, change, ports=ports):
            ports.append((key, change))

        client.activate()
    others = [open_on(server, "other") for server in three]
    others[1].outports.register("o")
    others[1].activate()  # JACK2 tells of ports of active clients only
    wait_for(lambda: ("other:o", True) in heard[1])
    clients[1].set_property(others[1].uuid, "key", "value")
    wait_for(lambda: ("key", jack.PROPERTY_CREATED) in heard[1])
    assert jack.get_property(others[1].uuid, "key") == (b"value", "")
    clients[1].remove_property(others[1].uuid, "key")
    wait_for(lambda: ("key", jack.PROPERTY_DELETED) in heard[1])
    assert heard[0] == heard[2] == []


def test_a_port_of_another_server(three, open_on):
    """Its name, or its number, may be another port's here."""
    ours, theirs = open_on(three[0]), open_on(three[1])
    here, there = ours.inports.register("i"), theirs.outports.register("o")
    ours.activate()
    theirs.activate()
    text = f"another JACK server \\({three[1].name}\\) than this client \\({three[0].name}\\)"
    for call in (
        lambda: ours.connect(there, here),
        lambda: ours.disconnect(there, here),
        lambda: ours.get_all_connections(there),
        lambda: here.is_connected_to(there),
    ):
        with pytest.raises(jack.JackError, match=text):
            call()
    again = open_on(three[0], "other")
    port = again.outports.register("o")
    again.activate()
    ours.connect(port, here)  # another client's, of the same server


def test_one_is_killed(jackd, embedded, start_jackd, open_on, three):
    clients = [open_on(server) for server in three]
    for client in clients:
        client.inports.register("i")
        client.activate()
    cycles = [client.stats.cycles for client in clients]
    three[1].kill()
    wait_for(lambda: clients[1].closed)
    assert not clients[0].closed and not clients[2].closed
    for number in (0, 2):
        client = clients[number]
        wait_for(lambda: client.stats.cycles > cycles[number] + 20)
        assert names_of(client) == {"same:i"}
        client.outports.register("o")
        client.connect("same:o", "same:i")
    with pytest.raises(jack.JackError, match="has lost its JACK server"):
        clients[1].get_ports()


def test_restarted_under_its_name_with_the_old_client_open(start_jackd):
    """libjack2 would free the old client when the new one is opened."""
    server = start_jackd()
    old = jack.Client("old", servername=server.name)
    old.inports.register("i")
    old.activate()
    server.kill()
    wait_for(lambda: old.closed)
    again = start_jackd(name=server.name)
    new = jack.Client("new", servername=again.name)
    new.outports.register("o")
    new.activate()
    assert {port.name for port in new.get_ports("new|old")} == {"new:o"}
    old.close()
    assert {port.name for port in new.get_ports("new|old")} == {"new:o"}
    assert not new.closed
    new.close()


def open_and_close(servers):
    clients = [jack.Client("x", servername=server.name) for server in servers]
    for client in clients:
        client.inports.register("i")
        client.activate()
    for client in clients:
        client.close()


def test_nothing_is_left_of_many(three):
    open_and_close(three)
    gc.collect()
    threads = len(os.listdir("/proc/self/task"))
    files, copies = len(os.listdir("/proc/self/fd")), mappings()
    assert copies >= 3
    for _ in range(30):
        open_and_close(three)
    gc.collect()
    assert mappings() == copies
    wait_for(lambda: len(os.listdir("/proc/self/task")) <= threads)
    wait_for(lambda: len(os.listdir("/proc/self/fd")) <= files)


def test_one_server_needs_one_copy(jackd, start_jackd):
    """Also one server after the other."""
    other = start_jackd()
    program = """
        import jack, sys
        for name in sys.argv[1:] * 3:
            first = jack.Client("a", servername=name)
            second = jack.Client("b", servername=name)
            first.close()
            second.close()
        with open("/proc/self/maps") as maps:
            print(sum("r-xp" in line and "libjack" in line for line in maps))
    """
    assert children.run(program, jackd.name, other.name).stdout == "1\n"


def test_after_fork(jackd, start_jackd):
    other = start_jackd()
    program = """
        import jack, os, sys, warnings
        warnings.simplefilter("ignore", DeprecationWarning)  # of forking with threads
        clients = [jack.Client("parent", servername=name) for name in sys.argv[1:]]
        pid = os.fork()
        if pid == 0:
            for name in sys.argv[1:]:
                with jack.Client("child", servername=name) as client:
                    client.inports.register("i")
                    assert [p.name for p in client.get_ports("child")] == ["child:i"]
            for client in clients:
                client.close()
            os._exit(0)
        assert os.waitpid(pid, 0)[1] == 0
        for client in clients:
            client.inports.register("i")
            assert [p.name for p in client.get_ports("parent|child")] == ["parent:i"]
            client.close()
    """
    children.run(program, jackd.name, other.name)
