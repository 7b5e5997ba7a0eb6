"""What every name gives at run time is what the stub says that it gives.

Properties, constants, and what can be called without arguments are found in the stub and
need no word here.  All else has an entry in one of the tables, or fails.
"""

import collections.abc
import concurrent.futures
import contextlib
import ctypes
import os
import pathlib

import numpy as np
import pytest

import jack
from jack import _jack
from support import hosting, pyjack, threads
from support.annotations import Stub, mismatch
from support.graph import Once
from support.waiting import wait_for

TEXT = (pathlib.Path(__file__).parents[2] / "src" / "jack" / "_jack.pyi").read_text("utf-8")
STUB = Stub(TEXT)
KEY = "/".join(["http://example.org", "rtjack", "stub"])  # constants' references don't count
BLOCK = np.zeros((16, 1), np.float32)


def anything(*arguments):
    pass


@ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_uint32, ctypes.c_void_p)
def native(frames, argument):
    return 0


class World:
    """Makes the objects that are asked, each on clients of its own."""

    def __init__(self, server, running_server):
        self._server = server
        self.server_name = server.name
        self._opened = []
        self.running_server = running_server

    def open(self, name):
        self._opened.append(jack.Client(name, servername=self._server.name))
        return self._opened[-1]

    def close(self):
        while self._opened:
            client = self._opened.pop()
            with contextlib.suppress(jack.JackError):  # there is none, or it is closed
                client.get_internal("profiler").unload()
            client.close()

    def client(self):
        """An active client with a property, and connected ports of every kind."""
        client = self.open("tested")
        client.jobs = []  # to be done in every cycle
        client.set_process_callback(lambda frames: [job(frames) for job in client.jobs])
        client.inports.register("in").client = client
        client.outports.register("out").client = client
        client.midi_inports.register("midi_in").client = client
        client.midi_outports.register("midi_out").client = client
        client.outports[0].set_alias("tested:alias")
        client.midi_outports[0].set_alias("tested:midi_alias")
        client.activate()
        client.connect(client.outports[0], client.inports[0])
        client.connect(client.midi_outports[0], client.midi_inports[0])
        # JACK2 shows a connection from its next cycle on.
        wait_for(lambda: client.outports[0].connections and client.midi_outports[0].connections)
        client.set_property(client, KEY, "value")
        return client

    def midi_port(self):
        self.open("other").midi_outports.register("midi").set_alias("other:alias")
        return self.open("tested").get_port_by_name("other:midi")

    def events(self, kind):
        """Real ones of a kind, by what client() does and a little more."""
        client = self.open("hearing")
        client.activate()
        queue = client.events(kind)
        other = self.client()
        other.inports[0].shortname = "new"
        other.set_freewheel(True)
        other.set_freewheel(False)
        size = other.blocksize
        other.blocksize = 2 * size
        other.blocksize = size
        client.connect("system:capture_1", client.inports.register("in"))
        return [queue.get(10)]

    def queue(self):
        client = self.open("hearing")
        client.activate()
        queue = client.events(jack.PortRegistered)
        for name in "ab":
            client.inports.register(name)
        return queue

    def stream(self):
        stream = self.client().open_stream(1, 1)
        stream.start()
        return stream

    def ring(self):
        ring = jack.RingBuffer(64)
        ring.write(b"abcdefgh")
        return ring


