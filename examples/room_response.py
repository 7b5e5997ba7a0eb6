"""Measure the impulse response of a room: a sweep goes out, its echo comes back.

    python room_response.py FILE.png [SECONDS [SPEAKER MICROPHONE]]

The sweep takes SECONDS, by default 5; the ports are by default the first loudspeaker and
the first microphone.  Draws the response and how it decays into FILE.png, and puts it into
FILE.npy.  Needs NumPy and matplotlib.
"""

import pathlib
import sys

import matplotlib
import numpy as np

import jack

matplotlib.use("Agg")  # no window
import matplotlib.pyplot as plt


def sweep(seconds, rate, first=50.0, last=20_000.0):
    """A sine whose pitch rises as fast in each octave, and what undoes it."""
    growth = np.log(last / first)
    time = np.arange(round(seconds * rate)) / rate
    sound = np.sin(2 * np.pi * first * seconds / growth * np.expm1(time / seconds * growth))
    fade = np.minimum(1, np.minimum(time, time[::-1]) / 0.01)
    return sound * fade * 0.5


def response(heard, sent):
    """What has to be applied to `sent` to get `heard`."""
    size = 2 ** int(np.ceil(np.log2(len(heard) + len(sent))))
    spectrum = np.fft.rfft(sent, size)
    power = np.abs(spectrum) ** 2
    power += power.max() * 1e-6  # where nothing was sent, nothing can be known
    return np.fft.irfft(np.fft.rfft(heard, size) * spectrum.conj() / power)[: len(heard)]


def decay(impulse):
    """How much of the energy is still to come, in dB."""
    energy = np.cumsum(impulse[::-1] ** 2)[::-1]
    return 10 * np.log10(energy / energy[0] + 1e-12)


def draw(impulse, rate, path):
    milliseconds = 1000 * np.arange(len(impulse)) / rate
    figure, (above, below) = plt.subplots(2, sharex=True, layout="constrained")
    above.plot(milliseconds, impulse, linewidth=0.7)
    above.set(title="impulse response", ylabel="amplitude")
    below.plot(milliseconds, decay(impulse))
    below.set(title="decay", xlabel="milliseconds", ylabel="dB", ylim=(-80, 3))
    figure.savefig(path)


if len(sys.argv) < 2:
    sys.exit(__doc__)
path = pathlib.Path(sys.argv[1])
seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 5.0
tail = seconds / 4  # to listen on after the sweep
client = jack.Client("room")
mouth, ear = client.outports.register("out"), client.inports.register("in")
rate = client.samplerate
sound = sweep(seconds, rate)
with client:
    speakers = client.get_ports(is_audio=True, is_input=True, is_physical=True)
    microphones = client.get_ports(is_audio=True, is_output=True, is_physical=True)
    speaker, microphone = sys.argv[3:5] or (speakers[0], microphones[0])
    client.connect(mouth, speaker)
    client.connect(microphone, ear)
    silence = np.zeros(round(tail * rate))
    at = client.frame_time + rate // 5
    take = client.playrec(np.concatenate([sound, silence]).astype("f"), at=at % 2**32)
    take.wait()
impulse = response(take.result[:, 0].astype(float), sound)[: round(tail * rate)]
np.save(path.with_suffix(".npy"), impulse)
draw(impulse, rate, path)
first = int(np.argmax(np.abs(impulse)))
past = np.flatnonzero(decay(impulse)[first:] < -20)
print(f"the loudest comes after {1000 * first / rate:.2f} ms, {impulse[first]:.3f}")
if len(past):
    print(f"20 dB less is left {1000 * past[0] / rate:.0f} ms later")
