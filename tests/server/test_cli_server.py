"""pyjack server, net and doctor."""

import _thread
import contextlib
import json
import os
import pathlib
import resource
import signal
import socket

import numpy
import pytest

import jack
from jack._cli import checks, net
from jack._cli.place import Place
from support import commands, servers
from support.waiting import wait_for


def test_the_running_one(pyjack, studio):
    about = pyjack("server", "show", "--json").json
    assert about["samplerate"] == studio.samplerate
    assert about["blocksize"] == studio.blocksize == servers.BLOCKSIZE
    assert about["ports"] == len(studio.get_ports())
    first, second = pyjack("server").lines
    assert first.startswith(f"{servers.SAMPLERATE} Hz, ")
    assert second.startswith(f"{about['ports']} ports, longest delay ")
    try:
        assert pyjack("server", "blocksize", "512").lines == ["blocks of 512 frames"]
        assert studio.blocksize == 512
    finally:
        studio.blocksize = servers.BLOCKSIZE


def test_freewheel(pyjack, studio):
    events = studio.events(jack.Freewheel)
    assert pyjack("server", "freewheel", "--seconds", "0.1").lines == ["freewheeling"]
    assert [events.get(10).starting for _ in range(2)] == [True, False]


def test_what_there_could_be(pyjack):
    server = jack.Server()
    assert pyjack("server", "drivers").lines == server.drivers
    assert pyjack("server", "drivers", "--json").json == server.drivers
    found = pyjack("server", "parameters", "dummy", "--json").json
    expected = list(server.parameters.values())
    assert [entry["name"] for entry in found] == [one.name for one in expected]
    assert [entry["type"] for entry in found] == [one.type.__name__ for one in expected]
    lines = pyjack("server", "parameters").lines
    assert [line.split()[0] for line in lines[1:]] == [one.name for one in expected]


def test_run():
    """Until SIGTERM; others are its clients meanwhile, and nothing of it is left."""
    name = servers.private_name()
    started = commands.start(
        "none", "server", "run", "-s", name, "--samplerate", "44100", "--blocksize", "128",
        "--set", "capture=1", "--set", "monitor=no", "-p", "server_port_max=64",
    )
    try:
        line = started.stdout.readline()
        assert line == f"server {name!r}, driver dummy, 44100 Hz, blocks of 128 frames\n"
        with contextlib.closing(jack.Client("x", servername=name)) as client:
            assert (client.samplerate, client.blocksize) == (44100, 128)
            assert len(client.get_ports(is_physical=True, is_output=True)) == 1
        started.send_signal(signal.SIGTERM)
        out, error = started.communicate(timeout=30)
        assert (started.returncode, out, error) == (143, "", "")
        assert not list(pathlib.Path("/dev/shm").glob(f"jack_{name}_*"))
    finally:
        started.kill()
        started.communicate()
        servers.remove_remains(name)


@pytest.fixture
def port():
    """A UDP port that nobody uses."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("", 0))
        return probe.getsockname()[1]


def test_inside_the_running_server(jackd, studio, capsys):
    """An internal client is there for that time; netmanager, which needs a network, has
    tests of its own."""
    net.inside(Place(jackd.name), "profiler", "-c", 0.05)
    said = capsys.readouterr().out.splitlines()
    assert said == ["profiler is loaded, with -c", "profiler is unloaded"]
    assert studio.get_ports("profiler") == []


def test_what_is_told_to_netjack(pyjack, monkeypatch):
    """The letters are libjackserver's own."""
    told = []
    monkeypatch.setattr(net, "inside", lambda place, *arguments: told.append(arguments))
    assert pyjack("net", "manager", "--port", "5000", "--seconds", "1").lines == []
    assert pyjack("net", "adapter", "--address", "10.0.0.1", "--inputs", "3").lines == []
    wanted = {
        "netmanager": {"multicast_ip": "225.3.19.154", "udp_net_port": "5000"},
        "netadapter": {
            "multicast_ip": "10.0.0.1",
            "udp_net_port": "19000",
            "input_ports": "3",
            "output_ports": "2",
        },
    }
    for (module, options, seconds), name in zip(told, wanted, strict=True):
        known = jack.Server().parameters_of(name)
        words = [f"-{known[key].option} {value}" for key, value in wanted[name].items()]
        assert (module, options) == (name, " ".join(words))
        assert seconds == (1 if name == "netmanager" else None)


