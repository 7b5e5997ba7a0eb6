"""jack.Buffer has the manners of cffi's buffers: here those of copies and of rings' views."""

import copy
import gc
import pickle
import weakref

import numpy as np
import pytest

import jack


def make(data):
    """A Buffer with a copy of `data`."""
    ring = jack.RingBuffer(len(data) + 1)
    assert ring.write(data) == len(data)
    return ring.read(len(data))


@pytest.fixture
def buffer():
    return make(b"abcdefgh")


def test_index(buffer):
    assert [buffer[i] for i in (0, 7, -1, -8, True)] == [b"a", b"h", b"h", b"a", b"b"]
    assert buffer[np.int64(2)] == b"c"
    assert ord(buffer[0]) == 97
    assert int.from_bytes(buffer[0], "big") == 97


@pytest.mark.parametrize("index", [8, -9, 10**30, -(10**30)])
def test_index_out_of_range(buffer, index):
    with pytest.raises(IndexError):
        buffer[index]
    with pytest.raises(IndexError):
        buffer[index] = b"x"
    assert bytes(buffer) == b"abcdefgh"


@pytest.mark.parametrize("index", ["0", 0.0, None, (0, 1)])
def test_index_of_a_wrong_type(buffer, index):
    with pytest.raises(TypeError, match=f"not {type(index).__name__}"):
        buffer[index]
    with pytest.raises(TypeError, match=f"not {type(index).__name__}"):
        buffer[index] = b"x"


@pytest.mark.parametrize(
    "part", [slice(None), slice(2, 5), slice(-3, None), slice(5, 2), slice(3, 100), slice(9, 10)]
)
def test_slice(buffer, part):
    assert type(buffer[part]) is bytes
    assert buffer[part] == b"abcdefgh"[part]


def test_slice_with_steps(buffer):
    with pytest.raises(TypeError, match="step must be 1, got 2"):
        buffer[::2]
    with pytest.raises(TypeError, match="step must be 1, got -1"):
        buffer[::-1] = b"abcdefgh"


@pytest.mark.parametrize("value", [b"x", bytearray(b"x"), memoryview(b"x"), 120, np.uint8(120)])
def test_assign_an_element(buffer, value):
    buffer[-2] = value
    assert bytes(buffer) == b"abcdefxh"


def test_assign_a_wrong_element(buffer):
    for value in (b"", b"xy"):
        with pytest.raises(ValueError, match=f"1 bytes must be assigned here, got {len(value)}"):
            buffer[0] = value
    for value in (-1, 256, 10**30):
        with pytest.raises(ValueError, match=f"between 0 and 255, got {value}"):
            buffer[0] = value
    for value in ("x", None, 1.5, [1]):
        with pytest.raises(TypeError, match=f"not {type(value).__name__}"):
            buffer[0] = value
    assert bytes(buffer) == b"abcdefgh"


@pytest.mark.parametrize(
    "value", [b"1234", bytearray(b"1234"), make(b"1234"), np.frombuffer(b"1234", "<f4")]
)
def test_assign_a_slice(buffer, value):
    buffer[2:6] = value
    assert bytes(buffer) == b"ab1234gh"
    buffer[:] = b"ABCDEFGH"
    assert bytes(buffer) == b"ABCDEFGH"
    buffer[3:3] = b""
    assert bytes(buffer) == b"ABCDEFGH"


def test_assign_a_slice_of_itself(buffer):
    buffer[1:7] = memoryview(buffer)[0:6]
    assert bytes(buffer) == b"aabcdefh"


def test_assign_a_wrong_slice(buffer):
    for value in (b"", b"abc", b"abcde"):
        with pytest.raises(ValueError, match=f"4 bytes must be assigned here, got {len(value)}"):
            buffer[2:6] = value
    for value in ("abcd", 4, [1, 2, 3, 4]):
        with pytest.raises(TypeError, match=f"not {type(value).__name__}"):
            buffer[2:6] = value
    assert bytes(buffer) == b"abcdefgh"


