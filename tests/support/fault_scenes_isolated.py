"""Scenes of fault_scenes.py for callbacks in an interpreter of their own.

That interpreter imports this very module; what it needs of it is below, and needs no more.
"""

import contextlib

import jack

TARGET = "support.fault_scenes_isolated:"
DEADLINE = 10
kept = []


def begin(*arguments):
    kept.extend(arguments)


def play(io):
    """All that an IsolatedIO has."""
    for into, out in zip(io.inputs, io.outputs, strict=True):
        out[:] = into
    for into, out in zip(io.midi_in, io.midi_out, strict=True):
        len(into), [into[n] for n in range(len(into))]
        out.write(0, b"\x90\x40\x40"), out.write(1, bytearray(b"\xf8"))
    io.frames, io.time, io.samplerate, io.rings
    while (message := io.receive()) is not None:
        if message == b"end":
            raise ValueError(message)
        io.send(message), io.send(bytearray(message))


@contextlib.contextmanager
def playing(server, **options):
    from support.fault_scenes import client, end_by

    with client(server) as c:
        c.inports.register("in"), c.outports.register("out")
        into, out = c.midi_inports.register("in_m"), c.midi_outports.register("out_m")
        callback = c.set_isolated_callback(TARGET + "play", **options)
        try:
            c.activate()
            c.connect(out, into)
            yield callback
        finally:
            end_by(callback.close)


def isolated(server):
    ring = jack.RingBuffer(64)
    options = {"init": TARGET + "begin", "args": (1, "two", 3.0, b"four", None, (5,), ring)}
    with playing(server, **options) as callback:
        callback.send(b"message"), callback.send(bytearray(b"another"))
        for _ in range(4):
            callback.receive(DEADLINE)
        callback.receive(0)
        callback.receive(0.06)
        callback.share(jack.RingBuffer(32)), callback.stats, callback.fileno(), callback.closed
        callback.reload()


def isolated_refused(server):
    from support.fault_scenes import client

    with client(server) as c:
        for target, options in (
            ("no_such_module:function", {}),
            (TARGET + "no_such_function", {}),
            (TARGET + "play", {"args": (object(),)}),
            (TARGET + "play", {"init": TARGET + "play"}),
            ("nothing", {}),
        ):
            with contextlib.suppress(jack.JackError, TypeError, ValueError):
                c.set_isolated_callback(target, **options)


def isolated_error(server):
    import sys

    before, sys.unraisablehook = sys.unraisablehook, lambda told: None
    try:
        with playing(server) as callback:
            callback.send(b"end")
            with contextlib.suppress(jack.IsolatedError, MemoryError):
                while callback.receive(0.5) is None:
                    pass
            callback.error
    finally:
        sys.unraisablehook = before


def isolated_numpy(server):
    from support.fault_scenes import client, end_by

    with client(server) as c:
        c.inports.register("in"), c.outports.register("out")
        callback = c.set_isolated_callback("support.fault_numpy:play", gc=True)
        try:
            c.activate()
            callback.send(b"go")
            callback.receive(DEADLINE)
        finally:
            end_by(callback.close)


def isolated_scarce(server):
    """With ever more descriptors: it takes more for an interpreter than for the rest."""
    from support.fault_scenes import client
    from support.scarce import room_for

    with client(server) as c:
        for count in range(16):
            with room_for(count), contextlib.suppress(jack.JackError, OSError):
                c.set_isolated_callback(TARGET + "play")


SCENES = [isolated, isolated_refused, isolated_error, isolated_numpy, isolated_scarce]
