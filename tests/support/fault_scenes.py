"""What the allocation faults of support.alloc_faults happen in: scenes of a program.

Each is called with a server's name, cleans up after itself whatever fails in it, and gives
nothing.  Python's own work in them is kept small: what counts are the calls of the package.
"""

import array
import contextlib
import ctypes
import importlib.util
import select
import warnings

import jack
from jack import _jack
from support.waiting import wait_for

KEY = "http://example.org/rtjack/faults"
SOUND = memoryview(array.array("f", [0.0] * 512)).cast("B").cast("f", [256, 2])
DEADLINE = 10


@contextlib.contextmanager
def client(server, name="scene", **options):
    opened = jack.Client(name, servername=server, **options)
    try:
        yield opened
    finally:
        end_by(opened.close)


def end_by(call):
    """An end that fails for want of memory may be called again."""
    try:
        call()
    except MemoryError:
        call()
        raise


def ports(server):
    with client(server) as c:
        for kind in (c.inports, c.outports, c.midi_inports, c.midi_outports):
            name = f"one {id(kind)}"
            one = kind.register(name)
            kind.register(name + "b", is_terminal=True)
            assert one in kind and kind[0] is one and kind[-1].name and len(kind) == 2
            repr(kind), list(kind), kind[0:1], repr(one), hash(one), one == kind[1]
            one.shortname, one.aliases, one.uuid, one.type, one.is_physical
            kind[1].unregister()
        c.inports.clear()


def graph(server):
    with client(server) as c, client(server, "other") as other:
        out = c.outports.register("out")
        into = other.inports.register("in")
        out.set_alias("scene:alias")
        c.activate(), other.activate()
        c.connect(out, into)
        wait_for(lambda: out.is_connected_to(into), DEADLINE)
        c.get_ports("o", is_audio=True, is_output=True), c.get_ports(is_midi=True)
        assert c.get_ports("scene:out") == [out]
        c.get_port_by_name("other:in"), c.owns(out), out.connections, out.number_of_connections
        c.get_all_connections(out), out.is_connected_to("other:in")
        out.unset_alias("scene:alias")
        out.shortname = "renamed"
        c.snapshot(properties=False)
        other.disconnect(out, into)
        into.disconnect()


def attributes(server):
    with client(server) as c:
        c.activate()
        for attribute in dir(type(c)):
            if isinstance(getattr(type(c), attribute), type(type(c).name)):
                with contextlib.suppress(jack.JackError):
                    getattr(c, attribute)
        c.cycle_times(), c.transport_query(), c.transport_query_struct(), c.stats
        c.get_uuid_for_client_name("scene"), c.get_client_name_by_uuid(c.uuid)
        c.frames_to_time(1), c.time_to_frames(1), c.port_type_buffer_size("32 bit float mono audio")
        repr(c), repr(c.status), repr(c.stats), jack.position2dict(jack.Position(frame=1))
        jack.client_pid("scene"), jack.version_string(), jack.UUID(c), hash(jack.UUID(5))
        jack.server_running(server)


def transport(server):
    with client(server) as c:
        c.set_timebase_callback(lambda state, size, position, new: None)
        c.activate()
        c.transport_start()
        wait_for(lambda: c.transport_state == jack.ROLLING, DEADLINE)
        c.transport_frame = 100
        state, position = c.transport_query_struct()
        position.frame, position.bar, repr(position), jack.position2dict(position)
        c.transport_reposition_struct(position)
        c.set_sync_timeout(2_000_000)
        c.transport_stop()
        c.release_timebase()


def callbacks(server):
    with client(server) as c:
        seen = []
        into, out = c.inports.register("in"), c.outports.register("out")
        c.set_process_callback(lambda frames: seen.append(copy(into, out)))
        c.set_freewheel_callback(lambda starting: None)
        c.set_blocksize_callback(lambda size: None)
        c.set_samplerate_callback(lambda rate: None)
        c.set_client_registration_callback(lambda name, register: None)
        c.set_port_registration_callback(lambda port, register: None)
        c.set_port_connect_callback(lambda a, b, connect: None)
        c.set_port_rename_callback(lambda port, old, new: None)
        c.set_graph_order_callback(lambda: None)
        c.set_xrun_callback(lambda delay: None)
        c.set_latency_callback(lambda mode: None)
        c.set_property_change_callback(lambda subject, key, change: None)
        c.set_shutdown_callback(lambda status, reason: None)
        c.set_thread_init_callback(lambda: None)
        c.activate()
        with client(server, "other") as other:
            other_in = other.inports.register("in")
            other_in.shortname = "new"
            other.activate()
            c.connect(out, other_in)
            # A callback that lacked memory is not called again.
            wait_for(lambda: seen or c.stats.cycles > 5, DEADLINE)
        c.set_property(c, KEY, "value")
        c.remove_properties(c)
        c.deactivate()


