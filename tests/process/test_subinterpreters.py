"""The module in interpreters that have a lock of their own each, at the same time."""

import sys

import pytest

from support import children
from support.interpreters import PREAMBLE

pytestmark = pytest.mark.skipif(
    sys.version_info < (3, 12),
    reason="interpreters share one lock before Python 3.12",
)

CLIENT = """
import os, time
import jack

def wait_for(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)

meeting = {meeting!r}

def meet(mark):
    # Both are there before either goes on.
    open(f"{{meeting}}/{{mark}}-{name}", "w").close()
    wait_for(lambda: sum(f.startswith(mark) for f in os.listdir(meeting)) == {count})

meet("imported")
client = jack.Client({name!r}, servername={server!r})
port = client.outports.register("o")
calls, orders = [], []

@client.set_process_callback
def process(frames):
    memory = port.get_buffer()
    memory[:] = bytes(len(memory))
    calls.append(frames)

client.set_graph_order_callback(lambda: orders.append(True))
with client:
    meet("active")
    client.connect(port, "system:playback_1")
    seen = len(calls)
    wait_for(lambda: len(calls) > seen + 20 and orders)
    assert set(calls) == {{256}}
    assert port.number_of_connections == 1
    {ending}
meet("closed")
"""


def program(name, server, meeting, count, ending="pass"):
    names = {"name": name, "server": server.name, "meeting": str(meeting)}
    return CLIENT.format(**names, count=count, ending=ending)


def test_failures_are_seen(server, tmp_path):
    text = program("one", server, tmp_path, 1, ending="assert not calls")
    result = children.run(children.join(PREAMBLE, f"run_all({text!r})"), check=False)
    assert result.returncode == 1
    assert "AssertionError" in result.stderr


@pytest.mark.parametrize("count", [1, 2, 4])
def test_clients_in_all_at_once(server, tmp_path, count):
    texts = [program(f"one-{n}", server, tmp_path, count) for n in range(count)]
    children.run(children.join(PREAMBLE, f"run_all(*{texts!r})"))


def test_again_and_again(server, tmp_path):
    """What an ended interpreter leaves behind does not disturb the next one."""
    lines = [PREAMBLE]
    for n in range(5):
        (tmp_path / str(n)).mkdir()
        lines.append(f"run_all({program('one', server, tmp_path / str(n), 1)!r})")
    children.run(children.join(*lines))


def test_beside_the_main_interpreter(server, tmp_path):
    """A client of the main one goes on when another interpreter comes and goes."""
    text = program("other", server, tmp_path, 1)
    children.run(
        children.join(
            PREAMBLE,
            f"""
            import jack
            calls = []
            client = jack.Client("main", servername={server.name!r})
            client.set_process_callback(calls.append)
            client.activate()
            run_all({text!r})
            number = len(calls)
            import time
            deadline = time.monotonic() + 10
            while len(calls) < number + 20:
                assert time.monotonic() < deadline
                time.sleep(0.002)
            client.close()
            """,
        )
    )


def test_ended_with_an_active_client(server, tmp_path):
    """Its clients are closed before it is gone."""
    text = program("one", server, tmp_path, 1)
    text = text.replace("with client:", "if client.activate() is None:")
    children.run(
        children.join(
            PREAMBLE,
            f"""
            run_all({text!r})
            import jack
            with jack.Client("after", servername={server.name!r}) as client:
                assert client.get_ports("^one:") == []
            """,
        )
    )
