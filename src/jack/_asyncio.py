"""Streams for asyncio: the coroutines behind `Stream.aread()` and `Stream.awrite()`."""

import asyncio
import os
from collections.abc import Callable
from typing import Any


async def _readable(descriptor: int) -> None:
    """Wait until a block went through, and clear the descriptor."""
    loop = asyncio.get_running_loop()
    came: asyncio.Future[None] = loop.create_future()

    def take() -> None:
        try:
            os.read(descriptor, 4096)
        except BlockingIOError:
            pass  # another waiter was quicker; the stream is asked again anyway
        if not came.done():
            came.set_result(None)

    loop.add_reader(descriptor, take)
    try:
        await came
    finally:
        loop.remove_reader(descriptor)


async def _retry(call: Callable[[], Any], descriptor: int) -> Any:
    # A try either does all of it or nothing, so that cancelling loses no audio.
    while True:
        try:
            return call()
        except TimeoutError:
            await _readable(descriptor)


async def aread(stream: Any, frames: int | None = None, out: Any = None) -> Any:
    descriptor = stream.fileno()
    return await _retry(lambda: stream.read(frames, out, timeout=0), descriptor)


async def awrite(stream: Any, block: Any) -> None:
    descriptor = stream.write_fileno()
    await _retry(lambda: stream.write(block, timeout=0), descriptor)
