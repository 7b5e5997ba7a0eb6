"""mido over JACK, with mido's own functions and ports."""

import itertools
import queue
import threading

import mido
import pytest

import jack
from support import libraries
from support.midi import LONGEST
from support.waiting import wait_for

NOTE = mido.Message("note_on", channel=3, note=60, velocity=100)
MESSAGES = [
    NOTE,
    mido.Message("note_off", note=60),
    mido.Message("polytouch", note=1, value=2),
    mido.Message("control_change", control=1, value=2),
    mido.Message("program_change", program=7),
    mido.Message("aftertouch", value=3),
    mido.Message("pitchwheel", pitch=-8192),
    mido.Message("sysex", data=()),
    mido.Message("sysex", data=range(128)),
    mido.Message("sysex", data=[1] * min(20_000, LONGEST - 2)),
    mido.Message("quarter_frame", frame_type=1, frame_value=2),
    mido.Message("songpos", pos=1000),
    mido.Message("song_select", song=1),
    mido.Message("tune_request"),
    mido.Message("clock"),
    mido.Message("start"),
    mido.Message("continue"),
    mido.Message("stop"),
    mido.Message("active_sensing"),
    mido.Message("reset"),
]

PATIENT = True


@pytest.fixture
def backend(server, monkeypatch):
    """mido set to JACK, on the test's server."""
    before = mido.backend
    monkeypatch.setenv("JACK_DEFAULT_SERVER", server.name)
    monkeypatch.setenv("PIPEWIRE_REMOTE", server.name)
    mido.set_backend("jack.mido_backend", load=True)
    yield mido.backend
    mido.set_backend(before)


@pytest.fixture
def pair(backend):
    """An input, and an output that is connected with it."""
    with mido.open_input("from", virtual=True) as into:
        with mido.open_output("mido:from") as out:
            yield out, into


def test_every_message(pair):
    out, into = pair
    for message in MESSAGES:
        out.send(message)
    assert [into.receive() for _ in MESSAGES] == MESSAGES
    assert into.poll() is None


def test_names(backend, client):
    other = client("other")
    other.midi_outports.register("gives")
    other.midi_inports.register("takes")
    other.activate()
    wait_for(lambda: mido.get_input_names() == ["other:gives"])
    wait_for(lambda: mido.get_output_names() == ["other:takes"])
    assert mido.get_ioport_names() == []
    assert backend.module.get_devices() == [
        {"name": "other:gives", "is_input": True, "is_output": False},
        {"name": "other:takes", "is_input": False, "is_output": True},
    ]


def test_apis(backend):
    assert backend.module.get_api_names() == ["JACK"]
    with mido.open_input("x", virtual=True, api="JACK") as port:
        assert port.api == "JACK"
        assert repr(port) == "<open input 'x' (JACK)>"
    for use in (mido.get_input_names, lambda **api: mido.open_output("x", **api)):
        with pytest.raises(ValueError, match="unknown API 'UNIX_JACK'"):
            use(api="UNIX_JACK")
    mido.set_backend("jack.mido_backend/JACK")
    assert mido.get_input_names() == []


def test_the_default_port(backend, client):
    with pytest.raises(OSError, match="no MIDI source"):
        mido.open_input()
    with pytest.raises(OSError, match="no MIDI destination"):
        mido.open_output()
    other = client("other")
    other.midi_outports.register("soft")
    other.midi_outports.register("hard", is_physical=True)
    other.activate()
    with mido.open_input() as port:
        assert port.name == "other:hard"
        assert other.midi_outports[1].number_of_connections == 1


def test_by_alias_and_by_client(backend, client):
    other = client("other")
    other.midi_outports.register("gives").set_alias("nick")
    other.activate()
    for name in ("other:gives", "nick", "other"):
        with mido.open_input(name) as port:
            assert port.name == "other:gives"


def test_unknown_ports(backend):
    for use in (mido.open_input, mido.open_output, mido.open_ioport):
        with pytest.raises(OSError, match="unknown port 'nobody'"):
            use("nobody")
    for use in (mido.open_input, mido.open_output, mido.open_ioport):
        with pytest.raises(OSError, match="must have a name"):
            use(virtual=True)