# How to make one of each class; several when one alone can't show all.
SUBJECTS = {
    "Client": lambda world: [world.client()],
    "Port": lambda world: [world.client().get_port_by_name("tested:alias")],
    "MidiPort": lambda world: [world.midi_port()],
    "OwnPort": lambda world: [world.client().outports[0]],
    "OwnMidiPort": lambda world: [world.client().midi_outports[0]],
    "Ports": lambda world: [world.client().outports],
    "RingBuffer": lambda world: [world.ring()],
    "NetAdapter": lambda world: [jack.NetAdapter(1, 1, 16, 48000, 16)],
    "Server": lambda world: [hosting.with_slave(jack.Server())],
    "ServerParameter": lambda world: jack.Server().parameters.values(),
    "UUID": lambda world: [jack.UUID(world.client())],
    "CycleTimes": lambda world: [world.client().cycle_times()],
    "LatencyRange": lambda world: [world.client().outports[0].latency_range(0)],
    "InternalClient": lambda world: [world.client().load_internal("profiler")],
    "EventQueue": lambda world: [world.queue()],
    **{
        kind: lambda world, kind=kind: world.events(getattr(jack, kind))
        for kind in ("PortRegistered", "PortConnected", "PortRenamed", "GraphReordered",
                     "ClientRegistered", "Freewheel", "BlocksizeChanged", "PropertyChanged",
                     "LatencyChanged", "Event")
    },
    "Stream": lambda world: [world.stream()],
    "ClientStats": lambda world: [world.client().stats],
    "MidiPortStats": lambda world: [world.client().midi_outports[0].stats],
    "StreamStats": lambda world: [world.stream().stats],
    "Status": lambda world: [world.client().status],
    "TransportState": lambda world: [world.client().transport_state],
    "Position": lambda world: [world.client().transport_query_struct()[1]],
    "Buffer": lambda world: [world.ring().read(4)],
    "Thread": lambda world: [world.client().create_thread(anything)],
    "Node": lambda world: [world.client().silence()],
    "NativeCallback": lambda world: [world.client().set_native_callback(native)],
    "Tone": lambda world: [world.client().tone("out")],
    "Meter": lambda world: [world.client().meter()],
    "Mixer": lambda world: [world.client().gain("in", "out", 0.5)],
    "Transfer": lambda world: [world.client().rec(16)],
}
ISOLATED = "Python 3.12 on; tests/server/test_isolated.py looks at it there"
NO_SUBJECTS = {
    "SessionCommand": "tests/server/test_sessions.py has a client that answers",
    "Xrun": "tests/server/test_events.py has one",
    "Shutdown": "tests/server/test_event_waiting.py ends a server",
    "SamplerateChanged": "no server here changes its rate",
    "UnknownPort": "JACK2 has no ports but for audio and MIDI",
    "IsolatedCallback": ISOLATED,
    "IsolatedIO": ISOLATED,
    "IsolatedMidiInput": ISOLATED,
    "IsolatedMidiOutput": ISOLATED,
    "NetMaster": "it needs another end: tests/server/test_network_local.py has both",
    "NetSlave": "it needs another end: tests/server/test_network_local.py has both",
}


def setting(name):
    """Set a callback, which is not allowed while the client is active."""

    def call(client, world):
        client.deactivate()
        return getattr(client, name)(anything)

    return call


def in_a_thread(function):
    """What realtime scheduling of the test's own thread would delay is not to be known."""
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        return pool.submit(function).result(timeout=30)


def realtime_if_allowed():
    try:
        return jack.acquire_real_time_scheduling(1)
    except jack.JackErrorCode:
        with pytest.raises(PermissionError):
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))


def incoming_midi_events(port):
    """What comes in at the input that the output is connected with."""
    port.clear_buffer()
    port.write_midi_event(0, b"\x90\x40\x40")
    return port.client.midi_inports[0].incoming_midi_events()


def received(port):
    """The input that the output is connected with, when something has come to it."""
    into = port.client.midi_inports[0]
    into.fileno()
    wait_for(lambda: port.send(b"\xf8") or into.stats.pending)
    return into


def transport_locate(client):
    with pytest.warns(DeprecationWarning):
        return client.transport_locate(0)


def comparison(name):
    """Such methods give NotImplemented for what they can't compare with."""
    return lambda subject, world: getattr(subject, name)(subject)


