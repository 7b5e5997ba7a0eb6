"""What of JACK's public headers can't be reached from Python.

    python tools/unbound.py [--headers FOLDER] [--leave-out NAME.h ...]

Every function that the headers in FOLDER declare must be one of these:

- bound: in one of the tables of src/core/ (`X(jack_...)`) and called somewhere in src/;
- listed in docs/unbound.md, in the section that gives the reason: "Deprecated" (by the
  header's own words), "Done without the library" (a member of the stub that names the
  function does the same), or "Of no use in Python".

Prints what is neither, what is listed and bound after all, and what the list claims
wrongly; then the exit status is 1.
"""

import argparse
import re
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
SECTIONS = ("Deprecated", "Done without the library", "Of no use in Python")
DEPRECATED, OWN, USELESS = SECTIONS

_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.MULTILINE)
_DECLARATION = re.compile(r"^(?!typedef\b|static\b|return\b)[\w\s*]*?\b(jack\w*)\s*\(")
_BOUND = re.compile(r"\bX\((jack\w+)\)")
_ROW = re.compile(r"^\| `(jack\w+)` \| (.+) \|$")


class Function(NamedTuple):
    header: str
    deprecated: bool


def declared_in(text: str) -> dict[str, bool]:
    """The functions that a header's text declares: name -> whether it is deprecated.

    Deprecated is what says so itself: by its macro, or by a tag in the comment above it.
    """
    text = _DIRECTIVE.sub("", text)
    text = re.sub(r'extern\s+"C"\s*\{', "", text)
    found: dict[str, bool] = {}
    comment = ""
    depth = 0
    statement = ""
    for part in re.split(r"(/\*.*?\*/|//[^\n]*|[{};])", text, flags=re.DOTALL):
        if part.startswith(("/*", "//")):
            comment = part if not statement.strip() else comment
        elif part == "{":
            depth += 1
        elif part == "}":
            depth = max(depth - 1, 0)  # the one that ends extern "C"
            statement = ""
        elif part == ";" and depth == 0:
            match = _DECLARATION.match(statement.strip())
            if match:
                found[match[1]] = "@deprecated" in comment or "DEPRECATED" in statement
            statement, comment = "", ""
        elif depth == 0:
            statement += part
    return found


def declared(folder: Path, left_out: set[str]) -> dict[str, Function]:
    headers = [path for path in sorted(folder.glob("*.h")) if path.name not in left_out]
    if not headers:
        sys.exit(f"there are no headers in {folder}")
    functions = {}
    for path in headers:
        for name, deprecated in declared_in(path.read_text("utf-8")).items():
            functions.setdefault(name, Function(path.name, deprecated))
    return functions


def bound(root: Path) -> tuple[set[str], set[str]]:
    """The functions of the tables: those that something calls, and the others."""
    tables = set()
    for path in (root / "src" / "core").glob("*.h"):
        tables.update(_BOUND.findall(path.read_text("utf-8")))
    words: set[str] = set()
    for layer in ("rt", "core", "py"):
        for path in (root / "src" / layer).glob("*.c"):
            code = _COMMENT.sub("", path.read_text("utf-8"))
            code = re.sub(r'"(?:\\.|[^"\\])*"', '""', code)
            words.update(re.findall(r"\bjack\w+", code))
    return tables & words, tables - words


def listed(text: str) -> dict[str, tuple[str, str]]:
    """The rows of docs/unbound.md: function -> (section, reason)."""
    section = ""
    rows = {}
    for line in text.splitlines():
        if line.startswith("## "):
            section = line.removeprefix("## ")
        elif match := _ROW.match(line):
            rows[match[1]] = (section, match[2])
    return rows


def complaints(
    functions: dict[str, Function],
    called: set[str],
    uncalled: set[str],
    rows: dict[str, tuple[str, str]],
    stub: str,
    left_out: bool = False,
) -> list[str]:
    found = [f"{name}: in a table of src/core/, but nothing calls it" for name in uncalled]
    for name, function in functions.items():
        if name not in called and name not in uncalled and name not in rows:
            found.append(f"{name} ({function.header}): neither bound nor listed")
    for name, (section, reason) in rows.items():
        if section not in SECTIONS:
            found.append(f"{name}: listed in a section of another name, {section!r}")
        if name in called:
            found.append(f"{name}: listed in docs/unbound.md, but bound")
        if name not in functions:
            if not left_out:
                found.append(f"{name}: listed, but no header declares it")
            continue
        if functions[name].deprecated != (section == DEPRECATED):
            is_ = "deprecated" if functions[name].deprecated else "not deprecated"
            found.append(f"{name}: {is_} by {functions[name].header}, but listed in {section!r}")
        if section == OWN and not re.search(rf"libjack: [^\"]*\b{name}\b", stub):
            found.append(f"{name}: {reason} is said to do it, but no docstring names it")
    return sorted(found)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="What of JACK's headers is not bound.")
    parser.add_argument("--headers", type=Path, default=Path("/usr/include/jack"))
    parser.add_argument("--leave-out", nargs="*", default=[], metavar="NAME.h")
    parsed = parser.parse_args(arguments)
    functions = declared(parsed.headers, set(parsed.leave_out))
    called, uncalled = bound(ROOT)
    rows = listed((ROOT / "docs" / "unbound.md").read_text("utf-8"))
    stub = (ROOT / "src" / "jack" / "_jack.pyi").read_text("utf-8")
    found = complaints(functions, called, uncalled, rows, stub, bool(parsed.leave_out))
    print(*found, sep="\n", end="\n" if found else "")
    count = len(functions.keys() & called)
    print(f"{len(functions)} functions, {count} of them bound, {len(found)} complaints")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
