"""How results are told: as text, and as a table in a page of the docs."""

from __future__ import annotations

import os
import platform
from pathlib import Path

Facts = dict[str, str]  # what was measured with: name and value


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if "model name" in line]
    return names[0] if names else platform.machine()


def machine() -> str:
    return f"{processor()}, {os.cpu_count()} cores, {platform.system()}"


def python() -> str:
    return f"{platform.python_version()} ({platform.python_compiler()})"


def as_text(head: list[str], rows: list[list[str]], facts: Facts) -> str:
    table = [[cell.replace("`", "") for cell in row] for row in [head, *rows]]
    widths = [max(len(row[i]) for row in table) for i in range(len(head))]
    lines = [f"{name}: {value}" for name, value in facts.items()] + [""]
    for row in table:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def as_markdown(head: list[str], rows: list[list[str]], facts: Facts) -> str:
    lines = ["| " + " | ".join(head) + " |", "| --- " * len(head) + "|"]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    told = "; ".join(f"{name} {value}" for name, value in facts.items())
    return "\n".join([*lines, "", f"Measured with: {told}."])


def rewrite(page: Path, table: str, begin: str, end: str) -> None:
    """Put the table between two marks of the page."""
    text = page.read_text(encoding="utf-8")
    before, found_begin, rest = text.partition(begin)
    _, found_end, after = rest.partition(end)
    if not found_begin or not found_end:
        raise SystemExit(f"{page} lacks the marks {begin} and {end}")
    page.write_text(f"{before}{begin}\n{table}\n{end}{after}", encoding="utf-8")