# How to call what needs arguments, or something to be done before.
CALLS = {
    "client_pid": lambda _, world: jack.client_pid("nobody"),
    "acquire_real_time_scheduling": lambda _, world: (
        world.client() and in_a_thread(realtime_if_allowed)
    ),
    "drop_real_time_scheduling": lambda _, world: in_a_thread(jack.drop_real_time_scheduling),
    "get_time": lambda _, world: world.client() and jack.get_time(),
    "get_all_properties": lambda _, world: world.client() and jack.get_all_properties(),
    "get_properties": lambda _, world: jack.get_properties(world.client()),
    "get_property": lambda _, world: jack.get_property(world.client(), KEY),
    "position2dict": lambda _, world: jack.position2dict(jack.Position()),
    "Buffer.__buffer__": lambda buffer, world: memoryview(buffer),
    "Buffer.__getitem__": lambda buffer, world: buffer[0],
    "Buffer.__setitem__": lambda buffer, world: buffer.__setitem__(0, b"x"),
    "Client.connect": lambda c, world: c.connect(c.outports[0], "system:playback_1"),
    "Client.disconnect": lambda c, world: c.disconnect(c.outports[0], c.inports[0]),
    "Client.get_all_connections": lambda c, world: c.get_all_connections(c.inports[0]),
    "Client.get_client_name_by_uuid": lambda c, world: c.get_client_name_by_uuid(c.uuid),
    "Client.get_port_by_name": lambda c, world: c.get_port_by_name("system:capture_1"),
    "Client.get_uuid_for_client_name": lambda c, world: c.get_uuid_for_client_name(c.name),
    "Client.frames_to_time": lambda c, world: c.frames_to_time(c.frame_time),
    "Client.time_to_frames": lambda c, world: c.time_to_frames(jack.get_time()),
    "Client.port_type_buffer_size": lambda c, world: c.port_type_buffer_size(c.inports[0].type),
    "Client.request_monitor": lambda c, world: c.request_monitor("tested:in", False),
    "Client.load_internal": lambda c, world: c.load_internal("profiler"),
    "Client.get_internal": lambda c, world: (
        c.load_internal("profiler") and c.get_internal("profiler")
    ),
    "Client.reserve_client_name": lambda c, world: c.reserve_client_name(
        f"for {jack.UUID.for_client()}", jack.UUID.for_client()
    ),
    "Client.gain": lambda c, world: c.gain("in", "out", 0.5),
    "Client.meter": lambda c, world: c.meter(),
    "Client.mix": lambda c, world: c.mix(["in"], "out", 0.5),
    "Client.play": lambda c, world: c.play(BLOCK),
    "Client.playrec": lambda c, world: c.playrec(BLOCK),
    "Client.rec": lambda c, world: c.rec(16),
    "Client.set_native_callback": lambda c, world: c.set_native_callback(native),
    "Client.silence": lambda c, world: c.silence(),
    "Client.tone": lambda c, world: c.tone("out"),
    "Client.open_stream": lambda c, world: c.open_stream(1, 1),
    "Client.owns": lambda c, world: c.owns(c.inports[0]),
    "Client.release_timebase": lambda c, world: (
        c.set_timebase_callback(anything) and c.release_timebase()
    ),
    "Client.remove_property": lambda c, world: c.remove_property(c, KEY),
    "Client.remove_properties": lambda c, world: c.remove_properties(c),
    "Client.set_property": lambda c, world: c.set_property(c, KEY, "other"),
    "Client.set_freewheel": lambda c, world: c.set_freewheel(True) or c.set_freewheel(False),
    "Client.set_sync_timeout": lambda c, world: c.set_sync_timeout(2_000_000),
    "Client.set_timebase_callback": lambda c, world: c.set_timebase_callback(anything),
    "Client.transport_locate": lambda c, world: transport_locate(c),
    "Client.transport_reposition_struct": lambda c, world: (
        c.transport_reposition_struct(c.transport_query_struct()[1])
    ),
    "NativeCallback.wait": lambda handle, world: handle.wait(0),
    "OwnMidiPort.incoming_midi_events": lambda port, world: incoming_midi_events(port),
    "OwnMidiPort.areceive": lambda port, world: port.client.midi_inports[0].areceive(),
    "OwnMidiPort.fileno": lambda port, world: port.client.midi_inports[0].fileno(),
    "OwnMidiPort.iter_pending": lambda port, world: received(port).iter_pending(),
    "OwnMidiPort.receive": lambda port, world: received(port).receive(),
    "OwnMidiPort.send": lambda port, world: port.send(b"\xf8"),
    "OwnMidiPort.reserve_midi_event": lambda port, world: port.reserve_midi_event(0, 3),
    "OwnMidiPort.write_midi_event": lambda port, world: port.write_midi_event(0, b"\x90"),
    "OwnPort.connect": lambda port, world: port.connect("system:playback_1"),
    "OwnPort.is_connected_to": lambda port, world: port.is_connected_to("tested:in"),
    "OwnPort.set_latency_range": lambda port, world: port.set_latency_range(0, 0, 0),
    "Port.ensure_monitor": lambda port, world: port.ensure_monitor(False),
    "Port.latency_range": lambda port, world: port.latency_range(jack.CAPTURE_LATENCY),
    "Port.request_monitor": lambda port, world: port.request_monitor(False),
    "Port.set_alias": lambda port, world: port.set_alias("tested:second"),
    "Port.unset_alias": lambda port, world: port.unset_alias("tested:alias"),
    "UUID.__new__": lambda uuid, world: jack.UUID(uuid),
    "UUID.compare": lambda uuid, world: uuid.compare(1),
    "UUID.for_port": lambda _, world: jack.UUID.for_port(1),
    "EventQueue.__class_getitem__": lambda queue, world: type(queue)[jack.Xrun],
    "Ports.__class_getitem__": lambda ports, world: type(ports)[jack.OwnPort],
    "Ports.__contains__": lambda ports, world: "out" in ports,
    "Ports.__getitem__": lambda ports, world: ports[0],
    "Ports.register": lambda ports, world: ports.register("new"),
    "Position.__new__": lambda position, world: jack.Position(frame=1),
    "RingBuffer.peek": lambda ring, world: ring.peek(3),
    "RingBuffer.read": lambda ring, world: ring.read(3),
    "RingBuffer.read_advance": lambda ring, world: ring.read_advance(3),
    "RingBuffer.write": lambda ring, world: ring.write(b"abc"),
    "RingBuffer.write_advance": lambda ring, world: ring.write_advance(3),
    "NetAdapter.pull_and_push": lambda adapter, world: adapter.pull_and_push(BLOCK),
    "NetAdapter.push_and_pull": lambda adapter, world: adapter.push_and_pull(BLOCK),
    "Server.__enter__": lambda server, world: world.running_server.__enter__(),
    "Server.add_slave": lambda server, world: server.add_slave("loopback"),
    "Server.load_internal": lambda server, world: hosting.loading(world.running_server)[0],
    "Server.load_session_file": lambda server, world: (
        world.running_server.load_session_file(os.devnull)
    ),
    "Server.parameters_of": lambda server, world: server.parameters_of("loopback"),
    "Server.remove_slave": lambda server, world: (
        server.add_slave("loopback") or server.remove_slave("loopback")
    ),
    "Server.unload_internal": lambda server, world: hosting.loading(world.running_server)[1],
    "Status.__new__": lambda status, world: jack.Status(1),
    "Stream.awrite": lambda stream, world: stream.awrite(BLOCK),
    "Stream.process": lambda stream, world: stream.process(BLOCK),
    "Stream.write": lambda stream, world: stream.write(BLOCK),
    "TransportState.__new__": lambda state, world: jack.TransportState(1),
}
CALLS.update(threads.calls(anything, native))
CALLS.update(
    (f"{owner}.{name}", comparison(name))
    for owner in ("Buffer", "Event", "Port", "Position", "Status", "TransportState")
    for name in ("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__")
    if name in STUB.classes[owner]
)
CALLS.update(
    (f"Client.{name}", setting(name))
    for name in STUB.classes["Client"]
    if name.startswith("set_") and name.endswith("_callback")
    if f"Client.{name}" not in CALLS
)
CALLS.update(
    (f"Client.{name}", lambda client, world, call=call: call(client))
    for name, call in pyjack.CALLS.items()
)
CALLS.update(
    (name, lambda _, world, call=call: pyjack.attached_call(call, world.server_name))
    for name, call in pyjack.GLOBAL_CALLS.items()
)

