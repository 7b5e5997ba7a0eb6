"""Loops around cycle_wait() and cycle_signal(), in Python and in C."""

import ctypes
import gc
import subprocess
import threading
import weakref

import numpy as np
import pytest

import jack
from support import children, graph, libraries, packages
from support.waiting import wait_for

SOURCE = r"""
#include <stddef.h>
#include <stdint.h>

struct cycle {
    uint32_t (*wait)(struct cycle *);
    void (*signal)(struct cycle *, int);
};

struct work {
    uint64_t blocks, frames, ends; /* `ends`: the block that is the last, 0 for none */
    uint64_t returns;
    int status;
    float value;
    void *port;
    void *(*get_buffer)(void *, uint32_t);
};

void constant(struct cycle *cycle, void *arg)
{
    struct work *work = arg;
    uint32_t frames;
    while ((frames = cycle->wait(cycle)) != 0) {
        float *out = work->get_buffer(work->port, frames);
        for (uint32_t i = 0; i < frames; i++) {
            out[i] = work->value;
        }
        work->frames += frames;
        int last = ++work->blocks == work->ends;
        if (last && work->status == 0) {
            break; /* without a signal */
        }
        cycle->signal(cycle, last ? work->status : 0);
    }
    work->returns++;
}
"""


class Work(ctypes.Structure):
    _fields_ = [
        ("blocks", ctypes.c_uint64),
        ("frames", ctypes.c_uint64),
        ("ends", ctypes.c_uint64),
        ("returns", ctypes.c_uint64),
        ("status", ctypes.c_int),
        ("value", ctypes.c_float),
        ("port", ctypes.c_void_p),
        ("get_buffer", ctypes.c_void_p),
    ]


@pytest.fixture(scope="session")
def constant(tmp_path_factory):
    folder = tmp_path_factory.mktemp("thread")
    (folder / "thread.c").write_text(SOURCE)
    command = ["cc", "-O2", "-shared", "-fPIC", "-o", folder / "thread.so", folder / "thread.c"]
    subprocess.run(command, check=True)
    return ctypes.CDLL(str(folder / "thread.so")).constant


def work_on(port, **values):
    """The C function's argument; it writes `port`."""
    packages.needed("cffi")
    pointer = jack._ffi.cast("uintptr_t", port._ptr)
    function = jack._ffi.cast("uintptr_t", jack._ffi.addressof(jack._lib, "jack_port_get_buffer"))
    return Work(port=int(pointer), get_buffer=int(function), **values)


def marks(time, frames):
    """Samples that tell the time of their block."""
    return (time % 2**16 + np.arange(frames)).astype("float32")


def test_audio_passes_within_the_block(client):
    """A thread between two callbacks: what one writes the other hears in the same block."""
    source, tested, sink = client("source"), client("tested"), client("sink")
    out, into = source.outports.register("o"), sink.inports.register("i")
    inside, outside = tested.inports.register("i"), tested.outports.register("o")
    meter = tested.meter(outside)
    heard, threads, ends = [], set(), []

    @source.set_process_callback
    def write(frames):
        out.get_array()[:] = marks(source.last_frame_time, frames)

    @sink.set_process_callback
    def read(frames):
        heard.append((marks(sink.last_frame_time, frames), into.get_array().copy()))

    @tested.set_process_thread
    def run():
        threads.add(threading.get_ident())
        try:
            while True:
                tested.cycle_wait()
                outside.get_array()[:] = inside.get_array()
                tested.cycle_signal()
        finally:
            ends.append(tested.stats.cycles)

    def thirty_blocks():
        heard.clear()
        wait_for(lambda: len(heard) > 30)
        for expected, block in heard[:30]:
            np.testing.assert_array_equal(block, expected)

    def torn():
        return graph.lost(source, tested, sink) + sum(
            each.stats.late_cycles for each in (source, tested, sink)
        )

    source.activate()
    sink.activate()
    for times in range(1, 3):  # it is called with each activation
        tested.activate()
        for pair in (("source:o", "tested:i"), ("tested:o", "sink:i")):
            wait_for(lambda: all(sink.get_ports(name, literal=True) for name in pair))
            sink.connect(*pair)
        wait_for(lambda: heard and heard[-1][1].any())
        graph.until_whole(thirty_blocks, torn)
        tested.deactivate()
        assert len(ends) == times and ends[-1] > 30 * times
    assert meter.peak[0] > 0  # it measures what was written
    assert tested.stats.gil_waits > 60
    assert threads and not threads & {threading.get_ident(), tested.thread_id}


