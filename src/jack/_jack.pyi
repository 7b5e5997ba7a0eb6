"""The JACK Audio Connection Kit, in C.

Unless a description says otherwise, everything here may be called from any thread, and
from any callback.  What asks the server (opening, connecting, registering, listing)
waits for its answer and has no place in a process, timebase or sync callback.
"""

# This file is the one source of signatures and descriptions: tools/docstrings.py makes
# the C docstrings from it.  An overloaded function's text signature is the one given in
# a comment "text-signature" above its first overload.

import os
from collections.abc import (
    AsyncIterator,
    Callable,
    Coroutine,
    Generator,
    Iterable,
    Iterator,
    Sequence,
)
from types import GenericAlias
from typing import Any, ClassVar, Final, Generic, SupportsIndex, TypeAlias, final, overload

import numpy as np
from _typeshed import structseq
from numpy.typing import NDArray
from typing_extensions import Buffer as _Buffer
from typing_extensions import Self, TypeVar, disjoint_base

from jack._errors import CallbackExit as CallbackExit
from jack._errors import InputSyncError as InputSyncError
from jack._errors import LinkLostError as LinkLostError
from jack._errors import IsolatedError as IsolatedError
from jack._errors import NotConnectedError as NotConnectedError
from jack._errors import OutputSyncError as OutputSyncError
from jack._errors import UsageError as UsageError
from jack._errors import JackError as JackError
from jack._errors import JackErrorCode as JackErrorCode
from jack._errors import JackOpenError as JackOpenError
from jack._errors import LibraryNotFoundError as LibraryNotFoundError
from jack._errors import NotSupportedError as NotSupportedError
from jack._files import FileTransfer
from jack._metadata import Metadata
from jack._snapshot import Snapshot

_Crossing: TypeAlias = bool | int | float | str | bytes | tuple[object, ...] | None
_Event: TypeAlias = tuple[int, bytes]
_FilePath: TypeAlias = str | os.PathLike[str]
# NumPy says that its arrays are buffers only to those who have Python 3.12.
_Readable: TypeAlias = _Buffer | NDArray[Any]
_NodePorts: TypeAlias = str | OwnPort | Sequence[str | OwnPort] | Ports[OwnPort]
_ParameterType: TypeAlias = type[int] | type[str] | type[bool]

_Blocksize = TypeVar("_Blocksize", bound=Callable[[int], object])
_ClientRegistration = TypeVar(
    "_ClientRegistration", bound=Callable[[str, bool], object]
)
_Freewheel = TypeVar("_Freewheel", bound=Callable[[bool], object])
_GraphOrder = TypeVar("_GraphOrder", bound=Callable[[], object])
_Kind = TypeVar("_Kind", bound=Event, default=Event)
_Latency = TypeVar("_Latency", bound=Callable[[int], object])
_Message = TypeVar("_Message", bound=Callable[[str], object])
_Out = TypeVar("_Out")
_OwnPort = TypeVar("_OwnPort", bound=OwnPort, default=OwnPort)
_PortConnect = TypeVar("_PortConnect", bound=Callable[[Any, Any, bool], object])
_PortRegistration = TypeVar("_PortRegistration", bound=Callable[[Any, bool], object])
_PortRename = TypeVar("_PortRename", bound=Callable[[Any, str, str], object])
_Process = TypeVar("_Process", bound=Callable[[int], object])
_PropertyChange = TypeVar("_PropertyChange", bound=Callable[[int, str, int], object])
_Samplerate = TypeVar("_Samplerate", bound=Callable[[int], object])
_Shutdown = TypeVar("_Shutdown", bound=Callable[[Status, str], object])
_Sync = TypeVar("_Sync", bound=Callable[[int, Position], object] | None)
_ThreadFunction = TypeVar("_ThreadFunction", bound=Callable[[], object] | None)
_ThreadInit = TypeVar("_ThreadInit", bound=Callable[[], object])
_Xrun = TypeVar("_Xrun", bound=Callable[[float], object])

STOPPED: Final = 0
ROLLING: Final = 1
STARTING: Final = 3
NETSTARTING: Final = 4

CAPTURE_LATENCY: Final = 0
PLAYBACK_LATENCY: Final = 1

SESSION_SAVE: Final = 1
SESSION_SAVE_AND_QUIT: Final = 2
SESSION_SAVE_TEMPLATE: Final = 3
SESSION_SAVE_ERROR: Final = 1
SESSION_NEED_TERMINAL: Final = 2

PROPERTY_CREATED: Final = 0
PROPERTY_CHANGED: Final = 1
PROPERTY_DELETED: Final = 2

POSITION_BBT: Final = 16
POSITION_TIMECODE: Final = 32
POSITION_BBT_FRAME_OFFSET: Final = 64
POSITION_AUDIO_VIDEO_RATIO: Final = 128
POSITION_VIDEO_FRAME_OFFSET: Final = 256
POSITION_TICK_DOUBLE: Final = 512

CALL_AGAIN: Final = 0
STOP_CALLING: Final = 1

# PyJack's names.
IsInput: Final = 1
IsOutput: Final = 2
IsPhysical: Final = 4
CanMonitor: Final = 8
IsTerminal: Final = 16

TransportStopped: Final = 0
TransportRolling: Final = 1
TransportStarting: Final = 3

Failure: Final = 0x01
InvalidOption: Final = 0x02
NameNotUnique: Final = 0x04
ServerStarted: Final = 0x08
ServerFailed: Final = 0x10
ServerError: Final = 0x20
NoSuchClient: Final = 0x40
LoadFailure: Final = 0x80
InitFailure: Final = 0x100
ShmFailure: Final = 0x200
VersionError: Final = 0x400
BackendError: Final = 0x800
ClientZombie: Final = 0x1000

METADATA_CONNECTED: Final = "http://jackaudio.org/metadata/connected"
METADATA_EVENT_TYPES: Final = "http://jackaudio.org/metadata/event-types"
METADATA_HARDWARE: Final = "http://jackaudio.org/metadata/hardware"
METADATA_ICON_LARGE: Final = "http://jackaudio.org/metadata/icon-large"
METADATA_ICON_NAME: Final = "http://jackaudio.org/metadata/icon-name"
METADATA_ICON_SMALL: Final = "http://jackaudio.org/metadata/icon-small"
METADATA_ORDER: Final = "http://jackaudio.org/metadata/order"
METADATA_PORT_GROUP: Final = "http://jackaudio.org/metadata/port-group"
METADATA_PRETTY_NAME: Final = "http://jackaudio.org/metadata/pretty-name"
METADATA_SIGNAL_TYPE: Final = "http://jackaudio.org/metadata/signal-type"

def _library_name() -> str: ...
def version() -> tuple[int, int, int, int]:
    """The loaded JACK library's version: (major, minor, micro, protocol).

    JACK2 leaves all four at 0; see version_string().
    Raises NotSupportedError with JACK1.  libjack: jack_get_version.
    """

def version_string() -> str:
    """The loaded JACK library's version in words, for example '1.9.21'.

    Raises NotSupportedError with JACK1.  libjack: jack_get_version_string.
    """

def client_name_size() -> int:
    """The longest client name that JACK takes, in bytes, with its final NUL.

    libjack: jack_client_name_size.
    """

def port_name_size() -> int:
    """The longest full port name ("client:port"), in bytes, with its final NUL.

    libjack: jack_port_name_size.
    """

def port_type_size() -> int:
    """The longest name of a port type, in bytes, with its final NUL.

    libjack: jack_port_type_size.
    """

def get_time() -> int:
    """JACK's clock now, in µs; the one that Client.cycle_times() and `usecs` go by.

    Raises JackError when this process has no open client.  libjack: jack_get_time.
    """

def acquire_real_time_scheduling(priority: int) -> None:
    """Give the calling thread realtime scheduling at `priority`, from 1 to 99.

    Threads that work for the audio thread go by Client.realtime_priority and below.  A
    thread can ask for itself only.  Raises JackErrorCode when the system refuses, which it
    does without the privilege, JackError when this process has no open client.  On
    PipeWire the system is asked without its libjack, which may crash, and without RTKit.
    libjack: jack_acquire_real_time_scheduling.
    """

def drop_real_time_scheduling() -> None:
    """Take realtime scheduling from the calling thread: the opposite of the above.

    Raises JackErrorCode when the system refuses.  On PipeWire without its libjack.
    libjack: jack_drop_real_time_scheduling.
    """

def client_pid(name: str) -> int:
    """The process id of the client called `name`, 0 when JACK does not know it.

    JACK2's client library never does, and says so in its error messages.
    libjack: jack_get_client_pid.
    """

def server_running(name: str | None = None, timeout: float = 1.0) -> bool:
    """Whether the JACK server called `name` answers; starts none, and prints nothing.

    Without a name it is libjack's default server that is asked.  A server that is stopped
    or stuck gets `timeout` seconds to answer, then it counts as not running.  From any
    thread, but not from a callback that JACK waits for.

    JACK2 is asked without its clients noticing.  With JACK1 and PipeWire a client is
    opened and closed again.  Raises LibraryNotFoundError, and ValueError for a time that
    is negative or infinite.
    """

# text-signature: ($module, callback=None)
@overload
def set_error_function(callback: _Message) -> _Message:
    """Have `callback(message)` called with each of JACK's error messages.

    The message is a str without a final newline.  The callback runs on a thread of this
    module's own, never on JACK's.  With None, the default, messages go to
    logging.getLogger("jack") as errors; that logger prints nothing unless the program
    gives it or the root logger a handler.  When `callback` raises, sys.unraisablehook
    gets the exception; after CallbackExit messages go to logging again.  Returns
    `callback`, so that it serves as decorator.

    JACK's messages belong to the process: of several interpreters the first to use JACK
    gets them, or the last that set a function.  Raises TypeError when `callback` can't
    be called.  libjack: jack_set_error_function.
    """

@overload
def set_error_function(callback: None = None) -> None: ...

# text-signature: ($module, callback=None)
@overload
def set_info_function(callback: _Message) -> _Message:
    """Have `callback(message)` called with each of JACK's informational messages.

    As set_error_function(); with None they go to logging.getLogger("jack") as infos.
    libjack: jack_set_info_function.
    """

@overload
def set_info_function(callback: None = None) -> None: ...

def position2dict(pos: Position) -> dict[str, Any]:
    """What `pos` says, as a dict that has only the fields marked valid.

    Always there: 'usecs' (µs), 'frame_rate' (Hz), 'frame' (frames).  The others come in
    groups, according to the POSITION_* bits in `pos.valid`.  Raises TypeError when `pos`
    is no Position, ValueError when it is inconsistent (unique_1 != unique_2).
    """

def get_property(
    subject: int | str | Client | Port, key: str
) -> tuple[bytes, str] | None:
    """One property of `subject`: (value, type), or None when it has no such property.

    `subject` is a UUID as int or as str, or a Client or Port, whose UUID is taken then.
    `key` is a URI, such as METADATA_PRETTY_NAME.  `type` is a MIME type or URI, '' when
    none was given.  JACK2 shows metadata only while this process has an open client;
    without one the answer is None.

    Raises TypeError or ValueError when `subject` is no UUID.  libjack:
    jack_get_property.
    """

def get_properties(subject: int | str | Client | Port) -> dict[str, tuple[bytes, str]]:
    """All properties of `subject`: {key: (value, type)}; empty when there are none.

    `subject` as in get_property().  Raises TypeError or ValueError when it is no UUID,
    RuntimeError when JACK can't read its metadata (JACK2: without an open client in this
    process; PipeWire: also for a subject without properties).
    libjack: jack_get_properties.
    """

def get_all_properties() -> dict[UUID, dict[str, tuple[bytes, str]]]:
    """All properties of all subjects: {uuid: {key: (value, type)}}, by jack.UUID.

    Raises RuntimeError when JACK can't read its metadata (JACK2: without an open client
    in this process).  libjack: jack_get_all_properties.
    """

def attach(name: str) -> None:
    """Connect to the JACK server, as a client of this name.

    The functions of PyJack (process(), register_port(), get_ports(), ...) work on this
    one client; there may be any number of jack.Client beside it.  The server is the
    default one, or that of the environment variable JACK_DEFAULT_SERVER.

    Raises UsageError when the program is attached already, NotConnectedError when there
    is no server, or when it refuses.  libjack: jack_client_open.
    """

def detach() -> None:
    """Disconnect from the JACK server; the ports and their connections go.

    libjack: jack_client_close.
    """

def activate() -> None:
    """Begin to take part in the server's cycles, and to keep blocks for process().

    Connections of this client's ports that were asked for before are made now.

    Raises UsageError when the client is active already.  libjack: jack_activate.
    """

def deactivate() -> None:
    """The opposite of activate(): process() can't be used until that is called again.

    Raises UsageError when the client is not active.  libjack: jack_deactivate.
    """

def connect(source: str | Port, destination: str | Port) -> None:
    """Connect an output port to an input port, of any clients.

    What is connected already stays so.  Before activate(), connections of this client's
    ports are only remembered, since JACK knows none of inactive clients; activate() makes
    them.

    Raises UsageError when there is no such port, JackError when they can't be connected.
    libjack: jack_connect.
    """

def disconnect(source: str | Port, destination: str | Port) -> None:
    """Disconnect two ports.  When they are not connected, nothing happens.

    Raises UsageError when there is no such port.  libjack: jack_disconnect.
    """

def process(output: _Readable, input: _Readable) -> None:
    """Give a block to the output ports, and get one from the input ports.

    `output` and `input` are float32 arrays, or other buffers, of the shape (ports,
    get_buffer_size()): a row for each port of register_port(), in the order of their
    registration.  Any strides will do, as in ``capture[:, i:i + n]``.  For a direction
    without ports the argument is not looked at.

    Waits for the next block of input when none is there; without input ports, until the
    output has room.  Ctrl-C ends the wait.  From activate() on, the blocks that come in
    are kept for half a second or a little more.  Output is played 1/20 second (at least
    2 blocks) after the input that comes from the same call.

    Raises InputSyncError when blocks were lost because the last call is too long ago:
    `input` holds the oldest block then, and what is kept behind it is dropped, so that
    the next call has a new block.  Raises OutputSyncError, with `input` filled, when the
    output comes too late to be played in time.  With either, `output` was not taken; call
    again.  Raises UsageError when the client is not active, NotConnectedError when the
    connection is lost or closed, TypeError for another type of sample and ValueError for
    another shape.  libjack: jack_port_get_buffer.
    """

def check_events() -> dict[str, int]:
    """What happened since the last call, each 0 or 1; the call resets them.

    graph_ordering: ports were connected or disconnected somewhere, or the order of the
    clients changed.  port_registration: a port came or went.  xrun: the server was late.
    shutdown: the connection to the server is lost.  hangup: the server has thrown this
    client out (shutdown is set, too).

    The events come from a thread of the client's own, a little after the fact.
    May be called without being attached.
    """

def get_ports(
    port_name_pattern: str | None = None,
    type_name_pattern: str | None = None,
    flags: int = 0,
) -> list[str]:
    """The full names of all ports that fit.

    The patterns are regular expressions for the port's name and the name of its type.
    `flags` are those that a port must have.  libjack: jack_get_ports.
    """

def transport_start() -> None:
    """Let the transport roll.  libjack: jack_transport_start."""

def transport_stop() -> None:
    """Stop the transport.  libjack: jack_transport_stop."""

def transport_locate(frame: int) -> None:
    """Move the transport to this frame.  libjack: jack_transport_locate."""

def set_sync_timeout(usecs: int) -> None:
    """How long the transport's start waits for slow clients, in µs.

    libjack: jack_set_sync_timeout.
    """

def set_thread_init_callback(callback: Callable[[], object]) -> None:
    """Call `callback()` in each of JACK's threads of this client, before its first cycle.

    May be set at any time; is called in threads that JACK makes later, at activate().
    libjack: jack_set_thread_init_callback, which is not used: it may wait for ever.
    """

def set_freewheel_callback(callback: Callable[[int], object]) -> None:
    """Call `callback(state)` when the server begins (1) or ends (0) to freewheel.

    May be set at any time.  libjack: jack_set_freewheel_callback.
    """

def set_buffer_size_callback(callback: Callable[[int], object]) -> None:
    """Call `callback(frames)` when the size of the blocks changes.

    Called in JACK's thread; may be set at any time.
    libjack: jack_set_buffer_size_callback.
    """

def set_client_registration_callback(callback: Callable[[str, int], object]) -> None:
    """Call `callback(name, state)` when a client comes (1) or goes (0).

    May be set at any time.  libjack: jack_set_client_registration_callback.
    """

def set_port_registration_callback(callback: Callable[[str, int], object]) -> None:
    """Call `callback(port, state)` when a port comes (1) or goes (0); `port` is its name.

    May be set at any time.  libjack: jack_set_port_registration_callback.
    """

