"""Reading snapshots and rules from JSON: what is not as it should be is told by its place."""

import json
from collections.abc import Callable
from typing import Any, TypeVar

from jack._graph import Connection
from jack._snapshot import FORMAT, VERSION, PortState, Properties

_Value = TypeVar("_Value")
_KINDS = {dict: "an object", list: "a list", str: "a string", bool: "true or false"}


def read(text: str | bytes) -> dict[str, Any]:
    """What a Snapshot is made of.  Raises ValueError."""
    document = parse(text, FORMAT, VERSION)
    return {
        "connections": tuple(
            _connection(value, f"connections[{index}]")
            for index, value in enumerate(member(document, "connections", list))
        ),
        "ports": _each(member(document, "ports", dict, {}), "ports", _port),
        "clients": _each(member(document, "clients", dict, {}), "clients", _properties),
    }


def parse(text: str | bytes, form: str, version: int) -> dict[str, Any]:
    """The JSON object, of that format and of that version or an earlier one."""
    try:
        document = json.loads(text)
    except UnicodeDecodeError as error:
        raise ValueError(f"it is no JSON: {error}") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"it is no JSON: {error}") from None
    except RecursionError:
        raise ValueError("it is no JSON that can be read: it is nested too deeply") from None
    if not isinstance(document, dict) or document.get("format") != form:
        found = document.get("format") if isinstance(document, dict) else document
        raise ValueError(f'it has no "format": "{form}", but {_short(found)}')
    found = document.get("version")
    if type(found) is not int or found < 1:
        raise ValueError(f"version must be an int from 1 on, not {_short(found)}")
    if found > version:
        raise ValueError(
            f"it has version {found}, but this rtjack reads versions up to {version}"
        )
    return document


def member(
    owner: dict[str, Any], name: str, kind: type[_Value], default: object = None
) -> Any:
    """owner[name], which must be there unless a default is given."""
    if name not in owner and default is not None:
        return default
    if name not in owner:
        raise ValueError(f"{name} is missing")
    return checked(owner[name], name, kind)


def checked(value: Any, place: str, kind: type[_Value]) -> _Value:
    if type(value) is not kind:
        raise ValueError(f"{place} must be {_KINDS[kind]}, not {_short(value)}")
    return value


def _connection(value: Any, place: str) -> Connection:
    pair = checked(value, place, list)
    if len(pair) != 2:
        raise ValueError(f"{place} must be two names, not {_short(value)}")
    return name_of(pair[0], f"{place}[0]"), name_of(pair[1], f"{place}[1]")


def name_of(value: Any, place: str) -> str:
    """A port's full name, as libjack can be given it."""
    name = checked(value, place, str)
    client, colon, port = name.partition(":")
    if not (client and colon and port):
        raise ValueError(f'{place} must be a full name, "client:port", not {_short(value)}')
    encodable(name, place)
    return name


def encodable(text: str, place: str) -> bytes:
    """The bytes that the text stands for, without a NUL among them."""
    try:
        data = text.encode(errors="surrogateescape")
    except UnicodeEncodeError:
        raise ValueError(f"{place} has a surrogate that stands for no byte") from None
    if 0 in data:
        raise ValueError(f"{place} must not have NUL characters")
    return data


def _each(
    values: dict[str, Any], place: str, read_one: Callable[[Any, str], _Value]
) -> dict[str, _Value]:
    return {
        name: read_one(value, f"{place}[{json.dumps(name)}]") for name, value in values.items()
    }


def _port(value: Any, place: str) -> PortState:
    state = checked(value, place, dict)
    direction = state.get("direction")
    if direction not in ("in", "out"):
        raise ValueError(f'{place}.direction must be "in" or "out", not {_short(direction)}')
    aliases = checked(state.get("aliases", []), f"{place}.aliases", list)
    return PortState(
        type=checked(state.get("type"), f"{place}.type", str),
        is_input=direction == "in",
        aliases=tuple(name_of(a, f"{place}.aliases[{i}]") for i, a in enumerate(aliases)),
        properties=_properties(state.get("properties", {}), f"{place}.properties"),
    )


def _properties(value: Any, place: str) -> Properties:
    return _each(checked(value, place, dict), place, _property)


def _property(value: Any, place: str) -> tuple[bytes, str]:
    pair = checked(value, place, list)
    if len(pair) != 2:
        raise ValueError(f"{place} must be a value and a type, not {_short(value)}")
    encodable(checked(pair[1], f"{place}[1]", str), f"{place}[1]")
    return encodable(checked(pair[0], f"{place}[0]", str), f"{place}[0]"), pair[1]


def _short(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) < 60 else f"{text[:56]}..."
