"""Clients that leave right after they were activated.

JACK2 answers an activation when a cycle has begun: now and then the one before the change,
when its thread is held up between taking a changed graph and saying so.  A client that it
does not see in its graph is not taken out of it, and no cycle ends any more.
"""

import subprocess

import pytest

import jack
from support import children, libraries
from support.waiting import wait_for

HELD_UP = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <time.h>

int pthread_cond_signal(pthread_cond_t *condition)
{
    __typeof__(pthread_cond_signal) *real =
        (__typeof__(real))dlsym(RTLD_NEXT, "pthread_cond_signal");
    nanosleep(&(struct timespec){0, 2000000}, NULL);
    return real(condition);
}
"""

LEAVE_AT_ONCE = """
import sys
import jack

for _ in range(60):
    client = jack.Client("brief", servername=sys.argv[1])
    client.inports.register("in")
    client.activate()
    client.close()
"""


@pytest.fixture
def held_up_jackd(start_jackd, tmp_path, monkeypatch):
    """Its thread waits for 2 ms before it tells others what it has done."""
    if libraries.loaded() != "JACK2":
        pytest.skip("JACK2's graph")
    (tmp_path / "held_up.c").write_text(HELD_UP)
    library = tmp_path / "held_up.so"
    words = ["cc", "-shared", "-fPIC", "-o", library, tmp_path / "held_up.c", "-ldl"]
    subprocess.run(words, check=True, timeout=60)
    with monkeypatch.context() as patched:
        patched.setenv("LD_PRELOAD", str(library))
        return start_jackd()


def test_leaving_at_once(held_up_jackd):
    children.run(LEAVE_AT_ONCE, held_up_jackd.name, timeout=100)
    said = held_up_jackd.log()
    with jack.Client("after", servername=held_up_jackd.name) as client:
        client.inports.register("in")
        before = held_up_jackd.failed_cycles()
        wait_for(lambda: client.stats.cycles > 100)
        assert held_up_jackd.failed_cycles() - before < 10  # with one in the graph each fails
    assert "already deallocated" not in said
