"""jack.Position: each field of jack_position_t, to the ends of its range."""

import copy
import math
import pickle

import pytest

import jack

U32 = (0, 2**32 - 1)
U64 = (0, 2**64 - 1)
I32 = (-(2**31), 2**31 - 1)
FLOAT_MAX = (2 - 2**-23) * 2.0**127
INTS = {
    "unique_1": U64,
    "usecs": U64,
    "frame_rate": U32,
    "frame": U32,
    "valid": U32,
    "bar": I32,
    "beat": I32,
    "tick": I32,
    "bbt_offset": U32,
    "video_offset": U32,
    "unique_2": U64,
}
FLOATS = ["beats_per_bar", "beat_type", "audio_frames_per_video_frame"]
DOUBLES = [
    "bar_start_tick",
    "ticks_per_beat",
    "beats_per_minute",
    "frame_time",
    "next_time",
    "tick_double",
]
FIELDS = [*INTS, *FLOATS, *DOUBLES]
GROUPS = {
    jack.POSITION_BBT: {
        "bar",
        "beat",
        "tick",
        "bar_start_tick",
        "beats_per_bar",
        "beat_type",
        "ticks_per_beat",
        "beats_per_minute",
    },
    jack.POSITION_TIMECODE: {"frame_time", "next_time"},
    jack.POSITION_BBT_FRAME_OFFSET: {"bbt_offset"},
    jack.POSITION_AUDIO_VIDEO_RATIO: {"audio_frames_per_video_frame"},
    jack.POSITION_VIDEO_FRAME_OFFSET: {"video_offset"},
    jack.POSITION_TICK_DOUBLE: {"tick_double"},
}
ALWAYS = {"usecs", "frame_rate", "frame"}


@pytest.fixture
def position():
    """Another value in each field."""
    return jack.Position(**{name: n for n, name in enumerate(FIELDS, 1)})


def values(position):
    return {name: getattr(position, name) for name in FIELDS}


def test_fields_are_apart(position):
    """No field shares memory with another one."""
    assert values(position) == {name: n for n, name in enumerate(FIELDS, 1)}
    for name in FIELDS:
        before = values(position)
        setattr(position, name, 99)
        assert values(position) == before | {name: 99}


def test_empty():
    assert set(values(jack.Position()).values()) == {0}
    assert {type(getattr(jack.Position(), name)) for name in INTS} == {int}
    assert {type(getattr(jack.Position(), name)) for name in FLOATS + DOUBLES} == {float}


def test_every_attribute_is_listed_here():
    assert {name for name in dir(jack.Position) if not name.startswith("_")} == set(FIELDS)


@pytest.mark.parametrize("name", INTS)
def test_ints(position, name):
    low, high = INTS[name]
    for value in (low, high, True):
        setattr(position, name, value)
        assert getattr(position, name) == value
    before = values(position)
    for value in (low - 1, high + 1, 10**30):
        with pytest.raises(ValueError, match=f"^{name} must be between {low} and {high}"):
            setattr(position, name, value)
    for value in (1.5, "1", None):
        with pytest.raises(TypeError, match=f"^{name} must be an int, not "):
            setattr(position, name, value)
    with pytest.raises(TypeError, match=f"^{name} can't be deleted$"):
        delattr(position, name)
    assert values(position) == before


@pytest.mark.parametrize("name", FLOATS + DOUBLES)
def test_reals(position, name):
    for value in (0.0, -1.5, 3, True, FLOAT_MAX, -FLOAT_MAX, math.inf, -math.inf):
        setattr(position, name, value)
        assert getattr(position, name) == value
    setattr(position, name, math.nan)
    assert math.isnan(getattr(position, name))
    setattr(position, name, 7)
    with pytest.raises(ValueError, match=rf"^{name} must be between -\S+ and \S+$"):
        setattr(position, name, 10**400)
    for value in ("1", None, 1j):
        with pytest.raises(TypeError):
            setattr(position, name, value)
    with pytest.raises(TypeError, match=f"^{name} can't be deleted$"):
        delattr(position, name)
    assert getattr(position, name) == 7


@pytest.mark.parametrize("name", FLOATS)
def test_floats_have_32_bits(position, name):
    with pytest.raises(ValueError, match=rf"^{name} must be between -3.403e\+38 and 3.403e\+38"):
        setattr(position, name, 1e39)
    setattr(position, name, 0.1)
    assert getattr(position, name) == pytest.approx(0.1, rel=1e-7)


@pytest.mark.parametrize("name", DOUBLES)
def test_doubles_have_64_bits(position, name):
    for value in (0.1, 1e300):
        setattr(position, name, value)
        assert getattr(position, name) == value


def test_valid_bits():
    position = jack.Position()
    position.valid |= jack.POSITION_BBT
    position.valid |= jack.POSITION_TIMECODE
    assert position.valid == 0x30


def test_wrong_arguments():
    with pytest.raises(TypeError, match="keyword argument 'measure'"):
        jack.Position(measure=3)
    with pytest.raises(TypeError, match="keyword arguments only, got 2 others"):
        jack.Position(1, 2)
    with pytest.raises(ValueError, match="^frame must be between 0 and 4294967295, got -1$"):
        jack.Position(bar=1, frame=-1)


def test_unknown_attributes(position):
    with pytest.raises(AttributeError):
        position.measure = 3
    with pytest.raises(TypeError, match="immutable type"):
        jack.Position.bar = 3


def test_equality(position):
    assert position == copy.copy(position)
    assert not position != copy.copy(position)
    for name in FIELDS:
        other = copy.copy(position)
        setattr(other, name, 99)
        assert position != other
        assert not position == other
    assert jack.Position(tick_double=0.0) == jack.Position(tick_double=-0.0)
    assert jack.Position(tick_double=math.nan) != jack.Position(tick_double=math.nan)
    assert jack.Position() != 0
    with pytest.raises(TypeError):
        jack.Position() < jack.Position()  # noqa: B015
    with pytest.raises(TypeError, match="unhashable"):
        hash(position)


@pytest.mark.parametrize("function", [copy.copy, copy.deepcopy])
def test_copies(position, function):
    twin = function(position)
    assert type(twin) is jack.Position
    assert twin == position
    twin.frame = 1234
    assert position.frame != 1234


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickle_protocols(position, protocol):
    assert pickle.loads(pickle.dumps(position, protocol)) == position


@pytest.mark.parametrize("bit", [0, *GROUPS])
def test_what_is_valid(position, bit):
    """repr() and position2dict() tell the fields that are filled, and no others."""
    position.valid = bit
    position.unique_2 = position.unique_1
    filled = ALWAYS | GROUPS.get(bit, set())
    facts = jack.position2dict(position)
    assert facts == {name: getattr(position, name) for name in filled}
    shown = eval(repr(position), {"jack": jack})  # it is a call
    expected = jack.Position(**facts, valid=bit)
    assert shown == expected


def test_repr():
    position = jack.Position(frame=12, frame_rate=48000, valid=jack.POSITION_TIMECODE, bar=3)
    assert repr(position) == (
        "jack.Position(usecs=0, frame_rate=48000, frame=12, valid=32, "
        "frame_time=0.0, next_time=0.0)"
    )
