"""jack.Patchbay: rules kept to while ports come and go."""

import threading

import pytest

import jack
from support import children
from support.waiting import wait_for


def opened(client, name, outputs=(), inputs=(), **options):
    """An active client with these audio ports."""
    new = client(name, **options)
    for port in outputs:
        new.outports.register(port)
    for port in inputs:
        new.inports.register(port)
    new.activate()
    return new


def connections(client):
    return set(client.snapshot(properties=False).connections)


def settle(client, *pairs):
    """Wait until the connections are these: JACK2 shows them from its next block on."""

    def settled():
        assert connections(client) == set(pairs)
        return True

    wait_for(settled)


@pytest.fixture
def bay(client):
    """Make patchbays through a client of their own: bay(rules)."""
    own = opened(client, "bay")
    made = []

    def make(rules):
        made.append(jack.Patchbay(own, rules))
        assert made[-1].wait_ready(20)
        return made[-1]

    yield make
    for each in made:
        each.close()
        assert each.closed and each.error is None
    made.clear()


def test_what_is_there(client, bay):
    a = opened(client, "a", ["o1", "o2"], ["i1", "i2"])
    rules = jack.Rules().connect(r"a:o(\d)", r"a:i\1", regex=True)
    patchbay = bay(rules)
    settle(a, ("a:o1", "a:i1"), ("a:o2", "a:i2"))
    assert (patchbay.made, patchbay.removed, patchbay.failed) == (2, 0, ())
    assert patchbay.rules is rules and patchbay.client.name == "bay" and not patchbay.closed


def test_ports_that_appear_later(client, bay):
    bay(jack.Rules().connect(r"a:o(\d)", r"b:i\1", regex=True))
    a = opened(client, "a", ["o1"])
    b = opened(client, "b", [], ["i1", "i2"])
    settle(a, ("a:o1", "b:i1"))
    a.outports.register("o2")
    settle(a, ("a:o1", "b:i1"), ("a:o2", "b:i2"))
    b.close()
    settle(a)
    opened(client, "b", [], ["i2", "i1"])
    settle(a, ("a:o1", "b:i1"), ("a:o2", "b:i2"))


def test_a_port_that_is_renamed(client, bay):
    bay(jack.Rules().connect("a:new", "a:i"))
    a = opened(client, "a", ["old"], ["i"])
    a.outports[0].shortname = "new"
    settle(a, ("a:new", "a:i"))


def test_a_snapshot_after_the_servers_restart(start_jackd):
    server = start_jackd()
    snapshot = jack.Snapshot((("a:o", "b:i"),))
    own = jack.Client("bay", servername=server.name)
    own.activate()
    patchbay = jack.Patchbay(own, snapshot.rules())
    server.end()
    assert patchbay.wait_closed(20) and patchbay.closed and patchbay.error is None
    own.close()
    patchbay.close()
    server = start_jackd()
    with (
        jack.Client("bay", servername=server.name) as own,
        jack.Patchbay(own, snapshot.rules()),
        jack.Client("a", servername=server.name) as a,
        jack.Client("b", servername=server.name) as b,
    ):
        a.outports.register("o")
        b.inports.register("i")
        settle(a, ("a:o", "b:i"))


def test_what_somebody_cuts_stays_cut(client, bay):
    a = opened(client, "a", ["o1", "o2"], ["i"])
    bay(jack.Rules().connect("a:o.", "a:i", regex=True))
    settle(a, ("a:o1", "a:i"), ("a:o2", "a:i"))
    a.disconnect("a:o1", "a:i")
    settle(a, ("a:o2", "a:i"))
    a.outports.register("o3")  # another one's coming changes nothing about it
    settle(a, ("a:o2", "a:i"), ("a:o3", "a:i"))
    a.outports["o1"].unregister()
    a.outports.register("o1")
    settle(a, ("a:o1", "a:i"), ("a:o2", "a:i"), ("a:o3", "a:i"))


class Late:
    """An event queue that gives `event` first, and nothing before `go` is set."""

    def __init__(self, queue, event):
        self._queue, self._event, self.go = queue, event, threading.Event()

    def get(self, *timeout):
        self.go.wait()
        event, self._event = self._event, None
        return event or self._queue.get(*timeout)

    def __getattr__(self, name):
        return getattr(self._queue, name)


def test_a_port_that_is_told_of_late_is_not_anew(client):
    """It was connected already when JACK told of its coming, and then it was cut."""
    bay = opened(client, "bay")
    queue = bay.events(jack.PortRegistered)
    a = opened(client, "a", ["o"], ["i"])
    came = next(event for event in iter(queue.get, None) if event.port.name == "a:o")
    queues = []
    real = bay.events
    bay.events = lambda *kinds: queues.append(Late(real(*kinds), came)) or queues[0]
    with jack.Patchbay(bay, jack.Rules().connect("a:o.*", "a:i", regex=True)) as patchbay:
        try:
            assert patchbay.wait_ready(20)
            settle(a, ("a:o", "a:i"))
            a.disconnect("a:o", "a:i")
            settle(a)
        finally:
            queues[0].go.set()
        a.outports.register("o2")
        settle(a, ("a:o2", "a:i"))
        a.outports["o"].unregister()
        a.outports.register("o")
        settle(a, ("a:o", "a:i"), ("a:o2", "a:i"))
    queue.close()


