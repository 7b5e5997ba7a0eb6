"""Callbacks: each comes with the right arguments, in the right thread, when it should."""

import threading

import pytest

import jack
from support.waiting import wait_for

SETTERS = [
    "set_blocksize_callback",
    "set_client_registration_callback",
    "set_freewheel_callback",
    "set_graph_order_callback",
    "set_port_connect_callback",
    "set_port_registration_callback",
    "set_port_rename_callback",
    "set_process_callback",
    "set_property_change_callback",
    "set_samplerate_callback",
    "set_shutdown_callback",
    "set_xrun_callback",
]
FACTORIES = [name for name in SETTERS if "_port_" in name]


def anything(*arguments):
    pass


class Log(list):
    """Callbacks that note their arguments and thread."""

    def callback(self, name):
        def note(*arguments):
            self.append((name, *arguments))
            self.threads.add(threading.get_ident())

        return note

    threads: set

    def __init__(self):
        self.threads = set()


@pytest.fixture
def log():
    return Log()


# Setting


@pytest.mark.parametrize("setter", [*SETTERS, "set_sync_callback"])
def test_setters_return_the_callback(client, setter):
    assert getattr(client(), setter)(anything) is anything


@pytest.mark.parametrize("setter", FACTORIES)
def test_decorator_factories(client, setter):
    tested = client()
    method = getattr(tested, setter)
    assert method()(anything) is anything
    assert method(only_available=False)(anything) is anything
    assert method(None, True)(anything) is anything
    assert method(anything, only_available=False) is anything


@pytest.mark.parametrize("setter", SETTERS)
def test_no_setting_while_active(client, setter):
    tested = client()
    getattr(tested, setter)(anything)
    tested.activate()
    with pytest.raises(jack.JackError, match="active"):
        getattr(tested, setter)(anything)
    tested.deactivate()
    getattr(tested, setter)(anything)


@pytest.mark.parametrize("setter", [*SETTERS, "set_thread_init_callback"])
def test_no_setting_from_within_one(client, setter):
    """Nor in the first blocks, before activate() is done, which may wait for them."""
    tested = client()
    outcomes = []

    @tested.set_process_callback
    def process(frames):
        if not outcomes:
            with pytest.raises(jack.JackErrorCode, match="call deactivate"):
                getattr(tested, setter)(anything)
            outcomes.append("refused")

    tested.activate()
    wait_for(lambda: outcomes)


@pytest.mark.parametrize("setter", [*SETTERS, "set_sync_callback", "set_timebase_callback"])
@pytest.mark.parametrize("wrong", [1, "text", object()])
def test_what_is_no_callback(client, setter, wrong):
    with pytest.raises(TypeError, match=type(wrong).__name__):
        getattr(client(), setter)(wrong)


@pytest.mark.parametrize("setter", [n for n in SETTERS if n not in FACTORIES])
def test_none_is_no_callback(client, setter):
    with pytest.raises(TypeError, match="NoneType|None"):
        getattr(client(), setter)(None)


def test_the_last_callback_set_is_called(client, log):
    tested = client()
    tested.set_process_callback(log.callback("first"))
    tested.set_process_callback(log.callback("second"))
    tested.activate()
    wait_for(lambda: log)
    assert {name for name, _ in log} == {"second"}


# Process


def test_process(client, log):
    tested = client()
    tested.set_process_callback(log.callback("process"))
    tested.activate()
    wait_for(lambda: len(log) > 3)
    assert set(log) == {("process", 256)}
    assert len(log.threads) == 1 and threading.get_ident() not in log.threads


@pytest.mark.parametrize("result", [0, 1, "text", None, 1.5])
def test_what_process_returns_means_nothing(client, result):
    tested = client()
    calls = []

    @tested.set_process_callback
    def process(frames):
        calls.append(frames)
        return result

    tested.activate()
    wait_for(lambda: len(calls) > 5)


def test_process_that_raises(client, unraisable):
    tested = client()
    calls = []

    @tested.set_process_callback
    def process(frames):
        calls.append(frames)
        raise ZeroDivisionError("in process")

    tested.activate()
    wait_for(lambda: unraisable)
    assert (unraisable[0].type, unraisable[0].text) == (ZeroDivisionError, "in process")
    assert unraisable[0].object is process
    frame = tested.frame_time
    wait_for(lambda: tested.frame_time > frame + 10 * 256)
    assert (len(calls), len(unraisable)) == (1, 1)
    assert not tested.closed
    assert tested.get_ports()


