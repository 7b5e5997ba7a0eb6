"""``python -m jack stats``: how the running server's audio goes."""

import json
import math
from typing import Any

import click

from jack._cli.output import say
from jack._cli.place import Clock, Place, Seconds, as_json, on_server

BAR = 40  # characters
WORDS = {
    "cycles": "blocks processed",
    "late_cycles": "late",
    "skipped_cycles": "skipped by the server",
    "callback_max_us": "longest, us",
    "callback_mean_us": "mean, us",
    "gil_waits": "waits for Python's lock",
    "gil_wait_max_us": "longest, us",
    "gil_wait_mean_us": "mean, us",
    "xruns": "xruns",
    "events_lost": "notifications lost",
}


@click.command(short_help="Measure how the server's audio goes.")
@click.option(
    "--seconds",
    metavar="N",
    type=Seconds(most=86400),
    default=5.0,
    show_default=True,
    help="For how long.",
)
@on_server
@as_json
def command(place: Place, seconds: float, as_json: bool) -> None:
    """Open a client on the running JACK server, with a port each way and a Python callback,
    let it run, and print how that went: the server's numbers, late and skipped blocks,
    waits for Python's lock, xruns, and how long the blocks took."""
    report = measure(place, seconds)
    for line in (in_json if as_json else in_text)(report).splitlines():
        say(line)


def measure(place: Place, seconds: float) -> dict[str, Any]:
    """What a client with a port each way and a Python callback sees in so many seconds."""
    with place.client("jack-stats") as client:
        source, sink = client.inports.register("in"), client.outports.register("out")

        @client.set_process_callback
        def process(frames: int) -> None:
            sink.get_buffer()[:] = source.get_buffer()

        client.activate()
        client.reset_stats()
        for _ in Clock(seconds).slices(client):
            pass
        return {
            "samplerate": client.samplerate,
            "blocksize": client.blocksize,
            "realtime": client.realtime,
            "cpu_load": client.cpu_load(),
            "seconds": seconds,
            "stats": client.stats.as_dict(),
        }


def in_json(report: dict[str, Any]) -> str:
    stats = dict(report["stats"])
    # JSON has no infinity.
    stats["histogram"] = [
        [bound if math.isfinite(bound) else None, count]
        for bound, count in stats["histogram"]
    ]
    return json.dumps(report | {"stats": stats}, indent=2)


def in_text(report: dict[str, Any]) -> str:
    stats = report["stats"]
    mode = "realtime" if report["realtime"] else "not realtime"
    lines = [
        f"server: {report['samplerate']} Hz, blocks of {report['blocksize']} frames, {mode}, "
        f"CPU load {report['cpu_load']:.1f} %",
        f"a Python client with a port each way, {report['seconds']:g} s:",
    ]
    for name, words in WORDS.items():
        value = stats[name]
        number = f"{value:.1f}" if isinstance(value, float) else str(value)
        lines.append(f"  {words:<24}{number:>12}")
    histogram = list(stats["histogram"])
    return "\n".join([*lines, "blocks by the time they took:", *bars(histogram)])


def bars(histogram: list[tuple[float, int]]) -> list[str]:
    """A line for each row from the first to the last that has something."""
    filled = [i for i, (_, count) in enumerate(histogram) if count]
    if not filled:
        return ["  none"]
    most = max(count for _, count in histogram)
    lines = []
    for i in range(filled[0], filled[-1] + 1):
        bound, count = histogram[i]
        if math.isfinite(bound):
            label = f"< {bound:.0f} us"
        else:
            label = f">= {histogram[i - 1][0]:.0f} us"
        bar = "#" * math.ceil(BAR * count / most)
        lines.append(f"  {label:>14} {count:>9}  {bar}".rstrip())
    return lines