def set_port_connect_callback(callback: Callable[[str, str, int], object]) -> None:
    """Call `callback(source, destination, state)` when ports are connected (1) or not (0).

    The ports are told by name.  May be set at any time.
    libjack: jack_set_port_connect_callback.
    """

def set_graph_order_callback(callback: Callable[[], object]) -> None:
    """Call `callback()` when the order of the clients changes.

    May be set at any time.  libjack: jack_set_graph_order_callback.
    """

def set_xrun_callback(callback: Callable[[], object]) -> None:
    """Call `callback()` when the server was late.

    May be set at any time.  libjack: jack_set_xrun_callback.
    """

def register_port(name: str, flags: int) -> None:
    """Register an audio port that takes part in process().

    `flags` is IsInput or IsOutput, and what else there is of IsTerminal, IsPhysical and
    CanMonitor, joined with ``|``.  The port takes part from the next process() on, also
    while the client is active; what was not read yet is dropped then.

    Raises ValueError for flags without a direction or with both, JackError when the
    server refuses.  libjack: jack_port_register.
    """

def unregister_port(name: str) -> None:
    """Unregister a port of register_port(), by its short or full name.

    Its row is missing from the arrays of process() from then on, also while the client
    is active; what was not read yet is dropped.

    Raises UsageError when there is no such port.  libjack: jack_port_unregister.
    """

def get_port_flags(port: str | Port) -> int:
    """The flags of any port: IsInput, IsOutput, ... joined with ``|``.

    Raises JackError when there is no such port.  libjack: jack_port_flags.
    """

def get_connections(port: str | Port) -> list[str]:
    """The full names of the ports that any port is connected to.

    Raises JackError when there is no such port.  libjack: jack_port_get_all_connections.
    """

def get_port_short_name(port: str | Port) -> str:
    """The name of a port without the client's name and the colon.

    Raises JackError when there is no such port.  libjack: jack_port_short_name.
    """

def get_port_type(port: str | Port) -> str:
    """The name of a port's type, such as ``'32 bit float mono audio'``.

    Raises JackError when there is no such port.  libjack: jack_port_type.
    """

def get_port_type_id(port: str | Port) -> int:
    """The number of a port's type: with JACK2, 0 for audio and 1 for MIDI.

    Raises JackError when there is no such port.  libjack: jack_port_type_id.
    """

def port_is_mine(port: str | Port) -> int:
    """1 when the port belongs to this client, else 0.

    Raises JackError when there is no such port.  libjack: jack_port_is_mine.
    """

def get_client_name() -> str:
    """The client's name, which may differ from the one that was asked for.

    libjack: jack_get_client_name.
    """

def get_buffer_size() -> int:
    """How many frames a block has.  libjack: jack_get_buffer_size."""

def set_buffer_size(size: int) -> None:
    """Set how many frames a block has, for all clients of the server.

    A power of two up to 8192.  libjack: jack_set_buffer_size.
    """

def get_sample_rate() -> int:
    """Frames per second.  libjack: jack_get_sample_rate."""

def get_frame_time() -> int:
    """The server's time now, in frames.  libjack: jack_frame_time."""

def get_current_transport_frame() -> int:
    """Where the transport is now, in frames.  libjack: jack_get_current_transport_frame."""

def get_transport_state() -> int:
    """TransportStopped, TransportRolling or TransportStarting.

    libjack: jack_transport_query.
    """

def get_cpu_load() -> float:
    """How much of its time the server needs, in percent.  libjack: jack_cpu_load."""

def is_realtime() -> int:
    """1 when the server runs with realtime scheduling, else 0.

    libjack: jack_is_realtime.
    """

def get_version() -> tuple[int, int, int, int]:
    """The library's version: major, minor, micro, protocol.  As version().

    libjack: jack_get_version.
    """

def get_version_string() -> str:
    """The library's version in words.  As version_string().

    libjack: jack_get_version_string.
    """

@final
class UUID(int):
    """A UUID of JACK's: a number of 64 bits that stands for a client or a port.

    Client.uuid and its kin give it as str, as programs expect; UUID(client.uuid), or
    UUID(client), is the same number.  str() gives those digits.  Every function that takes
    a UUID takes this, an int, a str, or the Client or Port itself.

    Parameters
    ----------
    value : UUID, int, str, Client or Port
        By default the empty UUID, that of nobody.

    Raises TypeError and ValueError for what is none.  libjack: jack_uuid_parse,
    jack_uuid_unparse, jack_uuid_copy, jack_uuid_clear.
    """

    def __new__(cls, value: int | str | Client | Port = ..., /) -> Self: ...
    @classmethod
    def for_client(cls) -> UUID:
        """A new one for a client, as libjack makes it; of no client that exists.

        libjack: jack_client_uuid_generate.
        """

    @classmethod
    def for_port(cls, port_id: int) -> UUID:
        """The one that libjack makes for a port with that id.

        libjack: jack_port_uuid_generate.
        """

    def compare(self, other: int | str | Client | Port) -> int:
        """Less than 0, 0 or more than 0: libjack's order, which is that of the numbers.

        libjack: jack_uuid_compare.
        """

    @property
    def index(self) -> int:
        """The number of the client or port in its kind.  libjack: jack_uuid_to_index."""

    @property
    def empty(self) -> bool:
        """Whether it is the UUID of nobody.  libjack: jack_uuid_empty."""

@final
class CycleTimes(structseq[Any], tuple[Any, ...]):
    """When the server's cycle began, and when the next one will."""

    __match_args__: Final = (
        "current_frames",
        "current_usecs",
        "next_usecs",
        "period_usecs",
    )

    @property
    def current_frames(self) -> int:
        """The frame time at which the cycle began."""

    @property
    def current_usecs(self) -> int:
        """When it began, in µs of get_time()'s clock."""

    @property
    def next_usecs(self) -> int:
        """When the next one is expected to begin, in µs."""

    @property
    def period_usecs(self) -> float:
        """How long a cycle takes by the server's estimate, in µs."""

@final
class LatencyRange(structseq[Any], tuple[Any, ...]):
    """The least and the greatest latency of a port over all ways, in frames."""

    __match_args__: Final = ("min", "max")

    @property
    def min(self) -> int:
        """The shortest way."""

    @property
    def max(self) -> int:
        """The longest way."""

@final
class SessionCommand(structseq[Any], tuple[Any, ...]):
    """How a client wants to be started again, as it told the session manager."""

    __match_args__: Final = ("uuid", "client_name", "command", "flags")

    @property
    def uuid(self) -> UUID:
        """The client's UUID, to be given as `session_id` when it is started."""

    @property
    def client_name(self) -> str:
        """The client's name."""

    @property
    def command(self) -> str:
        """The command line, with ${SESSION_DIR} for the session's folder."""

    @property
    def flags(self) -> int:
        """SESSION_SAVE_ERROR and SESSION_NEED_TERMINAL, joined with ``|``."""

@final
class InternalClient:
    """A client that runs inside the server; from load_internal() or get_internal().

    It stays loaded when this object goes.  As context manager it is unloaded on exit.
    Any thread; `loaded` and unload() ask the server.  After the Client was closed, through which it
    was made, every use raises JackError.
    """

    @property
    def name(self) -> str:
        """The name that it got.  libjack: jack_get_internal_client_name."""

    @property
    def loaded(self) -> bool:
        """Whether it is still in the server.  libjack: jack_internal_client_handle."""

    @property
    def handle(self) -> int:
        """The server's number for it."""

    @property
    def client(self) -> Client:
        """The Client through which it was made."""

    def unload(self) -> None:
        """End it and take it out of the server.

        Raises JackError when it is gone already, JackErrorCode, with the Status bits as
        `code`, when the server refuses.  libjack: jack_internal_client_unload.
        """

    def __enter__(self) -> Self:
        """Return it."""

    def __exit__(self, *args: object) -> None:
        """Unload it."""