def test_process_that_exits(client, unraisable):
    tested = client()
    calls = []

    @tested.set_process_callback
    def process(frames):
        calls.append(frames)
        raise jack.CallbackExit

    tested.activate()
    wait_for(lambda: calls)
    frame = tested.frame_time
    wait_for(lambda: tested.frame_time > frame + 10 * 256)
    assert (len(calls), unraisable) == (1, [])


def test_an_ended_process_callback_can_be_set_again(client):
    tested = client()
    calls = []

    @tested.set_process_callback
    def process(frames):
        calls.append(frames)
        raise jack.CallbackExit

    tested.activate()
    wait_for(lambda: calls)
    tested.deactivate()
    tested.set_process_callback(calls.append)
    tested.activate()
    wait_for(lambda: len(calls) > 3)


def test_wrong_signature(client, unraisable):
    tested = client()

    @tested.set_process_callback
    def process():
        pass

    tested.activate()
    wait_for(lambda: unraisable)
    assert unraisable[0].type is TypeError


# In JACK's thread, or the caller's


def test_samplerate(client):
    tested = client()
    calls = []

    @tested.set_samplerate_callback
    def samplerate(rate):
        calls.append((rate, threading.get_ident()))

    assert calls == [(48000, threading.get_ident())]


def test_samplerate_that_raises(client, unraisable):
    """It runs in the setter, so that the setter raises."""
    with pytest.raises(ZeroDivisionError):
        client().set_samplerate_callback(lambda rate: 1 / 0)
    assert unraisable == []


def test_blocksize(client, log):
    tested = client()
    tested.set_blocksize_callback(log.callback("blocksize"))
    tested.set_process_callback(anything)
    tested.activate()
    wait_for(lambda: log)
    tested.blocksize = 512
    wait_for(lambda: len(log) == 2)
    tested.blocksize = 256
    wait_for(lambda: len(log) == 3)
    assert log == [("blocksize", 256), ("blocksize", 512), ("blocksize", 256)]


def test_blocksize_of_a_client_without_ports(client, log):
    """It has nothing to do in the cycle, but hears of changes."""
    tested = client()
    tested.set_blocksize_callback(log.callback("blocksize"))
    tested.activate()
    tested.blocksize = 512
    wait_for(lambda: ("blocksize", 512) in log)
    tested.blocksize = 256  # PipeWire's next clients would have what it was
    wait_for(lambda: log[-1] == ("blocksize", 256))


def test_blocksize_and_samplerate_come_before_the_first_block(client, log):
    tested = client()
    for name in ("blocksize", "samplerate", "process"):
        getattr(tested, f"set_{name}_callback")(log.callback(name))
    tested.activate()
    wait_for(lambda: ("process", 256) in log)
    before = log[: log.index(("process", 256))]
    assert ("samplerate", 48000) in before and ("blocksize", 256) in before


# Notifications


def test_freewheel(client, log):
    tested = client()
    tested.set_freewheel_callback(log.callback("freewheel"))
    tested.activate()
    for onoff in (True, False, True, False):
        tested.set_freewheel(onoff)
        wait_for(lambda: log and log[-1] == ("freewheel", onoff))
    assert [on for _, on in log] == [True, False, True, False]
    assert all(type(on) is bool for _, on in log)


def test_client_registration(client, log):
    tested = client()
    tested.set_client_registration_callback(log.callback("client"))
    tested.activate()
    client("grüße").close()
    wait_for(lambda: len([e for e in log if e[1] == "grüße"]) == 2)
    assert [e for e in log if e[1] == "grüße"] == [
        ("client", "grüße", True),
        ("client", "grüße", False),
    ]


def test_port_registration(client, log):
    tested, other = client("tested"), client("other")
    tested.set_port_registration_callback(log.callback("port"))
    tested.activate()
    other.activate()  # JACK2 tells of the ports of active clients
    mine = tested.inports.register("i")
    foreign = other.midi_outports.register("mo")
    wait_for(lambda: len(log) == 2)
    assert [(type(e[1]), e[1], e[2]) for e in log] == [
        (jack.OwnPort, mine, True),
        (jack.MidiPort, foreign, True),
    ]
    foreign.unregister()
    mine.unregister()
    wait_for(lambda: len(log) == 4)
    assert [(e[1].name, e[2]) for e in log[2:]] == [("other:mo", False), ("tested:i", False)]