def test_client_name(backend):
    with mido.open_output("out", client_name="My program"):
        assert mido.get_input_names() == ["My program:out"]


def test_servername(backend, server, monkeypatch):
    for variable in ("JACK_DEFAULT_SERVER", "PIPEWIRE_REMOTE"):
        monkeypatch.setenv(variable, "nobody-here")
    with pytest.raises(OSError, match="no JACK server answers"):
        mido.get_input_names()
    with mido.open_output("out", virtual=True, servername=server.name):
        assert mido.get_input_names(servername=server.name) == ["mido:out"]


def test_no_server(backend, monkeypatch):
    for variable in ("JACK_DEFAULT_SERVER", "PIPEWIRE_REMOTE"):
        monkeypatch.setenv(variable, "nobody-here")
    for use in (mido.get_output_names, lambda: mido.open_input("x", virtual=True)):
        with pytest.raises(OSError, match="no JACK server answers"):
            use()


def test_ioport(backend):
    with mido.open_ioport("box", virtual=True) as box:
        assert mido.get_input_names() == ["mido:box out"]
        assert mido.get_output_names() == ["mido:box in"]
        with mido.open_ioport("mido") as port:
            assert port.name == "mido:box out + mido:box in"
            for message in MESSAGES:
                port.send(message)
                assert box.receive() == message
                box.send(message)
                assert port.receive() == message


def test_autoreset_reset_and_panic(backend):
    with mido.open_input("from", virtual=True) as into:
        with mido.open_output("mido:from", autoreset=True) as out:
            out.panic()
            panic = [into.receive() for _ in range(16)]
            assert panic == list(mido.ports.panic_messages())
            out.reset()
            assert [into.receive() for _ in range(32)] == list(mido.ports.reset_messages())
            out.send(NOTE)
        assert [into.receive() for _ in range(33)] == [NOTE, *mido.ports.reset_messages()]
        assert into.poll() is None


def test_callback(backend):
    got = queue.Queue()
    with mido.open_input("from", virtual=True, callback=got.put) as into:
        with mido.open_output("mido:from") as out:
            for message in MESSAGES:
                out.send(message)
            assert [got.get(timeout=10) for _ in MESSAGES] == MESSAGES
            with pytest.raises(ValueError, match="callback"):
                into.receive()
            into.callback = None
            out.send(NOTE)
            assert into.receive() == NOTE
            into.callback = got.put
            out.send(NOTE)
            assert got.get(timeout=10) == NOTE


def test_a_callback_that_fails(backend, monkeypatch):
    """It is told, and gets the next message all the same."""
    told, got = [], queue.Queue()
    monkeypatch.setattr(threading, "excepthook", lambda args: told.append(args.exc_type))

    def callback(message):
        got.put(message)
        raise ZeroDivisionError

    with mido.open_input("from", virtual=True, callback=callback):
        with mido.open_output("mido:from") as out:
            for _ in range(2):
                out.send(NOTE)
                assert got.get(timeout=10) == NOTE
    assert told == [ZeroDivisionError] * 2


def test_a_callback_that_closes(backend):
    closed = threading.Event()

    def callback(message):
        into.close()
        closed.set()

    into = mido.open_input("from", virtual=True, callback=callback)
    with mido.open_output("mido:from") as out:
        out.send(NOTE)
        assert closed.wait(10)
    assert into.closed


def test_iterating_until_it_is_closed(pair):
    out, into = pair
    got = []
    thread = threading.Thread(target=lambda: got.extend(into))
    thread.start()
    for message in MESSAGES:
        out.send(message)
    wait_for(lambda: into._source.stats.received == len(MESSAGES))
    wait_for(lambda: into._source.stats.pending == 0)
    into.close()
    thread.join(10)
    assert not thread.is_alive() and got == MESSAGES


