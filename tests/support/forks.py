"""A program with an active client that makes further processes, by `multiprocessing`.

    python -m support.forks SERVER METHOD CHILD

Each CHILD works in a process that METHOD starts, and ends as it should; the parent's client
goes on as if nothing were.
"""

import contextlib
import multiprocessing
import os
import sys
import threading
import time
import warnings

import jack

inherited = None  # the parent's client, in a process that was forked from it


def wait_for(condition, timeout=20):
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, condition
        time.sleep(0.002)


def turns(client):
    """It is called in the cycle, and the server answers it."""
    known = client.stats.cycles
    port = client.inports.register(f"turn{known}")
    assert port in client.get_ports(client.name, is_input=True)
    # Longer than it takes others to hear of the port: when it is gone by then, PipeWire
    # 0.3.65 tells them of an error, and its library takes that for the server's end.
    wait_for(lambda: client.stats.cycles > known + 10)
    assert not client.closed


def refused(call):
    try:
        call()
    except jack.JackError as error:
        return "fork" in str(error)
    return False


def own_client(server):
    """A client of the child's own is as good as any."""
    for name in "own", "again":
        with contextlib.closing(jack.Client(name, servername=server)) as client:
            client.outports.register("o")
            client.activate()
            turns(client)


def use_of_the_parent_s(server):
    """Where there is one, all it says is that it is not for this process."""
    if inherited is not None:
        client, port, queue, stream = inherited
        calls = [client.activate, client.deactivate, client.get_ports, lambda: port.connections]
        calls += [lambda: client.frame_time, lambda: client.inports.register("x")]
        calls += [port.unregister, client.events, lambda: client.open_stream(1, 1)]
        for call in calls:
            assert refused(call), call
        for wait in queue.get, lambda: stream.read(64, timeout=5):
            with contextlib.suppress(jack.JackError, jack.InputSyncError, StopIteration):
                assert wait() is None
        assert client.closed
        queue.close(), stream.close(), client.close()
    own_client(server)


def ends_in_an_exception(server):
    raise ZeroDivisionError


def ends_at_once(server):
    os._exit(4)


def leaves_a_client_open(server):
    client = jack.Client("left", servername=server)
    client.inports.register("i")
    client.activate()
    turns(client)


def makes_one_more(server):
    """A grandchild, while the child has an active client."""
    with contextlib.closing(jack.Client("child", servername=server)) as client:
        client.inports.register("i")
        client.activate()
        process = multiprocessing.get_context("spawn").Process(target=own_client, args=(server,))
        process.start()
        process.join(60)
        assert process.exitcode == 0
        turns(client)


CHILDREN = {
    "own_client": 0,
    "use_of_the_parent_s": 0,
    "ends_in_an_exception": 1,
    "ends_at_once": 4,
    "leaves_a_client_open": 0,
    "makes_one_more": 0,
}


def main(server, method, kinds):
    global inherited
    warnings.simplefilter("ignore", DeprecationWarning)  # of forking with threads
    with contextlib.closing(jack.Client("parent", servername=server)) as client:
        client.set_process_callback(lambda frames: None)
        stream = client.open_stream(1, 1)
        inherited = client, client.inports.register("i"), client.events(), stream
        client.activate()
        turns(client)
        context = multiprocessing.get_context(method)
        for kind in kinds.split(","):
            if kind == "ends_in_an_exception":
                sys.stderr.flush()
            process = context.Process(target=globals()[kind], args=(server,))
            process.start()
            process.join(60)
            assert process.exitcode == CHILDREN[kind], (kind, process.exitcode)
            turns(client)
        with context.Pool(2) as pool:
            assert pool.map(abs, range(-8, 0)) == list(range(8, 0, -1))
        turns(client)
        assert threading.active_count() == 1
    own_client(server)


if __name__ == "__main__":
    main(*sys.argv[1:])
