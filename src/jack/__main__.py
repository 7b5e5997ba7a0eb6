"""The command line: ``python -m jack``."""

import argparse
import importlib
import sys
from collections.abc import Sequence

from jack._version import __version__

DESCRIPTION = """\
Send a recording through a JACK graph of three clients (player, echo, recorder), with
the echo made in Python, block by block; compare what comes back, frame by frame, with
the echo computed offline; write it as a sound file, and draw both beside it (OUT.png).
"""

DETAILS = """\
The server: the one that runs already ($JACK_DEFAULT_SERVER or "default"), else one that
is started within this program, at the recording's sample rate, without sound hardware.
Freewheeling is as fast as it goes and exact, but concerns all clients of a server; so
it is the default with a server of our own, and --realtime with one that runs already.
There the echo goes to the loudspeakers, too.

Exit status: 0 when all frames that went out came back equal; with --realtime also when
late blocks explain why they did not.  1 when frames differ or JACK is in trouble, 2 when
something is wrong with the arguments, the files or the installation, 130 after Ctrl-C.
"""

STATS = """\
Open a client on the running JACK server, with a port each way and a Python callback, let
it run, and print how that went: the server's numbers, late and skipped blocks, waits for
Python's lock, xruns, and how long the blocks took.
"""

STATS_DETAILS = """\
Exit status: 0 when it was measured, 1 when JACK is in trouble or no server runs, 2 when
something is wrong with the arguments, 130 after Ctrl-C.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except KeyboardInterrupt:
        print(f"jack {options.command}: interrupted", file=sys.stderr)
        return 130


def stats(options: argparse.Namespace) -> int:
    from jack import _stats

    return _stats.main(options)


def demo(options: argparse.Namespace) -> int:
    for needed in ("numpy", "soundfile", "matplotlib", "tqdm"):
        try:
            importlib.import_module(needed)
        except (ImportError, OSError) as error:  # OSError: soundfile without libsndfile
            print(
                f"jack demo: {needed} can't be imported ({error}); "
                "try: pip install 'rtjack[demo]'",
                file=sys.stderr,
            )
            return 2
    from jack import _demo

    return _demo.main(options)


def parser() -> argparse.ArgumentParser:
    whole = argparse.ArgumentParser(
        prog="python -m jack", description="The JACK Audio Connection Kit for Python."
    )
    whole.add_argument("--version", action="version", version=f"rtjack {__version__}")
    commands = whole.add_subparsers(required=True, metavar="COMMAND", dest="command")
    add_demo(
        commands.add_parser(
            "demo",
            help="send a recording through a server, with an echo made in Python",
            description=DESCRIPTION,
            epilog=DETAILS,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
    )
    add_stats(
        commands.add_parser(
            "stats",
            help="print how the running server's audio goes",
            description=STATS,
            epilog=STATS_DETAILS,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
    )
    _add_snapshot(
        commands.add_parser("snapshot", help="save and restore connections, connect by rules")
    )
    return whole


def _add_snapshot(command: argparse.ArgumentParser) -> None:
    from jack import _snapshot_command

    command.set_defaults(run=_snapshot_command.main)
    _snapshot_command.add(command)


def seconds_of(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds <= 86400:
        raise argparse.ArgumentTypeError(f"must be above 0 and at most 86400, got {text}")
    return seconds


def add_stats(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run=stats)
    command.add_argument(
        "--seconds",
        metavar="N",
        type=seconds_of,
        default=5.0,
        help="for how long (default: %(default)g)",
    )
    command.add_argument(
        "--server",
        metavar="NAME",
        help='which server (default: $JACK_DEFAULT_SERVER or "default")',
    )
    command.add_argument("--json", action="store_true", help="print one JSON object")


def add_demo(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run=demo)
    command.add_argument(
        "recording",
        metavar="IN.wav",
        nargs="?",
        help="a sound file of any rate and number of channels (default: a sentence spoken "
        "by espeak-ng)",
    )
    command.add_argument(
        "out",
        metavar="OUT.wav",
        nargs="?",
        help="where what comes back goes, in 32-bit floats (default: demo-out/IN-echo.wav)",
    )
    command.add_argument(
        "--server",
        choices=("auto", "embedded", "running"),
        default="auto",
        help="which server: the running one if there is one, one within this program, or "
        "the running one only (default: %(default)s)",
    )
    command.add_argument(
        "--blocksize",
        metavar="FRAMES",
        type=int,
        help="the embedded server's block size (default: 256)",
    )
    pace = command.add_mutually_exclusive_group()
    pace.add_argument(
        "--freewheel", action="store_true", help="as fast as it goes, and exact"
    )
    pace.add_argument(
        "--realtime", action="store_true", help="as fast as it sounds; counts late blocks"
    )


if __name__ == "__main__":
    sys.exit(main())
