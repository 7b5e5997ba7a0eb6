"""Draws the measurements of docs/benchmarks.md, anew with each build of the pages."""

import pathlib
import re

from tables import count, measured_with, table

OURS, OTHER, NEUTRAL = "#2962b6", "#b6562a", "#777777"


def broken_blocks(text):
    """(label, broken in percent, blocks) of each case of 64 frames beside a counting loop."""
    return [
        (row["tier"], 100 * count(row["broken"]) / count(row["blocks"]), count(row["blocks"]))
        for row in table(text, "breaks")
        if row["frames"] == "64" and row["beside it"] == "main thread counts"
    ]


def switch_intervals(text):
    """(label, broken in percent) for each switch interval at 64 frames."""
    return [
        (row["client"], 100 * count(row["broken"]) / count(row["blocks"]))
        for row in table(text, "switch interval")
        if row["frames"] == "64"
    ]


def costs(text):
    """(label, JACK-Client's cost as a multiple of ours)."""
    found = []
    for row in table(text, "results"):
        ratio = float(re.match(r"[\d.]+", row["ratio (extremes)"])[0])
        label = row["work"].replace("`", "")
        if label.startswith("the same"):
            label = f"{found[-1][0]},{label.removeprefix('the same,')}"
        found.append((label, 1 / ratio))
    return found


def bars(path, rows, title, xlabel, note, percent=True):
    """Horizontal bars with their numbers, the first row on top."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    labels, values = zip(*((row[0], row[1]) for row in rows))
    figure, axes = plt.subplots(figsize=(8, 0.9 + 0.34 * len(rows)), layout="constrained")
    colours = [OTHER if "JACK-Client" in label else OURS for label in labels]
    drawn = axes.barh(range(len(rows)), values, color=colours if percent else OURS)
    texts = [f"{value:.2g} %" if percent else f"{value:.3g} ×" for value in values]
    axes.bar_label(drawn, texts, padding=3, fontsize=8, color=NEUTRAL)
    axes.set_yticks(range(len(rows)), labels, fontsize=8)
    axes.invert_yaxis()
    axes.margins(x=0.12)
    axes.set_title(title, fontsize=10)
    axes.set_xlabel(xlabel, fontsize=8)
    axes.tick_params(axis="x", labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    figure.supxlabel(note, fontsize=7, color=NEUTRAL, wrap=True)
    figure.savefig(path, metadata={"Date": None}, bbox_inches="tight", pad_inches=0.15)
    plt.close(figure)


def draw(source, folder):
    text = source.read_text(encoding="utf-8")
    folder.mkdir(parents=True, exist_ok=True)
    bars(
        folder / "broken-blocks.svg",
        broken_blocks(text),
        "Blocks of 64 frames that broke while the main thread counted in a loop",
        "broken, percent",
        measured_with(text, "breaks"),
    )
    bars(
        folder / "switch-interval.svg",
        switch_intervals(text),
        "Blocks of 64 frames that broke with a callback in Python, by switch interval",
        "broken, percent",
        measured_with(text, "switch interval"),
    )
    bars(
        folder / "costs.svg",
        costs(text),
        "What the binding costs: JACK-Client as a multiple of rtjack",
        "times",
        measured_with(text, "results"),
        percent=False,
    )


def setup(app):
    source = pathlib.Path(app.srcdir)
    app.connect(
        "builder-inited",
        lambda app: draw(source / "benchmarks.md", source / "generated"),
        priority=100,
    )
    return {"version": "1", "parallel_read_safe": True}
