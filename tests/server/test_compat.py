"""JACK-Client's private names, used as patchbays and session managers use them."""

import re

import pytest

import jack
from support import children, libraries, servers
from support.waiting import wait_for

pytest.importorskip("cffi")

KEY = "http://example.org/rtjack/compat"


@pytest.fixture
def tested(client):
    return client("tested")


def text(cdata):
    return jack._ffi.string(cdata).decode()


def wrapped(client, names):
    """Ports of a char** of names, the way Patchance walks it."""
    ports = []
    index = 0
    while names and names[index]:
        pointer = jack._lib.jack_port_by_name(client._ptr, names[index])
        ports.append(client._wrap_port_ptr(pointer))
        index += 1
    return ports


def test_client_pointer(tested):
    assert bool(tested._ptr)
    assert tested._ptr == tested._ptr
    assert text(jack._lib.jack_get_client_name(tested._ptr)) == tested.name
    assert jack._lib.jack_get_sample_rate(tested._ptr) == servers.SAMPLERATE
    assert jack._lib.jack_get_buffer_size(tested._ptr) == servers.BLOCKSIZE


def test_closed_client_has_no_pointer(client):
    closed = client("closed")
    closed.close()
    with pytest.raises(jack.JackError, match="closed"):
        closed._ptr


def test_port_pointer(tested):
    port = tested.inports.register("in")
    assert port._client is tested
    assert text(jack._lib.jack_port_name(port._ptr)) == port.name
    assert jack._lib.jack_port_flags(port._ptr) == jack._lib.JackPortIsInput
    assert jack._lib.jack_port_uuid(port._ptr) == port.uuid
    assert tested.get_port_by_name(port.name)._ptr == port._ptr
    assert tested._get_port_ptr(port) == port._ptr == tested._get_port_ptr(port.name)
    assert tested._get_port_ptr(port._ptr) == port._ptr


def test_wrap_port_pointer(tested):
    audio = tested.outports.register("audio")
    midi = tested.midi_inports.register("midi")
    assert tested._wrap_port_ptr(audio._ptr) is audio
    assert tested._wrap_port_ptr(midi._ptr) is midi
    foreign = tested._wrap_port_ptr(
        jack._lib.jack_port_by_name(tested._ptr, b"system:capture_1")
    )
    assert type(foreign) is jack.Port
    assert foreign == tested.get_port_by_name("system:capture_1")


def test_null_is_no_port(tested):
    with pytest.raises(ValueError, match="NULL"):
        tested._wrap_port_ptr(jack._lib.jack_port_by_name(tested._ptr, b"no:body"))


def test_list_of_ports(tested):
    tested.inports.register("in")
    names = jack._ffi.gc(
        jack._lib.jack_get_ports(tested._ptr, b"", b"", 0x00), jack._lib.jack_free
    )
    assert wrapped(tested, names) == tested.get_ports()


def test_connections(tested):
    port = tested.outports.register("out")
    tested.activate()
    port.connect("system:playback_2")
    playback = tested.get_port_by_name("system:playback_2")

    def connected():
        names = jack._ffi.gc(
            jack._lib.jack_port_get_connections(port._ptr), jack._lib.jack_free
        )
        return wrapped(tested, names) == [playback]

    def connected_from_there():
        names = jack._ffi.gc(
            jack._lib.jack_port_get_all_connections(tested._ptr, playback._ptr),
            jack._lib.jack_free,
        )
        return wrapped(tested, names) == [port]

    wait_for(connected)  # JACK2 shows a connection from its next cycle on
    wait_for(connected_from_there)


def test_aliases(tested):
    port = tested.inports.register("in")
    port.set_alias("first:alias")
    size = jack.port_name_size()
    room = [jack._ffi.new("char[]", size), jack._ffi.new("char[]", size)]
    count = jack._lib.jack_port_get_aliases(port._ptr, jack._ffi.new("char*[]", room))
    assert [text(room[i]) for i in range(count)] == ["first:alias"] == port.aliases


def test_property_change_callback(tested):
    changes = []

    @tested._callback("JackPropertyChangeCallback")
    def changed(subject, key, change, _):
        changes.append((subject, text(key), change))

    jack._check(
        jack._lib.jack_set_property_change_callback(tested._ptr, changed, jack._ffi.NULL),
        "Error setting property change callback",
    )
    assert changed in tested._keepalive
    tested.activate()
    subject = int(tested.uuid)
    tested.set_property(subject, KEY, "value")
    wait_for(lambda: (subject, KEY, jack.PROPERTY_CREATED) in changes)
    tested.remove_property(subject, KEY)
    wait_for(lambda: (subject, KEY, jack.PROPERTY_DELETED) in changes)
    tested.close()


def test_port_registration_callback(client):
    watcher, other = client("watcher"), client("other")
    seen = []

    @watcher._callback("JackPortRegistrationCallback")
    def registered(port_id, on, _):
        pointer = jack._lib.jack_port_by_id(watcher._ptr, port_id)
        if pointer and on:
            seen.append(watcher._wrap_port_ptr(pointer).name)

    jack._check(
        jack._lib.jack_set_port_registration_callback(
            watcher._ptr, registered, jack._ffi.NULL
        ),
        "Error setting port registration callback",
    )
    watcher.activate()
    other.activate()  # JACK2 keeps the ports of an inactive client to itself
    other.inports.register("new")
    wait_for(lambda: "other:new" in seen)
    watcher.close()


