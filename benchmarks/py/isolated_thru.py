"""The isolated callback of tested.py: this runs in an interpreter of its own."""


def thru(io):
    for source, target in zip(io.inputs, io.outputs):
        target[:] = source
