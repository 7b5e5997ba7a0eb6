"""What a client's process thread, and threads that libjack makes, give."""

import contextlib

import jack
from support.waiting import wait_for


def within(world, function):
    """What `function(client)` gives in the process thread of a client."""
    results = []
    with contextlib.closing(jack.Client("looping", servername=world.server_name)) as client:
        client.set_process_thread(lambda: results.append(function(client)))
        client.activate()
        wait_for(lambda: results)
    return results[0]


def before_some_blocks(world, setter, function):
    """What the setter gives, once the client has had blocks with that process thread."""
    with contextlib.closing(jack.Client("looping", servername=world.server_name)) as client:
        result = getattr(client, setter)(function)
        client.activate()
        wait_for(lambda: client.stats.cycles > 3)
    return result


def calls(python, native):
    """For tests/server/test_stub_values.py, with functions that do nothing."""
    return {
        "Client.create_thread": lambda client, world: client.create_thread(python),
        "Client.cycle_signal": lambda _, world: within(
            world, lambda client: client.cycle_wait() and client.cycle_signal()
        ),
        "Client.cycle_wait": lambda _, world: within(world, lambda client: client.cycle_wait()),
        "Client.set_native_process_thread": lambda _, world: before_some_blocks(
            world, "set_native_process_thread", native
        ),
        "Client.set_process_thread": lambda _, world: before_some_blocks(
            world, "set_process_thread", python
        ),
    }
