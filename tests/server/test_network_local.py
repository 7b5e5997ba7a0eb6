"""NetMaster and NetSlave on one host: blocks, MIDI, bad input, lifetimes."""

import contextlib
import gc
import os
import pathlib
import signal
import socket
import threading

import numpy as np
import pytest

import jack
from support import children
from support.annotations import Stub, mismatch
from support.waiting import wait_for

HOME = "127.0.0.1"
BLOCK = 64


@pytest.fixture
def port():
    """A UDP port that nobody uses."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("", 0))
        return probe.getsockname()[1]


class Echo(threading.Thread):
    """A slave that sends back what it gets, each block in the cycle in which it is due."""

    def __init__(self, port, **options):
        super().__init__()
        self.options = {"port": port, "address": HOME, "latency": 2, "timeout": 20, **options}
        self.slave = None
        self.outcome = None
        self.blocks = 0  # answered
        self.start()

    def run(self):
        try:
            self.slave = jack.NetSlave(**self.options)
            while True:
                audio, midi = self.slave.read(timeout=20)
                self.slave.write(audio, midi, timeout=20)
                self.blocks += 1
        except BaseException as error:
            self.outcome = error


@pytest.fixture
def pair(port):
    """pair(**options of the slave) -> (master, echo)."""
    opened = []

    def open_pair(master_options=None, **options):
        echo = Echo(port, **options)
        opened.append(echo)
        master = jack.NetMaster(
            port=port, address=HOME, blocksize=BLOCK, timeout=20, **(master_options or {})
        )
        opened.append(master)
        wait_for(lambda: echo.slave, 20, "the slave is open")
        return master, echo

    yield open_pair
    for one in reversed(opened):
        if isinstance(one, Echo):
            if one.slave is not None:
                one.slave.close()
            one.join(30)
            assert not one.is_alive()
        else:
            one.close()


def turn(master, audio=None, midi=None):
    master.send(audio, midi)
    return master.receive()


def turn_together(master, echo, audio=None, midi=None):
    """One that the echo keeps up with: nothing paces this master, and both share a lock."""
    before = echo.blocks
    got = turn(master, audio, midi)
    wait_for(lambda: echo.blocks > before, 20, "the echo answers")
    return got


def until_alive(master, echo):
    """Turn until the echo takes part."""

    def answered():
        audio, _ = turn(master, np.ones((BLOCK, master.outputs), np.float32))
        return audio.any()

    wait_for(answered, 20, "the slave answers")
    wait_for(lambda: not turn(master)[0].any(), 20, "the last of it came back")


def test_audio_and_midi_come_back(pair):
    master, echo = pair(inputs=2, outputs=2, midi_inputs=1, midi_outputs=1, lookahead=40)
    assert (master.inputs, master.outputs) == (2, 2)
    assert (master.midi_inputs, master.midi_outputs) == (1, 1)
    slave = echo.slave
    assert (slave.blocksize, slave.samplerate, slave.lookahead) == (BLOCK, 48000, 40)
    assert slave.latency == (2 + 40) * BLOCK and master.latency == 2 * BLOCK
    until_alive(master, echo)
    before = slave.stats  # of when it was not
    data = np.random.default_rng(3).uniform(-1, 1, (30 * BLOCK, 2)).astype(np.float32)
    events = [(n, [(n, bytes([0x90, n, 100])), (BLOCK - 1, b"\xf8")]) for n in range(30)]
    heard, notes = [], []
    for number in range(30 + 42 + 5):
        block = data[number * BLOCK : (number + 1) * BLOCK] if number < 30 else None
        event = [row for n, row in events if n == number]
        audio, midi = turn_together(master, echo, block, event)
        heard.append(audio)
        notes += [(number, event) for event in midi[0]]
    heard, latency = np.concatenate(heard), slave.latency
    assert np.array_equal(heard[latency : latency + len(data)], data)
    assert notes == [(n + 42, event) for n, row in events for event in row]
    assert all(slave.stats[key] == before[key] for key in ("missing", "lost", "late"))


def test_values(pair):
    """What every attribute and method gives, beside what the stub says of it."""
    master, echo = pair(inputs=1, outputs=1, midi_inputs=1, midi_outputs=1)
    until_alive(master, echo)
    stub = Stub(pathlib.Path(jack.__file__).with_name("_jack.pyi").read_text("utf-8"))
    for one in master, echo.slave:
        for name, member in stub.classes[type(one).__name__].items():
            if member.kind == "property":
                assert mismatch(getattr(one, name), member.returns) is None, name
    returns = stub.classes["NetMaster"]["receive"].returns
    assert returns == stub.classes["NetSlave"]["read"].returns
    wait_for(lambda: mismatch(turn(master, None, [[(0, b"\xfe")]]), returns) is None)
    assert "listening on UDP port" in repr(echo.slave)
    assert "listened on UDP port" in repr(master)


def test_ints_and_no_audio(pair):
    """16 bit on the network; and a slave with MIDI alone has no array."""
    master, echo = pair(inputs=1, outputs=1, encoder="int", lookahead=40)
    until_alive(master, echo)
    value = np.full((BLOCK, 1), 0.25, np.float32)
    got = [turn_together(master, echo, value)[0] for _ in range(50)][-1]
    assert np.allclose(got, value, atol=2**-15)


def test_midi_alone(pair):
    master, echo = pair(inputs=0, outputs=0, midi_inputs=2, midi_outputs=2, lookahead=10)
    seen = []

    def answered():
        audio, midi = turn(master, None, [[(1, b"\x80\x01\x00")], [(2, b"\xfe")]])
        assert audio is None and len(midi) == 2
        seen.append(midi)
        return midi[1] == [(2, b"\xfe")] and midi[0] == [(1, b"\x80\x01\x00")]

    wait_for(answered, 20)


def test_parts_of_blocks(pair):
    master, echo = pair({"partial": True}, inputs=1, outputs=1, latency=0, lookahead=1)
    with pytest.raises(ValueError, match="audio must have 1 to 64 frames, got 65"):
        master.send(np.zeros((65, 1), np.float32))
    master.send(np.zeros((32, 1), np.float32))
    audio, _ = master.receive(32)
    assert audio.shape == (32, 1)
    with pytest.raises(ValueError, match="frames must be between 1 and 64, got 65"):
        master.receive(65)


def test_time_out_and_closed_ends(port):
    opened = []
    thread = threading.Thread(
        target=lambda: opened.append(
            jack.NetSlave(1, 1, port=port, address=HOME, latency=2, lookahead=2, timeout=20)
        )
    )
    thread.start()
    with jack.NetMaster(port=port, address=HOME, blocksize=BLOCK, timeout=20) as master:
        thread.join(20)
        (slave,) = opened
        with slave, pytest.raises(TimeoutError, match="no block within 0"):
            slave.read(timeout=0)
        # Closed above, that was the end of it.
        with pytest.raises(jack.JackError, match="the netjack slave is closed"):
            slave.read(timeout=0)
        assert not slave.active and not slave.connected
    with pytest.raises(jack.JackError, match="the netjack master is closed"):
        master.send()


def test_lost_and_missing_blocks(port):
    opened = []
    thread = threading.Thread(
        target=lambda: opened.append(
            jack.NetSlave(1, 1, port=port, address=HOME, latency=2, lookahead=2, timeout=20)
        )
    )
    thread.start()
    with jack.NetMaster(port=port, address=HOME, blocksize=BLOCK, timeout=20) as master:
        thread.join(20)
        (slave,) = opened
        with slave:
            with contextlib.suppress(TimeoutError):
                slave.read(timeout=0)  # from now on it takes part
            for number in range(100):  # the queue holds 16
                turn(master, np.full((BLOCK, 1), number, np.float32))
            wait_for(lambda: slave.stats["cycles"] >= 98)
            blocks = []
            lost = 0
            while True:
                try:
                    blocks.append(slave.read(timeout=0)[0][0, 0])
                except jack.InputSyncError as error:
                    lost += error.frames
                    assert error.frames % BLOCK == 0
                except TimeoutError:
                    break
            assert blocks[:16] == [blocks[0] + n for n in range(16)]
            stats = slave.stats
            assert stats["lost"] == stats["cycles"] - 16
            with pytest.raises(jack.OutputSyncError) as caught:
                slave.write(np.zeros((BLOCK, 1), np.float32), timeout=1)
            assert caught.value.frames == (stats["cycles"] - 2) * BLOCK
            slave.write(np.zeros((BLOCK, 1), np.float32), timeout=1)


def test_the_other_end_goes(pair):
    master, echo = pair(inputs=1, outputs=1, lookahead=10, reconnect=False)
    until_alive(master, echo)
    master.close()
    echo.join(30)
    assert type(echo.outcome) is jack.LinkLostError
    assert "has ended: the master is gone" in str(echo.outcome)
    with pytest.raises(jack.LinkLostError):
        echo.slave.read(timeout=1)
    assert not echo.slave.active and echo.slave.stats["link_losses"] == 1


def test_a_slave_that_goes(pair):
    master, echo = pair(inputs=1, outputs=1, lookahead=10)
    until_alive(master, echo)
    echo.slave.close()
    echo.join(30)
    assert type(echo.outcome) is jack.JackError and "is closed" in str(echo.outcome)

    def lost():
        try:
            turn(master)
        except jack.LinkLostError as error:
            return "slave is gone" in str(error)

    wait_for(lost, 20)
    assert not master.connected


@pytest.mark.parametrize("make", [jack.NetSlave, jack.NetMaster])
def test_nobody_there(make, port):
    with pytest.raises(TimeoutError, match=f"at {HOME}, UDP port {port}, within 0.1 s"):
        make(port=port, address=HOME, timeout=0.1)


@pytest.mark.parametrize("name", ["NetSlave", "NetMaster"])
def test_interrupt(name, port):
    program = """
        import os, signal, sys, threading
        import jack
        threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
        try:
            getattr(jack, sys.argv[1])(port=int(sys.argv[2]), address="127.0.0.1", timeout=None)
        except KeyboardInterrupt:
            print("interrupted")
    """
    assert children.run(program, name, str(port)).stdout == "interrupted\n"


def test_receive_before_send(pair):
    master, _ = pair(inputs=1, outputs=1)
    with pytest.raises(jack.JackError, match="send a block before receiving one"):
        master.receive()


NET = [jack.NetSlave, jack.NetMaster]


@pytest.mark.parametrize(
    "make, arguments, error, text",
    [
        (jack.NetSlave, {"inputs": 256}, ValueError, "inputs must be between 0 and 255"),
        (jack.NetSlave, {"inputs": "2"}, TypeError, "inputs"),
        (jack.NetSlave, {"inputs": 0, "outputs": 0}, ValueError, "at least one input"),
        (jack.NetSlave, {"latency": 31}, ValueError, "latency must be between 0 and 30"),
        (jack.NetSlave, {"lookahead": 0}, ValueError, "lookahead must be between 1 and"),
        (jack.NetSlave, {"encoder": "mp3"}, ValueError, "'float', 'int', 'celt' or 'opus'"),
        (jack.NetSlave, {"mtu": 10}, ValueError, "mtu must be between 1500 and 9000"),
        (jack.NetSlave, {"name": "x" * 33}, ValueError, "name must have 1 to 32 bytes"),
        (jack.NetSlave, {"name": b"x"}, TypeError, "name must be a str"),
        (jack.NetMaster, {"blocksize": 0}, ValueError, "blocksize must be between 1 and 8192"),
        (jack.NetMaster, {"samplerate": -1}, ValueError, "samplerate must be between 1"),
        *[
            (make, arguments, error, text)
            for make in NET
            for arguments, error, text in [
                ({"port": 0}, ValueError, "port must be between 1 and 65535, got 0"),
                ({"address": "localhost"}, ValueError, "four numbers with dots.*'localhost'"),
                ({"address": "1.2.3.400"}, ValueError, "four numbers with dots"),
                ({"address": "1.2.3.4.5"}, ValueError, "four numbers with dots"),
                ({"timeout": -1}, ValueError, "timeout must be None or a number of seconds"),
                ({"nope": 1}, TypeError, "nope"),
            ]
        ],
    ],
)
def test_bad_arguments(make, arguments, error, text):
    with pytest.raises(error, match=text):
        make(**arguments)


def test_bad_blocks(pair):
    master, _ = pair(inputs=2, outputs=2, midi_inputs=1, midi_outputs=1)
    good = np.zeros((BLOCK, 2), np.float32)
    for audio, midi, error, text in [
        (np.zeros((BLOCK, 2)), None, TypeError, "must hold float32 samples"),
        (good[:, :1], None, ValueError, r"shape \(frames, 2\), got \(64, 1\)"),
        (good[:10], None, ValueError, "audio must have 64 frames, got 10"),
        ("x", None, TypeError, "audio must be a float32 array"),
        (good, 3, TypeError, "midi must be a sequence"),
        (good, [[], []], ValueError, "each of 1 ports, got 2 lists"),
        (good, [[b"x"]], TypeError, r"must be a tuple \(offset, bytes\)"),
        (good, [[(64, b"x")]], ValueError, "offset must be between 0 and 63, got 64"),
        (good, [[(5, b"x"), (4, b"x")]], ValueError, "offset must be between 5 and 63"),
        (good, [[(0, b"12345")]], ValueError, "MIDI events of 1 to 4 bytes, got 5"),
        (good, [[(0, b"")]], ValueError, "MIDI events of 1 to 4 bytes, got 0"),
        (good, [[(0, b"x")] * 19], ValueError, "carries 18 MIDI events"),
    ]:
        with pytest.raises(error, match=text):
            master.send(audio, midi)
    assert master.stats["sent"] == 0


def test_closing_from_another_thread(pair):
    """Who reads is told, and nothing hangs."""
    master, echo = pair(inputs=1, outputs=1)
    wait_for(lambda: echo.slave)
    closers = [threading.Thread(target=echo.slave.close) for _ in range(3)]
    for closer in closers:
        closer.start()
    for closer in closers:
        closer.join(30)
        assert not closer.is_alive()
    echo.join(30)
    assert type(echo.outcome) is jack.JackError


def test_many_times(port):
    """No thread and no descriptor is left of a slave and a master."""
    files = None
    for number in range(6):
        made = []
        thread = threading.Thread(
            target=lambda: made.append(
                jack.NetSlave(1, 1, port=port, address=HOME, latency=1, timeout=20)
            )
        )
        thread.start()
        with jack.NetMaster(port=port, address=HOME, blocksize=BLOCK, timeout=20):
            thread.join(20)
        if number % 2:
            made[0].close()
        made.clear()
        gc.collect()
        if number == 1:
            files = len(os.listdir("/proc/self/fd")), len(os.listdir("/proc/self/task"))
    wait_for(
        lambda: (len(os.listdir("/proc/self/fd")), len(os.listdir("/proc/self/task"))) <= files
    )


@pytest.mark.filterwarnings("ignore:.* multi-threaded, use of fork:DeprecationWarning")
def test_after_fork(pair):
    master, echo = pair(inputs=1, outputs=1)
    pid = os.fork()
    if pid == 0:
        status = 1
        with contextlib.suppress(BaseException):
            echo.slave.close()
            master.close()
            try:
                master.send()
            except jack.JackError:
                status = 0
        os._exit(status)
    assert os.waitpid(pid, 0)[1] == 0
    until_alive(master, echo)


def test_the_interpreter_ends_with_a_slave(port):
    program = """
        import sys, threading
        import jack
        port = int(sys.argv[1])
        made = []
        thread = threading.Thread(target=lambda: made.append(
            jack.NetSlave(1, 1, port=port, address="127.0.0.1", timeout=20)))
        thread.start()
        master = jack.NetMaster(port=port, address="127.0.0.1", timeout=20)
        thread.join()
        for _ in range(20):
            master.send()
            master.receive()
        print(made[0].connected)
    """
    assert children.run(program, str(port)).stdout == "True\n"


def test_without_numpy(port):
    program = """
        import sys, threading
        sys.modules["numpy"] = None
        import jack
        port = int(sys.argv[1])
        made = []
        thread = threading.Thread(target=lambda: made.append(
            jack.NetSlave(2, 2, port=port, address="127.0.0.1", timeout=20)))
        thread.start()
        with jack.NetMaster(port=port, address="127.0.0.1", blocksize=16, timeout=20) as master:
            thread.join()
            block = memoryview(bytearray(16 * 2 * 4)).cast("f", (16, 2))
            master.send(block)
            audio, midi = master.receive()
            print(type(audio).__name__, audio.shape, audio.format, midi)
        made[0].close()
    """
    assert children.run(program, str(port)).stdout == "memoryview (16, 2) f []\n"


def test_library_not_found(port):
    program = """
        import jack
        for make in jack.NetSlave, jack.NetMaster, jack.NetAdapter:
            try:
                make()
            except jack.LibraryNotFoundError as error:
                print(str(error)[:66])
    """
    environment = {"JACK_NET_LIBRARY": "/nowhere.so"}
    lines = children.run(program, environment=environment).stdout.splitlines()
    assert lines == ["the JACK network library named by JACK_NET_LIBRARY can't be loaded"] * 3


def test_never_opened():
    for cls in jack.NetSlave, jack.NetMaster, jack.NetAdapter:
        raw = cls.__new__(cls)
        with pytest.raises(jack.JackError, match="was never (opened|initialised)"):
            raw.inputs  # noqa: B018
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == set()


def test_netadapter_within_a_block(embedded):
    server = embedded.server
    with jack.Client("watcher", servername=embedded.name) as watcher:

        def ports():
            return len(watcher.get_ports("netadapter"))

        with jack.netadapter(server, input_ports=3, output_ports=1):
            assert server.internals["netadapter"] and ports() == 4
            with pytest.raises(jack.JackError, match="is loaded already"):
                with jack.netadapter(server):
                    pass
            assert ports() == 4
        assert not server.internals["netadapter"] and ports() == 0


def test_netmanager_within_a_block(embedded, port):
    """A slave in this process has its client as long as it is there."""
    server = embedded.server
    with pytest.raises(TypeError, match="has these parameters: multicast_ip"):
        with jack.netmanager(server, nope=1):
            pass
    with pytest.raises(ZeroDivisionError), jack.netmanager(server, udp_net_port=port):
        server.unload_internal("netmanager")  # by hand
        raise ZeroDivisionError
    with (
        jack.Client("watcher", servername=embedded.name) as watcher,
        jack.netmanager(server, udp_net_port=port),
    ):
        assert server.internals["netmanager"]
        with jack.NetSlave(1, 1, port=port, address=HOME, latency=2, timeout=20) as slave:
            wait_for(lambda: len(watcher.get_ports(":(to|from)_slave_1$")) == 2, 20)
            audio, _ = slave.read(timeout=20)
            assert audio.shape == (watcher.blocksize, 1)
        wait_for(lambda: watcher.get_ports(":(to|from)_slave_1$") == [], 20)
    assert not server.internals["netmanager"]
