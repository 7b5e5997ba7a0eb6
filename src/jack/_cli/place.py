"""What the commands share: which server, how to be a client of it, for how long."""

import contextlib
import math
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import click

import jack

SLICE = 0.1  # seconds between two looks at Ctrl-C and at the server

_Command = TypeVar("_Command", bound=Callable[..., Any])


@dataclass
class Place:
    """The server that a command works on."""

    server: str | None = None  # None: $JACK_DEFAULT_SERVER or "default"

    @property
    def name(self) -> str:
        return self.server or os.environ.get("JACK_DEFAULT_SERVER") or "default"

    @contextlib.contextmanager
    def client(self, name: str, *, active: bool = False) -> Iterator[jack.Client]:
        """A client of it, which starts no server, closed at the end."""
        client = self._open(name)
        try:
            if active:
                client.activate()
            yield client
        finally:
            client.close()

    def _open(self, name: str) -> jack.Client:
        try:
            return jack.Client(name, no_start_server=True, servername=self.server)
        except jack.JackOpenError as error:
            if not error.status.server_failed:
                raise
            raise jack.JackError(
                f"no JACK server answers under the name {self.name!r}, or it has no room for "
                "another client; start one by `pyjack server run`, jackd or PipeWire"
            ) from error


def on_server(command: _Command) -> _Command:
    """Give the command `--server`, and a Place as its first argument."""

    def keep(ctx: click.Context, option: click.Parameter, name: str | None) -> None:
        place = ctx.ensure_object(Place)
        if name is not None:
            place.server = name

    option = click.option(
        "-s",
        "--server",
        metavar="NAME",
        expose_value=False,
        callback=keep,
        help='Which server.  [default: $JACK_DEFAULT_SERVER or "default"]',
    )
    return option(click.make_pass_decorator(Place)(command))  # type: ignore[return-value]


as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


class Seconds(click.ParamType):
    """A number of seconds; 0 only where `least` says so."""

    name = "seconds"

    def __init__(self, least: float = math.nextafter(0, 1), most: float = 1e9) -> None:
        self.least, self.most = least, most

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        try:
            seconds = float(value)
        except ValueError:
            self.fail(f"{value!r} is no number of seconds", param, ctx)
        if not self.least <= seconds <= self.most:
            least = "above 0 and at most" if self.least < 1e-9 else f"from {self.least:g} to"
            least = "from 0 to" if self.least == 0 else least
            self.fail(f"must be {least} {self.most:g} s, got {value}", param, ctx)
        return seconds


for_seconds = click.option(
    "--seconds", metavar="N", type=Seconds(), help="For how long.  [default: until Ctrl-C]"
)


class Clock:
    """How long a command goes on: so many seconds, or without end."""

    def __init__(self, seconds: float | None = None) -> None:
        self._start = time.monotonic()
        self._seconds = math.inf if seconds is None else seconds

    @property
    def passed(self) -> float:
        return time.monotonic() - self._start

    @property
    def left(self) -> float:
        return self._seconds - self.passed

    def slices(self, client: jack.Client, length: float = SLICE) -> Iterator[float]:
        """Wait in slices, and give how long it took so far after each of them, until it is
        over.  Raises JackError when the server goes."""
        while (left := self.left) > 0:
            if client.wait_closed(min(left, length)):
                raise jack.JackError("the server is gone")
            yield self.passed


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 3.0) -> None:
    """Wait for what the server does in one of its next blocks.  Raises JackError."""
    clock = Clock(seconds)
    while not condition():
        if clock.left <= 0:
            raise jack.JackError(f"the server did not {what} within {seconds:g} s")
        time.sleep(0.005)


def frames_between(start: int, end: int) -> int:
    """From one frame time to another; JACK counts them in 32 bits, round and round."""
    return (end - start + 2**31) % 2**32 - 2**31
