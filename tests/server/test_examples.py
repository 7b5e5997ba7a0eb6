"""The programs in examples/, as they are."""

import re
import wave

import numpy as np

from support.examples import run


def test_capture(server, client, tmp_path):
    """What the first physical output port gives."""
    said = run("capture.py", 0.2, "sound.wav", server=server, cwd=tmp_path)
    observer = client("observing")
    rate, size = observer.samplerate, observer.blocksize
    frames = round(0.2 * rate / size) * size
    first = observer.get_ports(is_output=True, is_physical=True)[0].name
    assert f"from {first}" in said
    assert f"{frames} frames, peak" in said
    with wave.open(str(tmp_path / "sound.wav")) as wav:
        assert wav.getnframes() == frames
        assert wav.getframerate() == rate


def test_testtone(server, client, tmp_path):
    """The whole tone arrives where the first physical input is connected to."""
    listener = client("listener")
    port = listener.inports.register("in")
    heard = []
    listener.set_process_callback(lambda frames: heard.append(port.get_array().copy()))

    @listener.set_port_registration_callback(only_available=True)
    def registered(new, register):
        if register and new.name == "testtone:out_1":
            listener.connect(new, port)

    listener.activate()
    said = run("testtone.py", 0.3, 1000, server=server, cwd=tmp_path)
    listener.deactivate()
    frames = int(re.search(r"(\d+) frames played", said)[1])
    assert frames >= 0.29 * listener.samplerate
    sound = np.concatenate(heard)
    assert np.abs(sound).max() <= np.float32(0.25)
    assert np.count_nonzero(sound) > frames // 2  # it may have begun before the connection
