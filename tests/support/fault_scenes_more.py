"""More scenes of fault_scenes.py: what is used more rarely, and many small values."""

import asyncio
import contextlib
import ctypes
import pickle
import threading

import jack
from support.fault_scenes import DEADLINE, SOUND, client, end_by
from support.waiting import wait_for

BLOCK = memoryview(bytes(256)).cast("f", [64, 1])
NATIVE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_uint32, ctypes.c_void_p)
NATIVE_THREAD = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)
new_capsule = ctypes.pythonapi.PyCapsule_New
new_capsule.restype = ctypes.py_object
new_capsule.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]


@NATIVE
def native(frames, argument):
    return 0


@NATIVE_THREAD
def native_thread(cycle, argument):
    """Ends at once: what counts is how it gets there."""


def pointers(server):
    """Functions and arguments of C, in each form that is taken."""
    address = ctypes.cast(native, ctypes.c_void_p).value
    number = ctypes.c_int(5)
    capsule = new_capsule(ctypes.addressof(number), None, None)
    with client(server) as c:
        for function, argument in (
            (new_capsule(address, None, None), capsule),
            (native, ctypes.pointer(number)),
            (address, bytearray(8)),
        ):
            node = c.set_native_callback(function, argument)
            node.calls, node.result, node.ended
            node.close()
        c.set_native_process_thread(native_thread, ctypes.pointer(number))


def decorators(server):
    with client(server) as c:
        c.set_port_registration_callback(only_available=False)(lambda port, register: None)
        c.set_port_connect_callback(only_available=False)(lambda a, b, connect: None)
        c.set_port_rename_callback(only_available=False)(lambda port, old, new: None)
        c.set_timebase_callback(conditional=False)(lambda state, size, position, new: None)
        c.set_sync_callback(lambda state, position: True)
        c.activate()
        c.transport_locate(64)
        c.transport_start()
        wait_for(lambda: c.transport_state == jack.ROLLING, DEADLINE)
        c.transport_stop()


def context(server):
    """Each keyword that is a flag, and what `with` calls."""
    with jack.Client("scene", servername=server) as c:
        with contextlib.suppress(jack.JackError):
            c.set_freewheel(False)
        c.cpu_load(), c.get_client_name_by_uuid(uuid=c.uuid)
        port = c.inports.register("in", is_terminal=False)
        c.inports.clear()
        with contextlib.suppress(jack.JackError):
            c.register_other_port("video", "no such type", is_output=True, buffer_size=64)
        c.outports.register("out", is_physical=True)
        with contextlib.suppress(jack.JackError):
            c.request_monitor("system:capture_1", True)
        with contextlib.suppress(jack.JackError):
            c.get_port_by_name("system:capture_1").request_monitor(True)
        c.session_notify("/tmp/"), c.session_notify("/tmp/", jack.SESSION_SAVE, "nobody")
        c.snapshot(), c.stats.as_dict()
        with contextlib.suppress(jack.JackError):
            port.name
        c.close(ignore_errors=True)


def facts(server):
    jack.version(), jack.client_name_size(), jack.port_name_size(), jack.port_type_size()
    jack.server_running("no server of that name", 0.5)
    jack.server_running(server, timeout=1.5)
    with client(server) as c:
        jack.get_time()
        own = c.outports.register("out")
        port = c.get_port_by_name("system:capture_1")
        own.set_latency_range(jack.PLAYBACK_LATENCY, 1, 2)
        port.latency_range(jack.CAPTURE_LATENCY), port.total_latency
        port.type, port.type_id, own._address
        with contextlib.suppress(jack.JackError):
            own.set_alias("first alias"), own.set_alias("second alias")
        own.aliases, port.aliases


def connecting(server):
    """Through the port, which asks its client in turn."""
    with client(server) as c:
        own = c.outports.register("out")
        c.activate()
        own.connect("system:playback_1")
        wait_for(lambda: own.connections, DEADLINE)
        own.disconnect("system:playback_1")


def identities(server):
    one = jack.UUID.for_port(5)
    one.compare(jack.UUID.for_client()), one.index, repr(one), one.empty
    with client(server) as c:
        jack.UUID(c).compare(c)
        with contextlib.suppress(jack.JackError):
            c.reserve_client_name("reserved", jack.UUID.for_client())


