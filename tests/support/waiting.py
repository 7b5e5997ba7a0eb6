"""Waiting on conditions: there is no bare sleep in the tests."""

import time

import pytest


def wait_for(condition, timeout=10.0, what=None):
    """Poll until `condition()` is true and return its value; fail after `timeout` s.

    What it raises means "not yet" only for AssertionError.
    """
    deadline = time.monotonic() + timeout
    while True:
        try:
            result, reason = condition(), None
        except AssertionError as error:
            result, reason = None, error
        if result:
            return result
        if time.monotonic() > deadline:
            description = what or getattr(condition, "__name__", repr(condition))
            pytest.fail(f"not within {timeout} s: {description}; last: {reason or result!r}")
        time.sleep(0.002)
