"""``pyjack graph``: a drawing of who is connected with whom."""

import pathlib
import sys

import click

import jack
from jack import _drawing
from jack._cli.output import say
from jack._cli.place import Place, on_server

FORMATS = ("text", "dot", "svg", "png")


@click.command(short_help="Draw the graph, as text, DOT, SVG or PNG.")
@click.argument("file", default="-", type=click.Path(dir_okay=False, allow_dash=True))
@click.option("--format", type=click.Choice(FORMATS), help="[default: by FILE's name, or text]")
@click.option("--from", "source", metavar="SNAPSHOT", type=click.Path(), help="Draw one that was saved.")
@click.option("--connected", is_flag=True, help="Leave ports without connections out.")
@on_server
def command(
    place: Place, file: str, format: str | None, source: str | None, connected: bool
) -> None:
    """Draw the graph into FILE, in the format that its name tells: .svg, .png, .dot or
    .txt; - is stdout.  Pictures are Graphviz' (apt-get install graphviz)."""
    format = format or by_name(file)
    if file == "-" and format == "png" and sys.stdout.isatty():
        raise click.UsageError("a PNG is nothing for a terminal: name a FILE")
    if source is not None:
        snapshot = jack.Snapshot.load(source)
    else:
        with place.client("jack-graph") as client:
            snapshot = client.snapshot(properties=False)
    if connected:
        snapshot = only_connected(snapshot)
    drawing = draw(snapshot, format)
    if file == "-":
        sys.stdout.buffer.write(drawing)
        sys.stdout.buffer.flush()
    else:
        pathlib.Path(file).write_bytes(drawing)
        say(f"{len(snapshot.connections)} connections among {len(snapshot.ports)} ports, in {file}")


def by_name(file: str) -> str:
    if file == "-":
        return "text"
    ending = pathlib.Path(file).suffix.lower().removeprefix(".")
    format = {"txt": "text", "gv": "dot"}.get(ending, ending)
    if format not in FORMATS:
        raise click.UsageError(f"{file} tells no format: add --format {'|'.join(FORMATS)}")
    return format


def only_connected(snapshot: jack.Snapshot) -> jack.Snapshot:
    names = {name for pair in snapshot.connections for name in pair}
    ports = {name: port for name, port in snapshot.ports.items() if name in names}
    return jack.Snapshot(snapshot.connections, ports, {})


def draw(snapshot: jack.Snapshot, format: str) -> bytes:
    if format == "text":
        return _drawing.text(snapshot).encode()
    if format == "dot":
        return str(_drawing.dot(snapshot).source).encode()
    return _drawing.picture(snapshot, format)
