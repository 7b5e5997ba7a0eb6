"""``pyjack transport``: show, start, stop and move it."""

import re
from typing import Any

import click

import jack
from jack._cli import survey
from jack._cli.output import say, say_json
from jack._cli.place import Place, as_json, on_server, wait_until

_CLOCK = re.compile(r"(?:(?:(\d+):)?(\d+):)?(\d+(?:\.\d*)?)(s?)")


class Where(click.ParamType):
    """A place on the time line: frames, or a time; (number, whether it is in seconds)."""

    name = "where"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[float, bool]:
        found = _CLOCK.fullmatch(value)
        if found is None:
            self.fail(f"{value!r} is no place: say 48000 (frames), 1.5s or 2:30", param, ctx)
        hours, minutes, seconds, unit = found.groups()
        if hours is None and minutes is None and not unit:
            if "." in seconds:
                self.fail(f"{value!r} frames are no whole number: for seconds say {value}s")
            return int(seconds), False
        return 3600 * int(hours or 0) + 60 * int(minutes or 0) + float(seconds), True


@click.command(short_help="Show, start, stop or move the transport.")
@click.argument(
    "action",
    type=click.Choice(["show", "start", "stop", "rewind", "locate"]),
    default="show",
)
@click.argument("where", type=Where(), required=False)
@on_server
@as_json
def command(
    place: Place, action: str, where: tuple[float, bool] | None, as_json: bool
) -> None:
    """Show the transport; start or stop it; rewind it to 0; or locate WHERE, in frames
    (48000), seconds (1.5s) or minutes (2:30, 1:02:30)."""
    if (action == "locate") != (where is not None):
        raise click.UsageError(
            "locate needs WHERE" if where is None else f"{action} takes no WHERE",
            click.get_current_context(),
        )
    with place.client("jack-transport", active=action != "show") as client:
        if action == "start":
            start(client)
        elif action == "stop":
            client.transport_stop()
            wait_until(lambda: client.transport_state == jack.STOPPED, "stop the transport")
        elif action in ("rewind", "locate"):
            locate(client, where or (0, False))
        about = describe(client)
    if as_json:
        say_json(about)
    else:
        say(in_words(about))


def start(client: jack.Client) -> None:
    """Start it; clients that follow slowly have libjack's two seconds, and some more."""
    client.transport_start()
    wait_until(lambda: client.transport_state == jack.ROLLING, "start the transport", 5)


def locate(client: jack.Client, where: tuple[float, bool]) -> None:
    number, in_seconds = where
    frame = round(number * client.samplerate) if in_seconds else int(number)
    if frame >= 2**32:
        raise ValueError(f"JACK's transport ends at frame {2**32 - 1}, got {frame}")
    client.transport_frame = frame

    def there() -> bool:
        state, position = client.transport_query_struct()
        if state == jack.STOPPED:
            return position.frame == frame
        # It rolls on from there meanwhile.
        return 0 <= position.frame - frame <= 5 * client.samplerate

    wait_until(there, "move the transport")


def describe(client: jack.Client) -> dict[str, Any]:
    _, position = client.transport_query()
    about = {
        "state": survey.transport_state(client),
        "frame": position["frame"],
        "seconds": position["frame"] / client.samplerate,
    }
    return about | {key: value for key, value in position.items() if key not in about}


def in_words(about: dict[str, Any]) -> str:
    minutes, seconds = divmod(about["seconds"], 60)
    words = f"{about['state']} at frame {about['frame']} ({int(minutes)}:{seconds:06.3f})"
    if "bar" in about:
        words += (
            f", bar {about['bar']}, beat {about['beat']}, tick {about['tick']}, "
            f"{about['beats_per_minute']:g} beats a minute"
        )
    return words
