"""Metadata: properties of clients and ports, and hearing of their changes."""

import itertools

import pytest

import jack
from support.waiting import wait_for

KEY = "http://example.org/rtjack/key"
OTHER_KEY = "http://example.org/rtjack/other"


@pytest.fixture
def tested(client):
    new = client("tested")
    yield new
    if not new.closed:
        new.remove_properties(new)


@pytest.fixture
def port(tested):
    new = tested.outports.register("o")
    yield new
    tested.remove_properties(new)


SUBJECTS = {
    "client": lambda client, port: client,
    "uuid of the client": lambda client, port: client.uuid,
    "uuid of the client as int": lambda client, port: int(client.uuid),
    "port": lambda client, port: port,
    "uuid of the port": lambda client, port: port.uuid,
    "uuid of the port as str": lambda client, port: str(port.uuid),
}


@pytest.mark.parametrize("kind", SUBJECTS)
def test_set_get_remove(tested, port, kind):
    subject = SUBJECTS[kind](tested, port)
    assert jack.get_property(subject, KEY) is None
    assert tested.set_property(subject, KEY, "grüße") is None
    assert jack.get_property(subject, KEY) == ("grüße".encode(), "")
    tested.set_property(subject, OTHER_KEY, "1", "http://www.w3.org/2001/XMLSchema#int")
    assert jack.get_properties(subject) == {
        KEY: ("grüße".encode(), ""),
        OTHER_KEY: (b"1", "http://www.w3.org/2001/XMLSchema#int"),
    }
    assert tested.remove_property(subject, KEY) is None
    assert jack.get_property(subject, KEY) is None
    assert tested.remove_properties(subject) == 1
    assert jack.get_properties(subject) == {}
    assert tested.remove_properties(subject) == 0


def test_all_forms_of_a_subject_are_one(tested, port):
    for subject in (port, port.uuid, str(port.uuid)):
        tested.set_property(subject, KEY, repr(subject))
        for same in (port, port.uuid, str(port.uuid)):
            assert jack.get_property(same, KEY) == (repr(subject).encode(), "")


def test_values_of_bytes(tested):
    tested.set_property(tested, KEY, b"\xff\xfe", "application/octet-stream")
    assert jack.get_property(tested, KEY) == (b"\xff\xfe", "application/octet-stream")


def test_large_values(tested):
    value = "x" * 100_000
    tested.set_property(tested, KEY, value)
    assert jack.get_property(tested, KEY) == (value.encode(), "")


def test_overwriting_drops_the_type(tested):
    tested.set_property(tested, KEY, "1", type="text/plain")
    assert jack.get_property(tested, KEY) == (b"1", "text/plain")
    tested.set_property(tested, KEY, "2")
    assert jack.get_property(tested, KEY) == (b"2", "")


def test_predefined_keys(tested, port):
    keys = {name for name in dir(jack) if name.startswith("METADATA_")}
    assert len(keys) >= 10
    for name in keys:
        key = getattr(jack, name)
        assert key.startswith("http://jackaudio.org/metadata/")
        tested.set_property(port, key, name)
    assert len(jack.get_properties(port)) == len(keys)


def test_get_all_properties(tested, port):
    tested.set_property(tested, KEY, "client")
    tested.set_property(port, KEY, "port")
    everything = jack.get_all_properties()
    assert everything[int(tested.uuid)] == {KEY: (b"client", "")}
    assert everything[port.uuid] == {KEY: (b"port", "")}
    assert tested.remove_all_properties() is None
    everything = jack.get_all_properties()
    assert int(tested.uuid) not in everything and port.uuid not in everything


def test_visible_from_another_client(client, tested, port):
    other = client("other")
    tested.set_property(port, jack.METADATA_PRETTY_NAME, "Pretty")
    seen = other.get_port_by_name("tested:o")
    assert jack.get_property(seen, jack.METADATA_PRETTY_NAME) == (b"Pretty", "")
    other.remove_property(seen, jack.METADATA_PRETTY_NAME)
    assert jack.get_properties(port) == {}


def test_remove_what_is_not_there(tested):
    with pytest.raises(ValueError, match=KEY):
        tested.remove_property(tested, KEY)


@pytest.mark.parametrize(
    ("subject", "error"),
    [("", ValueError), ("not a uuid", ValueError), (-1, ValueError), (2**64, ValueError),
     ("1" * 100, ValueError), ("1\0", ValueError), (1.5, TypeError), (None, TypeError),
     (b"1", TypeError)],
)  # fmt: skip
def test_what_is_no_subject(tested, subject, error):
    for call in (
        lambda: jack.get_property(subject, KEY),
        lambda: jack.get_properties(subject),
        lambda: tested.set_property(subject, KEY, "value"),
        lambda: tested.remove_property(subject, KEY),
        lambda: tested.remove_properties(subject),
    ):
        with pytest.raises(error):
            call()


@pytest.mark.parametrize(
    ("key", "value", "kind", "error"),
    [("", "v", "", ValueError), (KEY, "", "", ValueError), (KEY, b"a\0b", "", ValueError),
     ("a\0b", "v", "", ValueError), (KEY, "v", "a\0b", ValueError), (1, "v", "", TypeError),
     (KEY, 1, "", TypeError), (KEY, None, "", TypeError), (KEY, "v", 1, TypeError),
     (KEY, "\ud800", "", ValueError)],
)  # fmt: skip
def test_what_can_t_be_set(tested, key, value, kind, error):
    with pytest.raises(error):
        tested.set_property(tested, key, value, kind)
    assert jack.get_properties(tested) == {}


def test_change_callback(client, tested):
    listener = client("listener")
    changes = []

    @listener.set_property_change_callback
    def property_change(subject, key, change):
        changes.append((subject, key, change))

    listener.activate()
    tested.activate()
    subject = int(tested.uuid)
    steps = [
        (lambda: tested.set_property(tested, KEY, "1"), jack.PROPERTY_CREATED),
        (lambda: tested.set_property(tested, KEY, "2"), jack.PROPERTY_CHANGED),
        (lambda: tested.remove_property(tested, KEY), jack.PROPERTY_DELETED),
    ]
    for number, (step, change) in enumerate(steps, 1):
        step()
        mine = lambda: [c for c in changes if c[0] == subject]  # noqa: E731
        wait_for(lambda: len(mine()) == number)
        assert mine()[-1] == (subject, KEY, change)


def test_change_callback_may_read_and_write(client, tested):
    listener = client("listener")
    seen = []
    uuid = int(tested.uuid)  # also asked for when the client is closed

    @listener.set_property_change_callback
    def property_change(subject, key, change):
        if subject == uuid and key == KEY:
            seen.append(jack.get_property(subject, key))
            listener.set_property(subject, OTHER_KEY, "answer")

    listener.activate()
    tested.set_property(tested, KEY, "question")
    wait_for(lambda: jack.get_property(tested, OTHER_KEY) == (b"answer", ""))
    assert seen == [(b"question", "")]


def test_many_properties(tested):
    keys = [f"{KEY}/{number}" for number in range(200)]
    for key, number in zip(keys, itertools.count()):
        tested.set_property(tested, key, str(number))
    found = jack.get_properties(tested)
    assert found == {key: (str(n).encode(), "") for n, key in enumerate(keys)}
    assert tested.remove_properties(tested) == 200