@disjoint_base
class Client:
    """A client of a JACK server.

    Opening connects to the server; activate() lets audio flow.  As context manager it
    is activated on entry, and deactivated and closed on exit.

    Parameters
    ----------
    name : str
        The name wished for; at most client_name_size() - 1 bytes of UTF-8.
    use_exact_name : bool
        Fail when the name is taken.  Else JACK appends a number; see `name`.
    no_start_server : bool
        Fail when no server runs.  Else libjack may start one.
    servername : str, optional
        Which server; None for the default ($JACK_DEFAULT_SERVER or "default").  Clients
        of several servers can be open in one process; see docs/several-servers.md.
    session_id : str, optional
        Given by a session manager, to be known by again.

    Raises JackOpenError when the server refused or there is none, LibraryNotFoundError
    when no JACK library is installed, JackError when the server did not answer in time,
    TypeError or ValueError for arguments that can't be right.
    After close() and after the server went away, every call raises JackError.
    Callbacks are set before activate(): their setters raise JackErrorCode while the client
    is active, except for the sync and timebase callbacks.  Its methods may be called from
    any thread.  What asks the server (connections, registrations) is refused with JackError
    on JACK1, and on PipeWire from 1.0 on, within a callback that runs in a thread of JACK's.
    libjack: jack_client_open.
    """

    def __init__(
        self,
        name: str,
        use_exact_name: bool = False,
        no_start_server: bool = False,
        servername: str | None = None,
        session_id: str | None = None,
    ) -> None: ...
    def __enter__(self) -> Self:
        """Activate, and return the client."""

    def __exit__(self, *args: object) -> None:
        """Deactivate and close."""

    def __del__(self) -> None: ...
    def _repr_html_(self) -> str:
        """For notebooks: its numbers and its ports, with their connections."""

    @property
    def name(self) -> str:
        """The name that the client got, which JACK may have made unique.

        libjack: jack_get_client_name.
        """

    @property
    def uuid(self) -> str:
        """The client's UUID, as a str of decimal digits: see UUID.

        Raises JackError when JACK has none.  libjack: jack_client_get_uuid.
        """

    @property
    def samplerate(self) -> int:
        """The server's sample rate in Hz.  libjack: jack_get_sample_rate."""

    @property
    def blocksize(self) -> int:
        """The length of a block, in frames.

        Assigning an int asks the server for another length; it must be a power of two.
        That stops the audio for a moment and concerns every client.  The assignment raises
        JackErrorCode when the server refuses, ValueError for a size that can't be.
        libjack: jack_get_buffer_size, jack_set_buffer_size.
        """

    @blocksize.setter
    def blocksize(self, blocksize: int, /) -> None: ...
    @property
    def status(self) -> Status:
        """What the server said when the client was opened."""

    @property
    def realtime(self) -> bool:
        """Whether the server runs with realtime priority.  libjack: jack_is_realtime."""

    @property
    def closed(self) -> bool:
        """True once the client was closed or its server went away.

        Never raises.
        """

    def wait_closed(self, timeout: float | None = None) -> bool:
        """Wait until the client is closed or its server goes away.

        True then, and at once when it is so already; False when `timeout` seconds were not
        enough.  Ctrl-C ends the wait.
        """

    def await_closed(self) -> Coroutine[Any, Any, None]:
        """As wait_closed() without end, for asyncio and trio."""

    # text-signature: ($self, *kinds, size=4096)
    @overload
    def events(
        self, kind: type[_Kind], /, *kinds: type[_Kind], size: int = 4096
    ) -> EventQueue[_Kind]:
        """A queue of what happens on the server, from now on, while the client is active.

        Each call makes another queue, and each gets every event of the `kinds` given
        (classes like jack.PortConnected; none for all).  It has room for at least `size`
        events, up to 2**20, about ports with names of up to 64 bytes; what finds no room
        is counted by its `lost`.

        Raises JackError when the client is closed, TypeError for what is no kind of event.
        libjack: the callbacks of jack_set_port_connect_callback and its kin, which all
        clients are given when they are opened.
        """

    @overload
    def events(self, *, size: int = 4096) -> EventQueue: ...

    @property
    def stats(self) -> ClientStats:
        """What was counted since the client was opened, or since reset_stats().

        Any thread may ask, a callback too; so may a client that is closed.
        """

    def reset_stats(self) -> None:
        """Count anew: what the audio thread counts, from the next block on.

        Until then, `stats` has zeros for it.
        """

    @property
    def frames_since_cycle_start(self) -> int:
        """Frames since the current block began, an estimate.

        libjack: jack_frames_since_cycle_start.
        """

    @property
    def frame_time(self) -> int:
        """The time now, in frames of the server's clock (32 bits, wraps), an estimate.

        For threads other than the audio thread; compare it with `last_frame_time`.
        libjack: jack_frame_time.
        """

    @property
    def last_frame_time(self) -> int:
        """The time at which the current block began, in frames (32 bits, wraps), exact.

        For the process callback.  From block to block it grows by `blocksize`, except
        after an xrun.  libjack: jack_last_frame_time.
        """

    @property
    def inports(self) -> Ports[OwnPort]:
        """The client's audio inputs."""

    @property
    def outports(self) -> Ports[OwnPort]:
        """The client's audio outputs."""

    @property
    def midi_inports(self) -> Ports[OwnMidiPort]:
        """The client's MIDI inputs."""

    @property
    def midi_outports(self) -> Ports[OwnMidiPort]:
        """The client's MIDI outputs."""

    def owns(self, port: str | Port) -> bool:
        """Whether `port`, a Port or a full name, is one of this client's.

        Raises JackError when there is no port of that name.  libjack: jack_port_is_mine.
        """

    def activate(self) -> None:
        """Let JACK call the client from now on, and let its ports be connected.

        Does nothing when it is active already.  Returns on PipeWire after the first cycle,
        or 0.25 s, since the client's times are 0 before.  Raises JackErrorCode when JACK
        refuses, JackError from within a callback that runs in a thread of JACK's.
        libjack: jack_activate.
        """

    def deactivate(self, ignore_errors: bool = True) -> None:
        """Stop the callbacks and cut all connections of the client's ports.

        Ports and settings remain; activate() starts again.  Does nothing when the client
        is not active.  With `ignore_errors` false, raises JackError when JACK failed.
        Not from within a callback that runs in a thread of JACK's.
        libjack: jack_deactivate.
        """

    def close(self, ignore_errors: bool = True) -> None:
        """Deactivate and leave the server.  Doing it again does nothing.

        Port memory that is still in use, through get_array() for example, stays mapped
        until its last user is gone.  With `ignore_errors` false, raises JackError when
        JACK failed.  Raises JackError from within a callback of its own that JACK waits
        for, on JACK1 also from within another client's.  libjack: jack_client_close.
        """

    def cpu_load(self) -> float:
        """The share of each block's time that all clients use, in percent, averaged.

        libjack: jack_cpu_load.
        """

    def connect(self, source: str | Port, destination: str | Port) -> None:
        """Connect the output `source` with the input `destination`.

        Both are Ports or full names.  Raises JackErrorCode when it fails; its `code` is 17
        (errno.EEXIST) when they are connected already.  On PipeWire, whose library hears of
        others' ports a moment late, a port that is not there yet is waited for, 0.25 s at
        the most, but for within a process callback.  libjack: jack_connect.
        """

    def disconnect(self, source: str | Port, destination: str | Port) -> None:
        """Undo connect().  Raises JackErrorCode when there is no such connection.

        libjack: jack_disconnect.
        """

    def transport_start(self) -> None:
        """Start the transport.  From any callback, too.  libjack: jack_transport_start."""

    def transport_stop(self) -> None:
        """Stop the transport.  From any callback, too.  libjack: jack_transport_stop."""

    @property
    def transport_state(self) -> TransportState:
        """STOPPED, ROLLING, STARTING or NETSTARTING.  libjack: jack_transport_query."""

    @property
    def transport_frame(self) -> int:
        """Where the transport is now, in frames, an estimate.

        Assigning a frame (0 to 2**32 - 1) moves it there; raises JackErrorCode when JACK
        refuses.  libjack: jack_get_current_transport_frame, jack_transport_locate.
        """

    @transport_frame.setter
    def transport_frame(self, frame: int, /) -> None: ...
    def transport_locate(self, frame: int) -> None:
        """Move the transport to `frame`.  Deprecated: assign to `transport_frame`.

        Issues a DeprecationWarning.  libjack: jack_transport_locate.
        """

    def transport_query(self) -> tuple[TransportState, dict[str, Any]]:
        """The transport's state, and its position as position2dict() gives it.

        From any callback, too.  libjack: jack_transport_query.
        """

    def transport_query_struct(self) -> tuple[int, Position]:
        """The transport's state as int, and its position as a Position.

        In the process callback the position is that of the block's first frame.  The
        Position is the caller's to keep and to change.  libjack: jack_transport_query.
        """

    def transport_reposition_struct(self, position: Position) -> None:
        """Ask for `position`, which takes effect two blocks later.

        From any callback, too.  Raises TypeError when it is no Position, JackErrorCode
        when JACK finds it invalid.  libjack: jack_transport_reposition.
        """

    def set_sync_timeout(self, timeout: int) -> None:
        """How long the transport's start waits for clients with a sync callback, in µs.

        JACK's default is 2,000,000.  libjack: jack_set_sync_timeout.
        """

    def set_freewheel(self, onoff: bool) -> None:
        """Let the server run as fast as it can, or in step with time again.

        What an active client began, deactivate() and close() end.  Let no other client go
        meanwhile: JACK2 then processes nothing any more once it ends.

        Raises JackErrorCode when JACK refuses.  libjack: jack_set_freewheel.
        """

    def set_shutdown_callback(self, callback: _Shutdown) -> _Shutdown:
        """Have `callback(status, reason)` called when the server goes away.

        `status` is a Status, `reason` a str.  It runs on the client's own delivery thread
        and may call close().  Returns `callback`, so that it serves as decorator.
        libjack: jack_on_info_shutdown.
        """

    def set_process_callback(
        self,
        callback: _Process,
        *,
        lookahead: int = 0,
        switch_interval: float | None = 1e-4,
    ) -> _Process:
        """Have `callback(frames)` called for every block, to read and write the ports.

        `frames` is the length of the block.  The callback runs in JACK's audio thread,
        which waits for the interpreter's lock: it is not realtime-safe.  When it raises, it
        is not called again: CallbackExit is silent, anything else is reported through
        sys.unraisablehook.  Returns `callback`, so that it serves as decorator.
        libjack: jack_set_process_callback.

        Parameters
        ----------
        callback : callable
            Called with one int; what it returns is ignored.
        lookahead : int, optional
            0: the callback runs in the audio thread.  Up to 1024: it runs on a helper
            thread, and what it makes of a block is played so many blocks later, which
            is the latency that the ports report.  The audio thread never waits, unless
            the server freewheels.  An answer that is late is silence (MIDI events come
            at the beginning of the next block); when the callback is too far behind,
            blocks are left out.  Within the callback, last_frame_time is that of the
            block, and output ports are silent until they are written.
        switch_interval : float or None, optional
            Seconds to which the interpreter's switch interval (sys.setswitchinterval) is
            lowered while this client is active with a process callback without
            lookahead or with less than 50 ms of it, or with a sync or timebase callback:
            so long a busy thread may make it wait.  The shortest that any client wants
            holds; the last one gives back what was found, unless the program has set
            another meanwhile.  None: leave it alone.
        """

    def set_process_thread(self, function: _ThreadFunction) -> _ThreadFunction:
        """Have `function()` run its own loop over the blocks, instead of a callback.

        It is called once with each activation, and does what a process callback would
        between two methods of the client::

            @client.set_process_thread
            def run():
                while True:
                    frames = client.cycle_wait()
                    ...  # read and write the ports
                    client.cycle_signal()
                    ...  # not in a hurry: the others are at it

        It runs on a thread that libjack makes for it, with the priority of JACK's own, which
        hands each block over to it and waits; nodes and streams of the client go on as ever.
        Its end is that of the client's activity: then cycle_wait() raises CallbackExit.
        When it returns or raises before, outputs are silent from the next block on; an
        exception other than CallbackExit goes to sys.unraisablehook, and it is not called
        again.  The client lives as long as it runs.  None takes it away.

        Not while the client is active (JackErrorCode), and not beside a process callback
        (JackError).  Returns `function`, so that it serves as decorator.
        libjack: jack_set_process_thread, jack_client_create_thread.
        """

    def set_native_process_thread(self, fn: Any, arg: Any = None) -> None:
        """The same with a C function, which runs in JACK's own thread without Python.

        `fn` and `arg` are as for set_native_callback().  The function is
        `void fn(struct cycle *cycle, void *arg)`, and its loop is made of what the structure
        has, in this order: `uint32_t (*wait)(struct cycle *)`, the length of the next block,
        or 0 when the function has to return; and `void (*signal)(struct cycle *, int
        status)`.  Ports are read and written in between.  After another status than 0
        there is no next block, and outputs are silent, as when the function returns.
        JACK2 ends the thread within `wait()`, which then does not return.

        Raises as set_process_thread(), and TypeError for what is no pointer.
        libjack: jack_set_process_thread, jack_cycle_wait, jack_cycle_signal.
        """

    def cycle_wait(self) -> int:
        """Wait for the next block, and return its length in frames.

        In the function of set_process_thread() alone, elsewhere JackError; so is a second
        call without cycle_signal().  Raises CallbackExit when no block will come any more:
        the client was deactivated or closed, or its server is gone.
        libjack: jack_cycle_wait.
        """

    def cycle_signal(self, status: int = 0) -> None:
        """The block is done: clients that depend on it may go on.

        With another `status` than 0 it was the last one: from the next block on outputs are
        silent, and cycle_wait() raises CallbackExit.  JackError without a block.
        libjack: jack_cycle_signal.
        """

    def create_thread(
        self,
        function: Callable[..., object],
        args: Iterable[Any] = (),
        *,
        realtime: bool = False,
        priority: int | None = None,
    ) -> Thread:
        """Have libjack make a thread that calls `function(*args)`.

        It is a thread like those of threading, for a program's own work beside the audio
        thread; with `realtime` it has that scheduling from the start, at `priority` (1 to
        99; None: that of the client's audio thread).  Waiting for the interpreter's lock it
        has no priority.  An exception goes to sys.unraisablehook, but for CallbackExit.  It
        is not the client's: join() it, or let it end by itself.  As with daemonic threads,
        the end of the program does not wait for it.

        Raises JackErrorCode when the system refuses, ValueError for a realtime thread
        without `priority` when the server is not realtime, NotSupportedError in another
        interpreter than the main one.
        libjack: jack_client_create_thread, jack_set_thread_creator.
        """

    def set_isolated_callback(
        self,
        target: str,
        *,
        init: str | None = None,
        args: Iterable[_Crossing | RingBuffer] = ...,
        gc: bool = False,
    ) -> IsolatedCallback:
        """Have a function called for every block in an interpreter of its own.

        That interpreter has its own GIL, and only JACK's audio thread enters it: whatever
        the program does, computes, collects or imports, the function is never kept
        waiting.  It sees nothing of the program, either: it talks to it through the
        `IsolatedIO` that it is called with, and the `IsolatedCallback` returned here.

        Parameters
        ----------
        target : str
            ``"package.module:function"``.  The module is imported in the new interpreter,
            with the program's sys.path and sys.argv as they are now.
        init : str, optional
            Another function, called once before, in the new interpreter.
        args : optional
            What `init` is called with: None, bool, int, float, str, bytes, tuples of
            these, and RingBuffer objects, which arrive as RingBuffers for the same memory.
        gc : bool, optional
            Whether the cyclic garbage collector runs there; it then does so in the audio
            thread.  By default it is off, and what is only kept alive by a cycle stays.

        Modules in C can be imported there if they support such interpreters; NumPy does
        not yet.  Threads can't be started there.  When the function raises, the program
        is told through sys.unraisablehook (with an IsolatedError), it is not called
        again, and the output ports fall silent.  May be called while the client is
        active; a callback that was set before is closed.

        Raises IsolatedError for what is raised there before audio runs (a module that is
        not found, say), NotSupportedError before Python 3.12.
        """

    def set_freewheel_callback(self, callback: _Freewheel) -> _Freewheel:
        """Have `callback(starting)` called when freewheeling starts (True) or ends.

        It runs on the client's delivery thread, where anything may be called.  Returns
        `callback`.  libjack: jack_set_freewheel_callback.
        """

    def set_blocksize_callback(self, callback: _Blocksize) -> _Blocksize:
        """Have `callback(blocksize)` called before the block size changes.

        It is called before the first block, too, and has returned before a block of the
        new size (in frames) is processed.  It runs in a thread of JACK's, with the audio
        suspended.  Returns `callback`.  libjack: jack_set_buffer_size_callback.
        """

    def set_samplerate_callback(self, callback: _Samplerate) -> _Samplerate:
        """Have `callback(samplerate)` called with the sample rate, in Hz.

        It is called at once, in the thread that sets it; what it raises then is raised
        here.  When the rate changes, it runs on the client's delivery thread, where
        anything may be called.  Returns `callback`.
        libjack: jack_set_sample_rate_callback.
        """

    def set_client_registration_callback(
        self, callback: _ClientRegistration
    ) -> _ClientRegistration:
        """Have `callback(name, register)` called when a client comes (True) or goes.

        It runs on the client's delivery thread, where anything may be called.  Returns
        `callback`.  libjack: jack_set_client_registration_callback.
        """

    # text-signature: ($self, callback=None, only_available=True)
    @overload
    def set_port_registration_callback(
        self, callback: _PortRegistration, only_available: bool = True
    ) -> _PortRegistration:
        """Have `callback(port, register)` called when a port comes (True) or goes.

        `port` is a Port.  With `only_available` false the callback also hears of ports that
        are gone by the time they are looked at, with None as `port`.  It runs on the
        client's delivery thread, where anything may be called.
        Returns `callback`; without one, a decorator.
        libjack: jack_set_port_registration_callback.
        """

    @overload
    def set_port_registration_callback(
        self, callback: None = None, only_available: bool = True
    ) -> Callable[[_PortRegistration], _PortRegistration]: ...

    # text-signature: ($self, callback=None, only_available=True)
    @overload
    def set_port_connect_callback(
        self, callback: _PortConnect, only_available: bool = True
    ) -> _PortConnect:
        """Have `callback(a, b, connect)` called when ports are connected (True) or not.

        `a` and `b` are Ports.  With `only_available` false the callback also hears of ports
        that are gone, with None in their place.  It runs on the client's delivery thread,
        where anything may be called.  Returns `callback`; without one, a decorator.
        libjack: jack_set_port_connect_callback.
        """

    @overload
    def set_port_connect_callback(
        self, callback: None = None, only_available: bool = True
    ) -> Callable[[_PortConnect], _PortConnect]: ...

    # text-signature: ($self, callback=None, only_available=True)
    @overload
    def set_port_rename_callback(
        self, callback: _PortRename, only_available: bool = True
    ) -> _PortRename:
        """Have `callback(port, old, new)` called when a port was renamed.

        `port` is a Port, `old` and `new` are str.  With `only_available` false the callback
        also hears of ports that are gone, with None as `port`.  It runs on the client's
        delivery thread, where anything may be called.
        Returns `callback`; without one, a decorator.
        Raises NotSupportedError where the library can't tell.
        libjack: jack_set_port_rename_callback.
        """

    @overload
    def set_port_rename_callback(
        self, callback: None = None, only_available: bool = True
    ) -> Callable[[_PortRename], _PortRename]: ...
    def set_graph_order_callback(self, callback: _GraphOrder) -> _GraphOrder:
        """Have `callback()` called when the order of processing changed.

        It runs on the client's delivery thread, where anything may be called.  Returns
        `callback`.  libjack: jack_set_graph_order_callback.
        """

    def set_xrun_callback(self, callback: _Xrun) -> _Xrun:
        """Have `callback(delayed_usecs)` called when the server was late, by µs (float).

        It runs on the client's delivery thread, where anything may be called.  Returns
        `callback`.  libjack: jack_set_xrun_callback, jack_get_xrun_delayed_usecs.
        """

    def set_sync_callback(self, callback: _Sync) -> _Sync:
        """Have `callback(state, pos)` asked whether the client is ready for `pos`.

        `state` is an int: STOPPED for a new position, STARTING while the transport waits,
        ROLLING when it waits no longer.  `pos` is a Position.  The callback returns a true
        value once it is ready.  It runs in JACK's audio thread, just before the process
        callback, and is not realtime-safe.  With None, the client is always ready.
        Returns `callback`.  libjack: jack_set_sync_callback.
        """

    def release_timebase(self) -> None:
        """Stop being the timebase master.

        Raises JackErrorCode when the client is not.  libjack: jack_release_timebase.
        """

    # text-signature: ($self, callback=None, conditional=False)
    @overload
    def set_timebase_callback(
        self,
        callback: Callable[[int, int, Position, bool], object],
        conditional: bool = False,
    ) -> bool:
        """Become the timebase master, who says which bar, beat or timecode it is.

        `callback(state, blocksize, pos, new_pos)` changes `pos`, the Position of the next
        block, in place, but not its frame.  `state` is an int, `blocksize` in frames;
        `new_pos` is True when someone asked for that position.  It runs in JACK's audio
        thread, after the process callback, while the transport rolls or moves; it is not
        realtime-safe.  With `conditional`, another master is left in place.
        Returns whether the client is the master now; without a callback, a decorator which
        does.  Raises JackErrorCode when JACK refuses.
        libjack: jack_set_timebase_callback.
        """

    @overload
    def set_timebase_callback(
        self, callback: None = None, conditional: bool = False
    ) -> Callable[[Callable[[int, int, Position, bool], object]], bool]: ...
    def set_property_change_callback(self, callback: _PropertyChange) -> _PropertyChange:
        """Have `callback(subject, key, change)` called when metadata changes.

        `subject` is a UUID as int, `key` a str ('' for all), `change` PROPERTY_CREATED,
        PROPERTY_CHANGED or PROPERTY_DELETED.  It runs on the client's delivery thread,
        where anything may be called.  Returns `callback`.
        libjack: jack_set_property_change_callback.
        """

    def get_uuid_for_client_name(self, name: str) -> str:
        """The UUID, as str, of the client called `name`.

        Raises JackError when there is none.  libjack: jack_get_uuid_for_client_name.
        """

    def get_client_name_by_uuid(self, uuid: int | str | Client) -> str:
        """The name of the client with that UUID, in any of the forms that UUID takes.

        Raises JackError when there is none.  libjack: jack_get_client_name_by_uuid.
        """

    @property
    def metadata(self) -> Metadata:
        """The client's properties as a mutable mapping: see Metadata.

        libjack: jack_get_property, jack_get_properties, jack_set_property,
        jack_remove_property, jack_remove_properties.
        """

    def set_latency_callback(self, callback: _Latency) -> _Latency:
        """Have `callback(mode)` called when latencies are to be computed anew.

        `mode` is CAPTURE_LATENCY, which passes on from the inputs to the outputs, or
        PLAYBACK_LATENCY, from the outputs to the inputs.  When it is called the ports have
        their ranges already, by libjack's own rule and with what streams and detached
        callbacks add; a callback sets others with OwnPort.set_latency_range().

        It runs in a thread of JACK's, which waits for it, after activate() and whenever
        connections or latencies change: be quick, and ask the server for nothing.  With
        PipeWire it is the client's delivery thread.  Returns
        `callback`.  Only while the client is not active.
        libjack: jack_set_latency_callback.
        """

    def recompute_total_latencies(self) -> None:
        """Have all latencies of the graph computed anew; for after a change of one's own.

        The latency callbacks of all clients are called.  Raises JackErrorCode when JACK
        refuses.  libjack: jack_recompute_total_latencies.
        """

    def cycle_times(self) -> CycleTimes:
        """When the current cycle began and when the next one will; from any thread.

        Raises JackErrorCode before the server's first cycle.
        libjack: jack_get_cycle_times.
        """

    def frames_to_time(self, frames: int) -> int:
        """When the frame with that frame time is (or was) due, in µs of get_time()'s clock.

        An estimate.  From any thread.  libjack: jack_frames_to_time.
        """

    def time_to_frames(self, usecs: int) -> int:
        """The frame time at that time: the opposite of frames_to_time().

        libjack: jack_time_to_frames.
        """

    @property
    def max_delayed_usecs(self) -> float:
        """The longest delay of the server since its start or the last reset, in µs.

        libjack: jack_get_max_delayed_usecs.
        """

    def reset_max_delayed_usecs(self) -> None:
        """Begin anew to look for the longest delay.  libjack: jack_reset_max_delayed_usecs."""

    @property
    def xrun_delayed_usecs(self) -> float:
        """How long the last xrun lasted, in µs.  libjack: jack_get_xrun_delayed_usecs."""

    @property
    def realtime_priority(self) -> int:
        """The priority of the client's audio thread; -1 without realtime scheduling.

        libjack: jack_client_real_time_priority.
        """

    @property
    def max_realtime_priority(self) -> int:
        """The highest priority that a thread of a client should have; -1 as above.

        libjack: jack_client_max_real_time_priority.
        """

    @property
    def thread_id(self) -> int:
        """The audio thread, as threading.get_ident() has it there; 0 while there is none.

        libjack: jack_client_thread_id.
        """

    def port_type_buffer_size(self, type: str) -> int:
        """How many bytes a buffer of a port of that type has, at the present block size.

        Raises ValueError for a type that the server does not know.
        libjack: jack_port_type_get_buffer_size.
        """

    def register_other_port(
        self,
        shortname: str,
        type: str,
        *,
        is_output: bool = False,
        is_terminal: bool = False,
        is_physical: bool = False,
        buffer_size: int | None = None,
    ) -> OwnPort:
        """Register a port of another type than audio and MIDI, where the server has such.

        JACK2 and JACK1 know no others; PipeWire has "32 bit float RGBA video" and "other".
        `buffer_size` is in bytes, for servers that want to be told.  The port can be
        connected with its like, named and unregistered; it is in none of the client's
        lists, and its memory can't be had, as JACK does not tell how much it is.

        Raises JackError for a type that the server does not know, ValueError for audio and
        MIDI; its get_buffer() and get_array() raise NotSupportedError.  Not from the process callback.  libjack: jack_port_register.
        """

    def request_monitor(self, name: str, onoff: bool) -> None:
        """Port.request_monitor() for the port of that full name.

        Raises JackErrorCode when there is no such port, or JACK refuses.
        libjack: jack_port_request_monitor_by_name.
        """

    def load_internal(
        self,
        name: str,
        load_name: str | None = None,
        load_init: str | None = None,
        *,
        use_exact_name: bool = False,
    ) -> InternalClient:
        """Load a client into the server, where it runs until it is unloaded.

        `load_name` is the module to be loaded, by default `name`; `load_init`, less than
        1024 bytes, is given to it.  When the name is taken JACK1 finds another, unless
        `use_exact_name` is set; JACK2 fails.  The module must be an internal client: JACK2's
        server does not survive another one, a driver for example.
        Raises JackOpenError, whose `status` and `hint` tell why.
        libjack: jack_internal_client_load.
        """

    def get_internal(self, name: str) -> InternalClient:
        """The internal client of that name, whoever loaded it.

        Raises JackOpenError when there is none.  libjack: jack_internal_client_handle.
        """

    def reserve_client_name(self, name: str, uuid: int | str | Client) -> None:
        """Keep a client name for whoever opens a Client with that UUID as `session_id`.

        The UUID is one for a client: UUID.for_client() makes them.  Raises JackErrorCode when the server refuses.  libjack: jack_reserve_client_name.
        """

    def session_notify(
        self, path: str, type: int = 1, target: str | None = None
    ) -> list[SessionCommand]:
        """Tell the clients that have a session callback to save into the folder `path`.

        `type` is SESSION_SAVE, SESSION_SAVE_AND_QUIT or SESSION_SAVE_TEMPLATE; `target` is
        one client's name, None for all.  Waits for their answers and returns them.  JACK
        has given up on sessions of its own; few programs still answer.
        Raises JackError when the server refuses.
        libjack: jack_session_notify.
        """

    def get_port_by_name(self, name: str) -> Port:
        """The port with that full name ("client:port").

        Raises JackError when there is none.  libjack: jack_port_by_name.
        """

    def process(self, output: _Readable, input: _Readable) -> None:
        """Give a block to the output ports, and get one from the input ports.

        `output` and `input` are float32 arrays, or other buffers, of the shape (ports,
        get_buffer_size()): a row for each port of register_port(), in the order of their
        registration.  Any strides will do, as in ``capture[:, i:i + n]``.  For a direction
        without ports the argument is not looked at.

        Waits for the next block of input when none is there; without input ports, until the
        output has room.  Ctrl-C ends the wait.  From activate() on, the blocks that come in
        are kept for half a second or a little more.  Output is played 1/20 second (at least
        2 blocks) after the input that comes from the same call.

        Raises InputSyncError when blocks were lost because the last call is too long ago:
        `input` holds the oldest block then, and what is kept behind it is dropped, so that
        the next call has a new block.  Raises OutputSyncError, with `input` filled, when the
        output comes too late to be played in time.  With either, `output` was not taken; call
        again.  Raises UsageError when the client is not active, NotConnectedError when the
        connection is lost or closed, TypeError for another type of sample and ValueError for
        another shape.  libjack: jack_port_get_buffer.
        """

    def check_events(self) -> dict[str, int]:
        """What happened since the last call, each 0 or 1; the call resets them.

        graph_ordering: ports were connected or disconnected somewhere, or the order of the
        clients changed.  port_registration: a port came or went.  xrun: the server was late.
        shutdown: the connection to the server is lost.  hangup: the server has thrown this
        client out (shutdown is set, too).

        The events come from a thread of the client's own, a little after the fact.
        """

    def detach(self) -> None:
        """Close the client: close() under PyJack's name."""

    def register_port(self, name: str, flags: int) -> None:
        """Register an audio port that takes part in process().

        `flags` is IsInput or IsOutput, and what else there is of IsTerminal, IsPhysical and
        CanMonitor, joined with ``|``.  The port takes part from the next process() on, also
        while the client is active; what was not read yet is dropped then.

        Raises ValueError for flags without a direction or with both, JackError when the
        server refuses.  libjack: jack_port_register.
        """

    def unregister_port(self, name: str) -> None:
        """Unregister a port of register_port(), by its short or full name.

        Its row is missing from the arrays of process() from then on, also while the client
        is active; what was not read yet is dropped.

        Raises UsageError when there is no such port.  libjack: jack_port_unregister.
        """

    def get_port_flags(self, port: str | Port) -> int:
        """The flags of any port: IsInput, IsOutput, ... joined with ``|``.

        Raises JackError when there is no such port.  libjack: jack_port_flags.
        """

    def get_connections(self, port: str | Port) -> list[str]:
        """The full names of the ports that any port is connected to.

        Raises JackError when there is no such port.  libjack: jack_port_get_all_connections.
        """

    def get_port_short_name(self, port: str | Port) -> str:
        """The name of a port without the client's name and the colon.

        Raises JackError when there is no such port.  libjack: jack_port_short_name.
        """

    def get_port_type(self, port: str | Port) -> str:
        """The name of a port's type, such as ``'32 bit float mono audio'``.

        Raises JackError when there is no such port.  libjack: jack_port_type.
        """

    def get_port_type_id(self, port: str | Port) -> int:
        """The number of a port's type: with JACK2, 0 for audio and 1 for MIDI.

        Raises JackError when there is no such port.  libjack: jack_port_type_id.
        """

    def port_is_mine(self, port: str | Port) -> int:
        """1 when the port belongs to this client, else 0.

        Raises JackError when there is no such port.  libjack: jack_port_is_mine.
        """

    def get_client_name(self) -> str:
        """The client's name, which may differ from the one that was asked for.

        libjack: jack_get_client_name.
        """

    def get_buffer_size(self) -> int:
        """How many frames a block has.  libjack: jack_get_buffer_size."""

    def set_buffer_size(self, size: int) -> None:
        """Set how many frames a block has, for all clients of the server.

        A power of two up to 8192.  libjack: jack_set_buffer_size.
        """

    def get_sample_rate(self) -> int:
        """Frames per second.  libjack: jack_get_sample_rate."""

    def get_frame_time(self) -> int:
        """The server's time now, in frames.  libjack: jack_frame_time."""

    def get_current_transport_frame(self) -> int:
        """Where the transport is now, in frames.  libjack: jack_get_current_transport_frame."""

    def get_transport_state(self) -> int:
        """TransportStopped, TransportRolling or TransportStarting.

        libjack: jack_transport_query.
        """

    def get_cpu_load(self) -> float:
        """How much of its time the server needs, in percent.  libjack: jack_cpu_load."""

    def is_realtime(self) -> int:
        """1 when the server runs with realtime scheduling, else 0.

        libjack: jack_is_realtime.
        """

    def get_version(self) -> tuple[int, int, int, int]:
        """The library's version: major, minor, micro, protocol.  As version().

        libjack: jack_get_version.
        """

    def get_version_string(self) -> str:
        """The library's version in words.  As version_string().

        libjack: jack_get_version_string.
        """

    def set_buffer_size_callback(self, callback: _Blocksize) -> _Blocksize:
        """set_blocksize_callback() under PyJack's name."""

    def set_thread_init_callback(self, callback: _ThreadInit) -> _ThreadInit:
        """Call `callback()` in each of JACK's threads of this client, before its first cycle.

        Before activate(); can be used as a decorator.  JACK1 makes them at the first one.
        libjack: jack_set_thread_init_callback, which is not used: it may wait for ever.
        """

    def open_stream(
        self,
        inputs: int | Sequence[str] = 0,
        outputs: int | Sequence[str] = 0,
        *,
        lookahead: int = 8,
        buffersize: int = 0,
        keep_time: bool | None = None,
        switch_interval: float | None = 1e-4,
    ) -> Stream:
        """Exchange blocks of audio with the audio thread, from an ordinary thread.

        Registers a port for each channel: `inputs` and `outputs` are numbers of ports
        (called in_1, in_2, ..., out_1, ...) or their short names.  Closing the stream
        unregisters them.  It may be opened while the client is active; audio goes
        through it while the client is.

        The audio thread only copies, and never waits.  The program may be `lookahead`
        blocks late before there is a gap, and so long is the way from the inputs to the
        outputs, which JACK's latency callbacks report.  Silence of that length is played
        first (the prefill).

        buffersize is the least number of frames that the stream holds each way, for
        reading or writing more at once than the usual 16384 frames.  What was written
        too late is dropped with keep_time, so that the latency stays the same, or else
        played late; None keeps time if there are inputs.

        switch_interval: when the lookahead is shorter than 50 ms, the interpreter's switch
        interval is lowered to so many seconds while the stream is open and the client
        active, as set_process_callback() does it; None: leave it alone.

        libjack: jack_port_register, jack_port_get_buffer, jack_set_latency_callback.
        """

    def set_native_callback(
        self, fn: Any, arg: Any = None, signature: str = "jack"
    ) -> NativeCallback:
        """Run a C function in the audio thread, for every block; no Python is involved.

        `fn` is a function pointer of ctypes or cffi, a PyCapsule, a cfunc of Numba, or an
        address.  `arg` is handed to it: None (NULL), an address, a pointer of ctypes or
        cffi, a PyCapsule, or any buffer, whose address is passed.  Both are kept alive as
        long as the function may run.

        With the signature "jack" it is `int fn(uint32_t nframes, void *arg)`, JACK's own.
        With "dsp" it is `int fn(const float *const *in, float *const *out,
        uint32_t nframes, void *arg)` and gets the buffers of the client's audio ports in
        the order of their registration; both arrays end with NULL, and follow when ports
        are registered or unregistered.  It returns 0; with another result it is not called
        again, and what it alone wrote is silent.

        Calling this again adds another function, which runs behind those that are there.
        Also while the client is active: the change comes between two blocks.
        A function made from Python code, as ctypes.CFUNCTYPE() does it, waits for the
        interpreter: set_process_callback() is better at that.
        libjack: jack_set_process_callback, jack_port_get_buffer.
        """

    def tone(
        self, port: _NodePorts, frequency: float = 440.0, amplitude: float = 0.25
    ) -> Tone:
        """Add a sine tone to an own output port, or to several.

        `port` is an OwnPort, its name, or a sequence of these.  `frequency` is in Hz, at
        most half the samplerate.  Runs until the handle is closed, also while the client is
        active; see Node.  libjack: jack_port_get_buffer.
        """

    def silence(self, ports: _NodePorts | None = None) -> Node:
        """Make own output ports (default: all) silent wherever nothing else writes them.

        They are cleared at the beginning of each block, as all ports are that built-in
        nodes write, and stay so.  libjack: jack_port_get_buffer.
        """

    def meter(self, ports: _NodePorts | None = None) -> Meter:
        """Measure the level of own ports (default: all inputs).

        Of an output port it is what all other nodes together have written: meters come
        last.  libjack: jack_port_get_buffer.
        """

    def gain(
        self, source: _NodePorts, destination: _NodePorts, gain: float = 1.0
    ) -> Mixer:
        """Add an own input port, times `gain`, to an own output port.

        The gain can be set while it runs: see Mixer.  libjack: jack_port_get_buffer.
        """

    def mix(
        self,
        inputs: _NodePorts,
        output: _NodePorts,
        gains: float | Sequence[float] = 1.0,
    ) -> Mixer:
        """Add own input ports, each times its gain, to an own output port.

        `gains` is one number for all, or one for each input.  With several outputs, each
        gets the same.  libjack: jack_port_get_buffer.
        """

    def play(
        self,
        data: _Readable,
        mapping: _NodePorts | None = None,
        at: int | None = None,
        loop: bool = False,
    ) -> Transfer:
        """Play an array through own output ports; returns at once.

        Parameters
        ----------
        data : float32 (frames, channels) or (frames,), of any layout
            It is copied, so that it may change or go afterwards.
        mapping : own output ports or their names
            One for each channel.  Default: the client's audio output ports in order.
        at : int
            JACK's frame time (see `frame_time`) at which the first frame is heard, less
            than half its range ahead.  When it is past, and by default: with the next block.
        loop : bool
            Begin anew at the end, without a gap, until it is stopped.

        What is played is added to what other nodes write: see Node.
        Raises TypeError for other samples than float32, ValueError when the ports don't
        fit.  libjack: jack_port_get_buffer, jack_last_frame_time.
        """

    def rec(
        self,
        frames: int,
        channels: int | _NodePorts | None = None,
        at: int | None = None,
    ) -> Transfer:
        """Record `frames` frames from own input ports into memory; returns at once.

        `channels` is how many of the client's audio input ports, in order, or which; None
        for all.  `at` as in play().  What was recorded is in Transfer.result.
        libjack: jack_port_get_buffer, jack_last_frame_time.
        """

    def playrec(
        self,
        data: _Readable,
        channels: int | _NodePorts | None = None,
        mapping: _NodePorts | None = None,
        at: int | None = None,
    ) -> Transfer:
        """Play an array and record as many frames, from the same frame on.

        Arguments as in play() and rec().  libjack: jack_port_get_buffer,
        jack_last_frame_time.
        """

    def play_file(
        self,
        path: _FilePath,
        ports: Sequence[str] | None = None,
        *,
        loop: bool = False,
        lookahead: int | None = None,
    ) -> FileTransfer:
        """Play a sound file of any length; returns at once.  Needs the soundfile package.

        An output port is registered for each channel, called `ports`, or by default
        play_1, play_2 and so on; they go at the end.  A thread reads from the disk, `lookahead`
        of JACK's blocks ahead, by default a quarter of a second: so long after the call the
        sound begins.  Its handle tells the progress.  Raises ValueError when the file has
        another samplerate than JACK, ImportError without soundfile.
        libjack: as open_stream().
        """

    def rec_file(
        self,
        path: _FilePath,
        channels: int | Sequence[str] = 2,
        *,
        frames: int | None = None,
        format: str | None = None,
        subtype: str | None = None,
    ) -> FileTransfer:
        """Record to a sound file until stopped; returns at once.  Needs soundfile.

        An input port is registered for each of `channels`, a number or names; by default
        they are called rec_1, rec_2 and so on.  A thread writes to the disk.  It ends by
        itself after `frames` frames.  `format` and `subtype` are soundfile's; None goes by
        the file's name.  The thread may be four seconds behind; what is lost then is
        written as silence, so that the file stays in time, and counted.
        libjack: as open_stream().
        """

    def get_all_connections(self, port: str | Port) -> list[Port]:
        """The ports that `port`, anyone's, is connected with.

        `port` is a Port or a full name.  Raises JackError when there is no such port.
        libjack: jack_port_get_all_connections.
        """

    def get_ports(
        self,
        name_pattern: str = "",
        is_audio: bool = False,
        is_midi: bool = False,
        is_input: bool = False,
        is_output: bool = False,
        is_physical: bool = False,
        can_monitor: bool = False,
        is_terminal: bool = False,
        *,
        literal: bool = False,
    ) -> list[Port]:
        """The ports of the server that match, in the server's order.

        Parameters
        ----------
        name_pattern : str
            An extended regular expression (POSIX) that is found in the full name.  Empty:
            any name.
        is_audio, is_midi : bool
            Only these types.  Neither or both: all types.
        is_input, is_output, is_physical, can_monitor, is_terminal : bool
            Only ports that have all flags asked for.
        literal : bool
            `name_pattern` is plain text that is found in the full name.

        A port that vanishes meanwhile is left out.  Raises ValueError when `name_pattern`
        is no regular expression.  libjack: jack_get_ports.
        """

    def snapshot(self, *, properties: bool = True) -> Snapshot:
        """The server's connections and ports as they are, to be saved and restored.

        With `properties`, the ports' aliases and the properties of ports and clients, too.
        What comes or goes meanwhile may be in it or not.  Raises JackError when the client
        is closed or loses its server.  See docs/patchbay.md.
        libjack: jack_get_ports, jack_port_get_all_connections, jack_get_all_properties.
        """

    def set_property(
        self,
        subject: int | str | Client | Port,
        key: str,
        value: str | bytes,
        type: str = "",
    ) -> None:
        """Set one property of `subject`.

        `subject` is a UUID as int or as str, or a Client or Port, whose UUID is taken then.
        `key` is a URI, such as METADATA_PRETTY_NAME.  `type` is a MIME type or URI; empty
        means text in UTF-8.  Raises TypeError or ValueError when an argument can't be
        right or JACK refuses.  libjack: jack_set_property.
        """

    def remove_property(self, subject: int | str | Client | Port, key: str) -> None:
        """Remove one property of `subject`, given as in set_property().

        Raises ValueError when there is no such property.  libjack: jack_remove_property.
        """

    def remove_properties(self, subject: int | str | Client | Port) -> int:
        """Remove all properties of `subject`, given as in set_property().

        Returns how many there were.  Raises RuntimeError when JACK fails.
        libjack: jack_remove_properties.
        """

    def remove_all_properties(self) -> None:
        """Remove all properties of all subjects, other programs' too.

        Raises RuntimeError when JACK fails.  libjack: jack_remove_all_properties.
        """

