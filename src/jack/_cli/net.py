"""``pyjack net``: netjack, within the running server or without one."""

import contextlib

import click

import jack
from jack._cli.output import say, say_json
from jack._cli.place import SLICE, Clock, Place, Seconds, as_json, for_seconds, on_server
from jack._cli.server import ended_by_signal

GROUP, PORT = "225.3.19.154", 19000

group = click.option(
    "--address", default=GROUP, show_default=True, help="The slaves' multicast group."
)
udp_port = click.option(
    "--port", type=click.IntRange(1, 65535), default=PORT, show_default=True, help="UDP."
)


@click.group(short_help="Join machines by netjack.")
def command() -> None:
    """Join machines by netjack, which comes with JACK2.  It has no authentication and no
    encryption: use it on a network of its own."""


@command.command("manager", short_help="Make the running server a master.")
@group
@udp_port
@for_seconds
@on_server
def manager(place: Place, address: str, port: int, seconds: float | None) -> None:
    """Make the running server a master, until Ctrl-C: each slave that calls gets a client
    with its ports."""
    inside(place, "netmanager", f"-a {address} -p {port}", seconds)


@command.command("adapter", short_help="Make the running server a slave, too.")
@group
@udp_port
@click.option("--inputs", type=click.IntRange(0, 255), default=2, show_default=True)
@click.option("--outputs", type=click.IntRange(0, 255), default=2, show_default=True)
@for_seconds
@on_server
def adapter(
    place: Place, address: str, port: int, inputs: int, outputs: int, seconds: float | None
) -> None:
    """Make the running server, which keeps its own clock, a slave of another one too,
    until Ctrl-C.  What comes is resampled."""
    options = f"-a {address} -p {port} -C {inputs} -P {outputs}"
    inside(place, "netadapter", options, seconds)


def inside(place: Place, module: str, options: str, seconds: float | None) -> None:
    """Have an internal client in the server for that time."""
    with place.client("jack-net") as client, ended_by_signal():
        with client.load_internal(module, load_init=options):
            say(f"{module} is loaded, with {options}")
            for _ in Clock(seconds).slices(client, SLICE):
                pass
        say(f"{module} is unloaded")


@command.command("slave", short_help="Be a slave without a server, which sends back.")
@group
@udp_port
@click.option("--inputs", type=click.IntRange(0, 255), default=2, show_default=True)
@click.option(
    "--lookahead",
    type=click.IntRange(1),
    default=4,
    show_default=True,
    help="How many blocks Python may be late.",
)
@click.option("--name", default="pyjack", show_default=True, help="The client's name there.")
@click.option(
    "--timeout",
    metavar="N",
    type=Seconds(),
    default=10.0,
    show_default=True,
    help="Seconds to wait for a master.",
)
@for_seconds
@as_json
def slave(
    address: str,
    port: int,
    inputs: int,
    lookahead: int,
    name: str,
    timeout: float,
    seconds: float | None,
    as_json: bool,
) -> None:
    """Be a slave without a JACK server, which sends back what it gets: to try a network.
    At the end its counts are printed."""
    with jack.NetSlave(
        inputs,
        inputs,
        name=name,
        address=address,
        port=port,
        lookahead=lookahead,
        timeout=timeout,
    ) as there:
        if not as_json:
            say(
                f"slave of {there.master}: {there.samplerate} Hz, blocks of "
                f"{there.blocksize} frames, {there.latency} frames there and back"
            )
        try:
            send_back(there, Clock(seconds))
        finally:
            stats = there.stats
            if as_json:
                say_json(stats)
            else:
                say(", ".join(f"{key} {value}" for key, value in stats.items()))


def send_back(slave: jack.NetSlave, clock: Clock) -> None:
    while clock.left > 0:
        # What is late is counted, and told at the end.
        with contextlib.suppress(TimeoutError, jack.InputSyncError, jack.OutputSyncError):
            audio, midi = slave.read(timeout=max(0.0, min(SLICE, clock.left)))
            slave.write(audio, midi, timeout=SLICE)
