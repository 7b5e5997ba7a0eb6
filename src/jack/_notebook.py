"""What notebooks show: HTML of clients, ports, snapshots and recordings.

IPython finds the methods _repr_html_(); nothing here needs it.  Names come from other
programs, so each is escaped.
"""

import base64
import html as _html
import io
import os
from collections.abc import Iterable, Sequence
from typing import Any

import jack
from jack import _drawing
from jack._names import shown
from jack._files import FileTransfer

LARGEST = 2**24  # bytes of sound within a page
_PLAYABLE = {
    ".wav": "audio/wav",
    ".flac": "audio/flac",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".mp3": "audio/mpeg",
}


def html(thing: Any) -> str:
    """HTML for what has _repr_html_()."""
    try:
        return _html_of(thing)
    except jack.JackError:  # closed, gone, or its server is
        return f"<p>{text(repr(thing))}: closed or gone</p>"


def _html_of(thing: Any) -> str:
    if isinstance(thing, jack.Client):
        return _client(thing)
    if isinstance(thing, jack.Port):
        return _facts(thing.name, _port_facts(thing))
    if isinstance(thing, jack.Ports):
        return ports(thing)
    if isinstance(thing, jack.Transfer):
        return _transfer(thing)
    if isinstance(thing, FileTransfer):
        return _file_transfer(thing)
    return _snapshot(thing)


def text(value: object) -> str:
    """Escaped: nothing of a name becomes markup, or changes the direction of writing."""
    return _html.escape(shown(str(value), picture=True))


def table(heading: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    head = "".join(f"<th>{text(cell)}</th>" for cell in heading)
    body = "".join(
        "<tr>" + "".join(f"<td>{text(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _facts(title: str, facts: Iterable[tuple[str, object]]) -> str:
    rows = "".join(
        f"<tr><th>{text(name)}</th><td>{text(value)}</td></tr>" for name, value in facts
    )
    return f"<table><caption>{text(title)}</caption><tbody>{rows}</tbody></table>"


# ---- clients and ports ----


def _client(client: jack.Client) -> str:
    title = f"<b>{text(client.name)}</b>"
    about = (
        f"{client.samplerate} Hz, blocks of {client.blocksize} frames, "
        f"{'realtime' if client.realtime else 'not realtime'}, "
        f"CPU load {client.cpu_load():.1f} %"
    )
    own = [*client.inports, *client.outports, *client.midi_inports, *client.midi_outports]
    return f"<p>{title}: {text(about)}</p>{ports(own, client)}"


def ports(them: Iterable[jack.Port], client: jack.Client | None = None) -> str:
    """A table of ports; with a client, also with what they are connected."""
    heading = ["port", "type", "flow"] + (["connected"] if client else [])
    rows = []
    for port in them:
        facts = dict(_port_facts(port))
        row = [port.name, facts["type"], facts["flow"]]
        if client is not None:
            row.append(", ".join(p.name for p in client.get_all_connections(port)))
        rows.append(row)
    return table(heading, rows)


def _port_facts(port: jack.Port) -> list[tuple[str, str]]:
    flags = [
        "input" if port.is_input else "output",
        *(["physical"] if port.is_physical else []),
        *(["terminal"] if port.is_terminal else []),
    ]
    facts = [
        ("type", "audio" if port.is_audio else "MIDI" if port.is_midi else port.type),
        ("flow", ", ".join(flags)),
    ]
    try:  # what the server is asked
        facts.append(("aliases", ", ".join(port.aliases)))
        facts.append(("uuid", str(int(port.uuid))))
        if isinstance(port, jack.OwnPort):
            names = ", ".join(other.name for other in port.connections)
            facts.append(("connected", names))
    except jack.JackError:
        facts.append(("", "gone"))
    return [(name, value) for name, value in facts if value]


# ---- snapshots ----


def _snapshot(snapshot: "jack.Snapshot") -> str:
    drawing = svg(snapshot)
    if drawing is not None:
        return f"<div>{drawing}</div>"
    return table(["output", "input"], snapshot.connections)


def svg(snapshot: "jack.Snapshot") -> str | None:
    """The drawing, without the prolog that HTML does not take; None where the graphviz
    package or Graphviz is missing."""
    try:
        drawing = _drawing.picture(snapshot, "svg").decode()
    except (ImportError, FileNotFoundError):
        return None
    return drawing[drawing.index("<svg") :]


# ---- recordings ----


def _transfer(transfer: jack.Transfer) -> str:
    done = f"{transfer.frames_done} of {transfer.frames} frames"
    if transfer.frames is None:
        done = f"{transfer.frames_done} frames, in a loop"
    sound = transfer.result
    if sound is None:
        return f"<p>{text(type(transfer).__name__)}: played {text(done)}</p>"
    file = wav(sound, transfer.samplerate) if transfer.frames_done else None
    player = _player("audio/wav", file) if file is not None else ""
    return f"<p>recorded {text(done)}, {sound.shape[1]} channels</p>{player}"


def wav(sound: Any, samplerate: int) -> bytes | None:
    """A WAV file of float32 (frames, channels), every sample as it is; at most LARGEST.
    None where the soundfile package is missing."""
    try:
        import soundfile  # type: ignore[import-untyped,unused-ignore]
    except (ImportError, OSError):  # OSError: without libsndfile
        return None
    file = io.BytesIO()
    frames = LARGEST // (4 * sound.shape[1])
    soundfile.write(file, sound[:frames], samplerate, "FLOAT", format="WAV")
    return file.getvalue()


def _file_transfer(transfer: FileTransfer) -> str:
    path = transfer.path
    state = "done" if transfer.done else "under way"
    words = f"<p>{text(path)}: {transfer.frames_done} frames, {state}</p>"
    kind = _PLAYABLE.get(os.path.splitext(path)[1].lower())
    if kind is None or not transfer.done:
        return words
    try:
        if os.path.getsize(path) > LARGEST:
            return words
        with open(path, "rb") as file:
            return words + _player(kind, file.read())
    except OSError:
        return words


def _player(kind: str, sound: bytes) -> str:
    data = base64.b64encode(sound).decode()
    return f'<audio controls src="data:{kind};base64,{data}"></audio>'
