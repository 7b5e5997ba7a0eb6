"""JACK-Client's private names, for programs that lean on them.

JACK-Client is made with cffi, and programs reach through it for libjack itself:
``jack._lib``, ``jack._ffi``, ``client._ptr`` and so on.  They are served here, by cffi over
the library that is loaded already, when they are first touched.

What such a program does with the pointers is not watched: a pointer is as good as the client
or port that it came from.
"""

import importlib
import platform
from collections.abc import Callable
from typing import Any

from jack import _jack
from jack._errors import JackErrorCode

_SUCCESS = 0
_FAILURE = 1
_AUDIO = b"32 bit float mono audio"
_MIDI = b"8 bit raw midi"

# From JACK's headers, with two differences that programs of JACK-Client's rely on: the port
# rename callback returns int, as in older headers, so that ``error=`` can be given (libjack
# does not look at it), and what is written to a ring is unsigned.
_TYPES = """
typedef uint64_t jack_uuid_t;
typedef uint32_t jack_nframes_t;
typedef uint64_t jack_time_t;
typedef uint64_t jack_unique_t;
typedef uint32_t jack_port_id_t;
typedef uint32_t jack_port_type_id_t;
typedef struct _jack_port jack_port_t;
typedef struct _jack_client jack_client_t;

enum JackOptions {
    JackNullOption = 0x00,
    JackNoStartServer = 0x01,
    JackUseExactName = 0x02,
    JackServerName = 0x04,
    JackLoadName = 0x08,
    JackLoadInit = 0x10,
    JackSessionID = 0x20
};
typedef enum JackOptions jack_options_t;

enum JackStatus {
    JackFailure = 0x01,
    JackInvalidOption = 0x02,
    JackNameNotUnique = 0x04,
    JackServerStarted = 0x08,
    JackServerFailed = 0x10,
    JackServerError = 0x20,
    JackNoSuchClient = 0x40,
    JackLoadFailure = 0x80,
    JackInitFailure = 0x100,
    JackShmFailure = 0x200,
    JackVersionError = 0x400,
    JackBackendError = 0x800,
    JackClientZombie = 0x1000
};
typedef enum JackStatus jack_status_t;

enum JackPortFlags {
    JackPortIsInput = 0x1,
    JackPortIsOutput = 0x2,
    JackPortIsPhysical = 0x4,
    JackPortCanMonitor = 0x8,
    JackPortIsTerminal = 0x10
};

typedef enum {
    JackTransportStopped = 0,
    JackTransportRolling = 1,
    JackTransportLooping = 2,
    JackTransportStarting = 3,
    JackTransportNetStarting = 4
} jack_transport_state_t;

typedef enum {
    JackPositionBBT = 0x10,
    JackPositionTimecode = 0x20,
    JackBBTFrameOffset = 0x40,
    JackAudioVideoRatio = 0x80,
    JackVideoFrameOffset = 0x100,
    JackTickDouble = 0x200
} jack_position_bits_t;

typedef struct _jack_midi_event {
    jack_nframes_t time;
    size_t size;
    unsigned char *buffer;
} jack_midi_event_t;
typedef unsigned char jack_midi_data_t;

typedef struct {
    const char *key;
    const char *data;
    const char *type;
} jack_property_t;

typedef struct {
    jack_uuid_t subject;
    uint32_t property_cnt;
    jack_property_t *properties;
    uint32_t property_size;
} jack_description_t;

typedef enum {
    PropertyCreated,
    PropertyChanged,
    PropertyDeleted
} jack_property_change_t;

typedef struct {
    char *buf;
    size_t len;
} jack_ringbuffer_data_t;

typedef struct {
    char *buf;
    volatile size_t write_ptr;
    volatile size_t read_ptr;
    size_t size;
    size_t size_mask;
    int mlocked;
} jack_ringbuffer_t;
"""