# Only where JACK's memory is valid: in a process callback.
IN_THE_CYCLE = {
    "OwnMidiPort.clear_buffer",
    "OwnMidiPort.incoming_midi_events",
    "OwnMidiPort.lost_midi_events",
    "OwnMidiPort.max_event_size",
    "OwnMidiPort.reserve_midi_event",
    "OwnMidiPort.write_midi_event",
    "OwnPort.get_array",
    "OwnPort.get_buffer",
}

REFUSED = {
    "OwnMidiPort.get_array": NotImplementedError,
    "OwnMidiPort.get_buffer": NotImplementedError,
}

NOT_CALLED = {
    "_library_name": "it is not public",
    "Client.wait_closed": "it would wait; tests/server/test_event_waiting.py",
    "Client.__del__": "the interpreter calls it, and drops what it gives",
    "Client.register_other_port": "JACK2 has no such ports; tests/server/test_servers.py",
    "Client.play_file": "tests/server/test_files.py does, with a file",
    "Client.rec_file": "tests/server/test_files.py does, with a file",
    "Client.set_isolated_callback": ISOLATED,
    "Client.session_notify": "tests/server/test_sessions.py does, with a client that answers",
    "Client.remove_all_properties": "other programs' properties go too",
    "OwnMidiPort.__aiter__": "it has no end; tests/server/test_midireceive.py looks at it",
    "OwnMidiPort.__iter__": "likewise",
    "Server.start": "the process can have one running server, and the tests have it",
    "Server.switch_master": "the server must run; it would be the other tests' one",
}


