"""Instead of NumPy, which is not for interpreters like an isolated callback's."""

import sys
import types


def frombuffer(view, dtype):
    return view


sys.modules["numpy"] = types.SimpleNamespace(float32="f", frombuffer=frombuffer)


def play(io):
    for into, out in zip(io.inputs, io.outputs, strict=True):
        out[:] = into
    if io.receive() is not None:
        io.send(b"done")