@pytest.mark.parametrize("only_available", [True, False])
def test_ports_gone_before_they_are_looked_at(client, only_available):
    tested, other = client("tested"), client("other")
    heard = []
    held, go_on = threading.Event(), threading.Event()

    @tested.set_port_registration_callback(only_available=only_available)
    def registration(port, register):
        heard.append((port and port.name, register))
        held.set()
        go_on.wait(10)

    tested.activate()
    other.activate()
    first = other.outports.register("first")
    assert held.wait(10)
    other.outports.register("gone").unregister()
    first.unregister()
    other.outports.register("last")
    go_on.set()
    wait_for(lambda: heard[-1] == ("other:last", True))
    for port, _ in heard:
        assert port in ("other:first", "other:gone", "other:last") or not only_available
    if not only_available:
        assert [register for _, register in heard] == [True, True, False, False, True]


def test_port_connect(client, log):
    tested, other = client("tested"), client("other")
    tested.set_port_connect_callback(log.callback("connect"))
    into, out = tested.inports.register("i"), other.outports.register("o")
    tested.activate()
    other.activate()
    tested.connect(out, into)
    tested.disconnect(out, into)
    wait_for(lambda: len(log) == 2)
    assert log == [("connect", out, into, True), ("connect", out, into, False)]
    assert (type(log[0][1]), type(log[0][2])) == (jack.Port, jack.OwnPort)


def test_port_rename(client, log):
    tested, other = client("tested"), client("other")
    tested.set_port_rename_callback(log.callback("rename"))
    tested.activate()
    port = other.outports.register("before")
    port.shortname = "after"
    wait_for(lambda: log)
    assert log == [("rename", port, "other:before", "other:after")]
    assert log[0][1].name == "other:after"


def test_graph_order(client, log):
    tested = client()
    tested.set_graph_order_callback(log.callback("order"))
    into, out = tested.inports.register("i"), tested.outports.register("o")
    tested.activate()
    tested.connect(out, "system:playback_1")
    wait_for(lambda: log)
    log.clear()
    tested.connect("system:capture_1", into)
    wait_for(lambda: log)
    assert set(log) == {("order",)}


def test_xrun(client, log):
    tested = client()
    tested.set_xrun_callback(log.callback("xrun"))
    late = threading.Event()

    @tested.set_process_callback
    def process(frames):
        late.wait(0.05)  # ten blocks long

    tested.activate()
    wait_for(lambda: log)
    late.set()
    name, delay = log[0]
    assert type(delay) is float and 0 <= delay < 60e6


def test_notifications_come_on_a_thread_of_ours(client, log):
    tested = client()
    tested.set_port_registration_callback(log.callback("port"))
    tested.set_port_connect_callback(log.callback("connect"))
    tested.set_graph_order_callback(log.callback("order"))
    tested.set_client_registration_callback(log.callback("client"))
    tested.activate()
    port = tested.inports.register("i")
    tested.connect("system:capture_1", port)
    client("other")
    wait_for(lambda: {e[0] for e in log} == {"port", "connect", "order", "client"})
    assert len(log.threads) == 1 and threading.get_ident() not in log.threads


def test_notifications_come_in_order(client):
    tested, other = client("tested"), client("other")
    heard = []

    @tested.set_port_registration_callback(only_available=False)
    def registration(port, register):
        heard.append(register)

    tested.activate()
    other.activate()
    for _ in range(50):
        other.outports.register("p").unregister()
    wait_for(lambda: len(heard) == 100)
    assert heard == [True, False] * 50


def test_notification_that_raises(client, unraisable):
    tested, other = client("tested"), client("other")
    calls = []

    @tested.set_port_registration_callback
    def registration(port, register):
        calls.append(port.name)
        raise ZeroDivisionError

    order = []
    tested.set_graph_order_callback(lambda: order.append(True))
    tested.activate()
    other.activate()
    port = other.outports.register("o")
    other.outports.register("o2")
    wait_for(lambda: unraisable)
    assert unraisable[0].object is registration
    order.clear()
    other.connect(port, "system:playback_1")
    wait_for(lambda: order)
    assert calls == ["other:o"]
    assert len(unraisable) == 1


def test_notification_that_exits(client, unraisable):
    tested, other = client("tested"), client("other")
    calls, order = [], []

    @tested.set_port_registration_callback
    def registration(port, register):
        calls.append(port.name)
        raise jack.CallbackExit

    tested.set_graph_order_callback(lambda: order.append(True))
    tested.activate()
    other.activate()
    port = other.outports.register("o")
    other.outports.register("o2")
    order.clear()
    other.connect(port, "system:playback_1")
    wait_for(lambda: order)
    assert (calls, unraisable) == (["other:o"], [])
