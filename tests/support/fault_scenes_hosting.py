"""Scenes of fault_scenes.py with a server of their own, of which a process runs one.

They are called where none runs, with the path of a file that they may write.
"""

import contextlib
import os
import time

import jack
from support import servers
from support.fault_scenes import DEADLINE, end_by


@contextlib.contextmanager
def hosted(**options):
    server = jack.Server(servers.private_name(), samplerate=48000, blocksize=64, **options)
    try:
        start(server)
        yield server
    finally:
        end_by(server.close)


def start(server):
    """One whose start was broken off is stopped as soon as it has come up: then there is room."""
    deadline = time.monotonic() + DEADLINE
    while True:
        try:
            return server.start()
        except jack.JackError as error:
            if "another JACK server" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def hosted_life(path):
    with hosted() as server:
        assert server.running and repr(server)
        server.internals, server.slaves, server.parameters
        with jack.Client("scene", servername=server.name) as c:
            c.activate()
    with contextlib.suppress(jack.JackError):
        server.stop()


def hosted_switching(path):
    with hosted() as server:
        server.switch_master("dummy", blocksize=128, capture=1)
        server.switch_master("dummy", samplerate=44100)
        server.switch_master(driver="dummy")
        server.switch_master("dummy")
        with contextlib.suppress(TypeError, ValueError):
            server.switch_master("dummy", nothing=1)
        with contextlib.suppress(TypeError, ValueError):
            server.switch_master("dummy", capture=-1)


def hosted_internals(path):
    with hosted() as server:
        server.load_internal("profiler"), server.internals
        server.unload_internal("profiler")
        server.load_internal("netmanager", udp_net_port=19123)
        server.unload_internal("netmanager")
        for refused in (server.unload_internal, server.load_internal):
            with contextlib.suppress(jack.JackError, ValueError):
                refused("none such")


def hosted_session(path):
    with open(path, "w") as file:
        file.write("load profiler profiler\ncon system:capture_1 system:playback_1\n")
    with hosted() as server, contextlib.suppress(jack.JackError):
        server.load_session_file(path)


def hosted_stopped(path):
    """All that is asked and set while it is stopped."""
    server = jack.Server(blocksize=128, capture=3)
    server.configure(samplerate=44100, realtime=False, name="scene", port_max=256)
    server.configure(blocksize=256), server.configure(temporary=False), server.configure()
    server.reset("capture", "port_max"), server.reset()
    server.add_slave("loopback"), server.slaves, server.remove_slave("loopback")
    for name in ("dummy", "netmanager"):
        server.parameters_of(name)
    for call in (
        lambda: server.configure(nothing=1),
        lambda: server.configure(blocksize=0),
        lambda: server.reset("nothing"),
        lambda: server.parameters_of("nothing"),
        lambda: server.add_slave("nothing"),
        lambda: server.remove_slave("loopback"),
        lambda: server.load_internal("netmanager", nothing=1),
    ):
        with contextlib.suppress(jack.JackError, ValueError, TypeError):
            call()
    server.close()


def hosted_attached(path):
    """PyJack's client outlives its server, and is attached anew."""
    before = os.environ.get("JACK_DEFAULT_SERVER")
    try:
        for _ in range(2):
            with hosted() as server:
                os.environ["JACK_DEFAULT_SERVER"] = server.name
                jack.attach("scene")
                jack.activate()
        jack.detach()
    finally:
        with contextlib.suppress(jack.JackError):
            jack.detach()
        if before is not None:
            os.environ["JACK_DEFAULT_SERVER"] = before


def hosted_unable(path):
    """A driver that does not start: what was begun is taken back."""
    with contextlib.suppress(jack.JackError), hosted() as server:
        with contextlib.suppress(jack.JackError):
            jack.Server(server.name).start()


SCENES = [hosted_stopped, hosted_life, hosted_switching, hosted_internals, hosted_session]
SCENES += [hosted_attached, hosted_unable]
