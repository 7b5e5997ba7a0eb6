"""What only Python's collector finds, and callbacks in which it comes."""

import contextlib
import gc


class Forgotten:
    """Keeps itself alive, and what it holds."""

    def __init__(self, *held):
        self.me, self.held = self, held


@contextlib.contextmanager
def collecting():
    """A callback in which the collector comes once; until then it does not.

    With it comes the list that is filled once that was.
    """
    begun, done = [], []

    def collect(*arguments):
        if not begun:
            begun.append(None)
            gc.collect()
            done.append(None)

    gc.disable()
    try:
        yield collect, done
    finally:
        gc.enable()
