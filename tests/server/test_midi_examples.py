"""The MIDI programs in examples/, as they are, heard and spoken to."""

import jack
from support.examples import finish, start
from support.midi import settle
from support.waiting import wait_for

PATIENT = True


def test_monitor(server, client, tmp_path):
    """It shows three of the events that come, one after the other."""
    sender = client("sender")
    out = sender.midi_outports.register("out")
    sender.activate()
    process = start("midi_monitor.py", 3, server=server, cwd=tmp_path)
    wait_for(lambda: connected(sender, out, "monitor:in"), 20)
    keep_sending(process, lambda n: out.send([0xB0, n % 128, n // 128]))
    lines = finish(process).splitlines()
    first = int(lines[0].split()[2], 16)
    assert [line.split()[1:] for line in lines] == [
        ["b0", f"{(first + n) % 128:02x}", lines[n].split()[3]] for n in range(3)
    ]
    times = [float(line.split()[0]) for line in lines]
    assert times == sorted(times)


def test_arpeggiator(server, client, tmp_path):
    sender = client("sender")
    out, into = sender.midi_outports.register("out"), sender.midi_inports.register("in")
    sender.activate()
    into.fileno()
    process = start("midi_arpeggiator.py", 1, server=server, cwd=tmp_path)
    wait_for(lambda: connected(sender, "arpeggiator:out", into), 20)
    wait_for(lambda: connected(sender, out, "arpeggiator:in"), 20)
    keep_sending(process, lambda n: out.send([0x90, 100, 64]))
    assert finish(process) == ""
    wait_for(lambda: into.stats.received == 4)
    times, notes = zip(*into.iter_pending())
    assert notes == tuple(bytes([0x90, note, 64]) for note in (100, 112, 124, 127))
    assert [(time - times[0]) % 2**32 for time in times] == [n * 6000 for n in range(4)]


def test_clock(server, client, tmp_path):
    receiver = client("receiver")
    into = receiver.midi_inports.register("in")
    receiver.activate()
    into.fileno()
    process = start("midi_clock.py", 4, 240, server=server, cwd=tmp_path)
    wait_for(lambda: connected(receiver, "clock:out", into), 20)
    assert finish(process) == ""
    times, events = zip(*into.iter_pending())
    assert events == (b"\xfa", *[b"\xf8"] * 96, b"\xfc")
    beginning = times[0]
    # A tick of 240 beats a minute is 500 frames; JACK may leave frames out, and be late.
    ticks = [(time - beginning) % 2**32 for time in times[1:]]
    exact = [500 * n for n in range(97)]
    assert all(tick >= asked for tick, asked in zip(ticks, exact))
    assert sum(tick == asked for tick, asked in zip(ticks, exact)) > 48


def connected(client, source, destination):
    """Connect them, once both are there."""
    try:
        client.connect(source, destination)
    except jack.JackError as error:
        raise AssertionError(error) from None
    settle(client)
    return True


def keep_sending(process, send):
    """Until the process has what it wants."""
    numbers = iter(range(16384))
    wait_for(lambda: send(next(numbers)) or process.poll() is not None, 30)
