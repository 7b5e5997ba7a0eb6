"""Show where the transport is, ten times a second.  Ctrl-C ends it.

    python show_time.py [TIMES]
"""

import sys

import jack

times = int(sys.argv[1]) if len(sys.argv) > 1 else None


def words(state, position):
    """A line like "1:02:03.456  rolling  bar 5, beat 2"."""
    thousandths = position["frame"] * 1000 // position["frame_rate"]
    minutes, thousandths = divmod(thousandths, 60_000)
    hours, minutes = divmod(minutes, 60)
    line = f"{hours}:{minutes:02}:{thousandths / 1000:06.3f}  "
    line += {jack.STOPPED: "stopped", jack.ROLLING: "rolling"}.get(int(state), "starting")
    if "bar" in position:
        line += f"  bar {position['bar']}, beat {position['beat']}"
    return line


with jack.Client("show_time") as client:
    try:
        while not client.closed and times != 0:
            print(words(*client.transport_query()), flush=True)
            times = times and times - 1
            client.wait_closed(0.1)
    except KeyboardInterrupt:
        pass
