"""``pyjack play``."""

import click

import jack
from jack._cli.output import say
from jack._cli.place import SLICE, Place, on_server
from jack._cli.shells import NAME
from jack._cli.sound import audio_ports, channels_in_words, file_errors, progress
from jack._cli.survey import INPUT


@click.command(short_help="Play a sound file.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.argument("ports", type=NAME, nargs=-1)
@click.option("--loop", is_flag=True, help="Again and again, until Ctrl-C.")
@on_server
def command(place: Place, file: str, ports: tuple[str, ...], loop: bool) -> None:
    """Play a sound FILE to PORTS, inputs or clients that have some, channel by channel;
    without them to the hardware's.  One channel goes to all of the ports that are named,
    and to the hardware's first two.  The file needs the server's sample rate."""
    with place.client("jack-play", active=True) as client:
        with file_errors():
            player = client.play_file(file, loop=loop)
        channels = player.ports
        targets = audio_ports(client, ports, INPUT, max(2, len(channels)))
        if len(channels) == 1:
            channels = channels * len(targets)
        # The first quarter of a second is silence: nothing is missed meanwhile.
        for channel, target in zip(channels, targets, strict=False):
            client.connect(channel, target)
        rate = client.samplerate
        seconds = None if player.frames is None else player.frames / rate
        length = "in a loop" if seconds is None else f"{seconds:.2f} s"
        names = ", ".join(target.name for target in targets) or "nobody"
        say(f"{file}: {length}, {channels_in_words(len(player.ports))}, to {names}")
        with progress("playing", seconds) as bar:
            while not player.wait(SLICE):
                bar.at(player.frames_done / rate)
        if player.gaps:
            raise jack.JackError(f"the disk was too slow: {player.gaps} frames were silence")