@disjoint_base
class Port:
    """A port of any client; an audio port when it is not of a derived class.

    Ports come from Client.get_ports() and its kin, from callbacks and from
    Ports.register(); they are not made directly.  One that the client owns is an OwnPort
    or OwnMidiPort, a foreign one a Port, MidiPort or UnknownPort.  Two Ports are equal when
    they stand for the same port of the same server.  A Port keeps its client alive.
    When the port was unregistered or the client closed, every use raises JackError.
    """

    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str:
        """For notebooks: what it is."""

    @property
    def name(self) -> str:
        """The full name, "client:port".  libjack: jack_port_name."""

    @property
    def shortname(self) -> str:
        """The name without the client's.

        Assigning a str renames the port; raises JackErrorCode when JACK refuses.
        libjack: jack_port_short_name, jack_port_rename.
        """

    @shortname.setter
    def shortname(self, shortname: str, /) -> None: ...
    @property
    def aliases(self) -> list[str]:
        """Its other names, two at the most.  libjack: jack_port_get_aliases."""

    def set_alias(self, alias: str) -> None:
        """Give the port another name by which to find it, a full one.

        Raises JackErrorCode when it has two already.  libjack: jack_port_set_alias.
        """

    def unset_alias(self, alias: str) -> None:
        """Take one of the other names away.

        Raises JackErrorCode when it has no such alias.  libjack: jack_port_unset_alias.
        """

    @property
    def type(self) -> str:
        """The port type's name, such as '32 bit float mono audio' or '8 bit raw midi'.

        libjack: jack_port_type.
        """

    @property
    def type_id(self) -> int:
        """The number of its type: with JACK2, 0 for audio and 1 for MIDI.

        Raises NotSupportedError with JACK1.  libjack: jack_port_type_id.
        """

    @property
    def uuid(self) -> UUID:
        """The port's UUID.  libjack: jack_port_uuid."""

    @property
    def metadata(self) -> Metadata:
        """The port's properties as a mutable mapping: see Metadata.

        libjack: as Client.metadata.
        """

    @property
    def connected(self) -> bool:
        """Whether it is connected with anything.

        libjack: jack_port_get_connections; of other clients' ports,
        jack_port_get_all_connections.
        """

    def latency_range(self, mode: int) -> LatencyRange:
        """The least and the greatest latency of the port, in frames.

        With CAPTURE_LATENCY: how long ago its audio came in, at the farthest of the ports
        that it comes from.  With PLAYBACK_LATENCY: how long its audio will take to where it
        is heard.  Raises ValueError for another mode.
        libjack: jack_port_get_latency_range.
        """

    @property
    def total_latency(self) -> int:
        """How many frames lie between the port and the farthest hardware on its side.

        For an output that is the most of PLAYBACK_LATENCY, what is still to come; for an
        input the most of CAPTURE_LATENCY, what lies behind.
        libjack: jack_port_get_latency_range.
        """

    @property
    def is_audio(self) -> bool:
        """Whether it carries audio."""

    @property
    def is_midi(self) -> bool:
        """Whether it carries MIDI."""

    @property
    def is_input(self) -> bool:
        """Whether data flows into it.  libjack: jack_port_flags."""

    @property
    def is_output(self) -> bool:
        """Whether data flows out of it.  libjack: jack_port_flags."""

    @property
    def is_physical(self) -> bool:
        """Whether it stands for a connector of the hardware.  libjack: jack_port_flags."""

    @property
    def can_monitor(self) -> bool:
        """Whether request_monitor() has an effect.  libjack: jack_port_flags."""

    @property
    def is_terminal(self) -> bool:
        """Whether data begins or ends there.  libjack: jack_port_flags."""

    def request_monitor(self, onoff: bool) -> None:
        """Switch the monitoring of the input on or off, where can_monitor is true.

        Raises JackErrorCode when JACK refuses.  libjack: jack_port_request_monitor.
        """

    def ensure_monitor(self, onoff: bool) -> None:
        """request_monitor() that changes nothing when it is so already.

        Requests are counted: each that switches on needs one that switches off.
        libjack: jack_port_ensure_monitor.
        """

    @property
    def monitoring(self) -> bool:
        """Whether its input is being monitored.  libjack: jack_port_monitoring_input."""

