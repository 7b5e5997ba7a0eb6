"""Clients that are opened and closed while others come and go.

JACK2's library cancels the thread that hears of these when it closes a client, whatever
locks the thread has.
"""

import contextlib

from support import children

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


def test_closing_while_others_come_and_go(start_jackd):
    """It ends; else somebody waits for a lock that nobody gives back."""
    server = start_jackd()
    with contextlib.ExitStack() as stack:
        for name in ("a", "b"):
            other = stack.enter_context(children.start(COME_AND_GO, server.name, name))
            stack.callback(other.kill)
        children.run(OPEN_AND_CLOSE, server.name, timeout=60)
