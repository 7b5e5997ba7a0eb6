"""A pytest plugin: the extension of this process has a sanitizer, its children's has not.

They would need it loaded first, servers and setpriv among them, which crash of it.
"""

import os

import jack._jack  # noqa: F401  # while PYTHONPATH still leads to it

for name in ("LD_PRELOAD", "PYTHONPATH"):
    os.environ.pop(name, None)
