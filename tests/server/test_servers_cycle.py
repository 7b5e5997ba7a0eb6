"""More of what differs between JACK2, JACK1 and PipeWire, as test_servers.py has it: a
client's part in the cycle, what is told, and what stays of what was removed."""

import ctypes
import os
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import jack
from support import children, libraries, rewiring
from support.graph import wait_for_connections
from support.waiting import wait_for

LIBRARY = libraries.loaded()
JACK2, JACK1, PIPEWIRE = (LIBRARY == name for name in ("JACK2", "JACK1", "PipeWire"))
OLD_PIPEWIRE = PIPEWIRE and not libraries.is_newer_pipewire()


def skipped_by_a_long_block(client):
    """How many blocks the server went on without a client whose block lasts for ten."""
    calls = []
    tested = client("tested")
    period = tested.blocksize / tested.samplerate

    @tested.set_process_callback
    def process(frames):
        calls.append(frames)
        if len(calls) == 20:
            time.sleep(10 * period)

    tested.inports.register("i")
    tested.activate()
    wait_for(lambda: len(calls) > 25, what="it has slept")
    tested.deactivate()
    skipped = tested.stats.skipped_cycles
    tested.close()
    return skipped


def test_a_block_that_lasts(client):
    if JACK1:  # on a machine that has no time for jackd itself some are skipped nevertheless
        assert 0 in (skipped_by_a_long_block(client) for _ in range(20))
    else:
        assert skipped_by_a_long_block(client) > 0


def test_probing_a_server(server, client):
    seen = []
    observer = client("observer")
    observer.set_client_registration_callback(lambda name, register: seen.append(name))
    observer.activate()
    assert jack.server_running(server.name, 10)
    client("last")
    wait_for(lambda: "last" in seen)
    probes = [name for name in seen if "probe" in name]
    assert bool(probes) == (not JACK2)


def test_timebase_without_a_part_in_the_graph(client):
    tested, marks = client("tested"), client("marks")
    marks.inports.register("i")
    calls = {"tested": 0, "marks": 0}

    def counting(name):
        def timebase(state, blocksize, pos, new_pos):
            calls[name] += 1

        return timebase

    tested.activate()
    marks.activate()
    tested.set_timebase_callback(counting("tested"))
    if JACK1:
        frames = marks.frame_time
        wait_for(lambda: (marks.frame_time - frames) % 2**32 > 20 * marks.blocksize)
        assert calls["tested"] == 0
        marks.set_timebase_callback(counting("marks"))
        wait_for(lambda: calls["marks"])
    else:
        wait_for(lambda: calls["tested"])


@pytest.fixture
def idle(server):
    """An active client of libjack alone, with an output and no callback.  libjack is called
    in a thread of its own, whose signals it may block."""
    library = ctypes.CDLL(jack._jack._library_name())
    library.jack_client_open.restype = library.jack_port_register.restype = ctypes.c_void_p

    def make():
        handle = ctypes.c_void_p(library.jack_client_open(b"idle", 1 | 4, None, name))
        assert library.jack_port_register(handle, b"o", b"32 bit float mono audio", 2, 0)
        assert library.jack_activate(handle) == 0
        return handle

    name = server.name.encode()
    with ThreadPoolExecutor(1) as thread:
        handle = thread.submit(make).result()
        yield
        thread.submit(library.jack_client_close, handle).result()


def test_listening_to_who_has_no_callback(client, idle):
    blocks = {"listener": [], "marks": []}
    for name, called in blocks.items():
        one = client(name)
        one.set_process_callback(called.append)
        one.inports.register("i")
        one.activate()

    def called_meanwhile():
        before = len(blocks["listener"])
        end = len(blocks["marks"]) + 20
        wait_for(lambda: len(blocks["marks"]) > end, what="twenty cycles")
        return len(blocks["listener"]) - before

    wait_for(lambda: one.get_ports("idle:o") and called_meanwhile() > 10)
    one.connect("idle:o", "listener:i")
    wait_for(lambda: one.get_all_connections("listener:i"))
    if JACK2:
        wait_for(lambda: called_meanwhile() == 0)
        one.disconnect("idle:o", "listener:i")
    wait_for(lambda: called_meanwhile() > 10)


def test_question_while_a_port_goes(client):
    """One of the process callback's, while the program unregisters ports of the client's."""
    if OLD_PIPEWIRE:
        pytest.skip("PipeWire 0.3.65 crashes")
    tested = client("tested")
    port = tested.inports.register("i")
    outcomes = []

    @tested.set_process_callback
    def process(frames):
        if len(outcomes) == 50 or jack.JackErrorCode in outcomes:
            return
        try:
            tested.connect("system:capture_1", port)
            tested.disconnect("system:capture_1", port)
            outcomes.append(None)
        except jack.JackErrorCode as error:
            outcomes.append(type(error))

    tested.activate()
    end = time.monotonic() + 30
    while len(outcomes) < 50 and jack.JackErrorCode not in outcomes and time.monotonic() < end:
        tested.outports.register("port").unregister()
    tested.deactivate()
    assert outcomes[-1] is (None if JACK2 else jack.JackErrorCode)