def wrong(key, member, subject, world):
    """What is wrong with what `member` of `subject` gives, or None."""
    if member.kind == "constant":
        value = getattr(subject, member.name)
        same = type(value) is type(member.returns) and value == member.returns
        return None if same else f"{value!r} is not {member.returns!r}"
    if key in CALLS:
        value = CALLS[key](subject, world)
    elif member.kind == "property":
        value = getattr(subject, member.name)
    elif member.needs_arguments:
        raise LookupError("it needs arguments, and an entry in CALLS or NOT_CALLED")
    else:
        value = getattr(subject, member.name)()
    try:
        return mismatch(value, member.returns)
    finally:
        if isinstance(value, collections.abc.Coroutine | collections.abc.Generator):
            value.close()  # else it warns that nobody awaited it


def complaint(key, member, subject, world):
    """As wrong(), in a process callback where that is needed; errors are wrong, too."""
    try:
        if key not in IN_THE_CYCLE:
            return wrong(key, member, subject, world)
        job = Once(lambda frames: (wrong(key, member, subject, world),))
        subject.client.jobs.append(job)
        return job.wait()[0]
    except Exception as error:
        if type(error) is REFUSED.get(key):
            return None
        return f"{type(error).__name__}: {error}"


def members(stub, class_name):
    """(key, member) of what a class declares; of what it inherits, the properties."""
    for base in getattr(_jack, class_name).__mro__:
        for name, member in stub.classes.get(base.__name__, {}).items():
            key = f"{base.__name__}.{name}"
            declared = base.__name__ == class_name and name != "__init__"  # gives nothing
            if (declared or member.kind == "property") and key not in NOT_CALLED:
                yield key, member


def complaints(stub, class_name, world):
    """{key: what is wrong with it} of a class's members."""
    found = {}
    for key, member in members(stub, class_name):
        for subject in SUBJECTS[class_name](world):
            found.setdefault(key, complaint(key, member, subject, world))
        world.close()
    return {key: reason for key, reason in found.items() if reason}


@pytest.fixture
def world(server, embedded):
    made = World(server, embedded.server)
    yield made
    made.close()


@pytest.mark.parametrize("class_name", [n for n in STUB.classes if n not in NO_SUBJECTS])
def test_class(world, class_name):
    assert complaints(STUB, class_name, world) == {}


def test_functions(world):
    found = {
        name: complaint(name, member, jack, world)
        for name, member in STUB.functions.items()
        if name not in NOT_CALLED
    }
    assert {name: reason for name, reason in found.items() if reason} == {}


@pytest.mark.parametrize("table", [CALLS, NOT_CALLED, dict.fromkeys(IN_THE_CYCLE), REFUSED])
def test_tables_name_what_there_is(table):
    known = {f"{c}.{name}" for c, declared in STUB.classes.items() for name in declared}
    assert set(table) <= known | set(STUB.functions)


def test_tables_of_subjects_name_every_class():
    assert {*SUBJECTS, *NO_SUBJECTS} == set(STUB.classes)


# (what the stub says, what is put in its place, what must be found)
WRONG = [
    ("def frame_time(self) -> int:", "def frame_time(self) -> str:", "Client.frame_time"),
    ("def realtime(self) -> bool:", "def realtime(self) -> int:", "Client.realtime"),
    ("def cpu_load(self) -> float:", "def cpu_load(self) -> int:", "Client.cpu_load"),
    ("def outports(self) -> Ports[OwnPort]:", "def outports(self) -> Ports[MidiPort]:",
     "Client.outports"),
    ("    ) -> list[Port]:", "    ) -> list[MidiPort]:", "Client.get_ports"),
    ("def transport_query(self) -> tuple[TransportState, dict[str, Any]]:",
     "def transport_query(self) -> tuple[int, dict[str, Any]]:", "Client.transport_query"),
    ("def activate(self) -> None:", "def activate(self) -> bool:", "Client.activate"),
    ("    def cpu_load(self)", "    @property\n    def no_such_getter(self) -> int: ...\n"
     "    def cpu_load(self)", "Client.no_such_getter"),
    ("    def cpu_load(self)", "    def no_such_method(self, argument: int) -> int: ...\n"
     "    def cpu_load(self)", "Client.no_such_method"),
]  # fmt: skip


def test_what_is_wrong_in_a_stub_is_found(embedded):
    text = TEXT
    for right, changed, _ in WRONG:
        assert text.count(right) == 1
        text = text.replace(right, changed)
    world = World(embedded, embedded.server)
    try:
        found = complaints(Stub(text), "Client", world)
    finally:
        world.close()
    assert set(found) == {key for _, _, key in WRONG}
    assert "is no str" in found["Client.frame_time"]
    assert "has no attribute" in found["Client.no_such_getter"]
    assert "an entry in CALLS" in found["Client.no_such_method"]
