"""A program beside a server whose /dev/shm fills up after it has started.

    python -m support.full_memory hosted|process

Run it where /dev/shm is its own.  What is there goes on, as do all calls; another client of
JACK2's is refused, and opens as soon as there is room again.
"""

import contextlib
import os
import sys
import tempfile
import time
from pathlib import Path

import jack
from support import libraries, servers

FILLER = "/dev/shm/filler"
KEY = "http://example.org/rtjack/full"


def fill():
    with open(FILLER, "wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(b"\0" * 65536) == 65536:
            pass
    with open(FILLER, "ab", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(b"\0"):
            pass
    memory = os.statvfs("/dev/shm")
    assert memory.f_bavail == 0, memory


def open_client(server, name):
    return contextlib.closing(jack.Client(name, servername=server, no_start_server=True))


def goes_on(client):
    deadline = time.monotonic() + 20
    known = client.stats.cycles
    while client.stats.cycles < known + 3:
        assert time.monotonic() < deadline and not client.closed
        time.sleep(0.001)


def use(client):
    ports = [client.inports.register(f"i{n}") for n in range(40)]
    ports += [client.midi_outports.register(f"m{n}") for n in range(40)]
    client.connect("system:capture_1", ports[0])
    for port in ports:
        port.unregister()
    jack.RingBuffer(1 << 22).write(bytes(1 << 20))
    with client.open_stream(1, 1, lookahead=4) as stream:
        with contextlib.suppress(jack.InputSyncError, jack.OutputSyncError):
            stream.write(memoryview(bytearray(256)).cast("f", (64, 1)), timeout=20)
            stream.read(64, timeout=20)
    with client.rec(64, 1) as handle:
        assert handle.wait(20)
    client.set_property(client, KEY, "a value")
    assert jack.get_property(client, KEY)[0] == b"a value"
    goes_on(client)


def try_another(server):
    try:
        with open_client(server, "another") as another:
            another.inports.register("i")
            another.activate()
            goes_on(another)
    except jack.JackError as error:
        return str(error)
    return "it opens"


def run(server):
    with open_client(server, "full") as client:
        client.inports.register("in"), client.outports.register("out")
        client.activate()
        use(client)
        fill()
        use(client)
        print(try_another(server))
        with contextlib.suppress(jack.JackError, RuntimeError, ValueError):
            client.set_property(client, KEY, "x" * 100000)
        goes_on(client)
        os.unlink(FILLER)
        print(try_another(server))
        use(client)


def main(kind):
    if kind == "hosted":
        with jack.Server(blocksize=256) as server:
            run(server.name)
        return
    with tempfile.TemporaryDirectory() as folder:
        server = servers.PROCESSES[libraries.loaded()](Path(folder))
        os.environ["JACK_DEFAULT_SERVER"] = server.name
        try:
            run(server.name)
            assert server.process.poll() is None
        finally:
            server.kill()


if __name__ == "__main__":
    main(sys.argv[1])
