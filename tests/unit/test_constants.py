"""The constants are those of JACK's headers."""

import ctypes
import ctypes.util

import pytest

import jack

NUMBERS = {
    "STOPPED": 0,
    "ROLLING": 1,
    "STARTING": 3,
    "NETSTARTING": 4,
    "PROPERTY_CREATED": 0,
    "PROPERTY_CHANGED": 1,
    "PROPERTY_DELETED": 2,
    "POSITION_BBT": 0x10,
    "POSITION_TIMECODE": 0x20,
    "POSITION_BBT_FRAME_OFFSET": 0x40,
    "POSITION_AUDIO_VIDEO_RATIO": 0x80,
    "POSITION_VIDEO_FRAME_OFFSET": 0x100,
    "POSITION_TICK_DOUBLE": 0x200,
    "CALL_AGAIN": 0,
    "STOP_CALLING": 1,
}
METADATA = [name for name in dir(jack) if name.startswith("METADATA_")]


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers(name):
    assert type(getattr(jack, name)) is int
    assert getattr(jack, name) == NUMBERS[name]


def test_all_keys_are_there():
    assert len(METADATA) == 10


@pytest.mark.parametrize("name", METADATA)
def test_metadata_keys(name):
    """They are literals here, and variables of the library."""
    library = ctypes.CDLL(ctypes.util.find_library("jack"))
    theirs = ctypes.c_char_p.in_dll(library, f"JACK_{name}").value
    assert getattr(jack, name) == theirs.decode()
