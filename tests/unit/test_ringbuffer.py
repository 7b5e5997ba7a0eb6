"""jack.RingBuffer: its sizes, each method, its life."""

import copy
import ctypes
import gc
import pickle
import weakref

import numpy as np
import pytest

import jack


@pytest.fixture
def ring():
    """Of 16 bytes, 15 of which can be used."""
    return jack.RingBuffer(16)


@pytest.mark.parametrize(
    ("asked", "size"), [(0, 2), (1, 2), (2, 2), (3, 4), (4, 4), (5, 8), (4096, 4096), (4097, 8192)]
)
def test_size(asked, size):
    ring = jack.RingBuffer(asked)
    assert (ring.size, ring.write_space, ring.read_space) == (size, size - 1, 0)
    assert jack.RingBuffer(size=asked).size == size


def test_wrong_size():
    for size in (-1, 2**63, -(10**30)):
        with pytest.raises(ValueError, match=rf"^size must be between 0 and \d+, got {size}$"):
            jack.RingBuffer(size)
    with pytest.raises(TypeError, match="^size must be an int, not float$"):
        jack.RingBuffer(16.0)
    with pytest.raises(TypeError):
        jack.RingBuffer()
    with pytest.raises(MemoryError):
        jack.RingBuffer(2**62)


@pytest.mark.parametrize(
    "data",
    [
        b"abcd",
        bytearray(b"abcd"),
        memoryview(b"abcd"),
        memoryview(b"-a-b-c-d-")[1:8:2].tolist(),
        np.frombuffer(b"abcd", "<f4"),
        np.frombuffer(b"abcd", "uint8").reshape(2, 2),
        [97, 98, 99, 100],
        (97, 98, 99, 100),
        iter([97, 98, 99, 100]),
        range(97, 101),
        (value for value in b"abcd"),
        type("Bytes", (bytes,), {})(b"abcd"),
    ],
    ids=lambda data: type(data).__name__,
)
def test_write(ring, data):
    assert ring.write(data) == 4
    assert (ring.write_space, ring.read_space) == (11, 4)
    assert ring.read(16) == b"abcd"


def test_write_more_than_fits(ring):
    assert ring.write(bytes(range(20))) == 15
    assert ring.write(b"x") == 0
    assert ring.write([1]) == 0
    assert (ring.write_space, ring.read_space) == (0, 15)
    assert ring.read(100) == bytes(range(15))


@pytest.mark.parametrize(
    "data", [[256], [1, -1], [10**30], memoryview(b"abcd")[::2], np.zeros((4, 4), "uint8").T[1:]]
)
def test_write_wrong_values(ring, data):
    with pytest.raises(ValueError):
        ring.write(data)
    assert ring.read_space == 0


@pytest.mark.parametrize("data", ["abcd", 4, None, 1.5, ["a"], [1.0], [b"a"], object()])
def test_write_wrong_types(ring, data):
    with pytest.raises(TypeError):
        ring.write(data)
    assert ring.read_space == 0


