"""Netjack: a server with netmanager on one host, a slave in Python on another."""

import contextlib
import json
import signal
import subprocess

import numpy as np
import pytest

import jack
from support import children, commands, servers
from support.hosts import TwoHosts
from support.waiting import wait_for

PERIOD = 1024
LATENCY, LOOKAHEAD = 2, 12

SLAVE = """
    import json, sys
    import numpy as np
    import jack

    latency, lookahead, tape = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    heard, midi = [], []

    def say(**what):
        print(json.dumps(what), flush=True)

    slave = jack.NetSlave(
        2, 2, midi_inputs=1, midi_outputs=1, latency=latency, lookahead=lookahead, timeout=30)
    say(latency=slave.latency, blocksize=slave.blocksize, samplerate=slave.samplerate,
        repr=repr(slave))
    silent = 0
    while True:
        try:
            audio, events = slave.read(timeout=60)
            slave.write(audio, events, timeout=60)
        except jack.LinkLostError as error:
            say(lost=str(error), losses=slave.stats["link_losses"], connected=slave.connected)
            continue
        except (jack.InputSyncError, jack.OutputSyncError) as error:
            say(late=str(error))
            continue
        midi += [(len(heard), offset, data.hex()) for offset, data in events[0]]
        heard.append(audio.copy())
        if audio.any():
            silent = 0
        elif silent == 20:
            np.save(f"{tape}-{len(heard)}.npy", np.concatenate(heard))
            say(saved=len(heard), midi=midi)
            silent += 1
        else:
            silent += 1
"""


class Jackd(servers.Jackd2):
    """On a host."""

    def __init__(self, host, folder):
        self._host = host
        super().__init__(folder, options=("-r",))

    def _after_a_kill(self):
        servers.Jackd2(self._folder, name=self.name).end()

    def _command(self, options):
        words = ["jackd", "-n", self.name, *options, "-d", "dummy", "-p", str(PERIOD)]
        return self._host.command(*words, "-r", "48000")


class Slave:
    """The program above, on a host."""

    def __init__(self, host, folder):
        self.folder = folder
        words = children.command(SLAVE, str(LATENCY), str(LOOKAHEAD), str(folder / "heard"))
        self.errors = (folder / "slave.err").open("w+")
        self.process = subprocess.Popen(
            host.command(*words), stdout=subprocess.PIPE, stderr=self.errors, text=True
        )

    def says(self, key):
        """The next line with that key in it."""
        while True:
            line = self.process.stdout.readline()
            if not line:
                self.errors.seek(0)
                pytest.fail(f"the slave ended: {self.errors.read()}")
            what = json.loads(line)
            if key in what:
                return what

    def end(self):
        self.process.kill()
        self.process.wait(10)
        self.process.stdout.close()
        self.errors.close()


@pytest.fixture
def hosts():
    with TwoHosts() as two:
        yield two


@pytest.fixture
def pyjack():
    """Have `pyjack net` go on for a server until it is interrupted: at last."""
    started = []

    def start(server, *arguments):
        process = commands.start(server.name, "net", *arguments)
        started.append(process)
        assert "is loaded" in process.stdout.readline(), process.stderr.read()
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate(timeout=10)


@pytest.fixture
def master(hosts, tmp_path, pyjack):
    """A server with netmanager on host a."""
    server = Jackd(hosts.a, tmp_path)
    pyjack(server, "manager")
    yield server
    server.kill()  # without the slave, netmanager would keep it for long
    server.end()


@pytest.fixture
def slave(hosts, master, tmp_path):
    started = Slave(hosts.b, tmp_path)
    yield started
    started.end()


def port_names(client, part):
    return [port.name for port in client.get_ports(part, is_audio=True)]


