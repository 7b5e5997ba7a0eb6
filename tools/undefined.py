"""Refuse a built extension with a symbol that nothing brings when it is imported.

    python undefined.py NM EXTENSION STAMP

The linker takes every undefined symbol of an extension on trust, since the interpreter's
are among them.  So one of a source that meson.build forgets, or of a library that is not
linked, would be found by the program that imports the extension, or by the call that needs
it.  What may be undefined: the interpreter's own (Py..., _Py...), what is weak, and what
a library that the extension is linked with has, which the linker then notes the version of.

STAMP is written when all is well.
"""

import subprocess
import sys
from pathlib import Path

PYTHONS = ("Py", "_Py")


def strays(listing: str) -> list[str]:
    """Of what `nm -P -u` lists: the symbols that nothing brings."""
    found = []
    for line in listing.splitlines():
        symbol, kind = line.split()[:2]
        if kind == "U" and "@" not in symbol and not symbol.startswith(PYTHONS):
            found.append(symbol)
    return found


def main(nm: str, extension: str, stamp: str) -> int:
    command = [nm, "-P", "-u", "-D", extension]
    listing = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "PyModuleDef_Init" not in listing:
        print(f"{nm} lists no symbols of an extension of Python's in {extension}", file=sys.stderr)
        return 1
    found = strays(listing)
    for symbol in found:
        print(
            f"{extension}: {symbol} is undefined: no source in meson.build and no library "
            "that is linked brings it",
            file=sys.stderr,
        )
    if not found:
        Path(stamp).touch()
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
