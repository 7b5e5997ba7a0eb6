"""``python -m jack demo``: a recording through a server's graph, and its proof."""

import contextlib
import math
import pathlib
import sys

from tqdm import tqdm

from jack._demo import graph, picture, sound
from jack._demo.echo import Echo
from jack._demo.options import Options


def say(message: str) -> None:
    print(message, flush=True)  # the progress bar on stderr comes after it


def run(options: Options) -> int:
    """Run the command; returns its exit status.  Raises Refusal, JackError and OSError."""
    if options.recording is None:
        source = sound.speak()
    else:
        source = sound.read(pathlib.Path(options.recording))
    out = sound.check_out(options.out, source.path)
    say(f"{source.path}: {source.description}")
    expected = Echo(len(source.samples), source.samplerate).process(source.samples)
    with contextlib.ExitStack() as stack:
        place = graph.find_server(options, source.samplerate, stack)
        freewheel = options.freewheel or (place.own and not options.realtime)
        say(f"{place.description}, {'freewheeling' if freewheel else 'in real time'}")
        with bar(source.samples.shape[1]) as progress:
            take = graph.send_through(place, source, freewheel, progress.update)
    proof = graph.Proof(take, expected)
    say(report(proof, source, take))
    sound.write(out, proof.came_back, source.samplerate)
    drawing = out.with_suffix(".png")
    picture.draw(drawing, source, proof)
    say(f"wrote {out} and {drawing}")
    return 0 if proof.holds or (take.breaks and not freewheel) else 1


def bar(frames: int) -> tqdm:
    """A progress bar on stderr; where that is no terminal, its beginning and end only."""
    interval = 0.1 if sys.stderr.isatty() else math.inf
    return tqdm(
        total=frames,
        desc="through the graph",
        unit=" frames",
        unit_scale=True,
        file=sys.stderr,
        mininterval=interval,
        maxinterval=math.inf,  # no monitoring thread
    )


def report(proof: graph.Proof, source: sound.Sound, take: graph.Take) -> str:
    percent = math.floor(10000 * proof.equal / proof.sent) / 100  # 100 means all
    lines = [
        f"frames sent {proof.sent}, came back {proof.back}, equal to the effect computed "
        f"offline {proof.equal} ({percent:g} %), {take.seconds:.2f} s for "
        f"{source.seconds:.2f} s of sound ({source.seconds / take.seconds:.1f} x real time)"
    ]
    if take.breaks:
        lines.append(
            f"{take.breaks} times the server went on without us: late blocks; "
            f"{take.xruns} xruns were reported"
        )
    return "\n".join(lines)
