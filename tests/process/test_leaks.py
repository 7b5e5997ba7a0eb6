"""What grows is found; a few dozen calls, some hundred times each, and nothing does.

`make leaks` has all calls, and more rounds.
"""

import ctypes
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

kept = []


def keep_descriptor():
    kept.append(os.dup(0))


def keep_thread():
    thread = threading.Thread(target=kept_open.wait)
    thread.start()


kept_open = threading.Event()
allocate = ctypes.CDLL(None).malloc
allocate.argtypes, allocate.restype = [ctypes.c_size_t], ctypes.c_void_p

LEAKING = {
    "descriptors": keep_descriptor,
    "threads": keep_thread,
    "heap": lambda: allocate(5000),  # a thread keeps smaller ones that were given back
    "objects": lambda: kept.append([]),
    "blocks": lambda: kept.append(object()),
    "references to the key": lambda: kept.append(calls.KEY),
}


@pytest.mark.parametrize("what", LEAKING)
def test_what_leaks_is_found(what):
    def run(rounds):
        for _ in range(rounds):
            LEAKING[what]()

    try:
        things = {"the key": calls.KEY}
        assert what in footprint.grows(run, 9, windows=3, things=things, patience=0.001)
    finally:
        for thing in kept:
            if type(thing) is int:
                os.close(thing)
        kept.clear()
        kept_open.set()
    kept_open.clear()


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
            found[name] = footprint.grows(run, ROUNDS, windows=3, things=things)
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
