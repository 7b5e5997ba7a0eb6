"""Every public call, many times on the same objects.

How each is called is what tests/server/test_stub_values.py has; what can't be called that
way again and again has a row here, which leaves things as it found them.
"""

import ast
import asyncio
import collections.abc
import contextlib
import functools
import os
import pathlib
import runpy

import jack
from support import pyjack
from support.waiting import wait_for

ROOT = pathlib.Path(__file__).parents[2]
values = runpy.run_path(str(ROOT / "tests" / "server" / "test_stub_values.py"))
STUB, KEY, BLOCK = (values[name] for name in ("STUB", "KEY", "BLOCK"))
SUBJECTS = {**values["SUBJECTS"], "": lambda world: [jack]}
NEW = "http://example.org/rtjack/again"


class Lasting(values["World"]):
    """The same objects in each round."""

    def __init__(self, server, hosted=None):
        super().__init__(server, hosted)
        self._kept = {}
        self.loop = asyncio.new_event_loop()

    def keep(self, name, make):
        if name not in self._kept:
            self._kept[name] = make()
        return self._kept[name]

    def open(self, name):
        return self.keep(name, lambda: super(Lasting, self).open(name))

    def client(self):
        return self.keep("client()", super().client)

    def detached(self):
        """The module, with the server as default one."""
        os.environ["JACK_DEFAULT_SERVER"] = self.server_name
        return jack

    def attached(self):
        """The module, attached to the server."""
        self.keep("attach", lambda: self.detached().attach("calls") or jack)
        return jack

    def run(self, coroutine):
        return self.loop.run_until_complete(asyncio.wait_for(coroutine, 20))

    def close(self):
        if "attach" in self._kept:
            with contextlib.suppress(jack.NotConnectedError):
                jack.detach()
        super().close()
        self._kept.clear()
        self.loop.close()


def connect(client):
    client.connect(client.outports[0], "system:playback_1")
    client.disconnect(client.outports[0], "system:playback_1")


def alias(port, world):
    port.set_alias("tested:second")
    port.unset_alias("tested:second")


def register(ports):
    ports.register("new").unregister()


def load(client, *_):
    client.load_internal("profiler").unload()


def reload(internal, world):
    """The one that is there first."""
    world.keep("unloaded", internal.unload)
    load(world.client())


def turn(adapter, *_):
    adapter.pull_and_push(BLOCK)
    adapter.push_and_pull(BLOCK)


def exchange(api):
    with contextlib.suppress(*pyjack.SYNC):
        api.process(pyjack.zeros(0), pyjack.zeros(1, api.get_buffer_size()))


def exchange_of(client, world):
    world.keep("stub", lambda: client.register_port("stub", jack.IsInput))
    exchange(client)


def exchange_attached(world):
    api = world.attached()
    world.keep("stub", lambda: (api.register_port("stub", jack.IsInput), api.activate()))
    exchange(api)


def port_of_pyjack(api):
    api.register_port("again", jack.IsInput)
    api.unregister_port("again")


def wire(api):
    api.connect(pyjack.PORT, "system:playback_2")
    api.disconnect(pyjack.PORT, "system:playback_2")


def stir(queue):
    """Two events for the queue."""
    queue.client.inports.register("again").unregister()


def heard(queue, get):
    stir(queue)
    get(), get()


def written(port, stream_call, world):
    with contextlib.suppress(*pyjack.SYNC):
        return stream_call(port)


def sent(port):
    """A message that comes to the input that the output is connected with."""
    into = port.client.midi_inports[0]
    into.fileno()
    port.send(b"\xf8", timeout=20)
    return into



def realtime(world):
    world.client()
    return values["in_a_thread"](values["realtime_if_allowed"])


def ring(call):
    def again(ring, world):
        ring.write(b"abc")
        call(ring)
        ring.read_advance(ring.read_space - 8 if ring.read_space > 8 else 0)

    return again


def change(ports, world):
    ports.register("new")
    for port in list(ports)[1:]:
        port.unregister()


def properties(client, world):
    client.set_property(client, NEW, "value")
    client.remove_property(client, NEW)


def cleared(client, world):
    client.set_property(client, NEW, "value")
    client.remove_properties(client)


