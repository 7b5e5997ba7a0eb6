"""Audio and MIDI through a server's graph, block by block, nothing lost.

A freewheeling server waits for every client: what passes is exact, and fast.  PipeWire does
not wait, and may let a client run not at all; there the tests take time and a quiet machine.
"""

import contextlib
import glob
import json
import os
import subprocess
import time

import numpy as np

import jack
from support import libraries
from support.waiting import wait_for


@contextlib.contextmanager
def freewheeling(client):
    """But on PipeWire, which goes on in time with what is connected."""
    if libraries.loaded() == "PipeWire":
        wait_for_connections()
        yield
        return
    client.set_freewheel(True)
    try:
        yield
    finally:
        client.set_freewheel(False)


@contextlib.contextmanager
def hurrying(client):
    """Freewheeling where a client's time goes on then; JACK1 and PipeWire just go on."""
    with freewheeling(client) if libraries.loaded() == "JACK2" else contextlib.nullcontext():
        yield


def wait_for_connections():
    """Until audio passes those that were made: PipeWire's begin a moment after connect()."""
    if libraries.loaded() == "PipeWire":
        wait_for(connections_are_active, what="connections carry audio")


def connections_are_active():
    """PipeWire's own programs tell, of the servers in the tests' folder for sockets."""
    for socket in glob.glob(f"{os.environ['XDG_RUNTIME_DIR']}/*"):
        if not socket.endswith(".lock"):
            command = ["pw-dump", "-r", os.path.basename(socket)]
            said = subprocess.run(command, capture_output=True, check=True).stdout
            found = json.loads(said.decode("utf-8", "replace"))  # properties may be anything
            links = [it for it in found if it["type"] == "PipeWire:Interface:Link"]
            assert [it["info"]["state"] for it in links] == ["active"] * len(links)
    return True


def lost(*clients):
    """How much of the clients' audio was torn, as they count themselves."""
    counts = (client.stats for client in clients)
    return sum(s.xruns + s.skipped_cycles + s.underflows + s.overflows for s in counts)


def until_whole(run, torn, timeout=60):
    """What `run()` gives, which fails when audio is not whole.

    It may fail, and is repeated, only when meanwhile the number grew that `torn()` gives,
    of what was counted as torn.  JACK tells of an xrun a little later.
    """
    deadline = time.monotonic() + timeout
    while True:
        before = torn()
        try:
            return run()
        except (AssertionError, jack.InputSyncError, jack.OutputSyncError):
            if time.monotonic() > deadline:
                raise
            wait_for(lambda: torn() > before, 1, "what is torn is counted")


class Ramp:
    """A process callback: writes 0, step, 2 * step, … as samples to an output port."""

    def __init__(self, port, step=1):
        self.port = port
        self.step = step
        self.next = 0

    def __call__(self, frames):
        numbers = np.arange(self.next, self.next + frames)
        self.port.get_array()[:] = numbers % 2**16 * self.step  # exact in float32
        self.next += frames


class Tape:
    """A process callback: keeps the blocks that arrive at some input ports.

    It begins two blocks after start(), when no block from before can be on its way.
    """

    def __init__(self, ports, blocks):
        self.ports = list(ports)
        self.blocks = blocks
        self.skip = None
        self.taken = []

    def __call__(self, frames):
        if self.skip is None or len(self.taken) == self.blocks:
            return
        if self.skip:
            self.skip -= 1
            return
        self.taken.append([port.get_array().copy() for port in self.ports])

    def record(self, client):
        """Let the server freewheel until the tape is full; one array for each port."""
        with freewheeling(client):
            self.skip = 2
            wait_for(lambda: len(self.taken) == self.blocks, 30, "the tape is full")
        return [np.concatenate(track) for track in zip(*self.taken)]


class Once:
    """A process callback: calls `work(frames)` in one cycle, keeps what came of it."""

    def __init__(self, work):
        self.work = work
        self.outcome = None

    def __call__(self, frames):
        if self.outcome is None:
            try:
                self.outcome = self.work(frames), None
            except BaseException as error:  # a failed assertion of pytest.raises is one
                self.outcome = None, error

    def wait(self):
        result, error = wait_for(lambda: self.outcome, what="one cycle")
        if error is not None:
            raise error
        return result


def in_one_cycle(client, work):
    """What `work(frames)` returns or raises in a process callback of `client`.

    The client is inactive before and after.
    """
    once = Once(work)
    client.set_process_callback(once)
    client.activate()
    try:
        return once.wait()
    finally:
        client.deactivate()


def cut_all(observer):
    """Disconnect the server's own ports from each other: JACK2 may do so at the end of
    freewheeling, when it puts connections back whose ports have gone and been given anew."""
    for source in observer.get_ports(is_output=True):
        for destination in observer.get_all_connections(source):
            observer.disconnect(source, destination)
    wait_for(
        lambda: not any(map(observer.get_all_connections, observer.get_ports())),
        what="the server's ports are connected with nothing",
    )
