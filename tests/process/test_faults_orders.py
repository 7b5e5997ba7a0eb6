"""A client, its ports, streams, queues and nodes end in every order."""

import pytest

from support import children


def test_some(jackd):
    said = children.run_module("support.orders", jackd.name, "640").stdout
    assert said == "8 orders\n"


@pytest.mark.faults
def test_one_in_seven(jackd):
    said = children.run_module("support.orders", jackd.name, "7", timeout=280).stdout
    assert said == "720 orders\n"
