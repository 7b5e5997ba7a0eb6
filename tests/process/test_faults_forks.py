"""Processes that a program with an active client starts: they have no use of that client and
do it no harm, and clients of their own are as good as any."""

import multiprocessing

import pytest

import jack
from support import children, forks
from support.waiting import wait_for

METHODS = multiprocessing.get_all_start_methods()


def run(server, method, kinds):
    result = children.run_module(
        "support.forks", server.name, method, kinds, check=False, timeout=100
    )
    tracebacks = "ends_in_an_exception" in kinds
    assert (result.returncode, result.stderr.count("Traceback")) == (0, tracebacks), result.stderr
    with jack.Client("watcher", servername=server.name) as observer:
        ours = "^(parent|own|again|child|left)"
        wait_for(lambda: not observer.get_ports(ours), 20, "their ports are gone")


def test_forked(jackd):
    run(jackd, "fork", "use_of_the_parent_s")


@pytest.mark.faults
@pytest.mark.parametrize("method", METHODS)
def test_each_method(jackd, method):
    run(jackd, method, ",".join(forks.CHILDREN))


FORK_IN = {
    "a process callback": "client.set_process_callback(fork_once)",
    "a detached one": "client.set_process_callback(fork_once, lookahead=2)",
    "a notification callback": "client.set_port_registration_callback(fork_once)",
    "a thread of JACK's": "thread = client.create_thread(fork_once)",
    "a thread beside a waiting one": """
        queue = client.events()
        threading.Thread(target=queue.get, daemon=True).start()
        threading.Thread(target=fork_once).start()
    """,
}


@pytest.mark.faults
@pytest.mark.parametrize("place", FORK_IN)
@pytest.mark.parametrize("ending", ["os._exit(5)", "sys.exit(5)"])
def test_fork_in(jackd, place, ending):
    """The child goes on where its parent was, and its end is not the parent's."""
    if ending == "sys.exit(5)" and place != "a thread beside a waiting one":
        ending = "os._exit(5)  # what it raises goes to the callback's caller"
    program = children.join(
        f"""
        import os, sys, threading, time, warnings
        import jack

        warnings.simplefilter("ignore", DeprecationWarning)
        statuses = []

        def fork_once(*arguments):
            if statuses:
                return
            statuses.append(None)
            pid = os.fork()
            if pid == 0:
                assert client.closed
                {ending}
            statuses.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))

        def wait_for(condition, timeout=20):
            deadline = time.monotonic() + timeout
            while not condition():
                assert time.monotonic() < deadline, condition
                time.sleep(0.002)

        client = jack.Client("forks", servername=sys.argv[1], no_start_server=True)
        client.inports.register("i")
        """,
        FORK_IN[place],
        """
        client.activate()
        client.outports.register("o")
        wait_for(lambda: len(statuses) == 2)
        assert statuses[1] in (0, 5), statuses
        known = client.stats.cycles
        wait_for(lambda: client.stats.cycles > known + 2)
        client.close()
        """,
    )
    result = children.run(program, jackd.name, check=False, timeout=60)
    assert result.returncode == 0, result.stderr
