"""``pyjack list``, and ``pyjack`` alone: the server's ports and connections as a table."""

import click

from jack._cli import survey
from jack._cli.output import print_table, say, say_json
from jack._cli.place import Place, as_json, on_server

ARROWS = {survey.INPUT: "<-", survey.OUTPUT: "->"}


@click.command("list", short_help="Show the server's ports and connections as a table.")
@on_server
@as_json
def command(place: Place, as_json: bool) -> None:
    """Show the server's ports and connections as a table; so does pyjack alone."""
    show(place, as_json)


def show(place: Place, as_json: bool) -> None:
    with place.client("jack-list") as client:
        about = survey.server(client)
        ports = survey.describe_all(client, client.get_ports())
    if as_json:
        say_json({"server": about, "ports": ports})
        return
    say(survey.in_words(about))
    rows = []
    for port in ports:
        others = [f"{ARROWS[port['direction']]} {name}" for name in port["connections"]]
        first, *more = others or [""]
        words = [port["direction"], *port["flags"]]
        rows.append([port["name"], port["type"], ", ".join(words), first])
        rows += [["", "", "", other] for other in more]
    print_table(["port", "type", "flow", "connected"], rows)
