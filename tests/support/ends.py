"""A program that ends: in some stage of a client's life, in some tier, in some way.

    python -m support.ends SERVER TIER STAGE ENDING [daemons]

With "daemons", threads that nobody waits for use the client until the very end.
"""

import contextlib
import ctypes
import gc
import logging  # noqa: F401  which the thread for messages would import while the program ends
import os
import signal
import sys
import threading
import time

import jack

DEADLINE = 20  # seconds


def wait_for(condition):
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, condition
        time.sleep(0.001)


def has_cycles(client):
    return lambda: client.stats.cycles > 2


def copy(client):
    into, out = client.inports.register("i"), client.outports.register("o")
    return lambda frames: out.get_buffer().__setitem__(slice(None), into.get_buffer())


# Each takes a client and gives (whether it is at work, something that waits or works).


def native(client):
    """A function in C, and what is built in."""
    client.tone(client.outports.register("o"))
    client.set_native_callback(ctypes.CDLL(None).isatty)  # no descriptor has that number
    client.inports.register("i")
    handle = client.rec(1 << 20, 1)
    return has_cycles(client), handle.wait


def direct(client):
    client.set_process_callback(copy(client))
    return has_cycles(client), client.get_ports


def detached(client):
    client.set_process_callback(copy(client), lookahead=2)
    return has_cycles(client), client.get_ports


def isolated(client):
    client.inports.register("i"), client.outports.register("o")
    handle = client.set_isolated_callback("leaks.isolated_thru:function")
    return lambda: handle.stats["cycles"] > 2, handle.receive


def stream(client):
    stream = client.open_stream(1, 1, lookahead=4)
    block = memoryview(bytearray(4 * 64)).cast("f", (64, 1))

    def turn():
        with contextlib.suppress(jack.InputSyncError, jack.OutputSyncError):
            stream.write(block)
            stream.read(64, block)

    return has_cycles(client), turn


def events(client):
    queue = client.events()
    client.set_graph_order_callback(client.get_ports)
    client.set_port_registration_callback(lambda port, register: None)
    client.inports.register("i")
    return has_cycles(client), queue.get


def midi(client):
    into, out = client.midi_inports.register("mi"), client.midi_outports.register("mo")
    into.fileno()  # keep what comes

    def turn():
        out.send(b"\x90\x40\x40")
        into.receive()

    return has_cycles(client), turn


TIERS = [native, direct, detached, isolated, stream, events, midi]


class Life:
    """A client at one stage after the other."""

    def __init__(self, server, tier, daemons):
        self.client = jack.Client("ends", servername=server, no_start_server=True)
        self._tier = globals()[tier]
        self._daemons = daemons

    def opened(self):
        self._begin([self.client.get_ports])

    def prepared(self):
        self.is_at_work, turn = self._tier(self.client)
        self._begin([turn, self.client.get_ports])

    def active(self):
        self.prepared()
        self.client.activate()
        wait_for(self.is_at_work)

    def inactive(self):
        self.active()
        self.client.deactivate()

    def closed(self):
        self.active()
        self.client.close()

    def dropped(self):
        self.active()
        del self.client, self.is_at_work
        gc.collect()

    def _begin(self, turns):
        for turn in turns if self._daemons else ():
            started = threading.Event()
            threading.Thread(target=again, args=(turn, started), daemon=True).start()
            assert started.wait(DEADLINE)


def again(turn, started):
    started.set()
    with contextlib.suppress(jack.JackError, StopIteration):  # closed, by the program's end
        while True:
            turn()
            time.sleep(0)


STAGES = [name for name in vars(Life) if not name.startswith("_")]


def interrupted(number):
    os.kill(os.getpid(), number)
    time.sleep(DEADLINE)


ENDINGS = {
    "end": lambda: None,
    "sys.exit": lambda: sys.exit(3),
    "os._exit": lambda: os._exit(3),
    "exception": lambda: 1 / 0,
    "SIGINT": lambda: interrupted(signal.SIGINT),
    "SIGTERM": lambda: interrupted(signal.SIGTERM),
}
# The exit status that each has, and the last line that Python says of it.
EXPECTED = {
    "end": (0, ""),
    "sys.exit": (3, ""),
    "os._exit": (3, ""),
    "exception": (1, "ZeroDivisionError: division by zero"),
    "SIGINT": (-signal.SIGINT, "KeyboardInterrupt"),
    "SIGTERM": (-signal.SIGTERM, ""),
}


def main(server, tier, stage, ending, *daemons):
    signal.signal(signal.SIGINT, signal.default_int_handler)
    life = Life(server, tier, daemons)
    getattr(life, stage)()
    ENDINGS[ending]()


if __name__ == "__main__":
    main(*sys.argv[1:])
