"""Netjack: a server with netmanager on one host, a slave in Python on another."""

import contextlib
import json
import subprocess

import numpy as np
import pytest

import jack
from support import children, servers
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
            np.save(tape, np.concatenate(heard))
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
        self.tape = folder / "heard.npy"
        words = children.command(SLAVE, str(LATENCY), str(LOOKAHEAD), str(self.tape))
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
def master(hosts, tmp_path):
    """A server with netmanager on host a."""
    server = Jackd(hosts.a, tmp_path)
    loaded = subprocess.run(
        ["jack_load", "-s", server.name, "netmanager"],
        capture_output=True, text=True, timeout=20,
    )
    assert loaded.returncode == 0, loaded
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


def audio_port(client, part):
    """The name of netmanager's audio port that ends in `part`."""
    (name,) = port_names(client, f":{part}$")
    return name


class Loop:
    """A client that plays to the slave, and one that records what comes back."""

    def __init__(self, server):
        self.player = jack.Client("player", servername=server.name)
        self.recorder = jack.Client("recorder", servername=server.name)

    def __enter__(self):
        for channel in (1, 2):
            self.player.outports.register(f"o{channel}")
            self.recorder.inports.register(f"i{channel}")
        self.player.activate()
        self.recorder.activate()
        wait_for(lambda: len(port_names(self.player, "to_slave|from_slave")) == 4, 60)
        wait_for(self._connected, 30)
        return self

    def __exit__(self, *args):
        self.player.close()
        self.recorder.close()

    def _connected(self):
        for channel, (out, into) in enumerate(
            zip(self.player.outports, self.recorder.inports), start=1
        ):
            for port, name in (out, f"to_slave_{channel}"), (into, f"from_slave_{channel}"):
                pair = port, audio_port(self.player, name)
                if not port.connections:
                    # Refused until netmanager's client is active.
                    with contextlib.suppress(jack.JackErrorCode):
                        self.player.connect(*(pair if port is out else reversed(pair)))
                    return False
        return True

    def once(self, seed):
        """What was played, and what came back from the same frame on."""
        data = np.random.default_rng(seed).uniform(-1, 1, (30 * PERIOD, 2))
        data = data.astype(np.float32)
        at = self.player.frame_time + 8 * PERIOD
        frames = len(data) + (LATENCY + LOOKAHEAD + 30) * PERIOD
        back = self.recorder.rec(frames, at=at)
        self.player.play(data, at=at).wait(60)
        back.wait(60)
        return data, back.result

    def check(self, latency, seed):
        """Noise comes back whole, after the latency; a run with an xrun does not count."""
        for attempt in range(20):
            before = self.player.stats.xruns
            data, back = self.once(100 * seed + attempt)
            if self.player.stats.xruns == before:
                break
        assert np.array_equal(back[latency : latency + len(data)], data)
        assert not back[:latency].any() and not back[latency + len(data) :].any()
        return data


def test_both_ways_and_again_after_a_cut(hosts, master, slave):
    facts = slave.says("latency")
    assert facts["latency"] == (LATENCY + LOOKAHEAD) * PERIOD
    assert (facts["blocksize"], facts["samplerate"]) == (PERIOD, 48000)
    assert "listening on UDP port 19000, group 225.3.19.154" in facts["repr"]
    with Loop(master) as loop:
        data = loop.check(facts["latency"], 1)
        slave.says("saved")
        heard = np.load(slave.tape)
        wanted = data[0, 0]
        first = np.flatnonzero(heard[:, 0] == wanted)[0]
        assert np.array_equal(heard[first : first + len(data)], data)
        hosts.b.cut()
        lost = slave.says("lost")
        assert lost["losses"] == 1 and not lost["connected"]
        assert "was lost; it is looked for" in lost["lost"]
        wait_for(lambda: port_names(loop.player, "to_slave") == [], 60, "netmanager notices")
        hosts.b.connect()
    with Loop(master) as loop:
        loop.check(facts["latency"], 2)
