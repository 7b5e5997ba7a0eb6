"""Errors: their types, their texts, and what can't be right as an argument."""

import pickle

import pytest

import jack
from support.waiting import wait_for


def test_hierarchy():
    for error in ("JackErrorCode", "JackOpenError", "NotSupportedError",
                  "LibraryNotFoundError"):  # fmt: skip
        assert issubclass(getattr(jack, error), jack.JackError)
    assert issubclass(jack.LibraryNotFoundError, OSError)
    assert issubclass(jack.CallbackExit, Exception)
    assert not issubclass(jack.CallbackExit, jack.JackError)


def test_error_code():
    error = jack.JackErrorCode("Error connecting", 17)
    assert (error.message, error.code, str(error)) == ("Error connecting", 17,
                                                       "Error connecting (17)")  # fmt: skip
    same = pickle.loads(pickle.dumps(error))
    assert (same.message, same.code) == ("Error connecting", 17)


def test_open_error():
    status = jack.Status(0x11)
    error = jack.JackOpenError("name", status)
    assert (error.name, error.status) == ("name", status)
    assert str(error) == (
        'Error initializing "name": <jack.Status 0x11: failure, server_failed>'
    )


def test_status():
    status = jack.Status(0)
    names = [name for name in dir(status) if not name.startswith("_")]
    assert len(names) == 13
    assert not any(getattr(status, name) for name in names)
    seen = set()
    for bit in range(13):
        (name,) = (n for n in names if getattr(jack.Status(1 << bit), n))
        assert repr(jack.Status(1 << bit)) == f"<jack.Status 0x{1 << bit:X}: {name}>"
        seen.add(name)
    assert seen == set(names)
    for wrong in (None, "1", 1.5):
        with pytest.raises(TypeError):
            jack.Status(wrong)


def test_transport_state():
    states = {"STOPPED": 0, "ROLLING": 1, "STARTING": 3, "NETSTARTING": 4}
    for name, code in states.items():
        state = jack.TransportState(code)
        assert getattr(jack, name) == code == state
        assert state == jack.TransportState(code) and state != 99 and state != "x"
        assert hash(state) == hash(code)
        assert repr(state) == f"jack.{name}"
        assert {code: 1}[state] == 1


WRONG_TEXT = [(None, TypeError), (1, TypeError), (b"x", TypeError), ("a\0b", ValueError),
              ("\ud800", ValueError)]  # fmt: skip


@pytest.mark.parametrize(("text", "error"), WRONG_TEXT)
def test_text(client, text, error):
    """Every parameter that takes text refuses what is none, and names what came."""
    tested = client()
    port = tested.outports.register("o")
    before = tested.get_ports()
    calls = [
        lambda: tested.inports.register(text),
        lambda: tested.connect(text, "system:playback_1"),
        lambda: tested.connect("tested:o", text),
        lambda: tested.disconnect("tested:o", text),
        lambda: tested.get_ports(text),
        lambda: tested.get_port_by_name(text),
        lambda: tested.get_all_connections(text),
        lambda: tested.owns(text),
        lambda: tested.get_uuid_for_client_name(text),
        lambda: jack.client_pid(text),
        lambda: setattr(port, "shortname", text),
        lambda: port.set_alias(text),
        lambda: port.unset_alias(text),
        lambda: port.is_connected_to(text),
        lambda: port.connect(text),
    ]
    for call in calls:
        with pytest.raises(error) as caught:
            call()
        if error is TypeError:
            assert type(text).__name__ in str(caught.value)
    assert tested.get_ports() == before
    assert port.name == "tested:o" and port.aliases == []


@pytest.mark.parametrize(
    ("uuid", "error"),
    [(None, TypeError), (b"x", TypeError), ("a\0b", ValueError), (-1, ValueError),
     ("\ud800", ValueError), (1, jack.JackError), ("1", jack.JackError)],
)  # fmt: skip
def test_a_uuid_of_nobody(client, uuid, error):
    with pytest.raises(error):
        client().get_client_name_by_uuid(uuid)


