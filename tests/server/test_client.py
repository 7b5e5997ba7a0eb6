"""jack.Client: opening, its properties, its states, subclassing, and the end."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

import jack
from support.waiting import wait_for

LONGEST = jack.client_name_size() - 2  # JACK2 counts the NUL twice


def test_open_with_the_name_asked_for(client):
    assert client("some name").name == "some name"


@pytest.mark.parametrize("name", ["a:b", "a/b", "grüße", "[x](y)*", "x" * LONGEST])
def test_names_that_jack_takes_are_kept(client, name):
    tested = client(name)
    assert tested.name == name
    port = tested.outports.register("o")
    assert port.name == f"{name}:o"
    assert port.name.endswith(port.shortname)  # with "a:b" JACK2 takes "b:o" for short


def test_name_too_long(server):
    name = "x" * (jack.client_name_size() + 1)
    with pytest.raises((ValueError, jack.JackOpenError), match="xxx"):
        jack.Client(name, servername=server.name)


def test_name_empty(server):
    with pytest.raises(ValueError, match="name"):
        jack.Client("", servername=server.name)


def test_name_in_use_is_made_unique(client):
    first, second, third = client("same"), client("same"), client("same")
    assert [c.name for c in (first, second, third)] == ["same", "same-01", "same-02"]
    assert not first.status.name_not_unique
    assert second.status.name_not_unique
    assert not second.status.failure


def test_name_in_use_with_use_exact_name(client, server):
    client("same")
    with pytest.raises(jack.JackOpenError) as caught:
        jack.Client("same", use_exact_name=True, servername=server.name)
    assert caught.value.name == "same"
    assert caught.value.status.failure  # JACK2's library keeps name_not_unique back
    assert "same" in str(caught.value)


def test_use_exact_name_with_a_free_name(client):
    assert client("free", use_exact_name=True).name == "free"


def test_a_name_is_free_again_after_close(client):
    for _ in range(3):
        tested = client("again", use_exact_name=True)
        tested.close()


def test_no_such_server():
    with pytest.raises(jack.JackOpenError) as caught:
        jack.Client("tested", servername="rtj-nobody-called-this", no_start_server=True)
    assert caught.value.status.server_failed
    assert caught.value.status.failure
    assert isinstance(caught.value, jack.JackError)
    assert repr(caught.value.status) in str(caught.value)


def test_servername_from_the_environment(client, server, monkeypatch):
    monkeypatch.setenv("JACK_DEFAULT_SERVER", server.name)
    tested = client("tested", servername=None)
    assert tested.get_port_by_name("system:capture_1")


def test_session_id(client):
    first = client("first")
    uuid = first.uuid
    first.close()
    tested = client("tested", session_id=uuid)
    assert tested.uuid == uuid


def test_status(client):
    status = client().status
    assert isinstance(status, jack.Status)
    assert repr(status) == "<jack.Status 0x0: no flags set>"


def test_uuid_is_known_to_others(client):
    one, two = client("one"), client("two")
    assert one.uuid.isdecimal()
    assert one.uuid != two.uuid
    assert two.get_uuid_for_client_name("one") == one.uuid
    assert two.get_client_name_by_uuid(one.uuid) == "one"


def test_uuid_and_name_of_nobody(client):
    tested = client()
    with pytest.raises(jack.JackError, match="nobody"):
        tested.get_uuid_for_client_name("nobody")
    with pytest.raises(jack.JackError, match="4711"):
        tested.get_client_name_by_uuid("4711")


def test_samplerate_and_blocksize(client):
    tested = client()
    assert (tested.samplerate, tested.blocksize) == (48000, 256)
    assert type(tested.samplerate) is int


@pytest.mark.parametrize("active", [False, True])
def test_set_blocksize(client, active):
    tested, other = client("tested"), client("other")
    if active:
        tested.activate()
    tested.blocksize = 512
    assert tested.blocksize == other.blocksize == 512
    other.blocksize = 256
    assert tested.blocksize == 256


@pytest.mark.parametrize("size", [0, -1, 2**32, 2**70, 300])
def test_set_impossible_blocksize(client, size):
    tested = client()
    with pytest.raises((ValueError, jack.JackErrorCode)):
        tested.blocksize = size
    assert tested.blocksize == 256


def test_realtime(client):
    assert client().realtime is False


def test_realtime_server(start_jackd):
    server = start_jackd(options=("-R",))
    with jack.Client("tested", servername=server.name) as tested:
        assert tested.realtime is True


def test_frame_times_outside_of_the_cycle(client):
    tested = client()
    tested.activate()
    first = tested.frame_time
    wait_for(lambda: tested.frame_time - first > 2 * tested.blocksize)
    assert isinstance(tested.frames_since_cycle_start, int)
    assert isinstance(tested.last_frame_time, int)


def test_last_frame_time_counts_blocks(client):
    tested = client()
    times = []

    @tested.set_process_callback
    def process(frames):
        if len(times) < 200:
            times.append((tested.last_frame_time, frames))

    tested.activate()
    tested.set_freewheel(True)
    wait_for(lambda: len(times) == 200)
    tested.set_freewheel(False)
    assert {frames for _, frames in times} == {256}
    # The clock of a freewheeling server and one in step differ; the later blocks are
    # all of one kind.
    steps = [b[0] - a[0] for a, b in zip(times[150:], times[151:])]
    assert all(step >= 0 for step in steps)


def test_cpu_load(client):
    assert 0 <= client().cpu_load() <= 100


def test_owns(client):
    one, two = client("one"), client("two")
    port = one.outports.register("o")
    assert one.owns(port)
    assert one.owns("one:o")
    assert not two.owns("one:o")
    assert not two.owns(two.get_port_by_name("one:o"))
    with pytest.raises(jack.JackError, match="one:missing"):
        one.owns("one:missing")


@pytest.mark.lacks("JACK1", "jack_get_client_pid")
def test_client_pid(client):
    client("tested")
    assert jack.client_pid("tested") in (os.getpid(), 0)  # JACK2's library says 0
    assert jack.client_pid("nobody") == 0


# States


def test_activate_deactivate_again_and_again(client):
    tested = client()
    cycles = []
    tested.set_process_callback(cycles.append)
    port = tested.inports.register("i")
    for _ in range(5):
        tested.activate()
        tested.activate()
        before = len(cycles)
        wait_for(lambda: len(cycles) > before + 1)
        tested.connect("system:capture_1", port)
        tested.deactivate()
        tested.deactivate()
        after = len(cycles)
        wait_for(lambda: port.number_of_connections == 0)
        assert len(cycles) == after
        assert list(tested.inports) == [port]
    tested.deactivate(ignore_errors=False)


def test_deactivate_before_activate(client):
    client().deactivate()


def test_context_manager(server):
    cycles = []
    with jack.Client("tested", servername=server.name) as tested:
        assert isinstance(tested, jack.Client)
        tested.deactivate()
        tested.set_process_callback(cycles.append)
        tested.activate()
        wait_for(lambda: cycles)
        assert not tested.closed
    assert tested.closed


def test_context_manager_around_an_exception(server):
    with pytest.raises(ZeroDivisionError):
        with jack.Client("tested", servername=server.name) as tested:
            1 / 0
    assert tested.closed


def test_context_manager_around_close(server):
    with jack.Client("tested", servername=server.name) as tested:
        tested.close()
    assert tested.closed


def test_close_twice(client):
    tested = client()
    tested.activate()
    assert tested.closed is False
    tested.close()
    assert tested.closed is True
    tested.close()
    tested.close(ignore_errors=False)


def test_opening_and_closing_in_several_threads_at_once(server):
    """libjack1 starts and ends a thread of its own with them."""

    def open_and_close(number):
        for _ in range(20):
            jack.Client(f"{number}", servername=server.name).close()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(open_and_close, range(4))) == [None] * 4


def test_close_takes_the_ports_away(client):
    tested, other = client("tested"), client("other")
    tested.outports.register("o")
    assert other.get_ports("^tested:")
    tested.close()
    wait_for(lambda: not other.get_ports("^tested:"))


def closed_client_calls():
    """One call of every method and property that a closed client must refuse."""
    arguments = {
        "connect": ("a:b", "c:d"),
        "disconnect": ("a:b", "c:d"),
        "get_all_connections": ("system:capture_1",),
        "get_client_name_by_uuid": ("1",),
        "get_port_by_name": ("system:capture_1",),
        "get_uuid_for_client_name": ("tested",),
        "owns": ("system:capture_1",),
        "remove_properties": (1,),
        "remove_property": (1, "http://example.org/key"),
        "set_freewheel": (False,),
        "set_property": (1, "http://example.org/key", "value"),
        "set_sync_timeout": (1000,),
        "transport_reposition_struct": None,
        "transport_locate": None,
    }
    for name in sorted(vars(jack.Client)):
        attribute = getattr(jack.Client, name)
        if name.startswith("_") or name in ("close", "closed", "stats"):
            continue
        if name in ("set_isolated_callback", "set_native_callback"):
            continue  # what they take is checked first; their own tests close clients
        if not callable(attribute):
            yield pytest.param(lambda c, n=name: getattr(c, n), id=name)
        elif name in arguments:
            given = arguments[name]
            if given is not None:
                yield pytest.param(lambda c, n=name, g=given: getattr(c, n)(*g), id=name)
        elif name.startswith("set_") and name.endswith("_callback"):
            yield pytest.param(lambda c, n=name: getattr(c, n)(print), id=name)
        elif name in PARAMETERLESS:
            yield pytest.param(lambda c, n=name: getattr(c, n)(), id=name)
    for name, value in {"blocksize": 256, "transport_frame": 0}.items():
        yield pytest.param(lambda c, n=name, v=value: setattr(c, n, v), id=f"{name}=")


PARAMETERLESS = {
    "activate", "cpu_load", "deactivate", "get_ports", "release_timebase",
    "remove_all_properties", "transport_query", "transport_query_struct",
    "transport_start", "transport_stop",
}  # fmt: skip


@pytest.mark.parametrize("call", list(closed_client_calls()))
def test_closed_client_refuses(call, client):
    tested = client()
    tested.close()
    with pytest.raises(jack.JackError, match="closed"):
        call(tested)


def test_closed_client_refuses_positions_and_names(client):
    tested = client()
    tested.activate()
    _, position = tested.transport_query_struct()
    tested.close()
    with pytest.raises(jack.JackError, match="closed"):
        tested.transport_reposition_struct(position)
    with pytest.raises(jack.JackError, match="closed"), pytest.warns(DeprecationWarning):
        tested.transport_locate(0)
    with pytest.raises(jack.JackError, match="closed"):
        tested.__enter__()
    assert tested.closed
    assert "Client" in repr(tested)


def test_closed_client_refuses_its_lists_of_ports(client):
    tested = client()
    lists = tested.inports, tested.outports, tested.midi_inports, tested.midi_outports
    tested.close()
    for ports in lists:
        with pytest.raises(jack.JackError, match="closed"):
            ports.register("late")
        ports.clear()


# Subclassing and patching, as programs do


class Synth(jack.Client):
    def __init__(self, name, gain=1.0, **options):
        super().__init__(name, **options)
        self.gain = gain
        self.cycles = 0
        self.set_process_callback(self.process)
        self.out = self.outports.register("out")

    def process(self, frames):
        self.cycles += 1
        self.out.get_array().fill(self.gain)

    @property
    def name(self):
        return super().name.upper()


def test_subclass(client):
    synth = client("synth", cls=Synth, gain=0.5)
    assert (synth.gain, synth.name) == (0.5, "SYNTH")
    with synth:
        wait_for(lambda: synth.cycles > 1)
    assert synth.closed


def test_subclass_that_never_opened():
    class Lazy(jack.Client):
        def __init__(self):
            pass

    lazy = Lazy()
    with pytest.raises(jack.JackError):
        lazy.activate()
    with pytest.raises(jack.JackError):
        lazy.name
    lazy.close()
    assert lazy.closed


def test_init_twice(client):
    tested = client()
    with pytest.raises(jack.JackError):
        tested.__init__("again")
    assert tested.name == "tested"


def test_attributes(client):
    tested = client()
    tested.anything = [1]
    assert tested.anything == [1]
    assert vars(tested) == {"anything": [1]}
    with pytest.raises(AttributeError):
        tested.samplerate = 44100


def test_monkey_patching_a_method(client, monkeypatch):
    original = jack.Client.get_ports

    def patched(self, *args, **kwargs):
        return original(self, *args, **kwargs)[:1]

    monkeypatch.setattr(jack.Client, "get_ports", patched)
    assert len(client().get_ports()) == 1


def test_types_of_the_lists_of_ports(client):
    tested = client()
    for ports in (tested.inports, tested.outports, tested.midi_inports):
        assert type(ports) is jack.Ports
    assert tested.inports is tested.inports
