"""Random programs of clients, ports, connections, streams and the transport, on a real server,
against a model of what must be there after each step.

`make model` runs many, anew each time; MODEL_EXAMPLES is how many.
"""

import os
from contextlib import suppress

import numpy as np
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run

import jack
from support import libraries
from support.waiting import wait_for

MANY = int(os.environ.get("MODEL_EXAMPLES", "0"))
CLIENTS = 3
KINDS = ("inports", "outports", "midi_inports", "midi_outports")

some = st.integers(0, 11)
of_clients = st.integers(0, CLIENTS - 1)


class Own:
    """A client of the program, and what it should have."""

    def __init__(self, client):
        self.client = client
        self.active = False
        self.ports = {}  # Port by full name
        self.streams = []
        self.begun = []  # streams that were used before

    def of_kind(self, kind):
        return [p for p in self.ports.values() if p in getattr(self.client, kind)]


class Model(RuleBasedStateMachine):
    def __init__(self, server):
        super().__init__()
        self.server = server
        self.clients = {}
        self.connected = set()
        self.watcher = jack.Client("watcher", servername=server.name)
        self.numbers = iter(range(10**6))
        for which in range(2):  # so that there is something to connect at once
            self.open_or_close(which)
            self.activate(which)
            for kind in KINDS:
                self.register(which, kind)

    def teardown(self):
        for own in self.clients.values():
            own.client.close()
        self.watcher.transport_stop()
        self.watcher.close()

    # ---- steps ----

    @rule(which=of_clients)
    def open_or_close(self, which):
        if which in self.clients:
            own = self.clients.pop(which)
            own.client.close()
            self.forget(own.ports)
            assert own.client.closed
            refused(lambda: own.client.inports.register("late"))
        else:
            self.clients[which] = Own(jack.Client(f"m{which}", servername=self.server.name))

    @rule(which=of_clients, kind=st.sampled_from(KINDS))
    def register(self, which, kind):
        if own := self.clients.get(which):
            port = getattr(own.client, kind).register(f"p{next(self.numbers)}")
            own.ports[port.name] = port

    @rule(which=of_clients, index=some)
    def register_again(self, which, index):
        if (own := self.clients.get(which)) and (port := nth(own.ports.values(), index)):
            refused(lambda: own.client.inports.register(port.shortname))

    @rule(which=of_clients, index=some)
    def unregister(self, which, index):
        own = self.clients.get(which)
        if own and (port := nth(self.free_ports(own), index)):
            name = port.name
            port.unregister()
            self.forget([name])
            del own.ports[name]
            refused(lambda: port.connections)

    @rule(which=of_clients)
    def activate(self, which):
        if own := self.clients.get(which):
            own.client.activate()
            own.active = True

    @rule(which=of_clients)
    def deactivate(self, which):
        own = self.clients.get(which)
        if own and own.active:
            own.client.deactivate()
            own.active = False
            self.forget(own.ports)

    @rule(kind=st.sampled_from(("", "midi_")), source=some, sink=some)
    def connect(self, kind, source, sink):
        out = nth(self.all(kind + "outports"), source)
        into = nth(self.all(kind + "inports"), sink)
        if out is None or into is None:
            return
        pair = out.name, into.name
        client = self.watcher
        if pair in self.connected or not (self.is_active(out) and self.is_active(into)):
            refused(lambda: client.connect(out, into))
        else:
            client.connect(out, into)
            self.connected.add(pair)

    @rule(index=some)
    def disconnect(self, index):
        if pair := nth(sorted(self.connected), index):
            self.watcher.disconnect(*pair)
            self.connected.remove(pair)

    @rule(source=some, sink=some)
    def connect_other_kinds(self, source, sink):
        out, into = nth(self.all("outports"), source), nth(self.all("midi_inports"), sink)
        if out and into:
            refused(lambda: self.watcher.connect(out, into))

    @rule(which=of_clients, inputs=st.integers(0, 2), outputs=st.integers(0, 2))
    def open_stream(self, which, inputs, outputs):
        own = self.clients.get(which)
        if own and inputs + outputs and len(own.streams) < 2:
            stream = own.client.open_stream(inputs, outputs)
            own.streams.append(stream)
            own.ports.update((p.name, p) for p in stream.inports + stream.outports)

    @rule(which=of_clients, index=some)
    def use_stream(self, which, index):
        own = self.clients.get(which)
        if own and (stream := nth(own.streams, index)):
            frames = own.client.blocksize
            begun = stream in own.begun
            own.begun.append(stream)
            block = np.zeros((frames, len(stream.outports)), np.float32)

            def write():
                stream.write(block, timeout=30)

            def read():
                assert stream.read(timeout=30).shape == (frames, len(stream.inports))

            with suppress(jack.InputSyncError, jack.OutputSyncError):
                if own.active:
                    write() if stream.outports else read()
                elif stream.inports:  # what came before can still be had
                    read() if stream.read_available >= frames else refused(read)
                else:  # one that has begun takes what it has room for, a new one nothing
                    can = begun and stream.write_available >= frames
                    write() if can else refused(write)

    @rule(which=of_clients, index=some)
    def close_stream(self, which, index):
        own = self.clients.get(which)
        if own and (stream := nth(own.streams, index)):
            names = [port.name for port in stream.inports + stream.outports]
            stream.close()
            own.streams.remove(stream)
            self.forget(names)
            for name in names:
                del own.ports[name]

    @precondition(lambda self: self.clients)
    @rule(frame=st.integers(0, 2**31), roll=st.booleans())
    def transport(self, frame, roll):
        client = nth([own.client for own in self.clients.values()], frame)
        client.transport_stop()
        wait_for(lambda: client.transport_state == jack.STOPPED)
        client.transport_frame = frame
        wait_for(lambda: self.watcher.transport_frame == frame)
        if roll:
            client.transport_start()
            wait_for(lambda: self.watcher.transport_state == jack.ROLLING)
            wait_for(lambda: self.watcher.transport_frame > frame)

    # ---- what must hold ----

    @invariant()
    def what_is_there_is_what_was_made(self):
        ours = {name for own in self.clients.values() for name in own.ports}
        if libraries.loaded() == "JACK1":  # test_ports_of_a_closed_client
            wait_for(lambda: self.seen() == ours)
        assert self.seen() == ours
        for own in self.clients.values():
            for kind in KINDS:
                assert [p.name for p in getattr(own.client, kind)] == [
                    name for name, port in own.ports.items() if port in getattr(own.client, kind)
                ]
        wait_for(lambda: self.wired() == self.connected, what=f"connected: {self.connected}")

    def seen(self):
        return {port.name for port in self.watcher.get_ports("m[0-9]")}

    def wired(self):
        return {
            (port.name, other.name)
            for port in self.all("outports") + self.all("midi_outports")
            for other in port.connections
        }

    # ---- the model's own ----

    def all(self, kind):
        return [port for own in self.clients.values() for port in own.of_kind(kind)]

    def is_active(self, port):
        return any(own.active for own in self.clients.values() if port.name in own.ports)

    def free_ports(self, own):
        taken = {p.name for stream in own.streams for p in stream.inports + stream.outports}
        return [port for name, port in own.ports.items() if name not in taken]

    def forget(self, names):
        self.connected = {pair for pair in self.connected if not set(pair) & set(names)}


def nth(sequence, index):
    sequence = list(sequence)
    return sequence[index % len(sequence)] if sequence else None


def refused(call):
    try:
        call()
    except jack.JackError:
        return
    raise AssertionError("nothing was raised")


def test_what_is_there_is_what_was_made(server):
    run(
        lambda: Model(server),
        settings=settings(
            max_examples=MANY or 8,
            stateful_step_count=50 if MANY else 25,
            derandomize=not MANY,
            # A shorter program that fails, too, is worth its time only there.
            phases=[Phase.generate, *([Phase.shrink] if MANY else [])],
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
