"""Rules for who is to be connected with whom: by names, or by regular expressions."""

import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Protocol

from jack._graph import Change, Connection, Graph

if TYPE_CHECKING:
    from jack._jack import Client
    from typing_extensions import Self

KINDS = ("connect", "exclusive", "disconnect")
FORMAT = "rtjack rules"
VERSION = 1

# What is replaced in a destination: \1 to \9, \g<name>; another escape stays as it is.
_REFERENCE = re.compile(r"\\(?:([1-9])|g<([^>]*)>|.)", re.DOTALL)


@dataclass(frozen=True)
class Rule:
    """One of Rules: `kind` is "connect", "exclusive" or "disconnect"."""

    kind: str
    source: str
    destination: str
    regex: bool = False


@dataclass(frozen=True)
class Plan:
    """What Rules make of a graph: pairs of (output, input)."""

    present: tuple[Connection, ...]  # as it should be
    make: tuple[Connection, ...]
    cut: tuple[Connection, ...]


class Rules:
    """Which outputs are to be connected with which inputs, and which are not.

    Names are full names ("client:port"), and plain text unless `regex` is true; then both
    are Python's regular expressions, which have to match a whole name, and the
    destination may have ``\\\\1`` or ``\\\\g<name>`` for what a group of the source has
    matched.  Ports of different types are never connected.

    >>> rules = jack.Rules()
    >>> rules.connect("synth:left", "system:playback_1")
    >>> rules.connect(r"drums:out_(\\d+)", r"mixer:in_\\1", regex=True)
    >>> rules.disconnect("microphone:out", "system:playback_.*", regex=True)

    What disconnect() forbids is not connected, whatever the others say.
    """

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self._rules: dict[Rule, _Matcher] = {}
        for rule in rules:
            self.add(rule)

    def connect(
        self, source: str, destination: str, *, regex: bool = False, exclusive: bool = False
    ) -> "Self":
        """Connect each output that fits `source` with each input that fits `destination`.

        With `exclusive`, all other connections of such a pair's two ports are cut, unless
        another rule asks for them.  Returns the rules.  Raises ValueError when a pattern
        is no regular expression or refers to a group that the source has not, or when a
        plain name is not a full one.
        """
        return self.add(Rule("exclusive" if exclusive else "connect", source, destination, regex))

    def disconnect(self, source: str, destination: str, *, regex: bool = False) -> "Self":
        """Cut such connections, and make none.  Arguments as for connect()."""
        return self.add(Rule("disconnect", source, destination, regex))

    def add(self, rule: Rule) -> "Self":
        """Add a rule; one that is there already changes nothing."""
        if not isinstance(rule, Rule):
            raise TypeError(f"rule must be a jack.Rule, not {type(rule).__name__}")
        if rule.kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}, not {rule.kind!r}")
        for place, text in (("source", rule.source), ("destination", rule.destination)):
            if not isinstance(text, str):
                raise TypeError(f"{place} must be a str, not {type(text).__name__}")
        self._rules[rule] = _Pattern(rule) if rule.regex else _Names(rule)
        return self

    def __iter__(self) -> Iterator[Rule]:
        """The rules, in the order in which they were added."""
        return iter(list(self._rules))

    def __len__(self) -> int:
        """How many there are."""
        return len(self._rules)

    def plan(self, graph: Graph) -> Plan:
        """What there is to do."""
        rules = list(self._rules.items())
        forbidding = [matcher for rule, matcher in rules if rule.kind == "disconnect"]

        def forbidden(pair: Connection) -> bool:
            return any(matcher.fits(pair) for matcher in forbidding)

        wanted: dict[Connection, None] = {}
        alone: set[str] = set()
        for rule, matcher in rules:
            for pair in matcher.pairs(graph) if rule.kind != "disconnect" else ():
                if not forbidden(pair):
                    wanted[pair] = None
                    alone.update(pair if rule.kind == "exclusive" else ())
        return Plan(
            present=tuple(pair for pair in wanted if pair in graph.connections),
            make=tuple(pair for pair in wanted if pair not in graph.connections),
            cut=tuple(
                pair
                for pair in graph.connections
                if forbidden(pair)
                or (pair not in wanted and not alone.isdisjoint(pair))
            ),
        )

    def apply(self, client: "Client") -> Change:
        """Do once, now, what there is to do; tell what was done.

        What is connected as it should be is left alone.  Ports and clients may come and
        go meanwhile.  Not from a callback that JACK waits for.  Raises JackError when the
        client is closed or loses its server.  libjack: jack_connect, jack_disconnect.
        """
        plan = self.plan(Graph(client))
        change = Change()
        change.make(client, plan.make)
        change.cut(client, plan.cut)
        return change

    def to_json(self) -> str:
        """The rules as JSON text."""
        from jack._snapshot import dump

        rules = [asdict(rule) for rule in self]
        return dump({"format": FORMAT, "version": VERSION, "rules": rules})

    @classmethod
    def from_json(cls, text: str | bytes) -> "Self":
        """The opposite of to_json().

        Raises ValueError, which tells the place, when these are no rules, or some of a
        later version.
        """
        from jack._snapshot_format import member, parse

        rules = cls()
        document = parse(text, FORMAT, VERSION)
        for index, value in enumerate(member(document, "rules", list)):
            try:
                rules.add(_read(value))
            except ValueError as error:
                raise ValueError(f"rules[{index}]: {error}") from None
        return rules

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write them to a file, as JSON; an older one is there until the new one is whole."""
        from jack._snapshot import write_whole

        write_whole(path, self.to_json())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "Self":
        """Read what save() wrote.  Raises ValueError as from_json(), and OSError."""
        from jack._snapshot import read_whole

        return read_whole(path, cls.from_json)


def _read(value: object) -> Rule:
    from jack._snapshot_format import checked, member

    rule = checked(value, "a rule", dict)
    if unknown := rule.keys() - {"kind", "source", "destination", "regex"}:
        raise ValueError(f"a rule has no {json.dumps(min(unknown))}")
    return Rule(
        kind=member(rule, "kind", str),
        source=member(rule, "source", str),
        destination=member(rule, "destination", str),
        regex=member(rule, "regex", bool, False),
    )


class _Matcher(Protocol):
    def pairs(self, graph: Graph) -> Iterator[Connection]:
        """The pairs of ports, of one type, that fit."""

    def fits(self, pair: Connection) -> bool:
        """Whether the pair fits."""


class _Names:
    def __init__(self, rule: Rule) -> None:
        from jack._snapshot_format import name_of

        self._pair = (
            name_of(rule.source, "source"),
            name_of(rule.destination, "destination"),
        )

    def pairs(self, graph: Graph) -> Iterator[Connection]:
        source, destination = self._pair
        kind = graph.outputs.get(source)
        if kind is not None and kind == graph.inputs.get(destination):
            yield self._pair

    def fits(self, pair: Connection) -> bool:
        return pair == self._pair


class _Pattern:
    def __init__(self, rule: Rule) -> None:
        self._source = _compile(rule.source, "source")
        self._destination = rule.destination
        self._used = sorted(set(self._references()), key=str)
        empty = {group: "" for group in self._used}
        _compile(self._filled(empty), "destination", rule.destination)

    def _references(self) -> Iterator[int | str]:
        for found in _REFERENCE.finditer(self._destination):
            number, name = found[1] or found[2], found[2]
            if number is None:
                continue
            group: int | str = int(number) if number.isdecimal() else number
            known = self._source.groupindex if name and group == name else self._groups()
            if group not in known:
                raise ValueError(
                    f"destination {self._destination!r} refers to group {group}, which "
                    f"source {self._source.pattern!r} has not"
                )
            yield group

    def _groups(self) -> range:
        return range(1, self._source.groups + 1)

    def _filled(self, groups: dict[int | str, str]) -> str:
        """The destination with what the groups have matched, as plain text."""

        def fill(found: re.Match[str]) -> str:
            name = found[1] or found[2]
            if name is None:
                return found[0]
            text = groups[int(name) if name.isdecimal() else name]
            return f"(?:{re.escape(text)})"

        return _REFERENCE.sub(fill, self._destination)

    def _destination_for(self, found: re.Match[str]) -> re.Pattern[str]:
        return re.compile(self._filled({group: found[group] or "" for group in self._used}))

    def pairs(self, graph: Graph) -> Iterator[Connection]:
        fitting: dict[str, list[str]] = {}  # inputs by pattern
        for source, kind in graph.outputs.items():
            if found := self._source.fullmatch(source):
                pattern = self._destination_for(found)
                if pattern.pattern not in fitting:
                    fitting[pattern.pattern] = list(filter(pattern.fullmatch, graph.inputs))
                for destination in fitting[pattern.pattern]:
                    if graph.inputs[destination] == kind:
                        yield source, destination

    def fits(self, pair: Connection) -> bool:
        found = self._source.fullmatch(pair[0])
        return found is not None and bool(self._destination_for(found).fullmatch(pair[1]))


def _compile(pattern: str, place: str, written: str | None = None) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        text = pattern if written is None else written
        raise ValueError(f"{place} {text!r} is no regular expression: {error}") from None
