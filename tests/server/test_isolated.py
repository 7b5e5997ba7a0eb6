"""Python in an interpreter of its own: audio, MIDI, messages, errors, ends."""

import ctypes
import itertools
import select
import sys
import textwrap
import time

import numpy as np
import pytest

import jack
from support import libraries
from support.graph import hurrying
from support.waiting import wait_for

THRU = """
    def function(io):
        io.outputs[0][:] = io.inputs[0]
"""
ECHO_MESSAGES = """
    def function(io):
        while (message := io.receive()) is not None:
            io.send(message[::-1])
"""
numbers = itertools.count(1)


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Write a module that can be imported: module(source) -> its name."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(source, name=None):
        name = name or f"isolated_{next(numbers)}"
        (tmp_path / f"{name}.py").write_text(textwrap.dedent(source))
        return name

    return write


@pytest.fixture
def isolated(client, module):
    """A client with a callback: isolated(source, **options) -> (client, handle)."""

    def open_isolated(source, ports=1, midi=0, **options):
        new = client("isolated")
        for n in range(ports):
            new.inports.register(f"in_{n}")
            new.outports.register(f"out_{n}")
        for n in range(midi):
            new.midi_inports.register(f"midi_in_{n}")
            new.midi_outports.register(f"midi_out_{n}")
        handle = new.set_isolated_callback(f"{module(source)}:function", **options)
        new.activate()
        return new, handle

    return open_isolated


@pytest.fixture
def loop(client):
    """Players and recorders in C around a client: loop(client) -> record(frames)."""

    def connect(tested):
        player, recorder = client("player"), client("recorder")
        player.outports.register("out")
        recorder.inports.register("in")
        player.activate()
        recorder.activate()
        player.connect("player:out", tested.inports[0])
        tested.connect(tested.outports[0], "recorder:in")
        return Loop(player, recorder)

    return connect


class Loop:
    def __init__(self, player, recorder):
        self.player, self.recorder = player, recorder

    def start(self, data):
        at = (self.player.last_frame_time + 12001) % 2**32
        self.player.play(data, at=at)
        return self.recorder.rec(len(data), at=at)

    def through(self, data):
        take = self.start(data)
        with hurrying(self.player):
            assert take.wait(30)
        return take.result


def ramp(frames=20_000):
    return np.arange(1, frames + 1, dtype=np.float32).reshape(frames, 1)