def test_a_loop_in_c(client, constant):
    """It runs in JACK's own thread, beside nodes; what ends it leaves the rest going."""
    tested = client("tested")
    port, other = tested.outports.register("o"), tested.outports.register("p")
    tested.tone(other)
    meter = tested.meter([port, other])
    work = work_on(port, value=0.5, ends=30)
    tested.set_native_process_thread(constant, work)
    tested.activate()
    wait_for(lambda: work.returns)
    assert work.blocks == 30 and work.frames == 30 * tested.blocksize
    assert meter.peak == [0.5, pytest.approx(0.25, abs=0.01)]
    meter.reset()
    wait_for(lambda: meter.peak[1] > 0)
    wait_for(lambda: meter.reset() or meter.peak[0] == 0)  # what it wrote last is gone
    tested.deactivate()


def test_other_functions_in_c(client, constant):
    tested = client("tested")
    port = tested.outports.register("o")
    work = work_on(port)  # goes on until JACK ends it
    tested.set_native_process_thread(ctypes.cast(constant, ctypes.c_void_p), ctypes.byref(work))
    tested.activate()
    wait_for(lambda: work.blocks > 3)
    tested.deactivate()
    last = work_on(port, ends=2, status=7)
    tested.set_native_process_thread(constant, last)
    blocks, cycles = work.blocks, tested.stats.cycles
    tested.activate()
    wait_for(lambda: tested.stats.cycles > cycles + 5)
    assert (work.blocks, last.blocks, last.returns) == (blocks, 2, 1)


def test_its_end(client, unraisable):
    """By a return, CallbackExit, another exception, a status: nodes and JACK go on."""
    tested = client("tested")
    destination = tested.outports.register("o")
    native = tested.tone(tested.outports.register("p"))
    came = []

    def ended(end):
        came.clear()

        @tested.set_process_thread
        def run():
            for _ in range(3):
                came.append(tested.cycle_wait())
                destination.get_array()[:] = 1
                tested.cycle_signal(7 if len(came) == 3 and end == 7 else 0)
            if end == 7:
                came.append(tested.cycle_wait())
            if end is not None:
                raise end

        tested.activate()
        wait_for(lambda: len(came) == 3)
        cycles = tested.stats.cycles
        wait_for(lambda: tested.stats.cycles > cycles + 3)
        meter = tested.meter(destination)
        wait_for(lambda: tested.stats.cycles > cycles + 6)
        assert meter.peak == [0]
        meter.close()
        tested.deactivate()
        assert len(came) == 3 and not native.closed

    ended(None)
    ended(jack.CallbackExit)
    ended(7)
    assert unraisable == []
    ended(ZeroDivisionError("by itself"))
    ((kind, text),) = [(each.type, each.text) for each in unraisable]
    assert (kind, text) == (ZeroDivisionError, "by itself")
    cycles = tested.stats.cycles
    tested.activate()  # it is not called again
    wait_for(lambda: tested.stats.cycles > cycles + 3)
    assert len(came) == 3


