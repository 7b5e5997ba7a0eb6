"""``pyjack tone``."""

import click

from jack._cli.output import say
from jack._cli.place import Clock, Place, for_seconds, on_server
from jack._cli.shells import NAME
from jack._cli.sound import Level, amplitude, audio_ports
from jack._cli.survey import INPUT


@click.command(short_help="Play a sine tone.")
@click.argument("ports", type=NAME, nargs=-1)
@click.option(
    "-f", "--frequency", type=float, default=440.0, show_default=True, help="In Hz."
)
@click.option(
    "--level", type=Level(), default=-20.0, show_default=True, help="In dB of full scale."
)
@for_seconds
@on_server
def command(
    place: Place,
    ports: tuple[str, ...],
    frequency: float,
    level: float,
    seconds: float | None,
) -> None:
    """Play a sine tone to PORTS, inputs or clients that have some; without them to the
    hardware's first two."""
    with place.client("jack-tone") as client:
        targets = audio_ports(client, ports, INPUT, 2)
        out = client.outports.register("tone")
        client.tone(out, frequency, amplitude(level))
        client.activate()
        for target in targets:
            client.connect(out, target)
        names = ", ".join(target.name for target in targets) or "nobody"
        say(f"{out.name}: {frequency:g} Hz at {level:g} dB, to {names}")
        for _ in Clock(seconds).slices(client):
            pass
