"""Event loops under which the tests of coroutines run, with what they need of each."""

import asyncio

import pytest
import trio

try:
    import uvloop
except ImportError:  # it has no release for some Pythons
    uvloop = None


class Asyncio:
    """Also the shape of the others."""

    def run(self, function):
        """Run the coroutine function and return what it returns."""
        with asyncio.Runner(loop_factory=self.new_loop) as runner:
            return runner.run(function())

    new_loop = None

    async def together(self, *functions):
        """Run coroutine functions as tasks until all have ended; what they returned."""
        return await asyncio.gather(*(function() for function in functions))

    async def give_up(self, function, seconds=0.02):
        """Whether the coroutine function was cancelled, as it was not over by then."""
        try:
            async with asyncio.timeout(seconds):
                await function()
        except TimeoutError:
            return True
        return False

    async def pause(self, seconds=0.0):
        await asyncio.sleep(seconds)


class Uvloop(Asyncio):
    def __init__(self):
        if uvloop is None:
            pytest.skip("uvloop has no release for this Python")

    def new_loop(self):
        return uvloop.new_event_loop()


class Trio:
    def run(self, function):
        return trio.run(function)

    async def together(self, *functions):
        results = [None] * len(functions)

        async def keep(index):
            results[index] = await functions[index]()

        try:
            async with trio.open_nursery() as nursery:
                for index in range(len(functions)):
                    nursery.start_soon(keep, index)
        except BaseExceptionGroup as group:  # the first, as asyncio has it
            raise group.exceptions[0] from None
        return results

    async def give_up(self, function, seconds=0.02):
        with trio.move_on_after(seconds) as scope:
            await function()
        return scope.cancelled_caught

    async def pause(self, seconds=0.0):
        await trio.sleep(seconds)


@pytest.fixture(params=[Asyncio, Uvloop, Trio], ids=["asyncio", "uvloop", "trio"])
def loop(request):
    return request.param()


# libuv keeps a pipe for the process's signals from its first loop on: not within a test.
if uvloop is not None:
    Uvloop().run(Uvloop().pause)
