"""Restoring a snapshot, and telling how that went."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jack._errors import JackErrorCode
from jack._graph import Change, Connection, Graph, Refusal, are_there, vanishing
from jack._snapshot import Properties, Snapshot

if TYPE_CHECKING:
    from jack._jack import Client, Port

_SLICE = 0.05  # seconds between two looks for ports that are not there


@dataclass(frozen=True)
class Restored:
    """What Snapshot.restore() has done; the lists are of (output, input), in order.

    Attributes
    ----------
    made : tuple
        Connections that it made.
    present : tuple
        Those that were there already.
    missing : tuple
        Those of which a port is not there.
    removed : tuple
        Others that it cut, with `exclusive`.
    properties : int
        How many aliases and properties it set.
    failed : tuple of Refusal
        What JACK refused, `what` and `error`.
    """

    made: tuple[Connection, ...] = ()
    present: tuple[Connection, ...] = ()
    missing: tuple[Connection, ...] = ()
    removed: tuple[Connection, ...] = ()
    properties: int = 0
    failed: tuple[Refusal, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether nothing is missing and nothing failed."""
        return not self.missing and not self.failed


class _Restoring:
    def __init__(self, snapshot: Snapshot, client: "Client", properties: bool) -> None:
        self.snapshot = snapshot
        self.client = client
        self.missing = list(dict.fromkeys(snapshot.connections))
        self.present: list[Connection] = []
        self.change = Change()
        self.failed: list[Refusal] = []  # but for connections
        self.ports_left = set(snapshot.ports) if properties else set()
        self.clients_left = set(snapshot.clients) if properties else set()
        self.properties = 0

    def connect(self, graph: Graph) -> None:
        self.change.refused.clear()  # they are tried again
        there = [pair for pair in self.missing if graph.has(pair)]
        self.present += [pair for pair in there if pair in graph.connections]
        gone = self.change.make(
            self.client, [pair for pair in there if pair not in graph.connections]
        )
        left = set(self.missing).difference(there).union(gone, self.change.refused)
        self.missing = [pair for pair in self.missing if pair in left]

    def cut_others(self, graph: Graph) -> None:
        keep, ports = set(self.snapshot.connections), self.snapshot.ports
        self.change.cut(
            self.client,
            [
                pair
                for pair in graph.connections
                if pair not in keep and pair[0] in ports and pair[1] in ports
            ],
        )

    def set_properties(self, graph: Graph) -> None:
        for name in sorted(self.ports_left & graph.ports.keys()):
            self.ports_left.discard(name)
            state, port = self.snapshot.ports[name], graph.ports[name]
            with vanishing(self.client):
                for alias in state.aliases:
                    self._set_alias(port, name, alias)
                if state.properties:
                    self._set(port.uuid, name, state.properties)
        for name in sorted(self.clients_left):
            with vanishing(self.client):
                uuid = int(self.client.get_uuid_for_client_name(name))
                self.clients_left.discard(name)
                self._set(uuid, name, self.snapshot.clients[name])

    def _set_alias(self, port: "Port", name: str, alias: str) -> None:
        if alias in port.aliases:
            return
        try:
            port.set_alias(alias)
            self.properties += 1
        except JackErrorCode as error:
            self._refused(name, error)

    def _set(self, uuid: int, name: str, properties: Properties) -> None:
        from jack._jack import get_property

        for key, (value, kind) in properties.items():
            if get_property(uuid, key) == (value, kind):
                continue
            try:
                self.client.set_property(uuid, key, value, kind)
                self.properties += 1
            except ValueError as error:  # JACK refuses
                self._refused(name, error)

    def _refused(self, name: str, error: Exception) -> None:
        port = [name] if name in self.snapshot.ports else []
        if are_there(self.client, port):  # else its going was the reason
            self.failed.append(Refusal(name, error))

    def report(self) -> Restored:
        return Restored(
            made=tuple(self.change.made),
            present=tuple(self.present),
            missing=tuple(p for p in self.missing if p not in self.change.refused),
            removed=tuple(self.change.removed),
            properties=self.properties,
            failed=(*self.failed, *self.change.failed),
        )


def restore(
    snapshot: Snapshot, client: "Client", timeout: float, exclusive: bool, properties: bool
) -> Restored:
    """See Snapshot.restore()."""
    if not isinstance(timeout, int | float):
        raise TypeError(f"timeout must be seconds, not {type(timeout).__name__}")
    if not timeout >= 0:
        raise ValueError(f"timeout must be seconds from 0 on, got {timeout!r}")
    deadline = time.monotonic() + timeout
    restoring = _Restoring(snapshot, client, properties)
    while True:
        graph = Graph(client)
        restoring.set_properties(graph)
        restoring.connect(graph)
        left = deadline - time.monotonic()
        if not restoring.missing or left <= 0:
            break
        time.sleep(min(left, _SLICE))
    if exclusive:
        restoring.cut_others(Graph(client))
    return restoring.report()
