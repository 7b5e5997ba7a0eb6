"""Waiting in coroutines: for streams, transfers, events and whatever has a descriptor.

For asyncio with any loop whose `add_reader()` takes a descriptor (uvloop's, too), and for
trio.
"""

import asyncio
import os
import sys
import threading
from collections.abc import AsyncIterator, Callable, Generator
from typing import TYPE_CHECKING, Any

from jack._errors import JackError
from jack._jack import Client, Event, EventQueue, IsolatedCallback, Shutdown

if TYPE_CHECKING:
    from jack._supervisor import Supervisor

# Seconds between two looks at what is waited for: a server that died sets no descriptor.
_SLICE = 0.1


async def readable(descriptor: int, seconds: float = _SLICE) -> None:
    """Wait until `descriptor` is readable, or so long; then look again at what it is for.

    Any number of tasks may wait for the same descriptor, and it may be closed meanwhile.
    """
    try:
        own = os.dup(descriptor)  # loops know one waiter for each descriptor
    except OSError:
        return  # closed, which is found out when it is looked at again
    trio = _current_trio()
    try:
        if trio is None:
            await _readable_asyncio(own, seconds)
        else:
            with trio.move_on_after(seconds):
                await trio.lowlevel.wait_readable(own)
    finally:
        if trio is not None:
            trio.lowlevel.notify_closing(own)
        os.close(own)


def _current_trio() -> Any:
    """The module, within a task of trio's."""
    trio = sys.modules.get("trio")
    try:
        if trio is not None:
            trio.lowlevel.current_task()
    except RuntimeError:
        return None
    return trio


async def _readable_asyncio(descriptor: int, seconds: float) -> None:
    loop = asyncio.get_running_loop()
    over: asyncio.Future[None] = loop.create_future()

    def end() -> None:
        if not over.done():
            over.set_result(None)

    loop.add_reader(descriptor, end)
    timer = loop.call_later(seconds, end)
    try:
        await over
    finally:
        timer.cancel()
        loop.remove_reader(descriptor)


async def _retry(call: Callable[[], Any], fileno: Callable[[], int]) -> Any:
    # A try either does all of it or nothing, so that cancelling loses no audio.
    descriptor = fileno()  # from here on the audio thread sets it
    while True:
        try:
            return call()
        except TimeoutError:
            await readable(descriptor)
        try:
            os.read(fileno(), 4096)
        except BlockingIOError:
            pass  # another waiter was quicker; the stream is asked again anyway


async def aread(stream: Any, frames: int | None = None, out: Any = None) -> Any:
    return await _retry(lambda: stream.read(frames, out, timeout=0), stream.fileno)


async def awrite(stream: Any, block: Any) -> None:
    await _retry(lambda: stream.write(block, timeout=0), stream.write_fileno)


async def _end(handle: Any, result: str) -> Any:
    while not handle.wait(0):
        # It stays readable, so that everybody sees it.
        await readable(handle.fileno())
    return getattr(handle, result)


def await_node(node: Any) -> Generator[Any, None, Any]:
    """`Transfer.__await__()` and `NativeCallback.__await__()`."""
    return _end(node, "result").__await__()


def await_file(transfer: Any) -> Generator[Any, None, int]:
    """`FileTransfer.__await__()`."""
    return _end(transfer, "frames_done").__await__()


async def areceive(callback: IsolatedCallback) -> bytes:
    """`IsolatedCallback.areceive()`."""
    # Nothing is awaited between taking a message and giving it, so that none gets lost.
    while (message := callback.receive(0)) is None:
        await readable(callback.fileno())
    return message


# An event's descriptor is set by all that can happen, its end too: it need not be looked at.
_HOUR = 3600.0


async def aget(queue: EventQueue) -> Event:
    # Nothing is awaited between taking an event and giving it, so that none gets lost.
    while True:
        try:
            return queue.get(0)
        except TimeoutError:
            await readable(queue.fileno(), _HOUR)


async def next_event(queue: EventQueue) -> Event:
    try:
        return await aget(queue)
    except JackError:
        if queue.closed:
            raise StopAsyncIteration from None
        raise


async def await_closed(client: Client) -> None:
    try:
        events = client.events(Shutdown)
    except JackError:
        if client.closed:
            return
        raise
    async for _ in events:
        pass


async def _in_thread(work: Callable[[], Any]) -> Any:
    """What `work()` gives or raises in another thread.  Cancelling waits for it."""
    read, write = os.pipe()
    outcome: list[tuple[Any, BaseException | None]] = []

    def run() -> None:
        try:
            outcome.append((work(), None))
        except BaseException as error:
            outcome.append((None, error))
        os.write(write, b"x")

    thread = threading.Thread(target=run, name="jack-supervisor", daemon=True)
    thread.start()
    try:
        while not outcome:
            await readable(read, _HOUR)
    finally:
        thread.join()
        os.close(read)
        os.close(write)
    result, error = outcome.pop()
    if error is not None:
        raise error
    return result


async def supervise(supervisor: "Supervisor") -> AsyncIterator[Client]:
    with supervisor._driving():
        for delay in supervisor._tries():
            if delay:
                await readable(supervisor._wake_read, delay)
            elif await _in_thread(supervisor._open):
                client = supervisor._announced()
                yield client
                await client.await_closed()
                supervisor._tell_lost(await _in_thread(supervisor._close))
