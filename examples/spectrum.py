"""Show which frequencies come in, third-octave by third-octave.  Ctrl-C ends it.

    python spectrum.py [PICTURES [PORT]]

It listens to PORT, by default to the first microphone.
"""

import sys

import numpy as np

import jack

pictures = int(sys.argv[1]) if len(sys.argv) > 1 else None
SIZE = 8192  # frames in a picture
FLOOR = -70  # dB, where the bars begin
centres = 1000 * 2 ** (np.arange(-15, 13) / 3)  # Hz

client = jack.Client("spectrum")
stream = client.open_stream(inputs=1)
window = np.hanning(SIZE)
frequencies = np.fft.rfftfreq(SIZE, 1 / client.samplerate)
bands = [
    (frequencies >= centre / 2 ** (1 / 6)) & (frequencies < centre * 2 ** (1 / 6))
    for centre in centres
]


def levels(sound):
    """The level of each band in dB; a sine as loud as can be has 0."""
    power = np.abs(np.fft.rfft(window * sound) / window.sum() * 2) ** 2 / 1.5
    return [10 * np.log10(power[band].sum() + 1e-12) for band in bands]


def draw(sound):
    for centre, level in zip(centres, levels(sound)):
        bar = "#" * max(0, round((level - FLOOR) / 2))
        print(f"{centre:8.0f} Hz {level:6.1f} dB {bar}")


with client:
    microphones = client.get_ports(is_audio=True, is_output=True, is_physical=True)
    client.connect((sys.argv[2:] or microphones)[0], stream.inports[0])
    try:
        while pictures != 0:
            try:
                sound = stream.read(SIZE)[:, 0]
            except jack.InputSyncError:
                continue  # some was lost; the next picture is of what came since
            if sys.stdout.isatty():
                print("\x1b[2J\x1b[H", end="")
            draw(sound)
            sys.stdout.flush()
            pictures = pictures and pictures - 1
    except KeyboardInterrupt:
        pass
