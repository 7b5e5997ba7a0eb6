"""``pyjack watch``: what happens on the server, as it happens."""

from typing import Any

import click

import jack
from jack._cli.output import say, say_json
from jack._cli.place import SLICE, Clock, Place, as_json, for_seconds, on_server

KINDS = {
    "ports": (jack.PortRegistered, jack.PortRenamed),
    "connections": (jack.PortConnected,),
    "clients": (jack.ClientRegistered,),
    "xruns": (jack.Xrun,),
    "server": (jack.Freewheel, jack.BlocksizeChanged, jack.SamplerateChanged),
    "properties": (jack.PropertyChanged,),
    "order": (jack.GraphReordered,),
}
USUAL = [kind for kind in KINDS if kind != "order"]
CHANGES = {
    jack.PROPERTY_CREATED: "created",
    jack.PROPERTY_CHANGED: "changed",
    jack.PROPERTY_DELETED: "deleted",
}


@click.command(short_help="Print what happens on the server, as it happens.")
@click.option(
    "--only",
    type=click.Choice(list(KINDS)),
    multiple=True,
    help="This kind only; may be repeated.  [default: all but order]",
)
@click.option("--count", metavar="N", type=click.IntRange(1), help="End after so many events.")
@for_seconds
@on_server
@as_json
def command(
    place: Place,
    only: tuple[str, ...],
    count: int | None,
    seconds: float | None,
    as_json: bool,
) -> None:
    """Print ports, connections and clients that come and go, xruns and the like, a line
    for each, until Ctrl-C or the server's end.  With --json each line is an object."""
    kinds = [kind for name in only or USUAL for kind in KINDS[name]]
    clock, left = Clock(seconds), count
    with place.client("jack-watch", active=True) as client:
        events = client.events(*kinds, jack.Shutdown)
        while clock.left > 0 and left != 0:
            try:
                event = events.get(max(0.0, min(SLICE, clock.left)))
            except TimeoutError:
                continue
            if isinstance(event, jack.Shutdown):
                raise jack.JackError(f"the server is gone: {event.reason}")
            try:
                values = describe(event)
            except jack.JackError:
                if client.wait_closed(0):
                    continue  # of a port that went with the server: its end comes next
                raise
            if values.get("client") == client.name:
                continue  # that is this command
            print_event(values, clock.passed, as_json)
            left = None if left is None else left - 1
        if events.lost:
            raise jack.JackError(f"{events.lost} events came too fast, and are lost")


def print_event(values: dict[str, Any], seconds: float, as_json: bool) -> None:
    if as_json:
        say_json({"seconds": round(seconds, 6), **values}, line=True)
    else:
        say(f"{seconds:10.3f}  {in_words(values)}")


def describe(event: jack.Event) -> dict[str, Any]:
    """The event as plain values."""
    match event:
        case jack.PortRegistered(port, registered):
            return {"event": "port", "port": port.name, "there": registered}
        case jack.PortRenamed(_, old, new):
            return {"event": "renamed", "old": old, "new": new}
        case jack.PortConnected(source, destination, connected):
            names = {"source": source.name, "destination": destination.name}
            return {"event": "connection", **names, "there": connected}
        case jack.ClientRegistered(name, registered):
            return {"event": "client", "client": name, "there": registered}
        case jack.Xrun(delay):
            return {"event": "xrun", "delayed_usecs": delay}
        case jack.Freewheel(starting):
            return {"event": "freewheel", "there": starting}
        case jack.BlocksizeChanged(blocksize):
            return {"event": "blocksize", "frames": blocksize}
        case jack.SamplerateChanged(samplerate):
            return {"event": "samplerate", "hertz": samplerate}
        case jack.PropertyChanged(subject, key, change):
            what = CHANGES.get(change, str(change))
            return {"event": "property", "uuid": str(subject), "key": key, "change": what}
    return {"event": "order"}


def in_words(values: dict[str, Any]) -> str:
    there = values.get("there")
    match values["event"]:
        case "port" | "client" as what:
            return f"{'+' if there else '-'} {what} {values[what]}"
        case "renamed":
            return f"  port {values['old']} is {values['new']} now"
        case "connection":
            return f"{values['source']} {'->' if there else '-/-'} {values['destination']}"
        case "xrun":
            return f"! xrun, {values['delayed_usecs']:.0f} us late"
        case "freewheel":
            return f"  freewheeling {'begins' if there else 'ends'}"
        case "blocksize":
            return f"  blocks of {values['frames']} frames"
        case "samplerate":
            return f"  {values['hertz']} Hz"
        case "property":
            return f"  property {values['key']} of {values['uuid']} {values['change']}"
    return "  another order of clients"