def test_net_slave(port, meanwhile):
    """It sends back what the master gives, until Ctrl-C."""
    address = "127.0.0.1"

    def be_master():
        with jack.NetMaster(
            1, 1, blocksize=64, samplerate=48000, address=address, port=port, timeout=20
        ) as master:
            block = numpy.full((64, 1), 0.25, numpy.float32)
            heard = False
            with contextlib.suppress(jack.LinkLostError):  # the slave goes first
                while True:
                    master.send(block)
                    audio, _ = master.receive()
                    if audio[0, 0] == 0.25 and not heard:
                        heard = True
                        _thread.interrupt_main()

    meanwhile(be_master)
    arguments = ("--address", address, "--port", port, "--inputs", "1", "--json",
                 "--lookahead", "64")  # the master is as fast as it can be
    done = commands.run("none", "net", "slave", *arguments, "--seconds", "30")
    assert done.status == 130 and done.complaint == "pyjack net: interrupted"
    assert json.loads(done.out)["link_losses"] == 0


def test_no_master(port):
    arguments = ("--address", "127.0.0.1", "--port", port, "--timeout", "0.2")
    done = commands.run("none", "net", "slave", *arguments)
    assert done.status == 1 and "master" in done.complaint


def test_doctor(pyjack, jackd):
    done = pyjack("doctor", "--json")
    assert done.error == ""
    found = {check["name"]: check for check in json.loads(done.out)}
    assert done.status == any(check["state"] == "bad" for check in found.values())
    assert found["libjack"]["found"].startswith(jack.version_string())
    assert "libjack.so" in found["libjack"]["found"]
    assert f"{jackd.name!r}, {servers.SAMPLERATE} Hz" in found["server"]["found"]
    assert found["server"]["state"] == "warning" and "not realtime" in found["server"]["found"]
    for check in found.values():
        assert check["state"] in ("ok", "warning", "bad") and check["found"]
        assert check["state"] == "ok" or check["advice"]
    words = pyjack("doctor").out
    for check in found.values():
        assert f"{check['name']}: " in words


def test_doctor_without_a_server():
    done = commands.run(servers.private_name(), "doctor", "--json")
    found = {check["name"]: check for check in json.loads(done.out)}
    assert done.status == 1 and found["server"]["state"] == "bad"
    assert "jackd -R" in found["server"]["advice"]


def test_limits_and_advice(monkeypatch, tmp_path):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("USER", "ann")
    none = checks.priority(0)
    assert none.state == "bad" and "usermod -aG audio ann" in none.advice
    assert "@audio - rtprio 95" in none.advice
    assert checks.priority(10).state == "warning" and checks.priority(95).state == "ok"
    assert checks.priority(resource.RLIM_INFINITY).state == "ok"
    small = checks.memlock(8 * 2**20)
    assert (small.state, small.found) == ("warning", "up to 8 MiB")
    assert "@audio - memlock unlimited" in small.advice
    assert checks.memlock(resource.RLIM_INFINITY).state == "ok"
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert checks.priority(0).state == checks.memlock(0).state == "ok"


def test_governors(tmp_path):
    assert checks.governor(tmp_path).state == "ok"
    for number, word in enumerate(["powersave", "powersave", "performance"]):
        folder = tmp_path / f"cpu{number}" / "cpufreq"
        folder.mkdir(parents=True)
        (folder / "scaling_governor").write_text(f"{word}\n")
    mixed = checks.governor(tmp_path)
    assert (mixed.state, mixed.found) == ("warning", "powersave on 2 CPUs, performance on 1 CPUs")
    assert "cpupower frequency-set -g performance" in mixed.advice
    for file in tmp_path.glob("cpu*/cpufreq/scaling_governor"):
        file.write_text("performance\n")
    assert checks.governor(tmp_path).state == "ok"


def test_shared_memory(tmp_path):
    missing = checks.shared(tmp_path / "none")
    assert missing.state == "bad" and "No such file" in missing.found
    assert wait_for(lambda: checks.shared(tmp_path)).found.endswith(f"MiB free in {tmp_path}")


def test_a_rival(tmp_path, monkeypatch):
    assert list(checks.rivals()) == []
    folder = tmp_path / "JACK_Client-0.5.5.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: JACK-Client\nVersion: 0.5.5\n")
    monkeypatch.syspath_prepend(tmp_path)
    [rival] = checks.rivals()
    assert rival.state == "warning" and "0.5.5 is installed too" in rival.found
