"""pyjack as a program: what all its commands have in common."""

import _thread
import contextlib
import gc
import os
import pty
import re
import shutil
import signal
import subprocess
import sys

import numpy
import pytest

import jack
from jack._cli.app import COMMANDS, program
from support import commands, packages, servers
from support.waiting import wait_for

# Of each command that needs a server, arguments that are right.
RIGHT = {
    "list": [],
    "ports": [],
    "connect": ["a", "b"],
    "disconnect": ["a"],
    "watch": [],
    "graph": [],
    "snapshot": ["match", "a:o", "b:i"],
    "properties": ["list"],
    "latency": [],
    "meter": [],
    "tone": [],
    "play": [__file__],
    "record": ["new.wav"],
    "midi": ["monitor"],
    "transport": ["start"],
    "server": ["show"],
    "net": ["manager"],
    "stats": [],
}
ALONE = {"doctor", "demo", "completion"}


def test_the_list_is_what_the_api_sees(pyjack, studio):
    studio.connect("a:o1", "b:i1")
    report = pyjack("list", "--json").json
    assert report["server"]["samplerate"] == studio.samplerate
    assert report["server"]["blocksize"] == studio.blocksize
    assert report["server"]["realtime"] is studio.realtime
    ports = studio.get_ports()
    assert [port["name"] for port in report["ports"]] == [port.name for port in ports]
    for found, port in zip(report["ports"], ports, strict=True):
        assert found["direction"] == ("input" if port.is_input else "output")
        assert found["type"] == "audio"
        assert ("physical" in found["flags"]) is port.is_physical
        assert ("terminal" in found["flags"]) is port.is_terminal
        assert found["uuid"] == str(int(port.uuid))
        assert found["aliases"] == port.aliases
        others = [other.name for other in studio.get_all_connections(port)]
        assert found["connections"] == others
        assert found["latency"]["playback"] == list(port.latency_range(jack.PLAYBACK_LATENCY))
    # The table says the same, with and without a command.
    about, heading, *lines = pyjack().lines
    assert about.startswith(f"{studio.samplerate} Hz, blocks of {studio.blocksize} frames")
    assert heading.split() == ["port", "type", "flow", "connected"]
    assert [line.split()[0] for line in lines] == [port.name for port in ports]
    assert [line.split() for line in lines if line.startswith(("a:o1", "b:i1"))] == [
        ["a:o1", "audio", "output", "->", "b:i1"],
        ["b:i1", "audio", "input", "<-", "a:o1"],
    ]
    assert [line.split() for line in pyjack("list").lines[2:]] == [line.split() for line in lines]


def test_no_server(tmp_path, monkeypatch):
    """Each command says so in one line."""
    monkeypatch.chdir(tmp_path)
    assert set(RIGHT) | ALONE == set(COMMANDS)
    name = servers.private_name()
    for command, arguments in RIGHT.items():
        done = commands.run(name, command, *arguments)
        assert done.status == 1 and done.out == "", command
        assert done.complaint.startswith(f"pyjack {command}: ")
        assert "no JACK server answers" in done.complaint
    done = commands.run(name)
    assert done.status == 1 and done.complaint.startswith("pyjack: ")
    assert os.listdir() == []


@pytest.mark.parametrize(
    "arguments, complaint",
    [
        (["nonsense"], "pyjack: No such command 'nonsense'. Try: pyjack --help"),
        (["--nonsense"], "pyjack: No such option"),
        (["connect", "a"], "pyjack connect: Missing argument 'DESTINATION'."),
        (["ports", "a("], "pyjack ports: name_pattern is no regular expression"),
        (["watch", "--only", "x"], "pyjack watch: Invalid value for '--only'"),
        (["watch", "--count", "0"], "pyjack watch: Invalid value for '--count'"),
        (["transport", "locate"], "pyjack transport: locate needs WHERE."),
        (["transport", "stop", "5"], "pyjack transport: stop takes no WHERE."),
        (["transport", "locate", "1.5"], "for seconds say 1.5s"),
        (["transport", "locate", "soon"], "'soon' is no place"),
        (["transport", "locate", "5000000000"], "ends at frame 4294967295"),
        (["tone", "--level", "3"], "must be from -200 to 0 dB, got 3"),
        (["tone", "--level", "loud"], "'loud' is no number of decibels"),
        (["tone", "--frequency", "1e9"], "frequency"),
        (["meter", "--interval", "0"], "--interval"),
        (["play", "missing.wav"], "'missing.wav' does not exist"),
        (["play", __file__], "Format not recognised"),
        (["record", __file__], "is there already: add --force"),
        (["record", "x.nonsense"], "nonsense"),
        (["midi", "send", "xx", "--to", "b"], "pyjack midi send: Invalid value"),
        (["midi", "send", "90 45 40"], "pyjack midi send: Missing option '--to'"),
        (["graph", "x.jpeg"], "x.jpeg tells no format"),
        (["graph", "--from", "missing.json"], "missing.json"),
        (["properties", "set", "a", "nonsense", "x"], "'nonsense' is no URI, nor one of"),
        (["server", "parameters", "nonsense"], "driver"),
        (["server", "run", "--set", "x"], "not of the form NAME=VALUE"),
        (["server", "run", "--set", "wait=many"], "'many' is no whole number"),
        (["server", "run", "--set", "nonsense=1"], "nonsense"),
        (["server", "run", "--blocksize", "0"], "blocksize"),
        (["server", "blocksize", "0"], "0 is not in the range"),
        (["completion", "tcsh"], "'tcsh' is not one of"),
    ],
)
def test_wrong_arguments(pyjack, tmp_path, monkeypatch, arguments, complaint):
    monkeypatch.chdir(tmp_path)
    done = pyjack(*arguments)
    assert done.status == 2, done.error
    assert complaint in done.complaint
    assert os.listdir() == []


