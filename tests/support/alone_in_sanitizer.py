"""A pytest plugin: the extension of this process has a sanitizer, its children's has not.

They would need it loaded first, servers and setpriv among them, which crash of it.  The
sanitizer may end pytest with any exit status, so its own is written into $PYTEST_ENDED.
"""

import os
import pathlib

import jack._jack  # noqa: F401  # while PYTHONPATH still leads to it

for name in ("LD_PRELOAD", "PYTHONPATH"):
    os.environ.pop(name, None)


def pytest_sessionfinish(exitstatus):
    pathlib.Path(os.environ["PYTEST_ENDED"]).write_text(str(int(exitstatus)))
