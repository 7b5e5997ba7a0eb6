"""``pyjack meter``: levels, live."""

import contextlib
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import click
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

import jack
from jack._cli import survey
from jack._cli.output import console, say, say_json
from jack._cli.place import Clock, Place, Seconds, as_json, for_seconds, on_server
from jack._cli.shells import NAME
from jack._cli.sound import decibels, physical
from jack._cli.survey import INPUT, OUTPUT
from jack._names import shown

BOTTOM = -60.0  # dB at the bars' left end
LOUD, TOO_LOUD = -6.0, 0.0


@click.command(short_help="Show levels live.")
@click.argument("ports", type=NAME, nargs=-1)
@click.option(
    "--interval", metavar="S", type=Seconds(0.01, 60), help="How often.  [default: 0.05, or 1]"
)
@for_seconds
@on_server
@as_json
def command(
    place: Place,
    ports: tuple[str, ...],
    interval: float | None,
    seconds: float | None,
    as_json: bool,
) -> None:
    """Show the peak and RMS levels of PORTS, or of all audio ports of clients; without
    them the hardware's first eight inputs and outputs.  Of an input port that means what
    is connected with it when the command begins.

    On a terminal these are bars.  Else each interval, a second unless told otherwise,
    prints a line for each port; with --json a line with an object."""
    live = console().is_terminal and not as_json
    interval = interval or (0.05 if live else 1.0)
    with place.client("jack-meter", active=True) as client:
        names = connect(client, chosen(client, ports))
        meter = client.meter()
        write = bars if live else json_lines if as_json else lines
        with write() as show:
            for passed in Clock(seconds).slices(client, interval):
                peaks, means = meter.peak, meter.rms
                meter.reset()
                levels = map(Level, names, map(decibels, peaks), map(decibels, means))
                show(passed, list(levels))


@dataclass
class Level:
    """Of a port, in dB of full scale."""

    name: str
    peak: float
    rms: float


Show: TypeAlias = Callable[[float, list[Level]], None]


def chosen(client: jack.Client, names: tuple[str, ...]) -> list[jack.Port]:
    if not names:
        found = physical(client, OUTPUT, 8) + physical(client, INPUT, 8)
    else:
        found = [port for port in survey.find(client, names, None) if port.is_audio]
    if not found:
        raise jack.JackError("there is no audio port to be measured")
    return found


def connect(client: jack.Client, ports: list[jack.Port]) -> list[str]:
    """An own input for each of the ports, connected with it or with its sources."""
    for number, port in enumerate(ports, 1):
        ear = client.inports.register(f"in_{number}")
        for source in client.get_all_connections(port) if port.is_input else [port]:
            client.connect(source, ear)
    return [port.name for port in ports]


@contextlib.contextmanager
def lines() -> Iterator[Show]:
    def show(passed: float, levels: list[Level]) -> None:
        for level in levels:
            say(f"{passed:10.3f}  {level.peak:7.1f} {level.rms:7.1f}  {level.name}")

    yield show


@contextlib.contextmanager
def json_lines() -> Iterator[Show]:
    def show(passed: float, levels: list[Level]) -> None:
        ports = [
            {"name": level.name, "peak_db": _finite(level.peak), "rms_db": _finite(level.rms)}
            for level in levels
        ]
        say_json({"seconds": round(passed, 6), "ports": ports}, line=True)

    yield show


def _finite(level: float) -> float | None:
    """JSON has no infinity."""
    return round(level, 3) if math.isfinite(level) else None


@contextlib.contextmanager
def bars() -> Iterator[Show]:
    highest: dict[str, float] = {}
    with Live(console=console(), auto_refresh=False) as display:

        def show(passed: float, levels: list[Level]) -> None:
            for level in levels:
                highest[level.name] = max(highest.get(level.name, -math.inf), level.peak)
            display.update(picture(levels, highest), refresh=True)

        yield show


def picture(levels: list[Level], highest: dict[str, float]) -> Table:
    """The bars: peak now, RMS, and the highest peak so far."""
    table = Table(box=None, pad_edge=False, expand=True)
    table.add_column("port", overflow="fold")
    table.add_column(f"{BOTTOM:g} dB to 0 dB", ratio=1)
    for heading in ("peak", "RMS", "highest"):
        table.add_column(heading, justify="right", width=7)
    for level in levels:
        table.add_row(
            Text(shown(level.name)),
            ProgressBar(
                total=-BOTTOM,
                completed=max(0.0, level.peak - BOTTOM),
                complete_style=_colour(level.peak),
                finished_style=_colour(level.peak),
            ),
            f"{level.peak:.1f}",
            f"{level.rms:.1f}",
            Text(f"{highest[level.name]:.1f}", style=_colour(highest[level.name])),
        )
    return table


def _colour(level: float) -> str:
    return "red" if level >= TOO_LOUD else "yellow" if level >= LOUD else "green"
