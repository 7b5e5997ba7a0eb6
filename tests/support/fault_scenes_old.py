"""Scenes of fault_scenes.py in the words of PyJack and JACK-Client."""

import contextlib
import os
import threading
import time

import jack
from support.fault_scenes import DEADLINE, attached, client
from support.sessions import answering
from support.waiting import wait_for


def pyjack_questions(server):
    with attached():
        jack.register_port("out", jack.IsOutput), jack.register_port("gone", jack.IsInput)
        jack.activate()
        jack.unregister_port("gone")
        own = jack.get_client_name() + ":out"
        jack.get_port_type(own), jack.get_port_type_id(own), jack.port_is_mine(own)
        jack.get_sample_rate(), jack.get_frame_time(), jack.get_current_transport_frame()
        jack.is_realtime(), jack.get_transport_state(), jack.get_cpu_load()
        jack.set_buffer_size(jack.get_buffer_size())
        jack.get_version(), jack.get_version_string()
        jack.transport_start(), jack.transport_locate(64), jack.transport_stop()
        jack.set_sync_timeout(2_000_000), jack.get_connections(own)


def pyjack_methods(server):
    """The same, as methods."""
    with client(server) as c:
        c.register_port("out", jack.IsOutput), c.register_port("gone", jack.IsInput)
        c.set_buffer_size_callback(callback=lambda size: None)
        c.activate()
        c.unregister_port("gone")
        own = c.get_client_name() + ":out"
        c.get_port_type(own), c.get_port_type_id(own), c.port_is_mine(own)
        c.get_version(), c.get_version_string(), c.get_buffer_size(), c.get_cpu_load()
        c.check_events()
        c.detach()


def pyjack_refused(server):
    """Without a server, and with a connection that is there already."""
    os.environ["JACK_DEFAULT_SERVER"] = "no server of that name"
    try:
        with contextlib.suppress(jack.NotConnectedError):
            jack.attach("scene")
    finally:
        os.environ["JACK_DEFAULT_SERVER"] = server
    for call in (
        lambda: jack.get_ports(),
        lambda: jack.attach("x" * 2000),
        lambda: jack.transport_start(),
    ):
        with contextlib.suppress(jack.JackError, ValueError):
            call()
    with attached(), contextlib.suppress(jack.JackError):
        jack.attach("scene")


def pyjack_race(server):
    """Two threads attach at once: one is too late."""

    def attach():
        try:
            jack.attach("scene")
        except BaseException as error:
            errors.append(error)

    errors = []
    others = [threading.Thread(target=attach) for _ in range(3)]
    for other in others:
        other.start()
    for other in others:
        other.join(DEADLINE)
    with contextlib.suppress(jack.NotConnectedError):
        jack.detach()
    for error in errors:
        if not isinstance(error, jack.UsageError):
            raise error


def pyjack_callbacks(server):
    """Callbacks that get names, and what is to be connected as soon as it can be."""
    with attached():
        seen = []
        jack.set_port_registration_callback(lambda name, new: seen.append(name))
        jack.set_port_connect_callback(lambda a, b, connected: seen.append(a))
        jack.set_xrun_callback(lambda: None)
        jack.register_port("out", jack.IsOutput), jack.register_port("in", jack.IsInput)
        own_out, own_in = (f"{jack.get_client_name()}:{side}" for side in ("out", "in"))
        with contextlib.suppress(jack.JackError):
            jack.connect(own_out, own_in)  # not active: it is wanted
        jack.activate()
        with client(server, "other") as other:
            other.activate()
            other.inports.register("in")
            with contextlib.suppress(AssertionError):  # a callback without memory ends
                wait_for(lambda: seen, 0.2)
        jack.unregister_port("in")


def pyjack_late(server):
    """process() that comes too late for both directions."""
    with attached():
        jack.register_port("out", jack.IsOutput), jack.register_port("in", jack.IsInput)
        jack.activate()
        frames = jack.get_buffer_size()
        out, into = (memoryview(bytearray(4 * frames)).cast("f", [1, frames]) for _ in "io")
        for pause in (0, 0.1, 0, 0.1, 0, 0, 1, 0, 0):  # the last fills the input's ring
            time.sleep(pause)
            with contextlib.suppress(jack.InputSyncError, jack.OutputSyncError):
                jack.process(out, into)


def private_names(server):
    """What patchbays use of JACK-Client's."""
    with client(server) as c:
        port = c.inports.register("in")
        assert c._wrap_port_ptr(port._ptr) is port
        assert c._get_port_ptr(port) == port._ptr
        c._ptr, port._address

        @c._callback("void(*)(int, void*)", error=None)
        def freewheel(starting, argument):
            pass

        position = jack._ffi.new("jack_position_t *")
        c.transport_reposition_struct(position)
        jack._lib.jack_get_sample_rate(c._ptr)


def sessions(server):
    with client(server) as c, client(server, "player") as player, client(server, "mute") as mute:
        kept = answering(player, "player"), answering(mute, None)
        player.activate(), mute.activate()
        c.session_notify("/tmp/", jack.SESSION_SAVE)
        del kept


SCENES = [pyjack_questions, pyjack_methods, pyjack_refused, pyjack_race, pyjack_callbacks]
SCENES += [pyjack_late, sessions, private_names]
