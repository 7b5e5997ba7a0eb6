"""A JACK2 that was built without Berkeley DB keeps no properties."""

import pytest

import jack
from support import libraries

KEY = "http://example.org/rtjack/kept"


def test_metadata_of_its_build(client):
    tested = client("tested")
    if libraries.has_metadata():
        tested.set_property(tested, KEY, "value", "text/plain")
        assert jack.get_property(tested, KEY) == (b"value", "text/plain")
        tested.remove_property(tested, KEY)
        return
    with pytest.raises(ValueError, match="Unable to set property.* JACK returned -1$"):
        tested.set_property(tested, KEY, "value")
    assert jack.get_property(tested, KEY) is None
    with pytest.raises(jack.JackErrorCode, match="JACK has none for it, or can't read"):
        jack.get_properties(tested)
    with pytest.raises(RuntimeError, match="JACK can't read its metadata"):
        jack.get_all_properties()
    assert tested.snapshot().clients == {}