def test_write_reports_what_an_iterator_raises(ring):
    with pytest.raises(ZeroDivisionError):
        ring.write(1 // (2 - n) for n in range(4))
    assert ring.read_space == 0


def test_read(ring):
    ring.write(b"abcdef")
    first = ring.read(4)
    assert type(first) is jack.Buffer
    assert first == b"abcd"
    assert ring.read_space == 2
    assert ring.read(0) == b""
    assert ring.read(10) == b"ef"
    assert ring.read(10) == b""
    ring.write(b"xxxxxx")
    assert first == b"abcd"


def test_peek(ring):
    ring.write(b"abcdef")
    assert ring.peek(4) == ring.peek(4) == b"abcd"
    assert ring.peek(100) == b"abcdef"
    assert ring.read_space == 6
    assert ring.read(100) == b"abcdef"


@pytest.mark.parametrize("method", ["read", "peek", "read_advance", "write_advance"])
def test_wrong_counts(ring, method):
    ring.write(b"abcdef")
    for size in (-1, -(10**30), 10**30):
        with pytest.raises(ValueError, match=f"^size must be between 0 and .* got {size}$"):
            getattr(ring, method)(size)
    with pytest.raises(TypeError, match="^size must be an int, not str$"):
        getattr(ring, method)("1")
    with pytest.raises(TypeError, match=rf"{method}\(\)"):
        getattr(ring, method)()
    with pytest.raises(TypeError, match=rf"{method}\(\)"):
        getattr(ring, method)(1, 2)
    assert ring.peek(100) == b"abcdef"


def test_arguments_by_name(ring):
    assert ring.write(data=b"abcd") == 4
    assert ring.peek(size=1) == ring.read(size=1) == b"a"
    ring.read_advance(size=1)
    ring.write_advance(size=0)
    assert ring.read(True) == b"c"
    with pytest.raises(TypeError, match=r"read\(\) got an unexpected keyword argument 'count'"):
        ring.read(count=1)


def test_write_buffers(ring):
    ring.write(bytes(12))
    ring.read_advance(6)
    first, second = ring.write_buffers
    assert (len(first), len(second)) == (4, 5)
    first[:] = b"abcd"
    second[0:2] = b"ef"
    assert ring.read_space == 6
    ring.write_advance(6)
    assert ring.read(100) == bytes(6) + b"abcdef"


def test_read_buffers(ring):
    ring.write(bytes(12))
    ring.read_advance(12)
    ring.write(b"abcdefgh")
    first, second = ring.read_buffers
    assert (first, second) == (b"abcd", b"efgh")
    assert (first, second) == ring.read_buffers
    ring.read_advance(5)
    assert [bytes(part) for part in ring.read_buffers] == [b"fgh", b""]


def test_write_own_memory(ring):
    ring.write(b"abcd")
    assert ring.write(ring.read_buffers[0]) == 4
    assert ring.read(100) == b"abcdabcd"


def test_advancing_too_far(ring):
    ring.write(b"abc")
    with pytest.raises(ValueError, match="^size must be between 0 and 3, got 4$"):
        ring.read_advance(4)
    with pytest.raises(ValueError, match="^size must be between 0 and 12, got 13$"):
        ring.write_advance(13)
    assert ring.read_space == 3
    ring.write_advance(12)
    ring.read_advance(15)
    assert (ring.read_space, ring.write_space) == (0, 15)


def test_a_count_that_changes_the_ring(ring):
    class Sly:
        def __index__(self):
            ring.write(bytes(15))
            return 15

    with pytest.raises(ValueError, match="^size must be between 0 and 0, got 15$"):
        ring.write_advance(Sly())
    assert ring.read_space == 15


def test_reset(ring):
    ring.write(b"abcdef")
    ring.reset()
    assert (ring.size, ring.read_space, ring.write_space) == (16, 0, 15)
    ring.write(b"abcdef")
    ring.reset(None)
    assert (ring.size, ring.read_space, ring.write_space) == (16, 0, 15)
    ring.reset(5)
    assert (ring.size, ring.read_space, ring.write_space) == (8, 0, 7)
    ring.reset(size=16)
    assert (ring.size, ring.write_space) == (16, 15)
    ring.reset(0)
    assert (ring.size, ring.write_space) == (2, 1)


def test_wrong_reset(ring):
    ring.reset(4)
    ring.write(b"ab")
    for size in (17, -1, 10**30):
        with pytest.raises(ValueError, match=f"^size must be between 0 and 16, got {size}$"):
            ring.reset(size)
    with pytest.raises(TypeError, match="^size must be an int, not float$"):
        ring.reset(2.0)
    with pytest.raises(TypeError, match=r"reset\(\)"):
        ring.reset(1, 2)
    assert ring.peek(100) == b"ab"


def test_mlock():
    """It is locked, or the system said why not."""
    rings = [jack.RingBuffer(64), jack.RingBuffer(64)]
    for ring in rings:
        try:
            ring.mlock()
        except jack.JackErrorCode as error:
            assert "bytes into memory" in error.message
            assert error.code > 0
    del rings[0]
    assert rings[0].write(b"abc") == 3
    assert rings[0].read(3) == b"abc"


def test_views_keep_the_ring_alive():
    ring = jack.RingBuffer(16)
    ring.write(b"abcdef")
    reference = weakref.ref(ring)
    view = memoryview(ring.read_buffers[0])
    del ring
    gc.collect()
    assert bytes(view) == b"abcdef"
    assert reference() is not None
    view.release()
    gc.collect()
    assert reference() is None


def test_cycles_are_collected():
    ring = jack.RingBuffer(16)
    ring.views = ring.write_buffers
    ring.itself = ring
    reference = weakref.ref(ring)
    del ring
    gc.collect()
    assert reference() is None


def test_attributes(ring, monkeypatch):
    ring.anything = 1
    assert vars(ring) == {"anything": 1}
    monkeypatch.setattr(jack.RingBuffer, "read", lambda self, size: ("patched", size))
    assert ring.read(3) == ("patched", 3)


def test_subclass():
    class Blocks(jack.RingBuffer):
        def __init__(self, blocks, *, blocksize):
            super().__init__(blocks * blocksize)
            self.blocksize = blocksize

        def read(self):
            return super().read(self.blocksize)

    ring = Blocks(4, blocksize=8)
    assert ring.write(bytes(range(12))) == 12
    assert ring.read() == bytes(range(8))
    assert ring.blocksize == 8
    reference = weakref.ref(ring)
    ring.itself = ring
    del ring
    gc.collect()
    assert reference() is None


def uses(ring):
    """Everything that a RingBuffer can do."""
    return [
        lambda: ring.size,
        lambda: ring.write_space,
        lambda: ring.read_space,
        lambda: ring.write_buffers,
        lambda: ring.read_buffers,
        lambda: ring._address,
        lambda: ring.write(b""),
        lambda: ring.write([]),
        lambda: ring.read(1),
        lambda: ring.peek(1),
        lambda: ring.write_advance(0),
        lambda: ring.read_advance(0),
        lambda: ring.mlock(),
        lambda: ring.reset(),
    ]


def test_not_initialised():
    class Lazy(jack.RingBuffer):
        def __init__(self):
            pass

    for ring in (Lazy(), jack.RingBuffer.__new__(jack.RingBuffer)):
        for use in uses(ring):
            with pytest.raises(ValueError, match=r"RingBuffer.__init__\(\) has not been called"):
                use()
        jack.RingBuffer.__init__(ring, 8)
        for use in uses(ring)[:-2]:
            use()


def test_initialised_after_a_failure():
    ring = jack.RingBuffer.__new__(jack.RingBuffer)
    with pytest.raises(ValueError):
        ring.__init__(-1)
    ring.__init__(8)
    assert ring.write(b"abc") == 3


def test_initialised_twice(ring):
    ring.write(b"abc")
    with pytest.raises(ValueError, match="initialised already"):
        ring.__init__(64)
    assert ring.size == 16
    assert ring.read(3) == b"abc"


def test_neither_pickled_nor_copied(ring):
    for function in (pickle.dumps, copy.copy):
        with pytest.raises(TypeError, match="cannot pickle"):
            function(ring)


class CRing(ctypes.Structure):
    """libjack's jack_ringbuffer_t."""

    _fields_ = [
        ("buf", ctypes.POINTER(ctypes.c_char)),
        ("write_ptr", ctypes.c_size_t),
        ("read_ptr", ctypes.c_size_t),
        ("size", ctypes.c_size_t),
        ("size_mask", ctypes.c_size_t),
        ("mlocked", ctypes.c_int),
    ]


def test_address(ring):
    """C code that takes a jack_ringbuffer_t can work on it."""
    ring.write(b"abcdef")
    ring.read_advance(2)
    inside = CRing.from_address(ring._address)
    assert (inside.write_ptr, inside.read_ptr, inside.size, inside.size_mask) == (6, 2, 16, 15)
    assert inside.buf[:6] == b"abcdef"
    inside.read_ptr += 1
    assert ring.read(100) == b"def"
