"""PyJack's functions, on the one global client and on a jack.Client."""

import gc
import signal
import threading
import time
import weakref

import numpy as np
import pytest

import jack
from support import servers
from support.waiting import wait_for

N = servers.BLOCKSIZE
SYNC = (jack.InputSyncError, jack.OutputSyncError)


@pytest.fixture
def default(server, monkeypatch):
    """The server to which attach() goes; detached afterwards."""
    monkeypatch.setenv("JACK_DEFAULT_SERVER", server.name)
    yield server
    try:
        jack.detach()
    except jack.NotConnectedError:
        pass
    jack.check_events()


@pytest.fixture
def attached(default):
    jack.attach("pyjack")


def zeros(ports, frames=N):
    return np.zeros((ports, frames), "f")


def ports(inputs, outputs):
    for number in range(inputs):
        jack.register_port(f"in_{number}", jack.IsInput)
    for number in range(outputs):
        jack.register_port(f"out_{number}", jack.IsOutput)


def exchange(output, input, process=None, retry=True):
    """All of `output` block by block into all of `input`; the errors.

    As programs do: a block that was not taken is given again.
    """
    errors = []
    process = process or jack.process
    i, frames = 0, max(output.shape[1], input.shape[1])
    while i < frames:
        try:
            process(output[:, i : i + N], input[:, i : i + N])
        except SYNC as error:
            errors.append(error)
            if retry:
                continue
        i += N
    return errors


def ramp(channels, blocks):
    """No sample is zero, none comes twice."""
    return np.arange(1, channels * blocks * N + 1, dtype="f").reshape(channels, -1)


def since_sound(input):
    return input[:, input.any(axis=0).argmax() :]


# ---- attaching ----


def test_attach_and_detach(default):
    assert jack.attach("pyjack") is None
    assert jack.get_client_name() == "pyjack"
    with pytest.raises(jack.UsageError, match="attached to a JACK server already"):
        jack.attach("another")
    assert jack.get_client_name() == "pyjack"
    assert jack.detach() is None
    for function in (jack.detach, jack.get_sample_rate, jack.activate):
        with pytest.raises(jack.NotConnectedError, match=r"call attach\(\) first"):
            function()
    jack.attach("again")
    assert jack.get_client_name() == "again"


def test_beside_clients(attached, client):
    one, two = client("one"), client("two")
    one.inports.register("x")
    jack.register_port("x", jack.IsOutput)
    two.activate()
    one.activate()
    jack.activate()
    jack.connect("pyjack:x", "one:x")
    assert [p.name for p in two.get_all_connections("one:x")] == ["pyjack:x"]
    jack.detach()
    assert one.get_all_connections("one:x") == []
    assert one.blocksize == N


def test_detach_frees_the_client(attached):
    ports(1, 1)
    jack.activate()
    exchange(zeros(1), zeros(1))
    kept = [weakref.ref(c) for c in gc.get_objects() if isinstance(c, jack.Client)]
    assert kept
    jack.detach()
    gc.collect()
    assert [reference() for reference in kept] == [None] * len(kept)


# ---- what can be asked ----


def test_facts(attached, client):
    other = client("other")
    assert jack.get_buffer_size() == other.blocksize == N
    assert jack.get_sample_rate() == other.samplerate
    assert abs(jack.get_frame_time() - other.frame_time) < other.samplerate
    assert type(jack.get_cpu_load()) is float
    assert jack.is_realtime() == int(other.realtime)
    assert type(jack.is_realtime()) is int
    assert jack.get_version() == jack.version()


