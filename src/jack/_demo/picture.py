"""The picture: what went in, what came back, and how far that is from the computed."""

import pathlib

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from jack._demo.graph import Proof
from jack._demo.sound import Sound

COLUMNS = 1400  # about the picture's width in pixels
WINDOW = 1024  # frames of one spectrum
RANGE = 80  # dB
BEFORE, AFTER, WRONG = "#2f6f9f", "#b4552d", "#a01030"


def draw(path: pathlib.Path, source: Sound, proof: Proof) -> None:
    figure = Figure(figsize=(14, 9), dpi=110, layout="constrained")
    axes = figure.subplot_mosaic(
        [["wave in", "wave out"], ["spectrum in", "spectrum out"], ["error", "error"]],
        height_ratios=[3, 4, 2],
    )
    channels = "" if len(source.samples) == 1 else f" ({len(source.samples)} channels)"
    figure.suptitle(
        f"{source.path.name} through a JACK graph, with an echo made in Python{channels}"
    )
    sides = ("in", source.samples, BEFORE), ("out", proof.came_back, AFTER)
    peak = max(1e-6, *(float(np.abs(samples).max()) for _, samples, _ in sides))
    loudest = max(spectrum(samples).max() for _, samples, _ in sides)
    for side, samples, colour in sides:
        wave = axes[f"wave {side}"]
        draw_wave(wave, samples, source.seconds, colour)
        wave.set_ylim(-1.05 * peak, 1.05 * peak)
        draw_spectrum(axes[f"spectrum {side}"], samples, source, loudest)
    axes["wave in"].set_title("what went out")
    axes["wave out"].set_title("what came back")
    axes["wave in"].set_ylabel("sample value")
    axes["spectrum in"].set_ylabel("frequency in kHz")
    image = axes["spectrum out"].images[0]
    figure.colorbar(image, ax=axes["spectrum out"], label="level in dB", pad=0.01)
    draw_error(axes["error"], proof, source.seconds)
    figure.savefig(path)


def draw_wave(
    axes: Axes, samples: NDArray[np.float32], seconds: float, colour: str
) -> None:
    low, high = envelope(samples)
    times = (np.arange(len(low)) + 0.5) * seconds / len(low)
    axes.fill_between(times, low, high, color=colour, linewidth=0.6)
    axes.set_xlim(0, seconds)
    axes.grid(alpha=0.25)


def envelope(
    samples: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The lowest and highest value of all channels, for each column of the picture."""
    frames = samples.shape[1]
    borders = np.linspace(0, frames, min(frames, COLUMNS), endpoint=False, dtype=int)
    low = np.minimum.reduceat(samples.min(axis=0), borders)
    high = np.maximum.reduceat(samples.max(axis=0), borders)
    return low, high


def draw_spectrum(
    axes: Axes, samples: NDArray[np.float32], source: Sound, loudest: float
) -> None:
    axes.imshow(
        spectrum(samples),
        origin="lower",
        aspect="auto",
        cmap="magma",
        vmin=loudest - RANGE,
        vmax=loudest,
        extent=(0, source.seconds, 0, source.samplerate / 2000),
    )
    axes.set_xlabel("time in s")


def spectrum(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """Levels in dB, (frequency, time), of the mean of all channels."""
    sound = np.pad(samples.mean(axis=0), WINDOW // 2)
    starts = np.linspace(0, len(sound) - WINDOW, COLUMNS // 2, dtype=int)
    windows = np.lib.stride_tricks.sliding_window_view(sound, WINDOW)[starts]
    magnitudes = np.abs(np.fft.rfft(windows * np.hanning(WINDOW), axis=1)).T
    return 20 * np.log10(np.maximum(magnitudes / (WINDOW / 4), 1e-10))


def draw_error(axes: Axes, proof: Proof, seconds: float) -> None:
    error = proof.came_back - proof.expected
    draw_wave(axes, error, seconds, WRONG)
    largest = float(np.abs(error).max())
    limit = max(1.2 * largest, 2.0**-23)  # at the least, one step of 24 bits
    axes.set_ylim(-limit, limit)
    axes.axhline(0, color=WRONG if largest else "#2e7d32", linewidth=1.2)
    axes.ticklabel_format(axis="y", scilimits=(-2, 2))
    axes.set_xlabel("time in s")
    axes.set_ylabel("error")
    axes.set_title(
        "what came back, less the echo computed offline: "
        f"{proof.equal} of {proof.sent} frames are equal in every bit"
    )