_POSITION = """
typedef struct _jack_position {
    jack_unique_t unique_1;
    jack_time_t usecs;
    jack_nframes_t frame_rate;
    jack_nframes_t frame;
    jack_position_bits_t valid;
    int32_t bar;
    int32_t beat;
    int32_t tick;
    double bar_start_tick;
    float beats_per_bar;
    float beat_type;
    double ticks_per_beat;
    double beats_per_minute;
    double frame_time;
    double next_time;
    jack_nframes_t bbt_offset;
    float audio_frames_per_video_frame;
    jack_nframes_t video_offset;
    double tick_double;
    int32_t padding[5];
    jack_unique_t unique_2;
} jack_position_t;
"""

_CALLBACKS = """
typedef int (*JackProcessCallback)(jack_nframes_t nframes, void *arg);
typedef int (*JackGraphOrderCallback)(void *arg);
typedef int (*JackXRunCallback)(void *arg);
typedef int (*JackBufferSizeCallback)(jack_nframes_t nframes, void *arg);
typedef int (*JackSampleRateCallback)(jack_nframes_t nframes, void *arg);
typedef void (*JackPortRegistrationCallback)(jack_port_id_t port, int registered, void *arg);
typedef void (*JackClientRegistrationCallback)(const char *name, int registered, void *arg);
typedef void (*JackPortConnectCallback)(jack_port_id_t a, jack_port_id_t b, int connect,
                                        void *arg);
typedef int (*JackPortRenameCallback)(jack_port_id_t port, const char *old_name,
                                      const char *new_name, void *arg);
typedef void (*JackFreewheelCallback)(int starting, void *arg);
typedef void (*JackInfoShutdownCallback)(jack_status_t code, const char *reason, void *arg);
typedef int (*JackSyncCallback)(jack_transport_state_t state, jack_position_t *pos,
                                void *arg);
typedef void (*JackTimebaseCallback)(jack_transport_state_t state, jack_nframes_t nframes,
                                     jack_position_t *pos, int new_pos, void *arg);
typedef void (*JackPropertyChangeCallback)(jack_uuid_t subject, const char *key,
                                           jack_property_change_t change, void *arg);
"""

