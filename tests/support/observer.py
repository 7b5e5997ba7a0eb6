"""A client of a server, in a process of its own, that puts the server to rest after each test.

It stays from the first test to the last: opening it anew would take longer than most tests.
"""

import contextlib
import os
import shutil
import subprocess
import sys

import pytest

# As a program it has this file's folder in its path, not the one above.
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import jack  # noqa: E402
from support import graph, libraries, servers  # noqa: E402
from support.waiting import wait_for  # noqa: E402


class Observer:
    """The process: what is asked of it is the name of one of the functions below."""

    def __init__(self, server):
        command = [sys.executable, __file__, server.name]
        if shutil.which("setpriv"):  # should the tests be killed, it ends with them
            command = ["setpriv", "--pdeathsig", "TERM", *command]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C is for the tests
        )

    def ask(self, word):
        """Let it do that; fails the test with what it says."""
        self._process.stdin.write(word + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if answer != "done\n":
            pytest.fail(f"{word}: {answer or 'the observer ended'}", pytrace=False)

    def kill(self):
        self._process.kill()
        self._process.communicate()

    def end(self):
        self._process.stdin.close()
        self._process.stdout.close()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)
            raise


def end_freewheeling(client):
    with contextlib.suppress(jack.JackErrorCode):  # refused when it does not freewheel
        client.set_freewheel(False)


def one_cycle(client):
    begin = client.last_frame_time
    wait_for(lambda: client.last_frame_time != begin, what="the server has cycles")


def four_cycles(client):
    """As a part of them."""
    port = client.inports.register("i")
    client.activate()
    begin = client.stats.cycles
    wait_for(lambda: client.stats.cycles > begin + 3, what="the server has cycles")
    client.deactivate()
    port.unregister()


def rest(client):
    """Fail if a client or port is left; undo what was done to the server."""
    is_at_rest = transport_rests
    if libraries.loaded() == "PipeWire":
        # The transport is its driver's, which active clients get.
        wait_for(lambda: activates(client), what="the client is active")
        is_at_rest = comes_to_rest
    moved = not transport_rests(client)
    client.transport_stop()
    wait_for(lambda: locates_begin(client), what="there is a transport")
    if client.blocksize != servers.BLOCKSIZE:
        client.blocksize = servers.BLOCKSIZE
    wait_for(
        lambda: all(p.name.startswith("system:") for p in client.get_ports()),
        what="only the server's ports are left",
    )
    graph.cut_all(client)
    for _ in range(3 if moved else 1):  # the one request may come to pass after the other
        wait_for(lambda: is_at_rest(client), what="the transport is at rest")
        if moved:
            one_cycle(client)
    client.deactivate()


def activates(client):
    """PipeWire may report here what became of links that are gone."""
    try:
        client.activate()
    except jack.JackErrorCode as error:
        raise AssertionError(str(error)) from None
    return True


def transport_rests(client):
    return client.transport_query_struct()[0] == jack.STOPPED and client.transport_frame == 0


def comes_to_rest(client):
    """PipeWire may forget a request, and give a client that was activated no cycles."""
    try:
        wait_for(lambda: transport_rests(client), 2)
    except pytest.fail.Exception as error:
        client.deactivate()
        wait_for(lambda: activates(client))
        client.transport_stop()
        wait_for(lambda: locates_begin(client))
        raise AssertionError(str(error)) from None
    return True


def locates_begin(client):
    try:
        client.transport_frame = 0
    except jack.JackErrorCode as error:
        raise AssertionError(str(error)) from None
    return True


TASKS = (end_freewheeling, one_cycle, four_cycles, rest)


def main(server):
    tasks = {task.__name__: task for task in TASKS}
    client = jack.Client("observer", servername=server)
    for line in sys.stdin:
        try:
            tasks[line.strip()](client)
        except (Exception, pytest.fail.Exception) as error:
            print(f"{type(error).__name__}: {error}".replace("\n", " "), flush=True)
        else:
            print("done", flush=True)
    client.close()


if __name__ == "__main__":
    main(sys.argv[1])
