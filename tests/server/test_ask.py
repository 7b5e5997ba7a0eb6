"""Several threads that ask the server through one client: each gets its own answer."""

import itertools
import re
import threading
import time

import pytest

import jack
from support.waiting import wait_for

THREADS = range(4)
ROUNDS = 50


def run_together(work):
    """work(number) in several threads at once; the first exception of each is raised."""
    failures = []
    barrier = threading.Barrier(len(THREADS), timeout=10)

    def run(number):
        try:
            barrier.wait()
            work(number)
        except BaseException as error:  # a failed assertion of pytest.raises is one
            failures.append((number, error))

    threads = [threading.Thread(target=run, args=(number,)) for number in THREADS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    assert failures == []


def test_every_question(client):
    tested, other = client("tested"), client("other")
    other.outports.register("o")  # of PipeWire's own port, others would get no cycles afterwards
    other.activate()
    tested.activate()
    uuid = tested.uuid

    def work(number):
        for _ in range(ROUNDS):
            port = tested.inports.register(f"port-{number}")
            assert port.name == f"tested:port-{number}"
            tested.connect("other:o", port)
            wait_for(lambda: [p.name for p in port.connections] == ["other:o"])
            with pytest.raises(jack.JackErrorCode) as raised:
                tested.connect("other:o", port)
            assert raised.value.code == 17
            tested.disconnect("other:o", port)
            port.shortname = f"renamed-{number}"
            assert port.name == f"tested:renamed-{number}"
            assert tested.get_uuid_for_client_name("tested") == uuid
            assert tested.get_client_name_by_uuid(uuid) == "tested"
            port.unregister()

    run_together(work)
    assert tested.get_ports("^tested:") == []


def test_beside_notifications(client, unraisable):
    """The delivery thread's callback and the program ask at the same time."""
    tested, other = client("tested"), client("other")
    outcomes = {}  # a port may be heard of twice: JACK2 tells ids, which are used again

    @tested.set_port_registration_callback
    def registration(port, register):
        if port.name.startswith("other:") and register:
            mine = tested.inports.register("late")
            outcomes[port.name] = mine.name
            mine.unregister()

    tested.inports.register("first")  # with the first one it would be activated anew
    tested.activate()
    other.activate()
    for number in range(ROUNDS):
        other.outports.register(f"o{number}")
        port = tested.outports.register("port")
        assert port.name == "tested:port"
        port.unregister()
    wait_for(lambda: len(outcomes) == ROUNDS or unraisable)
    assert unraisable == []
    assert set(outcomes.values()) == {"tested:late"}


def test_in_the_blocksize_callback(client):
    """There JACK2 refuses questions, as it waits for the callback's end: nothing hangs."""
    tested = client("tested")
    outcomes = []

    @tested.set_blocksize_callback
    def blocksize(frames):
        if frames == 512:
            with pytest.raises(jack.JackError):
                tested.inports.register("late")
            outcomes.append(frames)

    tested.activate()
    tested.blocksize = 512
    wait_for(lambda: outcomes == [512])
    tested.blocksize = 256
    assert tested.get_ports("^tested:") == []


def test_in_the_process_callback(client, unraisable):
    tested = client("tested")
    port = tested.inports.register("i")
    uuid = tested.uuid
    answers = []

    @tested.set_process_callback
    def process(frames):
        if len(answers) == ROUNDS:
            return  # while it is deactivated, it would get no answer
        tested.connect("system:capture_1", port)
        answer = tested.get_uuid_for_client_name("tested")
        tested.disconnect("system:capture_1", port)
        answers.append(answer)

    with tested:
        rounds = itertools.count()
        while next(rounds) < ROUNDS or len(answers) < ROUNDS and not unraisable:
            other = tested.outports.register("port")
            assert other.name == "tested:port"
            other.unregister()
    assert unraisable == []
    assert set(answers) == {uuid}


def test_in_the_process_callback_of_a_client_that_ends(client, caplog):
    """Who asks waits for the callback: it is told so instead of waiting, too."""
    tested = client("tested")
    port = tested.inports.register("i")
    inside, outcomes = threading.Event(), []

    @tested.set_process_callback
    def process(frames):
        inside.set()
        end = time.monotonic() + 10
        try:
            while time.monotonic() < end:
                tested.connect("system:capture_1", port)
                tested.disconnect("system:capture_1", port)
        except jack.JackErrorCode as error:
            outcomes.append(error.code)

    tested.activate()
    assert inside.wait(10)
    tested.deactivate()
    assert outcomes == [-1]
    wait_for(lambda: "another thread asks through the same client" in caplog.text)
    assert [p.name for p in tested.get_ports("^tested:")] == ["tested:i"]


def test_registering_in_turns(client):
    tested = client("tested")

    def work(number):
        for _ in range(20):
            ports = [tested.outports.register(f"port-{number}-{n}") for n in range(8)]
            for port in ports:
                assert tested.outports[port.name] is port
                port.unregister()
                assert port not in tested.outports

    run_together(work)
    assert list(tested.outports) == []


def test_reading_a_name_that_changes(client):
    """The server writes it in place, so that a reader may meet half of it; but no other."""
    port = client("tested").outports.register("a")

    def work(number):
        for n in range(1000):
            if number == 0:
                port.shortname = f"a{n}"
            else:
                assert re.fullmatch("tested:(a[0-9]*)?", port.name)
                assert re.fullmatch("(a[0-9]*)?", port.shortname)
                assert re.fullmatch(r"jack\.OwnPort\('tested:(a[0-9]*)?'\)", repr(port))

    run_together(work)
    assert port.shortname == "a999"


def test_activating_in_turns(client):
    tested = client("tested")

    def work(number):
        for _ in range(10):
            tested.activate()
            port = tested.outports.register(f"port-{number}")
            assert port.shortname == f"port-{number}"
            tested.deactivate()
            port.unregister()

    run_together(work)
