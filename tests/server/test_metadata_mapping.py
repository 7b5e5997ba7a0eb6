"""Properties as a mapping: Client.metadata and Port.metadata."""

import base64
from collections.abc import MutableMapping

import pytest

import jack

KEY = "http://example.org/rtjack/key"
INT = "http://www.w3.org/2001/XMLSchema#int"


@pytest.fixture(params=["client", "port", "foreign port"])
def metadata(request, client):
    tested = client("tested")
    port = tested.outports.register("o")
    if request.param == "client":
        mapping = tested.metadata
    elif request.param == "port":
        mapping = port.metadata
    else:
        mapping = client("other").get_port_by_name("tested:o").metadata
    mapping.client = tested
    yield mapping
    if not tested.closed:
        mapping.clear()


def test_is_a_mapping(metadata):
    assert isinstance(metadata, MutableMapping)
    assert dict(metadata) == {}
    assert len(metadata) == 0
    metadata[KEY] = "grüße"
    metadata[jack.METADATA_ORDER] = "2"
    assert metadata[KEY] == "grüße"
    assert dict(metadata) == {KEY: "grüße", jack.METADATA_ORDER: "2"}
    assert len(metadata) == 2
    assert KEY in metadata
    assert "other" not in metadata
    assert metadata.get("other") is None
    assert repr(metadata).startswith(f"<metadata of {metadata.subject}: {{")
    del metadata[KEY]
    assert list(metadata) == [jack.METADATA_ORDER]
    assert metadata.pop(jack.METADATA_ORDER) == "2"
    metadata.update({KEY: "1", jack.METADATA_PRETTY_NAME: "2"})
    metadata.clear()
    assert dict(metadata) == {}


def test_what_is_not_there(metadata):
    for ask in (lambda: metadata[KEY], lambda: metadata.type(KEY), lambda: metadata.pop(KEY)):
        with pytest.raises(KeyError, match=KEY):
            ask()
    with pytest.raises(KeyError, match=KEY):
        del metadata[KEY]


def test_it_is_the_subject_s_property(metadata):
    metadata[KEY] = "value"
    assert jack.get_property(metadata.subject, KEY) == (b"value", "")
    assert jack.get_properties(int(metadata.subject)) == {KEY: (b"value", "")}


BYTES = bytes(range(256))


@pytest.mark.parametrize(
    ("value", "type", "stored", "read", "read_type"),
    [
        ("text", None, b"text", "text", ""),
        ("text", "text/plain", b"text", "text", "text/plain"),
        ("3", INT, b"3", "3", INT),
        (b"3", INT, b"3", "3", INT),
        (BYTES, None, base64.b64encode(BYTES), BYTES, "application/octet-stream;base64"),
        (BYTES, "image/png;base64", base64.b64encode(BYTES), BYTES, "image/png;base64"),
        ("AAE=", "image/png;base64", b"AAE=", b"\0\1", "image/png;base64"),
        ("no base64", "image/png;base64", b"no base64", b"no base64", "image/png;base64"),
        (b"\x01\xff", "audio/midi", b"\x01\xff", b"\x01\xff", "audio/midi"),
        (b"\xff", "text/plain", b"\xff", "\udcff", "text/plain"),
    ],
)
def test_values_are_str_or_bytes_by_type(metadata, value, type, stored, read, read_type):
    metadata.set(KEY, value, type)
    assert jack.get_property(metadata.subject, KEY) == (stored, read_type)
    assert metadata[KEY] == read
    assert metadata.type(KEY) == read_type


def test_assigning_by_type_of_value(metadata):
    metadata[KEY] = BYTES
    assert metadata[KEY] == BYTES
    metadata[KEY] = "text"
    assert metadata[KEY] == "text"
    assert metadata.type(KEY) == ""


@pytest.mark.parametrize(
    ("value", "type", "error"),
    [(3, None, TypeError), (None, None, TypeError), ("", None, ValueError),
     (b"a\0b", "audio/midi", ValueError), ("a", 3, TypeError)],
)  # fmt: skip
def test_what_can_t_be_set(metadata, value, type, error):
    with pytest.raises(error):
        metadata.set(KEY, value, type)
    assert dict(metadata) == {}


def test_with_a_closed_client(metadata):
    metadata.client.close()
    metadata._client.close()
    with pytest.raises(jack.JackError, match="closed"):
        metadata[KEY] = "value"
    with pytest.raises(jack.JackError, match="closed"):
        metadata.clear()
