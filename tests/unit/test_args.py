"""What arguments may be, said alike everywhere."""

import pytest

import jack


class Index:
    def __init__(self, value):
        self.value = value

    def __index__(self):
        if isinstance(self.value, Exception):
            raise self.value
        return self.value


def test_ints():
    assert jack.RingBuffer(Index(5)).size == jack.RingBuffer(5).size
    assert jack.RingBuffer(True).size == jack.RingBuffer(1).size
    with pytest.raises(KeyError, match="why"):
        jack.RingBuffer(Index(KeyError("why")))
    with pytest.raises(TypeError, match="^size must be an int, not float$"):
        jack.RingBuffer(5.0)
    with pytest.raises(ValueError, match=r"^size must be between 0 and \d+, got -5$"):
        jack.RingBuffer(-5)


def test_ints_that_python_does_not_print():
    with pytest.raises(ValueError, match=r"^size must be between 0 and \d+, got an int too long"):
        jack.RingBuffer(10**5000)


def test_keywords():
    ring = jack.RingBuffer(8)
    with pytest.raises(TypeError, match=r"^read\(\) misses its argument 'size'$"):
        ring.read()
    with pytest.raises(TypeError, match=r"^read\(\) takes at most 1 positional argument, got 2$"):
        ring.read(1, 2)
    with pytest.raises(TypeError, match=r"^read\(\) got multiple values for argument 'size'$"):
        ring.read(1, size=1)
    with pytest.raises(TypeError, match=r"^read\(\) got an unexpected keyword argument 'sïze'$"):
        ring.read(sïze=1)


def test_names():
    """Names are looked at before any server is asked."""
    with pytest.raises(TypeError, match="^name must be a str, not bytes$"):
        jack.Client(b"name")
    with pytest.raises(ValueError, match=r"^name must not contain NUL characters, got 'a\\x00b'$"):
        jack.Client("a\0b")
    with pytest.raises(ValueError, match=r"^name must be encodable as UTF-8, got '\\ud800'$"):
        jack.Client("\ud800")


def test_callables():
    with pytest.raises(TypeError, match="must be callable, not int$"):
        jack.set_error_function(3)
