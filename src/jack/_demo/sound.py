"""Sound files: the recording to send, and what came back."""

import dataclasses
import pathlib
import shutil
import subprocess

import numpy as np
import soundfile
from numpy.typing import NDArray

from jack._demo.refusal import Refusal

FOLDER = pathlib.Path("demo-out")
SENTENCE = (
    "This is JACK, in Python. Every block of sound takes its way through three clients, "
    "and comes back with an echo."
)
FADING = 1.5  # s of silence after the sentence, for the echo


@dataclasses.dataclass
class Sound:
    path: pathlib.Path
    samples: NDArray[np.float32]  # (channels, frames)
    samplerate: int

    @property
    def seconds(self) -> float:
        return self.samples.shape[1] / self.samplerate

    @property
    def description(self) -> str:
        channels = len(self.samples)
        plural = "" if channels == 1 else "s"
        return f"{self.seconds:.2f} s, {channels} channel{plural}, {self.samplerate} Hz"


def read(path: pathlib.Path) -> Sound:
    try:
        with path.open("rb") as file:
            frames, samplerate = soundfile.read(file, dtype="float32", always_2d=True)
    except OSError as error:
        raise Refusal(f"can't read {path}: {error.strerror}") from error
    except soundfile.SoundFileError as error:
        raise Refusal(f"can't read {path} as a sound file: {error}") from error
    if len(frames) == 0:
        raise Refusal(f"{path} has no sound in it: 0 frames")
    if not np.isfinite(frames).all():
        raise Refusal(f"{path} has samples that are not finite numbers")
    # Denormal numbers would not get through the echo unchanged: see there.
    frames[np.abs(frames) < np.finfo(np.float32).tiny] = 0
    return Sound(path, np.ascontiguousarray(frames.T), samplerate)


def speak() -> Sound:
    """Have espeak-ng speak a sentence now; its file is kept for listening."""
    speaker = shutil.which("espeak-ng")
    if speaker is None:
        raise Refusal(
            "no IN.wav was given, and espeak-ng, which would speak one, is not installed; "
            "try: apt-get install espeak-ng"
        )
    path = make_folder() / "speech.wav"
    done = subprocess.run(
        [speaker, "-v", "en-us", "-s", "150", "-w", path, SENTENCE],
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise Refusal(f"espeak-ng failed ({done.returncode}): {done.stderr.strip()}")
    spoken = read(path)
    silence = round(FADING * spoken.samplerate)
    spoken.samples = np.pad(spoken.samples, ((0, 0), (0, silence)))
    soundfile.write(path, spoken.samples.T, spoken.samplerate, subtype="PCM_16")
    return spoken


def make_folder() -> pathlib.Path:
    try:
        FOLDER.mkdir(exist_ok=True)
    except OSError as error:
        raise Refusal(f"can't make the folder {FOLDER}: {error.strerror}") from error
    return FOLDER


def check_out(name: str | None, source: pathlib.Path) -> pathlib.Path:
    """Where to write, once it is clear that this will work."""
    if name is None:
        return make_folder() / f"{source.stem}-echo.wav"
    path = pathlib.Path(name)
    kind = path.suffix.removeprefix(".").upper()
    known = kind in soundfile.available_formats()
    if not (known and soundfile.check_format(kind, "FLOAT")):
        raise Refusal(f"{path}: OUT must be a file for 32-bit floats, such as OUT.wav")
    if not path.parent.is_dir():
        raise Refusal(f"can't write {path}: there is no folder {path.parent}")
    if path.exists() and path.samefile(source):
        raise Refusal(f"{path} is both IN and OUT")
    return path


def write(path: pathlib.Path, samples: NDArray[np.float32], samplerate: int) -> None:
    try:
        soundfile.write(path, samples.T, samplerate, subtype="FLOAT")
    except soundfile.SoundFileError as error:
        raise Refusal(f"can't write {path}: {error}") from error
