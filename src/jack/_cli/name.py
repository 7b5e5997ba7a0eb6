"""The name under which the program was called, for its help and its messages."""

import os
import sys


def called() -> str:
    """ "pyjack", or what else the file that was called is; or "python3 -m jack"."""
    name = os.path.basename(sys.argv[0])
    if name != "__main__.py":
        return name
    return f"{os.path.basename(sys.orig_argv[0])} -m jack"
