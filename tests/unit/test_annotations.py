"""The checker that compares values with the stub's annotations: it must see what is wrong."""

import pathlib
from collections.abc import Callable, Coroutine, Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from typing import Any

import jack
from support.annotations import Stub, mismatch

STUB = pathlib.Path(__file__).parents[2] / "src" / "jack" / "_jack.pyi"
STATUS = jack.Status(1)


async def coroutine():
    pass


@pytest.mark.parametrize(
    ("value", "annotation"),
    [
        (1, int),
        (1, Any),
        (None, object),
        (None, None),
        (None, int | None),
        (1, int | None),
        (True, bool),
        (STATUS, jack.Status),
        ((1, "a"), tuple[int, str]),
        ([1, 2], list[int]),
        ({"a": (b"", 1)}, dict[str, tuple[bytes, int]]),
        (iter([(1, "a")]), Iterator[tuple[int, str]]),
        (np.zeros(2, np.float32), NDArray[np.float32]),
        (int, type[int] | type[str]),
        (print, Callable[[str], object]),
    ],
)
def test_fits(value, annotation):
    assert mismatch(value, annotation) is None


@pytest.mark.parametrize(
    ("value", "annotation"),
    [
        (True, int),
        (1, bool),
        (1, float),
        (np.float32(1), float),
        ("1", int),
        (b"", str),
        (None, int),
        (0, None),
        ("a", int | None),
        (1, jack.Status),
        ((1,), tuple[int, str]),
        ((1, 2), tuple[int, str]),
        ([1, "a"], tuple[int, str]),
        ([1, "a"], list[int]),
        ((1, 2), list[int]),
        ([], list[int]),
        ({"a": "b"}, dict[str, int]),
        ({1: 1}, dict[str, int]),
        ({}, dict[str, int]),
        ([("a", 1)], dict[str, int]),
        (iter([1, "a"]), Iterator[int]),
        ([1], Iterator[int]),
        (np.zeros(2), NDArray[np.float32]),
        ([0.0], NDArray[np.float32]),
        (float, type[int] | type[str]),
        (int(), type[int]),
        (1, Callable[[str], object]),
        (coroutine, Coroutine[Any, Any, None]),
    ],
)
def test_does_not_fit(value, annotation):
    assert mismatch(value, annotation) is not None


def test_an_unknown_annotation_is_not_passed_over():
    with pytest.raises(KeyError):
        mismatch({1}, set[int])


TEXT = """
from collections.abc import Callable
from typing import Final, TypeAlias, TypeVar, overload
from typing_extensions import Self
_Kind: TypeAlias = type[int] | type[str]
_Message = TypeVar("_Message", bound=Callable[[str], object])
STOPPED: Final = 0
@overload
def set_error_function(callback: _Message) -> _Message: ...
@overload
def set_error_function(callback: None = None) -> None: ...
class Status:
    def __new__(cls, code: int) -> Self: ...
    @property
    def failure(self) -> bool: ...
    @failure.setter
    def failure(self, value: str, /) -> None: ...
    def method(self, a: int = 0, *, b: int = 0) -> list[_Kind]: ...
    def other(self, *, b: int) -> None: ...
"""


def test_reading_a_stub():
    stub = Stub(TEXT)
    assert set(stub.functions) == {"STOPPED", "set_error_function"}
    assert stub.functions["STOPPED"].returns == 0
    setter = stub.functions["set_error_function"]
    assert not setter.needs_arguments
    assert [mismatch(value, setter.returns) for value in (None, print)] == [None, None]
    assert mismatch(1, setter.returns)
    status = stub.classes["Status"]
    assert status["__new__"].returns is jack.Status and status["__new__"].needs_arguments
    assert (status["failure"].kind, status["failure"].returns) == ("property", bool)
    assert status["method"].returns == list[type[int] | type[str]]
    assert not status["method"].needs_arguments
    assert status["other"].needs_arguments


def test_the_real_stub_can_be_read():
    stub = Stub(STUB.read_text(encoding="utf-8"))
    assert stub.classes["Client"]["samplerate"].returns is int
    assert len(stub.classes["Client"]) > 50
