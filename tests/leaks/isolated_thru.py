"""What runs in an interpreter of its own in the lives of tests/leaks/lives.py."""


def function(io):
    io.outputs[0][:] = io.inputs[0]