def test_ports(attached, client):
    with client("other") as other:
        other.midi_outports.register("midi")
        jack.register_port("in_1", jack.IsInput | jack.CanMonitor)
        jack.register_port("out_1", jack.IsOutput | jack.IsTerminal)
        assert jack.get_ports("pyjack") == ["pyjack:in_1", "pyjack:out_1"]
        assert jack.get_ports(type_name_pattern="midi") == ["other:midi"]
        assert jack.get_ports("pyjack", flags=jack.IsOutput) == ["pyjack:out_1"]
        assert jack.get_ports() == [p.name for p in other.get_ports()]
        assert jack.get_port_flags("pyjack:in_1") == jack.IsInput | jack.CanMonitor
        assert jack.get_port_flags("pyjack:out_1") == jack.IsOutput | jack.IsTerminal
        assert jack.get_port_flags("system:capture_1") & jack.IsPhysical
        assert jack.get_port_short_name("other:midi") == "midi"
        assert jack.get_port_type("other:midi") == "8 bit raw midi"
        assert jack.get_port_type("pyjack:in_1") == "32 bit float mono audio"
        assert jack.get_port_type_id("pyjack:in_1") != jack.get_port_type_id("other:midi")
        assert jack.port_is_mine("pyjack:in_1") == 1
        assert jack.port_is_mine("other:midi") == 0
        assert jack.get_connections("pyjack:in_1") == []


@pytest.mark.parametrize(
    "function",
    "get_port_flags get_connections get_port_short_name get_port_type "
    "get_port_type_id port_is_mine".split(),
)
def test_unknown_port(attached, function):
    with pytest.raises(jack.JackError, match="Port 'no:body' not available"):
        getattr(jack, function)("no:body")
    with pytest.raises(TypeError):
        getattr(jack, function)(1)


def test_bad_patterns(attached):
    with pytest.raises(ValueError, match="no regular expression"):
        jack.get_ports("a(b")


@pytest.mark.parametrize("flags", [0, jack.CanMonitor, jack.IsInput | jack.IsOutput])
def test_flags_without_direction(attached, flags):
    with pytest.raises(ValueError, match="flags must contain one of IsInput and IsOutput"):
        jack.register_port("x", flags)


def test_register_twice(attached):
    jack.register_port("x", jack.IsInput)
    with pytest.raises(jack.JackError, match="there is a port of that name already"):
        jack.register_port("x", jack.IsOutput)
    with pytest.raises(TypeError, match="name must be a str"):
        jack.register_port(b"y", jack.IsInput)


def test_unregister(attached):
    ports(2, 0)
    jack.unregister_port("in_0")
    jack.unregister_port("pyjack:in_1")
    assert jack.get_ports("pyjack") == []
    with pytest.raises(jack.UsageError, match="'in_0' is no port"):
        jack.unregister_port("in_0")


# ---- connections ----


def test_connect_twice_and_disconnect_twice(attached):
    ports(1, 1)
    jack.activate()
    for _ in range(2):
        jack.connect("pyjack:out_0", "pyjack:in_0")
        assert jack.get_connections("pyjack:out_0") == ["pyjack:in_0"]
    for _ in range(2):
        jack.disconnect("pyjack:out_0", "pyjack:in_0")
        assert jack.get_connections("pyjack:out_0") == []


def test_connect_before_activate(attached):
    ports(1, 1)
    jack.connect("pyjack:out_0", "pyjack:in_0")
    jack.connect("pyjack:out_0", "system:playback_1")
    jack.disconnect("pyjack:out_0", "system:playback_1")
    assert jack.get_connections("pyjack:out_0") == []
    jack.activate()
    assert jack.get_connections("pyjack:out_0") == ["pyjack:in_0"]


def test_connect_wrong_ports(attached):
    ports(1, 1)
    for active in (False, True):
        if active:
            jack.activate()
        for function in (jack.connect, jack.disconnect):
            with pytest.raises(jack.UsageError, match="source port 'no:body' does not exist"):
                function("no:body", "pyjack:in_0")
            with pytest.raises(jack.UsageError, match="destination port 'x' does not exist"):
                function("pyjack:out_0", "x")
        with pytest.raises(jack.Error, match="output port"):
            jack.connect("pyjack:in_0", "pyjack:out_0")


# ---- activation and transport ----


def test_activate(attached):
    with pytest.raises(jack.UsageError, match="not active"):
        jack.deactivate()
    jack.activate()
    with pytest.raises(jack.UsageError, match="active already"):
        jack.activate()
    jack.deactivate()
    with pytest.raises(jack.UsageError, match=r"call activate\(\) before process\(\)"):
        jack.process(zeros(0), zeros(0))


