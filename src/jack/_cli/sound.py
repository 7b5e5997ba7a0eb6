"""What the commands that make or hear sound share: ends to connect with, levels, progress."""

import contextlib
import math
import sys
from collections.abc import Iterator, Sequence

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

import jack
from jack._cli import survey
from jack._cli.survey import INPUT, OUTPUT


def physical(client: jack.Client, direction: str, count: int) -> list[jack.Port]:
    """The hardware's first `count` audio ports of that direction."""
    ports = client.get_ports(
        is_audio=True,
        is_physical=True,
        is_input=direction == INPUT,
        is_output=direction == OUTPUT,
    )
    return ports[:count]


def audio_ports(
    client: jack.Client, names: Sequence[str], direction: str, count: int
) -> list[jack.Port]:
    """The audio ports that are named, themselves or by their client; without names the
    hardware's.  Raises JackError when a name fits none."""
    if not names:
        return physical(client, direction, count)
    ports = survey.find(client, names, direction)
    for port in ports:
        if not port.is_audio or survey.flow(port) != direction:
            raise jack.JackError(f"{port.name!r} is no audio {direction}")
    return ports


def channels_in_words(count: int) -> str:
    return f"{count} channel{'' if count == 1 else 's'}"


def decibels(sample: float) -> float:
    """Of full scale; minus infinity for silence."""
    return 20 * math.log10(sample) if sample > 0 else -math.inf


def amplitude(level: float) -> float:
    return float(10 ** (level / 20))


@contextlib.contextmanager
def file_errors() -> Iterator[None]:
    """What soundfile raises for a file or format that it does not take."""
    try:
        yield
    except (TypeError, RuntimeError) as error:
        raise click.UsageError(str(error)) from error


class Level(click.ParamType):
    """A level in decibels of full scale, at most 0."""

    name = "dB"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        try:
            level = float(str(value))
        except ValueError:
            self.fail(f"{value!r} is no number of decibels", param, ctx)
        if not -200 <= level <= 0:
            self.fail(f"must be from -200 to 0 dB, got {value}", param, ctx)
        return level


@contextlib.contextmanager
def progress(words: str, seconds: float | None) -> Iterator["Bar"]:
    """A bar on stderr where that is a terminal; of so many seconds, or without an end."""
    console = Console(stderr=True)
    columns = [
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.1f} s"),
        TaskProgressColumn(),
        TimeRemainingColumn(),
    ]
    if seconds is None:
        columns = columns[:3]
    with Progress(
        *columns, console=console, disable=not sys.stderr.isatty(), transient=True
    ) as shown:
        task = shown.add_task(words, total=seconds)
        yield Bar(shown, task)


class Bar:
    """What progress() gives."""

    def __init__(self, shown: Progress, task: TaskID) -> None:
        self._shown, self._task = shown, task

    def at(self, seconds: float) -> None:
        self._shown.update(self._task, completed=seconds)
