"""``pyjack ports``: the ports that fit, as jack_lsp has it."""

from typing import Any

import click

from jack._cli import survey
from jack._cli.listing import ARROWS
from jack._cli.output import say, say_json
from jack._cli.place import Place, as_json, on_server


@click.command(short_help="List ports, one a line.")
@click.argument("pattern", default="")
@click.option("--audio", is_flag=True, help="Audio ports only.")
@click.option("--midi", is_flag=True, help="MIDI ports only.")
@click.option("--input", "is_input", is_flag=True, help="Inputs only.")
@click.option("--output", "is_output", is_flag=True, help="Outputs only.")
@click.option("--physical", is_flag=True, help="The hardware's only.")
@click.option("--literal", is_flag=True, help="PATTERN is plain text.")
@click.option("-c", "--connections", is_flag=True, help="With what they are connected.")
@click.option("-l", "--long", "details", is_flag=True, help="All that is known of them.")
@on_server
@as_json
def command(
    place: Place,
    pattern: str,
    audio: bool,
    midi: bool,
    is_input: bool,
    is_output: bool,
    physical: bool,
    literal: bool,
    connections: bool,
    details: bool,
    as_json: bool,
) -> None:
    """List the ports whose names PATTERN, a regular expression, is found in: all without it."""
    with place.client("jack-ports") as client:
        ports = client.get_ports(
            pattern,
            is_audio=audio,
            is_midi=midi,
            is_input=is_input,
            is_output=is_output,
            is_physical=physical,
            literal=literal,
        )
        found = survey.describe_all(client, ports)
    if as_json:
        say_json(found)
        return
    for port in found:
        say(port["name"])
        if details:
            say_details(port)
        if connections or details:
            for name in port["connections"]:
                say(f"    {ARROWS[port['direction']]} {name}")


def say_details(port: dict[str, Any]) -> None:
    say(f"    {', '.join([port['type'], port['direction'], *port['flags']])}")
    for alias in port["aliases"]:
        say(f"    alias {alias}")
    for mode, (low, high) in port["latency"].items():
        say(f"    {mode} latency {low} to {high} frames")
    say(f"    uuid {port['uuid']}")
