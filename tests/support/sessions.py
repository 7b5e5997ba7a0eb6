"""Clients that answer to JACK's session manager."""

import ctypes


class Event(ctypes.Structure):
    """jack_session_event_t."""

    _fields_ = [
        ("type", ctypes.c_int),
        ("session_dir", ctypes.c_char_p),
        ("client_uuid", ctypes.c_char_p),
        ("command_line", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("future", ctypes.c_uint32),
    ]


CALLBACK = ctypes.CFUNCTYPE(None, ctypes.POINTER(Event), ctypes.c_void_p)


def answering(client, command, flags=0):
    """Let `client` answer as an old program would: by what is deprecated, so not bound."""
    libjack, libc = ctypes.CDLL("libjack.so.0"), ctypes.CDLL(None)
    libc.strdup.restype = ctypes.c_void_p
    handle = ctypes.c_void_p(client._address)
    events = []

    @CALLBACK
    def session(event, _):
        told = event.contents
        events.append((told.type, told.session_dir.decode(), told.client_uuid.decode()))
        told.command_line = libc.strdup(command.encode()) if command else None
        told.flags = flags
        libjack.jack_session_reply(handle, event)
        libjack.jack_session_event_free(event)

    assert libjack.jack_set_session_callback(handle, session, None) == 0
    return events, session
