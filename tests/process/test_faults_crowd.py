"""Many threads use one client and all that it gives, while others close it."""

import pytest

from support import children


def test_a_few(jackd):
    said = children.run_module("support.crowd", jackd.name, "2", "4", "12", "1").stdout
    assert said == "96 deeds\n"


@pytest.mark.faults
@pytest.mark.parametrize("seed", range(10, 20))
def test_many(jackd, seed):
    arguments = "8", "6", "60", str(seed)
    said = children.run_module("support.crowd", jackd.name, *arguments, timeout=120).stdout
    assert said == "2880 deeds\n"
