"""Clients that are opened while the server of others dies: these stay what they are.

JACK2's library frees the clients that it has when it opens one and knows that their server
is gone.
"""

import pytest

from support import children, libraries

OPEN = """
import os, signal, sys, threading, time
import jack

server = sys.argv[1]
pid = int(sys.argv[2])
old = jack.Client("old", servername=server)
old.inports.register("i")
old.set_process_callback(lambda frames: None)
"""


def test_opening_while_the_server_dies(start_jackd):
    """Those that wait for a stopped server go on when it is killed."""
    server = start_jackd()
    program = """
    old.activate()
    os.kill(pid, signal.SIGSTOP)
    refused = []

    def open_new(number):
        try:
            jack.Client(f"new{number}", servername=server, no_start_server=True)
        except jack.JackOpenError:
            refused.append(number)

    threads = [threading.Thread(target=open_new, args=(number,)) for number in range(3)]
    resting = len(os.listdir("/proc/self/task"))  # or one more, which is about to end
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 1
    while len(os.listdir("/proc/self/task")) < resting + 2 * len(threads):
        if time.monotonic() > deadline:
            break  # most of them wait by now, if not all
    os.kill(pid, signal.SIGKILL)
    for thread in threads:
        thread.join()
    assert sorted(refused) == [0, 1, 2], refused
    old.close()
    """
    children.run(children.join(OPEN, program), server.name, str(server.process.pid))
    server.kill()


@pytest.mark.skipif(libraries.loaded() != "JACK2", reason="frees no client by itself")
def test_opening_when_nobody_said_that_the_server_is_gone(start_jackd):
    """libjack alone knows; it is kept from freeing the client."""
    pytest.importorskip("cffi")
    server = start_jackd()
    program = """
    told = threading.Event()
    hear = jack._ffi.callback("void(jack_status_t, const char *, void *)",
                              lambda status, reason, argument: told.set())
    jack._lib.jack_on_info_shutdown(old._ptr, hear, jack._ffi.NULL)
    old.activate()
    os.kill(pid, signal.SIGKILL)
    assert told.wait(10) and not old.closed
    for attempt in range(2):
        try:
            jack.Client("new", servername=server, no_start_server=True)
        except jack.JackOpenError:
            pass
        else:
            raise AssertionError("no error")
    assert old.inports[0].name == "old:i"
    try:
        old.deactivate()
    except jack.JackErrorCode:
        pass  # the server does not answer
    old.close()
    """
    children.run(children.join(OPEN, program), server.name, str(server.process.pid))
    server.kill()
