"""The programs in examples/, as they are."""

import re
import threading
import types
import wave

import numpy as np

import jack
from support import children
from support.examples import FOLDER, finish, run, start
from support.servers import private_name


def test_capture(server, client, tmp_path):
    """What the first physical output port gives."""
    said = run("capture.py", 0.2, "sound.wav", server=server, cwd=tmp_path)
    observer = client("observing")
    rate, size = observer.samplerate, observer.blocksize
    frames = round(0.2 * rate / size) * size
    first = observer.get_ports(is_output=True, is_physical=True)[0].name
    assert f"from {first}" in said
    assert f"{frames} frames, peak" in said
    with wave.open(str(tmp_path / "sound.wav")) as wav:
        assert wav.getnframes() == frames
        assert wav.getframerate() == rate


def test_testtone(server, client, tmp_path):
    """The whole tone arrives where the first physical input is connected to."""
    listener = client("listener")
    port = listener.inports.register("in")
    heard = []
    listener.set_process_callback(lambda frames: heard.append(port.get_array().copy()))

    @listener.set_port_registration_callback(only_available=True)
    def registered(new, register):
        if register and new.name == "testtone:out_1":
            listener.connect(new, port)

    listener.activate()
    said = run("testtone.py", 0.3, 1000, server=server, cwd=tmp_path)
    listener.deactivate()
    frames = int(re.search(r"(\d+) frames played", said)[1])
    assert frames >= 0.29 * listener.samplerate
    sound = np.concatenate(heard)
    assert np.abs(sound).max() <= np.float32(0.25)
    assert np.count_nonzero(sound) > frames // 2  # it may have begun before the connection


def test_watch(server, client, tmp_path):
    other = client("other")
    other.activate()
    stop = threading.Event()

    def rename():
        while not stop.wait(0.01):
            other.outports.register("o").unregister()

    thread = threading.Thread(target=rename)
    thread.start()
    try:
        said = run("watch.py", 0.5, server=server, cwd=tmp_path)
    finally:
        stop.set()
        thread.join()
    assert "jack.PortRegistered(port=jack.Port('other:o'), registered=True)" in said


def test_autoconnect(start_jackd, tmp_path):
    """It is there before the server, and after its crash."""
    name = private_name()
    place = types.SimpleNamespace(name=name)
    daemon = start("autoconnect.py", "peer:.*", server=place, cwd=tmp_path)
    try:
        for _ in range(2):
            server = start_jackd(name=name)
            assert daemon.stdout.readline() == "there is a server\n"
            with jack.Client("peer", servername=name) as peer:
                peer.outports.register("out")
                for number in (1, 2):
                    expected = f"peer:out -> system:playback_{number}\n"
                    assert daemon.stdout.readline() == expected
            server.kill()
            assert daemon.stdout.readline() == "the server is gone\n"
        server = start_jackd(name=name)
        assert daemon.stdout.readline() == "there is a server\n"
        daemon.terminate()
        assert finish(daemon) == "the server is gone\n"
    finally:
        daemon.kill()


# Ended by SIGTERM, and its client closed, before it has asked the server anything.
ENDED_AT_ONCE = """
    import builtins, os, runpy, signal, sys, threading

    def print_and_end(*words, really=print, **options):
        really(*words, **options)
        if words == ("there is a server",):
            os.kill(os.getpid(), signal.SIGTERM)
            for thread in threading.enumerate():
                if thread.name == "jack-supervisor-stop":
                    thread.join()

    builtins.print = print_and_end
    runpy.run_path(sys.argv.pop(1), run_name="__main__")
"""


def test_autoconnect_ended_at_once(start_jackd):
    environment = {"JACK_DEFAULT_SERVER": start_jackd().name}
    ended = children.run(ENDED_AT_ONCE, str(FOLDER / "autoconnect.py"), environment=environment)
    assert ended.stdout == "there is a server\nthe server is gone\n"
