"""The graph as it is, and changes to it that others may cross at any time."""

import contextlib
import errno
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from jack._errors import JackError, JackErrorCode

if TYPE_CHECKING:
    from jack._jack import Client, Port

_TRIES = 3  # a port may go, and another come under its name, while one is made

Connection: TypeAlias = tuple[str, str]  # full names: output, input


@contextlib.contextmanager
def vanishing(client: "Client") -> Iterator[None]:
    """What is asked of a port that has gone is passed over; not so that of a lost server."""
    try:
        yield
    except JackError:
        if client.closed:
            raise


class Graph:
    """The ports and connections of a server, as they are when it is made.

    Raises JackError when the client is closed or loses its server.
    """

    def __init__(self, client: "Client") -> None:
        self.ports: dict[str, Port] = {}
        self.outputs: dict[str, str] = {}  # types by name
        self.inputs: dict[str, str] = {}
        self.connections: dict[Connection, None] = {}  # in the server's order
        for port in client.get_ports():
            with vanishing(client):
                self._look_at(client, port)

    def _look_at(self, client: "Client", port: "Port") -> None:
        name, kind = port.name, port.type
        if port.is_input:
            self.inputs[name] = kind
        else:
            self.outputs[name] = kind
            for other in client.get_all_connections(port):
                with vanishing(client):
                    self.connections[name, other.name] = None
        self.ports[name] = port

    def has(self, connection: Connection) -> bool:
        """Whether both its ports are there."""
        return connection[0] in self.ports and connection[1] in self.ports


@dataclass(frozen=True)
class Refusal:
    """What JACK refused: `what` is "a:out -> b:in", or the name of a port or client."""

    what: str
    error: Exception


@dataclass
class Change:
    """Connections, (output, input), that were made and removed, and what JACK refused."""

    made: list[Connection] = field(default_factory=list)
    removed: list[Connection] = field(default_factory=list)
    refused: dict[Connection, JackError] = field(default_factory=dict)

    @property
    def failed(self) -> tuple[Refusal, ...]:
        """What JACK refused to make."""
        return tuple(Refusal(" -> ".join(pair), e) for pair, e in self.refused.items())

    def make(self, client: "Client", pairs: Iterable[Connection]) -> list[Connection]:
        """Connect; what was there is left alone.  Gives the pairs of which a port is gone.

        JACK also refuses while a port's client is not active.
        Raises JackError when the client is closed or lost.
        """
        gone = []
        for pair in pairs:
            for left in reversed(range(_TRIES)):
                refused = self._connect(client, pair)
                if refused is None:
                    break
                if not are_there(client, pair):
                    gone.append(pair)
                    break
                if left == 0:
                    self.refused[pair] = refused
        return gone

    def _connect(self, client: "Client", pair: Connection) -> JackError | None:
        try:
            client.connect(*pair)
        except JackError as error:
            if client.closed:
                raise
            done = isinstance(error, JackErrorCode) and error.code == errno.EEXIST
            return None if done else error  # done: somebody else did it
        self.made.append(pair)
        return None

    def cut(self, client: "Client", pairs: Iterable[Connection]) -> None:
        """Disconnect; what is not connected any more is passed over."""
        for pair in pairs:
            with vanishing(client):
                client.disconnect(*pair)
                self.removed.append(pair)


def are_there(client: "Client", names: Iterable[str]) -> bool:
    """Whether there are ports of all these names."""
    try:
        for name in names:
            client.get_port_by_name(name)
    except JackError:
        if client.closed:
            raise
        return False
    return True