class MidiPort(Port):
    """A MIDI port of another client."""

class UnknownPort(Port):
    """A port of another client whose type is neither audio nor MIDI; see Port.type."""

class OwnPort(Port):
    """An audio port that a Client of this process registered; or, from
    Client.register_other_port(), one of another type, without get_buffer(), get_array()."""

    def set_latency_range(self, mode: int, min: int, max: int) -> None:
        """Set what latency_range(mode) gives, in frames.

        For use in a latency callback; elsewhere call Client.recompute_total_latencies()
        and set it in the callback that comes.  Raises ValueError when min is more than max.
        libjack: jack_port_set_latency_range.
        """

    @property
    def number_of_connections(self) -> int:
        """How many connections it has.  libjack: jack_port_connected."""

    @property
    def connections(self) -> list[Port]:
        """The ports that it is connected with.  libjack: jack_port_get_connections."""

    def is_connected_to(self, port: str | Port) -> bool:
        """Whether it is connected with `port`, a Port or a full name, directly.

        libjack: jack_port_connected_to.
        """

    def connect(self, port: str | Port) -> None:
        """Connect with `port`, a Port or a full name, whichever of the two is the output.

        Raises ValueError when both are inputs or both outputs, JackError as
        Client.connect().  libjack: jack_connect.
        """

    def disconnect(self, other: str | Port | None = None) -> None:
        """Disconnect from `other`, a Port or a full name, or from everything.

        Raises JackErrorCode when there is no such connection.
        libjack: jack_disconnect, jack_port_disconnect.
        """

    def unregister(self) -> None:
        """Remove the port from its client and from the list that it is in.

        Raises JackError when it is gone already.  Not from the process callback.
        libjack: jack_port_unregister.
        """

    def get_buffer(self) -> Buffer:
        """The port's memory for this block: `blocksize` float32 values, 4 bytes each.

        Not a copy: writing to it writes to the port.  Call it in the process callback, in
        every block anew.  libjack: jack_port_get_buffer.
        """

    def get_array(self) -> NDArray[np.float32]:
        """The port's memory for this block as array: shape (blocksize,), dtype float32.

        Not a copy: writing to it writes to the port.  Call it in the process callback, in
        every block anew.  Raises ImportError without NumPy.
        libjack: jack_port_get_buffer.
        """

class OwnMidiPort(MidiPort, OwnPort):
    """A MIDI port that a Client of this process registered.

    In any thread: send(), receive() and their kin; iterating over an input port, also with
    `async for`, gives (time, event) as they come.  In the process callback, as in
    JACK-Client: incoming_midi_events(), write_midi_event() and their kin.  The one does not
    disturb the other.
    """

    def send(
        self,
        event: _Readable | Iterable[int],
        time: int | None = None,
        *,
        late: str = "send",
        timeout: float | None = None,
    ) -> None:
        """Send one complete MIDI message at the frame `time`.  Output ports.

        `event` is bytes, anything with the buffer protocol, or ints from 0 to 255.  `time`
        is in frames of the client's clock (Client.frame_time, last_frame_time), at most
        2**31 ahead, taken modulo 2**32 as JACK's times wrap there; None is the beginning of
        the next block.  Messages are sorted by time; with the same time they keep the order
        of the calls.  What has no room in its block is sent in the next, in order.  A
        message whose time is past is counted, and sent at once; with late="drop" it is not
        sent.  The time must be known to the audio thread before its block begins: give at
        least a block, or the longest time that Python may stall.

        While 4096 messages (or 4 MiB of long ones) wait to be sent, waits for room, `timeout`
        seconds at the most (None: for ever), and then raises TimeoutError; with timeout=0,
        and in callbacks of JACK's, BlockingIOError at once.  Raises ValueError for what is no
        complete message (running status, missing or undefined bytes, a system exclusive
        message without its end or too long for the port), JackError when the client is
        closed or not active, or the port is gone.  The first call of a port makes its queue,
        and has no place in a process callback.  libjack: jack_midi_event_write.
        """

    def receive(self, timeout: float | None = None) -> tuple[int, bytes]:
        """The next event that came: (time, event), removed from the port's queue.  Input
        ports.

        `time` is in frames of the client's clock, as Client.frame_time.  Waits for an event,
        `timeout` seconds at the most (None: for ever), and then raises TimeoutError.  Raises
        JackError when the client is closed or not active, its server is gone, or the port
        is; but first gives what came before.  Of several threads, each event goes to one.

        Events are kept from the first call of receive(), areceive(), iter_pending() or
        fileno() on, 16384 short ones (256 KiB, 16 bytes for each and the events' own); what
        comes while the queue is full is lost, and counted in `stats`.  That first call has no
        place in a process callback.  libjack: jack_midi_event_get.
        """

    def areceive(self) -> Coroutine[Any, Any, tuple[int, bytes]]:
        """As receive(), to be awaited in asyncio.  Cancelling loses no event."""

    def iter_pending(self) -> Iterator[tuple[int, bytes]]:
        """Iterate over the events that are there, without waiting: (time, event).

        As receive(), also for a client that is not active any more.  An event is removed
        from the queue when the iterator gives it.
        """

    def fileno(self) -> int:
        """A file descriptor that is readable while there are events to receive.

        For select and event loops; don't read from it.  It is also readable when the client
        is closed, its server or the port gone: then receive() says so.  Input ports.
        """

    @property
    def stats(self) -> MidiPortStats:
        """What went through send() and receive() so far; any thread."""

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        """Receive for ever: (time, event).  Input ports.

        Ends when the client is closed or the port unregistered; raises JackError when the
        server is gone or the client not active.
        """

    def __aiter__(self) -> AsyncIterator[tuple[int, bytes]]:
        """The same for `async for`, in asyncio."""

    def get_buffer(self) -> Buffer:
        """Not for MIDI ports: raises NotImplementedError."""

    def get_array(self) -> NDArray[np.float32]:
        """Not for MIDI ports: raises NotImplementedError."""

    @property
    def max_event_size(self) -> int:
        """The largest event that still has room in this block, in bytes.

        For the process callback.  libjack: jack_midi_max_event_size.
        """

    @property
    def lost_midi_events(self) -> int:
        """How many events were lost in this block for want of room.

        For the process callback.  libjack: jack_midi_get_lost_event_count.
        """

    def incoming_midi_events(self) -> Iterator[tuple[int, Buffer]]:
        """Iterate over this block's events: (time, event).

        `time` is the offset in the block, in frames; `event` a Buffer with one complete
        message, a copy that may be kept.  For the process callback and input ports.
        libjack: jack_midi_get_event_count, jack_midi_event_get.
        """

    def clear_buffer(self) -> None:
        """Empty the port; due in every block before events are written.

        For the process callback and output ports.  libjack: jack_midi_clear_buffer.
        """

    def write_midi_event(self, time: int, event: _Readable | Iterable[int]) -> None:
        """Write one complete MIDI message.

        `time` is its offset in the block, in frames, not below the last event's.  `event`
        is bytes, anything with the buffer protocol, or ints from 0 to 255.  For the process
        callback and output ports.  Raises JackErrorCode when JACK has no room or `time`
        goes back.  libjack: jack_midi_event_write.
        """

    def reserve_midi_event(self, time: int, size: int) -> Buffer:
        """Room for a message of `size` bytes at `time`, for the caller to fill.

        As write_midi_event(), without a copy.  The Buffer is empty when there is no room.
        libjack: jack_midi_event_reserve.
        """

@disjoint_base
class Ports(Generic[_OwnPort]):
    """The ports of one kind that a Client has registered, in that order.

    Reached as Client.inports, outports, midi_inports and midi_outports; not made directly.
    Index it by position, by slice (giving a list), or by short or full name;
    a name that is not in it raises KeyError.  `in` takes a Port or a name.
    """

    def _repr_html_(self) -> str:
        """For notebooks: a table of them."""

    def __len__(self) -> int: ...
    @overload
    def __getitem__(self, name: SupportsIndex | str, /) -> _OwnPort: ...
    @overload
    def __getitem__(self, name: slice, /) -> list[_OwnPort]: ...
    def __contains__(self, port: object, /) -> bool: ...
    def __iter__(self) -> Iterator[_OwnPort]: ...
    def __class_getitem__(cls, item: Any, /) -> GenericAlias: ...
    def register(
        self, shortname: str, is_terminal: bool = False, is_physical: bool = False
    ) -> _OwnPort:
        """Register a new port and return it: an OwnPort or, in MIDI lists, an OwnMidiPort.

        Parameters
        ----------
        shortname : str
            Unique among the client's ports; with the client's name and a colon it has at
            most port_name_size() - 1 bytes.
        is_terminal : bool
            What goes in is not passed on, or what comes out is made here.
        is_physical : bool
            It stands for a connector of the hardware.

        Raises JackError when JACK refuses.  Not from the process callback.
        libjack: jack_port_register.
        """

    def clear(self) -> None:
        """Unregister all ports in the list.  libjack: jack_port_unregister."""

@final
class IsolatedCallback:
    """The program's end of an isolated callback; from `Client.set_isolated_callback()`."""

    def send(self, message: _Readable, /) -> None:
        """Send bytes, 65536 at most, to the callback's `IsolatedIO.receive()`.

        From any thread; never waits.  Raises BlockingIOError when the channel (256 KiB) is
        full because the callback does not receive.
        """

    def receive(self, timeout: float | None = None) -> bytes | None:
        """Give the oldest message that the callback has sent.

        Waits `timeout` seconds for one (None: for ever, 0: not at all) and returns None
        when none came.  When no message is left, raises the IsolatedError if the callback
        has failed, and JackError if it is closed or its client has lost its server.
        """

    def areceive(self) -> Coroutine[Any, Any, bytes]:
        """Give the oldest message in a coroutine, waiting for one, with asyncio or trio.

        Raises as receive() does.  Cancelling loses no message.
        """

    def fileno(self) -> int:
        """A file descriptor that is readable while there is a message, for select()."""

    def share(self, ring: RingBuffer, /) -> int:
        """Let the callback use a ring buffer, too: as ``io.rings[n]``, n being returned.

        From the next block on.  One side writes and the other one reads.  The memory stays
        as long as either side has it.
        """

    def reload(self) -> None:
        """Import the module anew, and call the new function instead of the old one.

        The new one is made ready in another interpreter, `init` included, while the old
        one goes on; they change places between two blocks.  Messages and shared ring
        buffers stay, the module's variables don't.  Raises IsolatedError when the new
        module does not load; the old function then stays.  After an exception in the
        callback it runs again.
        """

    def close(self) -> None:
        """End it: the function is not called again, and its interpreter ends.

        Done by `Client.close()`, too.  A function that does not return is interrupted.
        """

    def __enter__(self) -> Self:
        """Nothing to be done; returns the object itself."""

    def __exit__(self, *args: object) -> None:
        """Close it."""

    @property
    def stats(self) -> dict[str, float]:
        """What was counted, since it was set.

        ``cycles``: calls of the function; ``late_cycles``: those that took longer than a
        block lasts; ``silent_cycles``: blocks since it failed; ``callback_mean_us`` and
        ``callback_max_us``: how long a call took, in microseconds; ``messages_to`` and
        ``messages_from`` (the callback), and the same with ``_lost``, for which there was
        no room.
        """

    @property
    def error(self) -> IsolatedError | MemoryError | None:
        """The exception that ended the callback.

        ``MemoryError`` where there was no memory for that.
        """

    @property
    def closed(self) -> bool:
        """Whether it was closed."""

@final
class IsolatedIO:
    """What an isolated callback is called with: always the same object.

    The tuples are in the order in which the ports were registered.
    """

    @property
    def inputs(self) -> tuple[memoryview, ...]:
        """The audio that came in: for each port a memoryview of float32 samples.

        ``io.outputs[0][:] = io.inputs[0]`` copies a block at the speed of C.  Where the
        callback's module has imported NumPy, they are arrays instead.
        """

    @property
    def outputs(self) -> tuple[memoryview, ...]:
        """The audio that goes out, to be written in every block."""

    @property
    def midi_in(self) -> tuple[IsolatedMidiInput, ...]:
        """The MIDI input ports."""

    @property
    def midi_out(self) -> tuple[IsolatedMidiOutput, ...]:
        """The MIDI output ports; empty at the beginning of a block."""

    @property
    def rings(self) -> tuple[RingBuffer, ...]:
        """The ring buffers given to `IsolatedCallback.share()`."""

    @property
    def frames(self) -> int:
        """The length of the block."""

    @property
    def time(self) -> int:
        """JACK's frame time at the block's beginning."""

    @property
    def samplerate(self) -> int:
        """In frames per second."""

    def receive(self) -> bytes | None:
        """Give the oldest message of the program's, None when there is none."""

    def send(self, message: _Readable, /) -> bool:
        """Send bytes, 65536 at most, to the program; never waits.

        Returns False when there was no room, which is counted.
        """

