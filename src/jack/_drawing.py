"""Drawings of a Snapshot: DOT by the graphviz package, pictures by Graphviz' dot."""

import functools
import html
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from jack._names import shown

if TYPE_CHECKING:
    from jack._snapshot import Snapshot

_COLOURS = {"32 bit float mono audio": "#1f6f43", "8 bit raw midi": "#8a2f6b"}
_OTHER = "#444444"

_shown = functools.partial(shown, picture=True)


class Box:
    """A client, or one side of the one that is called "system": ports by their names."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.inputs: list[str] = []
        self.outputs: list[str] = []


def boxes(snapshot: "Snapshot") -> list[Box]:
    """The clients in the order of their first ports.  What goes into the hardware is kept
    apart from what comes out of it, which makes a picture from left to right."""
    found: dict[tuple[str, bool], Box] = {}
    for name, port in snapshot.ports.items():
        client = name.partition(":")[0]
        apart = client == "system" and port.is_input
        box = found.setdefault((client, apart), Box(client))
        (box.inputs if port.is_input else box.outputs).append(name)
    return list(found.values())


def text(snapshot: "Snapshot") -> str:
    """For a terminal: clients, their ports, and with what these are connected."""
    lines = []
    for box in boxes(snapshot):
        lines.append(_shown(box.title))
        for name in [*box.inputs, *box.outputs]:
            lines.append(f"  {'->' if name in box.inputs else '  '} {_shown(_port(name))}")
            lines += [f"       -> {_shown(b)}" for a, b in snapshot.connections if a == name]
    return "".join(f"{line}\n" for line in lines)


def dot(snapshot: "Snapshot") -> Any:
    """A graphviz.Digraph.  Raises ImportError without the graphviz package."""
    try:
        import graphviz  # type: ignore[import-untyped,unused-ignore]
    except ImportError as error:
        raise ImportError(
            "a drawing needs the graphviz package: pip install rtjack[cli]"
        ) from error
    graph = graphviz.Digraph("jack")
    graph.attr(rankdir="LR", ranksep="1.2", nodesep="0.3")
    graph.attr("node", shape="plain", fontname="sans-serif", fontsize="10")
    graph.attr("edge", arrowsize="0.6")
    places: dict[str, str] = {}
    for number, box in enumerate(boxes(snapshot)):
        ports = [*box.inputs, *box.outputs]
        ids = {name: f"p{n}" for n, name in enumerate(ports)}
        places |= {name: f"c{number}:{ids[name]}" for name in ports}
        graph.node(f"c{number}", label=f"<{_table(box, ids, snapshot)}>")
    for source, destination in snapshot.connections:
        if source in places and destination in places:
            graph.edge(
                f"{places[source]}:e",
                f"{places[destination]}:w",
                color=_COLOURS.get(snapshot.ports[source].type, _OTHER),
            )
    return graph


def _table(box: Box, ids: dict[str, str], snapshot: "Snapshot") -> str:
    """The box in Graphviz' HTML: a title, inputs at the left, outputs at the right."""

    def cell(name: str | None, side: str) -> str:
        if name is None:
            return "<TD></TD>"
        colour = _COLOURS.get(snapshot.ports[name].type, _OTHER)
        words = html.escape(_shown(_port(name)))
        return (
            f'<TD PORT="{ids[name]}" ALIGN="{side}"><FONT COLOR="{colour}">{words}</FONT></TD>'
        )

    rows = "".join(
        f"<TR>{cell(left, 'LEFT')}{cell(right, 'RIGHT')}</TR>" for left, right in _rows(box)
    )
    title = html.escape(_shown(box.title)) or "?"
    return (
        '<TABLE BORDER="1" CELLBORDER="0" CELLSPACING="0" CELLPADDING="3" STYLE="ROUNDED">'
        f'<TR><TD COLSPAN="2"><B>{title}</B></TD></TR>{rows}</TABLE>'
    )


def _rows(box: Box) -> Iterator[tuple[str | None, str | None]]:
    for n in range(max(len(box.inputs), len(box.outputs))):
        yield (
            box.inputs[n] if n < len(box.inputs) else None,
            box.outputs[n] if n < len(box.outputs) else None,
        )


def _port(name: str) -> str:
    """A port's name without its client's."""
    return name.partition(":")[2] or "?"


def can_draw() -> bool:
    """Whether Graphviz' program is there."""
    return shutil.which("dot") is not None


def picture(snapshot: "Snapshot", kind: str) -> bytes:
    """The picture in a format of Graphviz', such as "svg" or "png".

    Raises ImportError without the graphviz package, FileNotFoundError without Graphviz.
    """
    graph = dot(snapshot)
    if not can_draw():
        raise FileNotFoundError("a picture needs Graphviz: apt-get install graphviz")
    made: bytes = graph.pipe(format=kind)
    return made
