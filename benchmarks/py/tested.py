"""The client under test: passes its inputs to its outputs, by one of the tiers.

Prints "ready" when it is active; a line on its standard input starts the load, the end of
its standard input ends it.  Then it prints what it knows of itself, as JSON.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import math
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import jack
from loads import LOADS

End = Callable[[], Any]  # what is to be done before the client is closed


def register(client: Any, channels: int) -> list[tuple[Any, Any]]:
    pairs = []
    for number in range(1, channels + 1):
        inport = client.inports.register(f"in_{number}")
        pairs.append((inport, client.outports.register(f"out_{number}")))
    return pairs


def use_callback(client: Any, options: argparse.Namespace, **keywords: Any) -> None:
    """A Python callback with NumPy, as JACK-Client's programs have it."""
    import numpy  # noqa: F401  not within the first cycle

    pairs = register(client, options.channels)

    def process(frames: int) -> None:
        for inport, outport in pairs:
            outport.get_array()[:] = inport.get_array()

    client.set_process_callback(process, **keywords)
    client.activate()


def use_peer(client: Any, options: argparse.Namespace) -> None:
    use_callback(client, options)


def use_direct(client: Any, options: argparse.Namespace) -> None:
    if options.switch_interval is None:
        use_callback(client, options)
    else:
        chosen = options.switch_interval or None  # 0: leave the interpreter's alone
        use_callback(client, options, switch_interval=chosen)


def use_detached(client: Any, options: argparse.Namespace) -> None:
    use_callback(client, options, lookahead=options.lookahead)


class NativeThru(ctypes.Structure):
    _fields_ = (("channels", ctypes.c_uint32), ("drop", ctypes.c_uint32),
                ("blocks", ctypes.c_uint64))


def use_native(client: Any, options: argparse.Namespace) -> None:
    register(client, options.channels)
    function = ctypes.CDLL(options.native).native_thru_run
    data = NativeThru(options.channels, options.drop, 0)
    client.set_native_callback(function, ctypes.addressof(data), signature="dsp")
    client.benchmark_data = data  # C writes it for as long as the client lives
    client.activate()


def use_isolated(client: Any, options: argparse.Namespace) -> None:
    register(client, options.channels)
    client.isolated = client.set_isolated_callback("isolated_thru:thru")
    client.activate()


def use_stream(client: Any, options: argparse.Namespace) -> End:
    client.activate()
    count = options.channels
    stream = client.open_stream(inputs=count, outputs=count, lookahead=options.lookahead)
    told = {"input_breaks": 0, "output_breaks": 0}
    closing = threading.Event()

    def write(block: Any) -> None:
        while True:
            try:
                return stream.write(block)
            except jack.OutputSyncError:
                told["output_breaks"] += 1

    def pass_on() -> None:
        while not closing.is_set():
            try:
                write(stream.read(client.blocksize))
            except jack.InputSyncError:
                told["input_breaks"] += 1
            except jack.JackError:
                if not closing.is_set():
                    raise

    thread = threading.Thread(target=pass_on)
    thread.start()

    def end() -> dict[str, int]:
        closing.set()
        thread.join()
        stream.close()
        return told

    return end


TIERS: dict[str, Callable[[Any, argparse.Namespace], End | None]] = {
    "native": use_native, "isolated": use_isolated, "stream": use_stream,
    "detached": use_detached, "direct": use_direct, "peer": use_peer,
}


def stats_of(client: Any) -> dict[str, Any]:
    """client.stats, as far as it can be told in JSON."""
    stats = getattr(client, "stats", None)
    names = [name for name in dir(stats) if not name.startswith("_")]
    values = {name: getattr(stats, name) for name in names}
    return {name: value for name, value in values.items() if isinstance(value, int | float)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tier", choices=TIERS)
    parser.add_argument("--server", required=True)
    parser.add_argument("--name", default="tested")
    parser.add_argument("--load", choices=LOADS, default="rest")
    parser.add_argument("--channels", type=int, default=2)
    parser.add_argument("--lookahead", type=int, default=16, metavar="BLOCKS")
    parser.add_argument("--lookahead-ms", type=float, help="instead, in whole blocks")
    parser.add_argument("--switch-interval", type=float, metavar="SECONDS",
                        help="0: the interpreter's; default: the client's")
    parser.add_argument("--native", metavar="LIBRARY", help="made from tests/c/native.c")
    parser.add_argument("--drop", type=int, default=0, metavar="N",
                        help="native: each so many blocks one is silent")
    options = parser.parse_args()

    client = jack.Client(options.name, servername=options.server, no_start_server=True)
    if options.lookahead_ms is not None:
        frames = options.lookahead_ms / 1000 * client.samplerate
        options.lookahead = math.ceil(frames / client.blocksize)
    end = TIERS[options.tier](client, options)
    print("ready", flush=True)
    done = threading.Event()
    work = 0.0  # of the load, by the second
    if sys.stdin.readline():
        def watch() -> None:
            sys.stdin.read()
            done.set()

        threading.Thread(target=watch, daemon=True).start()
        print("loaded", flush=True)
        began = time.perf_counter()
        number = LOADS[options.load](done)
        work = (number or 0) / (time.perf_counter() - began)
    told = end() if end is not None else None
    stats = stats_of(client)
    client.deactivate()
    client.close()
    print(json.dumps({"told": told, "stats": stats, "work": work}))


if __name__ == "__main__":
    main()