def test_nothing_is_deleted(buffer):
    with pytest.raises(TypeError, match="can't be deleted"):
        del buffer[0]
    with pytest.raises(TypeError, match="can't be deleted"):
        del buffer[:]


@pytest.mark.parametrize(
    "other", [b"abc", b"abd", b"ab", b"abcd", b"", b"\xff", bytearray(b"abc"), make(b"abc")]
)
def test_comparison(other):
    ours, theirs = make(b"abc"), bytes(other)
    assert (ours == other) is (b"abc" == theirs)
    assert (ours != other) is (b"abc" != theirs)
    assert (ours < other) is (b"abc" < theirs)
    assert (ours <= other) is (b"abc" <= theirs)
    assert (ours > other) is (b"abc" > theirs)
    assert (ours >= other) is (b"abc" >= theirs)
    assert (other == ours) is (theirs == b"abc")


def test_comparison_with_other_things(buffer):
    assert buffer != "abcdefgh"
    assert buffer != 3
    assert buffer is not None and buffer != None  # noqa: E711
    assert buffer == buffer  # noqa: PLR0124
    assert make(b"ace") == memoryview(b"abcdef")[::2]
    assert make(b"acf") != memoryview(b"abcdef")[::2]
    with pytest.raises(TypeError):
        buffer < 3  # noqa: B015


def test_unhashable(buffer):
    with pytest.raises(TypeError, match="unhashable"):
        hash(buffer)


def test_iteration(buffer):
    assert list(buffer) == [b"a", b"b", b"c", b"d", b"e", b"f", b"g", b"h"]
    assert list(reversed(buffer)) == list(buffer)[::-1]
    assert b"c" in buffer
    assert b"x" not in buffer
    status, *rest = make(b"\x90\x40\x7f")
    assert (status, rest) == (b"\x90", [b"\x40", b"\x7f"])


def test_length_and_truth(buffer):
    assert len(buffer) == 8
    assert buffer
    assert not make(b"")
    assert list(make(b"")) == []
    assert bytes(make(b"")) == b""


def test_buffer_protocol(buffer):
    with memoryview(buffer) as view:
        assert (view.format, view.itemsize, view.shape, view.readonly) == ("B", 1, (8,), False)
        view[0] = 65
    assert bytes(buffer) == bytearray(buffer) == b"".join([buffer]) == b"Abcdefgh"
    assert b"<" + buffer == b"<Abcdefgh"


def test_array():
    array = np.frombuffer(make(np.arange(4, dtype="float32").tobytes()), "float32")
    assert array.flags.aligned
    assert array.tolist() == [0.0, 1.0, 2.0, 3.0]


def test_views_outlive_the_buffer(buffer):
    view = memoryview(buffer)[2:]
    del buffer
    gc.collect()
    assert bytes(view) == b"cdefgh"


def test_repr(buffer):
    assert repr(buffer) == "<jack.Buffer 8 bytes>"
    assert repr(make(b"")) == "<jack.Buffer 0 bytes>"


def test_made_by_jack_only(buffer):
    with pytest.raises(TypeError, match="cannot create 'jack.Buffer' instances"):
        jack.Buffer()
    with pytest.raises(TypeError, match="not an acceptable base type"):
        type("Sub", (jack.Buffer,), {})
    with pytest.raises(TypeError, match="immutable type"):
        jack.Buffer.__len__ = None
    with pytest.raises(AttributeError):
        buffer.anything = 1


def test_neither_pickled_nor_copied(buffer):
    for function in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="cannot pickle 'jack.Buffer' object"):
            function(buffer)


def test_weak_references():
    buffer = make(b"abcdefgh")
    reference = weakref.ref(buffer)
    assert reference() is buffer
    del buffer
    gc.collect()
    assert reference() is None
