"""What is printed: names safe for a terminal, tables, JSON."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import IO, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from jack._names import shown

_ENDLESS = 100_000  # columns of what is no terminal: nothing is cut or wrapped


def console(file: IO[str] | None = None) -> Console:
    """rich's, on stdout by default; colours on a terminal only."""
    file = sys.stdout if file is None else file
    width = None if file.isatty() else _ENDLESS
    return Console(file=file, width=width, highlight=False, markup=False, soft_wrap=False)


def say(line: str = "") -> None:
    """A line on stdout, at once."""
    print(shown(line), flush=True)


def say_json(value: Any, *, line: bool = False) -> None:
    """JSON; on one line where many come one after the other."""
    print(json.dumps(value, indent=None if line else 2), flush=True)


def table(columns: Sequence[str], rows: Iterable[Sequence[str | Text]]) -> Table:
    """A table; columns whose heading begins with ">" are flush right."""
    whole = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        right = column.startswith(">")
        whole.add_column(
            column.lstrip(">"), justify="right" if right else "left", overflow="fold"
        )
    for row in rows:
        whole.add_row(*(Text(shown(cell)) if isinstance(cell, str) else cell for cell in row))
    return whole


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str | Text]]) -> None:
    """Print a table, without spaces at the ends of its lines where nobody looks."""
    out = console()
    if out.is_terminal:
        out.print(table(columns, rows))
        return
    with out.capture() as captured:
        out.print(table(columns, rows))
    for line in captured.get().splitlines():
        print(line.rstrip())
