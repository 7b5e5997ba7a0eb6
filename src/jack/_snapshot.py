"""Snapshots of the graph: who is connected with whom, as JSON; see `Snapshot`."""

import contextlib
import json
import os
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from jack._graph import Connection, Graph, vanishing

if TYPE_CHECKING:
    from jack._jack import Client
    from jack._restore import Restored
    from jack._rules import Rules
    from typing_extensions import Self

FORMAT = "rtjack snapshot"
VERSION = 1

_STRING = r'("(?:[^"\\]|\\.)*")'
_PAIR = re.compile(rf"\[\n\s+{_STRING},\n\s+{_STRING}\n\s+\]")  # no string has a newline

Properties: TypeAlias = dict[str, tuple[bytes, str]]
_Read = TypeVar("_Read")


@dataclass(frozen=True)
class PortState:
    """A port in a snapshot."""

    type: str  # such as '32 bit float mono audio'
    is_input: bool
    aliases: tuple[str, ...] = ()
    properties: Properties = field(default_factory=dict)


@dataclass(frozen=True)
class Snapshot:
    """The graph's connections, ports, aliases and properties, as they were.

    Made by Client.snapshot() or load(); names are full names, "client:port".  Bytes of
    names that are not UTF-8 are kept by surrogateescape, in the file too.

    Attributes
    ----------
    connections : tuple of (str, str)
        (output, input), in the server's order.
    ports : dict of PortState
        By name.
    clients : dict of dict
        The properties of each client that has any: {key: (value, type)} by name.
    """

    connections: tuple[Connection, ...] = ()
    ports: Mapping[str, PortState] = field(default_factory=dict)
    clients: Mapping[str, Properties] = field(default_factory=dict)

    def to_json(self) -> str:
        """The snapshot as JSON text."""
        document = {
            "format": FORMAT,
            "version": VERSION,
            "connections": self.connections,
            "ports": {name: _port_as_dict(port) for name, port in self.ports.items()},
            "clients": {name: _properties_as_dict(p) for name, p in self.clients.items()},
        }
        return dump(document)

    @classmethod
    def from_json(cls, text: str | bytes) -> "Self":
        """The opposite of to_json().

        Raises ValueError, which tells the place, when it is no snapshot, or one of a
        later version.
        """
        from jack import _snapshot_format

        return cls(**_snapshot_format.read(text))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it to a file, as JSON; an older one is there until the new one is whole."""
        write_whole(path, self.to_json())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "Self":
        """Read what save() wrote.  Raises ValueError as from_json(), and OSError."""
        return read_whole(path, cls.from_json)

    def restore(
        self,
        client: "Client",
        *,
        timeout: float = 0.0,
        exclusive: bool = False,
        properties: bool = True,
    ) -> "Restored":
        """Make the connections that are missing; tell what was done and what could not be.

        A connection that is there is left alone, so that its audio goes on undisturbed.
        Ports and clients may come and go meanwhile.  Not from a callback that JACK waits
        for.

        Parameters
        ----------
        client : Client
            Through which to do it; active if its own ports are concerned.
        timeout : float
            Seconds to wait for ports that are not there, or whose clients are not active
            yet; 0 does not wait.
        exclusive : bool
            Cut the other connections between ports of the snapshot.
        properties : bool
            Restore aliases and properties of ports and clients too, before connecting.

        Raises JackError when the client is closed or loses its server.
        libjack: jack_connect, jack_disconnect, jack_port_set_alias, jack_set_property.
        """
        from jack import _restore

        return _restore.restore(self, client, timeout, exclusive, properties)

    def _repr_html_(self) -> str:
        """For notebooks: a drawing, or a table where Graphviz is missing."""
        from jack import _notebook

        return _notebook.html(self)

    def _repr_svg_(self) -> str | None:
        """For notebooks: the drawing; None where Graphviz is missing."""
        from jack import _notebook

        return _notebook.svg(self)

    def rules(self) -> "Rules":
        """A rule for each connection, for Patchbay: connected whenever both ports appear."""
        from jack._rules import Rules

        rules = Rules()
        for source, destination in self.connections:
            rules.connect(source, destination)
        return rules


# ---- taking ----


def take(client: "Client", *, properties: bool = True) -> Snapshot:
    """See Client.snapshot()."""
    graph = Graph(client)
    known = _all_properties() if properties else {}
    ports: dict[str, PortState] = {}
    for name, port in graph.ports.items():
        with vanishing(client):
            ports[name] = PortState(
                type=port.type,
                is_input=name in graph.inputs,
                aliases=tuple(port.aliases) if properties else (),
                properties=known.get(port.uuid, {}) if known else {},
            )
    clients: dict[str, Properties] = {}
    for name in dict.fromkeys(map(_client_of, ports)) if known else ():
        with vanishing(client):
            if found := known.get(int(client.get_uuid_for_client_name(name))):
                clients[name] = found
    return Snapshot(tuple(graph.connections), ports, clients)


def _all_properties() -> dict[int, Properties]:
    """The properties by UUID; none where JACK keeps none."""
    from jack._jack import get_all_properties

    try:
        return dict(get_all_properties().items())
    except RuntimeError:  # JACK can't read its metadata
        return {}


def _client_of(port: str) -> str:
    return port.partition(":")[0]


# ---- writing ----


def _port_as_dict(port: PortState) -> dict[str, object]:
    state: dict[str, object] = {
        "type": port.type,
        "direction": "in" if port.is_input else "out",
    }
    if port.aliases:
        state["aliases"] = port.aliases
    if port.properties:
        state["properties"] = _properties_as_dict(port.properties)
    return state


def _properties_as_dict(properties: Properties) -> dict[str, tuple[str, str]]:
    return {
        key: (value.decode(errors="surrogateescape"), kind)
        for key, (value, kind) in properties.items()
    }


_ESCAPED = re.compile("[\ud800-\udfff\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def dump(document: Mapping[str, object]) -> str:
    """JSON in UTF-8, pairs on one line; what is no Unicode, or would do something to a
    terminal, is escaped."""
    text = json.dumps(document, indent=1, ensure_ascii=False)
    text = _PAIR.sub(r"[\1, \2]", text)
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"


def write_whole(path: str | os.PathLike[str], text: str) -> None:
    """Write a file that is there whole, or as it was before."""
    path = os.path.realpath(os.fsdecode(path))  # through links, whose target is replaced
    folder, name = os.path.split(path)
    new = os.path.join(folder, f".{name[:100]}.{secrets.token_hex(8)}")
    with open(new, "x", encoding="utf-8") as file:
        try:
            file.write(text)
            file.flush()
            with contextlib.suppress(FileNotFoundError):
                os.fchmod(file.fileno(), os.stat(path).st_mode & 0o777)
            os.fsync(file.fileno())
            os.replace(new, path)
        except BaseException:
            os.unlink(new)
            raise


def read_whole(path: str | os.PathLike[str], read: Callable[[bytes], _Read]) -> _Read:
    """What `read` makes of a file; a ValueError names the file."""
    with open(path, "rb") as file:
        text = file.read()
    try:
        return read(text)
    except ValueError as error:
        raise ValueError(f"{os.fsdecode(path)}: {error}") from None
