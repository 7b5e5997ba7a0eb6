"""What else a program does while audio runs: loads for the interpreter."""

from __future__ import annotations

import ctypes
import importlib
import sys
import threading
from collections.abc import Callable

HOLD_MICROSECONDS = 50_000
IMPORTED = ["email.message", "email.header", "email.charset", "json.decoder", "fractions",
            "xml.dom.minidom", "html.parser", "calendar"]

Load = Callable[[threading.Event], int | None]  # on the main thread until it is set; work done


def rest(done: threading.Event) -> None:
    """Nothing: the main thread waits without the GIL."""
    done.wait()


def busy(done: threading.Event) -> int:
    """The main thread counts."""
    number = 0
    while not done.is_set():
        for _ in range(1000):
            number += 1
    return number


def hold(done: threading.Event) -> None:
    """A second thread is in a C function that keeps the GIL, for 50 ms at a time."""
    library = ctypes.PyDLL(None)

    def hold_it() -> None:
        while not done.is_set():
            library.usleep(HOLD_MICROSECONDS)

    holder = threading.Thread(target=hold_it, daemon=True)
    holder.start()
    done.wait()
    holder.join()


def collect(done: threading.Event) -> None:
    """The main thread makes garbage for the collector to find, and imports modules."""
    while not done.is_set():
        for name in IMPORTED:
            sys.modules.pop(name, None)
            importlib.import_module(name)
        for _ in range(2000):
            ring: list[object] = [bytearray(100)]
            ring.append(ring)


LOADS: dict[str, Load] = {"rest": rest, "busy": busy, "hold": hold, "collect": collect}