def positions(server):
    position = jack.Position(
        frame=1, usecs=2, bar=3, beats_per_minute=4.5, tick_double=5.5, bar_start_tick=6.5
    )
    position.usecs, position.beats_per_minute, position.bar_start_tick, position.tick_double
    position.usecs, position.beats_per_minute = 7, 8.5
    repr(position), jack.position2dict(position)
    assert position != jack.Position(beats_per_minute=2.0, usecs=5)
    assert pickle.loads(pickle.dumps(position)) == position
    position.audio_frames_per_video_frame, position.valid = 1.5, 0x1F0  # all groups
    position.audio_frames_per_video_frame
    repr(position), jack.position2dict(position), position == jack.Position(frame=1)


def codes(server):
    for code in (jack.Status(1), jack.TransportState(0), jack.TransportState(3)):
        pickle.loads(pickle.dumps(code)), int(code), hash(code), repr(code), str(code)
    repr(jack.TransportState(77))


def rings(server):
    ring = jack.RingBuffer(64)
    ring.write(bytearray(b"abc")), ring.write([1, 2, 3])
    ring.write_buffers[0][:3] = b"xyz"
    ring.write_advance(3), ring.read_advance(2), ring.size, ring.write_space, ring.read_space
    buffer = ring.read(4)
    buffer[0] = 7
    buffer[0:2] = b"\x01\x02"
    buffer[1], buffer[-1:], repr(buffer), list(buffer)
    with contextlib.suppress(jack.JackError):
        ring.mlock()
    with contextlib.suppress(ValueError):
        ring.write_advance(1000)


def numbers_refused(server):
    with client(server) as c:
        for value in (2**40, -1, "1", 1.5):
            with contextlib.suppress(TypeError, ValueError, OverflowError, jack.JackError):
                c.set_sync_timeout(value)
            with contextlib.suppress(TypeError, ValueError, OverflowError, jack.JackError):
                c.frames_to_time(value)


def nodes(server):
    with client(server) as c:
        for side in "lr":
            c.inports.register(f"in_{side}"), c.outports.register(f"out_{side}")
        c.activate()
        with c.tone("out_l", frequency=440, amplitude=0.1) as tone:
            tone.frequency, tone.amplitude
            tone.frequency, tone.amplitude = 220, 0.2
        with c.meter(["in_l", "in_r"]) as meter:
            meter.peak, meter.rms
            meter.reset()
        with c.mix(["in_l", "in_r"], "out_r", [0.5, 0.25]) as mixer:
            mixer.gains
            mixer.gains = [0.1, 0.2]
            mixer.gains = 0.3
        c.silence(["out_l"]).close()


def shapes_refused(server):
    with client(server) as c:
        c.outports.register("out")
        c.activate()
        with contextlib.suppress(ValueError, TypeError, jack.JackError):
            c.play(memoryview(bytes(24)).cast("B").cast("f", [1, 2, 3]))
        with c.open_stream(1, 1, lookahead=2) as stream:
            stream.start()
            for block in (SOUND, memoryview(bytes(24)).cast("B").cast("f", [1, 2, 3])):
                with contextlib.suppress(ValueError, jack.JackError):
                    stream.write(block, timeout=DEADLINE)
            stream.lookahead, repr(stream)


def sound_apart(server):
    """Longer than a look for Ctrl-C; recordings that are looked into before they end."""
    with client(server) as c:
        c.inports.register("in"), c.outports.register("out")
        c.activate()
        recording = c.rec(48000 * 60, 1)
        try:
            recording.wait(0.12)
            recording.frames_done, recording.samplerate, recording.fileno()
            recording.stop()
            recording.wait(DEADLINE)
            recording.result
        finally:
            recording.close()
        c.play(BLOCK, loop=False)


def waiting(server):
    """Until the deadline, which takes several looks for Ctrl-C."""
    with client(server) as c:
        c.activate()
        into, out = c.midi_inports.register("in"), c.midi_outports.register("out")
        with contextlib.suppress(TimeoutError):
            into.receive(0.12)
        with contextlib.suppress(TimeoutError):
            c.wait_closed(0.12)
        with c.events(jack.Xrun) as queue, contextlib.suppress(TimeoutError):
            queue.lost
            queue.get(0.12)
        with c.open_stream(1, 1, lookahead=2) as stream:
            stream.start()
            with contextlib.suppress(TimeoutError, jack.JackError):
                stream.read(4096, timeout=0.06)
            wait_for(lambda: c.stats.cycles > 5, DEADLINE)
            for _ in range(3):
                with contextlib.suppress(TimeoutError, jack.JackError):
                    stream.read(timeout=1)
                with contextlib.suppress(TimeoutError, jack.JackError):
                    stream.write(BLOCK, timeout=1)
        out.unregister(), into.unregister()


