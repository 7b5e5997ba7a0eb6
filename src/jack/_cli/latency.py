"""``pyjack latency``."""

import click

from jack._cli import survey
from jack._cli.output import print_table, say_json
from jack._cli.place import Place, as_json, on_server
from jack._cli.shells import NAME


@click.command(short_help="Show the latencies of ports.")
@click.argument("ports", type=NAME, nargs=-1)
@click.option("--recompute", is_flag=True, help="Have them all computed anew first.")
@on_server
@as_json
def command(place: Place, ports: tuple[str, ...], recompute: bool, as_json: bool) -> None:
    """Show how long the ways from the hardware's inputs to PORTS are (capture) and from
    there to its outputs (playback), in frames: shortest and longest.  PORTS are names of
    ports or clients; all without them."""
    with place.client("jack-latency") as client:
        if recompute:
            client.recompute_total_latencies()
        chosen = survey.find(client, ports, None) if ports else client.get_ports()
        rate = client.samplerate
        found = survey.describe_all(client, chosen)
    if as_json:
        say_json(
            [{"name": port["name"], "samplerate": rate, **port["latency"]} for port in found]
        )
        return
    rows = [
        [port["name"], *(_range(port["latency"][mode], rate) for mode in ("capture", "playback"))]
        for port in found
    ]
    print_table(["port", ">capture", ">playback"], rows)


def _range(frames: list[int], rate: int) -> str:
    low, high = frames
    words = f"{low}" if low == high else f"{low} to {high}"
    return f"{words} ({1000 * high / rate:.1f} ms)"
