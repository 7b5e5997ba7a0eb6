"""MIDI sent from any thread: each message at its frame, byte by byte, none lost unseen."""

import threading

import numpy as np
import pytest

import jack
from support import children
from support.graph import hurrying, in_one_cycle
from support.midi import AHEAD, LONGEST, fill, line, received, settle, soon, sysex, wait_for_sent
from support.waiting import wait_for

PATIENT = True


def exchange(out, into, messages):
    """What arrives, with offsets to the first message's frame, when `messages`, pairs of
    (frame offset, bytes), are sent; the server freewheels, so that no block is skipped."""
    start = soon(out, AHEAD)
    for offset, data in messages:
        out.send(data, start + offset)
    with hurrying(out.client):
        return [((time - start) % 2**32, data) for time, data in received(into, len(messages))]


def test_each_at_its_frame(client):
    out, into = line(client)
    messages = [(offset * 37, bytes([0x90, offset % 128, 1])) for offset in range(1000)]
    assert exchange(out, into, messages) == messages
    assert out.stats == (0, 1000, 0, 0, 0, 0, 0, 0, 0)
    assert into.stats == (0, 0, 0, 0, 0, 0, 1000, 0, 0)


def test_sorted_by_time_and_order_of_sending(client):
    out, into = line(client)
    rng = np.random.default_rng(1)
    messages = [(int(rng.integers(8000)), bytes([0x80, n // 128, n % 128])) for n in range(2000)]
    expected = sorted(messages, key=lambda message: message[0])  # which keeps the order
    assert exchange(out, into, messages) == expected


@pytest.mark.parametrize(
    "data",
    [
        b"\x80\x00\x7f",
        b"\x9f\x7f\x00",
        b"\xa0\x01\x02",
        b"\xb0\x01\x02",
        b"\xc3\x05",
        b"\xd0\x7f",
        b"\xe0\x00\x40",
        b"\xf1\x00",
        b"\xf2\x01\x02",
        b"\xf3\x01",
        b"\xf6",
        b"\xf8",
        b"\xfe",
        b"\xff",
        b"\xf0\xf7",
        sysex(16),
        sysex(17),
        sysex(LONGEST),
    ],
    ids=lambda data: f"{data[:4].hex()}-{len(data)}",
)
def test_every_message(client, data):
    out, into = line(client)
    assert exchange(out, into, [(0, data), (0, b"\xfa")])[0] == (0, data)


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview, list, tuple, iter, np.array])
def test_kinds_of_events(client, kind):
    out, into = line(client)
    data = b"\x90\x40\x7f"
    out.send(np.frombuffer(data, np.uint8) if kind is np.array else kind(data))
    assert into.receive(10)[1] == data


@pytest.mark.parametrize("kind", [np.uint32, np.int64, int])
def test_kinds_of_times(client, kind):
    """Any int; it is taken modulo 2**32, as JACK's frame times wrap."""
    out, into = line(client)
    past = soon(out, -1000)
    out.send(b"\xf8", kind(past) if kind is np.uint32 else kind(past + 3 * 2**32))
    into.receive(10)
    assert out.stats.sent == 1


def test_at_once_in_the_order_of_sending(client):
    out, into = line(client)
    messages = [bytes([0xB0, n % 128, n // 128]) for n in range(1000)]
    for data in messages:
        out.send(data)
    assert [data for _, data in received(into, 1000)] == messages
    assert out.stats.late == out.stats.dropped == 0


def test_what_finds_no_room_comes_next_in_order(client):
    """Ten system exclusive messages for one frame, of which two fit into a block."""
    out, into = line(client)
    big = [sysex(LONGEST * 15 // 32, n) for n in range(10)]
    messages = [(0, data) for data in big] + [(1, b"\xf8"), (256, b"\xfa")]
    got = exchange(out, into, messages)
    assert [data for _, data in got] == [data for _, data in messages]
    times = [time for time, _ in got]
    assert times == sorted(times)
    assert [times.count(time) for time in sorted(set(times[:10]))][:4] == [2] * 4
    starts = sorted(set(times[2:10]))  # of the blocks that the others went into
    assert starts == list(range(starts[0], starts[0] + 4 * 256, 256))
    assert out.stats.sent == 12
    assert out.stats.deferred >= 8 and out.stats.late == 0


def test_late_ones_are_sent_at_once_and_counted(client):
    out, into = line(client)
    past = (out.client.frame_time - 48000) % 2**32
    out.send(b"\xf8", past)
    time, data = into.receive(10)
    assert data == b"\xf8" and (time - past) % 2**32 > 40000
    assert (out.stats.sent, out.stats.late, out.stats.dropped) == (1, 1, 0)


def test_late_ones_are_dropped_if_asked(client):
    out, into = line(client)
    past = (out.client.frame_time - 48000) % 2**32
    out.send(b"\xf8", past, late="drop")
    out.send(b"\xfa", late="drop")
    assert into.receive(10)[1] == b"\xfa"
    assert (out.stats.sent, out.stats.late, out.stats.dropped) == (1, 1, 1)


def test_half_the_clock_ahead_is_late(client):
    out, into = line(client)
    now = out.client.frame_time
    out.send(b"\xf8", now + 2**31 + 2**20)
    out.send(b"\xfa", now + 2**31 - 2**20)
    assert into.receive(10)[1] == b"\xf8"
    assert (out.stats.late, out.stats.queued) == (1, 1)


def test_a_full_queue(client):
    out, into = line(client)
    assert fill(out) == 4096
    assert out.stats.queued == 4096
    with pytest.raises(BlockingIOError, match="full: 4096 messages"):
        out.send(b"\xf8", timeout=0)
    with pytest.raises(TimeoutError, match="full"):
        out.send(b"\xf8", timeout=0.05)
    assert out.stats.queued == 4096


def test_long_messages_fill_the_queue_too(client):
    out, _ = line(client)
    far = soon(out, 100_000)
    big = sysex(LONGEST)
    with pytest.raises(BlockingIOError, match="4194304 bytes"):
        for _ in range(4096):
            out.send(big, far, timeout=0)
    assert out.stats.queued == 4194304 // LONGEST
    out.send(b"\xf8", far, timeout=0)  # a short one has its place


def test_waiting_for_room(client):
    """Senders wait while the queue is full, and go on as it empties."""
    out, into = line(client)
    start = soon(out, 50)
    for n in range(6000):  # half as many more as it holds
        out.send(bytes([0xB0, n % 128, n // 128]), start + n)
    got = received(into, 6000)
    assert [data for _, data in got] == [bytes([0xB0, n % 128, n // 128]) for n in range(6000)]
    assert out.stats.sent == 6000


def test_the_block_size_changes_with_events_queued(client):
    out, into = line(client)
    start = soon(out, AHEAD)
    messages = [(n * 64, bytes([0x90, n, 1])) for n in range(100)]
    for offset, data in messages:
        out.send(data, start + offset)
    for size in (64, 1024, 256):
        out.client.blocksize = size
    with hurrying(out.client):
        got = [((time - start) % 2**32, data) for time, data in received(into, 100)]
    assert [data for _, data in got] == [data for _, data in messages]
    if out.stats.late == 0:  # JACK was quicker than the 400 blocks
        assert got == messages
    assert out.stats.sent == 100


def test_deactivated_with_events_queued(client):
    out, into = line(client)
    out.send(b"\xf8", soon(out, 100_000))
    out.client.deactivate()
    with pytest.raises(jack.JackError, match="not active"):
        out.send(b"\xf8")
    out.client.activate()
    out.client.connect(out, into)
    settle(out.client)
    out.send(b"\xfa")
    assert into.receive(10)[1] == b"\xfa"
    assert out.stats.queued == 1


def test_beside_a_process_callback_that_writes(client):
    """JACK-Client's way and send() on one port: both arrive, each at its time."""
    giving, taking = client("sender"), client("receiver")
    out, into = giving.midi_outports.register("o"), taking.midi_inports.register("i")
    written = []

    @giving.set_process_callback
    def process(frames):
        out.clear_buffer()
        for offset in (0, frames // 2):
            out.write_midi_event(offset, b"\xb0\x01\x01")
            written.append((giving.last_frame_time + offset) % 2**32)

    out.client = giving
    giving.activate()
    taking.activate()
    giving.connect(out, into)
    into.fileno()
    start = soon(out, AHEAD)
    asked = [(start + 61 * n) % 2**32 for n in range(500)]
    for time in asked:
        out.send(b"\x90\x40\x40", time)
    with hurrying(giving):
        got = []
        wait_for(lambda: got.extend(into.iter_pending()) or out.stats.queued == 0, 20, "sent")
    giving.deactivate()
    got.extend(into.iter_pending())
    assert [time for time, data in got if data[0] == 0x90] == asked
    times = {time for time, data in got if data[0] == 0xB0}
    assert times <= set(written)
    both = {time for time in written if asked[0] <= time <= asked[-1]}
    assert both <= times or asked[0] > asked[-1]


def test_in_a_process_callback(client):
    """A port that was used before can be used there; a full queue does not wait."""
    out, into = line(client)
    with pytest.raises(jack.JackError, match="within its own"):
        new = out.client.midi_outports.register("new")
        out.client.deactivate()
        in_one_cycle(out.client, lambda frames: new.send(b"\xf8"))
    out.client.activate()
    out.client.connect(out, into)
    settle(out.client)
    out.send(b"\xfa")
    assert into.receive(10)[1] == b"\xfa"
    fill(out)
    out.client.deactivate()

    def work(frames):
        with pytest.raises(BlockingIOError):
            out.send(b"\xf8")
        return True

    assert in_one_cycle(out.client, work)


# what is refused

MALFORMED = {
    b"": "at least 1 byte; got none",
    b"\x40\x40": "running status",
    b"\x7f": "running status",
    b"\x90\x40": "0x90 has 3 bytes; got 2 bytes: 90 40",
    b"\x90\x40\x40\x40": "0x90 has 3 bytes; got 4 bytes: 90 40 40 40",
    b"\x90\x40\x40\x80\x40\x40": "has 3 bytes; got 6 bytes",
    b"\xc0\x40\x40": "0xc0 has 2 bytes",
    b"\xf8\xf8": "0xf8 has 1 byte; got 2 bytes",
    b"\x90\x40\x80": "byte 2 is 0x80",
    b"\xf0": "ends with 0xf7; got 1 byte: f0",
    b"\xf0\x01\x02": "ends with 0xf7",
    b"\xf0\x01\xf8\xf7": "byte 2 is 0xf8",
    b"\xf7": "no MIDI message begins",
    b"\xf4": "no MIDI message begins",
    b"\xfd": "no MIDI message begins",
}


@pytest.mark.parametrize("data", MALFORMED, ids=lambda data: data.hex() or "empty")
def test_malformed(client, data):
    out, into = line(client)
    with pytest.raises(ValueError, match=MALFORMED[data]):
        out.send(data)
    out.send(b"\xf8")
    assert into.receive(10)[1] == b"\xf8"
    assert out.stats.sent == 1


def test_too_long_for_the_port(client):
    out, _ = line(client)
    with pytest.raises(ValueError, match=f"up to {LONGEST} bytes; got {LONGEST + 1} bytes"):
        out.send(sysex(LONGEST + 1))
    with pytest.raises(ValueError, match=r"up to \d+ bytes; got 10000000 bytes"):
        out.send(sysex(10_000_000))


@pytest.mark.parametrize(
    ("arguments", "keywords", "error", "text"),
    [
        ((), {}, TypeError, "event"),
        ((None,), {}, TypeError, "None"),
        (("\x90\x40\x40",), {}, TypeError, "not str"),
        ((0x90,), {}, TypeError, "not int"),
        (([0x90, 1.0, 2],), {}, TypeError, "float"),
        (([0x90, 256, 2],), {}, ValueError, "256"),
        ((b"\xf8", -1), {}, ValueError, "-1"),
        ((b"\xf8", 2**63), {}, ValueError, "time"),
        ((b"\xf8", 1.5), {}, TypeError, "time"),
        ((b"\xf8", "now"), {}, TypeError, "time"),
        ((b"\xf8", None, "drop"), {}, TypeError, "positional"),
        ((b"\xf8",), {"late": "never"}, ValueError, "'send' or 'drop', got 'never'"),
        ((b"\xf8",), {"late": None}, TypeError, "not NoneType"),
        ((b"\xf8",), {"timeout": -1}, ValueError, "-1"),
        ((b"\xf8",), {"timeout": "1"}, TypeError, "str"),
        ((b"\xf8",), {"when": 1}, TypeError, "when"),
    ],
)
def test_bad_arguments(client, arguments, keywords, error, text):
    out, _ = line(client)
    with pytest.raises(error, match=text):
        out.send(*arguments, **keywords)
    assert sum(out.stats) == 0


def test_an_input_port(client):
    _, into = line(client)
    with pytest.raises(jack.JackError, match="receiver:i' is an input port"):
        into.send(b"\xf8")


def test_not_active(client):
    out = client().midi_outports.register("o")
    with pytest.raises(jack.JackError, match="not active"):
        out.send(b"\xf8")
    assert out.stats.queued == 0


def test_a_closed_client(client):
    out, into = line(client)
    fill(out)
    out.client.close()
    with pytest.raises(jack.JackError, match="closed"):
        out.send(b"\xf8")
    assert (out.stats.queued, out.stats.dropped) == (0, 4096)
    never_used = into.client.midi_outports.register("never")
    into.client.close()
    with pytest.raises(jack.JackError, match="closed"):
        never_used.send(b"\xf8")


def test_an_unregistered_port(client):
    out, _ = line(client)
    out.send(b"\xf8", soon(out, 100_000))
    out.unregister()
    with pytest.raises(jack.JackError, match="does not exist any more"):
        out.send(b"\xf8")
    assert (out.stats.queued, out.stats.dropped) == (0, 1)


@pytest.mark.parametrize("end", ["close", "unregister"])
def test_senders_that_wait_are_sent_away(client, end):
    out, _ = line(client)
    fill(out)
    errors = []

    def send():
        try:
            out.send(b"\xf8", soon(out, 100_000))
        except jack.JackError as error:
            errors.append(error)

    threads = [threading.Thread(target=send) for _ in range(3)]
    for thread in threads:
        thread.start()
    wait_for(lambda: all(thread.is_alive() for thread in threads))
    out.client.close() if end == "close" else out.unregister()
    for thread in threads:
        thread.join(20)
    assert len(errors) == 3


def test_the_server_dies(start_jackd):
    server = start_jackd()
    with jack.Client("sender", servername=server.name) as sender:
        out = sender.midi_outports.register("o")
        out.client = sender
        sender.activate()
        fill(out)
        server.kill()
        with pytest.raises(jack.JackError):
            out.send(b"\xf8")


def test_ctrl_c(server):
    """A sender that waits for room is interrupted."""
    program = """
        import sys, jack, _thread, threading
        client = jack.Client("tested", servername=sys.argv[1])
        out = client.midi_outports.register("o")
        client.activate()
        far = client.frame_time + 10_000_000
        for _ in range(4096):
            out.send(b"\\xf8", far)
        threading.Timer(0.2, _thread.interrupt_main).start()
        try:
            out.send(b"\\xf8", far)
        except KeyboardInterrupt:
            print("interrupted")
        client.close()
    """
    assert children.run(program, server.name).stdout == "interrupted\n"


def test_many_threads_on_a_new_port(client):
    """The queue is made by whoever comes first, and is one."""
    out, into = line(client)
    gate = threading.Barrier(8)

    def send(number):
        gate.wait(20)
        for n in range(100):
            out.send(bytes([0x90 + number, n, 1]))

    threads = [threading.Thread(target=send, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    got = received(into, 800)
    for thread in threads:
        thread.join(20)
    for number in range(8):
        own = [data for _, data in got if data[0] == 0x90 + number]
        assert own == [bytes([0x90 + number, n, 1]) for n in range(100)]
    wait_for_sent(out, 800)
