"""The effect: an echo that repeats itself, duller and softer each time."""

import numpy as np
from numpy.typing import NDArray

DELAY = 0.19  # s
DRY = np.float32(0.5)
FEEDBACK = np.float32(0.25)  # of each of two neighbours
SILENCE = np.float32(1e-20)


class Echo:
    """y[n] = x[n] / 2 + (y[n-D] + y[n-D-1]) / 4, with D the delay in frames.

    Averaging two neighbours makes each repetition duller.  What stays within ±1 at the
    input does at the output.  All arithmetic is on single float32 values, so that the
    result does not depend, not in one bit, on how the sound is cut into blocks.
    """

    def __init__(self, channels: int, samplerate: int) -> None:
        self._delay = max(1, round(DELAY * samplerate))
        self._past = np.zeros((channels, self._delay + 1), np.float32)  # oldest first

    def process(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """The next block's output; `samples` has shape (channels, frames)."""
        pieces = range(0, samples.shape[1], self._delay)
        return np.concatenate(
            [self._piece(samples[:, i : i + self._delay]) for i in pieces], axis=1
        )

    def _piece(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """A piece not longer than the delay: all that it repeats is past."""
        frames = samples.shape[1]
        wet = FEEDBACK * (self._past[:, 1 : frames + 1] + self._past[:, :frames])
        # JACK's threads round denormal numbers to 0, others don't.  None come up so.
        wet[np.abs(wet) < SILENCE] = 0
        out = DRY * samples + wet
        self._past = np.concatenate((self._past, out), axis=1)[:, frames:]
        return out
