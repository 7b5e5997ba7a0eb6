"""``pyjack midi``: show what comes, send."""

import itertools
import sys
import time
from collections.abc import Sequence
from typing import Any

import click

import jack
from jack._cli import survey
from jack._cli.output import say, say_json
from jack._cli.place import (
    SLICE,
    Clock,
    Place,
    Seconds,
    as_json,
    for_seconds,
    frames_between,
    on_server,
    wait_until,
)
from jack._cli.shells import NAME
from jack._cli.survey import INPUT, OUTPUT


AHEAD = 0.1  # seconds from now to the first message's time


@click.group(short_help="Show MIDI that comes, or send some.")
def command() -> None:
    """Show MIDI that comes, or send some."""


@command.command("monitor", short_help="Print MIDI messages as they come.")
@click.argument("ports", type=NAME, nargs=-1)
@click.option("--count", metavar="N", type=click.IntRange(1), help="End after so many.")
@for_seconds
@on_server
@as_json
def monitor(
    place: Place,
    ports: tuple[str, ...],
    count: int | None,
    seconds: float | None,
    as_json: bool,
) -> None:
    """Print what comes from PORTS, MIDI outputs or clients that have some, a line for each
    message; without them what other programs connect with this one's input.

    With mido installed, which rtjack[cli] does, messages are told in its words too."""
    with place.client("jack-midi-monitor", active=True) as client:
        ear = client.midi_inports.register("in")
        ear.fileno()  # keep what comes from now on
        for port in midi_ports(client, ports, OUTPUT):
            client.connect(port, ear)
        if not ports and sys.stderr.isatty():
            click.echo(f"connect MIDI outputs with {ear.name}", err=True)
        start, clock, rate = client.frame_time, Clock(seconds), client.samplerate
        for _ in range(count) if count else itertools.count():
            received = receive(ear, clock)
            if received is None:
                break
            frame, message = received
            print_message(frames_between(start, frame), rate, message, as_json)
        if lost := ear.stats.overflow + ear.stats.lost:
            raise jack.JackError(f"{lost} messages came too fast, and are lost")


def receive(port: jack.OwnMidiPort, clock: Clock) -> tuple[int, bytes] | None:
    """The next message; None when the time is over."""
    while clock.left > 0:
        try:
            return port.receive(max(0.0, min(SLICE, clock.left)))
        except TimeoutError:
            pass
    return None


def print_message(frame: int, rate: int, message: bytes, as_json: bool) -> None:
    words = in_words(message)
    if as_json:
        values = {"frame": frame, "seconds": round(frame / rate, 6)}
        say_json({**values, "bytes": list(message), "words": words}, line=True)
    else:
        say(f"{frame / rate:10.4f}  {message.hex(' '):<12}  {words or ''}".rstrip())


def in_words(message: bytes) -> str | None:
    """mido's, without its time; None without mido, or where it knows none."""
    try:
        import mido

        return str(mido.Message.from_bytes(message)).removesuffix(" time=0")
    except (ImportError, ValueError):
        return None


class Message(click.ParamType):
    """A MIDI message: bytes in hex, or mido's words."""

    name = "message"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> bytes:
        try:
            return bytes.fromhex(value)
        except ValueError:
            return self._of_words(value, param, ctx)

    def _of_words(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> bytes:
        try:
            import mido

            return bytes(mido.Message.from_str(value).bytes())
        except ImportError:
            self.fail(f"{value!r} is not in hex, and mido is not installed", param, ctx)
        except (ValueError, LookupError, TypeError) as error:
            self.fail(
                f"{value!r} is no message ({error}): say '90 45 40' or "
                "'note_on note=69 velocity=64'",
                param,
                ctx,
            )


@command.command("send", short_help="Send MIDI messages.")
@click.argument("messages", type=Message(), nargs=-1, required=True)
@click.option(
    "--to",
    "ports",
    type=NAME,
    multiple=True,
    required=True,
    help="A MIDI input, or a client that has some; may be repeated.",
)
@click.option(
    "--gap",
    metavar="S",
    type=Seconds(0, 3600),
    default=0.0,
    show_default=True,
    help="Seconds from one message to the next, exact to the frame.",
)
@on_server
def send(
    place: Place, messages: tuple[bytes, ...], ports: tuple[str, ...], gap: float
) -> None:
    """Send MESSAGES, each in hex ('90 45 40') or in mido's words ('note_on note=69')."""
    with place.client("jack-midi-send", active=True) as client:
        out = client.midi_outports.register("out")
        for port in midi_ports(client, ports, INPUT):
            client.connect(out, port)
        rate = client.samplerate
        ahead = round(AHEAD * rate) + client.blocksize
        first = client.frame_time + ahead
        for number, message in enumerate(messages):
            offset = round(number * gap * rate)
            # Not all at once: JACK's times are good for half a day only.
            while frames_between(first, client.frame_time) < offset - rate:
                time.sleep(SLICE)
            out.send(message, (first + offset) % 2**32)
        last = ahead / rate + gap * len(messages)
        wait_until(lambda: out.stats.queued == 0, "take the messages", last + 3)
        wait_until(lambda: _passed(client, first + offset), "go on", last + 3)
        late = out.stats.late
    if late:
        raise jack.JackError(f"{late} of {len(messages)} messages were late: sent at once")
    say(f"{len(messages)} messages sent")


def _passed(client: jack.Client, frame: int) -> bool:
    """Whether the block of that frame was processed."""
    return frames_between(frame, client.last_frame_time) > client.blocksize


def midi_ports(
    client: jack.Client, names: Sequence[str], direction: str
) -> list[jack.Port]:
    """The MIDI ports of these names, themselves or by their client."""
    ports = survey.find(client, names, direction)
    found = [port for port in ports if port.is_midi and survey.flow(port) == direction]
    if len(found) < len(names):
        raise jack.JackError(f"{', '.join(names)}: there is no MIDI {direction} of that name")
    return found
