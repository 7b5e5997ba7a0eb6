"""What grows is found; a few dozen calls, some hundred times each, and nothing does.

`make leaks` has all calls, and more rounds.
"""

import ctypes
import functools
import gc
import os
import threading
import weakref

import pytest

import jack
from leaks import calls
from support import footprint, libraries

ROUNDS = 150

# Of each kind of work something, and what is called most.
CLASSES = {
    "": ["get_time", "get_properties", "version"],
    "Client": [
        "Client.connect",
        "Client.set_property",
        "Client.get_ports",
        "Client.get_ports refused",
        "Client.stats",
        "Client.transport_query",
        "Client.transport_query_struct",
        "Client.cycle_times",
        "Client.set_port_registration_callback",
        "Client.set_xrun_callback",
        "Client.silence",
        "Client.rec",
        "Client.events",
        "Client.create_thread",
        "Client.metadata",
    ],
    "OwnPort": ["OwnPort.get_array", "OwnPort.get_buffer", "OwnPort.connections"],
    "OwnMidiPort": [
        "OwnMidiPort.write_midi_event",
        "OwnMidiPort.incoming_midi_events",
        "OwnMidiPort.receive",
    ],
    "Port": ["Port.aliases", "Port.set_alias", "Port.uuid", "Port.__eq__"],
    "Ports": ["Ports.register", "Ports.__iter__"],
    "UUID": ["UUID.__new__", "UUID.__new__ refused"],
    "RingBuffer": ["RingBuffer.read", "RingBuffer.write", "RingBuffer.write refused"],
    "EventQueue": ["EventQueue.get"],
    "Stream": ["Stream.stats", "Stream.write"],
}

libc = ctypes.CDLL(None)
libc.malloc.argtypes, libc.malloc.restype = [ctypes.c_size_t], ctypes.c_void_p
libc.free.argtypes, libc.free.restype = [ctypes.c_void_p], None


def thread():
    may_end = threading.Event()
    threading.Thread(target=may_end.wait).start()
    return may_end.set


# What takes something and gives what gives it back; of the smallest, many.
LEAKING = {
    "descriptors": (9, lambda: functools.partial(os.close, os.dup(0))),
    "threads": (9, thread),
    "heap": (30, lambda: functools.partial(libc.free, libc.malloc(100_000))),
    "objects": (900, lambda: [].clear),
    "blocks": (900, lambda: functools.partial(id, object())),
    "references to the key": (900, lambda: functools.partial(len, calls.KEY)),
}


@pytest.mark.parametrize("what", LEAKING)
def test_what_leaks_is_found(what):
    rounds, take = LEAKING[what]
    taken = []

    def run(rounds):
        taken.extend(take() for _ in range(rounds))

    things = {"the key": calls.KEY}
    try:
        found = footprint.grows(run, rounds, windows=3, things=things, patience=0.001)
    finally:
        for give_back in taken:
            give_back()
    assert what in found


@pytest.mark.parametrize("class_name", CLASSES)
def test_nothing_grows(jackd, class_name):
    if libraries.loaded() != "JACK2":
        pytest.skip("leaks are looked for on JACK2")
    found = {}
    world = calls.Lasting(jackd)
    try:
        for name in CLASSES[class_name]:
            run, subject = calls.call(class_name, name, world)
            things = calls.things(subject, world)
            grown = footprint.grows(run, ROUNDS, windows=3, things=things)
            found[name] = calls.telling(name, grown)
    finally:
        world.close()
    assert {name: grows for name, grows in found.items() if grows} == {}


def test_there_is_a_word_for_each_call():
    assert len([name for each in ["", *calls.SUBJECTS] for name in calls.names(each)]) > 700
    known = {f"{c}.{name}" for c, declared in calls.STUB.classes.items() for name in declared}
    known |= set(calls.STUB.functions)
    for table in (calls.AGAIN, calls.WHOLE, calls.ELSEWHERE, calls.BY_SYNTAX):
        assert set(table) <= known


def test_a_callback_goes_when_another_is_set(client):
    """It is not kept for as long as the client lives."""
    new = client("replacing")

    class Callback:
        def __call__(self, *arguments):
            pass

    setters = [new.set_process_callback, new.set_xrun_callback, new.set_blocksize_callback]
    setters += [new.set_port_registration_callback, new.set_latency_callback]
    for setter in setters:
        first = Callback()
        gone = weakref.ref(first)
        setter(first)
        del first
        gc.collect()
        assert gone() is not None
        setter(jack.position2dict)
        assert gone() is None