@final
class IsolatedMidiInput:
    """The events of a block: a sequence of pairs, (offset in frames, bytes)."""

    def __len__(self) -> int: ...
    def __getitem__(self, index: int, /) -> tuple[int, bytes]: ...

@final
class IsolatedMidiOutput:
    """A MIDI port to write events to."""

    def write(self, offset: int, event: _Readable) -> bool:
        """Send `event` at `offset`, in frames from the block's beginning.

        Returns False when the port has no more room in this block.  Raises ValueError
        when the offset is not within the block or lies before the event written last.
        """

@disjoint_base
class RingBuffer:
    """Bytes passed between two threads without a lock.

    One thread writes and one reads, always the same.  Neither ever waits, so that one of
    them may be in a process callback.

    Parameters
    ----------
    size : int
        In bytes, not negative.  Rounded up to a power of two, of which one byte stays
        unused.

    Raises ValueError when `size` can't be, and when it is initialised twice or used
    without; MemoryError when there is no room.

    It has the memory layout of jack_ringbuffer_t, and works without the library.  As
    libjack: jack_ringbuffer_create, jack_ringbuffer_free.
    """

    def __init__(self, size: int) -> None: ...
    @property
    def size(self) -> int:
        """The length of the memory in bytes, a power of two."""

    @property
    def write_space(self) -> int:
        """How many bytes can be written now.  The writer's.

        As libjack: jack_ringbuffer_write_space.
        """

    def write(self, data: _Readable | Iterable[int]) -> int:
        """Write as much of `data` as there is room for; return how many bytes that was.

        `data` is bytes, anything with the buffer protocol whose memory is in one piece
        (C-contiguous), or ints from 0 to 255.  Raises TypeError or ValueError for all
        else, and then has written nothing.  The writer's.
        As libjack: jack_ringbuffer_write.
        """

    @property
    def write_buffers(self) -> tuple[Buffer, Buffer]:
        """The writable memory itself, in two parts; either may be empty.

        Fill them in order, then call write_advance(), and take new ones.  The writer's.
        As libjack: jack_ringbuffer_get_write_vector.
        """

    def write_advance(self, size: int) -> None:
        """Hand `size` bytes, filled through `write_buffers`, to the reader.

        The writer's.  Raises ValueError when there is no room for that many.
        As libjack: jack_ringbuffer_write_advance.
        """

    @property
    def read_space(self) -> int:
        """How many bytes can be read now.  The reader's.

        As libjack: jack_ringbuffer_read_space.
        """

    def read(self, size: int) -> Buffer:
        """Take up to `size` bytes out, into a new Buffer.

        The Buffer is shorter, or empty, when there are not that many.  Raises ValueError
        when `size` is negative.  The reader's.  As libjack: jack_ringbuffer_read.
        """

    def peek(self, size: int) -> Buffer:
        """Copy up to `size` bytes into a new Buffer, and leave them in.

        Else as read().  The reader's.  As libjack: jack_ringbuffer_peek.
        """

    @property
    def read_buffers(self) -> tuple[Buffer, Buffer]:
        """The readable memory itself, in two parts; either may be empty.

        Use them in order, then call read_advance(), and take new ones.  The reader's.
        As libjack: jack_ringbuffer_get_read_vector.
        """

    def read_advance(self, size: int) -> None:
        """Drop `size` bytes.

        The reader's.  Raises ValueError when there are not that many.
        As libjack: jack_ringbuffer_read_advance.
        """

    def mlock(self) -> None:
        """Keep the memory from being swapped out.

        Raises JackErrorCode, with the system's errno, when the system refuses.
        As libjack: jack_ringbuffer_mlock.
        """

    def reset(self, size: int | None = None) -> None:
        """Empty it and, when `size` is given, make it that small, in bytes.

        `size` is rounded up as when it was made.  Neither reader nor writer may be at
        work.  Raises ValueError when `size` is larger than what was allocated.
        As libjack: jack_ringbuffer_reset, jack_ringbuffer_reset_size.
        """

@disjoint_base
class Server:
    """A JACK server inside this process.

    It needs JACK2's libjackserver (JACK_SERVER_LIBRARY in the environment names another
    than the usual one), no sound card, and no jackd.  It starts at the top of a with
    block or by start(), not before, and serves this process and all others of the user::

        with jack.Server() as server:
            client = jack.Client("x", servername=server.name)

    One server of a process can run at a time.  In a forked child it is out of reach.
    What libjackserver says goes where libjack's messages go.

    Parameters
    ----------
    name : str, optional
        1 to 80 bytes.  By default one that no other server has.
    driver : str
        One of `drivers`.
    samplerate : int
        In Hz; the driver's parameter "rate".
    blocksize : int
        In frames; the driver's parameter "period".
    realtime : bool
        Whether its threads, and those of its clients, get realtime priority.
    **parameters
        Further parameters of the driver and of the server, by their names in
        `parameters`.  Where the two share a name the driver's is meant, and the server's
        has ``server_`` before its name; that prefix may always be used.

    Everything is checked before anything is started: an unknown name raises TypeError
    with a list of the known ones, so does a value of the wrong type; a value out of its
    range or not among the choices raises ValueError.
    Also raises LibraryNotFoundError.
    """

    def __init__(
        self,
        name: str | None = None,
        driver: str = "dummy",
        samplerate: int = 48000,
        blocksize: int = 256,
        realtime: bool = False,
        **parameters: int | str | bool,
    ) -> None: ...
    @property
    def name(self) -> str:
        """The server's name, for Client(servername=...)."""

    @property
    def driver(self) -> str:
        """The name of its driver."""

    @property
    def drivers(self) -> list[str]:
        """The names of all drivers that a server can run with."""

    @property
    def parameters(self) -> dict[str, ServerParameter]:
        """What the driver and the server can be told, and what they have been told.

        By keyword, the driver's first.  A new dict each time.
        """

    @property
    def running(self) -> bool:
        """Whether it was started and not stopped since, by this process."""

    def start(self) -> None:
        """Start it; clients can be opened when this returns.

        Raises JackError, with what libjackserver said, when it can't start, when it is
        running already, and when another server runs in this process.
        """

    def stop(self) -> None:
        """Stop it; it can be started again.

        Clients that are still open get their shutdown.  A server that is not running is
        left as it is.  Raises JackError when it is the parent process's.
        """

    def close(self) -> None:
        """Stop it for good: start() then raises JackError."""

    def switch_master(self, driver: str, **parameters: int | str | bool) -> None:
        """Go on with another driver, or with the same one set up anew.

        `parameters` are those of the driver, or samplerate and blocksize, which otherwise
        stay as they were set.  Clients stay, connections to the old driver's ports go.

        Raises JackError when the server is not running, or when the driver can't be
        opened; the former one is then opened again.  Arguments are checked as by Server.
        """

    def configure(self, **parameters: int | str | bool) -> None:
        """Set parameters for the next start; those that are not named stay as they are.

        By their names in `parameters`, or name, samplerate, blocksize.  Checked as by
        Server.  Raises JackError unless the server is stopped.
        libjackserver: jackctl_parameter_set_value.
        """

    def reset(self, *names: str) -> None:
        """Give these parameters libjackserver's own defaults; without names, all but "name".

        Some defaults are others than those of Server(): see ServerParameter.default.
        Raises JackError unless the server is stopped, TypeError for an unknown name.
        libjackserver: jackctl_parameter_reset.
        """

    def parameters_of(self, name: str) -> dict[str, ServerParameter]:
        """What a driver, or an internal client of `internals`, can be told.

        A new dict each time, by keyword.  Raises ValueError for an unknown name.
        libjackserver: jackctl_driver_get_parameters, jackctl_internal_get_parameters.
        """

    @property
    def internals(self) -> dict[str, bool]:
        """The clients that can be loaded into the server, and whether this object did so.

        A new dict each time.  libjackserver: jackctl_server_get_internals_list.
        """

    def load_internal(self, name: str, /, **parameters: int | str | bool) -> None:
        """Load one of `internals` into the running server, set up by its parameters.

        Each can be loaded once.  It ends when it is unloaded, or with the server.
        Raises JackError, with what libjackserver said, when it can't be loaded, is loaded
        already, a client has its name, or the server is not running; ValueError for an
        unknown name; for `parameters` as Server does.
        Client.load_internal() loads into any server, any module of JACK's.
        libjackserver: jackctl_server_load_internal.
        """

    def unload_internal(self, name: str) -> None:
        """Unload what load_internal() loaded.

        Raises JackError when it is not loaded, or no more.
        libjackserver: jackctl_server_unload_internal.
        """

    @property
    def slaves(self) -> list[str]:
        """The drivers that were added to the server's own, in that order."""

    def add_slave(self, driver: str, /, **parameters: int | str | bool) -> None:
        """Have a second driver run beside the server's own, from the next start on.

        Of the kind that can't drive a server, "loopback" for one; a name that is none
        raises ValueError with those that are.  Raises JackError unless the server is
        stopped.  When it can't be opened, start() raises.
        libjackserver: jackctl_server_add_slave.
        """

    def remove_slave(self, driver: str) -> None:
        """Take away what add_slave() added last under this name.

        Raises JackError unless the server is stopped, ValueError when there is none.
        libjackserver: jackctl_server_remove_slave.
        """

    def load_session_file(self, path: str | bytes | os.PathLike[str] | os.PathLike[bytes]) -> None:
        """Load internal clients and connect ports as a text file says.

        Its lines are ``load <client> <module> [<arguments>]`` and
        ``con <source port> <destination port>``, or begin with ``#``.  Raises JackError
        when the file can't be read, and, after all others were followed, for lines that
        libjackserver could not follow; with what it said.
        libjackserver: jackctl_server_load_session_file.
        """

    def __enter__(self) -> Self:
        """Start it, unless it is running."""

    def __exit__(self, *args: object) -> None:
        """Stop it; in a forked child, leave it alone."""

@final
class ServerParameter(structseq[Any], tuple[Any, ...]):
    """One of a server's or its driver's parameters, as it was when it was asked for."""

    __match_args__: Final = (
        "name",
        "value",
        "type",
        "default",
        "range",
        "choices",
        "description",
        "is_set",
        "of",
        "option",
        "strict",
        "fake",
    )

    @property
    def name(self) -> str:
        """libjackserver's name, with hyphens where the keyword has underscores."""

    @property
    def value(self) -> int | str | bool:
        """What it is set to."""

    @property
    def type(self) -> _ParameterType:
        """What it takes: int, str or bool."""

    @property
    def default(self) -> int | str | bool:
        """libjackserver's own default."""

    @property
    def range(self) -> tuple[int, int] | None:
        """The lowest and the highest value of an int."""

    @property
    def choices(self) -> dict[int | str, str] | None:
        """The known values with their meanings; None where there is no such list."""

    @property
    def description(self) -> str:
        """What libjackserver says about it."""

    @property
    def is_set(self) -> bool:
        """Whether it was set, and does not just have its default."""

    @property
    def of(self) -> str:
        """Whose it is: "driver", "server" or "internal"."""

    @property
    def option(self) -> str:
        """The letter of its option on jackd's command line; empty where there is none."""

    @property
    def strict(self) -> bool:
        """Whether nothing but its `choices` is valid."""

    @property
    def fake(self) -> bool:
        """Whether the `choices` are letters that only stand for what they mean."""

@disjoint_base
class NetSlave:
    """An end of netjack: a master elsewhere gives the time and the blocks.

    Needs neither a JACK server nor libjack, but JACK2's libjacknet (JACK_NET_LIBRARY in
    the environment names another than the usual one), and the right to realtime priority.
    The master is a JACK2 server with "netmanager", or a NetMaster.  Opening finds it, by
    multicast, and starts; a context manager that closes it.

    A thread of libjacknet's exchanges blocks with it.  read() gives one after the other;
    what write() is given is sent `lookahead` blocks after the input with which it was due,
    never sooner or later.  So the way from the master and back takes `latency` frames.

    Parameters
    ----------
    inputs, outputs : int or None
        Audio channels from and to the master, at most 255; None for as many as it has.
    midi_inputs, midi_outputs : int or None
        The same of MIDI ports.
    name : str
        1 to 32 bytes; the master shows it behind the host's name.
    address : str
        The group, or the master itself, in numbers with dots.
    port : int
        UDP.  The slave listens on it, on all interfaces, while it looks for a master.
    latency : int
        Blocks that may be on the network; 0 to 30.
    lookahead : int
        Blocks by which the program may be late; 1 to 1024.
    encoder : str
        "float" (every sample arrives as it was), "int" (16 bit), "opus" or "celt" where
        libjacknet has them.
    kbps : int
        For "opus" and "celt", kilobits a second of each channel.
    mtu : int
        Bytes of a packet, 1500 to 9000.
    reconnect : bool
        Whether to look for a master again when it is gone.  It must then have the same
        block size and sample rate.
    timeout : float or None
        Seconds to find a master in; None for ever.

    Raises TimeoutError when no master answers, LibraryNotFoundError, JackError when there
    is no right to realtime priority or the two don't agree, TypeError or ValueError for
    arguments that can't be right.  Not usable after fork().
    Netjack has no authentication: who can reach the port can connect, and libjacknet
    trusts what comes.  libjacknet: jack_net_slave_open, jack_net_slave_activate.
    """

    def __init__(
        self,
        inputs: int | None = 2,
        outputs: int | None = 2,
        *,
        midi_inputs: int | None = 0,
        midi_outputs: int | None = 0,
        name: str = "python",
        address: str = "225.3.19.154",
        port: int = 19000,
        latency: int = 5,
        lookahead: int = 4,
        encoder: str = "float",
        kbps: int = 128,
        mtu: int = 1500,
        reconnect: bool = True,
        timeout: float | None = 10.0,
    ) -> None: ...
    def read(
        self, timeout: float | None = None
    ) -> tuple[NDArray[np.float32] | memoryview | None, list[list[_Event]]]:
        """The next block from the master: its audio, and its MIDI.

        The audio is a new float32 array (blocksize, inputs), a memoryview where NumPy can't
        be imported, None without inputs.  The MIDI is a list for each port of (offset in
        frames, bytes).  Waits `timeout` seconds, by default as long as it takes.

        Raises TimeoutError; InputSyncError, once for each gap, when blocks were lost because
        they were not read in time (its frame_time counts from the first block on);
        LinkLostError, once for each time that the master went away, and always when it is
        not looked for again; JackError when it is closed, meanwhile too, or another thread
        reads.  One thread may read and one may write.
        """

    def write(
        self,
        audio: _Readable | None = None,
        midi: Sequence[Iterable[tuple[int, _Readable]]] | None = None,
        timeout: float | None = None,
    ) -> None:
        """Send a block to the master; waits for room.

        `audio` is float32 (blocksize, outputs), of any layout; None is silence.  `midi` has
        for each port its events in order, (offset in frames, 1 to 4 bytes): longer ones
        netjack can't carry; (blocksize - 9) / 3 of a port fit into a block.

        Raises OutputSyncError, once for each gap, when blocks before were not written in
        time and were silence; this block is then not taken.  Else as read(), and ValueError
        and TypeError for blocks that don't fit.
        """

    def close(self) -> None:
        """End it; from any thread.  Who waits in read() or write() gets JackError.

        Takes as long as a packet may be on its way when the link is dead, a block else.
        Again: no error.  libjacknet: jack_net_slave_deactivate, jack_net_slave_close.
        """

    def __enter__(self) -> Self:
        """The slave itself."""

    def __exit__(self, *args: object) -> None:
        """close()."""

    @property
    def blocksize(self) -> int:
        """The master's, in frames."""

    @property
    def samplerate(self) -> int:
        """The master's, in Hz."""

    @property
    def inputs(self) -> int:
        """Audio channels from the master."""

    @property
    def outputs(self) -> int:
        """Audio channels to the master."""

    @property
    def midi_inputs(self) -> int:
        """MIDI ports from the master."""

    @property
    def midi_outputs(self) -> int:
        """MIDI ports to the master."""

    @property
    def latency(self) -> int:
        """Frames from the master to this program and back: on the network, and `lookahead`."""

    @property
    def lookahead(self) -> int:
        """In blocks, as it was asked for."""

    @property
    def address(self) -> str:
        """The group that it listens to."""

    @property
    def port(self) -> int:
        """The UDP port that it listens on."""

    @property
    def name(self) -> str:
        """As it was asked for."""

    @property
    def master(self) -> str:
        """The name of the master's host."""

    @property
    def connected(self) -> bool:
        """Whether blocks come from a master, as far as is known by now."""

    @property
    def active(self) -> bool:
        """Whether it has a master or looks for one.  libjacknet: jack_net_slave_is_active."""

    @property
    def stats(self) -> dict[str, int]:
        """Counters: a new dict.

        Of blocks: cycles (since the first read or write), lost (not read in time), missing
        (not written in time), late (written after that).  link_losses counts how often the
        master went away, bad_packets what libjacknet could not use.
        """