class Loop:
    """A client that plays to the slave, and one that records what comes back."""

    def __init__(self, server):
        self.player = jack.Client("player", servername=server.name)
        self.recorder = jack.Client("recorder", servername=server.name)

    def __enter__(self):
        for channel in (1, 2):
            self.player.outports.register(f"o{channel}")
            self.recorder.inports.register(f"i{channel}")
        self.sent = self.player.midi_outports.register("mo")
        self.back = self.recorder.midi_inports.register("mi")
        self.back.fileno()  # from now on it receives
        self.player.activate()
        self.recorder.activate()
        wait_for(lambda: len(self.player.get_ports("to_slave|from_slave")) == 6, 60)
        wait_for(self._connected, 30)
        return self

    def __exit__(self, *args):
        self.player.close()
        self.recorder.close()

    def _connected(self):
        for number in range(2):
            for kind, outs, ins in (
                ("", self.player.outports, self.recorder.inports),
                ("midi_", self.player.midi_outports, self.recorder.midi_inports),
            ):
                for ports, way in (outs, "to"), (ins, "from"):
                    port = ports[number] if number < len(ports) else None
                    if port is not None and not port.connections:
                        self._connect(port, f":{kind}{way}_slave_{number + 1}$", port.is_output)
                        return False
        return True

    def _connect(self, port, name, is_output):
        (other,) = self.player.get_ports(name)
        # Refused until netmanager's client is active.
        with contextlib.suppress(jack.JackErrorCode):
            self.player.connect(*((port, other) if is_output else (other, port)))

    def once(self, seed):
        """What was played, and what came back from the same frame on: audio, and MIDI of one
        to three bytes with the frames."""
        data = np.random.default_rng(seed).uniform(-1, 1, (30 * PERIOD, 2))
        data = data.astype(np.float32)
        kinds = b"\xf8", b"\xc5%c", b"\x95%c\x40"
        notes = [(701 * n, kinds[n % 3].replace(b"%c", bytes([n]))) for n in range(40)]
        at = self.player.frame_time + 8 * PERIOD
        frames = len(data) + (LATENCY + LOOKAHEAD + 30) * PERIOD
        back = self.recorder.rec(frames, at=at)
        for frame, event in notes:
            self.sent.send(event, time=at + frame)
        self.player.play(data, at=at).wait(60)
        back.wait(60)
        came = [(time - at, bytes(event)) for time, event in self.back.iter_pending()]
        return data, back.result, notes, came

    def check(self, latency, seed):
        """Noise and notes come back whole, after the latency; a run with an xrun does not
        count."""
        for attempt in range(20):
            before = self.player.stats.xruns
            data, back, notes, came = self.once(100 * seed + attempt)
            if self.player.stats.xruns == before:
                break
        assert np.array_equal(back[latency : latency + len(data)], data)
        assert not back[:latency].any() and not back[latency + len(data) :].any()
        assert came == [(frame + latency, event) for frame, event in notes]
        return data, notes


def heard_by(slave, data):
    """The frame at which the slave heard it begin, its tape, and its MIDI."""
    while True:
        said = slave.says("saved")
        tape = np.load(slave.folder / f"heard-{said['saved']}.npy")
        (places,) = np.nonzero(tape[:, 0] == data[0, 0])
        if len(places):
            return int(places[0]), tape, said["midi"]


def test_both_ways_and_again_after_a_cut(hosts, master, slave):
    facts = slave.says("latency")
    assert facts["latency"] == (LATENCY + LOOKAHEAD) * PERIOD
    assert (facts["blocksize"], facts["samplerate"]) == (PERIOD, 48000)
    assert "listening on UDP port 19000, group 225.3.19.154" in facts["repr"]
    with Loop(master) as loop:
        data, notes = loop.check(facts["latency"], 1)
        first, tape, midi = heard_by(slave, data)
        assert np.array_equal(tape[first : first + len(data)], data)
        midi = [(n * PERIOD + offset - first, bytes.fromhex(event)) for n, offset, event in midi]
        assert [(frame, event) for frame, event in midi if frame >= 0] == notes
        hosts.b.cut()
        lost = slave.says("lost")
        assert lost["losses"] == 1 and not lost["connected"]
        assert "was lost; it is looked for" in lost["lost"]
        wait_for(lambda: port_names(loop.player, "to_slave") == [], 60, "netmanager notices")
        hosts.b.connect()
    with Loop(master) as loop:
        loop.check(facts["latency"], 2)


def connected(client, out, ear, peer):
    """Both ports of the client's with the peer's; as often as it takes, see Loop."""
    for port in client.get_ports(peer):
        own = out if port.is_input else ear
        if not own.connections:
            with contextlib.suppress(jack.JackErrorCode):
                client.connect(*((own, port) if port.is_input else (port, own)))
            return False
    return True


def is_heard(client, frequency):
    """A sine of amplitude 0.5 and nothing else, for a quarter of a second."""
    recording = client.rec(12000)
    recording.wait(30)
    sound = recording.result[:, 0]
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    amplitude = np.sqrt(2 * np.mean(sound**2))
    return abs(4 * np.argmax(spectrum) - frequency) <= 4 and abs(amplitude - 0.5) < 0.005


def test_a_server_with_its_own_clock(hosts, master, tmp_path, pyjack):
    """A tone each way through netadapter, which resamples."""
    server = Jackd(hosts.b, tmp_path)
    try:
        adapter = pyjack(server, "adapter", "--inputs", "1", "--outputs", "1")
        with (
            jack.Client("tested", servername=master.name) as here,
            jack.Client("tested", servername=server.name) as there,
        ):
            for client, peer, frequency in (here, "_slave_1", 440), (there, "netadapter", 1000):
                out, ear = client.outports.register("out"), client.inports.register("in")
                client.tone(out, frequency, 0.5)
                wait_for(lambda: len(client.get_ports(peer)) == 2, 30)
                wait_for(lambda: connected(client, out, ear, peer), 30)
            for client, frequency in (here, 1000), (there, 440):
                wait_for(lambda: is_heard(client, frequency), 30)
        adapter.send_signal(signal.SIGINT)
        assert adapter.wait(30) == 130
    finally:
        server.end()
