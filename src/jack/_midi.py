"""MIDI for asyncio: what is behind `OwnMidiPort.areceive()` and `async for`."""

import asyncio
import os
from collections.abc import Callable
from typing import Any

_Event = tuple[int, bytes]


async def _readable(descriptor: int) -> None:
    """Wait until the descriptor can be read, without reading it."""
    loop = asyncio.get_running_loop()
    came: asyncio.Future[None] = loop.create_future()

    def note() -> None:
        if not came.done():
            came.set_result(None)

    # A copy: a loop knows one reader for each descriptor, and several tasks may wait.
    copy = os.dup(descriptor)
    loop.add_reader(copy, note)
    try:
        await came
    finally:
        loop.remove_reader(copy)
        os.close(copy)


async def areceive(port: Any) -> _Event:
    # An event is taken without waiting, or not at all: cancelling loses none.
    while True:
        try:
            event: _Event = port.receive(timeout=0)
            return event
        except TimeoutError:
            await _readable(port.fileno())


class Events:
    """An asynchronous iterator over a port's events, as they come."""

    def __init__(self, port: Any, next_now: Callable[[], _Event | None]) -> None:
        self._port = port
        self._next_now = next_now

    def __aiter__(self) -> "Events":
        return self

    async def __anext__(self) -> _Event:
        while True:
            try:
                event = self._next_now()
            except StopIteration:
                raise StopAsyncIteration from None
            if event is not None:
                return event
            await _readable(self._port.fileno())
