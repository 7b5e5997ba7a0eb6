"""Clients that are opened and closed while others come and go.

JACK2's library cancels the thread that hears of these when it closes a client, whatever
locks the thread has.
"""

import contextlib

import pytest

from support import children, libraries

COME_AND_GO = """
import sys
import jack

for number in range(100_000):
    jack.Client(f"{sys.argv[2]}{number % 8}", servername=sys.argv[1]).close()
"""

OPEN_AND_CLOSE = """
import sys
import jack

for _ in range(40):
    jack.Client("mine", servername=sys.argv[1]).close()
"""


OPEN_AND_CLOSE_IN_THREADS = """
import sys
import threading
import jack

def open_and_close(name):
    for _ in range(700):
        client = jack.Client(name, servername=sys.argv[1])
        client.activate()
        client.close()

threads = [threading.Thread(target=open_and_close, args=[f"mine{n}"]) for n in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


@contextlib.contextmanager
def coming_and_going(server):
    with contextlib.ExitStack() as stack:
        for name in ("a", "b"):
            other = stack.enter_context(children.start(COME_AND_GO, server.name, name))
            stack.callback(other.kill)
        yield


def test_closing_while_others_come_and_go(start_jackd):
    """It ends; else somebody waits for a lock that nobody gives back."""
    server = start_jackd()
    with coming_and_going(server):
        children.run(OPEN_AND_CLOSE, server.name, timeout=60)


@pytest.mark.faults
@pytest.mark.timeout(400)
def test_closing_in_threads_while_others_come_and_go(start_jackd):
    """The same, long enough to meet a cancellation that is on its way when a lock is taken
    (rt/guard.h).  With -v libjack2 has more to say meanwhile, under a lock of its messages."""
    options = ("-r", "-v") if libraries.loaded() == "JACK2" else ("-r",)
    server = start_jackd(options=options)
    with coming_and_going(server):
        children.run(OPEN_AND_CLOSE_IN_THREADS, server.name, timeout=360)
