"""The JACK Audio Connection Kit for Python.

    import jack

    with jack.Server() as server:
        client = jack.Client("example", servername=server.name)

Everything here comes from the extension module jack._jack; its stub describes it.
"""

from jack._errors import (
    CallbackExit,
    InputSyncError,
    JackError,
    JackErrorCode,
    JackOpenError,
    LibraryNotFoundError,
    NotConnectedError,
    NotSupportedError,
    OutputSyncError,
    UsageError,
)
from jack._jack import (
    CALL_AGAIN,
    METADATA_CONNECTED,
    METADATA_EVENT_TYPES,
    METADATA_HARDWARE,
    METADATA_ICON_LARGE,
    METADATA_ICON_NAME,
    METADATA_ICON_SMALL,
    METADATA_ORDER,
    METADATA_PORT_GROUP,
    METADATA_PRETTY_NAME,
    METADATA_SIGNAL_TYPE,
    NETSTARTING,
    POSITION_AUDIO_VIDEO_RATIO,
    POSITION_BBT,
    POSITION_BBT_FRAME_OFFSET,
    POSITION_TICK_DOUBLE,
    POSITION_TIMECODE,
    POSITION_VIDEO_FRAME_OFFSET,
    PROPERTY_CHANGED,
    PROPERTY_CREATED,
    PROPERTY_DELETED,
    ROLLING,
    STARTING,
    STOP_CALLING,
    STOPPED,
    Buffer,
    Client,
    MidiPort,
    OwnMidiPort,
    OwnPort,
    Port,
    Ports,
    Position,
    RingBuffer,
    Server,
    ServerParameter,
    Status,
    Stream,
    StreamStats,
    TransportState,
    UnknownPort,
    client_name_size,
    client_pid,
    get_all_properties,
    get_properties,
    get_property,
    port_name_size,
    position2dict,
    server_running,
    set_error_function,
    set_info_function,
    version,
    version_string,
)
from jack._version import __version__ as __version__

Error = JackError

__all__ = [
    "CALL_AGAIN",
    "METADATA_CONNECTED",
    "METADATA_EVENT_TYPES",
    "METADATA_HARDWARE",
    "METADATA_ICON_LARGE",
    "METADATA_ICON_NAME",
    "METADATA_ICON_SMALL",
    "METADATA_ORDER",
    "METADATA_PORT_GROUP",
    "METADATA_PRETTY_NAME",
    "METADATA_SIGNAL_TYPE",
    "NETSTARTING",
    "POSITION_AUDIO_VIDEO_RATIO",
    "POSITION_BBT",
    "POSITION_BBT_FRAME_OFFSET",
    "POSITION_TICK_DOUBLE",
    "POSITION_TIMECODE",
    "POSITION_VIDEO_FRAME_OFFSET",
    "PROPERTY_CHANGED",
    "PROPERTY_CREATED",
    "PROPERTY_DELETED",
    "ROLLING",
    "STARTING",
    "STOPPED",
    "STOP_CALLING",
    "Buffer",
    "CallbackExit",
    "InputSyncError",
    "NotConnectedError",
    "OutputSyncError",
    "UsageError",
    "Client",
    "Error",
    "JackError",
    "JackErrorCode",
    "JackOpenError",
    "LibraryNotFoundError",
    "MidiPort",
    "NotSupportedError",
    "OwnMidiPort",
    "OwnPort",
    "Port",
    "Ports",
    "Position",
    "RingBuffer",
    "Server",
    "ServerParameter",
    "Status",
    "Stream",
    "StreamStats",
    "TransportState",
    "UnknownPort",
    "client_name_size",
    "client_pid",
    "get_all_properties",
    "get_properties",
    "get_property",
    "port_name_size",
    "position2dict",
    "server_running",
    "set_error_function",
    "set_info_function",
    "version",
    "version_string",
]

# What programs reach for in JACK-Client's inside.  It needs cffi, so it is loaded when
# it is touched.
_PRIVATE = frozenset(
    {"_AUDIO", "_FAILURE", "_MIDI", "_SUCCESS"}
    | {"_check", "_decode", "_ffi", "_lib", "_uuid_parse"}
)


def __getattr__(name: str) -> object:
    if name in _PRIVATE:
        from jack import _compat

        return getattr(_compat, name)
    raise AttributeError(f"module 'jack' has no attribute {name!r}")
