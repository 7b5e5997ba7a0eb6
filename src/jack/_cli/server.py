"""``pyjack server``: the running one, or one of its own."""

import contextlib
import signal
from collections.abc import Iterator
from typing import Any, NoReturn

import click

import jack
from jack._cli import survey
from jack._cli.output import print_table, say, say_json
from jack._cli.place import SLICE, Clock, Place, as_json, for_seconds, on_server, wait_until


@click.group(invoke_without_command=True, short_help="Show, set up or run a server.")
@on_server
@click.pass_context
def command(ctx: click.Context, place: Place) -> None:
    """Show, set up or run a server.  Without a command: show the running one."""
    if ctx.invoked_subcommand is None:
        show(place, False)


@command.command("show", short_help="Show the running server's numbers.")
@on_server
@as_json
def show_it(place: Place, as_json: bool) -> None:
    """Show the running server's numbers."""
    show(place, as_json)


def show(place: Place, as_json: bool) -> None:
    with place.client("jack-server") as client:
        about = survey.server(client)
        about["max_delayed_usecs"] = client.max_delayed_usecs
        about["ports"] = len(client.get_ports())
        with contextlib.suppress(jack.NotSupportedError):
            about["library"] = jack.version_string()
    if as_json:
        say_json(about)
        return
    say(survey.in_words(about))
    delay = about["max_delayed_usecs"]
    library = f", libjack {about['library']}" if "library" in about else ""
    say(f"{about['ports']} ports, longest delay {delay:.0f} us{library}")


@command.command("blocksize", short_help="Set the length of a block.")
@click.argument("frames", type=click.IntRange(1, 2**20))
@on_server
def blocksize(place: Place, frames: int) -> None:
    """Set the length of a block, for all clients."""
    with place.client("jack-server") as client:
        client.blocksize = frames
        wait_until(lambda: client.blocksize == frames, "change the block size")
    say(f"blocks of {frames} frames")


@command.command("freewheel", short_help="Let it run as fast as it can.")
@for_seconds
@on_server
def freewheel(place: Place, seconds: float | None) -> None:
    """Let the server run as fast as it can, until Ctrl-C; then in step with time again."""
    with place.client("jack-server") as client, ended_by_signal():
        client.set_freewheel(True)
        say("freewheeling")
        try:
            for _ in Clock(seconds).slices(client):
                pass
        finally:
            client.set_freewheel(False)


@command.command("drivers", short_help="List the drivers that a server can run with.")
@as_json
def drivers(as_json: bool) -> None:
    """List the drivers that a server can run with."""
    found = jack.Server().drivers
    if as_json:
        say_json(found)
        return
    for driver in found:
        say(driver)


@command.command("parameters", short_help="List what a driver and the server can be told.")
@click.argument("driver", default="dummy")
@as_json
def parameters(driver: str, as_json: bool) -> None:
    """List what DRIVER (dummy, if none is named) and the server can be told."""
    with _usage_errors():
        found = list(jack.Server(driver=driver).parameters.values())
    if as_json:
        say_json([_plain(parameter) for parameter in found])
        return
    rows = []
    for one in found:
        limits = f"{one.range[0]} to {one.range[1]}" if one.range else ""
        choices = ", ".join(map(str, one.choices or ()))
        default = repr(one.default)
        words = " ".join(one.description.split())
        rows.append([one.name, one.of, one.type.__name__, default, limits or choices, words])
    print_table(["name", "of", "type", "default", "values", ""], rows)


def _plain(parameter: jack.ServerParameter) -> dict[str, Any]:
    choices = parameter.choices
    return {
        "name": parameter.name,
        "of": parameter.of,
        "type": parameter.type.__name__,
        "default": parameter.default,
        "range": parameter.range,
        "choices": None if choices is None else {str(k): v for k, v in choices.items()},
        "description": parameter.description,
    }


@command.command("run", short_help="Run a server until Ctrl-C.")
@click.option("--driver", default="dummy", show_default=True, help="See pyjack server drivers.")
@click.option("--samplerate", type=int, default=48000, show_default=True, help="In Hz.")
@click.option("--blocksize", type=int, default=256, show_default=True, help="In frames.")
@click.option("--realtime", is_flag=True, help="Give its threads realtime priority.")
@click.option(
    "-p",
    "--set",
    "settings",
    metavar="NAME=VALUE",
    multiple=True,
    help="Another parameter: see pyjack server parameters.",
)
@for_seconds
@on_server
def run(
    place: Place,
    driver: str,
    samplerate: int,
    blocksize: int,
    realtime: bool,
    settings: tuple[str, ...],
    seconds: float | None,
) -> None:
    """Run a JACK server in this process, under the name of --server, until Ctrl-C or
    SIGTERM.  It needs JACK2, and no sound card with the dummy driver."""
    name = place.name
    with _usage_errors():
        server = jack.Server(
            name,
            driver,
            samplerate,
            blocksize,
            realtime,
            **_settings(driver, settings),
        )
    with ended_by_signal(), server:
        say(f"server {name!r}, driver {driver}, {samplerate} Hz, blocks of {blocksize} frames")
        with jack.Client("jack-server", servername=name) as client:
            for _ in Clock(seconds).slices(client, SLICE):
                pass


def _settings(driver: str, settings: tuple[str, ...]) -> dict[str, int | str | bool]:
    known = {
        name.replace("-", "_"): parameter.type
        for name, parameter in jack.Server(driver=driver).parameters.items()
    }
    values: dict[str, int | str | bool] = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals:
            raise click.UsageError(f"{setting!r} is not of the form NAME=VALUE")
        key = name.replace("-", "_")
        kind = known.get(key) or known.get(key.removeprefix("server_"), str)
        values[key] = _value(setting, value, kind)
    return values


def _value(setting: str, value: str, kind: type[int] | type[str] | type[bool]) -> int | str | bool:
    if kind is bool:
        words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
        if value.lower() not in words:
            raise click.UsageError(f"{setting!r}: say yes or no")
        return words[value.lower()]
    try:
        return kind(value)
    except ValueError:
        raise click.UsageError(f"{setting!r}: {value!r} is no whole number") from None


@contextlib.contextmanager
def _usage_errors() -> Iterator[None]:
    """An unknown driver or parameter, or a value that it does not take."""
    try:
        yield
    except (TypeError, ValueError, OverflowError) as error:
        raise click.UsageError(str(error)) from error


@contextlib.contextmanager
def ended_by_signal() -> Iterator[None]:
    """SIGTERM ends what is within in good order, with a shell's status for it."""

    def end(number: int, frame: object) -> NoReturn:
        raise SystemExit(128 + number)

    try:
        before = signal.signal(signal.SIGTERM, end)
    except ValueError:  # not the main thread: whoever calls this there sees to signals
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
