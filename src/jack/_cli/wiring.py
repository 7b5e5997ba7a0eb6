"""Which outputs go with which inputs, when ports and clients are named."""

import jack
from jack._cli import survey
from jack._cli.survey import INPUT, OUTPUT


def pairs(client: jack.Client, source: str, destination: str) -> list[tuple[str, str]]:
    """(output, input) of two names, of ports or clients, given in either order.

    Two clients' ports go by their order, type by type; one port goes with each port of a
    client.  Raises JackError for names that nobody has, or that don't fit.
    """
    flows, others = _flows(client, source), _flows(client, destination)
    if (OUTPUT not in flows or INPUT not in others) and INPUT in flows and OUTPUT in others:
        source, destination = destination, source
    outputs = survey.find_one(client, source, OUTPUT)
    inputs = survey.find_one(client, destination, INPUT)
    found: list[tuple[str, str]] = []
    for kind in dict.fromkeys(map(survey.kind, outputs)):
        ours = [port.name for port in outputs if survey.kind(port) == kind]
        theirs = [port.name for port in inputs if survey.kind(port) == kind]
        if ours and theirs and 1 in (len(outputs), len(inputs)):
            longest = max(len(ours), len(theirs))
            ours *= longest if len(outputs) == 1 else 1
            theirs *= longest if len(inputs) == 1 else 1
        found += zip(ours, theirs, strict=False)
    if not found:
        raise jack.JackError(
            f"{source!r} and {destination!r} are ports of different types, or of one direction"
        )
    return found


def _flows(client: jack.Client, name: str) -> set[str]:
    """The directions of what has that name.  Raises JackError when nobody has."""
    return {survey.flow(port) for port in survey.find_one(client, name, None)}
