"""Ports for MIDI that goes from one client to another, outside the process callback."""

from support import libraries
from support.waiting import wait_for

# Blocks from the sending of the first message to its frame, before which all are sent: JACK2
# freewheels meanwhile.
AHEAD = 400 if libraries.loaded() == "JACK2" else 60

# Bytes of the longest message that fits into a block.
LONGEST = {"JACK2": 32720, "JACK1": 2012, "PipeWire": 32728}[libraries.loaded()]
if libraries.cuts_midi():
    LONGEST = 8184


def line(client, sender="sender", receiver="receiver"):
    """An output and an input, connected, of two active clients; the input keeps events.

    Each has its client as an attribute.
    """
    giving, taking = client(sender), client(receiver)
    out, into = giving.midi_outports.register("o"), taking.midi_inports.register("i")
    giving.activate()
    taking.activate()
    giving.connect(out, into)
    into.fileno()
    settle(giving)
    out.client, into.client = giving, taking
    return out, into


def settle(client):
    """Let JACK make a connection: it does so between two blocks."""
    before = client.stats.cycles
    wait_for(lambda: client.stats.cycles >= before + 2, what="two blocks")


def soon(port, blocks=20):
    """A frame so far ahead that what is sent for it now is in time."""
    return (port.client.frame_time + blocks * port.client.blocksize) % 2**32


def received(port, count, seconds=20):
    """The next `count` events; all of them, or an error."""
    return [port.receive(seconds) for _ in range(count)]


def wait_for_sent(port, count):
    wait_for(lambda: port.stats.sent >= count, what=f"{count} events are sent: {port.stats}")


def sysex(size, seed=0):
    return bytes([0xF0, *((n * 7 + seed) % 128 for n in range(size - 2)), 0xF7])


def fill(port):
    """Send for a far frame until the queue is full; how many that took."""
    far = soon(port, 100_000)
    count = 0
    while True:
        try:
            port.send(b"\xf8", far, timeout=0)
        except BlockingIOError:
            return count
        count += 1
