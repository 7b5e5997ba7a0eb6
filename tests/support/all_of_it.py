"""A program that uses most of the package, and has it write three files.

    python -m support.all_of_it SERVER FOLDER

SERVER is the default one, too.
"""

import contextlib
import subprocess
import sys
from pathlib import Path

import jack
from support import fault_scenes

# Those of a program that has a server of its own, or a module made twice.
ELSEWHERE = {"servers", "importing"}


def scenes(server):
    for scene in fault_scenes.SCENES:
        if scene.__name__ not in ELSEWHERE:
            scene(server)


def files(server, folder):
    """All that is told to write, does so here."""
    with jack.Client("files", servername=server) as client:
        client.inports.register("in"), client.outports.register("out")
        client.activate()
        with contextlib.suppress(ImportError):
            client.rec_file(folder / "take.wav", frames=512).wait(20)
            client.play_file(folder / "take.wav").wait(20)
        (folder / "graph.json").write_text(client.snapshot().to_json())


def commands(folder):
    for words in (
        "list", "ports", "graph", "latency", "properties", "transport", "doctor",
        f"snapshot save {folder / 'saved.json'}", "stats --seconds 0.5", "completion bash",
    ):  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-m", "jack", *words.split()],
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert done.returncode in (0, 1), (words, done)
        assert "Traceback" not in done.stderr, done.stderr


def main(server, folder):
    scenes(server)
    files(server, Path(folder))
    commands(Path(folder))
    with jack.Server(f"{server}-own") as own:
        files(own.name, Path(folder))


if __name__ == "__main__":
    main(*sys.argv[1:])
