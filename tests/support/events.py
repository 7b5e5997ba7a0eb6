"""What tests of events have in common."""

import itertools

import jack
from support import libraries

KEY = "http://example.org/rtjack/event"
CATCH_UP = "catch-up"
numbers = itertools.count()
BY_PROPERTY = libraries.loaded() == "JACK2" and libraries.has_metadata()


def drain(queue):
    """What is queued now."""
    found = []
    try:
        while True:
            found.append(queue.get(0))
    except TimeoutError:
        return found


def until(queue, condition):
    """The events up to the first that fulfils `condition`, this one included."""
    found = []
    while not found or not condition(found[-1]):
        found.append(queue.get(10))
    return found


def catch_up(tested, other):
    """All that was done so far has been told: JACK tells a client things in order, but it
    may do so after the calls have returned.

    JACK1 has properties of the default server alone, PipeWire tells nothing of others',
    and newer releases of JACK2 have none.
    """
    if not BY_PROPERTY:
        with tested.events(jack.PortRegistered) as queue:
            port = other.inports.register(f"{CATCH_UP}{next(numbers)}")  # it stays there
            until(queue, lambda event: event.port.name == port.name)
        return
    with tested.events(jack.PropertyChanged) as queue:
        other.set_property(other, KEY, "1")
        other.remove_property(other, KEY)
        while queue.get(10).change != jack.PROPERTY_DELETED:
            pass


def names(events):
    """Of the ports of the client "other" in the events, without those of catch_up()."""
    found = [event.port.name for event in events]
    return [n for n in found if n.startswith("other:") and CATCH_UP not in n]