_FUNCTIONS = """
void jack_get_version(int *major, int *minor, int *micro, int *proto);
const char *jack_get_version_string(void);
jack_client_t *jack_client_open(const char *name, jack_options_t options,
                                jack_status_t *status, ...);
int jack_client_close(jack_client_t *client);
int jack_client_name_size(void);
char *jack_get_client_name(jack_client_t *client);
char *jack_get_uuid_for_client_name(jack_client_t *client, const char *name);
char *jack_get_client_name_by_uuid(jack_client_t *client, const char *uuid);
char *jack_client_get_uuid(jack_client_t *client);
int jack_activate(jack_client_t *client);
int jack_deactivate(jack_client_t *client);
int jack_get_client_pid(const char *name);
int jack_is_realtime(jack_client_t *client);
void jack_set_error_function(void (*function)(const char *));
void jack_set_info_function(void (*function)(const char *));
void jack_free(void *memory);

void jack_on_info_shutdown(jack_client_t *client, JackInfoShutdownCallback callback,
                           void *arg);
int jack_set_process_callback(jack_client_t *client, JackProcessCallback callback,
                              void *arg);
int jack_set_freewheel_callback(jack_client_t *client, JackFreewheelCallback callback,
                                void *arg);
int jack_set_buffer_size_callback(jack_client_t *client, JackBufferSizeCallback callback,
                                  void *arg);
int jack_set_sample_rate_callback(jack_client_t *client, JackSampleRateCallback callback,
                                  void *arg);
int jack_set_client_registration_callback(jack_client_t *client,
                                          JackClientRegistrationCallback callback,
                                          void *arg);
int jack_set_port_registration_callback(jack_client_t *client,
                                        JackPortRegistrationCallback callback, void *arg);
int jack_set_port_connect_callback(jack_client_t *client, JackPortConnectCallback callback,
                                   void *arg);
int jack_set_port_rename_callback(jack_client_t *client, JackPortRenameCallback callback,
                                  void *arg);
int jack_set_graph_order_callback(jack_client_t *client, JackGraphOrderCallback callback,
                                  void *arg);
int jack_set_xrun_callback(jack_client_t *client, JackXRunCallback callback, void *arg);
float jack_get_xrun_delayed_usecs(jack_client_t *client);

int jack_set_freewheel(jack_client_t *client, int onoff);
int jack_set_buffer_size(jack_client_t *client, jack_nframes_t nframes);
jack_nframes_t jack_get_sample_rate(jack_client_t *client);
jack_nframes_t jack_get_buffer_size(jack_client_t *client);
float jack_cpu_load(jack_client_t *client);
jack_nframes_t jack_frames_since_cycle_start(const jack_client_t *client);
jack_nframes_t jack_frame_time(const jack_client_t *client);
jack_nframes_t jack_last_frame_time(const jack_client_t *client);

jack_port_t *jack_port_register(jack_client_t *client, const char *name, const char *type,
                                unsigned long flags, unsigned long buffer_size);
int jack_port_unregister(jack_client_t *client, jack_port_t *port);
void *jack_port_get_buffer(jack_port_t *port, jack_nframes_t nframes);
jack_uuid_t jack_port_uuid(const jack_port_t *port);
const char *jack_port_name(const jack_port_t *port);
const char *jack_port_short_name(const jack_port_t *port);
int jack_port_flags(const jack_port_t *port);
const char *jack_port_type(const jack_port_t *port);
int jack_port_is_mine(const jack_client_t *client, const jack_port_t *port);
int jack_port_connected(const jack_port_t *port);
int jack_port_connected_to(const jack_port_t *port, const char *name);
const char **jack_port_get_connections(const jack_port_t *port);
const char **jack_port_get_all_connections(const jack_client_t *client,
                                           const jack_port_t *port);
int jack_port_rename(jack_client_t *client, jack_port_t *port, const char *name);
int jack_port_set_name(jack_port_t *port, const char *name);
int jack_port_set_alias(jack_port_t *port, const char *alias);
int jack_port_unset_alias(jack_port_t *port, const char *alias);
int jack_port_get_aliases(const jack_port_t *port, char *const aliases[2]);
int jack_port_request_monitor(jack_port_t *port, int onoff);
int jack_connect(jack_client_t *client, const char *source, const char *destination);
int jack_disconnect(jack_client_t *client, const char *source, const char *destination);
int jack_port_disconnect(jack_client_t *client, jack_port_t *port);
int jack_port_name_size(void);
const char **jack_get_ports(jack_client_t *client, const char *name_pattern,
                            const char *type_pattern, unsigned long flags);
jack_port_t *jack_port_by_name(jack_client_t *client, const char *name);
jack_port_t *jack_port_by_id(jack_client_t *client, jack_port_id_t id);

int jack_release_timebase(jack_client_t *client);
int jack_set_sync_callback(jack_client_t *client, JackSyncCallback callback, void *arg);
int jack_set_sync_timeout(jack_client_t *client, jack_time_t timeout);
int jack_set_timebase_callback(jack_client_t *client, int conditional,
                               JackTimebaseCallback callback, void *arg);
int jack_transport_locate(jack_client_t *client, jack_nframes_t frame);
jack_transport_state_t jack_transport_query(const jack_client_t *client,
                                            jack_position_t *pos);
jack_nframes_t jack_get_current_transport_frame(const jack_client_t *client);
int jack_transport_reposition(jack_client_t *client, const jack_position_t *pos);
void jack_transport_start(jack_client_t *client);
void jack_transport_stop(jack_client_t *client);

uint32_t jack_midi_get_event_count(void *port_buffer);
int jack_midi_event_get(jack_midi_event_t *event, void *port_buffer, uint32_t index);
void jack_midi_clear_buffer(void *port_buffer);
size_t jack_midi_max_event_size(void *port_buffer);
jack_midi_data_t *jack_midi_event_reserve(void *port_buffer, jack_nframes_t time,
                                          size_t size);
int jack_midi_event_write(void *port_buffer, jack_nframes_t time,
                          const jack_midi_data_t *data, size_t size);
uint32_t jack_midi_get_lost_event_count(void *port_buffer);

jack_ringbuffer_t *jack_ringbuffer_create(size_t size);
void jack_ringbuffer_free(jack_ringbuffer_t *ring);
void jack_ringbuffer_get_read_vector(const jack_ringbuffer_t *ring,
                                     jack_ringbuffer_data_t *vectors);
void jack_ringbuffer_get_write_vector(const jack_ringbuffer_t *ring,
                                      jack_ringbuffer_data_t *vectors);
size_t jack_ringbuffer_read(jack_ringbuffer_t *ring, char *bytes, size_t size);
size_t jack_ringbuffer_peek(jack_ringbuffer_t *ring, char *bytes, size_t size);
void jack_ringbuffer_read_advance(jack_ringbuffer_t *ring, size_t size);
size_t jack_ringbuffer_read_space(const jack_ringbuffer_t *ring);
int jack_ringbuffer_mlock(jack_ringbuffer_t *ring);
void jack_ringbuffer_reset(jack_ringbuffer_t *ring);
void jack_ringbuffer_reset_size(jack_ringbuffer_t *ring, size_t size);
size_t jack_ringbuffer_write(jack_ringbuffer_t *ring, const unsigned char *bytes,
                             size_t size);
void jack_ringbuffer_write_advance(jack_ringbuffer_t *ring, size_t size);
size_t jack_ringbuffer_write_space(const jack_ringbuffer_t *ring);

int jack_uuid_parse(const char *text, jack_uuid_t *uuid);
int jack_set_property(jack_client_t *client, jack_uuid_t subject, const char *key,
                      const char *value, const char *type);
int jack_get_property(jack_uuid_t subject, const char *key, char **value, char **type);
void jack_free_description(jack_description_t *description, int free_itself);
int jack_get_properties(jack_uuid_t subject, jack_description_t *description);
int jack_get_all_properties(jack_description_t **descriptions);
int jack_remove_property(jack_client_t *client, jack_uuid_t subject, const char *key);
int jack_remove_properties(jack_client_t *client, jack_uuid_t subject);
int jack_remove_all_properties(jack_client_t *client);
int jack_set_property_change_callback(jack_client_t *client,
                                      JackPropertyChangeCallback callback, void *arg);

extern const char *JACK_METADATA_CONNECTED;
extern const char *JACK_METADATA_EVENT_TYPES;
extern const char *JACK_METADATA_HARDWARE;
extern const char *JACK_METADATA_ICON_LARGE;
extern const char *JACK_METADATA_ICON_NAME;
extern const char *JACK_METADATA_ICON_SMALL;
extern const char *JACK_METADATA_ORDER;
extern const char *JACK_METADATA_PORT_GROUP;
extern const char *JACK_METADATA_PRETTY_NAME;
extern const char *JACK_METADATA_SIGNAL_TYPE;
"""