def test_messages_of_the_library(client):
    said = []
    jack.set_error_function(said.append)
    try:
        tested = client("tested")
        with pytest.raises(jack.JackError):
            tested.connect("no:body", "no:one")
        if JACK1:
            with pytest.raises(jack.NotSupportedError):
                jack.client_pid("nobody")
            return
        jack.client_pid("nobody")
        if PIPEWIRE:
            tested.activate()
            tested.inports.register("p")  # what was said before that would have come
            other = client("other")
            wait_for(lambda: other.get_ports("tested:p"))
            assert said == []
        else:
            wait_for(lambda: said)
    finally:
        jack.set_error_function()


def test_port_name_in_use(client):
    tested = client("tested")
    tested.inports.register("p")
    if OLD_PIPEWIRE:
        assert tested.outports.register("p").name == "tested:p"
    else:
        with pytest.raises(jack.JackError, match="name already"):
            tested.outports.register("p")


def test_removed_properties(client):
    tested = client("tested")
    key = "http://example.org/rtjack/removed"
    tested.set_property(tested, key, "value")
    tested.remove_property(tested, key)
    assert jack.get_property(tested, key) == ((b"value", "") if OLD_PIPEWIRE else None)
    tested.remove_properties(tested)


SOURCE = """
    import jack, numpy, select, sys

    with jack.Client("source", servername=sys.argv[1]) as source:
        source.outports.register("o")
        source.activate()
        source.play(numpy.arange(1, 2**24, dtype=numpy.float32), "o")
        print("playing", flush=True)
        sys.stdin.readline()
        while not select.select([sys.stdin], [], [], 0)[0]:
            source.outports.register("new").unregister()
"""


def test_ports_come_and_go_beside_audio(client, server):
    """A ramp from one client to another, while the first has a port more now and then.

    That one has a process of its own: PipeWire 0.3.65 mixes up two clients' lists.
    """
    if not PIPEWIRE:
        pytest.skip("test_nodes.py::test_nodes_come_and_go_without_a_tear shows it whole")
    ear = client("ear")
    into = ear.inports.register("i")
    ear.activate()
    source = children.start(SOURCE, server.name)
    try:
        assert source.stdout.readline() == "playing\n"
        wait_for(lambda: ear.get_ports("source:o"))
        ear.connect("source:o", into)
        wait_for_connections()
        source.stdin.write("go on\n")
        source.stdin.flush()

        def torn():
            take = ear.rec(20_000)
            take.wait()
            got = take.result[10_000:, 0]  # of a whole one all is heard
            assert got.any()
            return not np.array_equal(np.diff(got), np.ones(len(got) - 1))

        assert any(torn() for _ in range(40))
    finally:
        _, said = source.communicate(timeout=30)
    assert (source.returncode, said) == (0, "")


def test_beginning_in_c(client, jackd, tmp_path):
    """Clients in C come and go beside one that is idle; BEGINNINGS=60 makes more of them."""
    rounds = os.environ.get("BEGINNINGS", "2")
    if OLD_PIPEWIRE and rounds == "2":
        pytest.skip("PipeWire 0.3.65 gives some of 60 no cycle at all")
    client("idle", servername=jackd.name)
    program = rewiring.build(tmp_path, "begin")
    command = [program, jackd.name, rounds]
    without = int(subprocess.run(command, capture_output=True, check=True, timeout=100).stdout)
    assert (without > 0) == OLD_PIPEWIRE


@pytest.mark.parametrize("act", ["activate", "deactivate", "close"])
def test_another_client_in_a_callback(any_server, act):
    """JACK1 would wait for the thread that it is done in, and throw that one's client out."""
    told = []

    def once(frames):
        if not told:
            try:
                told.append(getattr(other, act)())
            except jack.JackError as error:
                told.append(str(error))

    client = jack.Client("acts", servername=any_server.name)
    other = jack.Client("other", servername=any_server.name)
    try:
        client.outports.register("out"), other.outports.register("out")
        if act != "activate":
            other.activate()
        client.set_process_callback(once)
        client.activate()
        wait_for(lambda: told, 15)
        begin = client.stats.cycles
        wait_for(lambda: client.stats.cycles > begin + 20, 10, "cycles go on")
    finally:
        client.close(), other.close()
    if JACK1:
        assert "with JACK1 a client can't be " in told[0]
    else:
        assert told == [None]
