"""What notebooks show of clients, ports, snapshots and recordings."""

import base64
import html.parser
import io
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

import jack
from jack import _notebook
from support.waiting import wait_for

HOSTILE = "<script>alert('x')</script>&\"\u202e\x1b"
SHOWN = "<script>alert('x')</script>&\"\\u202e\\x1b"


class Page(html.parser.HTMLParser):
    """The elements of what is shown, each ended, and its text."""

    def __init__(self, source):
        super().__init__()
        self.tags, self.texts, self._open = [], [], []
        self.sources = []
        self.feed(source)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self._open.append(tag)
        self.sources += [value for name, value in attributes if name == "src"]

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)

    def handle_data(self, data):
        self.texts.append(data)


@pytest.fixture
def hostile(studio):
    """The client a with an output of a bad name, connected with b."""
    port = studio.outports.register(HOSTILE)
    studio.connect(port, "b:i1")
    wait_for(lambda: port.connections)
    return studio


def test_client_and_ports(hostile):
    page = Page(hostile._repr_html_())
    assert page.texts[:2] == ["a", f": {hostile.samplerate} Hz, blocks of {hostile.blocksize} "
                              f"frames, not realtime, CPU load {load(page)} %"]
    assert set(page.tags) == {"p", "b", "table", "thead", "tbody", "tr", "th", "td"}
    at = page.texts.index(f"a:{SHOWN}")
    assert page.texts[at : at + 4] == [f"a:{SHOWN}", "audio", "output", "b:i1"]
    assert "a:o1" in page.texts
    listed = Page(hostile.outports._repr_html_())
    assert listed.texts == ["port", "type", "flow", "a:o1", "audio", "output", "a:o2", "audio",
                            "output", f"a:{SHOWN}", "audio", "output"]
    port = hostile.outports[HOSTILE]
    page = Page(port._repr_html_())
    assert page.texts == [
        f"a:{SHOWN}", "type", "audio", "flow", "output", "uuid", str(int(port.uuid)),
        "connected", "b:i1",
    ]
    foreign = Page(hostile.get_port_by_name("system:capture_1")._repr_html_())
    assert foreign.texts[:5] == [
        "system:capture_1", "type", "audio", "flow", "output, physical, terminal"
    ]


def load(page):
    return re.search(r"CPU load (.*) %", page.texts[1])[1]


def test_what_is_gone(jackd):
    client = jack.Client("going", servername=jackd.name)
    port, ports = client.midi_outports.register("m"), client.midi_outports
    assert "MIDI" in Page(port._repr_html_()).texts
    client.close()
    for thing in (client, port, ports):
        page = Page(thing._repr_html_())
        assert page.texts == [f"{thing!r}: closed or gone"]


def test_snapshot(hostile, monkeypatch):
    snapshot = hostile.snapshot()
    svg = snapshot._repr_svg_()
    ElementTree.fromstring(svg)
    assert "<script" not in svg and "\x1b" not in svg
    assert snapshot._repr_html_() == f"<div>{svg}</div>"
    assert SHOWN in Page(svg).texts
    # Without Graphviz it is a table.
    monkeypatch.setenv("PATH", "/nonexistent")
    assert snapshot._repr_svg_() is None
    assert Page(snapshot._repr_html_()).texts == ["output", "input", f"a:{SHOWN}", "b:i1"]


def sound_of(page, kind):
    """What its player plays."""
    [source] = page.sources
    begin = f"data:{kind};base64,"
    assert source.startswith(begin)
    return base64.b64decode(source.removeprefix(begin))


def test_recording(jackd, studio, tmp_path):
    soundfile = pytest.importorskip("soundfile")
    sound = np.random.default_rng(1).uniform(-1, 1, (500, 2)).astype(np.float32)
    b = studio.other
    studio.connect("a:o1", "b:i1")
    take = b.rec(1000, channels=2)
    player = studio.play(sound, mapping=["o1", "o2"])
    assert player.wait(20) and take.wait(20)
    assert Page(player._repr_html_()).texts == ["Transfer: played 500 of 500 frames"]
    page = Page(take._repr_html_())
    assert page.texts == ["recorded 1000 of 1000 frames, 2 channels"]
    (tmp_path / "shown.wav").write_bytes(sound_of(page, "audio/wav"))
    shown, rate = soundfile.read(tmp_path / "shown.wav", dtype="float32")
    assert rate == b.samplerate and np.array_equal(shown, take.result)
    b.close()  # the sound stays, and its rate
    assert Page(take._repr_html_()).sources == page.sources
    with jack.Client("c", servername=jackd.name) as c:
        file_of(c, tmp_path / "take.wav")


def file_of(client, path):
    """What is shown of a recording to a file."""
    with client.rec_file(path, 1, frames=100) as file:
        assert file.wait(20) and file.path == str(path)
        page = Page(file._repr_html_())
    assert page.texts == [f"{path}: 100 frames, done"]
    assert sound_of(page, "audio/wav") == path.read_bytes()
    path.unlink()
    assert Page(file._repr_html_()).sources == []


def test_a_long_recording_is_cut(monkeypatch):
    soundfile = pytest.importorskip("soundfile")
    sound = np.arange(20, dtype=np.float32).reshape(10, 2)
    monkeypatch.setattr(_notebook, "LARGEST", 33)
    shown, rate = soundfile.read(io.BytesIO(_notebook.wav(sound, 44100)), dtype="float32")
    assert rate == 44100 and np.array_equal(shown, sound[:4])


def test_without_soundfile(studio, monkeypatch):
    """It is told, without a player."""
    take = studio.other.rec(100, channels=2)
    assert take.wait(20)
    monkeypatch.setitem(sys.modules, "soundfile", None)
    page = Page(take._repr_html_())
    assert (page.texts, page.sources) == (["recorded 100 of 100 frames, 2 channels"], [])


def test_ipython_shows_them(studio):
    """Its formatters, without a notebook."""
    formatters = pytest.importorskip("IPython.core.formatters")
    data, _ = formatters.DisplayFormatter().format(studio.snapshot())
    assert data["text/html"].startswith("<div><svg") and data["image/svg+xml"].startswith("<svg")

    def of_no_time(page):
        return re.sub(r"CPU load [0-9.]+ %", "", page)

    take = studio.other.rec(1)
    assert take.wait(10)  # until then its frames may become more from look to look
    for thing in (studio, studio.outports, studio.outports[0], take):
        data, _ = formatters.DisplayFormatter().format(thing)
        assert of_no_time(data["text/html"]) == of_no_time(thing._repr_html_())


def test_import_takes_no_ipython():
    program = "import jack, jack._notebook, sys; print('IPython' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout == "False\n"
