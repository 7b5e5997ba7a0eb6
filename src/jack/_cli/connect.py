"""``pyjack connect``."""

import errno

import click

import jack
from jack._cli.output import say, say_json
from jack._cli.place import Place, as_json, on_server
from jack._cli.shells import NAME
from jack._cli.wiring import pairs


@click.command(short_help="Connect ports, or two clients channel by channel.")
@click.argument("source", type=NAME)
@click.argument("destination", type=NAME)
@on_server
@as_json
def command(place: Place, source: str, destination: str, as_json: bool) -> None:
    """Connect SOURCE with DESTINATION, ports or clients, in either order.

    Of two clients the outputs are connected with the inputs in their order; one port goes
    with all of a client.  What is connected already stays so, and is no error.
    """
    made, present = [], []
    with place.client("jack-connect") as client:
        for pair in pairs(client, source, destination):
            try:
                client.connect(*pair)
                made.append(pair)
            except jack.JackErrorCode as error:
                if error.code != errno.EEXIST:
                    raise
                present.append(pair)
    if as_json:
        say_json({"made": made, "present": present})
        return
    for words, found in (("", made), (" was there", present)):
        for output, into in found:
            say(f"{output} -> {into}{words}")
