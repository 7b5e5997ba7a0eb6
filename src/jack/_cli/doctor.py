"""``pyjack doctor``: what is in the way of good audio, and what to do about it."""

import click
from rich.text import Text

from jack._cli.checks import BAD, GOOD, WARNING, Check, examine
from jack._cli.output import console, say_json
from jack._cli.place import Place, as_json, on_server
from jack._names import shown

MARKS = {GOOD: ("ok", "green"), WARNING: ("look", "yellow"), BAD: ("bad", "red")}


@click.command(short_help="Look for what is in the way of good audio.")
@on_server
@as_json
def command(place: Place, as_json: bool) -> int:
    """Look at the JACK library, the server, realtime rights, locked memory, the CPU's
    governor and more, and say what to do where something is amiss.

    The exit status is 1 when something is bad, 0 when all is well or but a look is due."""
    checks = examine(place.server)
    if as_json:
        say_json([check.as_dict() for check in checks])
    else:
        show(checks)
    return 1 if any(check.state == BAD for check in checks) else 0


def show(checks: list[Check]) -> None:
    out = console()
    for check in checks:
        mark, colour = MARKS[check.state]
        line = Text(f"{mark:<4}  ", style=colour)
        line.append(f"{check.name}: ", style="bold")
        line.append(shown(check.found), style="not bold default")
        out.print(line)
        if check.advice:
            out.print(Text(f"      {shown(check.advice)}"))
