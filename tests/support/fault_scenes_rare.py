"""Scenes of fault_scenes.py that take pains to get somewhere."""

import contextlib
import ctypes
import gc
import importlib.util
import signal
import sys
import threading
import time

import jack
from jack import _jack
from support.fault_scenes import DEADLINE, client, end_by
from support.fault_scenes_hosting import hosted
from support.fault_scenes_more import BLOCK, NATIVE
from support.forgotten import Forgotten, collecting
from support.waiting import wait_for


@NATIVE
def ends(frames, argument):
    return 7


def joining(server):
    """Ports of libjack's own making: with a node their client leaves and comes back."""
    libjack = ctypes.CDLL("libjack.so.0")
    audio = b"32 bit float mono audio"
    with client(server) as c:
        c.activate()
        handle = ctypes.c_void_p(c._address)
        for name, flags, size in (b"out", 2, 0), (b"in", 1, 0):
            assert libjack.jack_port_register(
                handle, name, audio, ctypes.c_ulong(flags), ctypes.c_ulong(size)
            )
        links = (f"{c.name}:out", "system:playback_1"), ("system:capture_1", f"{c.name}:in")
        for source, destination in links:
            c.connect(source, destination)
        wait_until_connected(c, links)
        c.open_stream(0, 1).close()
        wait_until_connected(c, links)


def wait_until_connected(c, links):
    for source, destination in links:
        port = c.get_port_by_name(source)
        wait_for(lambda: destination in [p.name for p in c.get_all_connections(port)], DEADLINE)


def unloaded_twice(server):
    with client(server) as c:
        loaded = c.load_internal("profiler")
        same = c.get_internal("profiler")
        end_by(loaded.unload)
        with contextlib.suppress(jack.JackError):
            same.unload()


def unloaded_at_once(server):
    """By two clients: who comes second is told so by JACK, or finds nothing."""
    with client(server) as c, client(server, "other") as other:
        for _ in range(10):
            both = c.load_internal("profiler"), other.get_internal("profiler")
            ends = [threading.Thread(target=unload, args=(one,)) for one in both]
            for end in ends:
                end.start()
            for end in ends:
                end.join()


def unload(internal):
    with contextlib.suppress(jack.JackError, MemoryError):
        internal.unload()


def other_kinds(server):
    """Ports that are neither audio nor MIDI, which PipeWire has."""
    with client(server) as c, contextlib.suppress(jack.JackError):
        c.activate()
        port = c.register_other_port("video", "32 bit float RGBA video")
        port.type, port.shortname, repr(port)
        for _ in range(2):
            for same in c.get_ports(c.name):
                same.type, repr(same)
        port.unregister()


def told_of_its_own(server):
    """What is told of a port before its registration is over: JACK1 has two handles then."""
    with client(server) as c:
        c.set_port_registration_callback(lambda port, registered: repr(port))
        c.activate()
        for number in range(30):
            c.inports.register(f"in {number}")


def running(server):
    jack.server_running(server), jack.server_running("none such", timeout=0.2)


def ports_that_went(server):
    """An event of a port that is gone by the time that it is looked at."""
    with client(server) as c, client(server, "other") as other:
        c.activate(), other.activate()
        with c.events(jack.PortRegistered) as queue:
            for _ in range(3):
                other.inports.register("brief").unregister()
            for _ in range(3):
                with contextlib.suppress(TimeoutError):
                    port = queue.get(0.2).port
                    with contextlib.suppress(jack.JackError):
                        port.type, port.name, port.type_id


@contextlib.contextmanager
def second_copy():
    """The module once more, with nothing in its state yet; it ends all of this process's."""
    spec = importlib.util.spec_from_file_location("jack._jack", _jack.__file__)
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
        yield module
    finally:
        if hasattr(module, "_close_all"):
            module._close_all()


@contextlib.contextmanager
def without_numpy():
    numpy = sys.modules.get("numpy")
    sys.modules["numpy"] = None
    try:
        yield
    finally:
        del sys.modules["numpy"]
        if numpy is not None:
            sys.modules["numpy"] = numpy


def first_arrays(path):
    """NumPy is looked for once for all, and done without."""
    with second_copy() as copy, hosted() as server:
        c = copy.Client("scene", servername=server.name, no_start_server=True)
        port, arrays = c.outports.register("out"), []
        c.set_process_callback(lambda frames: arrays.append(port.get_array()))
        c.activate()
        wait_for(lambda: arrays or c.stats.cycles > 10, DEADLINE)
        arrays.clear()
        c.close()
        for around in (without_numpy, contextlib.nullcontext):
            with around(), copy.Client("scene", servername=server.name) as c:
                with c.open_stream(1) as stream:
                    stream.start()
                    stream.read(64, timeout=DEADLINE)
        copy._library_name()


def interrupted_start(path):
    """A start that is not waited for: what comes up is taken down again."""

    def interrupt(number, frame):
        raise InterruptedError

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with contextlib.suppress(InterruptedError):
            signal.setitimer(signal.ITIMER_REAL, 0.03)
            with hosted():
                pass
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def blocksizes(server):
    """What the server changes, and is told of in both ways."""
    with client(server) as c:
        told = []
        c.set_blocksize_callback(told.append), c.set_samplerate_callback(told.append)
        c.set_property_change_callback(lambda *change: told.append(change))
        c.activate()
        with c.events() as queue:
            try:
                c.blocksize = 128
                c.set_property(c, "http://example.org/rtjack/rare", "value")
                with contextlib.suppress(TimeoutError):
                    while not isinstance(queue.get(0.5), jack.PropertyChanged):
                        pass
            finally:
                c.blocksize = 64
                c.remove_properties(c)


