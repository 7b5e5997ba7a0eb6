"""``pyjack snapshot``: save, restore and match the graph's connections."""

import json
import sys
from collections.abc import Mapping, Sequence

import click

import jack
from jack._cli.place import Place, Seconds, as_json, on_server
from jack._cli.shells import NAME
from jack._names import shown

INCOMPLETE = 3
FILE = click.Path(dir_okay=False, allow_dash=True)

no_properties = click.option(
    "--no-properties", is_flag=True, help="Connections only, not aliases and properties."
)


@click.group(short_help="Save and restore connections, connect by rules.")
def command() -> None:
    """Save who is connected with whom as JSON, make these connections again, or connect
    ports by names or regular expressions.

    The exit status is 3 when connections are missing or were refused."""


@command.command(short_help="Write a snapshot of the graph.")
@click.argument("file", type=FILE)
@no_properties
@on_server
def save(place: Place, file: str, no_properties: bool) -> None:
    """Write a snapshot of the graph to FILE; - is stdout."""
    with place.client("jack-snapshot") as client:
        snapshot = client.snapshot(properties=not no_properties)
    if file == "-":
        write(snapshot.to_json())
    else:
        snapshot.save(file)
        connections, ports = len(snapshot.connections), len(snapshot.ports)
        write(f"{connections} connections among {ports} ports, in {file}\n")


@command.command(short_help="Make the connections of a snapshot.")
@click.argument("file", type=FILE)
@click.option(
    "--wait",
    metavar="N",
    type=Seconds(0),
    default=0.0,
    show_default=True,
    help="Seconds to wait for ports that are not there yet.",
)
@click.option(
    "--exclusive",
    is_flag=True,
    help="Cut the other connections between ports of the snapshot.",
)
@no_properties
@on_server
@as_json
def restore(
    place: Place, file: str, wait: float, exclusive: bool, no_properties: bool, as_json: bool
) -> int:
    """Make the connections of the snapshot FILE; - is stdin."""
    if file == "-":
        snapshot = jack.Snapshot.from_json(sys.stdin.buffer.read())
    else:
        snapshot = jack.Snapshot.load(file)
    with place.client("jack-snapshot") as client:
        done = snapshot.restore(
            client, timeout=wait, exclusive=exclusive, properties=not no_properties
        )
    lists = {
        "made": done.made,
        "present": done.present,
        "missing": done.missing,
        "removed": done.removed,
    }
    report(as_json, lists, done.failed, {"properties": done.properties})
    return 0 if done.complete else INCOMPLETE


@command.command(short_help="Connect by names or patterns.")
@click.argument("source", type=NAME, required=False)
@click.argument("destination", type=NAME, required=False)
@click.option(
    "--rules", "path", metavar="FILE", type=FILE, help="Rules of jack.Rules.save(), as well or instead."
)
@click.option("--regex", is_flag=True, help="SOURCE and DESTINATION are regular expressions.")
@click.option("--exclusive", is_flag=True, help="Cut all other connections of the two.")
@click.option("--disconnect", is_flag=True, help="Cut instead.")
@click.option("--watch", is_flag=True, help="Go on whenever ports come, until Ctrl-C.")
@on_server
@as_json
def match(
    place: Place,
    source: str | None,
    destination: str | None,
    path: str | None,
    regex: bool,
    exclusive: bool,
    disconnect: bool,
    watch: bool,
    as_json: bool,
) -> int:
    """Connect each output port that fits SOURCE with each input port that fits DESTINATION.

    They are full names (client:port), or with --regex regular expressions that match whole
    names; \\1 to \\9 and \\g<name> in DESTINATION stand for what a group of SOURCE
    matched."""
    if exclusive and disconnect:
        raise click.UsageError("--exclusive and --disconnect exclude each other")
    rules = jack.Rules.load(path) if path else jack.Rules()
    if source is None:
        if not path:
            raise click.UsageError("SOURCE and DESTINATION, or --rules, must be given")
        if regex or exclusive or disconnect:
            raise click.UsageError("--regex, --exclusive and --disconnect go with SOURCE")
    elif destination is None:
        raise click.UsageError("SOURCE needs a DESTINATION")
    elif disconnect:
        rules.disconnect(source, destination, regex=regex)
    else:
        rules.connect(source, destination, regex=regex, exclusive=exclusive)
    with place.client("jack-snapshot") as client:
        if watch:
            keep(client, rules)
        done = rules.apply(client)
    report(as_json, {"made": done.made, "removed": done.removed}, done.failed, {})
    return INCOMPLETE if done.failed else 0


def keep(client: jack.Client, rules: jack.Rules) -> None:
    """Keep to the rules until the server goes."""
    client.activate()
    with jack.Patchbay(client, rules) as bay:
        bay.wait_ready()
        print("watching", flush=True)
        while not bay.wait_closed(0.5):  # in slices, for Ctrl-C
            pass
        if bay.error is not None:
            raise bay.error
    raise jack.JackError("the server is gone")


def report(
    as_json: bool,
    lists: Mapping[str, Sequence[tuple[str, str]]],
    failed: Sequence[jack.Refusal],
    numbers: dict[str, int],
) -> None:
    if as_json:
        refusals = [{"what": r.what, "error": str(r.error)} for r in failed]
        write(json.dumps({**lists, "failed": refusals, **numbers}, indent=1) + "\n")
        return
    lines = [
        f"{word}: {source} -> {destination}"
        for word, pairs in lists.items()
        if word != "present"
        for source, destination in pairs
    ]
    lines += [f"refused: {refusal.what}: {refusal.error}" for refusal in failed]
    counts = [f"{len(pairs)} {word}" for word, pairs in lists.items()]
    counts += [f"{len(failed)} refused", *(f"{n} {word}" for word, n in numbers.items())]
    write("".join(f"{shown(line)}\n" for line in [*lines, ", ".join(counts)]))


def write(text: str) -> None:
    """To stdout, names as the bytes that they are."""
    sys.stdout.buffer.write(text.encode(errors="surrogateescape"))
    sys.stdout.buffer.flush()
