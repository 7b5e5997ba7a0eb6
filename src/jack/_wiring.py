"""The connections of a client's ports, remembered over the loss of its server."""

import contextlib
import errno
import time
from collections.abc import Iterable

from jack._errors import JackError, JackErrorCode
from jack._jack import (
    Client,
    Event,
    EventQueue,
    GraphReordered,
    PortConnected,
    PortRegistered,
    PortRenamed,
    Shutdown,
)

# Programs that end together with their server may be first, and take their ports along.
# Those that went so short a time before it, in seconds, went with it.
_LAST_MOMENT = 2.0

# Both ports' full names; of own ports only the colon and what follows, since the client may
# have another name next time.
Pair = tuple[str, str]


class Wiring:
    """Used by one thread at a time."""

    KINDS = (PortConnected, PortRegistered, PortRenamed, GraphReordered, Shutdown)

    def __init__(self) -> None:
        self._missing: set[Pair] = set()  # to be made once both ports are there
        self._present: set[Pair] = set()
        self._dropped: dict[Pair, float] = {}  # when it was taken apart
        self._gone: set[str] = set()  # ports
        self._ending = False  # the server
        self._own = ""  # the client's name

    def restore(self, client: Client) -> None:
        """Connect what was connected with the server before, as far as it can be."""
        self._learn_name(client)  # its server may be gone when the first event is looked at
        self._missing |= self._present
        self._present.clear()
        self._try(client, self._missing)

    def follow(self, client: Client, events: EventQueue) -> None:
        """Keep up with what happens, until the client is closed or its server gone."""
        lost = 0
        self._ending = False
        for event in events:
            self._note(client, event)
            if events.lost != lost:
                lost = events.lost
                self._look(client)
        self._keep_what_just_went()

    def _keep_what_just_went(self) -> None:
        # Of an unknown number of seconds ago, if the thread was late; then they count.
        now = time.monotonic()
        self._present |= {
            pair
            for pair, when in self._dropped.items()
            if now - when < _LAST_MOMENT and not self._gone.isdisjoint(pair)
        }
        self._dropped.clear()
        self._gone.clear()

    def _note(self, client: Client, event: Event) -> None:
        match event:
            case PortConnected():
                self._connected(client, event)
            case PortRegistered(port, True):
                name = self._remembered(client, port.name)
                self._gone.discard(name)
                self._try(client, {pair for pair in self._missing if name in pair})
            case PortRegistered(port, False):
                self._gone.add(self._remembered(client, port.name))
            case PortRenamed():
                old, new = (self._remembered(client, n) for n in (event.old_name, event.new_name))
                renamed = {p: tuple(new if n == old else n for n in p) for p in self._present}
                self._present = {(a, b) for a, b in renamed.values()}
            case GraphReordered():
                # JACK1 refuses ports until their client is active, and tells it thus.
                self._try(client, self._missing)
            case Shutdown():
                self._keep_what_just_went()
                self._ending = True
            case _:
                pass

    def _connected(self, client: Client, event: PortConnected) -> None:
        source, destination = event.source.name, event.destination.name
        pair = (self._remembered(client, source), self._remembered(client, destination))
        if pair == (source, destination):
            return  # of others
        if event.connected:
            self._missing.discard(pair)
            self._dropped.pop(pair, None)
            self._present.add(pair)
        elif pair in self._present and not self._ending:
            # JACK2, when it is ended and not killed, takes apart all that is left; it says
            # so after its last word.
            self._present.remove(pair)
            self._dropped[pair] = time.monotonic()

    def _try(self, client: Client, pairs: Iterable[Pair]) -> None:
        made = {pair for pair in set(pairs) if _connect(client, pair)}
        self._missing -= made
        self._present |= made

    def _remembered(self, client: Client, name: str) -> str:
        own, colon, short = name.partition(":")
        self._learn_name(client)
        return colon + short if own == self._own else name

    def _learn_name(self, client: Client) -> None:
        with contextlib.suppress(JackError):  # its server is gone: as it was called before
            self._own = client.name

    def _look(self, client: Client) -> None:
        """Events were lost: ask for what there is."""
        found = set()
        try:
            for port in [*client.outports, *client.midi_outports]:
                found |= {(port.name, other.name) for other in port.connections}
            for port in [*client.inports, *client.midi_inports]:
                found |= {(other.name, port.name) for other in port.connections}
        except JackError:
            return  # the server is gone; what was known last has to do
        self._present = {(self._remembered(client, a), self._remembered(client, b)) for a, b in found}
        self._missing -= self._present


def _connect(client: Client, pair: Pair) -> bool:
    try:
        own = client.name
        source, destination = (own + n if n.startswith(":") else n for n in pair)
        client.get_port_by_name(source)
        client.get_port_by_name(destination)
    except JackError:
        return False  # one of them is not there, or the server no more
    try:
        client.connect(source, destination)
    except JackErrorCode as error:
        return error.code == errno.EEXIST
    except JackError:
        return False
    return True
