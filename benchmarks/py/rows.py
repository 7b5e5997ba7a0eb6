"""The rows of the comparison: what one unit of work is, and how it is run.

The same code runs over this module and over JACK-Client: it uses only what both have.
"""

from __future__ import annotations

import ctypes
import timeit
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

FOREIGN_PORTS = 1000
MIDI_EVENTS = 4
FRAMES = 256
CHANNELS = 2


class Standin:
    """The stand-in libjack, loaded already by the module that is measured."""

    def __init__(self, path: str) -> None:
        self.lib = ctypes.CDLL(path)  # gives the GIL away while it runs
        self.lib.standin_client.restype = ctypes.c_void_p
        self.lib.standin_client.argtypes = [ctypes.c_char_p]
        self.lib.standin_run_thread.restype = ctypes.c_uint64
        self.lib.standin_run_thread.argtypes = [ctypes.c_void_p, ctypes.c_uint32]
        self.lib.standin_add_ports.argtypes = [ctypes.c_uint32]
        self.lib.standin_search_linearly.restype = None
        self.lib.standin_search_linearly.argtypes = [ctypes.c_int]
        self.lib.standin_feed_midi.argtypes = [ctypes.c_void_p, ctypes.c_uint32]
        self.lib.standin_count_midi.restype = ctypes.c_uint32
        self.lib.standin_count_midi.argtypes = [ctypes.c_void_p]
        self.lib.standin_feed_audio.restype = None
        self.lib.standin_feed_audio.argtypes = [ctypes.c_void_p]
        self.lib.standin_count_equal.restype = ctypes.c_uint32
        self.lib.standin_count_equal.argtypes = [ctypes.c_void_p]

    def client(self, name: str) -> int:
        found = self.lib.standin_client(name.encode())
        if not found:
            raise RuntimeError(f"the stand-in has no client {name!r}: not loaded by jack")
        return int(found)

    def run(self, client: int, cycles: int) -> float:
        nanoseconds = int(self.lib.standin_run_thread(client, cycles))
        if nanoseconds == 0:
            raise RuntimeError("the process callback ended before its time")
        return nanoseconds * 1e-9


@dataclass
class Work:
    """`run(n)` does n units and returns their seconds; `check()` looks at what was done."""

    run: Callable[[int], float]
    check: Callable[[], None]


@dataclass(frozen=True)
class Row:
    title: str
    unit: str
    target: float  # our cost by JACK-Client's
    make: Callable[[ModuleType, Standin], Work]


def expect(found: object, expected: object) -> None:
    if found != expected:
        raise AssertionError(f"expected {expected!r}, found {found!r}")


def cycles(client: Any, standin: Standin, check: Callable[[int], None]) -> Work:
    client.activate()
    handle = standin.client(client.name)
    return Work(lambda count: standin.run(handle, count), lambda: check(handle))


def thru(jack: ModuleType, standin: Standin, callback: Callable[[Any], Any]) -> Work:
    client = jack.Client("thru")
    for channel in range(CHANNELS):
        client.inports.register(f"in_{channel}")
        client.outports.register(f"out_{channel}")
    client.set_process_callback(callback(client))
    standin.lib.standin_feed_audio(standin.client("thru"))

    def check(handle: int) -> None:
        expect(standin.lib.standin_count_equal(handle), CHANNELS * FRAMES)

    return cycles(client, standin, check)


def pairs_of(client: Any) -> list[tuple[Any, Any]]:
    return list(zip(client.inports, client.outports, strict=True))


def thru_array(jack: ModuleType, standin: Standin) -> Work:
    def make(client: Any) -> Callable[[int], None]:
        pairs = pairs_of(client)

        def process(frames: int) -> None:
            for source, sink in pairs:
                sink.get_array()[:] = source.get_array()

        return process

    return thru(jack, standin, make)


def thru_array_listed(jack: ModuleType, standin: Standin) -> Work:
    def make(client: Any) -> Callable[[int], None]:
        def process(frames: int) -> None:
            for source, sink in zip(client.inports, client.outports):
                sink.get_array()[:] = source.get_array()

        return process

    return thru(jack, standin, make)


def thru_buffer(jack: ModuleType, standin: Standin) -> Work:
    def make(client: Any) -> Callable[[int], None]:
        pairs = pairs_of(client)

        def process(frames: int) -> None:
            for source, sink in pairs:
                sink.get_buffer()[:] = source.get_buffer()

        return process

    return thru(jack, standin, make)