# How to call again and again what stands in the tables otherwise, or not at all.
AGAIN = {
    "InternalClient.unload": reload,
    "InternalClient.__exit__": reload,
    "Client.load_internal": load,
    "Client.get_internal": lambda client, world: (
        world.keep("profiler", lambda: client.load_internal("profiler"))
        and client.get_internal("profiler")
    ),
    "Client.connect": lambda client, world: connect(client),
    "Client.disconnect": lambda client, world: connect(client),
    "Client.deactivate": lambda client, world: (client.deactivate(), client.activate())[0],
    "Client.activate": lambda client, world: (client.deactivate(), client.activate())[0],
    "Client.process": exchange_of,
    "Client.register_port": lambda client, world: port_of_pyjack(client),
    "Client.unregister_port": lambda client, world: port_of_pyjack(client),
    "Client.get_connections": lambda client, world: client.get_connections(client.outports[0]),
    "Client.set_property": properties,
    "Client.remove_property": properties,
    "Client.remove_properties": cleared,
    "Client.remove_all_properties": lambda client, world: (
        client.set_property(client, NEW, "value"), client.remove_all_properties()
    )[0],
    "Client.wait_closed": lambda client, world: client.wait_closed(0),
    "Client.session_notify": lambda client, world: client.session_notify("/", target="no"),
    "Port.set_alias": alias,
    "Port.unset_alias": alias,
    "OwnPort.connect": lambda port, world: connect(port.client),
    "OwnPort.disconnect": lambda port, world: (
        port.connect("system:playback_1"), port.disconnect("system:playback_1")
    )[0],
    "OwnPort.unregister": lambda port, world: register(port.client.outports),
    "OwnMidiPort.send": lambda port, world: sent(port) and None,
    "OwnMidiPort.receive": lambda port, world: sent(port).receive(20),
    "OwnMidiPort.areceive": lambda port, world: world.run(sent(port).areceive()),
    "OwnMidiPort.iter_pending": lambda port, world: list(sent(port).iter_pending()),
    "OwnMidiPort.__iter__": lambda port, world: next(iter(sent(port))),
    "OwnMidiPort.__aiter__": lambda port, world: world.run(anext(aiter(sent(port)))),
    "Ports.register": lambda ports, world: register(ports),
    "Ports.clear": change,
    "RingBuffer.write": ring(lambda ring: None),
    "RingBuffer.read": ring(lambda ring: ring.read(3)),
    "RingBuffer.read_advance": ring(lambda ring: None),
    "RingBuffer.write_advance": ring(lambda ring: ring.write_advance(3)),
    "NetAdapter.pull_and_push": turn,
    "NetAdapter.push_and_pull": turn,
    "Server.add_slave": lambda server, world: (
        server.add_slave("loopback"), server.remove_slave("loopback")
    )[0],
    "EventQueue.get": lambda queue, world: heard(queue, lambda: queue.get(20)),
    "EventQueue.__next__": lambda queue, world: heard(queue, lambda: next(queue)),
    "EventQueue.aget": lambda queue, world: heard(queue, lambda: world.run(queue.aget())),
    "EventQueue.__anext__": lambda queue, world: heard(queue, lambda: world.run(anext(queue))),
    "attach": lambda _, world: (world.detached().attach("calls"), jack.detach())[0],
    "detach": lambda _, world: (world.detached().attach("calls"), jack.detach())[0],
    "activate": lambda _, world: (world.attached().activate(), jack.deactivate())[0],
    "deactivate": lambda _, world: (world.attached().activate(), jack.deactivate())[0],
    "process": lambda _, world: exchange_attached(world),
    "register_port": lambda _, world: port_of_pyjack(world.attached()),
    "unregister_port": lambda _, world: port_of_pyjack(world.attached()),
    "connect": lambda _, world: wire(world.attached()),
    "disconnect": lambda _, world: wire(world.attached()),
    "get_connections": lambda _, world: world.attached().get_connections(pyjack.PORT),
    "acquire_real_time_scheduling": lambda _, world: realtime(world),
    **{
        f"Stream.{name}": lambda stream, world, name=name: written(
            stream, lambda stream: world.run(getattr(stream, name)(BLOCK if "w" in name else 16)),
            world,
        )
        for name in ("aread", "awrite")
    },
    **{
        f"Stream.{name}": lambda stream, world, name=name: written(
            stream, lambda stream: getattr(stream, name)(BLOCK), world
        )
        for name in ("write", "process")
    },
    "Stream.read": lambda stream, world: written(stream, lambda s: s.read(16), world),
}  # fmt: skip
AGAIN.update(
    (name, lambda _, world, call=call: call(world.attached()))
    for name, call in pyjack.GLOBAL_CALLS.items()
    if name not in AGAIN
)

# Each round opens a client or has a process thread started, a server load something, or
# waits for two changes of the driver: as many rounds as of whole lives.
WHOLE = {
    "Client.set_process_thread",
    "Client.set_native_process_thread",
    "Client.cycle_wait",
    "Client.cycle_signal",
    "Client.set_freewheel",
    "Client.load_internal",
    "InternalClient.unload",
    "InternalClient.__exit__",
    "Server.load_internal",
    "Server.unload_internal",
    "attach",
    "detach",
}

# Not again and again, and what shows it instead.
ELSEWHERE = {
    "Client.__del__": "the lives of clients that nobody closes",
    "Client.play_file": "the lives with files",
    "Client.rec_file": "the lives with files",
    "Client.set_isolated_callback": "the isolated lives",
    "Client.register_other_port": "JACK2 has no such ports",
    "Server.start": "the hosting lives",
    "Server.switch_master": "it changes the driver; tests/server/test_server_control.py",
    "_library_name": "it is not public",
}

