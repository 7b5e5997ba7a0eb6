"""Scenes of fault_scenes.py for both ends of netjack, which need no server."""

import contextlib
import socket
import threading
import time

import jack
from support.waiting import wait_for

HOME = "127.0.0.1"
DEADLINE = 4
LATE = (jack.InputSyncError, jack.OutputSyncError, jack.LinkLostError)


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("", 0))
        return probe.getsockname()[1]


class Slave(threading.Thread):
    """Opened in a thread of its own, as the master waits for it and it for the master."""

    def __init__(self, port, **options):
        super().__init__(daemon=True)
        self._options = {"address": HOME, "port": port, "timeout": DEADLINE, **options}
        self.slave = self.error = None
        self.start()

    def run(self):
        try:
            self.slave = jack.NetSlave(1, 1, **self._options)
        except BaseException as error:
            self.error = error

    def opened(self):
        self.join(DEADLINE)
        if self.error is not None:
            raise self.error
        return self.slave


def silence(frames):
    return memoryview(bytearray(4 * frames)).cast("f", [frames, 1])


@contextlib.contextmanager
def pair():
    port = free_port()
    waiting = Slave(port, midi_inputs=1, midi_outputs=1, name="scene", latency=1, reconnect=True)
    try:
        with jack.NetMaster(
            address=HOME, port=port, blocksize=64, timeout=DEADLINE, partial=False
        ) as master:
            yield master, waiting.opened()
    except TimeoutError:
        waiting.opened()  # else it tells why it did not come
        raise
    finally:
        waiting.join(DEADLINE)
        if waiting.slave is not None:
            waiting.slave.close()


def netjack(server):
    with pair() as (master, slave):
        events = [[(0, b"\x90\x40\x40"), (5, bytearray(b"\xf8"))]]
        for one in (master, slave):
            repr(one), one.stats, one.address, one.port, one.blocksize, one.samplerate
            one.inputs, one.outputs, one.midi_inputs, one.midi_outputs, one.latency
        slave.name, slave.master, slave.connected, slave.active, slave.lookahead
        got = []

        def turn():
            master.send(silence(64), events), master.receive()
            with contextlib.suppress(TimeoutError, *LATE):
                audio, midi = slave.read(timeout=0.2)
                got.append(midi)
                slave.write(audio, midi, timeout=0.2)
            return any(midi[0] for midi in got)

        wait_for(turn, DEADLINE)
        for _ in range(40):  # more than the slave takes in
            master.send(silence(64), events), master.receive()
        time.sleep(0.1)
        for _ in range(12):
            with contextlib.suppress(TimeoutError, *LATE):
                slave.read(timeout=0.05)
        time.sleep(0.1)
        with contextlib.suppress(TimeoutError, *LATE):
            for _ in range(40):  # in step again, then late
                master.send(silence(64), events), master.receive()
                slave.write(*slave.read(timeout=0.2), timeout=0.2)
    repr(master), repr(slave)


def nobody(server):
    for end in (jack.NetMaster, jack.NetSlave):
        repr(end.__new__(end))
        with contextlib.suppress(TimeoutError):
            end(address=HOME, port=free_port(), timeout=0.01)
        with contextlib.suppress(TypeError, ValueError):
            end(address=5)


def adapter(server):
    there = jack.NetAdapter(2, 1, blocksize=64, adapted_blocksize=64)
    there.inputs, there.outputs
    two = memoryview(bytearray(512)).cast("f", [64, 2])
    for _ in range(3):
        there.push_and_pull(two), there.pull_and_push(silence(64))
    there.flush()


SCENES = [netjack, nobody, adapter]
