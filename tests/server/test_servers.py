"""What differs between JACK2, JACK1 and PipeWire: docs/servers.md, row by row.  What MIDI
does differently is in test_servers_midi.py.

Each test runs on all three and says what each of them does.  Where the rest of the tests
rely on one way, tests/support/differences.py has which ones.
"""

import concurrent.futures
import contextlib
import ctypes
import os
import pathlib
import random
import re
import subprocess
import sys
import threading

import pytest

import jack
from support import differences, libraries, scheduling
from support.events import catch_up, drain, until
from support.waiting import wait_for

LIBRARY = libraries.loaded()
JACK2, JACK1, PIPEWIRE = (LIBRARY == name for name in ("JACK2", "JACK1", "PipeWire"))
NEWER = libraries.is_newer_pipewire()
OLD_PIPEWIRE = PIPEWIRE and not NEWER
KEY = "http://example.org/rtjack/servers"


def test_each_difference_is_in_the_docs():
    text = (pathlib.Path(__file__).parents[2] / "docs" / "servers.md").read_text("utf-8")
    rows = re.findall(r"^\|.*`(test_\w+)` \|$", text, re.M)
    files = pathlib.Path(__file__).parent.glob("test_servers*.py")
    tests = re.findall(r"^def (test_\w+)", "".join(f.read_text("utf-8") for f in files), re.M)
    assert sorted(rows) == sorted(set(tests) - {"test_each_difference_is_in_the_docs"})
    named = {k[1] for table in differences.DIFFERENCES.values() for k in table}
    assert named <= set(rows)


def test_hosting_a_server():
    if JACK2:
        assert jack.Server().name
        return
    with pytest.raises(jack.NotSupportedError, match=f"takes JACK2; .* is {LIBRARY}'s"):
        jack.Server()


def test_missing_functions(client):
    tested = client("tested")
    port = tested.outports.register("o")
    for function in (
        jack.version,
        jack.version_string,
        lambda: jack.client_pid("tested"),
        lambda: port.type_id,
    ):
        if JACK1:
            with pytest.raises(jack.NotSupportedError, match=r"jack_\w+\(\) is not in"):
                function()
        else:
            function()
    assert tested.name == "tested"


def test_name_in_use(client):
    first, second = client("same"), client("same")
    assert first.name == "same"
    if NEWER:
        assert re.fullmatch(r"same-\d+", second.name)
    else:
        assert second.name == ("same" if PIPEWIRE else "same-01")


def test_name_in_use_exactly(client):
    client("same")
    if OLD_PIPEWIRE:
        assert client("same", use_exact_name=True).name == "same"
    else:
        with pytest.raises(jack.JackOpenError):
            client("same", use_exact_name=True)


def test_ports_of_others(client):
    """Each of PipeWire's clients has a picture of its own of the graph."""
    tested, other = client("tested"), client("other")
    other.outports.register("o")
    if NEWER:  # others see the ports of active clients
        with pytest.raises(pytest.fail.Exception):
            wait_for(lambda: tested.get_ports("other:o"), 0.5)
        other.activate()
    if PIPEWIRE:
        wait_for(lambda: tested.get_ports("other:o"))
    assert tested.get_ports("other:o")


def test_ports_of_a_closed_client(client):
    """On JACK1 about one in 300 is seen."""
    watcher = client("watcher")
    for _ in range(200 if libraries.loaded() == "JACK2" else 10_000):
        other = client("other")
        other.inports.register("i")
        if NEWER:
            other.activate()
        wait_for(lambda: watcher.get_ports("other"))
        other.close()
        if watcher.get_ports("other"):
            assert libraries.loaded() != "JACK2"
            wait_for(lambda: not watcher.get_ports("other"))
            return
    assert libraries.loaded() == "JACK2"


def test_connecting_inactive_clients(client):
    tested = client("tested")
    tested.inports.register("i")
    if PIPEWIRE:
        tested.connect("system:capture_1", "tested:i")
    else:
        with pytest.raises(jack.JackErrorCode):
            tested.connect("system:capture_1", "tested:i")


