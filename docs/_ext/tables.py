"""Reads the tables of docs/benchmarks.md, which the benchmarks write."""

import re


def table(text, name):
    """The table behind the mark "<!-- name:", as a list of dicts by the heads of columns."""
    found = re.search(rf"<!-- {name}:.*?-->\n(.*?)\n\n", text, re.DOTALL)
    if not found:
        raise ValueError(f"docs/benchmarks.md has no table {name!r}")
    head, _, *rows = [cells(line) for line in found[1].splitlines()]
    for row in rows:
        if len(row) != len(head):
            raise ValueError(f"table {name!r}: {row} does not fit {head}")
    return [dict(zip(head, row)) for row in rows]


def measured_with(text, name):
    """On what it was measured, in the words that stand below the table."""
    found = re.search(rf"<!-- {name}:.*?-->.*?\nMeasured with: (.*?)\.?\n", text, re.DOTALL)
    if not found:
        raise ValueError(f"docs/benchmarks.md does not say how {name!r} was measured")
    return found[1]


def cells(line):
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def count(cell):
    """"12,000" as an int."""
    return int(cell.replace(",", ""))