def test_iter_pending(pair):
    out, into = pair
    for message in MESSAGES:
        out.send(message)
    wait_for(lambda: into._source.stats.pending == len(MESSAGES))
    assert list(into.iter_pending()) == MESSAGES


def test_multi_port(backend):
    with mido.open_input("a", virtual=True) as a, mido.open_input("b", virtual=True) as b:
        with mido.open_output("mido:a") as to_a, mido.open_output("mido-01:b") as to_b:
            outputs = mido.ports.MultiPort([to_a, to_b])
            outputs.send(NOTE)
            both = mido.ports.multi_receive([a, b], yield_ports=True)
            got = list(itertools.islice(both, 2))
            outputs.send(NOTE)
            inputs = mido.ports.MultiPort([a, b])
            wait_for(lambda: a._source.stats.pending and b._source.stats.pending)
            assert list(inputs.iter_pending()) == [NOTE, NOTE]
    assert {port for port, _ in got} == {a, b}
    assert [message for _, message in got] == [NOTE, NOTE]


def test_closed(pair):
    out, into = pair
    out.close()
    out.close()
    into.close()
    with pytest.raises(ValueError, match="closed"):
        out.send(NOTE)
    with pytest.raises(ValueError, match="closed"):
        into.receive()
    assert into.poll() is None
    assert (out.closed, into.closed) == (True, True)
    assert mido.get_output_names() == []


def test_sent_just_before_the_end(pair):
    out, into = pair
    for _ in range(1000):
        out.send(NOTE)
    out.close()
    assert [into.receive() for _ in range(1000)] == [NOTE] * 1000


def test_what_mido_does_not_know(backend, client):
    """JACK may carry anything; what is no message of mido's is left out."""
    other = client("other")
    odd = other.midi_outports.register("odd")
    queue_ = [b"\xf4", b"\xfd", b"\x90\x01", b"\x40"]

    @other.set_process_callback
    def process(frames):
        odd.clear_buffer()
        if into is not None and odd.number_of_connections:
            odd.write_midi_event(0, queue_.pop(0) if queue_ else b"\xf8")

    into = None
    other.activate()
    into = mido.open_input("other:odd")
    with into:
        assert into.receive() == mido.Message("clock")


def test_a_message_in_pieces(backend, client):
    """As PipeWire 1.4 gives system exclusive ones; JACK2 and JACK1 carry what they are given."""
    if libraries.loaded() == "PipeWire":
        pytest.skip("its own way with pieces: docs/pipewire.md")
    other = client("other")
    pieces = other.midi_outports.register("pieces")
    queue_ = [b"\xf0\x01", b"\x02", b"\xf8", b"\x03\x04", b"\xf7", b"\xf0\x05", b"\x90\x01\x02"]
    queue_ += [b"\xf0\x06\x07", b"\x08\xf7", b"\x09", b"\xfa"]

    @other.set_process_callback
    def process(frames):
        pieces.clear_buffer()
        if into is not None and pieces.number_of_connections and queue_:
            pieces.write_midi_event(0, queue_.pop(0))

    into = None
    other.activate()
    into = mido.open_input("other:pieces")
    with into:
        got = [into.receive() for _ in range(5)]
        assert [m.hex() for m in got] == ["F8", "F0 01 02 03 04 F7", "90 01 02", "F0 06 07 08 F7", "FA"]


def test_not_a_message(pair):
    with pytest.raises(TypeError):
        pair[0].send(b"\x90\x40\x40")


def test_the_server_dies(start_jackd, monkeypatch):
    server = start_jackd()
    before = mido.backend
    mido.set_backend("jack.mido_backend")
    with mido.open_input("x", virtual=True, servername=server.name) as into:
        server.kill()
        wait_for(lambda: into._client.closed, what="the client has heard")
        with pytest.raises(OSError, match="lost its JACK server"):
            into.receive()
    mido.set_backend(before)


def test_without_leaks(backend):
    for _ in range(3):
        with mido.open_ioport("x", virtual=True, callback=print):
            pass
    with jack.Client("observer") as observer:
        assert observer.get_ports("mido") == []
