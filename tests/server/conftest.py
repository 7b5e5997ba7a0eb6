"""What the tests of the command line share."""

import functools
import threading

import pytest

import jack
from support import commands, libraries
from support.waiting import wait_for


def only_on_jack2():
    """Commands and notebooks are made of public calls, whose own tests run on each libjack."""
    if libraries.loaded() != "JACK2":
        pytest.skip("the command line is tested on JACK2")


@pytest.fixture
def pyjack(jackd):
    """Run a command of pyjack's on the server: pyjack("ports", "--json")."""
    only_on_jack2()
    return functools.partial(commands.run, jackd.name)


@pytest.fixture
def studio(jackd):
    """The client "a" with the audio outputs o1 and o2, and beside it "b", its inputs i1 and
    i2; both active."""
    only_on_jack2()
    with (
        jack.Client("a", servername=jackd.name) as a,
        jack.Client("b", servername=jackd.name) as b,
    ):
        for n in (1, 2):
            a.outports.register(f"o{n}")
            b.inports.register(f"i{n}")
        a.other = b
        yield a


@pytest.fixture
def meanwhile():
    """Have a function run in a thread while a command runs; it has to end well."""
    started = []

    class Thread(threading.Thread):
        error = None

        def run(self):
            try:
                super().run()
            except BaseException as error:
                self.error = error

    def start(function):
        started.append(Thread(target=function))
        started[-1].start()
        return started[-1]

    yield start
    for thread in started:
        thread.join(30)
        assert not thread.is_alive()
        if thread.error is not None:
            raise thread.error


@pytest.fixture
def settle():
    """Wait until what is connected with a client's outputs is just that."""

    def wait(client, *pairs):
        def wired():
            snapshot = client.snapshot(properties=False)
            return sorted(p for p in snapshot.connections if p[0].startswith(f"{client.name}:"))

        wait_for(lambda: wired() == list(pairs), what=f"connected are {pairs}")

    return wait