def copy(into, out):
    out.get_buffer()[:] = into.get_buffer()
    return out.get_array()


def events(server):
    with client(server) as c:
        c.activate()
        with c.events() as queue:
            port = c.inports.register("in")
            port.shortname = "new"
            c.connect("system:capture_1", port)
            c.set_property(c, KEY, "value")
            with client(server, "other"):
                pass
            while True:
                with contextlib.suppress(TimeoutError):
                    event = queue.get(DEADLINE)
                    repr(event), hash(event), event == event
                    if isinstance(event, jack.ClientRegistered) and not event.registered:
                        break
            queue.fileno(), queue.closed


def streams(server):
    with client(server) as c:
        c.activate()
        with c.open_stream(inputs=2, outputs=["l", "r"], lookahead=4) as stream:
            stream.start()
            for _ in range(3):
                with contextlib.suppress(jack.InputSyncError, jack.OutputSyncError):
                    stream.write(SOUND, timeout=DEADLINE)
                    stream.read(256, timeout=DEADLINE)
            stream.stats, stream.latency, stream.inports, stream.outports, repr(stream)
            select.select([stream.fileno()], [], [], DEADLINE)
            stream.write_fileno(), stream.read_available, stream.write_available
            stream.stop()


def playing(server):
    with client(server) as c:
        c.activate()
        for register, kind in ((c.outports, "out"), (c.inports, "in")):
            for side in "lr":
                register.register(f"{kind}_{side}")
        c.play(SOUND).wait(DEADLINE)
        recorded = c.rec(256)
        recorded.wait(DEADLINE)
        recorded.result, recorded.frames, recorded.done, recorded.start_time
        c.playrec(SOUND).wait(DEADLINE)
        for node in (c.tone("out_l"), c.meter(), c.silence(), c.gain("in_l", "out_r", 0.5)):
            repr(node)
            node.close()


def midi(server):
    with client(server) as c:
        out, into = c.midi_outports.register("out"), c.midi_inports.register("in")
        c.activate()
        c.connect(out, into)
        wait_for(lambda: out.connections, DEADLINE)
        into.fileno()
        out.send(b"\x90\x40\x40")
        out.send([0xF0, *range(100), 0xF7])
        for _ in range(2):
            into.receive(DEADLINE)
        list(into.iter_pending()), out.stats, into.stats


def midi_in_callback(server):
    with client(server) as c:
        out, into = c.midi_outports.register("out"), c.midi_inports.register("in")
        got = []

        @c.set_process_callback
        def process(frames):
            out.clear_buffer()
            out.write_midi_event(0, b"\x90\x40\x40")
            out.reserve_midi_event(1, 3)[:] = b"\x80\x40\x40"
            got.extend(into.incoming_midi_events())
            out.max_event_size, out.lost_midi_events

        c.activate()
        c.connect(out, into)
        wait_for(lambda: got or c.stats.cycles > 10, DEADLINE)


def detached(server):
    with client(server) as c:
        c.inports.register("in"), c.outports.register("out")
        c.midi_inports.register("in_m"), c.midi_outports.register("out_m")
        done = []
        c.set_process_callback(lambda frames: done.append(frames), lookahead=2)
        c.activate()
        wait_for(lambda: done or c.stats.cycles > 10, DEADLINE)
        c.deactivate()


@ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_uint32, ctypes.c_void_p)
def native(frames, argument):
    return 0


def threads(server):
    with client(server) as c:
        c.set_native_callback(native).close()
        c.create_thread(lambda: None).join(DEADLINE)
        c.set_process_thread(lambda: None)
        c.activate()
        c.deactivate()


def metadata(server):
    with client(server) as c:
        port = c.inports.register("in")
        for subject in (c, port):
            c.set_property(subject, KEY, "value", "text/plain")
            jack.get_property(subject, KEY), jack.get_properties(subject)
        jack.get_all_properties()
        c.remove_property(port, KEY)
        c.remove_properties(c)


