"""The programs in examples/ that have to do with the transport."""

import re

import pytest

import jack
from support.examples import finish, run, running, start
from support.waiting import wait_for

PATIENT = "jack.Server -S"


@pytest.fixture
def conductor(client):
    """A client through which the tests see and move the transport."""
    conductor = client("conductor")
    conductor.inports.register("in")  # with one it has a part in the cycle
    conductor.activate()
    return conductor


def locate(conductor, frame):
    conductor.transport_frame = frame
    wait_for(lambda: conductor.transport_query_struct()[1].frame == frame)


def test_show_time(server, conductor, tmp_path):
    locate(conductor, 48000 * 3723 + 4800)
    said = run("show_time.py", 2, server=server, cwd=tmp_path)
    assert said == "1:02:03.100  stopped\n" * 2


def test_slow_sync(server, conductor, tmp_path):
    """The transport waits for it, at the place where it is to begin."""
    with running("slow_sync.py", 0.2, server=server, cwd=tmp_path):
        before = conductor.stats.cycles
        wait_for(lambda: conductor.stats.cycles > before + 2, what="it is in the graph")
        begin = conductor.frame_time
        conductor.transport_start()
        states = []

        def rolls():
            states.append(conductor.transport_query_struct()[0])
            return states[-1] == jack.ROLLING

        wait_for(rolls)
        moved = conductor.transport_frame
        waited = (conductor.frame_time - begin) % 2**32
        conductor.transport_stop()
    assert jack.STARTING in states
    # From the first block that asks on; both moments lie within a block or two of these.
    assert waited >= 0.2 * 48000 - 512
    assert moved <= waited - 0.2 * 48000 + 1024


def test_timebase_master(server, conductor, tmp_path):
    """90 beats a minute, three to a bar: the ninth beat is the last of the third bar."""
    with running("timebase_master.py", 90, 3, server=server, cwd=tmp_path):
        beat = 48000 * 60 // 90
        locate(conductor, 8 * beat + beat // 4)
        position = wait_for(lambda: bar_and_beat(conductor))
        assert (position["bar"], position["beat"], position["tick"]) == (3, 3, 480)
        assert position["beats_per_minute"] == 90.0
        assert (position["beats_per_bar"], position["beat_type"]) == (3.0, 4.0)
        assert (position["bar_start_tick"], position["ticks_per_beat"]) == (6 * 1920, 1920)
        said = run("show_time.py", 1, server=server, cwd=tmp_path)
        assert re.fullmatch(r"0:00:05\.500  stopped  bar 3, beat 3\n", said)


def bar_and_beat(conductor):
    position = conductor.transport_query()[1]
    return position if "bar" in position else None


def test_transporter(server, conductor, tmp_path):
    """It does what it is told, until its input ends."""
    process = start("transporter.py", server=server, cwd=tmp_path)
    try:
        say(process, "locate 2")
        wait_for(lambda: conductor.transport_query_struct()[1].frame == 96000, 20)
        say(process, "where", "play")
        wait_for(lambda: conductor.transport_state == jack.ROLLING)
        wait_for(lambda: conductor.transport_frame > 96000)
        say(process, "stop", "locate nowhere")
        wait_for(lambda: conductor.transport_state == jack.STOPPED)
        process.stdin.close()
        process.stdin = None
        said = finish(process)
    finally:
        process.kill()
        process.wait()
    assert "2.000 s, stopped" in said
    assert "could not convert string to float: 'nowhere'" in said


def say(process, *commands):
    for command in commands:
        process.stdin.write(command + "\n")
    process.stdin.flush()
