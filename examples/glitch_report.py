"""Why does it glitch?  Runs a callback beside a busy program, and reports.

    python glitch_report.py [SECONDS [LOOKAHEAD]]

LOOKAHEAD is in blocks; 0, the default, has the callback in JACK's audio thread.
"""

import sys
import threading

import jack

seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 5.0
lookahead = int(sys.argv[2]) if len(sys.argv) > 2 else 0


def report(client):
    """What went wrong with a client's audio, and whose fault it was."""
    stats = client.stats
    block = 1e6 * client.blocksize / client.samplerate  # microseconds
    yield f"blocks: {stats.cycles} of {block:.0f} us each"
    yield f"late: {stats.late_cycles}, left out: {stats.skipped_cycles}, xruns: {stats.xruns}"
    yield f"gaps in what came from other threads: {stats.underflows}"
    longest = stats.callback_max_us
    yield f"the longest took {longest:.0f} us, {longest / block:.0%} of its time"
    if stats.gil_waits:
        yield f"the longest wait for the interpreter's lock took {stats.gil_wait_max_us:.0f} us"
    for bound, count in stats.histogram:
        if count:
            yield f"  less than {bound:7.0f} us: {count:7} blocks"


client = jack.Client("glitch_report")
source, sink = client.inports.register("in"), client.outports.register("out")


def thru(frames):
    sink.get_buffer()[:] = source.get_buffer()


client.set_process_callback(thru, lookahead=lookahead)
over = threading.Event()
with client:
    threading.Timer(seconds, over.set).start()
    while not over.is_set():
        sum(n * n for n in range(1000))  # the program is busy
    for line in report(client):
        print(line)
