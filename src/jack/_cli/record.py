"""``pyjack record``."""

import os

import click

import jack
from jack._cli.output import say
from jack._cli.place import SLICE, Place, for_seconds, on_server
from jack._cli.shells import NAME
from jack._cli.sound import audio_ports, channels_in_words, file_errors, progress
from jack._cli.survey import OUTPUT


@click.command(short_help="Record to a sound file.")
@click.argument("file", type=click.Path(dir_okay=False))
@click.argument("ports", type=NAME, nargs=-1)
@for_seconds
@click.option("--channels", type=click.IntRange(1), help="Of the file.  [default: as PORTS, or 2]")
@click.option("--format", help="soundfile's name of it.  [default: by FILE's name]")
@click.option("--subtype", help="Such as PCM_24 or FLOAT.  [default: the format's own]")
@click.option("--force", is_flag=True, help="Write over a FILE that is there.")
@on_server
def command(
    place: Place,
    file: str,
    ports: tuple[str, ...],
    seconds: float | None,
    channels: int | None,
    format: str | None,
    subtype: str | None,
    force: bool,
) -> None:
    """Record PORTS, outputs or clients that have some, to a sound FILE, a channel for
    each; without them the hardware's first two.  Until Ctrl-C, after which the file is
    whole, or for so many seconds.  It begins before it is connected: the first few blocks
    can be silence."""
    if os.path.exists(file) and not force:
        raise click.UsageError(f"{file} is there already: add --force to write over it")
    with place.client("jack-record", active=True) as client:
        sources = audio_ports(client, ports, OUTPUT, channels or 2)
        frames = None if seconds is None else max(1, round(seconds * client.samplerate))
        count = channels or len(sources) or 2
        with file_errors():
            recorder = client.rec_file(
                file, count, frames=frames, format=format, subtype=subtype
            )
        for source, port in zip(sources, recorder.ports, strict=False):
            client.connect(source, port)
        try:
            with progress("recording", seconds) as bar:
                while not recorder.wait(SLICE):
                    bar.at(recorder.frames_done / client.samplerate)
        finally:
            recorder.stop()
            done = recorder.frames_done
            names = ", ".join(source.name for source in sources) or "nobody"
            say(f"{file}: {done} frames, {channels_in_words(count)}, from {names}")
        if recorder.gaps:
            raise jack.JackError(f"the disk was too slow: {recorder.gaps} frames are silence")