def test_what_is_forbidden_is_cut(client, bay):
    a = opened(client, "a", ["o", "mic"], ["i", "j"])
    patchbay = bay(jack.Rules().connect("a:o", "a:i", exclusive=True).disconnect("a:mic", "a:j"))
    settle(a, ("a:o", "a:i"))
    for count, pair in enumerate([("a:mic", "a:j"), ("a:mic", "a:i"), ("a:o", "a:j")] * 5, 1):
        a.connect(*pair)
        wait_for(lambda: patchbay.removed == count, what=f"{pair} is cut")
        settle(a, ("a:o", "a:i"))


def test_rules_that_are_added(client, bay):
    rules = jack.Rules()
    bay(rules)
    a = opened(client, "a", ["o"], ["i"])
    rules.connect("a:o", "a:i")
    a.outports.register("more")  # rules count from the next change on
    settle(a, ("a:o", "a:i"))


def test_what_jack_refuses(client, bay):
    """A client that is not active; its port is told of again when it is."""
    patchbay = bay(jack.Rules().connect("a:o", "bay:i"))
    a = client("a")
    a.outports.register("o")
    patchbay.client.inports.register("i")
    wait_for(lambda: [refusal.what for refusal in patchbay.failed] == ["a:o -> bay:i"])
    assert isinstance(patchbay.failed[0].error, jack.JackError)
    a.activate()
    settle(a, ("a:o", "bay:i"))
    wait_for(lambda: patchbay.failed == ())


def test_its_ends(client):
    own = opened(client, "bay")
    patchbay = jack.Patchbay(own, jack.Rules())
    own.close()
    assert patchbay.wait_closed(20) and patchbay.error is None
    patchbay.close()
    with pytest.raises(jack.JackError, match="closed"):
        jack.Patchbay(own, jack.Rules())
    with pytest.raises(TypeError, match="rules must be jack.Rules, not list"):
        jack.Patchbay(own, [])


def test_closing_it_again_and_from_many_threads(client):
    own = opened(client, "bay")
    with jack.Patchbay(own, jack.Rules()) as patchbay:
        closing = [threading.Thread(target=patchbay.close) for _ in range(4)]
        for thread in closing:
            thread.start()
        for thread in closing:
            thread.join(20)
        assert patchbay.closed
    patchbay.close()
    assert patchbay.wait_ready() is True


CHURN = """
    import sys, threading, jack
    enough = threading.Event()
    wait = lambda: (sys.stdin.readline(), enough.set())
    threading.Thread(target=wait, daemon=True).start()
    client = jack.Client("churn", servername=sys.argv[1])
    client.activate()
    out = client.outports.register("o")
    print("ready", flush=True)
    rounds = 0
    while rounds < 400 or not enough.is_set():
        rounds += 1
        port = client.inports.register(f"i{rounds % 7}")
        for call in (client.connect, client.disconnect, client.connect):
            try:
                call(out, port)
            except jack.JackError:
                pass  # the patchbay does the same
        port.unregister()
    last = client.inports.register("last")
    print("done", flush=True)
    sys.stdin.read()
    client.close()
"""


def test_while_others_rewire_the_graph(client, bay, server):
    """In the end all is as the rules say; nothing hangs, nothing fails."""
    a = opened(client, "a", ["o", "p"], ["i"])
    rules = jack.Rules().connect("a:o", "churn:i.", regex=True).connect("a:o", "churn:last")
    rules.disconnect("churn:o", "churn:i[0-3]", regex=True).connect("a:p", "a:i")
    patchbay = bay(rules)
    churn = children.start(CHURN, server.name)
    try:
        assert churn.stdout.readline() == "ready\n"
        wait_for(lambda: patchbay.made > 10, 60, "it makes connections in between")
        print(file=churn.stdin, flush=True)
        assert churn.stdout.readline() == "done\n"
        settle(a, ("a:o", "churn:last"), ("a:p", "a:i"))
        assert patchbay.error is None and not patchbay.closed
        assert patchbay.failed == ()
    finally:
        churn.communicate("", timeout=30)
    settle(a, ("a:p", "a:i"))


def test_a_thousand_connections(client, bay):
    wanted = [(f"a:o{i}", f"b:i{j}") for i in range(32) for j in range(32)][:1000]
    patchbay = bay(jack.Snapshot(tuple(wanted)).rules())
    a = opened(client, "a", [f"o{n}" for n in range(32)])
    opened(client, "b", [], [f"i{n}" for n in range(32)])
    wait_for(lambda: patchbay.made == 1000, 60, "all are made")
    settle(a, *wanted)
    wait_for(lambda: patchbay.failed == (), what="nothing is refused any more")