def busy(seconds):
    """Python that never waits."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


def hold_gil(seconds):
    """A call of C that keeps the GIL."""
    ctypes.PyDLL(None).usleep(int(seconds * 1e6))


# ---- audio ----


def test_thru(isolated, loop):
    tested, handle = isolated(THRU)
    data = ramp()
    assert np.array_equal(loop(tested).through(data), data)
    assert handle.error is None and not handle.closed
    assert handle.stats["cycles"] > len(data) / 256


@pytest.mark.parametrize("work", [busy, hold_gil])
def test_nothing_of_the_program_delays_it(isolated, loop, work):
    tested, handle = isolated(THRU)
    data = ramp(40_000)
    around = loop(tested)
    take = around.start(data)
    with hurrying(around.player):
        before = handle.stats["cycles"]
        work(0.5)
        meanwhile = handle.stats["cycles"] - before
        assert take.wait(30)
    assert np.array_equal(take.result, data)
    assert meanwhile > 50


def test_views_and_numbers(isolated):
    source = """
        def function(io):
            view = io.outputs[1]
            facts = (len(io.inputs), len(io.outputs), view.format, len(view), io.frames,
                     io.samplerate, view.readonly, type(view).__name__)
            io.send(repr((facts, io.time, io.inputs is io.inputs)).encode())
    """
    tested, handle = isolated(source, ports=2)
    facts, first, same = eval(handle.receive(10))
    assert facts == (2, 2, "f", 256, 256, 48000, False, "memoryview")
    assert same
    assert eval(handle.receive(10))[1] == (first + 256) % 2**32
    assert (tested.last_frame_time - first) % 2**32 < 2**31


def test_ports_come_and_go(isolated, loop):
    source = """
        def function(io):
            for out in io.outputs:
                out[0] = len(io.outputs)
            io.send(b"%d %d" % (len(io.inputs), len(io.outputs)))
    """
    tested, handle = isolated(source)
    assert handle.receive(10) == b"1 1"
    more = [tested.outports.register(f"more_{n}") for n in range(20)]
    wait_for(lambda: handle.receive(10) == b"1 21")
    for port in more:
        port.unregister()
    wait_for(lambda: handle.receive(10) == b"1 1")
    assert handle.error is None


def test_block_size_changes(isolated, server):
    tested, handle = isolated("def function(io): io.send(b'%d' % len(io.inputs[0]))")
    assert handle.receive(10) == b"256"
    tested.blocksize = 128
    wait_for(lambda: handle.receive(10) == b"128")


def test_activated_again(isolated, loop):
    tested, handle = isolated(THRU)
    for _ in range(3):
        tested.deactivate()
        tested.activate()
    data = ramp(5000)
    assert np.array_equal(loop(tested).through(data), data)
    assert handle.error is None


def test_set_while_active(client, module, loop):
    tested = client("isolated")
    tested.inports.register("in")
    tested.outports.register("out")
    tested.activate()
    around = loop(tested)
    first = tested.set_isolated_callback(module(THRU) + ":function")
    assert np.array_equal(around.through(ramp(3000)), ramp(3000))
    double = "def function(io): io.outputs[0][:] = memoryview(bytes(4 * io.frames)).cast('f')"
    second = tested.set_isolated_callback(module(double) + ":function")
    assert first.closed and not second.closed
    assert not around.through(ramp(3000)).any()


def test_numpy_where_it_can_be_imported(isolated, module):
    module("float32 = 'f'\ndef frombuffer(view, dtype): return view, dtype", "numpy")
    source = """
        import numpy
        def function(io): io.send(repr(io.inputs[0][1]).encode())
    """
    _, handle = isolated(source)
    assert handle.receive(10) == b"'f'"


# ---- reloading ----


def test_reload_while_audio_runs(client, module, tmp_path, loop):
    name = module(THRU)
    tested = client("isolated")
    tested.inports.register("in")
    tested.outports.register("out")
    handle = tested.set_isolated_callback(f"{name}:function")
    tested.activate()
    around = loop(tested)
    data = ramp(12_000_000 if libraries.loaded() == "JACK2" else 200_000)  # which hurries
    take = around.start(data)
    with hurrying(around.player):
        wait_for(lambda: take.frames_done > 10_000)
        module(
            """
            def function(io):
                out, into = io.outputs[0], io.inputs[0]
                for n in range(io.frames):
                    out[n] = -into[n]
            """,
            name,
        )
        handle.reload()
        assert take.wait(60)
    blocks = np.sign(take.result[:, 0] * (1 / data[:, 0])).astype(int)
    assert np.array_equal(np.abs(take.result), data)
    (edges,) = np.nonzero(np.diff(blocks))
    assert len(edges) == 1, "one swap, and from then on the new one"
    assert blocks[0] == 1 and blocks[-1] == -1
    assert (take.start_time + int(edges[0]) + 1 - tested.last_frame_time) % tested.blocksize == 0


def test_reload_that_fails_changes_nothing(isolated, module, loop):
    tested, handle = isolated(THRU)
    name = f"isolated_{next(numbers) - 1}"
    module("def function(io:", name)
    with pytest.raises(jack.IsolatedError) as caught:
        handle.reload()
    assert caught.value.type == "SyntaxError"
    assert np.array_equal(loop(tested).through(ramp(3000)), ramp(3000))


# ---- MIDI ----


def test_midi(isolated, client):
    source = """
        def function(io):
            for offset, event in io.midi_in[0]:
                assert io.midi_out[0].write(offset, event + b"x") is True
            assert len(io.midi_in[0]) == len(list(io.midi_in[0]))
    """
    tested, handle = isolated(source, midi=1)
    other = client("other")
    out, into = other.midi_outports.register("o"), other.midi_inports.register("i")
    # None with the velocity 0: PipeWire makes that a note-off.
    events = [(n, bytes([0x90, n % 128, n % 100 or 1])) for n in range(0, 256, 5)]
    got = []

    @other.set_process_callback
    def process(frames):
        out.clear_buffer()
        for event in events:
            if event[0] < frames:  # PipeWire's blocks may be short
                out.write_midi_event(*event)
        if len(got) < 3:
            found = [(offset, bytes(data)) for offset, data in into.incoming_midi_events()]
            if found:
                got.append(found)

    other.activate()
    other.connect(out, tested.midi_inports[0])
    other.connect(tested.midi_outports[0], into)
    wait_for(lambda: len(got) == 3)
    expected = [(offset, data + b"x") for offset, data in events]
    for found in got:
        assert found == expected[: len(found)]
        assert len(found) == len(events) or libraries.loaded() == "PipeWire" and len(found) > 20
    assert handle.error is None


@pytest.mark.parametrize(
    ("code", "kind"),
    [("write(256, b'x')", "ValueError"), ("write(0, b'')", "ValueError"),
     ("write(5, b'x'), io.midi_out[0].write(4, b'x')", "ValueError"),
     ("write(0, 5)", "TypeError"), ("write(0, bytes(10**6)) or 1/0", "ZeroDivisionError")],
)  # fmt: skip
def test_wrong_midi(isolated, unraisable, code, kind):
    _, handle = isolated(f"def function(io): io.midi_out[0].{code}", midi=1)
    wait_for(lambda: handle.error)
    assert handle.error.type == kind


# ---- exchange ----


def test_messages(isolated):
    _, handle = isolated(ECHO_MESSAGES)
    messages = [b"%d" % n * (n % 20) for n in range(3000)]
    got = []
    for message in messages:
        handle.send(message)
        while len(got) < len(messages) and (answer := handle.receive(0)) is not None:
            got.append(answer)
    while len(got) < len(messages):
        got.append(handle.receive(10))
    assert got == [message[::-1] for message in messages]
    stats = handle.stats
    assert stats["messages_to"] == stats["messages_from"] == 3000
    assert stats["messages_to_lost"] == stats["messages_from_lost"] == 0


def test_waiting_for_messages(isolated):
    _, handle = isolated(ECHO_MESSAGES)
    assert handle.receive(0) is None and handle.receive(timeout=0.01) is None
    assert select.select([handle.fileno()], [], [], 0)[0] == []
    handle.send(b"ab")
    handle.send(bytearray(b"cd"))
    wait_for(lambda: handle.stats["messages_from"] == 2)
    for expected in (b"ba", b"dc"):
        assert select.select([handle.fileno()], [], [], 10)[0]
        assert handle.receive(0) == expected
    assert select.select([handle.fileno()], [], [], 0)[0] == []


def test_messages_that_do_not_fit(isolated):
    tested, handle = isolated(ECHO_MESSAGES)
    with pytest.raises(ValueError, match="at most 65536 bytes, got 65537"):
        handle.send(bytes(65537))
    with pytest.raises(TypeError):
        handle.send("text")
    tested.deactivate()
    with pytest.raises(BlockingIOError, match="full"):
        while True:
            handle.send(bytes(60_000))
    with pytest.raises(ValueError, match="negative"):
        handle.receive(-1)


def test_shared_rings(isolated):
    source = """
        kept = {}
        def init(ring, number, nested):
            assert (number, nested) == (5, (None, "ä", b"x", 2.5, (True,)))
            kept["to"] = ring
        def function(io):
            if len(io.rings) == 1:
                io.rings[0].write(kept["to"].read(100))
    """
    to, back = jack.RingBuffer(1000), jack.RingBuffer(4000)
    name = f"isolated_{next(numbers) + 1}"
    _, handle = isolated(
        source, init=f"{name}:init", args=(to, 5, (None, "ä", b"x", 2.5, (True,)))
    )
    assert handle.share(back) == 0
    sent = bytes(range(256)) * 10
    got = b""
    rest = sent
    while len(got) < len(sent):
        rest = rest[to.write(rest[:100]) :]
        got += bytes(back.read(1000))
        assert handle.error is None
    assert got == sent
    with pytest.raises(TypeError, match="RingBuffer, not bytes"):
        handle.share(b"")


# ---- errors ----


def test_exception(isolated, loop, unraisable):
    source = """
        def function(io):
            io.outputs[0][:] = io.inputs[0]
            if io.receive():
                raise ValueError("out of tune")
    """
    tested, handle = isolated(source)
    around = loop(tested)
    handle.send(b"now")
    error = wait_for(lambda: handle.error)
    assert isinstance(error, jack.JackError)
    assert (error.type, error.message) == ("ValueError", "out of tune")
    assert 'raise ValueError("out of tune")' in error.traceback
    (caught,) = wait_for(lambda: unraisable)
    assert caught.type is jack.IsolatedError and caught.object is handle
    assert caught.text.count("Traceback (most recent call last)") == 1
    with pytest.raises(jack.IsolatedError, match="out of tune"):
        handle.receive(10)
    cycles = handle.stats["cycles"]
    assert not around.through(ramp(3000)).any(), "silence"
    assert handle.stats["cycles"] == cycles
    assert handle.stats["silent_cycles"] > 10
    handle.reload()
    assert handle.error is None
    assert np.array_equal(around.through(ramp(3000)), ramp(3000))


def test_callback_exit_is_quiet(isolated, unraisable):
    _, handle = isolated("import jack\ndef function(io): raise jack.CallbackExit")
    wait_for(lambda: handle.stats["silent_cycles"] > 3)
    assert handle.error is None and unraisable == []


@pytest.mark.parametrize(
    ("source", "options", "kind"),
    [("function = 1", {}, "TypeError"), ("x = 1", {}, "AttributeError"),
     ("1 / 0", {}, "ZeroDivisionError"), (THRU, {"init": "no_such_module:x"}, "ModuleNotFoundError"),
     (THRU, {"init": "os:getcwd", "args": (1,)}, "TypeError"),
     ("import threading\nthreading.Thread(target=print).start()", {}, "RuntimeError")],
)  # fmt: skip
def test_what_does_not_load(client, module, source, options, kind):
    tested = client("isolated")
    with pytest.raises(jack.IsolatedError) as caught:
        tested.set_isolated_callback(f"{module(source)}:function", **options)
    assert caught.value.type == kind and kind in caught.value.traceback
    tested.activate()
    tested.deactivate()


@pytest.mark.parametrize(
    ("arguments", "options", "error", "text"),
    [((print,), {}, TypeError, "target must be a str"), ((), {}, TypeError, "target"),
     (("module",), {}, ValueError, "must look like"),
     (("__main__:f",), {}, ValueError, "can be imported"),
     (("a:b",), {"init": 5}, TypeError, "init must be a str"),
     (("a:b",), {"args": [[]]}, TypeError, "args must be made of .* got list"),
     (("a:b",), {"args": 5}, TypeError, "not iterable")],
)  # fmt: skip
def test_wrong_arguments(client, arguments, options, error, text):
    with pytest.raises(error, match=text):
        client("isolated").set_isolated_callback(*arguments, **options)


# ---- the end ----


def test_closed(isolated, loop):
    tested, handle = isolated(THRU)
    around = loop(tested)
    with handle:
        assert np.array_equal(around.through(ramp(3000)), ramp(3000))
    assert handle.closed
    assert not around.through(ramp(3000)).any(), "silence"
    handle.close()
    for call in (handle.reload, handle.fileno, handle.receive, lambda: handle.send(b"")):
        with pytest.raises(jack.JackError, match="closed"):
            call()


def test_a_callback_that_hangs_is_interrupted(isolated):
    _, handle = isolated("def function(io):\n    io.send(b'in')\n    while True: pass")
    assert handle.receive(10) == b"in"
    handle.close()
    assert handle.closed and handle.error is None


def test_opened_and_closed_often(client, module, server, tidy):
    name = module(THRU)

    def once():
        tested = jack.Client("often", servername=server.name)
        tested.outports.register("out")
        tested.inports.register("in")
        handle = tested.set_isolated_callback(f"{name}:function")
        tested.activate()
        wait_for(lambda: handle.stats["cycles"] > 0)
        (handle if next(numbers) % 2 else tested).close()
        tested.close()
        assert handle.closed

    for _ in range(50):
        once()


if sys.version_info < (3, 12):
    for _name in [n for n in globals() if n.startswith("test_")]:
        del globals()[_name]

    def test_not_supported(client):
        tested = client("isolated")
        with pytest.raises(jack.NotSupportedError, match=r"Python has from 3\.12 on; this is"):
            tested.set_isolated_callback("module:function")
