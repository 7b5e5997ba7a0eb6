"""PyJack's process(), on the global client and on a jack.Client."""

import signal
import threading

import numpy as np
import pytest

import jack
from support.pyjack import N, SYNC, exchange, ports, ramp, since_sound, zeros
from support.waiting import wait_for


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
    before = jack.get_frame_time()
    exchange(sent, received)
    begin = jack.get_frame_time()
    wait_for(lambda: jack.get_frame_time() - begin > jack.get_sample_rate())
    block = zeros(1)
    with pytest.raises(jack.InputSyncError, match="called too late") as caught:
        jack.process(sent[:, :N], block)
    assert (block == 0.5).all()  # from before the pause
    assert caught.value.frames > jack.get_sample_rate() // 2
    # Of the first frame that is lost; xruns of the server make it later.
    latest = begin + jack.get_sample_rate() // 2
    assert (caught.value.frame_time - before) % 2**32 < (latest - before) % 2**32


def test_every_frame_is_accounted_for(attached, client):
    """Frames sent = frames received + frames counted as lost, when far too many come."""
    source = client("source")
    port = source.outports.register("numbers")
    jack.register_port("in", jack.IsInput)
    count = 0

    @source.set_process_callback
    def process(frames):
        nonlocal count
        port.get_array()[:] = np.arange(count, count + frames) % 2**20 + 1
        count += frames

    jack.activate()
    source.activate()
    source.connect(port, "pyjack:in")
    block, nothing = zeros(1), zeros(0)
    source.set_freewheel(True)  # fast, and without xruns
    try:
        expected, blocks, breaks = None, 0, 0
        while breaks < 5 or blocks < 500:
            lost = 0
            if blocks % 50 == 25:  # a pause in which more comes than is kept
                seen = count
                wait_for(lambda: count - seen > jack.get_sample_rate())
            try:
                jack.process(nothing, block)
            except jack.InputSyncError as error:
                lost = error.frames
            if expected is not None:
                assert block[0, 0] == expected % 2**20 + 1
                breaks += lost > 0
                blocks += 1
            if expected is not None or (lost == 0 and block.all() and blocks == 0):
                expected = int(block[0, -1]) + lost
    finally:
        source.set_freewheel(False)
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
        wait_for(lambda: jack.get_connections("pyjack:out_0") == ["pyjack:in_0"])


def test_port_unregistered_elsewhere(default_server, client):
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


@pytest.mark.parametrize(
    "change",
    [
        ("unregister_port", ["in"], (jack.UsageError, ValueError)),
        ("deactivate", [], jack.UsageError),
        ("detach", [], (jack.UsageError, jack.NotConnectedError)),
    ],
    ids=lambda change: change[0],
)
def test_change_while_waiting(attached, change):
    """Another thread takes the ports, the client or the connection away."""
    function, arguments, expected = change
    jack.register_port("in", jack.IsInput)
    jack.register_port("in_2", jack.IsInput)
    jack.activate()
    raised = []
    running = threading.Event()

    def work():
        try:
            while True:
                exchange(zeros(0), zeros(2))
                running.set()
        except Exception as error:
            raised.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    assert running.wait(10)
    getattr(jack, function)(*arguments)
    thread.join(10)
    assert not thread.is_alive()
    assert isinstance(raised[0], expected), raised


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


def test_on_a_client(default_server, client):
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
    wait_for(lambda: c.get_connections("x:out_1") == ["x:in_1"])
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
