"""C functions in the audio thread: by ctypes, cffi, Numba, PyCapsule and address."""

import ctypes
import gc
import pathlib
import select
import subprocess
import threading
import weakref

import numpy as np
import pytest

import jack
from support import children, packages
from support.graph import freewheeling, lost, wait_for_connections
from support.loops import loop  # noqa: F401  a fixture
from support.waiting import wait_for

SOURCE = r"""
#include <stdint.h>
#include <stddef.h>

/* Counts blocks and frames; the third number is the call that ends it. */
int count(uint32_t frames, void *arg)
{
    uint64_t *counts = arg;
    counts[0]++;
    counts[1] += frames;
    return counts[2] != 0 && counts[0] == counts[2] ? 7 : 0;
}

int no_argument(uint32_t frames, void *arg)
{
    return frames > 0 && arg == NULL ? 0 : 1;
}

/* Every output is the input of the same place, times *arg. */
int amplify(const float *const *in, float *const *out, uint32_t frames, void *arg)
{
    for (size_t k = 0; in[k] != NULL && out[k] != NULL; k++) {
        for (uint32_t i = 0; i < frames; i++) {
            out[k][i] = in[k][i] * *(const float *)arg;
        }
    }
    return 0;
}

/* Adds 1 to every output. */
int add_one(const float *const *in, float *const *out, uint32_t frames, void *arg)
{
    (void)in, (void)arg;
    for (; *out != NULL; out++) {
        for (uint32_t i = 0; i < frames; i++) {
            (*out)[i] += 1;
        }
    }
    return 0;
}

/* Fills every output with its number, from 1; ends when arg says so. */
int fill(const float *const *in, float *const *out, uint32_t frames, void *arg)
{
    (void)in;
    for (size_t k = 0; out[k] != NULL; k++) {
        for (uint32_t i = 0; i < frames; i++) {
            out[k][i] = (float)(k + 1);
        }
    }
    return arg != NULL ? *(const volatile int *)arg : 0;
}
"""


@pytest.fixture(scope="session")
def library(tmp_path_factory):
    folder = tmp_path_factory.mktemp("native")
    (folder / "functions.c").write_text(SOURCE)
    file = folder / "functions.so"
    command = ["cc", "-O2", "-shared", "-fPIC", "-o", file, folder / "functions.c"]
    subprocess.run(command, check=True)
    return ctypes.CDLL(str(file))


@pytest.fixture
def tested(client):
    new = client("tested")
    new.activate()
    return new


def address_of(function):
    return ctypes.cast(function, ctypes.c_void_p).value


def capsule(address, name=b"process"):
    make = ctypes.pythonapi.PyCapsule_New
    make.restype = ctypes.py_object
    make.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
    return make(address, name, None)


def by_ctypes(library):
    return library.count


def by_prototype(library):
    return ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_uint32, ctypes.c_void_p)(
        ("count", library)
    )


def by_cffi(library):
    cffi = pytest.importorskip("cffi", reason="cffi is not installed")
    ffi = cffi.FFI()
    return ffi.cast("int (*)(uint32_t, void *)", address_of(library.count))


def by_capsule(library):
    keep_name[0] = ctypes.create_string_buffer(b"process")
    return capsule(address_of(library.count), ctypes.cast(keep_name[0], ctypes.c_char_p))


keep_name = [None]  # a capsule keeps only the address of its name


def by_address(library):
    return address_of(library.count)


WAYS = [by_ctypes, by_prototype, by_cffi, by_capsule, by_address]


@pytest.mark.parametrize("way", WAYS)
def test_function(tested, library, way):
    counts = np.zeros(3, np.uint64)
    handle = tested.set_native_callback(way(library), counts)
    wait_for(lambda: counts[0] > 10)
    handle.remove()
    assert handle.closed and counts[1] == counts[0] * 256 == handle.calls * 256


def test_numba(server):
    packages.needed("numba")
    program = """
    import sys
    import numpy as np
    from numba import carray, cfunc, types
    import jack

    @cfunc(types.int32(types.uint32, types.CPointer(types.uint64)))
    def process(frames, argument):
        counts = carray(argument, 2)
        counts[0] += 1
        counts[1] += frames
        return 0

    counts = np.zeros(2, np.uint64)
    client = jack.Client("compiled", servername=sys.argv[1])
    client.activate()
    with client.set_native_callback(process, counts) as handle:
        while counts[0] < 10:
            pass
    assert counts[1] == counts[0] * 256 == handle.calls * 256
    client.close()
    """
    children.run(program, server.name, timeout=60)  # Numba leaves threads


