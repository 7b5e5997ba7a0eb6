"""What tests of events have in common."""

import jack

KEY = "http://example.org/rtjack/event"


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
    may do so after the calls have returned."""
    with tested.events(jack.PropertyChanged) as queue:
        other.set_property(other, KEY, "1")
        other.remove_property(other, KEY)
        while queue.get(10).change != jack.PROPERTY_DELETED:
            pass