def _position_is_packed() -> bool:
    """JACK's headers pack jack_position_t, except on some processors outside of macOS."""
    machine = platform.machine().lower()
    natural = machine.startswith(("arm", "aarch64", "mips", "ppc", "powerpc"))
    return not natural or platform.system() == "Darwin"


def _make_ffi() -> Any:
    try:
        cffi: Any = importlib.import_module("cffi")
    except ImportError as error:
        raise AttributeError(
            "JACK-Client's private names (jack._lib, jack._ffi, _ptr and so on) need cffi, "
            f"which can't be imported: {error}. Install it with `pip install cffi`"
        ) from error
    ffi = cffi.FFI()
    ffi.cdef(_TYPES)
    ffi.cdef(_POSITION, packed=_position_is_packed())
    ffi.cdef(_CALLBACKS)
    ffi.cdef(_FUNCTIONS)
    return ffi


def __getattr__(name: str) -> Any:
    """`_ffi` and `_lib`, made when they are first asked for."""
    if name == "_ffi":
        made = _make_ffi()
    elif name == "_lib":
        made = _get_ffi().dlopen(_jack._library_name())
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # The first one stays, whichever thread made it: types of two FFIs are different.
    return globals().setdefault(name, made)


def _get_ffi() -> Any:
    return globals().get("_ffi") or __getattr__("_ffi")


