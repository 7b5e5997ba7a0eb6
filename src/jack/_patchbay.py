"""Keeping connections as rules have them while ports come and go."""

import threading
from types import TracebackType
from typing import TYPE_CHECKING

from jack._errors import JackError
from jack._graph import Change, Connection, Graph, Refusal
from jack._rules import Rules

if TYPE_CHECKING:
    from jack._jack import Client, Event, EventQueue
    from typing_extensions import Self

_PAUSE = 0.01  # seconds between two looks at the graph: many events at once are one change
_AT_ONCE = 1000  # events to be taken before the next look


class Patchbay:
    """Connects ports by Rules whenever they appear, from a thread of its own.

    It begins with the ports that are there.  What is as it should be is left alone, and
    a connection that somebody cuts stays cut until one of its ports comes anew or is
    renamed.  What the rules forbid, or another's `exclusive` does not allow, is cut each
    time it appears.  It ends when the client is closed or loses its server.  A context
    manager that closes it.

    Parameters
    ----------
    client : Client
        Through which to do it; active, else it hears of nothing that comes.
    rules : Rules
        May be added to meanwhile, which counts from the next change of the graph on.

    Raises JackError when the client is closed.
    libjack: jack_connect, jack_disconnect.
    """

    def __init__(self, client: "Client", rules: Rules) -> None:
        from jack._jack import PortConnected, PortRegistered, PortRenamed

        if not isinstance(rules, Rules):
            raise TypeError(f"rules must be jack.Rules, not {type(rules).__name__}")
        self._rules = rules
        self._client = client
        self._queue: EventQueue = client.events(PortRegistered, PortConnected, PortRenamed)
        self._lost = 0
        self._settled: set[Connection] = set()  # made or found, and not to be made again
        self._awaited: set[Connection] = set()  # made, and JACK has not told of it yet
        self._made = 0
        self._removed = 0
        self._refused: dict[Connection, JackError] = {}
        self._error: Exception | None = None
        self._closing = threading.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="jack patchbay", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._look({})
            self._ready.set()
            while not self._closing.wait(_PAUSE):
                self._look(self._take())
        except JackError as error:
            if not (self._closing.is_set() or self._client.closed):
                self._error = error
        except Exception as error:
            self._error = error
            raise
        finally:
            self._queue.close()
            self._ready.set()

    def _take(self) -> dict[Connection, bool]:
        """Wait for an event; forget what was settled about the ports that events name.

        Gives the connections that were made and cut.
        """
        events = [self._queue.get()]
        for _ in range(_AT_ONCE):
            try:
                events.append(self._queue.get(0))
            except TimeoutError:
                break
        if self._queue.lost != self._lost:
            self._lost = self._queue.lost
            self._settled.clear()
            self._awaited.clear()
            self._refused.clear()
        return self._note(events)

    def _note(self, events: "list[Event]") -> dict[Connection, bool]:
        from jack._jack import PortConnected, PortRegistered, PortRenamed

        anew: set[str] = set()
        told: dict[Connection, bool] = {}
        known = self._awaited.copy()  # with ports of whose coming may be told only now
        for event in events:
            if isinstance(event, PortRegistered):
                anew.add(event.port.name)
                if not event.registered:
                    known = _without(known, {event.port.name})
            elif isinstance(event, PortRenamed):
                names = {event.old_name, event.new_name}
                anew.update(names)
                known = _without(known, names)
            elif isinstance(event, PortConnected):
                pair = event.source.name, event.destination.name
                told[pair] = event.connected
                self._awaited.discard(pair)
        if anew:
            self._awaited &= known
            self._settled = _without(self._settled, anew) | (self._settled & known)
            for pair in [pair for pair in self._refused if not anew.isdisjoint(pair)]:
                del self._refused[pair]
        return told

    def _look(self, told: dict[Connection, bool]) -> None:
        graph = Graph(self._client)
        for pair, connected in told.items():  # JACK2 shows them from its next block on
            if not connected:
                graph.connections.pop(pair, None)
            elif graph.has(pair):
                graph.connections[pair] = None
        plan = self._rules.plan(graph)
        change = Change()
        pairs = [pair for pair in plan.make if pair not in self._settled]
        gone = change.make(self._client, pairs)
        self._awaited.update(change.made)
        change.cut(self._client, plan.cut)
        self._settled.update(plan.present, set(pairs).difference(gone))
        self._made += len(change.made)
        self._removed += len(change.removed)
        for pair in pairs:
            self._refused.pop(pair, None)
        self._refused.update(change.refused)

    def wait_ready(self, timeout: float | None = None) -> bool:
        """Wait until the ports that were there at the beginning are dealt with.

        False when `timeout` seconds were not enough.  Raises what ended it.
        """
        ready = self._ready.wait(timeout)
        if self._error is not None:
            raise self._error
        return ready

    def wait_closed(self, timeout: float | None = None) -> bool:
        """Wait until it has ended; False when `timeout` seconds were not enough."""
        self._thread.join(timeout)
        return self.closed

    def close(self) -> None:
        """End it; connections stay as they are.  Not from a callback that JACK waits for."""
        self._closing.set()
        self._queue.close()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def __enter__(self) -> "Self":
        """The patchbay itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """close()."""
        self.close()

    @property
    def closed(self) -> bool:
        """Whether it has ended: by close(), with its client, or by an error."""
        return not self._thread.is_alive()

    @property
    def rules(self) -> Rules:
        """What it goes by."""
        return self._rules

    @property
    def client(self) -> "Client":
        """Through which it works."""
        return self._client

    @property
    def made(self) -> int:
        """How many connections it has made."""
        return self._made

    @property
    def removed(self) -> int:
        """How many connections it has cut."""
        return self._removed

    @property
    def failed(self) -> tuple[Refusal, ...]:
        """What JACK refused; tried again when one of the ports comes anew.

        JACK refuses ports whose client is not active, and tells of them again when it is.
        """
        refused = self._refused.copy()
        return tuple(Refusal(" -> ".join(pair), error) for pair, error in refused.items())

    @property
    def error(self) -> Exception | None:
        """What ended it, when that was not close() or the client's end."""
        return self._error


def _without(pairs: set[Connection], names: set[str]) -> set[Connection]:
    """Those of the pairs that have none of these ports."""
    return {pair for pair in pairs if names.isdisjoint(pair)}
