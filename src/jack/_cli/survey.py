"""What there is on a server, as plain values: for the tables, and for JSON."""

import contextlib
import difflib
from collections.abc import Iterable, Iterator
from typing import Any

import jack

FLAGS = ("is_physical", "is_terminal", "can_monitor")
INPUT, OUTPUT = "input", "output"


@contextlib.contextmanager
def vanishing(client: jack.Client) -> Iterator[None]:
    """What is asked of a port that has gone is passed over; not so that of a lost server."""
    try:
        yield
    except jack.JackError:
        if client.closed:
            raise


def kind(port: jack.Port) -> str:
    """ "audio", "midi", or what JACK calls another type."""
    return "audio" if port.is_audio else "midi" if port.is_midi else port.type


def flow(port: jack.Port) -> str:
    return INPUT if port.is_input else OUTPUT


def describe(client: jack.Client, port: jack.Port) -> dict[str, Any]:
    """Everything about a port."""
    return {
        "name": port.name,
        "type": kind(port),
        "direction": flow(port),
        "flags": [flag.removeprefix("is_") for flag in FLAGS if getattr(port, flag)],
        "aliases": port.aliases,
        "connections": [other.name for other in client.get_all_connections(port)],
        "latency": {
            "capture": list(port.latency_range(jack.CAPTURE_LATENCY)),
            "playback": list(port.latency_range(jack.PLAYBACK_LATENCY)),
        },
        "uuid": str(int(port.uuid)),
    }


def describe_all(client: jack.Client, ports: Iterable[jack.Port]) -> list[dict[str, Any]]:
    """The same of many; those that go meanwhile are left out."""
    found = []
    for port in ports:
        with vanishing(client):
            found.append(describe(client, port))
    return found


def server(client: jack.Client) -> dict[str, Any]:
    """The server's numbers."""
    return {
        "samplerate": client.samplerate,
        "blocksize": client.blocksize,
        "realtime": client.realtime,
        "cpu_load": client.cpu_load(),
        "transport": transport_state(client),
    }


def in_words(about: dict[str, Any]) -> str:
    """A line of server()."""
    milliseconds = 1000 * about["blocksize"] / about["samplerate"]
    return (
        f"{about['samplerate']} Hz, blocks of {about['blocksize']} frames "
        f"({milliseconds:.3g} ms), {'realtime' if about['realtime'] else 'not realtime'}, "
        f"CPU load {about['cpu_load']:.1f} %, transport {about['transport']}"
    )


def transport_state(client: jack.Client) -> str:
    words = {jack.STOPPED: "stopped", jack.ROLLING: "rolling", jack.STARTING: "starting"}
    return words.get(int(client.transport_state), "starting over the network")


def find(client: jack.Client, names: Iterable[str], direction: str | None) -> list[jack.Port]:
    """The ports of these names: of ports, or of clients, whose ports of that direction are
    meant.  Raises JackError for a name that nobody has."""
    found: list[jack.Port] = []
    for name in names:
        found += find_one(client, name, direction)
    return found


def find_one(client: jack.Client, name: str, direction: str | None) -> list[jack.Port]:
    with contextlib.suppress(jack.JackError):
        return [client.get_port_by_name(name)]
    ports = client.get_ports(
        f"{name}:", is_input=direction == INPUT, is_output=direction == OUTPUT, literal=True
    )
    ports = [port for port in ports if port.name.startswith(f"{name}:")]
    if not ports:
        raise jack.JackError(_unknown(client, name, direction))
    return ports


def _unknown(client: jack.Client, name: str, direction: str | None) -> str:
    there = [port.name for port in client.get_ports()]
    there += dict.fromkeys(port.partition(":")[0] for port in there)
    if name in there:
        return f"client {name!r} has no {direction} port"
    near = difflib.get_close_matches(name, there, n=3)
    hint = f"; there is {' and '.join(map(repr, near))}" if near else ""
    return f"there is no port or client {name!r}{hint}"
