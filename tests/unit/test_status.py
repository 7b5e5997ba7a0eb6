"""jack.Status and jack.TransportState: ints with other manners."""

import copy
import pickle

import pytest

import jack

FLAGS = {
    "failure": 0x01,
    "invalid_option": 0x02,
    "name_not_unique": 0x04,
    "server_started": 0x08,
    "server_failed": 0x10,
    "server_error": 0x20,
    "no_such_client": 0x40,
    "load_failure": 0x80,
    "init_failure": 0x100,
    "shm_failure": 0x200,
    "version_error": 0x400,
    "backend_error": 0x800,
    "client_zombie": 0x1000,
}
both = pytest.mark.parametrize("kind", [jack.Status, jack.TransportState])


@pytest.mark.parametrize("name", FLAGS)
def test_flags(name):
    status = jack.Status(FLAGS[name])
    assert {other: getattr(status, other) for other in FLAGS} == {
        other: other == name for other in FLAGS
    }
    assert type(getattr(status, name)) is bool
    with pytest.raises(AttributeError):
        setattr(status, name, True)


def test_every_attribute_is_listed_here():
    assert {name for name in dir(jack.Status) if not name.startswith("_")} == set(FLAGS)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (0, "<jack.Status 0x0: no flags set>"),
        (0x11, "<jack.Status 0x11: failure, server_failed>"),
        (0x2000, "<jack.Status 0x2000: no flags set>"),
        (0x1FFF, f"<jack.Status 0x1FFF: {', '.join(sorted(FLAGS))}>"),
        (-1, f"<jack.Status 0xFFFFFFFF: {', '.join(sorted(FLAGS))}>"),
    ],
)
def test_status_repr(code, text):
    assert repr(jack.Status(code)) == str(jack.Status(code)) == text


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (jack.STOPPED, "jack.STOPPED"),
        (jack.ROLLING, "jack.ROLLING"),
        (jack.STARTING, "jack.STARTING"),
        (jack.NETSTARTING, "jack.NETSTARTING"),
        (7, "jack.TransportState(7)"),
        (-1, "jack.TransportState(-1)"),
    ],
)
def test_transport_state_repr(code, text):
    assert repr(jack.TransportState(code)) == str(jack.TransportState(code)) == text


@both
@pytest.mark.parametrize("code", [0, 1, 3, -1, 2**31 - 1, -(2**31)])
def test_by_code(kind, code):
    made = kind(code)
    assert made == code == made
    assert made == kind(code=code)
    assert not made != kind(code)
    assert made != kind(code - 1 if code > 0 else code + 1)
    assert made not in (code + 1, code + 0.5, 2**40 + code, str(code), None)
    assert made == float(code)
    assert hash(made) == hash(code)
    assert {code: "found"}[made] == "found"
    assert int(made) == code
    assert f"{made:}" == repr(made)
    assert range(10**10)[made] == range(10**10)[code]


@both
def test_truth_and_order(kind):
    assert kind(0)
    with pytest.raises(TypeError):
        kind(0) < kind(1)  # noqa: B015


@both
def test_wrong_codes(kind):
    for code in (2**31, -(2**31) - 1, 10**30):
        with pytest.raises(ValueError, match=f"^code must be between .* got {code}$"):
            kind(code)
    for code in (1.0, "1", None):
        with pytest.raises(TypeError, match="^code must be an int, not "):
            kind(code)
    with pytest.raises(TypeError, match=rf"{kind.__name__}\(\)"):
        kind()
    with pytest.raises(TypeError, match=rf"{kind.__name__}\(\)"):
        kind(1, 2)
    assert kind(True) == 1


@both
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickle(kind, protocol):
    twin = pickle.loads(pickle.dumps(kind(3), protocol))
    assert type(twin) is kind
    assert twin == copy.copy(twin) == copy.deepcopy(twin) == 3


@both
def test_closed_types(kind):
    with pytest.raises(TypeError, match="not an acceptable base type"):
        type("Sub", (kind,), {})
    with pytest.raises(TypeError, match="immutable type"):
        kind.anything = 1
    with pytest.raises(AttributeError):
        kind(1).anything = 1