def internals(server):
    with client(server) as c:
        loaded = c.load_internal("profiler")
        try:
            loaded.name, repr(loaded), c.get_internal("profiler")
        finally:
            end_by(loaded.unload)


@contextlib.contextmanager
def attached():
    jack.attach("scene")
    try:
        yield
    finally:
        end_by(jack.detach)


def pyjack(server):
    with attached():
        jack.register_port("in", jack.IsInput), jack.register_port("out", jack.IsOutput)
        jack.activate()
        own_out, own_in = (f"{jack.get_client_name()}:{side}" for side in ("out", "in"))
        jack.connect(own_out, own_in), jack.get_ports(), jack.get_connections(own_out)
        out, into = (array.array("f", [0.0] * jack.get_buffer_size()) for _ in range(2))
        shape = [1, jack.get_buffer_size()]
        with contextlib.suppress(jack.InputSyncError, jack.OutputSyncError):
            jack.process(*(memoryview(a).cast("B").cast("f", shape) for a in (out, into)))
        jack.check_events(), jack.get_port_short_name(own_in), jack.get_port_flags(own_in)
        jack.disconnect(own_out, own_in)
        jack.deactivate()


def values(server):
    ring = jack.RingBuffer(64)
    ring.write(b"abcdefgh"), ring.peek(2), ring.read(4), ring.read_buffers, ring.write_buffers
    buffer = ring.read(4)
    buffer[0], buffer[:], bytes(buffer), memoryview(buffer), repr(buffer), buffer == b"efgh"
    jack.Status(1), repr(jack.Status(3)), jack.TransportState(1), repr(jack.TransportState(1))
    position = jack.Position(frame=1, bar=2, beat=3)
    repr(position), position == jack.Position()
    jack.set_error_function(print), jack.set_error_function(None)
    for wrong in ("5", 2**70, -1):
        with contextlib.suppress(TypeError, ValueError, OverflowError, jack.JackError):
            jack.UUID(wrong)


def refusals(server):
    """Errors that have to be made up are made of memory, too."""
    wrong = (
        lambda: jack.Client("scene", servername=server, use_exact_name=3, nothing=1),
        lambda: jack.Client("x" * 2000, servername=server),
        lambda: jack.Client("scene", servername="no server of that name", no_start_server=True),
        lambda: jack.Client(7),
        lambda: jack.RingBuffer("a"),
        lambda: jack.Server(driver="none"),
        lambda: jack.Server(wrong=1),
        lambda: jack.get_property(1, KEY),
        lambda: jack.server_running(4),
    )
    for call in wrong:
        with contextlib.suppress(TypeError, ValueError, jack.JackError, OSError):
            call()
    with client(server) as c:
        for call in (
            lambda: c.connect("a:b", "c:d"),
            lambda: c.get_port_by_name("none:such"),
            lambda: c.inports.register("a" * 400),
            lambda: c.outports.register(5),
            lambda: c.play(b"abc"),
            lambda: c.open_stream(-1),
            lambda: c.set_process_callback(5),
            lambda: c.midi_outports.register("m").send(b"\x00"),
            lambda: c.midi_outports.register("m"),
        ):
            with contextlib.suppress(TypeError, ValueError, jack.JackError):
                call()
    with contextlib.suppress(jack.JackError):
        c.activate()


def servers(server):
    """Parameters alone: a process runs one server, which is there already."""
    other = jack.Server(samplerate=44100, blocksize=128)
    other.parameters, other.drivers, other.internals, other.parameters_of("loopback")
    other.add_slave("loopback"), other.slaves, other.remove_slave("loopback")
    str(other.parameters["rate"]), repr(other), other.name, other.driver


def importing(server):
    """The module once more: each of its objects is made anew."""
    spec = importlib.util.spec_from_file_location("jack._jack", _jack.__file__)
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    finally:
        if hasattr(module, "_close_all"):
            module._close_all()


SCENES = [ports, graph, attributes, transport, callbacks, events, streams, playing, midi]
SCENES += [midi_in_callback, detached, threads, metadata, internals, pyjack, values, refusals]
SCENES += [servers]
LAST = [importing]  # it closes all that the process has
warnings.simplefilter("ignore", DeprecationWarning)