@pytest.mark.parametrize(
    "arguments, complaint",
    [
        (["connect", "a:o3", "b"], "no port or client 'a:o3'; there is 'a:o2' and 'a:o1'"),
        (["connect", "a", "c"], "there is no port or client 'c'"),
        (["connect", "a:o1", "a:o2"], "'a:o2'"),
        (["connect", "a", "a"], "client 'a' has no input port"),
        (["disconnect", "a", "b"], "'a' is not connected with 'b'"),
        (["disconnect", "c"], "there is no port or client 'c'"),
        (["latency", "c"], "there is no port or client 'c'"),
        (["meter", "c"], "there is no port or client 'c'"),
        (["tone", "a:o1"], "'a:o1' is no audio input"),
        (["tone", "a"], "client 'a' has no input port"),
        (["record", "x.wav", "b"], "client 'b' has no output port"),
        (["midi", "monitor", "a"], "there is no MIDI output of that name"),
        (["midi", "send", "f8", "--to", "b"], "there is no MIDI input of that name"),
        (["properties", "list", "c"], "no port or client 'c', and it is no UUID"),
        (["properties", "get", "a", "order"], "'a' has no property http"),
        (["properties", "remove", "a", "order"], "'a' has no property http"),
    ],
)
def test_what_is_not_there(pyjack, studio, tmp_path, monkeypatch, arguments, complaint):
    monkeypatch.chdir(tmp_path)
    done = pyjack(*arguments)
    assert done.status == 1, done.error
    assert complaint in done.complaint
    assert os.listdir() == []


def test_help_of_everything():
    """Each command has words, and the options that are common are so everywhere."""
    for name in COMMANDS:
        command = program.get_command(None, name)
        assert command.help and command.short_help, name
        done = commands.run("none", name, "--help")
        assert done.status == 0 and f"pyjack {name}" in done.out
        for sub in getattr(command, "commands", {}):
            assert f"pyjack {name} {sub}" in commands.run("none", name, sub, "--help").out
    assert "Exit status: 0 fine" in commands.run("none", "--help").out
    assert commands.run("none", "--version").out == f"rtjack {jack.__version__}\n"


def test_colours_on_a_terminal_only(jackd):
    """The program itself, installed as pyjack, on a terminal and not."""
    script = shutil.which("pyjack", path=os.path.dirname(sys.executable))
    environment = {**os.environ, "JACK_DEFAULT_SERVER": jackd.name, "TERM": "xterm-256color"}
    for name in ("NO_COLOR", "FORCE_COLOR"):
        environment.pop(name, None)

    def on_a_terminal(*arguments, **more):
        main, other = pty.openpty()
        try:
            subprocess.run(
                [script, *arguments], env=environment | more, stdout=other, timeout=30
            )
            return os.read(main, 100_000).decode()
        finally:
            os.close(other)
            os.close(main)

    said = on_a_terminal()
    green = "\x1b[32m"
    assert green in on_a_terminal("doctor")
    assert green not in on_a_terminal("doctor", NO_COLOR="1")
    plain = subprocess.run(
        [script], env=environment, check=True, timeout=30, capture_output=True, text=True
    )
    assert "\x1b[" in said and "\x1b" not in plain.stdout and plain.stderr == ""
    bare = re.sub(r"\x1b\[[0-9;]*m", "", said)
    assert bare.split()[-20:] == plain.stdout.split()[-20:]