def _decode(cdata: Any) -> str:
    text: bytes = _get_ffi().string(cdata)
    return text.decode()


def _check(error_code: int, msg: str) -> None:
    if error_code:
        raise JackErrorCode(msg, error_code)


def _uuid_parse(uuid: Any) -> int:
    if isinstance(uuid, (_jack.Client, _jack.Port)):
        uuid = uuid.uuid
    if isinstance(uuid, int):
        return uuid
    if not isinstance(uuid, str):
        raise TypeError(f"uuid must be an int or str, not {type(uuid).__name__}")
    parsed = _get_ffi().new("jack_uuid_t *")
    if _get_lib().jack_uuid_parse(uuid.encode(), parsed) != 0:
        raise ValueError(f"a UUID of JACK's was expected, got {uuid!r}")
    value: int = parsed[0]
    return value


def _get_lib() -> Any:
    return globals().get("_lib") or __getattr__("_lib")


# What the extension's private attributes give.


def client_ptr(client: Any) -> Any:
    """`client._ptr`: jack_client_t *; JackError when the client is closed."""
    return _get_ffi().cast("jack_client_t *", client._address)


def port_ptr(port: Any) -> Any:
    """`port._ptr`: jack_port_t *."""
    return _get_ffi().cast("jack_port_t *", port._address)


def ringbuffer_ptr(ringbuffer: Any) -> Any:
    """`ringbuffer._ptr`: jack_ringbuffer_t *, good as long as the RingBuffer."""
    return _get_ffi().cast("jack_ringbuffer_t *", ringbuffer._address)


def wrap_port(client: Any, ptr: Any) -> Any:
    """`client._wrap_port_ptr(ptr)`: the Port for a jack_port_t *."""
    return client._wrap_port_address(int(_get_ffi().cast("uintptr_t", ptr)))


def port_ptr_of(client: Any, port: Any) -> Any:
    """`client._get_port_ptr(port)`: from a Port, a full name or a pointer."""
    if isinstance(port, str):
        port = client.get_port_by_name(port)
    if isinstance(port, _jack.Port):
        return port_ptr(port)
    return port


def callback(client: Any, cdecl: str, **kwargs: Any) -> Callable[[Callable[..., Any]], Any]:
    """`client._callback(cdecl, **kwargs)`: a decorator that makes a C function of a Python
    one, which lives as long as the client."""
    ffi = _get_ffi()

    def decorator(function: Callable[..., Any]) -> Any:
        pointer = ffi.callback(cdecl, function, **kwargs)
        keepalive(client).append(pointer)
        return pointer

    return decorator


def keepalive(client: Any) -> list[Any]:
    """`client._keepalive`: what must live as long as the client."""
    if not hasattr(client, "_compat_keepalive"):
        client._compat_keepalive = []
    kept: list[Any] = client._compat_keepalive
    return kept


def position(client: Any) -> Any:
    """`client._position`: the client's own jack_position_t *."""
    if not hasattr(client, "_compat_position"):
        client._compat_position = _get_ffi().new("jack_position_t *")
    return client._compat_position


def position_address(pos: Any) -> int | None:
    """The address of a jack_position_t of `_ffi`'s (struct or pointer); None for others."""
    ffi = globals().get("_ffi")
    if ffi is None or not isinstance(pos, ffi.CData):
        return None
    kind = ffi.typeof(pos)
    if kind is ffi.typeof("jack_position_t"):
        pos = ffi.addressof(pos)
    elif kind is not ffi.typeof("jack_position_t *") or not pos:
        return None
    return int(ffi.cast("uintptr_t", pos))