def xruns(server):
    with client(server) as c:
        c.outports.register("out")
        c.set_process_callback(lambda frames: time.sleep(0.01))
        with c.events(jack.Xrun) as queue:
            c.activate()
            with contextlib.suppress(TimeoutError):
                repr(queue.get(0.5))


def breaks(server):
    """A stream that is late in both directions."""
    with client(server) as c:
        c.activate()
        with c.open_stream(["in"], 1, lookahead=1, keep_time=True) as stream:
            stream.start()
            for _ in range(2):
                time.sleep(0.5)  # longer than the 16384 frames that it holds
                with contextlib.suppress(jack.InputSyncError):
                    for _ in range(20):
                        stream.read(1024, timeout=DEADLINE)
                with contextlib.suppress(jack.OutputSyncError):
                    for _ in range(2):
                        stream.write(BLOCK, timeout=DEADLINE)


def streams_refused(server):
    with client(server) as c:
        c.outports.register("taken")
        with contextlib.suppress(jack.JackError):
            c.open_stream(0, ["free", "taken"])
        with contextlib.suppress(TypeError):
            c.open_stream(object())
        with contextlib.suppress(TypeError):
            c.tone("taken", frequency="high")


def full_of_midi(server):
    """More than goes through a port in that time."""
    with client(server) as c:
        out, into = c.midi_outports.register("out"), c.midi_inports.register("in")
        c.activate()
        with contextlib.suppress(TimeoutError, BlockingIOError, jack.JackError):
            for _ in range(100_000):
                out.send(bytes([0xF0, *[1] * 1000, 0xF7]), timeout=0)
        with contextlib.suppress(TimeoutError, BlockingIOError, jack.JackError):
            out.send(bytes([0xF0, *[1] * 1000, 0xF7]), timeout=0.12)
        iter(into)  # would wait for an event


def collected(server):
    """What keeps itself alive."""
    c = jack.Client("scene", servername=server)
    try:
        c.inports.register("in")
        held = Holder(c.inports)
        c.set_process_callback(held.keep(c))
    finally:
        end_by(c.close)
    del c, held
    gc.collect()


class Holder:
    def __init__(self, ports):
        self.ports = ports

    def keep(self, kept):
        self.kept = kept
        return lambda frames: self


def in_a_callback(server):
    """What only the collector finds, there."""
    with client(server) as c, collecting() as (collect, done):
        Forgotten(c.open_stream(1))
        c.set_process_callback(collect)
        c.activate()
        wait_for(lambda: done or c.stats.cycles > 10, DEADLINE)


def endings(server):
    """A native callback that ends by itself."""
    with client(server) as c:
        node = c.set_native_callback(ends)
        c.activate()
        node.wait(DEADLINE)
        node.result, node.calls
        node.close()


def halves(server):
    """Objects that were never initialised, and ends that were not given."""
    for kind in (jack.Server, jack.RingBuffer):
        with contextlib.suppress(jack.JackError, ValueError):
            repr(kind.__new__(kind))
    for number in range(6):
        repr(jack.TransportState(number))
    jack.RingBuffer(8)._address
    with client(server) as c:
        port = c.inports.register("in")
        jack.UUID(port), c.get_client_name_by_uuid(c)
        with contextlib.suppress(jack.JackError):
            c.get_client_name_by_uuid(0)
        with contextlib.suppress(jack.JackError):
            jack.get_properties(port)
        jack.UUID(5).compare(port)
    with contextlib.suppress(TypeError):
        jack.NetSlave(name=5)
    with contextlib.suppress(TimeoutError):
        jack.NetSlave(timeout=0.01)


def levels_and_bounds(server):
    """What a meter says, and arguments that lie outside of what is allowed."""
    with client(server) as c:
        c.inports.register("in"), c.outports.register("out")
        c.activate()
        with c.meter() as meter:
            begin = c.stats.cycles
            wait_for(lambda: c.stats.cycles > begin + 2, DEADLINE)
            meter.peak, meter.rms
        for wrong in (lambda: c.tone("out", frequency=-1), lambda: c.tone("out", amplitude=-1)):
            with contextlib.suppress(ValueError):
                wrong()


def unknown_parameters(path):
    """The error names all that there are."""
    for driver in "dummy", "net":
        with contextlib.suppress(TypeError):
            jack.Server("refused", driver=driver, nonsense=1)


def samplerate_told(server):
    rates = []
    with client(server) as c:
        c.set_samplerate_callback(rates.append)
        c.activate()
        wait_for(lambda: rates or c.stats.cycles > 10, DEADLINE)


SCENES = [joining, unloaded_twice, unloaded_at_once, other_kinds, told_of_its_own, running]
SCENES += [ports_that_went, blocksizes, xruns, breaks]
SCENES += [levels_and_bounds, unknown_parameters, samplerate_told, streams_refused]
SCENES += [full_of_midi, collected, in_a_callback, endings, halves]
ALONE = [first_arrays, interrupted_start]