def test_port_rename_notice(client):
    tested, other = client("tested"), client("other")
    heard, registered = [], []
    tested.set_port_rename_callback(lambda port, old, new: heard.append((old, new)))
    tested.set_port_registration_callback(lambda port, come: registered.append(port.name))
    tested.activate()
    other.activate()
    port = other.outports.register("before")
    port.shortname = "after"
    other.outports.register("last")  # what is told of it comes after the renaming
    wait_for(lambda: any(name.endswith(":last") for name in registered))
    assert heard == ([("other:before", "other:after")] if JACK2 or NEWER else [])


def test_properties_of_others(client):
    tested, other = client("tested"), client("other")
    tested.activate()
    other.activate()
    with tested.events(jack.PropertyChanged, jack.PortRegistered) as queue:
        other.set_property(other, KEY, "value")
        other.inports.register("last")  # what is told of it comes after the property
        told = until(queue, lambda event: isinstance(event, jack.PortRegistered))
    other.remove_property(other, KEY)
    assert [type(event) for event in told[:-1]] == ([] if PIPEWIRE else [jack.PropertyChanged])


def test_notice_of_an_xrun(client):
    tested, blocks = client("tested"), []
    late = threading.Event()
    tested.outports.register("o")

    @tested.set_process_callback
    def process(frames):
        blocks.append(late.wait(0.02))  # four blocks long

    with tested.events(jack.Xrun) as queue:
        tested.activate()
        if PIPEWIRE:
            wait_for(lambda: len(blocks) > 20)
            assert drain(queue) == []
        else:
            assert queue.get(10).delayed_usecs >= 0
        late.set()


@pytest.mark.parametrize("takes_part", [False, True])
def test_order_without_a_part_in_it(client, takes_part):
    tested, other = client("tested"), client("other")
    if takes_part:
        tested.inports.register("i")
    tested.activate()
    other.activate()
    catch_up(tested, other)
    out = other.outports.register("o")
    with tested.events(jack.GraphReordered) as queue:
        other.connect(out, "system:playback_1")
        catch_up(tested, other)
        if JACK1 and not takes_part:
            assert drain(queue) == []
        else:
            queue.get(10)


@contextlib.contextmanager
def freewheeling(tested):
    times = []
    tested.set_process_callback(lambda frames: times.append(tested.last_frame_time))
    tested.inports.register("i")
    tested.activate()
    wait_for(lambda: len(times) > 2)
    tested.set_freewheel(True)
    yield times
    tested.set_freewheel(False)


def test_time_while_freewheeling(client):
    if OLD_PIPEWIRE:
        pytest.skip("PipeWire 0.3.65 may give a client no cycles at all then")
    tested = client("tested")
    with freewheeling(tested) as times:
        begin = len(times) + 100
        wait_for(lambda: len(times) > begin + 100)
        found = times[begin : begin + 100]
    steps = {b - a for a, b in zip(found, found[1:])}
    assert steps == {0} if JACK1 else 0 not in steps


def test_freewheeling_twice(client):
    tested = client("tested")
    tested.activate()
    if JACK2:
        with pytest.raises(jack.JackErrorCode):
            tested.set_freewheel(False)
    else:
        tested.set_freewheel(False)


def test_short_properties(client):
    tested = client("tested")
    tested.set_property(tested, KEY, "1")
    found = jack.get_property(tested, KEY)
    tested.remove_property(tested, KEY)
    assert found == (None if JACK1 else (b"1", ""))


def test_properties_of_another_server(start_jackd):
    """JACK1's library has the default server's database alone, and says nothing of it."""
    server = start_jackd()
    with jack.Client("tested", servername=server.name) as tested:
        if JACK1:
            for _ in range(2):
                with pytest.raises(jack.NotSupportedError, match="JACK_DEFAULT_SERVER"):
                    tested.set_property(tested, KEY, "value")
        else:
            tested.set_property(tested, KEY, "value")
            tested.remove_property(tested, KEY)


def test_question_in_a_callback(client):
    """Where JACK waits for the callback it can't be asked; JACK1 and the newer PipeWire in
    no callback at all."""
    tested = client("tested")
    tested.inports.register("i")
    go_on, outcomes = [], []

    @tested.set_process_callback
    def process(frames):
        if go_on and not outcomes:
            try:
                tested.outports.register("late")
            except jack.JackError as error:
                outcomes.append(type(error))
            else:
                outcomes.append(None)

    tested.activate()
    go_on.append(True)
    wait_for(lambda: outcomes)
    if JACK1 or NEWER:
        assert outcomes == [jack.JackError]
    assert tested.samplerate == 48000  # nothing has hung, nobody was thrown out


