"""No threads left: what has to have one says so, and what has to end does."""

import pytest

from support import children, libraries

PROGRAM = """
    import contextlib, resource, sys, threading
    import jack

    @contextlib.contextmanager
    def no_threads():
        \"""Nor is there a used stack for another one.\"""
        limits = resource.getrlimit(resource.RLIMIT_AS)
        pages = int(open("/proc/self/statm").read().split()[0])
        room = pages * resource.getpagesize() + (64 << 20)
        resource.setrlimit(resource.RLIMIT_AS, (room, limits[1]))
        enough, waiting = threading.Event(), []
        with contextlib.suppress(RuntimeError):
            while True:
                thread = threading.Thread(target=enough.wait)
                thread.start()
                waiting.append(thread)
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_AS, limits)
            enough.set()
            for thread in waiting:
                thread.join()
"""
CLOSING = """
    client, other = (jack.Client(n, servername=sys.argv[1]) for n in ("client", "other"))
    client.activate()
    other.activate()
    with no_threads():
        client.close()
    try:
        other.get_uuid_for_client_name("client")
    except jack.JackError:
        print("gone")
    jack.Client("client", servername=sys.argv[1], use_exact_name=True).close()
"""
STARTING = """
    server = jack.Server()
    with no_threads():
        try:
            server.start()
        except jack.JackError as error:
            print(error)
    assert not server.running
    with server, jack.Client("x", servername=server.name):
        print("started")
"""


def test_a_client_closes_without_a_thread(jackd):
    done = children.run(children.join(PROGRAM, CLOSING), jackd.name)
    assert done.stdout == "gone\n"


@pytest.mark.skipif(libraries.loaded() != "JACK2", reason="a server of one's own is JACK2's")
def test_a_server_that_got_no_thread_starts_later():
    said, started = children.run(children.join(PROGRAM, STARTING)).stdout.splitlines()
    assert "no thread can be started for starting the JACK server" in said
    assert started == "started"
