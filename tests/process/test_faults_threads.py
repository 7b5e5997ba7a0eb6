"""No threads left: what has to have one says so, and what has to end does."""

import subprocess

import pytest

from support import children, libraries

NO_THREADS = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>

int no_threads;

int pthread_create(pthread_t *thread, const pthread_attr_t *how, void *(*run)(void *),
                   void *data)
{
    __typeof__(pthread_create) *real =
        (__typeof__(real))dlsym(RTLD_NEXT, "pthread_create");
    return no_threads ? EAGAIN : real(thread, how, run, data);
}
"""

PROGRAM = """
    import contextlib, ctypes, os, sys, time
    import jack

    @contextlib.contextmanager
    def no_threads():
        there_are_none = ctypes.c_int.in_dll(ctypes.CDLL(os.environ["LD_PRELOAD"]), "no_threads")
        there_are_none.value = 1
        try:
            yield
        finally:
            there_are_none.value = 0

"""
CLOSING = """
    client, other = (jack.Client(n, servername=sys.argv[1]) for n in ("client", "other"))
    client.inports.register("in")
    client.activate()
    other.activate()
    while not other.get_ports("^client:"):
        time.sleep(0.01)
    with no_threads():
        client.close()
    while other.get_ports("^client:"): # PipeWire tells a moment later
        time.sleep(0.01)
    jack.Client("client", servername=sys.argv[1], use_exact_name=True).close()
    print("gone")
"""
DEACTIVATING = """
    def await_cycles(client):
        before = client.stats.cycles
        while client.stats.cycles == before:
            time.sleep(0.01)

    client = jack.Client("client", servername=sys.argv[1])
    client.inports.register("in")
    client.activate()
    await_cycles(client)
    with no_threads():
        client.deactivate()
    before = client.stats.cycles
    time.sleep(0.2)
    assert client.stats.cycles == before
    client.activate()
    await_cycles(client)
    client.close()
    print("active again")
"""
STARTING = """
    server = jack.Server()
    with no_threads():
        try:
            server.start()
        except jack.JackError as error:
            print(error)
    assert not server.running
    with server, jack.Client("x", servername=server.name):
        print("started")
"""


@pytest.fixture(autouse=True)
def preloaded(tmp_path, jackd, monkeypatch):
    """For the program, not for `jackd`."""
    (tmp_path / "no_threads.c").write_text(NO_THREADS)
    library = tmp_path / "no_threads.so"
    words = ["cc", "-shared", "-fPIC", "-o", library, tmp_path / "no_threads.c", "-ldl"]
    subprocess.run(words, check=True, timeout=60)
    monkeypatch.setenv("LD_PRELOAD", str(library))


def test_a_client_closes_without_a_thread(jackd):
    done = children.run(children.join(PROGRAM, CLOSING), jackd.name)
    assert done.stdout == "gone\n"


def test_a_client_is_deactivated_without_a_thread(jackd):
    done = children.run(children.join(PROGRAM, DEACTIVATING), jackd.name)
    assert done.stdout == "active again\n"


@pytest.mark.skipif(libraries.loaded() != "JACK2", reason="a server of one's own is JACK2's")
def test_a_server_that_got_no_thread_starts_later():
    said, started = children.run(children.join(PROGRAM, STARTING)).stdout.splitlines()
    assert "no thread can be started for starting the JACK server" in said
    assert started == "started"
