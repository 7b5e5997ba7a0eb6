"""The module's functions that ask the library, not a server."""

import re

import pytest

import jack
from support import children


def test_version():
    version = jack.version()
    assert [type(part) for part in version] == [int] * 4
    assert all(part >= 0 for part in version)


def test_version_string():
    assert re.match(r"\d+\.\d+", jack.version_string())


def test_name_sizes():
    assert jack.client_name_size() > len("a name")
    assert jack.port_name_size() > jack.client_name_size()


def test_client_pid_of_nobody():
    assert jack.client_pid("rtj-nobody-called-this") == 0
    assert jack.client_pid(name="rtj-nobody-called-this") == 0


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (5, TypeError, "name must be a str, not int"),
        (b"name", TypeError, "name must be a str, not bytes"),
        ("a\0b", ValueError, "name must not contain NUL"),
    ],
)
def test_client_pid_of_no_name(wrong, error, message):
    with pytest.raises(error, match=message):
        jack.client_pid(wrong)


@pytest.mark.parametrize("wrong", [None, 1, {}, "pos"])
def test_position2dict_of_no_position(wrong):
    with pytest.raises(TypeError, match=type(wrong).__name__):
        jack.position2dict(wrong)


METADATA_READERS = {
    "get_property": lambda subject: jack.get_property(subject, "key"),
    "get_properties": jack.get_properties,
}


@pytest.mark.parametrize("read", METADATA_READERS.values(), ids=METADATA_READERS)
@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (None, TypeError, "subject must be .* not NoneType"),
        (1.5, TypeError, "subject must be .* not float"),
        (b"4294967297", TypeError, "subject must be .* not bytes"),
        (-1, ValueError, r"between 0 and 2\*\*64 - 1, got -1"),
        (2**64, ValueError, "got 18446744073709551616"),
        ("", ValueError, 'UUID .* was expected .* got ""'),
        ("one", ValueError, 'got "one"'),
        ("4294967297x", ValueError, 'got "4294967297x"'),
        ("-1", ValueError, 'got "-1"'),
        (str(2**64), ValueError, 'got "18446744073709551616"'),
        ("1\0", ValueError, "must not contain NUL"),
    ],
)
def test_what_is_no_subject(read, wrong, error, message):
    with pytest.raises(error, match=message):
        read(wrong)


@pytest.mark.parametrize(
    ("wrong", "error"), [(5, TypeError), (b"key", TypeError), ("a\0b", ValueError)]
)
def test_what_is_no_key(wrong, error):
    with pytest.raises(error, match="key must"):
        jack.get_property(2**33, wrong)


WITHOUT_A_CLIENT = """
import jack
print(jack.get_property(2**33, "key"))
for read in (lambda: jack.get_properties(2**33), jack.get_all_properties):
    try:
        print(read())
    except RuntimeError as error:
        print(error)
"""


@pytest.mark.skipif(
    not jack.version_string().startswith("1.9."), reason="JACK2 keeps metadata with its clients"
)
def test_metadata_without_a_client():
    lines = children.run(WITHOUT_A_CLIENT).stdout.splitlines()
    assert lines[0] == "None"
    assert lines[1].startswith("Unable to get the properties of subject 8589934592: JACK2")
    assert lines[2].startswith("Unable to get all properties: JACK2")


NO_LIBRARY = """
import jack
position = None
for function in (jack.version, jack.version_string, jack.client_name_size,
                 jack.port_name_size, jack.get_all_properties,
                 lambda: jack.client_pid("x"), lambda: jack.get_property(2**33, "key"),
                 lambda: jack.get_properties("8589934592")):
    try:
        function()
    except jack.LibraryNotFoundError as error:
        print("/nowhere/libjack.so" in str(error))
"""


def test_without_a_library():
    result = children.run(NO_LIBRARY, environment={"JACK_LIBRARY": "/nowhere/libjack.so"})
    assert result.stdout.split() == ["True"] * 8