def test_process_callback_with_error_value(tested):
    blocks = []

    @tested._callback("JackProcessCallback", error=1)
    def process(frames, _):
        blocks.append(frames)
        return 0

    jack._check(
        jack._lib.jack_set_process_callback(tested._ptr, process, jack._ffi.NULL),
        "Error setting process callback",
    )
    tested.activate()
    wait_for(lambda: len(blocks) >= 3)
    tested.close()
    assert set(blocks) == {servers.BLOCKSIZE}


def test_callbacks_live_as_long_as_the_client(client):
    tested = client("tested")
    pointers = [
        tested._callback("JackXRunCallback", error=0)(lambda _: 0) for _ in range(3)
    ]
    assert tested._keepalive == pointers


def test_metadata_by_hand(tested):
    tested.set_property(tested, KEY, "value", "text/plain")
    description = jack._ffi.new("jack_description_t *")
    subject = jack._uuid_parse(tested)
    count = jack._lib.jack_get_properties(subject, description)
    try:
        assert count == description.property_cnt == 1
        found = description.properties[0]
        assert (text(found.key), text(found.data), text(found.type)) == (
            KEY,
            "value",
            "text/plain",
        )
    finally:
        jack._lib.jack_free_description(description, 0)
        tested.remove_properties(tested)


def test_check():
    assert jack._check(0, "fine") is None
    with pytest.raises(jack.JackErrorCode, match=re.escape("not fine (-3)")) as caught:
        jack._check(-3, "not fine")
    assert caught.value.code == -3


def test_decode():
    assert jack._decode(jack._ffi.new("char[]", "käse".encode())) == "käse"


def test_uuid_parse(tested):
    assert jack._uuid_parse(5) == 5
    assert jack._uuid_parse(tested) == jack._uuid_parse(tested.uuid) == int(tested.uuid)
    with pytest.raises(ValueError, match="'no'"):
        jack._uuid_parse("no")
    with pytest.raises(TypeError, match="float"):
        jack._uuid_parse(1.5)


def test_transport_position(tested):
    position = jack._ffi.new("jack_position_t *")
    state = jack._lib.jack_transport_query(tested._ptr, position)
    assert state == jack._lib.JackTransportStopped
    # A newer PipeWire has none before a client is in the cycle.
    rate = 0 if libraries.is_newer_pipewire() else servers.SAMPLERATE
    assert position.frame_rate == rate
    assert position.unique_1 == position.unique_2
    assert jack._ffi.typeof(tested._position) is jack._ffi.typeof(position)
    assert tested._position is tested._position


def test_own_position_struct(tested):
    position = jack._ffi.new("jack_position_t *")
    position.frame = 4800
    tested.transport_reposition_struct(position)
    wait_for(lambda: tested.transport_frame == 4800)
    jack._lib.jack_transport_query(tested._ptr, position)
    assert jack.position2dict(position) == jack.position2dict(position[0])
    assert jack.position2dict(position)["frame"] == 4800


@pytest.mark.parametrize("declaration", ["int *", "jack_position_t **"])
def test_other_structs_are_no_positions(tested, declaration):
    with pytest.raises(TypeError, match="Position"):
        tested.transport_reposition_struct(jack._ffi.new(declaration))


def test_ringbuffer_pointer():
    ring = jack.RingBuffer(64)
    assert jack._lib.jack_ringbuffer_write(ring._ptr, b"abc", 3) == 3
    assert ring.read(3) == b"abc"
    ring.write(b"de")
    assert jack._lib.jack_ringbuffer_read_space(ring._ptr) == 2
    assert ring._ptr.size == ring.size


def test_lists_of_ports(tested):
    port = tested.inports.register("in")
    assert tested._inports is tested.inports
    assert tested._midi_outports is tested.midi_outports
    assert tested.inports._portlist == [port]


def test_constants():
    for name in ("CONNECTED", "PRETTY_NAME", "SIGNAL_TYPE"):
        constant = getattr(jack._lib, f"JACK_METADATA_{name}")
        assert text(constant) == getattr(jack, f"METADATA_{name}")
    assert jack._lib.JackPositionBBT == jack.POSITION_BBT
    assert jack._lib.PropertyDeleted == jack.PROPERTY_DELETED


def test_every_declared_function_is_in_the_library():
    for name in dir(jack._lib):
        assert getattr(jack._lib, name) is not None


def test_import_alone_costs_no_cffi():
    children.run("import jack, sys; assert 'cffi' not in sys.modules")


WITHOUT_CFFI = """
import sys, jack
sys.modules["cffi"] = None
client = jack.Client("child", servername=sys.argv[1])
for owner, name in ((jack, "_lib"), (jack, "_ffi"), (client, "_ptr")):
    try:
        getattr(owner, name)
    except AttributeError as error:
        print("pip install cffi" in str(error))
jack._check(0, "needs no cffi")
client.close()
"""


def test_without_cffi(server):
    assert children.run(WITHOUT_CFFI, server.name).stdout.split() == ["True"] * 3
