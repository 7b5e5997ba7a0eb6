"""What programs for PyJack do, for its tests."""

import numpy as np

import jack
from support import servers

N = servers.BLOCKSIZE
SYNC = (jack.InputSyncError, jack.OutputSyncError)


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
