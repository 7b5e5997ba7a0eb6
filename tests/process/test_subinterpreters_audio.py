"""Two interpreters with a lock of their own each play to each other, at the same time."""

import sys

import pytest

from support import children
from support.interpreters import PREAMBLE

PATIENT = True

pytestmark = pytest.mark.skipif(
    sys.version_info < (3, 12),
    reason="interpreters share one lock before Python 3.12",
)

# A client that plays a ramp, one more for each frame, and keeps what it hears of the other's.
PLAYER = """
import array, os, time
import jack

BLOCKS = 100
meeting = {meeting!r}

def wait_for(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)

def meet(mark):
    # Both are there before either goes on.
    open(f"{{meeting}}/{{mark}}-{name}", "w").close()
    wait_for(lambda: sum(f.startswith(mark) for f in os.listdir(meeting)) == 2)

client = jack.Client({name!r}, servername={server!r})
source, sink = client.inports.register("i"), client.outports.register("o")
heard, failures = array.array("f"), []
position = 1

@client.set_process_callback
def process(frames):
    global position
    ramp = array.array("f", range(position, position + frames))
    position += frames
    memoryview(sink.get_buffer()).cast("B")[:] = memoryview(ramp).cast("B")
    block = array.array("f", bytes(source.get_buffer()))
    if any(block) and len(heard) < BLOCKS * frames:
        heard.extend(block)

with client:
    meet("active")
    client.connect(sink, {other!r} + ":i")
    wait_for(lambda: len(heard) == BLOCKS * 256)
    meet("heard")
{check}
meet("closed")
"""

CHECK = "assert [b - a for a, b in zip(heard, heard[1:])] == [1] * (len(heard) - 1)"


def players(server, meeting, check=CHECK):
    names = {"server": server.name, "meeting": str(meeting), "check": check}
    return [PLAYER.format(name=a, other=b, **names) for a, b in (("a", "b"), ("b", "a"))]


def test_each_hears_all_of_the_other(server, tmp_path):
    children.run(children.join(PREAMBLE, f"run_all(*{players(server, tmp_path)!r})"))


def test_a_break_would_be_seen(server, tmp_path):
    texts = players(server, tmp_path, f"del heard[1000]\n{CHECK}")
    result = children.run(children.join(PREAMBLE, f"run_all(*{texts!r})"), check=False)
    assert result.returncode == 1
    assert "AssertionError" in result.stderr


@pytest.mark.skipif(sys.version_info < (3, 13), reason="ctypes is for one interpreter before")
def test_one_goes_on_while_the_other_s_lock_is_held(server):
    """The other's thread waits in C with its lock held, until JACK has called this one's."""
    children.run(
        children.join(
            PREAMBLE,
            f"""
            holds, goes_on = os.pipe(), os.pipe()
            holder = '''if True:
                import ctypes, os
                import jack
                with jack.Client("holder", servername={server.name!r}):
                    os.write({{begun}}, b"x")
                    # PyDLL calls it with the lock held.
                    taken = ctypes.PyDLL(None).read({{end}}, ctypes.create_string_buffer(1), 1)
                    assert taken == 1
            '''.format(begun=holds[1], end=goes_on[0])
            other = '''if True:
                import os, time
                import jack
                calls = []
                with jack.Client("other", servername={server.name!r}) as client:
                    os.read({{begun}}, 1)
                    client.deactivate()
                    client.set_process_callback(calls.append)
                    client.activate()
                    deadline = time.monotonic() + 20
                    while len(calls) < 20 and time.monotonic() < deadline:
                        time.sleep(0.002)
                    os.write({{end}}, b"x")
                    assert len(calls) >= 20
            '''.format(begun=holds[0], end=goes_on[1])
            run_all(holder, other)
            """,
        )
    )
