"""``pyjack disconnect``."""

import click

import jack
from jack._cli import survey
from jack._cli.output import say, say_json
from jack._cli.place import Place, as_json, on_server
from jack._cli.shells import NAME


@click.command(short_help="Cut the connections of ports or clients.")
@click.argument("source", type=NAME)
@click.argument("destination", type=NAME, required=False)
@on_server
@as_json
def command(place: Place, source: str, destination: str | None, as_json: bool) -> None:
    """Cut all connections between SOURCE and DESTINATION, ports or clients, in either
    order; without DESTINATION, all that SOURCE has."""
    with place.client("jack-disconnect") as client:
        ours = survey.find_one(client, source, None)
        theirs = None if destination is None else survey.find_one(client, destination, None)
        cut = [pair for port in ours for pair in connections(client, port, theirs)]
        cut = list(dict.fromkeys(cut))
        if not cut and destination is not None:
            raise jack.JackError(f"{source!r} is not connected with {destination!r}")
        for pair in cut:
            client.disconnect(*pair)
    if as_json:
        say_json({"removed": cut})
        return
    for output, into in cut:
        say(f"{output} -/- {into}")


def connections(
    client: jack.Client, port: jack.Port, others: list[jack.Port] | None
) -> list[tuple[str, str]]:
    """(output, input) of a port's connections, with these others only."""
    found = []
    for other in client.get_all_connections(port):
        if others is None or other in others:
            pair = (other.name, port.name) if port.is_input else (port.name, other.name)
            found.append(pair)
    return found