@pytest.mark.parametrize(("text", "error"), WRONG_TEXT)
def test_text_for_opening(client, server, text, error):
    observer = client("before")
    for arguments in (
        {"name": text},
        {"name": "tested", "servername": text},
        {"name": "tested", "session_id": text},
    ):
        if text is None and "name" in arguments and arguments["name"] is not None:
            continue  # None stands for the default
        with pytest.raises(error):
            jack.Client(**{"servername": server.name, **arguments})
    with pytest.raises(jack.JackError):
        observer.get_uuid_for_client_name("tested")


def test_names_that_are_not_utf_8(client):
    """As in file names, undecodable bytes travel as lone surrogates."""
    tested = client()
    port = tested.outports.register("caf\udce9")
    assert port.shortname == "caf\udce9"
    assert tested.get_port_by_name("tested:caf\udce9") == port
    assert port.uuid and port.connections == tested.get_all_connections(port) == []
    port.unregister()


@pytest.mark.parametrize(
    "call",
    [
        lambda c: c.connect(),
        lambda c: c.connect("a:b"),
        lambda c: c.connect("a:b", "c:d", "e:f"),
        lambda c: c.connect("a:b", destination="c:d", other=1),
        lambda c: c.connect("a:b", source="c:d"),
        lambda c: c.get_ports("", *[True] * 8),
        lambda c: c.get_ports(pattern="x"),
        lambda c: c.activate(1),
        lambda c: c.inports.register(),
        lambda c: c.inports.register("x", unknown=True),
        lambda c: c.set_process_callback(),
        lambda c: jack.Client(),
        lambda c: jack.Client("x", unknown=1),
        lambda c: jack.version(1),
        lambda c: jack.get_property(1),
    ],
)
def test_wrong_arguments(client, call):
    tested = client()
    with pytest.raises(TypeError):
        call(tested)
    assert len(tested.inports) == 0


def test_keyword_arguments(client):
    """The names of JACK-Client's parameters."""
    tested = client()
    port = tested.inports.register(shortname="i", is_terminal=True, is_physical=False)
    tested.activate()
    tested.connect(source="system:capture_1", destination=port)
    tested.disconnect(source="system:capture_1", destination=port)
    assert tested.get_ports(name_pattern="tested", is_input=True) == [port]
    assert tested.get_port_by_name(name="tested:i") == port
    wait_for(lambda: tested.get_all_connections(port=port) == [])
    assert tested.owns(port=port)
    port.connect(port="system:capture_1")
    wait_for(lambda: port.is_connected_to(port="system:capture_1"))
    port.disconnect(other="system:capture_1")
    port.set_alias(alias="x:y")
    port.unset_alias(alias="x:y")
    tested.set_freewheel(onoff=True)
    tested.set_freewheel(onoff=False)
    tested.set_sync_timeout(timeout=2_000_000)
    uuid = tested.get_uuid_for_client_name(name="tested")
    assert tested.get_client_name_by_uuid(uuid=uuid) == "tested"
    assert tested.set_sync_callback(callback=None) is None
    assert tested.set_property(subject=uuid, key="http://x", value="v", type="text/x") is None
    assert jack.get_property(subject=uuid, key="http://x") == (b"v", "text/x")
    assert tested.remove_property(subject=uuid, key="http://x") is None
    assert tested.remove_properties(subject=uuid) == 0
    tested.deactivate(ignore_errors=False)
    tested.close(ignore_errors=False)


def test_flags_take_any_truth(client):
    tested = client()
    assert tested.get_ports("", 1, 0, [], "yes") == tested.get_ports("", True, False, False,
                                                                     True)  # fmt: skip
    assert tested.inports.register("t", 1, 0).is_terminal


def test_deleting_settable_properties(client):
    tested = client()
    for name in ("blocksize", "transport_frame", "samplerate", "inports"):
        with pytest.raises(AttributeError):
            delattr(tested, name)


@pytest.mark.parametrize("wrong", ["256", None, 256.0])
def test_numbers(client, wrong):
    tested = client()
    with pytest.raises(TypeError, match=type(wrong).__name__):
        tested.blocksize = wrong
    assert tested.blocksize == 256