def test_cffi_argument(tested, library):
    cffi = pytest.importorskip("cffi", reason="cffi is not installed")
    ffi = cffi.FFI()
    counts = ffi.new("uint64_t[3]")
    with tested.set_native_callback(library.count, counts):
        wait_for(lambda: counts[0] > 10)
    assert counts[1] == counts[0] * 256


@pytest.mark.parametrize(
    "as_argument",
    [
        lambda c: c,  # a buffer
        ctypes.byref,
        ctypes.pointer,
        ctypes.addressof,
        lambda c: ctypes.c_void_p(ctypes.addressof(c)),
        lambda c: capsule(ctypes.addressof(c), None),
        lambda c: memoryview(c),
    ],
    ids=["buffer", "byref", "pointer", "address", "void pointer", "capsule", "memoryview"],
)
def test_argument(tested, library, as_argument):
    counts = (ctypes.c_uint64 * 3)()
    with tested.set_native_callback(library.count, as_argument(counts)):
        wait_for(lambda: counts[0] > 10)
    assert counts[1] == counts[0] * 256


def test_no_argument(tested, library):
    handle = tested.set_native_callback(library.no_argument)
    wait_for(lambda: handle.calls > 10)
    assert not handle.ended and handle.result == 0


def test_argument_is_kept_alive(tested, library):
    class Numbers(np.ndarray):
        pass

    counts = np.zeros(3, np.uint64).view(Numbers)
    there = weakref.ref(counts)
    handle = tested.set_native_callback(library.count, counts)
    del counts
    gc.collect()
    wait_for(lambda: handle.calls > 10)
    assert there() is not None and there()[0] > 5
    del handle
    gc.collect()
    assert there() is not None  # it runs on
    tested.close()
    gc.collect()
    assert there() is None


def test_result_ends_it(tested, library):
    counts = np.array([0, 0, 5], np.uint64)
    handle = tested.set_native_callback(library.count, counts)
    wait_for(lambda: handle.ended)
    other = tested.set_native_callback(library.no_argument)
    wait_for(lambda: other.calls > 10)
    assert (handle.result, handle.calls, counts[0]) == (7, 5, 5)


def test_waiting_for_its_end(tested, library):
    end = ctypes.c_int(0)
    handle = tested.set_native_callback(library.fill, end, "dsp")
    assert not handle.wait(0)
    assert not handle.wait(0.05)
    assert not select.select([handle], [], [], 0)[0]
    end.value = 7
    assert select.select([handle], [], [], 10)[0] == [handle]
    assert handle.wait() and handle.wait(0)
    removed = tested.set_native_callback(library.no_argument)
    thread = threading.Thread(target=removed.remove)
    thread.start()
    assert removed.wait(10) and not removed.ended
    thread.join()
    left = tested.set_native_callback(library.no_argument)
    with pytest.raises(TypeError, match="timeout must be a number"):
        left.wait("long")
    tested.close()
    with pytest.raises(jack.JackError, match="closed before it was over"):
        left.wait()


def test_awaiting_its_end(tested, library, loop):
    ending = ctypes.c_int(0)
    handle = tested.set_native_callback(library.fill, ending, "dsp")

    async def wait():
        return await handle

    async def end():
        assert await loop.give_up(wait)
        ending.value = 7

    async def run():
        return await loop.together(wait, wait, end)

    assert loop.run(run) == [7, 7, None]


@pytest.fixture
def record(client, tested):
    """Record what the tested client's outputs give: record(names, frames)."""
    recorder = client("recorder")
    recorder.activate()

    def run(names, frames=20_000):
        recorder.inports.clear()
        for name in names:
            into = recorder.inports.register(name)
            wait_for(lambda port=into: tested.get_ports(port.name))
            tested.connect(f"tested:{name}", into)
        wait_for_connections()
        torn = None
        while torn != lost(tested, recorder):  # again, if some of it was
            torn = lost(tested, recorder)
            take = recorder.rec(frames)
            with freewheeling(tested):
                assert take.wait(20)
        return take.result[10_000:]  # when it is connected for sure

    return run


def test_silence_after_the_end(tested, library, record):
    tested.outports.register("o")
    end = ctypes.c_int(0)
    handle = tested.set_native_callback(library.fill, end, "dsp")
    assert (record(["o"]) == 1).all()
    end.value = 1
    wait_for(lambda: handle.ended)
    assert not record(["o"]).any()