def test_end_of_the_server(start_jackd):
    server, heard = start_jackd(), []
    client = jack.Client("tested", servername=server.name)
    client.set_shutdown_callback(lambda status, reason: heard.append(status))
    server.end()
    if not JACK1:
        wait_for(lambda: heard)
    else:
        with pytest.raises(jack.JackError):
            client.inports.register("i")
        assert not heard
    client.close()


def test_reason_of_the_end(start_jackd):
    server = start_jackd()
    client = jack.Client("tested", servername=server.name)
    client.activate()
    with client.events(jack.Shutdown) as queue:
        server.end()
        assert (queue.get(10).reason == "") == OLD_PIPEWIRE
    client.close()


def test_ports_of_other_types(client):
    """Registered, connected, found again as the same, unregistered; or refused."""
    video = "32 bit float RGBA video"
    tested = client("tested")
    with pytest.raises(jack.JackError, match="'x': .*: the JACK server knows no ports of that"):
        tested.register_other_port("x", "a type of my own", buffer_size=4096)
    for wrong in "32 bit float mono audio", "8 bit raw midi":
        with pytest.raises(ValueError, match="another than audio and MIDI"):
            tested.register_other_port("x", wrong)
    with pytest.raises(ValueError, match="buffer_size must be between 0 and"):
        tested.register_other_port("x", video, buffer_size=-1)
    if not PIPEWIRE:
        with pytest.raises(jack.JackError, match="knows no ports of that type"):
            tested.register_other_port("x", video)
        return
    source = tested.register_other_port("o", video, is_output=True, is_terminal=True)
    target = tested.register_other_port("i", video, buffer_size=4096)
    assert (source.type, source.is_output, source.is_terminal) == (video, True, True)
    assert (target.is_input, target.is_audio, target.is_midi) == (True, False, False)
    for refused in source.get_buffer, target.get_array:
        with pytest.raises(jack.NotSupportedError, match="how much memory is theirs"):
            refused()
    tested.activate()
    wait_for(lambda: tested.get_ports("tested:", literal=True) == [source, target])
    tested.connect(source, target)
    wait_for(lambda: source.connections == [target])
    assert list(tested.inports) == list(tested.outports) == []
    source.unregister()
    target.unregister()
    wait_for(lambda: tested.get_ports("tested:", literal=True) == [])


def test_process_thread_later(client):
    """JACK1 does not begin a client's thread anew with each activation."""
    tested, blocks = client("tested"), []
    tested.activate()
    tested.deactivate()

    def run():
        blocks.append(tested.cycle_wait())

    if JACK1:
        with pytest.raises(jack.NotSupportedError, match="JACK1 begins a client's thread once"):
            tested.set_process_thread(run)
        return
    tested.set_process_thread(run)
    tested.activate()
    wait_for(lambda: blocks)


def test_aliases_of_the_driver(client):
    port = client("tested").get_port_by_name("system:capture_1")
    assert len(port.aliases) == (0 if NEWER else 2 if PIPEWIRE else 1)


def test_realtime_client(client):
    assert client("tested").realtime is PIPEWIRE  # it is set up for each client by itself


def test_default_server(client, server, monkeypatch):
    """PipeWire's own variable is PIPEWIRE_REMOTE."""
    monkeypatch.setenv("JACK_DEFAULT_SERVER", server.name)
    if PIPEWIRE:
        with pytest.raises(jack.JackOpenError):
            client("tested", servername=None)
        monkeypatch.setenv("PIPEWIRE_REMOTE", server.name)
    assert client("tested", servername=None).get_port_by_name("system:capture_1")


def test_blocksize_of_others(client):
    tested, other = client("tested"), client("other")
    tested.blocksize = 512
    assert (tested.blocksize, other.blocksize) == ((256, 256) if PIPEWIRE else (512, 512))


def test_session_id_as_uuid(client):
    first = client("first")
    uuid = first.uuid
    first.close()
    assert (client("tested", session_id=uuid).uuid == uuid) == (not PIPEWIRE)


def test_internal_clients(client):
    tested = client("tested")
    if JACK2:
        with tested.load_internal("profiler") as internal:
            assert internal.loaded
        return
    for ask in (
        lambda: tested.load_internal("profiler"),
        lambda: tested.get_internal("nobody"),
    ):
        with pytest.raises(jack.JackOpenError) as raised:
            ask()
        assert raised.value.status.failure