def test_transport(attached):
    jack.activate()
    jack.transport_locate(4800)
    wait_for(lambda: jack.get_current_transport_frame() == 4800)
    assert jack.get_transport_state() == jack.TransportStopped
    jack.set_sync_timeout(1_000_000)
    jack.transport_start()
    wait_for(lambda: jack.get_transport_state() == jack.TransportRolling)
    wait_for(lambda: jack.get_current_transport_frame() > 4800)
    jack.transport_stop()
    wait_for(lambda: jack.get_transport_state() == jack.TransportStopped)


# ---- process() ----


@pytest.mark.parametrize("channels", [1, 3])
def test_loop(attached, channels):
    """What is sent comes back, every sample, once and in order."""
    ports(channels, channels)
    jack.activate()
    for number in range(channels):
        jack.connect(f"pyjack:out_{number}", f"pyjack:in_{number}")
    sent, received = ramp(channels, 100), zeros(channels, 200 * N)
    silence = zeros(channels, 100 * N)
    lost = exchange(np.concatenate([sent, silence], axis=1), received)
    heard = since_sound(received)
    assert lost or np.array_equal(heard[:, : sent.shape[1]], sent)
    assert set(heard.flat) - {0} <= set(sent.flat)


def test_strides(attached):
    """Rows and columns may lie anywhere, backwards and apart."""
    ports(2, 2)
    jack.activate()
    jack.connect("pyjack:out_0", "pyjack:in_0")
    jack.connect("pyjack:out_1", "pyjack:in_1")
    sent = ramp(2, 60)
    out = np.asfortranarray(sent)[:, :]
    wide = np.zeros((4, 2 * sent.shape[1]), "f")
    into = wide[::-2, ::2]
    assert not out.flags.c_contiguous and not into.flags.c_contiguous
    lost = exchange(out, into)
    heard = since_sound(np.ascontiguousarray(into))
    assert heard.shape[1] > 20 * N
    assert lost or np.array_equal(heard, sent[:, : heard.shape[1]])
    assert not wide[0::2].any() and not wide[:, 1::2].any()


def test_other_buffers(attached):
    """NumPy is not needed."""
    ports(1, 1)
    jack.activate()
    block = memoryview(bytearray(4 * N)).cast("f", (1, N))
    exchange(np.asarray(block), np.asarray(block))
    try:
        assert jack.process(block, block) is None
    except SYNC:
        pass


@pytest.mark.parametrize(("inputs", "outputs"), [(1, 0), (0, 1), (0, 0)])
def test_one_direction(attached, inputs, outputs):
    ports(inputs, outputs)
    jack.activate()
    begin = jack.get_frame_time()
    exchange(zeros(outputs, 40 * N), zeros(inputs, 40 * N))
    if inputs or outputs:  # it is paced by the server
        assert jack.get_frame_time() - begin > 20 * N


def test_old_data(attached):
    """After a second without process(): InputSyncError, with the oldest block."""
    ports(1, 1)
    jack.activate()
    jack.connect("pyjack:out_0", "pyjack:in_0")
    sent, received = np.full((1, 40 * N), 0.5, "f"), zeros(1, 40 * N)
    exchange(sent, received)
    begin = jack.get_frame_time()
    wait_for(lambda: jack.get_frame_time() - begin > jack.get_sample_rate())
    block = zeros(1)
    with pytest.raises(jack.InputSyncError, match="called too late") as caught:
        jack.process(sent[:, :N], block)
    assert (block == 0.5).all()  # from before the pause
    assert caught.value.frames > jack.get_sample_rate() // 2
    assert (caught.value.frame_time - begin) % 2**32 < 2 * N


def test_every_frame_is_accounted_for(attached, client):
    """Frames sent = frames received + frames counted as lost."""
    source = client("source")
    port = source.outports.register("numbers")
    jack.register_port("in", jack.IsInput)
    count = 0

    @source.set_process_callback
    def process(frames):
        nonlocal count
        port.get_array()[:] = np.arange(count + 1, count + 1 + frames)
        count += frames

    jack.activate()
    source.activate()
    source.connect(port, "pyjack:in")
    block, nothing = zeros(1), zeros(0)
    wait_for(lambda: not exchange(nothing, block) and block.any())
    last = block[0, -1]
    for _ in range(3):
        begin = jack.get_frame_time()
        wait_for(lambda: jack.get_frame_time() - begin > jack.get_sample_rate())
        lost = 0
        try:
            jack.process(nothing, block)
        except jack.InputSyncError as error:
            lost = error.frames
        assert lost > 0
        assert block[0, 0] == last + 1
        lost += sum(error.frames for error in exchange(nothing, after := zeros(1)))
        assert after[0, 0] == block[0, -1] + 1 + lost
        last = after[0, -1]
    assert count < 2**24  # exact in float32
    source.deactivate()


