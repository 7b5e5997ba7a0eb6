"""Whole lives, one a round: open, activate, let some blocks pass, close; in each tier."""

import contextlib
import os
import pathlib
import sys
import tempfile
import threading

import numpy as np

import jack
from support import pyjack, servers
from support.forgotten import Forgotten, collecting
from support.waiting import wait_for

BLOCK = np.zeros((servers.BLOCKSIZE, 1), np.float32)


@contextlib.contextmanager
def opened(server, **ports):
    """A client with as many ports as named; closed afterwards."""
    with contextlib.closing(jack.Client("life", servername=server)) as client:
        for kind in ("inports", "outports", "midi_inports", "midi_outports"):
            for number in range(ports.get(kind, 1)):
                getattr(client, kind).register(f"{kind}_{number}")
        yield client


def some_blocks(client, number=2):
    before = client.stats.cycles
    wait_for(lambda: client.stats.cycles >= before + number)


def bare(server):
    jack.Client("life", servername=server).close()


def dropped(server):
    """Nobody closes it."""
    client = jack.Client("life", servername=server)
    client.inports.register("in")
    client.activate()


def collected(server):
    """What the collector finds in a callback: clients, open and closed, their streams and views."""
    with opened(server) as client, collecting() as (collect, done):
        for close in True, False:
            other = jack.Client("other", servername=server)
            other.activate()
            view = memoryview(other.outports.register("out").get_buffer())
            Forgotten(view, other, other.open_stream(1, 1))
            if close:
                other.close()
        Forgotten(client.open_stream(1))
        del other, view
        client.set_process_callback(collect)
        client.activate()
        wait_for(lambda: done)
        wait_for(lambda: len(client.get_ports()) == 8, what="what was found has gone")


def direct(server):
    with opened(server) as client:
        blocks = []

        def copy(frames):
            client.outports[0].get_array()[:] = client.inports[0].get_array()
            blocks.append(list(client.midi_inports[0].incoming_midi_events()))

        client.set_process_callback(copy)
        client.activate()
        wait_for(lambda: len(blocks) > 1)


def detached(server):
    with opened(server) as client:
        blocks = []

        def copy(frames):
            client.outports[0].get_array()[:] = client.inports[0].get_array()
            blocks.append(frames)

        client.set_process_callback(copy, lookahead=2)
        client.activate()
        wait_for(lambda: len(blocks) > 1)


def stream(server):
    with jack.Client("life", servername=server) as client:
        opened = client.open_stream(1, 1, lookahead=4)
        opened.start()
        with contextlib.suppress(*pyjack.SYNC):  # it was late
            opened.write(BLOCK)
            opened.read(len(BLOCK), timeout=10)


def native(server):
    with opened(server) as client:
        client.tone("outports_0")
        client.gain("inports_0", "outports_0", 0.5)
        client.meter()
        client.play(BLOCK)
        client.rec(len(BLOCK))
        client.activate()
        some_blocks(client)


def isolated(server):
    with opened(server) as client:
        handle = client.set_isolated_callback("leaks.isolated_thru:function")
        client.activate()
        wait_for(lambda: handle.stats["cycles"] > 1)


def midi(server):
    with opened(server) as client:
        client.activate()
        out, into = client.midi_outports[0], client.midi_inports[0]
        into.fileno()  # keep what comes
        client.connect(out, into)
        wait_for(lambda: out.send(b"\x90\x40\x40") or into.stats.pending)
        into.receive(10)


def hearing(server):
    """Callbacks of every kind, and a queue of events."""
    with opened(server) as client:
        for name in dir(client):
            if name.startswith("set_") and name.endswith("_callback"):
                with contextlib.suppress(TypeError, ValueError, jack.JackError):
                    getattr(client, name)(lambda *arguments: None)
        client.set_process_callback(lambda frames: None)
        with client.events() as queue:
            client.activate()
            client.inports.register("new")
            client.connect(client.outports[0], client.inports[0])
            wait_for(lambda: isinstance(queue.get(10), jack.PortConnected))


def looping(server):
    with opened(server) as client:

        def loop():
            while True:
                client.cycle_wait()
                client.cycle_signal()

        client.set_process_thread(loop)
        client.activate()
        some_blocks(client)


def threads(server):
    with opened(server) as client:
        for _ in range(3):
            client.create_thread(threading.get_ident).join()
        client.create_thread(threading.get_ident)  # ends by itself


def files(server):
    with opened(server) as client, tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "take.wav")
        client.activate()
        client.rec_file(path, ["take"], frames=len(BLOCK)).wait(10)
        client.play_file(path).wait(10)


def properties(server):
    with opened(server) as client:
        client.metadata["http://example.org/rtjack/life"] = "value"
        client.inports[0].metadata["http://example.org/rtjack/life"] = "value"
        client.remove_properties(client.inports[0])
        client.metadata.clear()


def patchbay(server):
    with opened(server) as client:
        rules = jack.Rules().connect("life:outports_0", "life:inports_0")
        client.activate()
        with jack.Patchbay(client, rules) as bay:
            bay.wait_ready(10)
        client.snapshot()


def attached(server):
    jack.attach("life")
    jack.register_port("in", jack.IsInput)
    jack.register_port("out", jack.IsOutput)
    jack.activate()
    frames = jack.get_buffer_size()
    with contextlib.suppress(*pyjack.SYNC):
        jack.process(pyjack.zeros(1, frames), pyjack.zeros(1, frames))
    jack.detach()


def hosting(server):
    """A server in this process, with a client."""
    with jack.Server(servers.private_name(), samplerate=48000, blocksize=256) as own:
        with jack.Client("life", servername=own.name) as client:
            client.inports.register("in")
            client.meter()
            client.activate()
            some_blocks(client)


def network(server):
    """Both ends, over the loopback interface."""
    slaves = []
    port = 20_000 + os.getpid() % 10_000
    other = threading.Thread(
        target=lambda: slaves.append(
            jack.NetSlave(port=port, address="127.0.0.1", latency=2, timeout=20)
        )
    )
    other.start()
    master = jack.NetMaster(port=port, address="127.0.0.1", blocksize=64, timeout=20)
    other.join()
    master.close()
    slaves.pop().close()


# What CPython itself keeps of an interpreter that has ended, with the same imports.
ENDED = """
import jack._isolated
import leaks.isolated_thru
"""


def interpreter(server):
    import _interpreters

    other = _interpreters.create("isolated")
    _interpreters.exec(other, f"import sys; sys.path[:] = {sys.path!r}\n{ENDED}")
    _interpreters.destroy(other)


# What may grow by as much as something else does: CPython's share.
LIKE = {"isolated": interpreter} if sys.version_info >= (3, 13) else {}

LIVES = {
    life.__name__: life
    for life in (bare, dropped, collected, direct, detached, stream, native, isolated, midi,
                 hearing, looping, threads, files, properties, patchbay, attached, hosting, network)
    if life is not isolated or sys.version_info >= (3, 13)
}  # fmt: skip


def repeated(life, server):
    """run(n): n rounds of it."""
    sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))  # for the isolated one
    os.environ["JACK_DEFAULT_SERVER"] = server

    def run(rounds):
        for _ in range(rounds):
            life(server)

    return run