# Python has it as a method since 3.12.
BY_SYNTAX = {"Buffer.__buffer__"}

# Properties that can be set, and to what: what they give, if not here.
SET = {"gains": 0.25, "shortname": "renamed", "blocksize": 64, "transport_frame": 0}


@functools.cache
def setters():
    """"Class.name" of each property that the stub lets set."""
    found = []
    for node in ast.parse(values["TEXT"]).body:
        for part in getattr(node, "body", ()) if isinstance(node, ast.ClassDef) else ():
            decorators = [ast.unparse(d) for d in getattr(part, "decorator_list", ())]
            if any(decorator.endswith(".setter") for decorator in decorators):
                found.append(f"{node.name}.{part.name}")
    return found


def members(class_name):
    """{key: member} of a class's own, called or read."""
    skipped = {key for key in values["NOT_CALLED"] if key not in AGAIN}
    assert skipped <= set(ELSEWHERE), skipped - set(ELSEWHERE)
    declared = STUB.classes[class_name] if class_name else STUB.functions
    prefix = f"{class_name}." if class_name else ""
    for name, member in declared.items():
        key = prefix + name
        if key not in skipped and key not in ELSEWHERE:
            if name != "__init__" and member.kind != "constant":
                yield key, member


def given(key, member, subject, world):
    """What the call gives."""
    if key in AGAIN:
        return AGAIN[key](subject, world)
    if key in values["CALLS"]:
        return values["CALLS"][key](subject, world)
    value = getattr(subject, member.name)
    return value if member.kind == "property" else value()


def let_go(value, subject, world):
    """What the call made goes, though its client would keep it."""
    if isinstance(value, jack.Thread):
        value.join()
    made = jack.Node | jack.Stream | jack.EventQueue | collections.abc.Coroutine
    if isinstance(value, made | collections.abc.Generator) and value is not subject:
        value.close()


def once(key, member, subject, world):
    try:
        let_go(given(key, member, subject, world), subject, world)
    except values["REFUSED"].get(key, ()):
        pass


def in_cycles(client, call):
    """run(n): n calls in the client's process callback, up to a hundred in one block."""

    def run(rounds):
        done, errors = [], []
        left = rounds

        def job(frames):
            nonlocal left
            if done:
                return
            try:
                client.midi_outports[0].clear_buffer()
                for _ in range(min(left, 100)):
                    call()
                left -= min(left, 100)
            except BaseException as error:
                errors.append(error)
                left = 0
            if not left:
                done.append(True)

        client.jobs[:] = [job]
        wait_for(lambda: done, 60)
        client.jobs.clear()
        if errors:
            raise errors[0]

    return run


def times(call):
    def run(rounds):
        for _ in range(rounds):
            call()

    return run


def things(subject, world):
    """What a call could forget to let go of, or let go of once too often."""
    singletons = {"None": None, "True": True, "False": False, "()": (), "''": "", "b''": b""}
    own = {"the subject": subject, "its type": type(subject), "BLOCK": BLOCK, "the key": KEY}
    classes = {f"jack.{name}": getattr(jack, name) for name in ("Client", "Port", "UUID")}
    functions = {"the callback": values["anything"], "the function": values["native"]}
    return {**singletons, **own, **classes, **functions}


# What makes a NumPy array. In a debug build of Python its wheels, made for others, don't count
# what they take and give, so the sum of all references grows with each array.
ARRAYS = ("Client.rec", "Client.playrec", "Stream.read")


def telling(name, grown):
    """Of what footprint.grows() has found with that call, what tells something of it."""
    return {w: by for w, by in grown.items() if w != "all references" or name not in ARRAYS}


def refused(method):
    """Calls with what is wrong: what hardly anything takes, and too much of it."""

    def call():
        for arguments in ((object(),), (object(),) * 9):
            with contextlib.suppress(Exception):
                value = method(*arguments)
                if isinstance(value, collections.abc.Coroutine):
                    value.close()

    return call


def names(class_name):
    """What there is to call of a class, or of the module's functions for ""."""
    found = [key for key, _ in members(class_name)]
    found += [f"{key} =" for key in setters() if key.startswith(f"{class_name}.")]
    methods = [key for key, member in members(class_name) if member.kind == "method"]
    return found + [f"{key} refused" for key in methods if key not in BY_SYNTAX]


def call(class_name, name, world):
    """(run, subject) of one of these: run(n) calls it n times."""
    subject = next(iter(SUBJECTS[class_name](world)))
    key, _, how = name.partition(" ")
    attribute = key.rpartition(".")[2]
    if how == "=":
        value = SET[attribute] if attribute in SET else getattr(subject, attribute)
        return times(functools.partial(setattr, subject, attribute, value)), subject
    if how == "refused":
        return times(refused(getattr(subject, attribute))), subject
    member = dict(members(class_name))[key]
    one = functools.partial(once, key, member, subject, world)
    if key in values["IN_THE_CYCLE"]:
        return in_cycles(subject.client, one), subject
    return times(one), subject