def test_the_name_it_was_called_by(tmp_path):
    """Help and messages have it."""
    script = shutil.which("pyjack", path=os.path.dirname(sys.executable))
    (tmp_path / "other").symlink_to(script)
    for words, name in (
        ([tmp_path / "other"], "other"),
        ([sys.executable, "-m", "jack"], commands.CALLED),
    ):
        done = subprocess.run(
            [*words, "connect"], capture_output=True, text=True, timeout=30
        )
        assert done.stderr == (
            f"{name} connect: Missing argument 'SOURCE'. Try: {name} connect --help\n"
        )
    done = subprocess.run([*words, "-h"], capture_output=True, text=True, timeout=30)
    assert done.stdout.startswith(f"Usage: {commands.CALLED} [OPTIONS] [COMMAND]")


@pytest.mark.parametrize(
    "arguments",
    [
        ["watch"],
        ["meter"],
        ["play", "sound.wav", "--loop"],
        ["record", "new.wav"],
        ["midi", "monitor"],
        ["stats", "--seconds", "60"],
        ["snapshot", "restore", "saved.json", "--wait", "60"],
    ],
    ids=" ".join,
)
def test_until_it_is_interrupted(
    pyjack, studio, meanwhile, tmp_path, monkeypatch, arguments
):
    """In this process, which is quick; below as a program."""
    monkeypatch.chdir(tmp_path)
    if arguments[0] in ("play", "record"):
        soundfile = packages.needed("soundfile")
        soundfile.write("sound.wav", numpy.zeros((480, 1), numpy.float32), servers.SAMPLERATE)
    jack.Snapshot([("gone:o", "b:i1")], {}, {}).save("saved.json")

    def there():
        with contextlib.suppress(jack.JackError):
            return studio.get_uuid_for_client_name(name)

    def interrupt():
        wait_for(there, what="it runs")
        _thread.interrupt_main()

    name = f"jack-{'-'.join(arguments[:2]) if arguments[0] == 'midi' else arguments[0]}"
    meanwhile(interrupt)
    done = pyjack(*arguments)
    assert (done.status, done.complaint) == (130, f"pyjack {arguments[0]}: interrupted")
    gc.collect()  # what was interrupted before it had a name
    wait_for(lambda: not there(), what="its client is gone")


def test_interrupted(jackd):
    """Ctrl-C ends a command at once, and its client is gone."""
    started = commands.start(jackd.name, "tone", "--seconds=60")
    try:
        assert started.stdout.readline().startswith("jack-tone:tone: 440 Hz at -20 dB, to ")
        started.send_signal(signal.SIGINT)
        assert started.communicate(timeout=30) == ("", f"{commands.CALLED} tone: interrupted\n")
        assert started.returncode == 130
    finally:
        started.kill()
        started.communicate()
    observer = jack.Client("observer", servername=jackd.name)
    wait_for(lambda: not observer.get_ports("jack-tone"), what="its ports are gone")
    observer.close()


def test_the_server_goes(start_jackd):
    server = start_jackd()
    started = commands.start(server.name, "stats", "--seconds=60")
    observer = jack.Client("observer", servername=server.name)

    def active():  # only then JACK takes a connection
        with contextlib.suppress(jack.JackErrorCode):
            observer.connect("jack-stats:out", "system:playback_1")
            return True

    wait_for(active, what="it runs")
    observer.close()
    server.end()
    assert started.communicate(timeout=30) == ("", f"{commands.CALLED} stats: the server is gone\n")
    assert started.returncode == 1


def test_without_the_libraries(tmp_path):
    """What to install is said, and `import jack` needs none of it."""
    for library in ("click", "rich"):
        folder = tmp_path / library
        folder.mkdir()
        error = f"raise ModuleNotFoundError({library!r}, name={library!r})"
        (folder / f"{library}.py").write_text(error)
        done = subprocess.run(
            commands.command("ports"),
            env={**os.environ, "PYTHONPATH": str(folder)},
            capture_output=True,
            text=True,
            timeout=30,
        )
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == (
            f"{commands.CALLED}: the command line needs click and rich ({library}); "
            "try: pip install 'rtjack[cli]'\n"
        )


def test_a_reader_that_goes(jackd):
    """As in `pyjack ports | head -0`."""
    started = commands.start(jackd.name, "ports")
    started.stdout.close()
    assert started.stderr.read() == ""
    assert started.wait(30) in (0, 1)
    started.stderr.close()