def thru_buffer_listed(jack: ModuleType, standin: Standin) -> Work:
    def make(client: Any) -> Callable[[int], None]:
        def process(frames: int) -> None:
            for source, sink in zip(client.inports, client.outports):
                sink.get_buffer()[:] = source.get_buffer()

        return process

    return thru(jack, standin, make)


def midi(jack: ModuleType, standin: Standin) -> Work:
    client = jack.Client("midi")
    source = client.midi_inports.register("in")
    sink = client.midi_outports.register("out")

    def process(frames: int) -> None:
        sink.clear_buffer()
        for offset, event in source.incoming_midi_events():
            sink.write_midi_event(offset, event)

    client.set_process_callback(process)
    expect(standin.lib.standin_feed_midi(standin.client("midi"), MIDI_EVENTS), 0)

    def check(handle: int) -> None:
        expect(standin.lib.standin_count_midi(handle), MIDI_EVENTS)

    return cycles(client, standin, check)


def empty(jack: ModuleType, standin: Standin) -> Work:
    client = jack.Client("empty")
    calls = []

    def first(frames: int) -> None:
        calls.append(frames)

    def process(frames: int) -> None:
        pass

    client.set_process_callback(first)
    client.activate()
    standin.run(standin.client("empty"), 1)
    client.deactivate()
    client.set_process_callback(process)
    return cycles(client, standin, lambda handle: expect(calls, [FRAMES, FRAMES]))


def timed(statement: Callable[[], Any], check: Callable[[], None]) -> Work:
    return Work(timeit.Timer(statement).timeit, check)


def get_ports_linear(jack: ModuleType, standin: Standin) -> Work:
    standin.lib.standin_search_linearly(1)
    return get_ports(jack, standin)


def get_ports(jack: ModuleType, standin: Standin) -> Work:
    client = jack.Client("listing")
    expect(standin.lib.standin_add_ports(FOREIGN_PORTS), 0)

    def run(count: int) -> float:
        """Count is in ports: whole listings, as many as it takes."""
        listings = -(-count // FOREIGN_PORTS)
        return timeit.timeit(client.get_ports, number=listings) * count / (
            listings * FOREIGN_PORTS
        )

    def check() -> None:
        ports = client.get_ports()
        expect(len({port.name for port in ports}), FOREIGN_PORTS)
        expect(ports[-1].name, f"foreign:output_{FOREIGN_PORTS - 1:07}")

    return Work(run, check)


def ring(jack: ModuleType, standin: Standin) -> Work:
    buffer = jack.RingBuffer(1024)
    data = bytes(range(16))
    timer = timeit.Timer(
        "write(data); read(16)",
        globals={"write": buffer.write, "read": buffer.read, "data": data},
    )

    def check() -> None:
        expect(buffer.write(data), len(data))
        expect(bytes(buffer.read(16)), data)

    return Work(timer.timeit, check)


def frame_time(jack: ModuleType, standin: Standin) -> Work:
    client = jack.Client("time")
    client.set_process_callback(lambda frames: None)
    client.activate()
    handle = standin.client("time")
    timer = timeit.Timer("client.frame_time", globals={"client": client})

    def check() -> None:
        before = client.frame_time
        standin.run(handle, 1)  # and the one that it does not time
        expect(client.frame_time - before, 2 * FRAMES)

    return Work(timer.timeit, check)


# The import is timed by the runner, in processes of its own.
IMPORT_TARGET = 0.2

ROWS = {
    "thru_array": Row("thru, `get_array()`", "cycle", 0.1, thru_array),
    "thru_array_listed": Row(
        "the same, ports taken from the client in each cycle", "cycle", 0.1, thru_array_listed
    ),
    "thru_buffer": Row("thru, `get_buffer()`", "cycle", 0.1, thru_buffer),
    "thru_buffer_listed": Row(
        "the same, ports taken from the client in each cycle", "cycle", 0.1, thru_buffer_listed
    ),
    "midi": Row("4 MIDI events in and out", "cycle", 0.1, midi),
    "empty": Row("empty Python callback", "cycle", 0.5, empty),
    "get_ports": Row(
        "`get_ports()` with 1000 ports, found as in libjack2", "port", 0.1, get_ports_linear
    ),
    "get_ports_hashed": Row(
        "`get_ports()` with 1000 ports, found by hash", "port", 0.1, get_ports
    ),
    "ring": Row("ring buffer, 16 bytes written and read", "pair", 0.1, ring),
    "frame_time": Row("`frame_time`", "reading", 1 / 3, frame_time),
}
