"""jack.UUID: one type for what stands for clients and ports."""

import copy
import pickle

import pytest

import jack


@pytest.fixture
def tested(client):
    return client("tested")


def test_of_a_client(tested):
    uuid = jack.UUID(tested)
    assert uuid == int(tested.uuid) == jack.UUID(tested.uuid) == jack.UUID(int(tested.uuid))
    assert str(uuid) == f"{uuid}" == tested.uuid
    assert repr(uuid) == f"jack.UUID({tested.uuid})"
    assert not uuid.empty
    assert tested.get_client_name_by_uuid(uuid) == "tested"
    assert tested.get_client_name_by_uuid(tested) == "tested"
    assert tested.get_uuid_for_client_name("tested") == str(uuid)


def test_of_a_port(tested):
    port = tested.outports.register("o")
    assert type(port.uuid) is jack.UUID
    assert port.uuid == jack.UUID(port) == jack.UUID(str(port.uuid))
    assert port.uuid == jack.UUID.for_port(port.uuid.index)


def test_of_all_properties(tested):
    tested.metadata["http://example.org/key"] = "value"
    subjects = {subject: type(subject) for subject in jack.get_all_properties()}
    assert subjects[int(tested.uuid)] is jack.UUID
    tested.metadata.clear()


def test_of_nobody():
    assert jack.UUID() == 0
    assert jack.UUID().empty
    assert not jack.UUID.for_client().empty


def test_made_for_clients_and_ports():
    one, other = jack.UUID.for_client(), jack.UUID.for_client()
    assert one != other
    assert type(one) is jack.UUID
    assert jack.UUID.for_port(7) == jack.UUID.for_port(port_id=7) != jack.UUID.for_port(8)
    assert jack.UUID.for_port(8).index > jack.UUID.for_port(7).index


def test_order():
    low, high = jack.UUID(2**32 + 1), jack.UUID(2**63)
    assert low.compare(high) < 0 < high.compare(low)
    assert low.compare(low) == low.compare(int(low)) == low.compare(other=str(low)) == 0
    assert sorted([high, low]) == [low, high]


def test_copies():
    uuid = jack.UUID.for_client()
    for same in (copy.copy(uuid), copy.deepcopy(uuid), pickle.loads(pickle.dumps(uuid))):
        assert same == uuid
        assert type(same) is jack.UUID
    assert hash(uuid) == hash(int(uuid))


def test_it_has_no_attributes_to_set():
    with pytest.raises(AttributeError):
        jack.UUID().anything = 1


@pytest.mark.parametrize(
    ("value", "error"),
    [("", ValueError), ("one", ValueError), (-1, ValueError), (2**64, ValueError),
     (1.5, TypeError), (None, TypeError), (b"1", TypeError)],
)  # fmt: skip
def test_what_is_none(value, error):
    with pytest.raises(error, match="value must be|UUID of JACK's was expected"):
        jack.UUID(value)
    with pytest.raises(error):
        jack.UUID().compare(value)


@pytest.mark.parametrize(
    ("port", "error"), [(-1, ValueError), (2**32, ValueError), ("1", TypeError)]
)
def test_what_is_no_id_of_a_port(port, error):
    with pytest.raises(error, match="port_id"):
        jack.UUID.for_port(port)
