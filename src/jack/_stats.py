"""``python -m jack stats``: how the running server's audio goes."""

import argparse
import json
import math
import sys
import time

import jack

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


def main(options: argparse.Namespace) -> int:
    """Run the command; returns its exit status."""
    try:
        report = measure(options)
    except jack.JackError as error:
        print(f"jack stats: {error}", file=sys.stderr)
        return 1
    print(as_json(report) if options.json else as_text(report))
    return 0


def measure(options: argparse.Namespace) -> dict[str, object]:
    """What a client with a port each way and a Python callback sees in so many seconds."""
    client = jack.Client("jack-stats", servername=options.server, no_start_server=True)
    source, sink = client.inports.register("in"), client.outports.register("out")

    @client.set_process_callback
    def process(frames: int) -> None:
        sink.get_buffer()[:] = source.get_buffer()

    with client:
        client.reset_stats()
        deadline = time.monotonic() + options.seconds
        while (left := deadline - time.monotonic()) > 0 and not client.closed:
            time.sleep(min(left, 0.1))
        report: dict[str, object] = {
            "samplerate": client.samplerate,
            "blocksize": client.blocksize,
            "realtime": client.realtime,
            "cpu_load": client.cpu_load(),
            "seconds": options.seconds,
            "stats": client.stats.as_dict(),
        }
    return report


def as_json(report: dict[str, object]) -> str:
    stats = dict(report["stats"])  # type: ignore[call-overload]
    # JSON has no infinity.
    stats["histogram"] = [
        [bound if math.isfinite(bound) else None, count]
        for bound, count in stats["histogram"]
    ]
    return json.dumps(report | {"stats": stats}, indent=2)


def as_text(report: dict[str, object]) -> str:
    stats: dict[str, object] = report["stats"]  # type: ignore[assignment]
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
    histogram: list[tuple[float, int]] = list(stats["histogram"])  # type: ignore[call-overload]
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
