"""Packages that have no release for some Pythons, or are at odds with one."""

import sys

import pytest


def needed(package):
    """The package; skips the test where it is not to be had, or gets in the way of what is
    looked at."""
    if package == "numba" and hasattr(sys, "gettotalrefcount"):
        pytest.skip("on a debug build Numba's objects complain on stderr as they go")
    return pytest.importorskip(package, reason=f"{package} has no release for this Python")
