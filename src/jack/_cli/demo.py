"""``pyjack demo``."""

import importlib

import click

NEEDED = ("numpy", "soundfile", "matplotlib", "tqdm")


@click.command(short_help="Send a recording through a server, with an echo made in Python.")
@click.argument("recording", metavar="[IN.wav]", required=False)
@click.argument("out", metavar="[OUT.wav]", required=False)
@click.option(
    "--server",
    type=click.Choice(["auto", "embedded", "running"]),
    default="auto",
    show_default=True,
    help="The running one if there is one, one within this program, or the running one only.",
)
@click.option("--blocksize", type=int, help="The embedded server's block size.  [default: 256]")
@click.option("--freewheel", is_flag=True, help="As fast as it goes, and exact.")
@click.option("--realtime", is_flag=True, help="As fast as it sounds; counts late blocks.")
def command(
    recording: str | None,
    out: str | None,
    server: str,
    blocksize: int | None,
    freewheel: bool,
    realtime: bool,
) -> int:
    """Send a recording through a JACK graph of three clients (player, echo, recorder),
    with the echo made in Python, block by block; compare what comes back, frame by frame,
    with the echo computed offline; write it as a sound file, and draw both beside it
    (OUT.png).  Without IN.wav espeak-ng speaks a sentence; without OUT.wav it is
    demo-out/IN-echo.wav, in 32-bit floats.

    The server: the one that runs already, else one that is started within this program, at
    the recording's sample rate, without sound hardware.  Freewheeling concerns all clients
    of a server; so it is the default with a server of our own, and --realtime with one
    that runs already.  There the echo goes to the loudspeakers, too.

    Exit status: 0 when all frames that went out came back equal; with --realtime also when
    late blocks explain why they did not.  1 when frames differ or JACK is in trouble."""
    if freewheel and realtime:
        raise click.UsageError("--freewheel and --realtime exclude each other")
    for needed in NEEDED:
        try:
            importlib.import_module(needed)
        except (ImportError, OSError) as error:  # OSError: soundfile without libsndfile
            raise ImportError(
                f"{needed} can't be imported ({error}); try: pip install 'rtjack[demo]'"
            ) from error
    from jack import _demo
    from jack._demo.options import Options

    return _demo.run(Options(recording, out, server, blocksize, freewheel, realtime))