@disjoint_base
class NetMaster:
    """An end of netjack that gives the time: this program's loop is the clock.

    Needs neither a JACK server nor libjack, but JACK2's libjacknet, as NetSlave does.
    Opening waits for a slave (a NetSlave, jackd -d net, or the netadapter of a server) and
    agrees with it; a context manager that closes it.  Each turn of the loop sends a block
    and receives one; how often is the program's choice.

    Parameters
    ----------
    inputs, outputs : int or None
        Audio channels from and to the slave; None for as many as it wishes.
    blocksize : int
        In frames, 1 to 8192.
    samplerate : int
        In Hz; what the slave is told.
    address : str
        The group to listen to, in numbers with dots.
    port : int
        UDP.  The master listens on it, on all interfaces, until a slave has come.
    partial : bool
        Whether blocks may be sent and received in parts.
    timeout : float or None
        Seconds to wait for a slave; None for ever.

    Raises TimeoutError when no slave comes or agrees, LibraryNotFoundError, TypeError or
    ValueError for arguments that can't be right.  Not usable after fork().  Netjack has no
    authentication: see NetSlave.  libjacknet: jack_net_master_open.
    """

    def __init__(
        self,
        inputs: int | None = None,
        outputs: int | None = None,
        *,
        blocksize: int = 256,
        samplerate: int = 48000,
        address: str = "225.3.19.154",
        port: int = 19000,
        partial: bool = False,
        timeout: float | None = 10.0,
    ) -> None: ...
    def send(
        self,
        audio: _Readable | None = None,
        midi: Sequence[Iterable[tuple[int, _Readable]]] | None = None,
    ) -> None:
        """Send a block: float32 (blocksize, outputs), and MIDI as in NetSlave.write().

        With `partial`, fewer frames may be sent.  Raises LinkLostError when the slave can't
        be reached, JackError when it is closed.
        libjacknet: jack_net_master_send, jack_net_master_send_slice.
        """

    def receive(
        self, frames: int | None = None
    ) -> tuple[NDArray[np.float32] | memoryview | None, list[list[_Event]]]:
        """What the slave answers: audio and MIDI, as NetSlave.read() gives them.

        Silence for the first blocks, as many as the slave's latency.  `frames`, with
        `partial`: how many.  Waits two seconds at the most, Ctrl-C included; then raises
        LinkLostError, since the slave looks for another master by then.  Raises JackError
        when it is closed, or when nothing was sent yet.
        libjacknet: jack_net_master_recv, jack_net_master_recv_slice.
        """

    def close(self) -> None:
        """End it; from any thread, after the call that is under way.  Again: no error.

        The slave hears nothing of it, and finds out after a second or more.
        libjacknet: jack_net_master_close.
        """

    def __enter__(self) -> Self:
        """The master itself."""

    def __exit__(self, *args: object) -> None:
        """close()."""

    @property
    def blocksize(self) -> int:
        """In frames."""

    @property
    def samplerate(self) -> int:
        """In Hz."""

    @property
    def inputs(self) -> int:
        """Audio channels from the slave."""

    @property
    def outputs(self) -> int:
        """Audio channels to the slave."""

    @property
    def midi_inputs(self) -> int:
        """MIDI ports from the slave."""

    @property
    def midi_outputs(self) -> int:
        """MIDI ports to the slave."""

    @property
    def latency(self) -> int:
        """Frames that the slave lets be on the network."""

    @property
    def address(self) -> str:
        """The group that it listened to."""

    @property
    def port(self) -> int:
        """The UDP port that it listened on."""

    @property
    def connected(self) -> bool:
        """Whether it is open and the slave was not found to be gone."""

    @property
    def stats(self) -> dict[str, int]:
        """Counters: blocks sent and received, and bad_packets, which were not whole."""

@disjoint_base
class NetAdapter:
    """Ring buffers between two threads that have clocks of their own.

    One of them, the host, calls push_and_pull(); the other one pull_and_push().  The rings
    are those of JACK2's libjacknet, which calls them experimental; they hold four of the
    longer blocks, and grow when one of them failed.  The rates are taken note of only:
    libjacknet does not resample here.

    Parameters
    ----------
    inputs, outputs : int
        Channels from the host to the other one, and back; 1 to 255.
    blocksize, samplerate : int
        The host's; in frames, 1 to 8192, and Hz.
    adapted_blocksize, adapted_samplerate : int
        The other one's.

    Raises LibraryNotFoundError, TypeError, ValueError.  libjacknet: jack_create_adapter.
    """

    def __init__(
        self,
        inputs: int = 2,
        outputs: int = 2,
        blocksize: int = 256,
        samplerate: int = 48000,
        adapted_blocksize: int = 256,
        adapted_samplerate: int = 48000,
    ) -> None: ...
    def push_and_pull(self, audio: _Readable) -> NDArray[np.float32] | memoryview:
        """Give (frames, inputs), get (frames, outputs).

        Raises JackErrorCode when a ring was full or empty; all rings then begin anew.
        libjacknet: jack_adapter_push_and_pull.
        """

    def pull_and_push(self, audio: _Readable) -> NDArray[np.float32] | memoryview:
        """Give (frames, outputs), get (frames, inputs); silence before the host's first call.

        Raises JackErrorCode when a ring was full or empty.
        libjacknet: jack_adapter_pull_and_push.
        """

    def flush(self) -> None:
        """Empty the rings.  libjacknet: jack_flush_adapter."""

    @property
    def inputs(self) -> int:
        """Channels from the host to the other one."""

    @property
    def outputs(self) -> int:
        """Channels from the other one to the host."""

@disjoint_base
class Node:
    """Something that runs in the audio thread, without Python.

    Handles come from the Client's methods.  Nodes run in the order in which they were
    added, until they are closed, have finished, or the client is closed; the handle need
    not be kept.  A context manager that closes it.

    Output ports that built-in nodes write are cleared at the beginning of each block, and
    each node adds to what is there: two players on one port are mixed.  A callback (Python's
    or native) that writes such a port replaces what nodes before it wrote, and nodes added
    after it add to that.
    """

    def close(self) -> None:
        """Run no more.  Its ports are silent from the next block on, unless others write.

        Again: no error.  Not from within a callback: JackError.
        """

    def __enter__(self) -> Self:
        """The handle itself."""

    def __exit__(self, *args: object) -> None:
        """close()."""

    @property
    def closed(self) -> bool:
        """Whether it was closed, or its client."""

    @property
    def client(self) -> Client:
        """Whose node it is."""

@final
class Thread:
    """A thread that libjack has made for a function; from Client.create_thread()."""

    def join(self, timeout: float | None = None) -> None:
        """Wait until the function has returned, `timeout` seconds at the most.

        None: as long as it takes.  is_alive() tells whether it has.  JackError on the
        thread itself.  libjack: jack_client_stop_thread.
        """

    def is_alive(self) -> bool:
        """Whether the function has not returned yet; False in a child after fork()."""

    @property
    def ident(self) -> int:
        """As threading.get_ident() has it there."""

@final
class NativeCallback(Node):
    """A C function in the audio thread; from Client.set_native_callback()."""

    def remove(self) -> None:
        """As close(): the function does not run any more when this returns."""

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the function returns something else than 0, or is removed.

        False when `timeout` seconds were not enough.  Ctrl-C ends the wait, not the
        function's calls.  JackError when the client is closed or loses its server,
        UsageError when it is not active.
        """

    def __await__(self) -> Generator[Any, None, int]:
        """Wait as wait() does, with asyncio or trio; gives `result`.

        When the await is cancelled the function goes on; it can be awaited again, and by
        several tasks.
        """

    def fileno(self) -> int:
        """A descriptor that is readable once wait() is over, for select and the like.

        It is the handle's: don't read from it.
        """

    @property
    def ended(self) -> bool:
        """Whether the function returned something else than 0."""

    @property
    def result(self) -> int:
        """What it returned then; else 0."""

    @property
    def calls(self) -> int:
        """How many times it was called."""

@final
class Tone(Node):
    """A sine tone; from Client.tone().  Its phase goes on through all changes."""

    @property
    def frequency(self) -> float:
        """In Hz, at most half the samplerate; may be set, from the next block on."""

    @frequency.setter
    def frequency(self, value: float, /) -> None: ...
    @property
    def amplitude(self) -> float:
        """The greatest sample; may be set, and is reached within one block."""

    @amplitude.setter
    def amplitude(self, value: float, /) -> None: ...

@final
class Meter(Node):
    """Levels of ports; from Client.meter().  From any thread, at any time."""

    @property
    def peak(self) -> list[float]:
        """The greatest absolute sample of each port since the last reset."""

    @property
    def rms(self) -> list[float]:
        """The root of the mean square of each port since the last reset."""

    def reset(self) -> None:
        """Begin anew with the next block."""

@final
class Mixer(Node):
    """Ports that are mixed; from Client.mix() and Client.gain()."""

    @property
    def gains(self) -> list[float]:
        """A factor for each input.

        May be set, to a list or to one number for all; all of them are reached in the same
        block, without a step.
        """

    @gains.setter
    def gains(self, value: float | Sequence[float], /) -> None: ...

@final
class Transfer(Node):
    """Audio that is played from memory or recorded; from Client.play(), rec(), playrec()."""

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is over; False when `timeout` seconds were not enough.

        Ctrl-C ends the wait, not the sound.  JackError when the client is closed or loses
        its server, UsageError when it is not active.
        """

    def stop(self) -> None:
        """As close(): it is over when this returns."""

    def __await__(self) -> Generator[Any, None, Any]:
        """Wait until it is over, with asyncio or trio; gives `result`.

        When the await is cancelled the sound goes on; it can be awaited again, and by
        several tasks.  Raises as wait() does.
        """

    def fileno(self) -> int:
        """A descriptor that is readable once it is over, for select and the like.

        It is the transfer's: don't read from it.
        """

    def _repr_html_(self) -> str:
        """For notebooks: how far it is, and a player for what was recorded."""

    @property
    def done(self) -> bool:
        """Whether it is over: finished, stopped or closed."""

    @property
    def frames(self) -> int | None:
        """How many frames there are to do; None for a loop."""

    @property
    def frames_done(self) -> int:
        """How many are done."""

    @property
    def start_time(self) -> int | None:
        """JACK's frame time of the first frame; None before it began."""

    @property
    def samplerate(self) -> int:
        """The server's sample rate when it was made, in Hz; also once the client is closed.

        libjack: jack_get_sample_rate.
        """

    @property
    def result(self) -> Any:
        """The frames that were recorded so far; None for a player.

        float32 (frames, channels), a NumPy array where NumPy can be imported, and a
        memoryview else.  Not a copy.
        """

@final
class Stream:
    """Blocks of audio between a thread of the program and the audio thread.

    From `Client.open_stream()`.  It starts by itself at the first read or write, or with
    start().  One thread may read and one may write at a time; both may be the same.  A
    context manager that closes the stream.

    Arrays are float32 of shape (frames, channels), of any layout; one channel may be 1-D.
    """

    # text-signature: ($self, frames=None, out=None, timeout=None)
    @overload
    def read(
        self,
        frames: int | None = None,
        out: None = None,
        timeout: float | None = None,
    ) -> Any:
        """Wait for `frames` frames of all inputs, and take them.

        None is one block as long as JACK's now.  Gives a new float32 array of shape
        (frames, channels), NumPy's where NumPy is installed and a memoryview else; or
        `out`, filled.

        Raises InputSyncError, once for each gap, when audio before the last of these
        frames was lost; nothing is taken then, and the next call gives the frames.
        TimeoutError after `timeout` seconds, with nothing taken.  JackError when the
        stream is closed, or read by another thread, or when it would have to wait and
        the client is not active.
        """

    @overload
    def read(
        self, frames: int | None, out: _Out, timeout: float | None = None
    ) -> _Out: ...
    @overload
    def read(
        self, frames: int | None = None, *, out: _Out, timeout: float | None = None
    ) -> _Out: ...
    def write(self, block: Any, timeout: float | None = None) -> None:
        """Wait until there is room for the block, and hand it over.

        `block` is float32 of shape (frames, channels).  Without inputs a stream holds
        `lookahead` blocks, and that is the pace.

        Raises OutputSyncError, once for each gap, when silence was played since the last
        call because nothing was written in time; the block is not written then.
        TimeoutError after `timeout` seconds, with nothing written.  JackError as for
        read().  TypeError for other samples than float32, ValueError for another shape.
        """

    # text-signature: ($self, output, input=None, timeout=None)
    @overload
    def process(
        self, output: Any, input: None = None, timeout: float | None = None
    ) -> Any:
        """Write `output` and read as many frames, into `input` or a new array.

        Both are done before InputSyncError or OutputSyncError is raised.
        """

    @overload
    def process(
        self, output: Any, input: _Out, timeout: float | None = None
    ) -> _Out: ...
    def start(self) -> None:
        """Begin with the next block: what was captured before is forgotten."""

    def stop(self) -> None:
        """Play silence and forget what comes in, until the stream is started again."""

    def close(self) -> None:
        """Take the stream out of the audio thread and unregister its ports.

        Waits for the server, for 8 s at the most.  Ctrl-C ends that, and as everywhere the
        client has lost its server then.  libjack: jack_port_unregister.
        """

    # text-signature: ($self, frames=None, out=None)
    @overload
    def aread(
        self, frames: int | None = None, out: None = None
    ) -> Coroutine[Any, Any, Any]:
        """As read(), for asyncio and trio.  Cancelling it loses no audio."""

    @overload
    def aread(self, frames: int | None, out: _Out) -> Coroutine[Any, Any, _Out]: ...
    @overload
    def aread(
        self, frames: int | None = None, *, out: _Out
    ) -> Coroutine[Any, Any, _Out]: ...
    def awrite(self, block: Any) -> Coroutine[Any, Any, None]:
        """As write(), for asyncio and trio.  When cancelled, nothing was written."""

    def fileno(self) -> int:
        """A descriptor that becomes readable when a block came in, for select and the
        like.

        Read 8 bytes from it to clear it.  It is the stream's.
        """

    def write_fileno(self) -> int:
        """A descriptor that becomes readable when a block was played; see fileno()."""

    def __enter__(self) -> Self:
        """The stream itself."""

    def __exit__(self, *args: object) -> None:
        """close()."""

    @property
    def stats(self) -> StreamStats:
        """What went through and what did not, in frames, since the stream was opened."""

    @property
    def latency(self) -> int:
        """Frames from the inputs to the outputs; 0 without outputs."""

    @property
    def lookahead(self) -> int:
        """Blocks that the program may be late."""

    @property
    def closed(self) -> bool:
        """Whether close() was called."""

    @property
    def read_available(self) -> int:
        """Frames that can be read without waiting."""

    @property
    def write_available(self) -> int:
        """Frames that can be written without getting further ahead than lookahead."""

    @property
    def inports(self) -> list[OwnPort]:
        """The input ports, by channel."""

    @property
    def outports(self) -> list[OwnPort]:
        """The output ports, by channel."""

    @property
    def client(self) -> Client:
        """Whose stream it is."""

