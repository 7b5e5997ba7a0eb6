"""What ends something may happen in a callback: Python's collector comes when it likes."""

import contextlib
import ctypes

import pytest

import jack
from support.forgotten import Forgotten, collecting
from support.waiting import wait_for

CYCLES = 20


def view(client):
    return memoryview(client.outports.register("seen").get_buffer())


def stream(client):
    stream = client.open_stream(1, 1, lookahead=2)
    stream.start()
    return stream


def queue(client):
    return client.events()


def recording(client):
    return client.rec(1 << 16, 1)


def tone(client):
    return client.tone("out")


def native(client):
    return client.set_native_callback(ctypes.CDLL(None).isatty)


def midi(client):
    into = client.midi_inports.register("midi")
    into.fileno()  # keep what comes
    return into


def meter(client):
    return client.meter()


def thread(client):
    return client.create_thread(lambda: None)


KINDS = [stream, queue, recording, tone, native, midi, meter, thread]
CALLBACKS = ["process", "graph_order", "latency"]


def collects_in(kind, forget, server, look=lambda client: None):
    """The collector comes in such a callback; then all goes on and JACK has let go of it."""
    prepared = []
    with collecting() as (collect, done), contextlib.closing(
        jack.Client("collects", servername=server.name)
    ) as client:
        client.inports.register("in"), client.outports.register("out")
        setter = getattr(client, f"set_{kind}_callback")
        setter(lambda *arguments: collect() if prepared else None)
        prepared.append(forget(client))
        client.activate()
        client.connect(client.outports[0], client.inports.register("told"))
        wait_for(lambda: done, 15, "the collector has come")
        begin = client.stats.cycles
        wait_for(lambda: client.stats.cycles > begin + CYCLES, 10, "cycles go on")
        wait_for(lambda: name_is_free(server), 10, "JACK has let go of it")
        look(client)
        begin = client.stats.cycles
        wait_for(lambda: client.stats.cycles > begin + CYCLES, 10, "cycles go on")


def name_is_free(server):
    try:
        options = {"use_exact_name": True, "no_start_server": True}
        jack.Client("forgotten", servername=server.name, **options).close()
    except jack.JackOpenError:
        return False
    return True


@pytest.mark.parametrize("callback", CALLBACKS)
@pytest.mark.parametrize("closed", [True, False], ids=["closed", "open"])
def test_what_is_another_clients(any_server, closed, callback):
    """A view keeps JACK's side of a closed client; one that nobody closed is closed."""

    def forget(client):
        forgotten = jack.Client("forgotten", servername=any_server.name)
        forgotten.inports.register("in"), forgotten.outports.register("out")
        forgotten.activate()
        Forgotten(view(forgotten), [kind(forgotten) for kind in KINDS], forgotten)
        if closed:
            forgotten.close()

    collects_in(callback, forget, any_server)


@pytest.mark.parametrize("callback", CALLBACKS)
def test_what_is_its_own_clients(any_server, callback):
    def forget(client):
        Forgotten([kind(client) for kind in KINDS])

    def look(client):
        left = {port.shortname for port in client.get_ports("collects:")}
        assert left == {"in", "out", "midi", "told"}, left
        return True

    collects_in(callback, forget, any_server, lambda client: wait_for(lambda: look(client)))