def test_used_wrongly(client):
    tested, errors = client("tested"), []
    tested.outports.register("o")

    def noted(call, *arguments):
        try:
            call(*arguments)
        except jack.JackError as error:
            errors.append(str(error))

    @tested.set_process_thread
    def run():
        noted(tested.cycle_signal)
        tested.cycle_wait()
        noted(tested.cycle_wait)
        tested.cycle_signal()
        for call in (tested.deactivate, tested.close, tested.silence):
            noted(call)

    for call in (tested.cycle_wait, tested.cycle_signal):  # not there
        with pytest.raises(jack.JackError, match="is for the function of set_process_thread"):
            call()
    for wrong in (TypeError, "x"), (TypeError, 1.5), (ValueError, 2**40):
        with pytest.raises(wrong[0], match="status"):
            tested.cycle_signal(wrong[1])
    with pytest.raises(TypeError, match="function must be callable, not int"):
        tested.set_process_thread(3)
    with pytest.raises(TypeError, match="fn must be a function pointer"):
        tested.set_native_process_thread(run)
    with pytest.raises(jack.JackError, match="has a process thread"):
        tested.set_process_callback(lambda frames: None)
    tested.activate()
    wait_for(lambda: len(errors) == 5)
    within = "deactivated from within"
    texts = "without a block", "once more", within, within, "given a node from within"
    for text, error in zip(texts, errors, strict=True):
        assert text in error
    for setter in (tested.set_process_thread, tested.set_native_process_thread):
        with pytest.raises(jack.JackErrorCode, match="process thread: the client is active"):
            setter(run if setter == tested.set_process_thread else 1)


def test_a_callback_instead_and_back(client):
    tested, blocks, frames = client("tested"), [], []

    def run():
        while True:
            blocks.append(tested.cycle_wait())
            tested.cycle_signal()

    tested.set_process_thread(run)
    tested.activate()
    wait_for(lambda: len(blocks) > 3)
    tested.deactivate()
    seen = len(blocks)
    tested.set_process_thread(None)
    tested.set_process_callback(frames.append)
    with pytest.raises(jack.JackError, match="has a process callback"):
        tested.set_process_thread(run)
    tested.activate()
    wait_for(lambda: len(frames) > 3)
    assert len(blocks) == seen


def test_a_function_that_does_not_come_back(jackd, tidy):
    """Neither JACK nor deactivate() waits for it for good; audio memory stays its own."""
    tested = jack.Client("tested", servername=jackd.name)
    port = tested.outports.register("o")
    reached, release, ends = threading.Event(), threading.Event(), []

    @tested.set_process_thread
    def run():
        tested.cycle_wait()
        array = port.get_array()
        reached.set()
        release.wait(60)
        array[:] = 1
        tested.cycle_signal()  # no error: it can't have known
        try:
            tested.cycle_wait()
        finally:
            ends.append(1)

    def active_again():
        try:
            tested.activate()
        except jack.JackError as error:
            assert "has not returned yet" not in str(error)
        return True

    tested.activate()
    assert reached.wait(10)
    try:
        with pytest.raises(jack.JackError, match="has not returned within 2.5 seconds"):
            tested.deactivate()
        with pytest.raises(jack.JackError, match="has not returned yet"):
            tested.activate()
    finally:
        release.set()
    wait_for(lambda: ends)
    wait_for(active_again)
    wait_for(lambda: len(ends) == 2)
    tested.close()


@pytest.mark.parametrize("end", ["end", "kill"])
def test_the_server_goes(start_jackd, end):
    server = start_jackd()
    tested = jack.Client("tested", servername=server.name)
    port, blocks, ends = tested.outports.register("o"), [], []

    @tested.set_process_thread
    def run():
        try:
            while True:
                blocks.append(tested.cycle_wait())
                port.get_array()[:] = 0
                tested.cycle_signal()
        except jack.CallbackExit as exit:
            ends.append(str(exit))

    tested.activate()
    wait_for(lambda: len(blocks) > 3)
    getattr(server, end)()
    wait_for(lambda: ends)
    assert tested.closed and "no further block" in ends[0]
    tested.close()


def test_the_program_ends(jackd):
    """close_all() of the interpreter's end comes before its threads are left behind."""
    done = children.run(
        """
        import sys, time
        import jack

        client = jack.Client("tested", servername=sys.argv[1])
        blocks = []

        @client.set_process_thread
        def run():
            try:
                while True:
                    blocks.append(client.cycle_wait())
                    client.cycle_signal()
            finally:
                print("ended", flush=True)

        client.create_thread(time.sleep, [60])
        client.activate()
        while not blocks:
            time.sleep(0.001)
        """,
        jackd.name,
    )
    assert done.stdout == "ended\n"