def test_late_output(attached):
    """A pause that the input outlasts: the output's frames of silence are counted."""
    ports(1, 1)
    jack.activate()
    jack.connect("pyjack:out_0", "pyjack:in_0")
    sent, received = np.full((1, 40 * N), 0.5, "f"), zeros(1, 40 * N)
    exchange(sent, received)
    begin = jack.get_frame_time()
    wait_for(lambda: jack.get_frame_time() - begin > jack.get_sample_rate() // 5)
    received = zeros(1, 100 * N)
    errors = exchange(np.full((1, 100 * N), 0.5, "f"), received, retry=False)
    assert errors
    if not any(isinstance(error, jack.InputSyncError) for error in errors):
        assert sum(error.frames for error in errors) == (received == 0).sum()


def test_wait_is_interrupted(attached):
    """By Ctrl-C, though no block comes."""
    jack.register_port("in", jack.IsInput)
    jack.activate()

    def handler(number, frame):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        with pytest.raises(KeyboardInterrupt):
            while True:
                exchange(zeros(0), zeros(1))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    exchange(zeros(0), zeros(1))


def test_wrong_arrays(attached):
    ports(1, 2)
    jack.activate()
    good, input = zeros(2), zeros(1)
    with pytest.raises(ValueError, match=r"output must have the shape \(2, frames\), got \(1,"):
        jack.process(zeros(1), input)
    with pytest.raises(ValueError, match=r"input must have the shape \(1, frames\), got \(2,"):
        jack.process(good, zeros(2))
    with pytest.raises(ValueError, match=rf"output must have the shape \(2, {N}\).* {N + 1} f"):
        jack.process(zeros(2, N + 1), input)
    with pytest.raises(TypeError, match="must hold float32 samples"):
        jack.process(good.astype("d"), input)
    with pytest.raises(TypeError, match="not list"):
        jack.process([[0.0] * N] * 2, input)
    input.flags.writeable = False
    with pytest.raises((ValueError, BufferError), match="read-only|not writable"):
        jack.process(good, input)
    exchange(good, zeros(1))  # still usable


def test_many_ports(attached):
    """PyJack had room for 256."""
    count = 300
    ports(0, count)
    jack.register_port("in", jack.IsInput)
    jack.activate()
    jack.connect(f"pyjack:out_{count - 1}", "pyjack:in")
    output = zeros(count, 60 * N)
    output[-1] = ramp(1, 60)
    received = zeros(1, 60 * N)
    lost = exchange(output, received)
    heard = since_sound(received)
    assert heard.any()
    assert lost or np.array_equal(heard[0], output[-1, : heard.shape[1]])


def test_ports_come_and_go(attached):
    """While active: the arrays' rows are the ports that are there, in order."""
    ports(1, 1)
    jack.activate()
    jack.connect("pyjack:out_0", "pyjack:in_0")
    for again in range(3):
        exchange(zeros(1, 5 * N), zeros(1, 5 * N))
        jack.register_port("late", jack.IsInput)
        jack.connect("pyjack:out_0", "pyjack:late")
        with pytest.raises(ValueError, match=r"input must have the shape \(2, frames\)"):
            jack.process(zeros(1), zeros(1))
        sent, received = ramp(1, 60), zeros(2, 60 * N)
        lost = exchange(sent, received)
        heard = since_sound(received)
        assert np.array_equal(heard[0], heard[1]) and heard.any()
        assert lost or np.array_equal(heard[0], sent[0, : heard.shape[1]])
        jack.unregister_port("late")
        assert jack.get_connections("pyjack:out_0") == ["pyjack:in_0"]


def test_port_unregistered_elsewhere(default, client):
    """As an object of the client; process() does not touch it any more."""
    c = client("object")
    c.register_port("a", jack.IsInput)
    c.register_port("b", jack.IsInput)
    c.activate()
    exchange(zeros(0), zeros(2), c.process)
    c.inports["a"].unregister()
    exchange(zeros(0), zeros(1), c.process)
    c.inports.clear()
    c.process(zeros(0), zeros(0))


def test_change_while_waiting(attached):
    """Another thread takes the ports away, or the client."""
    jack.register_port("in", jack.IsInput)
    for change in (lambda: jack.unregister_port("in"), jack.deactivate, jack.detach):
        if not jack.get_ports("pyjack"):
            jack.register_port("in", jack.IsInput)
            jack.deactivate()
        jack.activate()
        raised = []
        running = threading.Event()

        def work():
            try:
                while True:
                    exchange(zeros(0), zeros(1))
                    running.set()
            except (jack.Error, ValueError) as error:
                raised.append(error)
            except BaseException as error:
                raised.append(error)
                raise

        thread = threading.Thread(target=work)
        thread.start()
        assert running.wait(10)
        change()
        if change is not jack.deactivate and change is not jack.detach:
            jack.register_port("in_2", jack.IsInput)  # two rows, or another one
            jack.register_port("in_3", jack.IsInput)
        thread.join(10)
        assert not thread.is_alive()
        kinds = {jack.deactivate: jack.UsageError, jack.detach: jack.NotConnectedError}
        assert isinstance(raised[0], kinds.get(change, (jack.UsageError, ValueError)))
        if change is not jack.detach:
            for name in jack.get_ports("pyjack"):
                jack.unregister_port(name)


def test_blocksize_changes(attached):
    ports(1, 1)
    jack.activate()
    exchange(zeros(1, 4 * N), zeros(1, 4 * N))
    jack.set_buffer_size(2 * N)
    wait_for(lambda: jack.get_buffer_size() == 2 * N)
    with pytest.raises(ValueError, match=rf"shape \(1, {2 * N}\)"):
        jack.process(zeros(1), zeros(1))
    for _ in range(20):
        try:
            jack.process(zeros(1, 2 * N), zeros(1, 2 * N))
        except SYNC:
            pass
    jack.set_buffer_size(N)
    with pytest.raises(ValueError, match="power of two"):
        jack.set_buffer_size(100)


def test_on_a_client(default, client):
    """PyJack's names on jack.Client."""
    c = client("x")
    c.register_port("in_1", jack.IsInput)
    c.register_port("out_1", jack.IsOutput)
    assert [p.shortname for p in c.inports] == ["in_1"]
    assert c.get_client_name() == "x"
    with pytest.raises(jack.UsageError, match="not active"):
        c.process(zeros(1), zeros(1))
    c.activate()
    c.connect("x:out_1", "x:in_1")
    sent, received = ramp(1, 60), zeros(1, 60 * N)
    lost = exchange(sent, received, c.process)
    heard = since_sound(received)
    assert lost or np.array_equal(heard[0], sent[0, : heard.shape[1]])
    assert (c.get_buffer_size(), c.get_sample_rate()) == (c.blocksize, c.samplerate)
    assert c.get_connections("x:out_1") == ["x:in_1"]
    assert c.get_transport_state() == jack.TransportStopped
    assert c.get_version() == jack.get_version()
    assert wait_for(lambda: c.check_events()["graph_ordering"])
    c.unregister_port("in_1")
    c.detach()
    assert c.closed
    with pytest.raises(jack.NotConnectedError):
        c.process(zeros(1), zeros(0))


def test_latency_is_reported(attached, client):
    """JACK knows how much later the output is."""
    ports(1, 1)
    jack.activate()
    exchange(zeros(1, 4 * N), zeros(1, 4 * N))
    jack.register_port("more", jack.IsInput)
    jack.connect("pyjack:out_0", "pyjack:in_0")
    sent, received = ramp(1, 60), zeros(2, 60 * N)
    if not exchange(sent, received):
        late = received.any(axis=0).argmax()
        assert late >= jack.get_sample_rate() / 20
        assert late % N == 0


# ---- events ----


def test_check_events(attached, client):
    jack.activate()
    nothing = dict.fromkeys(jack.check_events(), 0)
    wait_for(lambda: jack.check_events() == nothing)
    other = client("other")
    port = other.outports.register("x")
    assert wait_for(lambda: jack.check_events()["port_registration"]) == 1
    other.activate()
    wait_for(lambda: jack.check_events() == nothing)
    other.connect(port, "system:playback_1")
    assert wait_for(lambda: jack.check_events()["graph_ordering"]) == 1
    wait_for(lambda: jack.check_events() == nothing)


def test_events_outlive_the_connection(attached, client):
    jack.activate()
    heard = threading.Event()
    jack.set_port_registration_callback(lambda port, state: heard.set())
    client("other").outports.register("x")
    assert heard.wait(10)
    jack.detach()
    assert jack.check_events()["port_registration"] == 1
    assert jack.check_events()["port_registration"] == 0


def test_callbacks(attached, client):
    """Set at any time; with names, not ports."""
    calls = []
    threads = []
    jack.set_thread_init_callback(lambda: threads.append(threading.get_ident()))
    jack.set_client_registration_callback(lambda *args: calls.append(("client", *args)))
    jack.activate()
    jack.set_port_registration_callback(lambda *args: calls.append(("port", *args)))
    jack.set_port_connect_callback(lambda *args: calls.append(("connect", *args)))
    jack.set_graph_order_callback(lambda *args: calls.append(("order", *args)))
    jack.set_freewheel_callback(lambda *args: calls.append(("freewheel", *args)))
    jack.set_buffer_size_callback(lambda *args: calls.append(("size", *args)))
    assert jack.set_xrun_callback(lambda *args: calls.append(("xrun", *args))) is None
    wait_for(lambda: threads)
    assert threading.get_ident() not in threads
    other = client("other")
    port = other.outports.register("x")
    other.activate()
    other.connect(port, "system:playback_1")
    wait_for(lambda: ("connect", "other:x", "system:playback_1", 1) in calls)
    assert ("client", "other", 1) in calls
    assert ("port", "other:x", 1) in calls
    wait_for(lambda: ("order",) in calls)
    jack.set_buffer_size(2 * N)
    wait_for(lambda: ("size", 2 * N) in calls)
    other.close()
    wait_for(lambda: ("port", "other:x", 0) in calls)
    wait_for(lambda: ("client", "other", 0) in calls)
    with pytest.raises(TypeError, match="callback must be callable"):
        jack.set_xrun_callback(1)


def test_thread_init_on_a_client(default, client):
    c = client("threads")
    calls = []

    @c.set_thread_init_callback
    def begin():
        calls.append(threading.get_ident())

    c.register_port("in", jack.IsInput)
    c.activate()
    wait_for(lambda: calls)
    with pytest.raises(jack.JackError, match="call deactivate"):
        c.set_thread_init_callback(begin)


# ---- the server goes ----


def test_lost_server(start_jackd, monkeypatch):
    first = start_jackd()
    monkeypatch.setenv("JACK_DEFAULT_SERVER", first.name)
    jack.attach("pyjack")
    ports(1, 1)
    jack.activate()
    exchange(zeros(1), zeros(1))
    first.kill()
    with pytest.raises(jack.NotConnectedError):
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            exchange(zeros(1), zeros(1))
    wait_for(lambda: jack.check_events()["shutdown"])
    assert jack.check_events()["shutdown"] == 0
    for function in (jack.get_sample_rate, jack.get_ports, jack.deactivate):
        with pytest.raises(jack.NotConnectedError, match=r"attach\(\) makes a new one"):
            function()
    second = start_jackd()
    monkeypatch.setenv("JACK_DEFAULT_SERVER", second.name)
    jack.attach("pyjack")
    assert jack.get_ports("pyjack") == []
    jack.detach()


def test_detach_from_a_lost_server(start_jackd, monkeypatch):
    server = start_jackd()
    monkeypatch.setenv("JACK_DEFAULT_SERVER", server.name)
    jack.attach("pyjack")
    jack.activate()
    server.kill()
    wait_for(lambda: jack.check_events()["shutdown"])
    assert jack.detach() is None
    with pytest.raises(jack.NotConnectedError):
        jack.detach()