@final
class ClientStats(structseq[Any], tuple[Any, ...]):
    """How a client's audio went: counts of its audio thread, its streams and JACK.

    Times are in microseconds, of a clock that is never set.
    """

    __match_args__: Final = (
        "cycles",
        "late_cycles",
        "skipped_cycles",
        "callback_max_us",
        "callback_mean_us",
        "gil_waits",
        "gil_wait_max_us",
        "gil_wait_mean_us",
        "underflows",
        "overflows",
        "xruns",
        "events_lost",
        "midi_late",
        "midi_lost",
        "histogram",
    )

    @property
    def cycles(self) -> int:
        """Blocks that the client has processed."""

    @property
    def late_cycles(self) -> int:
        """Blocks that took longer to process than they last; not while freewheeling."""

    @property
    def skipped_cycles(self) -> int:
        """Blocks that JACK went on without this client; not while freewheeling."""

    @property
    def callback_max_us(self) -> float:
        """The longest time that a block took, all that the client runs in it."""

    @property
    def callback_mean_us(self) -> float:
        """The mean time that a block took."""

    @property
    def gil_waits(self) -> int:
        """How many times the audio thread asked for the interpreter's lock."""

    @property
    def gil_wait_max_us(self) -> float:
        """The longest time that it waited for it."""

    @property
    def gil_wait_mean_us(self) -> float:
        """The mean time that it waited for it."""

    @property
    def underflows(self) -> int:
        """How many times the client's streams, open or closed, had nothing to play.

        A process callback with lookahead counts as a stream.
        """

    @property
    def overflows(self) -> int:
        """How many times they had no room for what came in."""

    @property
    def xruns(self) -> int:
        """How many xruns JACK has told of."""

    @property
    def events_lost(self) -> int:
        """Notifications of JACK's that came faster than they were taken."""

    @property
    def midi_late(self) -> int:
        """MIDI events of a process callback with lookahead that came too late.

        They were played at the beginning of a later block.
        """

    @property
    def midi_lost(self) -> int:
        """MIDI events for which such a callback's queues or ports had no room."""

    @property
    def histogram(self) -> tuple[tuple[float, int], ...]:
        """Blocks by the time they took: (upper bound in microseconds, how many).

        The bounds are 1, 2, 4, ... 2**20 and infinity; the first pair counts what took
        less than 1 us, each other what took at least the bound before its own.
        """

    def as_dict(self) -> dict[str, Any]:
        """The fields by their names, in order."""

@final
class MidiPortStats(structseq[int], tuple[int, ...]):
    """What went through a MIDI port's send() and receive(), in events.

    What was sent: accepted = queued + sent + dropped.  What came: received + overflow;
    received = taken + pending.
    """

    __match_args__: Final = (
        "queued",
        "sent",
        "late",
        "deferred",
        "dropped",
        "pending",
        "received",
        "overflow",
        "lost",
    )

    @property
    def queued(self) -> int:
        """Accepted, and still to be sent."""

    @property
    def sent(self) -> int:
        """Put into the port's buffer."""

    @property
    def late(self) -> int:
        """Whose time was past; sent at once or dropped, as asked."""

    @property
    def deferred(self) -> int:
        """Sent in a later block than asked, for want of room in its own."""

    @property
    def dropped(self) -> int:
        """Accepted and never sent: late, too long for the port, or its port gone."""

    @property
    def pending(self) -> int:
        """There to be received."""

    @property
    def received(self) -> int:
        """That came and found room in the queue."""

    @property
    def overflow(self) -> int:
        """That came and were lost, for the queue was full."""

    @property
    def lost(self) -> int:
        """That JACK lost before, for want of room in the port; as JACK counts them."""

@final
class StreamStats(structseq[int], tuple[int, ...]):
    """A stream's counts, in frames.

    captured = read + waiting to be read; lost ones come on top.  Written frames were
    played, dropped late, or wait.
    """

    __match_args__: Final = (
        "captured",
        "lost",
        "played",
        "missing",
        "late",
        "padded",
        "skipped",
        "overflows",
        "underflows",
    )

    @property
    def captured(self) -> int:
        """Frames that came in and found room."""

    @property
    def lost(self) -> int:
        """Frames that came in and found no room: they were not read in time."""

    @property
    def played(self) -> int:
        """Frames that were written (or prefilled) and played."""

    @property
    def missing(self) -> int:
        """Frames of silence that were played because nothing was written in time."""

    @property
    def late(self) -> int:
        """Frames that were written too late, and dropped to keep time."""

    @property
    def padded(self) -> int:
        """Frames of silence put in when JACK's blocks became longer, or in answer to skipped
        ones; and of blocks played once more, after a wrong guess that one was skipped."""

    @property
    def skipped(self) -> int:
        """Frames of cycles that JACK went through without the client: nobody has their input,
        and with inputs what was to be played in them is dropped, as late."""

    @property
    def overflows(self) -> int:
        """How many times frames were lost."""

    @property
    def underflows(self) -> int:
        """How many times frames were missing."""

@final
class Status:
    """libjack's status bits; each is an attribute, True or False.

    int() gives the bits; it equals them, and another Status with the same ones.

    Parameters
    ----------
    code : int
        The bits (jack_status_t).
    """

    def __new__(cls, code: int) -> Self: ...
    @property
    def failure(self) -> bool:
        """It failed as a whole."""

    @property
    def invalid_option(self) -> bool:
        """An option was invalid or is not supported."""

    @property
    def name_not_unique(self) -> bool:
        """The client name was taken; see Client.name for the one that was given."""

    @property
    def server_started(self) -> bool:
        """A server was started for this client."""

    @property
    def server_failed(self) -> bool:
        """No connection with the server could be made."""

    @property
    def server_error(self) -> bool:
        """Talking with the server failed."""

    @property
    def no_such_client(self) -> bool:
        """There is no such client."""

    @property
    def load_failure(self) -> bool:
        """An internal client could not be loaded."""

    @property
    def init_failure(self) -> bool:
        """A client could not be initialised."""

    @property
    def shm_failure(self) -> bool:
        """Shared memory could not be reached."""

    @property
    def version_error(self) -> bool:
        """Library and server speak different protocols."""

    @property
    def backend_error(self) -> bool:
        """The server's driver failed."""

    @property
    def client_zombie(self) -> bool:
        """The server had given the client up."""

    def __int__(self) -> int: ...
    def __index__(self) -> int: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class TransportState:
    """A state of the transport; equal to STOPPED, ROLLING, STARTING or NETSTARTING.

    int() gives that number.  As with any object, its truth value is True.

    Parameters
    ----------
    code : int
        One of these constants.
    """

    def __new__(cls, code: int) -> Self: ...
    def __int__(self) -> int: ...
    def __index__(self) -> int: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Position:
    """A place on the transport's time line: the fields of libjack's jack_position_t.

    All can be read and assigned.  Which of them mean something is told by the POSITION_*
    bits in `valid`; what fills a field sets its bit too: ``pos.valid |= POSITION_BBT``.
    Positions are equal when all fields are; they can be copied and pickled.

    Parameters
    ----------
    **fields
        Values for any of the fields; 0 for the others.

    Raises TypeError for names that are no fields, and TypeError or ValueError, with the
    range, for values that don't fit.
    """

    def __new__(
        cls,
        *,
        unique_1: int = 0,
        usecs: int = 0,
        frame_rate: int = 0,
        frame: int = 0,
        valid: int = 0,
        bar: int = 0,
        beat: int = 0,
        tick: int = 0,
        bar_start_tick: float = 0.0,
        beats_per_bar: float = 0.0,
        beat_type: float = 0.0,
        ticks_per_beat: float = 0.0,
        beats_per_minute: float = 0.0,
        frame_time: float = 0.0,
        next_time: float = 0.0,
        bbt_offset: int = 0,
        audio_frames_per_video_frame: float = 0.0,
        video_offset: int = 0,
        tick_double: float = 0.0,
        unique_2: int = 0,
    ) -> Self: ...
    @property
    def unique_1(self) -> int:
        """JACK's mark of this state of the position; see `unique_2`."""

    @unique_1.setter
    def unique_1(self, value: int, /) -> None: ...
    @property
    def usecs(self) -> int:
        """JACK's clock, in µs."""

    @usecs.setter
    def usecs(self, value: int, /) -> None: ...
    @property
    def frame_rate(self) -> int:
        """Frames per second."""

    @frame_rate.setter
    def frame_rate(self, value: int, /) -> None: ...
    @property
    def frame(self) -> int:
        """The transport's place, in frames."""

    @frame.setter
    def frame(self, value: int, /) -> None: ...
    @property
    def valid(self) -> int:
        """Which groups of fields are filled: the POSITION_* bits."""

    @valid.setter
    def valid(self, value: int, /) -> None: ...
    @property
    def bar(self) -> int:
        """The current bar, from 1.  POSITION_BBT."""

    @bar.setter
    def bar(self, value: int, /) -> None: ...
    @property
    def beat(self) -> int:
        """The beat within the bar, from 1.  POSITION_BBT."""

    @beat.setter
    def beat(self, value: int, /) -> None: ...
    @property
    def tick(self) -> int:
        """The tick within the beat, from 0.  POSITION_BBT."""

    @tick.setter
    def tick(self, value: int, /) -> None: ...
    @property
    def bar_start_tick(self) -> float:
        """Ticks from the song's begin to this bar's.  POSITION_BBT."""

    @bar_start_tick.setter
    def bar_start_tick(self, value: float, /) -> None: ...
    @property
    def beats_per_bar(self) -> float:
        """The time signature's upper number.  POSITION_BBT."""

    @beats_per_bar.setter
    def beats_per_bar(self, value: float, /) -> None: ...
    @property
    def beat_type(self) -> float:
        """The time signature's lower number.  POSITION_BBT."""

    @beat_type.setter
    def beat_type(self, value: float, /) -> None: ...
    @property
    def ticks_per_beat(self) -> float:
        """How finely a beat is divided.  POSITION_BBT."""

    @ticks_per_beat.setter
    def ticks_per_beat(self, value: float, /) -> None: ...
    @property
    def beats_per_minute(self) -> float:
        """The tempo.  POSITION_BBT."""

    @beats_per_minute.setter
    def beats_per_minute(self, value: float, /) -> None: ...
    @property
    def frame_time(self) -> float:
        """The time code of now, in seconds.  POSITION_TIMECODE."""

    @frame_time.setter
    def frame_time(self, value: float, /) -> None: ...
    @property
    def next_time(self) -> float:
        """The time code of the next block, in seconds.  POSITION_TIMECODE."""

    @next_time.setter
    def next_time(self, value: float, /) -> None: ...
    @property
    def bbt_offset(self) -> int:
        """How many frames before this block bar, beat and tick hold.

        POSITION_BBT_FRAME_OFFSET.
        """

    @bbt_offset.setter
    def bbt_offset(self, value: int, /) -> None: ...
    @property
    def audio_frames_per_video_frame(self) -> float:
        """Audio frames per video frame, 0 without video.  POSITION_AUDIO_VIDEO_RATIO."""

    @audio_frames_per_video_frame.setter
    def audio_frames_per_video_frame(self, value: float, /) -> None: ...
    @property
    def video_offset(self) -> int:
        """The audio frame at which this block's first video frame is.

        POSITION_VIDEO_FRAME_OFFSET.
        """

    @video_offset.setter
    def video_offset(self, value: int, /) -> None: ...
    @property
    def tick_double(self) -> float:
        """The tick within the beat, with its fraction.  POSITION_TICK_DOUBLE."""

    @tick_double.setter
    def tick_double(self, value: float, /) -> None: ...
    @property
    def unique_2(self) -> int:
        """Equals `unique_1` when JACK was not writing meanwhile."""

    @unique_2.setter
    def unique_2(self, value: int, /) -> None: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class Buffer:
    """Memory of JACK's or of a RingBuffer, or a copy; not made directly.

    An element is bytes of length 1, a slice (with steps of 1) is bytes.  It compares, as
    bytes do, with whatever has the buffer protocol, is iterable, and exports the buffer
    protocol itself (format 'B').  Slices can be assigned in their own size, elements from
    one byte or an int, unless it is read-only.  It can't be hashed.
    """

    def __len__(self) -> int: ...
    def __getitem__(self, index: SupportsIndex | slice, /) -> bytes: ...
    @overload
    def __setitem__(
        self, index: SupportsIndex, value: _Readable | SupportsIndex, /
    ) -> None: ...
    @overload
    def __setitem__(self, index: slice, value: _Readable, /) -> None: ...
    def __iter__(self) -> Iterator[bytes]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __lt__(self, other: _Readable, /) -> bool: ...
    def __le__(self, other: _Readable, /) -> bool: ...
    def __gt__(self, other: _Readable, /) -> bool: ...
    def __ge__(self, other: _Readable, /) -> bool: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]
    def __buffer__(self, flags: int, /) -> memoryview: ...

@final
class EventQueue(Generic[_Kind]):
    """What happens on a client's server, in order; from `Client.events()`.

    For any thread, callbacks included: iterate over it, call get(), wait for fileno(), or
    use `async for` or aget() with asyncio or trio.  It ends when the client is closed or its
    server is gone, after all that is queued was given; a Shutdown event tells of the latter.
    When several threads or tasks wait, each event goes to one of them, and all see the end.
    Any of the client's methods may be called between events, close() too.  A context manager
    that closes the queue.
    """

    def get(self, timeout: float | None = None) -> _Kind:
        """The next event, as soon as there is one.

        Raises TimeoutError after `timeout` seconds, at once for 0; JackError when there are
        none any more.  Ctrl-C ends the wait, and loses no event.
        """

    def aget(self) -> Coroutine[Any, Any, _Kind]:
        """As get() without end, for asyncio and trio.  Cancelling it loses no event."""

    def __iter__(self) -> Self: ...
    def __next__(self) -> _Kind: ...
    def __aiter__(self) -> Self: ...
    def __anext__(self) -> Coroutine[Any, Any, _Kind]: ...
    def __class_getitem__(cls, item: Any, /) -> GenericAlias: ...
    def fileno(self) -> int:
        """A descriptor that is readable while get() would not wait, for select and the like.

        It is the queue's: don't read from it, and keep the queue as long.  Where several
        threads take events, get(0) may find none all the same.
        """

    def close(self) -> None:
        """End it at once, in whatever thread it is waited for; what is queued is dropped."""

    def __enter__(self) -> Self:
        """The queue itself."""

    def __exit__(self, *args: object) -> None:
        """close()."""

    @property
    def lost(self) -> int:
        """Events that found no room.  When it grows, look anew at what matters."""

    @property
    def closed(self) -> bool:
        """Whether no event will be added: it was closed, or its client is."""

    @property
    def client(self) -> Client:
        """Whose events they are."""

@disjoint_base
class Event:
    """What happened on the server: the base of all that an EventQueue gives.

    Events can't be changed; `match` takes their fields by position.  Two are equal when
    they are of one kind and their fields are.  Their ports can be looked at (name, type,
    flags) also when the port, the server or the client is gone.
    """

    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class PortRegistered(Event):
    """A port is there, or gone."""

    __match_args__: Final = ("port", "registered")

    @property
    def port(self) -> Port:
        """The port; an UnknownPort without a name if it was gone before it was known."""

    @property
    def registered(self) -> bool:
        """False when it was unregistered."""

@final
class PortConnected(Event):
    """Two ports were connected, or disconnected."""

    __match_args__: Final = ("source", "destination", "connected")

    @property
    def source(self) -> Port:
        """The output port."""

    @property
    def destination(self) -> Port:
        """The input port."""

    @property
    def connected(self) -> bool:
        """False when they were disconnected."""

@final
class PortRenamed(Event):
    """A port has another name."""

    __match_args__: Final = ("port", "old_name", "new_name")

    @property
    def port(self) -> Port:
        """The port."""

    @property
    def old_name(self) -> str:
        """Its full name before."""

    @property
    def new_name(self) -> str:
        """Its full name since then."""

@final
class GraphReordered(Event):
    """The order in which clients process changed; JACK tells it often."""

    __match_args__: Final = ()

@final
class Xrun(Event):
    """A block was late, somewhere on the server."""

    __match_args__: Final = ("delayed_usecs",)

    @property
    def delayed_usecs(self) -> float:
        """Microseconds of delay; 0.0 where libjack can't tell."""

@final
class ClientRegistered(Event):
    """A client came, or went."""

    __match_args__: Final = ("name", "registered")

    @property
    def name(self) -> str:
        """The client's name."""

    @property
    def registered(self) -> bool:
        """False when it is gone."""

@final
class Freewheel(Event):
    """The server began or ceased to freewheel."""

    __match_args__: Final = ("starting",)

    @property
    def starting(self) -> bool:
        """False when it ceased."""

@final
class SamplerateChanged(Event):
    """The server has another sample rate."""

    __match_args__: Final = ("samplerate",)

    @property
    def samplerate(self) -> int:
        """In Hz."""

@final
class BlocksizeChanged(Event):
    """The server has another block size."""

    __match_args__: Final = ("blocksize",)

    @property
    def blocksize(self) -> int:
        """In frames."""

@final
class PropertyChanged(Event):
    """Metadata was set, changed or removed."""

    __match_args__: Final = ("subject", "key", "change")

    @property
    def subject(self) -> int:
        """The UUID of what it is about; 0 for all."""

    @property
    def key(self) -> str:
        """Which property; '' for all."""

    @property
    def change(self) -> int:
        """PROPERTY_CREATED, PROPERTY_CHANGED or PROPERTY_DELETED."""

@final
class LatencyChanged(Event):
    """The latencies of the client's own ports were computed anew."""

    __match_args__: Final = ("mode",)

    @property
    def mode(self) -> str:
        """Which of them: 'capture' or 'playback'."""

@final
class Shutdown(Event):
    """The server is gone, or has thrown the client out; the last event."""

    __match_args__: Final = ("status", "reason")

    @property
    def status(self) -> Status:
        """What libjack says of it."""

    @property
    def reason(self) -> str:
        """The same in words."""