def test_threads_that_libjack_makes(client, unraisable):
    tested = client("tested")
    go, seen = threading.Event(), []

    def work(*arguments):
        go.wait(10)
        seen.append((arguments, threading.get_ident()))
        if arguments:
            raise arguments[0]

    thread = tested.create_thread(work)
    thread.join(timeout=0.01)
    assert thread.is_alive()
    go.set()
    thread.join()
    thread.join()
    assert not thread.is_alive()
    tested.create_thread(work, args=[OSError("5")]).join(10)
    tested.create_thread(work, (jack.CallbackExit(),)).join(10)
    tested.create_thread(work)  # nobody keeps it
    selves = []
    selves.append(tested.create_thread(lambda: wait_for(lambda: selves) and selves[0].join()))
    selves[0].join()
    wait_for(lambda: len(seen) == 4)
    assert seen[0] == ((), thread.ident)
    assert [each.text for each in unraisable] == ["5", "a thread can't wait for its own end"]
    later = tested.create_thread(work)
    tested.close()  # it is not the client's
    later.join(10)
    assert len(seen) == 5 and not later.is_alive()


def test_stack_of_jack_s_threads(client):
    """As much as Python's own have, for the recursions that Python allows."""
    tested, sizes = client("tested"), []

    def note(frames=None):
        libc, size = ctypes.CDLL(None), ctypes.c_size_t()
        attributes = ctypes.create_string_buffer(256)
        for function in libc.pthread_attr_init, libc.pthread_getattr_np:
            arguments = () if function is libc.pthread_attr_init else (here(libc),)
            assert function(*arguments, attributes) == 0
            assert libc.pthread_attr_getstacksize(attributes, ctypes.byref(size)) == 0
            sizes.append(size.value)
            assert libc.pthread_attr_destroy(attributes) == 0
        raise jack.CallbackExit

    def here(libc):
        libc.pthread_self.restype = ctypes.c_void_p
        return ctypes.c_void_p(libc.pthread_self())

    tested.set_process_callback(note)
    tested.activate()
    wait_for(lambda: len(sizes) == 2)
    tested.create_thread(note).join()
    usual, of_callback, _, of_thread = sizes
    assert of_callback >= usual - 65536 and of_thread >= usual - 65536  # less its guard


def test_no_thread(client):
    tested = client("tested")
    with pytest.raises(TypeError, match="function must be callable, not int"):
        tested.create_thread(3)
    with pytest.raises(TypeError, match="int"):
        tested.create_thread(print, 3)
    for priority, error in (0, ValueError), (100, ValueError), ("1", TypeError):
        with pytest.raises(error, match="priority"):
            tested.create_thread(print, realtime=True, priority=priority)
    if libraries.loaded() != "PipeWire":  # it has a priority without a realtime server
        with pytest.raises(ValueError, match="priority must be given"):
            tested.create_thread(print, realtime=True)
    tested.close()
    with pytest.raises(jack.JackError, match="is closed"):
        tested.create_thread(print)


@pytest.mark.parametrize("how", ["close", "collect"])
def test_a_client_that_goes(server, how):
    """close() ends the function; a client that is forgotten goes when it has returned."""
    tested = jack.Client("tested", servername=server.name)
    tested.outports.register("o")
    gone, blocks = weakref.ref(tested), []

    def run(client):
        while not (how == "collect" and len(blocks) > 3):
            blocks.append(client.cycle_wait())
            client.cycle_signal()

    client = tested
    tested.set_process_thread(lambda: run(client))
    tested.activate()
    wait_for(lambda: len(blocks) > 3)
    if how == "close":
        tested.close()
        seen = len(blocks)
        assert tested.closed
    del tested, client, run
    wait_for(lambda: gc.collect() is not None and gone() is None)
    assert how == "collect" or len(blocks) == seen
