"""Programs that have too few descriptors, one more each time until it suffices.

    python -m support.scarce SERVER SCENE

A scene is refused with an error that says why, and does not harm what is there: a client
that was opened before goes on.  Prints how many descriptors it took.
"""

import contextlib
import logging  # noqa: F401  the thread for messages would have to open its files
import os
import resource
import sys
import tempfile
import time

import jack

ENOUGH = 64  # descriptors, for anything here
WORDS = "open files", "descriptor"


def wait_for(condition, timeout=20):
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, condition
        time.sleep(0.002)


@contextlib.contextmanager
def room_for(count):
    """No more than `count` descriptors can be opened within."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    last = max(int(name) for name in os.listdir("/proc/self/fd"))
    resource.setrlimit(resource.RLIMIT_NOFILE, (last + 2 + ENOUGH, limits[1]))
    held = []
    try:
        with contextlib.suppress(OSError):
            while True:
                held.append(os.open("/dev/null", os.O_RDONLY))
        for _ in range(count):
            os.close(held.pop())
        yield
    finally:
        for descriptor in held:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def told(error):
    """Whether it says that there were no descriptors."""
    texts = str(error), str(error.__cause__), str(error.__context__)
    return any(word in text for word in WORDS for text in texts)


def until_enough(work, check):
    """How many descriptors `work` takes, once check() has held after each refusal."""
    for count in range(ENOUGH):
        with room_for(count):
            try:
                work()
                return count
            except (jack.JackError, OSError) as error:
                refusal = error
        assert told(refusal), (count, repr(refusal))
        check()
    raise AssertionError(f"{ENOUGH} are not enough: {refusal!r}")


def open_client(name="scarce"):
    return jack.Client(name, servername=server, no_start_server=True)


def opened():
    open_client("another").close()


def events():
    with client.events() as queue:
        with contextlib.suppress(TimeoutError):
            queue.get(0)


def waiting():
    with client.events() as queue:
        queue.fileno()


def stream():
    with client.open_stream(1, 1, lookahead=4) as stream:
        stream.fileno(), stream.write_fileno()
        with contextlib.suppress(jack.InputSyncError):
            stream.read(64, timeout=10)


def recording():
    with client.rec(64, 1) as handle:
        assert handle.wait(10)
        handle.fileno()


def midi():
    port = client.midi_inports.register(f"m{time.monotonic_ns()}")
    try:
        port.fileno()
        with contextlib.suppress(TimeoutError):
            port.receive(0)
    finally:
        port.unregister()


def detached():
    client.deactivate()
    try:
        client.set_process_callback(lambda frames: None, lookahead=2)
        client.activate()
    finally:
        client.deactivate()
        client.set_process_callback(lambda frames: None)
        client.activate()


def threads():
    client.create_thread(os.getpid).join()


def properties():
    key = "http://example.org/rtjack/scarce"
    client.set_property(client, key, "a value")
    assert jack.get_property(client, key) == (b"a value", "")
    client.remove_property(client, key)


def asked():
    assert jack.server_running(server)


def snapshot():
    client.snapshot()


def sound_file():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "take.wav")
        client.rec_file(path, ["take"], frames=64).wait(10)
        client.play_file(path, ["played"]).wait(10)


def isolated():
    handle = client.set_isolated_callback("leaks.isolated_thru:function")
    handle.close()


def hosting():
    with jack.Server(f"{server}-s"):
        pass


ON_A_CLIENT = [opened, events, waiting, stream, recording, midi, detached, threads]
ON_A_CLIENT += [properties, asked, snapshot, sound_file]


def goes_on():
    """The client of before is as good as it was."""
    known = client.stats.cycles
    wait_for(lambda: client.stats.cycles > known + 1)
    client.inports.register("more").unregister()
    assert client.get_ports("^scarce:") and not client.closed


def opens():
    with contextlib.closing(open_client("first")) as first:
        first.inports.register("i")
        first.activate()
        wait_for(lambda: first.stats.cycles > 1)


def main(scene):
    global client
    if scene == "first":  # nothing has been loaded or prepared yet
        print(scene, until_enough(lambda: open_client("first").close(), lambda: None))
        opens()
        return
    if scene == "hosting":
        print(scene, until_enough(hosting, lambda: None))
        return
    with contextlib.closing(open_client()) as client:
        client.inports.register("i"), client.outports.register("o")
        client.activate()
        for work in ON_A_CLIENT if scene == "all" else [globals()[scene]]:
            work()  # so that modules are loaded, and libjack's files are open
            print(work.__name__, until_enough(work, goes_on), flush=True)


if __name__ == "__main__":
    server = sys.argv[1]
    main(sys.argv[2])