def process_threads(server):
    """Loops around a cycle, and threads of JACK's."""
    with client(server) as c:
        frames = []

        @c.set_process_thread
        def loop():
            while frames_now := c.cycle_wait():
                frames.append(frames_now)
                c.cycle_signal(0)

        c.activate()
        wait_for(lambda: len(frames) > 2 or c.stats.cycles > 10, DEADLINE)
        thread = c.create_thread(lambda *args: None, args=[1, 2], realtime=False)
        thread.ident, thread.is_alive()
        thread.join(DEADLINE)
        c.deactivate()


def awaiting(server):
    """Coroutines, which are Python's, and what they are made with."""

    async def go():
        with client(server) as c:
            into, out = c.midi_inports.register("in"), c.midi_outports.register("out")
            c.outports.register("sound")
            c.activate()
            c.connect(out, into)
            wait_for(lambda: out.connections, DEADLINE)
            out.send(b"\x90\x40\x40"), out.send(bytes([0xF0, *[1] * 600, 0xF7]))
            await asyncio.wait_for(into.areceive(), DEADLINE)
            async for event in into:
                break
            await asyncio.wait_for(c.play(BLOCK), DEADLINE)
            with c.events() as queue:
                c.inports.register("new")
                await asyncio.wait_for(queue.aget(), DEADLINE)
                c.inports.register("newer")
                async for event in queue:
                    break
            with c.open_stream(1, 1, lookahead=4) as stream:
                stream.start()
                with contextlib.suppress(jack.JackError):
                    await asyncio.wait_for(stream.aread(64), DEADLINE)

    with contextlib.suppress(asyncio.TimeoutError):
        asyncio.run(go())


def detached_more(server):
    """What a detached callback asks for within its block."""
    with client(server) as c:
        into, out = c.inports.register("in"), c.outports.register("out")
        midi_in, midi_out = c.midi_inports.register("in_m"), c.midi_outports.register("out_m")
        done = []

        def process(frames):
            c.last_frame_time, c.frames_since_cycle_start
            out.get_buffer()[:] = into.get_buffer()
            midi_out.clear_buffer()
            midi_out.write_midi_event(0, bytearray(b"\x90\x40\x40"))
            midi_out.write_midi_event(1, [0x80, 0x40, 0x40])
            done.extend(midi_in.incoming_midi_events())

        c.set_process_callback(process, lookahead=2)
        c.set_blocksize_callback(lambda size: None)
        c.activate()
        c.connect(midi_out, midi_in)
        wait_for(lambda: done or c.stats.cycles > 20, DEADLINE)
        c.deactivate()


def raising(server):
    """The callback that ends, and the outputs that fall silent then."""
    with client(server) as c:
        c.outports.register("out"), c.midi_outports.register("m")

        def process(frames):
            raise MemoryError

        c.set_process_callback(process, switch_interval=0.001)
        c.activate()
        wait_for(lambda: c.stats.cycles > 3, DEADLINE)
        c.deactivate()


def internals_refused(server):
    with client(server) as c:
        for call in (
            lambda: c.load_internal("none such", "no_such_module", "x", use_exact_name=True),
            lambda: c.get_internal("none such"),
        ):
            with contextlib.suppress(jack.JackError):
                call()
        loaded = c.load_internal("profiler")
        try:
            loaded.handle, loaded.loaded, loaded.client
        finally:
            end_by(loaded.unload)
        with contextlib.suppress(jack.JackError):
            loaded.unload()


def messages(server):
    """Messages on their way to a function of ours, and to none."""
    said = []
    jack.set_error_function(said.append), jack.set_info_function(said.append)
    try:
        for _ in range(2):
            with contextlib.suppress(jack.JackError):
                jack.Client("scene", servername="no server of that name", no_start_server=True)
            with client(server) as c, contextlib.suppress(jack.JackError):
                c.connect("a:b", "c:d")
    finally:
        jack.set_error_function(), jack.set_info_function()
    with client(server) as c, contextlib.suppress(jack.JackError):
        c.connect("a:b", "c:d")


def several_threads(server):
    """Clients of two threads at once: the lists of what is open grow and shrink."""

    def live():
        with contextlib.suppress(MemoryError, jack.JackError), client(server, "beside") as c:
            c.activate()

    thread = threading.Thread(target=live)
    thread.start()
    try:
        with client(server) as c:
            queues = [c.events() for _ in range(3)]
            for queue in queues:
                queue.close()
    finally:
        thread.join(DEADLINE)


SCENES = [pointers, decorators, context, facts, connecting, identities, positions, codes, rings]
SCENES += [numbers_refused, nodes, shapes_refused, sound_apart, waiting, process_threads, awaiting]
SCENES += [detached_more, raising, internals_refused, messages, several_threads]
