"""Process callbacks with lookahead: how they end, and what is counted."""

import threading

import pytest

import jack
from support import children
from support.detached import (
    BLOCK,
    cut,
    detached,  # noqa: F401  a fixture
    first_sound,
    thru,
)
from support.graph import freewheeling
from support.servers import private_name
from support.waiting import wait_for


def test_an_exception_ends_it(detached, unraisable):
    calls = []

    def make(tested):
        def process(frames):
            calls.append(frames)
            tested.outports[0].get_array()[:] = len(calls)
            if len(calls) == 20:
                raise RuntimeError("enough")

        return process

    tested, recorder = detached(4, make)
    wait_for(lambda: unraisable)
    assert (unraisable[0].type, unraisable[0].text) == (RuntimeError, "enough")
    assert unraisable[0].object.__name__ == "process"
    wait_for(lambda: not recorder.blocks[-1][1].any(), what="silence")
    assert set(cut(recorder, 20)) == {None}
    assert len(calls) == 20


def test_callback_exit_is_quiet(client, unraisable):
    tested = client()
    tested.outports.register("o")
    calls = []

    def process(frames):
        calls.append(frames)
        raise jack.CallbackExit

    tested.set_process_callback(process, lookahead=4)
    tested.activate()
    wait_for(lambda: calls)
    tested.deactivate()
    assert len(calls) == 1 and not unraisable


@pytest.mark.parametrize("method", ["activate", "deactivate", "close"])
def test_refused_within_the_callback(client, method):
    tested = client()
    tested.outports.register("o")
    errors = []

    def process(frames):
        try:
            getattr(tested, method)()
        except jack.JackError as error:
            errors.append(str(error))
        raise jack.CallbackExit

    tested.set_process_callback(process, lookahead=4)
    tested.activate()
    wait_for(lambda: errors)
    assert "from within its own process callback" in errors[0]


def test_deactivating_while_the_callback_waits_for_us(client):
    tested = client()
    tested.outports.register("o")
    lock = threading.Lock()
    waiting = threading.Event()

    def process(frames):
        waiting.set()
        with lock:
            pass

    tested.set_process_callback(process, lookahead=4)
    with lock:
        tested.activate()
        assert waiting.wait(10)
        with pytest.raises(jack.JackError, match="has not returned"):
            tested.deactivate()
        with pytest.raises(jack.JackError, match="has not returned"):
            tested.activate()

    def active_again():
        try:
            tested.activate()
        except jack.JackError:
            return False
        return True

    wait_for(active_again)


def test_again_and_again(client, detached):
    tested, recorder = detached(2)
    for _ in range(30):
        tested.deactivate()
        tested.activate()
    tested.connect("stamp:o", tested.inports[0])
    tested.connect(tested.outports[0], recorder.port)
    with freewheeling(tested):
        first_sound(recorder)
        assert set(cut(recorder, 50)) == {2 * BLOCK}


def test_back_to_the_audio_thread(client, detached):
    tested, recorder = detached(2)
    first_sound(recorder)
    tested.deactivate()
    tested.set_process_callback(thru(tested), lookahead=0)
    tested.activate()
    tested.connect("stamp:o", tested.inports[0])
    tested.connect(tested.outports[0], recorder.port)
    with freewheeling(tested):
        first_sound(recorder)
        assert set(cut(recorder, 50)) == {0}


@pytest.mark.parametrize("lookahead", [-1, 1025, 1.5, "1"])
def test_bad_lookahead(client, lookahead):
    with pytest.raises((ValueError, TypeError), match="lookahead"):
        client().set_process_callback(print, lookahead=lookahead)


ENDS = """
import sys, threading, jack

server = jack.Server(sys.argv[1])
server.start()
client = jack.Client("tested", servername=server.name)
port = client.outports.register("o")
called = threading.Event()

def process(frames):
    port.get_buffer()[:] = bytes(frames * 4)
    called.set()

client.set_process_callback(process, lookahead=8)
client.activate()
assert called.wait(10)
"""


def test_exit_while_active():
    children.run(ENDS, private_name())


def test_exit_by_exception_while_active():
    result = children.run(ENDS + "\nraise SystemExit(3)", private_name(), check=False)
    assert (result.returncode, result.stderr) == (3, "")


# ---- counting ----


def test_a_stall_is_counted(client):
    tested = client()
    tested.outports.register("o")
    stall = threading.Event()
    calls = []

    def process(frames):
        calls.append(frames)
        if len(calls) == 20:
            stall.wait(10)

    tested.set_process_callback(process, lookahead=4)
    tested.activate()
    wait_for(lambda: len(calls) == 20)
    wait_for(lambda: tested.stats.overflows == 1 and tested.stats.underflows, what="both breaks")
    stall.set()
    wait_for(lambda: len(calls) > 100, what="it goes on")
    counted = tested.stats.underflows
    tested.deactivate()
    assert tested.stats.underflows >= counted and tested.stats.overflows >= 1
