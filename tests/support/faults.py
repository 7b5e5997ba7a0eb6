"""What happens to clients whose server stops or dies while they are at something.

Each stage is one client in one thread of a child process: `prepare(client)` before the
fault, and gives the function that is under way when it comes.
"""

import json
import signal

from support import children

PREAMBLE = """
import contextlib, faulthandler, json, os, signal, sys, threading, time
import jack

server, pid = sys.argv[1], int(sys.argv[2])
faulthandler.dump_traceback_later(100, exit=True)
KEY = "http://example.org/rtjack/fault"

def wait_for(condition, timeout=20):
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, condition
        time.sleep(0.002)

def open_client(name):
    return jack.Client(name, servername=server, no_start_server=True)

def in_callback(client):
    go, inside, answers, begun = threading.Event(), threading.Event(), [], []
    def process(frames):
        if begun and not answers:  # PipeWire's activate() may wait for the first cycle's end
            inside.set()
            go.wait(20)
            try:
                answers.append(client.connect("system:capture_1", client.inports[0]))
            except jack.JackError as error:
                answers.append(error)
    client.set_process_callback(process)
    client.activate()
    begun.append(True)
    assert inside.wait(20)
    def work():
        go.set()
        wait_for(lambda: answers, 40)
        if answers[0] is not None:
            raise answers[0]
    return work

def active(client):
    client.activate()
    return client

def stream(client):
    stream = client.open_stream(inputs=["a"], outputs=["b"])
    client.activate()
    return stream

def read(client):
    of_stream = stream(client)
    def work():
        while True:
            with contextlib.suppress(jack.InputSyncError):
                of_stream.read(64)
    return work

def write(client):
    of_stream = stream(client)
    block = bytearray(64 * 4)
    def work():
        while True:
            with contextlib.suppress(jack.OutputSyncError):
                of_stream.write(memoryview(block).cast("f", (64, 1)))
    return work

def event(client):
    queue = client.events(jack.Freewheel)
    active(client)
    def work():
        assert queue.get() is None
        raise jack.JackError("the queue is over")
    return work

def receive(client):
    port = client.midi_inports.register("mi")
    active(client)
    return port.receive

def played(client):
    client.outports.register("o")
    handle = client.rec(1 << 22, 1)
    active(client)
    return handle.wait

def isolated(client):
    client.outports.register("o")
    handle = client.set_isolated_callback("leaks.isolated_thru:function")
    active(client)
    wait_for(lambda: handle.stats["cycles"] > 2)
    return handle.receive

ASKING = {
    "register": lambda c: lambda: c.inports.register("late"),
    "unregister": lambda c: c.inports[0].unregister,
    "connect": lambda c: lambda: active(c).connect("system:capture_1", c.inports[0]),
    "connect while active": lambda c: (
        active(c), lambda: c.connect("system:capture_1", c.inports[0]))[1],
    "activate": lambda c: c.activate,
    "deactivate": lambda c: active(c).deactivate,
    "deactivate with a callback": lambda c: (
        c.set_process_callback(lambda frames: None), active(c).deactivate)[1],
    "close": lambda c: lambda: c.close(ignore_errors=False),
    "close while active": lambda c: lambda: active(c).close(ignore_errors=False),
    "close a stream": lambda c: stream(c).close,
    "rename": lambda c: lambda: setattr(c.inports[0], "shortname", "renamed"),
    "name of a UUID": lambda c: lambda: c.get_client_name_by_uuid(1 << 32),
    "UUID of a name": lambda c: lambda: c.get_uuid_for_client_name("nobody"),
    "blocksize": lambda c: lambda: setattr(c, "blocksize", 128),
    "freewheel": lambda c: lambda: c.set_freewheel(True),
    "property": lambda c: lambda: c.set_property(c, KEY, "1"),
    "in a callback": in_callback,
    "open": lambda c: lambda: open_client("another"),
}
def idle(client):
    active(client)
    def work():
        wait_for(lambda: client.closed, 40)
        client.get_ports()
    return work

WAITING = {
    "idle": idle,
    "read": read,
    "write": write,
    "events": event,
    "MIDI": receive,
    "recording": played,
}
if sys.version_info >= (3, 12):
    WAITING["isolated"] = isolated

def state_of(process, thread):
    with open(f"/proc/{process}/task/{thread}/stat") as stat:
        return stat.read().rpartition(")")[2].split()[0]

class Stage(threading.Thread):
    def __init__(self, name, prepare):
        super().__init__(name=name, daemon=True)
        self.client = open_client(f"stage-{len(stages)}")
        self.client.inports.register("in")
        self.work = prepare(self.client)
        self.outcome = None

    def run(self):
        try:
            self.outcome = "nothing raised", self.work()
        except jack.JackError as error:
            self.outcome = type(error).__name__, str(error)
        except BaseException as error:
            self.outcome = "not expected", repr(error)

    def is_at_it(self):
        return not self.is_alive() or state_of("self", self.native_id) == "S"

stages = []

def stop():
    os.kill(pid, signal.SIGSTOP)
    for task in os.listdir(f"/proc/{pid}/task"):
        wait_for(lambda: state_of(pid, task) == "T")

def start(kinds):
    for name, prepare in kinds.items():
        stages.append(Stage(name, prepare))
    stop()
    for stage in stages:
        stage.start()
    for _ in range(20):
        wait_for(lambda: all(stage.is_at_it() for stage in stages))

def join(seconds):
    deadline = time.monotonic() + seconds
    for stage in stages:
        stage.join(max(0, deadline - time.monotonic()))
    stuck = [stage.name for stage in stages if stage.is_alive()]
    if stuck:
        faulthandler.dump_traceback()
    assert not stuck, stuck

def close_all():
    for stage in stages:
        with contextlib.suppress(jack.JackError):
            stage.client.close()

def works(name):
    # A new client does, as soon as the server has got over the lost ones.
    deadline = time.monotonic() + 40
    while True:
        try:
            return try_one(name)
        except (AssertionError, jack.JackError):
            assert time.monotonic() < deadline

def try_one(name):
    with contextlib.closing(open_client(name)) as client:
        cycles = []
        client.set_process_callback(cycles.append)
        port = client.inports.register("i")
        client.activate()
        # Before it is connected: PipeWire's null-audio-sink drives nobody any more once
        # its process was stopped.
        wait_for(lambda: len(cycles) > 3, 10)
        client.connect("system:capture_1", port)
        wait_for(lambda: port.number_of_connections == 1, 10)

def outcomes():
    return {stage.name: stage.outcome for stage in stages}

def tell(what):
    print(json.dumps(what, default=repr))
"""


def run(program, server, *arguments, timeout=60):
    """What the child told, by tell(); the server goes on afterwards."""
    text = children.join(PREAMBLE, program)
    try:
        result = children.run(
            text,
            server.name,
            str(server.process.pid),
            *arguments,
            timeout=timeout,
            environment={"PYTHONPATH": children.TESTS},
        )
    finally:
        if server.process.poll() is None:
            server.process.send_signal(signal.SIGCONT)
    return json.loads(result.stdout)
