"""A program ends while an isolated callback is in some stage."""

import signal
import sys

import pytest

from support import children, servers

FUNCTION = """
import os, signal, sys
import jack

ENDINGS = {
    b"sys.exit": lambda: sys.exit(3),
    b"os._exit": lambda: os._exit(3),
    b"exception": lambda: 1 / 0,
    b"SIGINT": lambda: os.kill(os.getpid(), signal.SIGINT),
    b"SIGTERM": lambda: os.kill(os.getpid(), signal.SIGTERM),
}

def function(io):
    io.outputs[0][:] = io.inputs[0]
    message = io.receive()
    if message == b"fail":
        raise ValueError
    if message == b"hang":
        io.send(b"hanging")
        while True:
            pass
    if message in ENDINGS:
        ENDINGS[message]()
"""
PROGRAM = """
    import os, sys, threading, time
    import jack

    sys.path.insert(0, sys.argv[1])
    server = jack.Server(sys.argv[2])
    server.__enter__()
    client = jack.Client("ends", servername=server.name)
    client.inports.register("in")
    client.outports.register("out")
    handle = None
    def start(activate=True):
        global handle
        handle = client.set_isolated_callback("ending:function")
        if activate:
            client.activate()
        while activate and not handle.stats["cycles"]:
            time.sleep(0.001)
"""
STAGES = {
    "set": "start(False)",
    "active": "start()",
    "inactive again": "start(); client.deactivate()",
    "closed": "start(); handle.close()",
    "client closed": "start(); client.close()",
    "server ended": "start(); server.__exit__(None, None, None)",
    "reloaded": "start(); handle.reload()",
    "forgotten": "start(); del client, handle",
    "collected": "start(); del handle, client; import gc; gc.collect()",
    "exception": "start(); sys.unraisablehook = print; handle.send(b'fail')\nwhile not handle.error: time.sleep(0.001)",
    "hanging": "start(); handle.send(b'hang'); handle.receive()",
    "in another thread": "threading.Thread(target=start).start()",
    "with a child": "start(); import subprocess; subprocess.run(['true'], check=True)",
    "at once": "start(); handle.send(b'x'); os._exit(0)",
}
BEFORE_3_12 = "the attempt fails"
STAGES[BEFORE_3_12] = "try: start()\nexcept jack.NotSupportedError: pass"


def stages():
    return [s for s in STAGES if (s == BEFORE_3_12) == (sys.version_info < (3, 12))]


@pytest.mark.parametrize("stage", stages())
def test_end_of_the_program(tmp_path, stage):
    (tmp_path / "ending.py").write_text(FUNCTION)
    name = servers.private_name()
    children.run(children.join(PROGRAM, STAGES[stage]), str(tmp_path), name)
    servers.make_good(name)


# The exit status, and the last line of what is said.
FROM_WITHIN = {
    "sys.exit": (0, "SystemExit: 3"),
    "os._exit": (3, ""),
    "exception": (0, "ZeroDivisionError: division by zero"),
    "SIGINT": (-signal.SIGINT, "KeyboardInterrupt"),
    "SIGTERM": (-signal.SIGTERM, ""),
}


@pytest.mark.skipif(sys.version_info < (3, 12), reason="isolated callbacks need Python 3.12")
@pytest.mark.parametrize("ending", FROM_WITHIN)
def test_end_from_within(tmp_path, ending):
    """An exception ends the callback alone, and all else the program."""
    (tmp_path / "ending.py").write_text(FUNCTION)
    name = servers.private_name()
    told = """
        told = threading.Event()
        def tell(what):
            sys.__unraisablehook__(what)
            told.set()
        sys.unraisablehook = tell
        start()
    """
    ends = f"handle.send({ending.encode()}); assert told.wait(20)"
    result = children.run(children.join(PROGRAM, told, ends), str(tmp_path), name, check=False)
    servers.make_good(name)
    assert (result.returncode, (result.stderr.splitlines() or [""])[-1]) == FROM_WITHIN[ending]