def test_silence_after_removal(tested, library, record):
    tested.outports.register("o")
    handle = tested.set_native_callback(library.fill, None, "dsp")
    assert record(["o"]).all()
    handle.remove()
    assert not record(["o"]).any()


def test_dsp(client, tested, library, record):
    gain = np.array([0.5], np.float32)
    tested.set_native_callback(library.amplify, gain, signature="dsp")
    for n in (1, 2):
        tested.outports.register(f"out_{n}")
        tested.inports.register(f"in_{n}")
        tested.midi_outports.register(f"midi_{n}")
    source = client("source")
    source.outports.register("o")
    source.activate()
    tested.connect("source:o", "tested:in_2")
    data = np.arange(1, 2**20, dtype=np.float32)
    source.play(data)
    got = record(["out_1", "out_2"], 40_000)
    assert not got[:, 0].any()
    assert np.array_equal(np.diff(got[:, 1]), np.full(len(got) - 1, 0.5))


def test_ports_follow(tested, library, record):
    tested.set_native_callback(library.fill, signature="dsp")
    ports = [tested.outports.register(f"o{n}") for n in range(3)]
    assert record(["o0", "o1", "o2"])[-1].tolist() == [1, 2, 3]
    ports[1].unregister()
    assert record(["o0", "o2"])[-1].tolist() == [1, 2]
    tested.outports.register("last")
    assert record(["o2", "last"])[-1].tolist() == [2, 3]


def test_chain(tested, library, record):
    tested.outports.register("o")
    tested.set_native_callback(library.fill, signature="dsp")
    adding = [tested.set_native_callback(library.add_one, signature="dsp") for _ in "abc"]
    assert record(["o"])[-1] == 4
    adding[1].remove()
    assert record(["o"])[-1] == 3
    adding[0].close()
    adding[2].close()
    assert record(["o"])[-1] == 1


def test_changes_while_a_ramp_passes(client, tested, library, record):
    """Callbacks and ports come and go; not one block is torn."""
    gain = np.ones(1, np.float32)
    tested.inports.register("i")
    tested.outports.register("o")
    tested.set_native_callback(library.amplify, gain, "dsp")
    source = client("source")
    source.outports.register("o")
    source.activate()
    tested.connect("source:o", "tested:i")
    source.play(np.arange(1, 2**24, dtype=np.float32), "o")
    recorder = client("ear")
    recorder.activate()
    tested.connect("tested:o", recorder.inports.register("i"))
    take = recorder.rec(2**23)
    changes = 0
    counts = np.zeros(3, np.uint64)
    with freewheeling(tested):
        while changes < 10 or take.frames_done < 150_000:
            handle = tested.set_native_callback(library.count, counts)
            port = tested.outports.register(f"new_{changes}")
            port.unregister()
            handle.remove()
            changes += 1
    take.stop()
    got = take.result[:, 0]
    got = got[np.flatnonzero(got)[0] :]
    assert len(got) > 100_000
    steps = np.diff(got)
    assert np.flatnonzero(steps != 1).tolist() == []
    assert counts[1] == 256 * counts[0]


def test_arguments(tested, library):
    set_callback = tested.set_native_callback
    with pytest.raises(TypeError, match="fn must be a function pointer"):
        set_callback(test_function)
    with pytest.raises(TypeError, match="not str"):
        set_callback("count")
    with pytest.raises(ValueError, match="NULL"):
        set_callback(0)
    with pytest.raises(ValueError, match="'jack' or 'dsp', got 'vst'"):
        set_callback(library.count, signature="vst")
    with pytest.raises(TypeError, match="signature"):
        set_callback(library.count, None, 3)
    with pytest.raises(TypeError, match="arg must be None"):
        set_callback(library.count, object())
    with pytest.raises((BufferError, ValueError), match="contiguous"):
        set_callback(library.count, np.zeros((4, 4))[:, ::2])
    tested.close()
    with pytest.raises(jack.JackError, match="closed"):
        set_callback(library.no_argument)


def test_exit_of_the_program_while_it_runs(server, library):
    program = """
    import ctypes, sys, jack
    library = ctypes.CDLL(sys.argv[2])
    client = jack.Client("leaves", servername=sys.argv[1])
    client.outports.register("o")
    client.activate()
    handle = client.set_native_callback(library.fill, None, "dsp")
    client.tone("o")
    while handle.calls < 10:
        pass
    """
    children.run(program, server.name, str(pathlib.Path(library._name)))