def test_reserved_names(client, server):
    tested = client("tested")
    uuid = jack.UUID((2 << 32) + random.randrange(1 << 20, 1 << 30))
    tested.reserve_client_name("kept", uuid)
    if JACK2:
        with pytest.raises(jack.JackErrorCode):
            tested.reserve_client_name("kept", uuid + 1)
    else:
        tested.reserve_client_name("kept", uuid + 1)
    comer = jack.Client("comer", servername=server.name, session_id=str(uuid))
    name = comer.name
    comer.close()
    assert name.startswith("comer" if PIPEWIRE else "kept")


def test_sessions(client, tmp_path):
    tested = client("tested")
    libjack = ctypes.CDLL(libraries.files()[0])
    code = libjack.jack_set_session_callback(ctypes.c_void_p(tested._address), None, None)
    assert (code != 0) == PIPEWIRE
    assert tested.session_notify(f"{tmp_path}/", target="nobody") == []


def test_aliases_of_others(client):
    tested, other = client("tested"), client("other")
    tested.outports.register("o")
    if NEWER:
        tested.activate()
    port = wait_for(lambda: port_or_none(other, "tested:o"))
    if PIPEWIRE:
        with pytest.raises(jack.JackErrorCode):
            port.set_alias("tested:alias")
    else:
        port.set_alias("tested:alias")
        assert port.aliases == ["tested:alias"]


def test_aliases_of_own_ports(client):
    tested, other = client("tested"), client("other")
    port = tested.outports.register("o")
    assert port.aliases == (["tested:o"] if OLD_PIPEWIRE else [])
    port.set_alias("tested:first")
    if OLD_PIPEWIRE:
        assert sorted(port.aliases) == ["tested:first", "tested:o"]
        with pytest.raises(jack.JackErrorCode):
            port.set_alias("tested:second")
    else:
        port.set_alias("tested:second")
        assert port.aliases == ["tested:first", "tested:second"]
    if NEWER:
        tested.activate()
    seen = wait_for(lambda: port_or_none(other, "tested:o")).aliases
    there = [] if NEWER else ["tested:o"] if PIPEWIRE else ["tested:first", "tested:second"]
    assert seen == there


def test_net_adapters():
    if PIPEWIRE:
        for end in (jack.NetMaster, jack.NetSlave, lambda: jack.NetAdapter(2, 1)):
            with pytest.raises(jack.LibraryNotFoundError, match="whose functions do nothing"):
                end()
    else:
        assert jack.NetAdapter(2, 1).inputs == 2


def test_emptied_properties(client):
    tested = client("tested")
    if PIPEWIRE:
        tested.set_property(tested, KEY, "")
    else:
        with pytest.raises(ValueError, match="not empty"):
            tested.set_property(tested, KEY, "")
    tested.set_property(tested, KEY, "value")
    count = tested.remove_properties(tested)
    assert count == (0 if PIPEWIRE else 1)
    if not PIPEWIRE:
        assert dict(tested.metadata) == {}


def test_realtime_scheduling(client):
    """PipeWire's libjack asks the client that was opened last, if it is there or not."""
    program = """if True:
        import ctypes, sys, threading, jack
        function = ctypes.CDLL(sys.argv[1]).jack_drop_real_time_scheduling
        print(function(ctypes.c_void_p(threading.get_ident())))
        jack.drop_real_time_scheduling()
        """
    command = [sys.executable, "-c", program, libraries.files()[0]]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == ("-1\n" if PIPEWIRE else "0\n")
    client("tested")
    client("last").close()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        allowed = pool.submit(scheduling.allowed).result()
        if allowed:
            pool.submit(jack.acquire_real_time_scheduling, 7).result()
            assert pool.submit(scheduling.now).result() == (os.SCHED_FIFO, 7)
        else:
            with pytest.raises(jack.JackErrorCode, match="at priority 7"):
                pool.submit(jack.acquire_real_time_scheduling, 7).result()
        pool.submit(jack.drop_real_time_scheduling).result()
        assert pool.submit(scheduling.now).result() == (os.SCHED_OTHER, 0)


def port_or_none(client, name):
    with contextlib.suppress(jack.JackError):
        return client.get_port_by_name(name)
