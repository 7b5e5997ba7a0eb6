"""Events while another program rewires the graph as fast as the server lets it."""

import select
import threading

import pytest

import jack
from support import rewiring
from support.events import catch_up


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    return rewiring.build(tmp_path_factory.mktemp("rewire"))


class Follower:
    """Counts what a queue tells, and answers every tenth change with calls of its own."""

    def __init__(self, client):
        self.client = client
        self.out, self.into = client.outports.register("o"), client.inports.register("i")
        client.activate()
        self.queue = client.events(jack.PortConnected)
        self.counts = {"foreign": [0, 0], "own": [0, 0]}
        self.answers = 0

    def take(self, event):
        who = "own" if event.source is self.out else "foreign"
        self.counts[who][event.connected] += 1
        if who == "foreign" and sum(self.counts[who]) % 10 == 0:
            self.answer()

    def take_the_rest(self):
        """Where some were lost, others still wait; and answering them makes more."""
        answers = None
        while answers != self.answers:
            answers = self.answers
            catch_up(self.client, self.client)
            while select.select([self.queue], [], [], 0)[0]:
                self.take(self.queue.get(0))

    def answer(self):
        call = self.client.disconnect if self.answers % 2 else self.client.connect
        call(self.out, self.into)
        self.answers += 1
        assert self.client.get_ports("^rewire:", is_output=True)[0].name == "rewire:out"
        assert self.client.get_all_connections(self.into) in ([], [self.out])


@pytest.mark.timeout(400)
def test_50000_connects_and_disconnects(jackd, program):
    """Nothing is lost that is not counted, and nothing hangs."""
    rounds = 25_000
    client = jack.Client("follower", servername=jackd.name)
    try:
        follower = Follower(client)
        queue, counts = follower.queue, follower.counts
        with rewiring.rewiring(program, jackd, rounds) as rewirer:
            rewirer.go()
            while sum(counts["foreign"]) + queue.lost < 2 * rounds:
                follower.take(queue.get(30))
            assert rewirer.counts() == [rounds, rounds]
            follower.take_the_rest()
        own, told = follower.answers, sum(map(sum, counts.values()))
        assert told + queue.lost == 2 * rounds + own
        if queue.lost == 0:  # else nobody knows which of them they were
            assert counts == {"foreign": [rounds, rounds], "own": [own // 2, own - own // 2]}
        assert own >= rounds // 10
    finally:
        client.close()


def test_a_loop_that_is_too_slow(server, client, program):
    """It loses events, and is told how many; another queue loses none."""
    rounds = 500
    tested = client("tested")
    tested.activate()
    small, large = (tested.events(jack.PortConnected, size=size) for size in (1, 4 * rounds))
    with rewiring.rewiring(program, server, rounds) as rewirer:
        rewirer.go()
        assert rewirer.counts() == [rounds, rounds]
        catch_up(tested, tested)
    tested.close()
    kept, all_of_them = list(small), list(large)
    assert [event.connected for event in all_of_them] == [True, False] * rounds
    assert (len(kept) + small.lost, large.lost) == (2 * rounds, 0)
    assert [event.connected for event in kept] == ([True, False] * rounds)[: len(kept)]
    assert small.lost > rounds


def test_many_threads_take_and_call(server, client, program):
    """Four threads on one queue: each event goes to one of them."""
    rounds = 1000
    tested = client("tested")
    tested.activate()
    queue = tested.events(jack.PortConnected)
    counts = [[0, 0] for _ in range(4)]

    def work(count):
        for event in queue:
            count[event.connected] += 1
            tested.get_all_connections("system:capture_1")  # which outlives the other program

    threads = [threading.Thread(target=work, args=(count,)) for count in counts]
    for thread in threads:
        thread.start()
    with rewiring.rewiring(program, server, rounds) as rewirer:
        rewirer.go()
        assert rewirer.counts() == [rounds, rounds]
        catch_up(tested, tested)
    queue_is_empty = threading.Event()
    while not queue_is_empty.wait(0.01) and select.select([queue], [], [], 0)[0]:
        pass
    tested.close()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    assert [sum(column) for column in zip(*counts)] == [rounds, rounds]
    assert queue.lost == 0
