"""``python -m jack snapshot``: save, restore and match the graph's connections."""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence

import jack

DESCRIPTION = """\
Save who is connected with whom as JSON, make these connections again, or connect ports by
names or regular expressions.
"""

DETAILS = """\
Exit status: 0 when all was done, 1 when JACK is in trouble or no server runs, 2 when
something is wrong with the arguments or a file, 3 when connections are missing or were
refused, 130 after Ctrl-C.
"""

MATCH = """\
Connect each output port that fits SOURCE with each input port that fits DESTINATION.
They are full names (client:port), or with --regex regular expressions that match whole
names; \\1 to \\9 and \\g<name> in DESTINATION stand for what a group of SOURCE matched.
"""


def add(command: argparse.ArgumentParser) -> None:
    """Fill the parser of ``snapshot``."""
    commands = command.add_subparsers(required=True, metavar="ACTION", dest="action")
    add_save(_action(commands, "save", "write a snapshot of the graph"))
    add_restore(_action(commands, "restore", "make the connections of a snapshot"))
    add_match(_action(commands, "match", "connect by names or patterns", MATCH))


def _action(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    words: str,
    description: str | None = None,
) -> argparse.ArgumentParser:
    action = commands.add_parser(
        name,
        help=words,
        description=description or f"{words.capitalize()}.",
        epilog=DETAILS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    action.set_defaults(act=globals()[name])
    action.add_argument(
        "--server",
        metavar="NAME",
        help='which server (default: $JACK_DEFAULT_SERVER or "default")',
    )
    return action


def add_save(action: argparse.ArgumentParser) -> None:
    action.add_argument("file", metavar="FILE", help="where to write it; - for stdout")
    _add_properties(action, "save")


def add_restore(action: argparse.ArgumentParser) -> None:
    action.add_argument("file", metavar="FILE", help="a snapshot; - for stdin")
    action.add_argument(
        "--wait",
        metavar="SECONDS",
        type=_seconds,
        default=0.0,
        help="for ports that are not there yet (default: %(default)g)",
    )
    action.add_argument(
        "--exclusive",
        action="store_true",
        help="cut the other connections between ports of the snapshot",
    )
    _add_properties(action, "restore")
    _add_json(action)


def add_match(action: argparse.ArgumentParser) -> None:
    action.add_argument("source", metavar="SOURCE", nargs="?", help="an output")
    action.add_argument("destination", metavar="DESTINATION", nargs="?", help="an input")
    action.add_argument(
        "--rules", metavar="FILE", help="rules that jack.Rules.save() wrote, as well or instead"
    )
    action.add_argument(
        "--regex", action="store_true", help="SOURCE and DESTINATION are regular expressions"
    )
    kind = action.add_mutually_exclusive_group()
    kind.add_argument(
        "--exclusive", action="store_true", help="cut all other connections of the two"
    )
    kind.add_argument("--disconnect", action="store_true", help="cut instead")
    action.add_argument(
        "--watch",
        action="store_true",
        help="go on whenever ports come, until Ctrl-C or the server's end",
    )
    _add_json(action)


def _add_properties(action: argparse.ArgumentParser, verb: str) -> None:
    action.add_argument(
        "--no-properties",
        dest="properties",
        action="store_false",
        help=f"{verb} connections only, not aliases and properties",
    )


def _add_json(action: argparse.ArgumentParser) -> None:
    action.add_argument("--json", action="store_true", help="print one JSON object")


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds <= 1e9:
        raise argparse.ArgumentTypeError(f"must be from 0 to 1e9, got {text}")
    return seconds


def main(options: argparse.Namespace) -> int:
    """Run the command; returns its exit status."""
    try:
        return int(options.act(options))
    except (jack.JackError, ValueError, OSError) as error:
        print(f"jack snapshot: {error}", file=sys.stderr)
        return 1 if isinstance(error, jack.JackError) else 2


def _open(options: argparse.Namespace) -> jack.Client:
    return jack.Client("jack-snapshot", servername=options.server, no_start_server=True)


def save(options: argparse.Namespace) -> int:
    client = _open(options)
    try:
        snapshot = client.snapshot(properties=options.properties)
    finally:
        client.close()
    if options.file == "-":
        _write(snapshot.to_json())
    else:
        snapshot.save(options.file)
        connections, ports = len(snapshot.connections), len(snapshot.ports)
        print(f"{connections} connections among {ports} ports, in {options.file}")
    return 0


def restore(options: argparse.Namespace) -> int:
    if options.file == "-":
        snapshot = jack.Snapshot.from_json(sys.stdin.buffer.read())
    else:
        snapshot = jack.Snapshot.load(options.file)
    client = _open(options)
    try:
        done = snapshot.restore(
            client,
            timeout=options.wait,
            exclusive=options.exclusive,
            properties=options.properties,
        )
    finally:
        client.close()
    lists = {
        "made": done.made,
        "present": done.present,
        "missing": done.missing,
        "removed": done.removed,
    }
    _report(options, lists, done.failed, {"properties": done.properties})
    return 0 if done.complete else 3


def match(options: argparse.Namespace) -> int:
    rules = _rules(options)
    client = _open(options)
    try:
        if options.watch:
            return _watch(client, rules)
        done = rules.apply(client)
    finally:
        client.close()
    _report(options, {"made": done.made, "removed": done.removed}, done.failed, {})
    return 3 if done.failed else 0


def _rules(options: argparse.Namespace) -> jack.Rules:
    rules = jack.Rules.load(options.rules) if options.rules else jack.Rules()
    if options.source is None:
        if not options.rules:
            raise ValueError("SOURCE and DESTINATION, or --rules, must be given")
        if options.regex or options.exclusive or options.disconnect:
            raise ValueError("--regex, --exclusive and --disconnect go with SOURCE")
    elif options.destination is None:
        raise ValueError("SOURCE needs a DESTINATION")
    elif options.disconnect:
        rules.disconnect(options.source, options.destination, regex=options.regex)
    else:
        rules.connect(
            options.source,
            options.destination,
            regex=options.regex,
            exclusive=options.exclusive,
        )
    return rules


def _watch(client: jack.Client, rules: jack.Rules) -> int:
    client.activate()
    with jack.Patchbay(client, rules) as bay:
        bay.wait_ready()
        print("watching", flush=True)
        while not bay.wait_closed(0.5):  # in slices, for Ctrl-C
            pass
        if bay.error is not None:
            raise bay.error
    raise jack.JackError("the server is gone")


def _report(
    options: argparse.Namespace,
    lists: Mapping[str, Sequence[tuple[str, str]]],
    failed: Sequence[jack.Refusal],
    numbers: dict[str, int],
) -> None:
    if options.json:
        refusals = [{"what": r.what, "error": str(r.error)} for r in failed]
        _write(json.dumps({**lists, "failed": refusals, **numbers}, indent=1) + "\n")
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
    _write("\n".join([*lines, ", ".join(counts)]) + "\n")


def _write(text: str) -> None:
    """To stdout, names as the bytes that they are."""
    sys.stdout.buffer.write(text.encode(errors="surrogateescape"))
    sys.stdout.buffer.flush()
