"""``pyjack properties``: metadata of ports and clients, as jack_property has it."""

import contextlib
from typing import Any

import click

import jack
from jack._cli.output import say, say_json
from jack._cli.place import Place, as_json, on_server
from jack._cli.shells import NAME

KEYS = {
    name.removeprefix("METADATA_").lower().replace("_", "-"): getattr(jack, name)
    for name in dir(jack)
    if name.startswith("METADATA_")
}


class Key(click.ParamType):
    """A property's key: a URI, or the short name of one of JACK's own."""

    name = "key"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        key: str = KEYS.get(value, value)
        if ":" not in key:
            self.fail(f"{value!r} is no URI, nor one of {', '.join(KEYS)}", param, ctx)
        return key


@click.group(invoke_without_command=True, short_help="Show, set or remove properties.")
@on_server
@click.pass_context
def command(ctx: click.Context, place: Place) -> None:
    """Show, set or remove the properties (metadata) of ports and clients.  SUBJECT is the
    name of a port or client, or a UUID; KEY a URI, or the end of one of JACK's own such
    as pretty-name.  Without a command: show all."""
    if ctx.invoked_subcommand is None:
        show_all(place, False)


@command.command("list", short_help="Show the properties of all, or of one.")
@click.argument("subject", type=NAME, required=False)
@on_server
@as_json
def list_them(place: Place, subject: str | None, as_json: bool) -> None:
    """Show the properties of SUBJECT, or all that there are."""
    if subject is None:
        show_all(place, as_json)
        return
    with place.client("jack-properties") as client:
        found = {subject: plain(jack.get_properties(uuid_of(client, subject)))}
    show(found, as_json)


@command.command("get", short_help="Print one property's value.")
@click.argument("subject", type=NAME)
@click.argument("key", type=Key())
@on_server
def get(place: Place, subject: str, key: str) -> None:
    """Print one property's value."""
    with place.client("jack-properties") as client:
        found = jack.get_property(uuid_of(client, subject), key)
    if found is None:
        raise jack.JackError(f"{subject!r} has no property {key}")
    say(found[0].decode(errors="surrogateescape"))


@command.command("set", short_help="Set a property.")
@click.argument("subject", type=NAME)
@click.argument("key", type=Key())
@click.argument("value")
@click.option("--type", "kind", default="", help="The value's type, MIME or a URI.")
@on_server
def set_it(place: Place, subject: str, key: str, value: str, kind: str) -> None:
    """Set a property."""
    with place.client("jack-properties") as client:
        client.set_property(uuid_of(client, subject), key, value, kind)


@command.command("remove", short_help="Remove one property, or all of a subject.")
@click.argument("subject", type=NAME)
@click.argument("key", type=Key(), required=False)
@on_server
def remove(place: Place, subject: str, key: str | None) -> None:
    """Remove the property KEY of SUBJECT; without KEY, all that it has."""
    with place.client("jack-properties") as client:
        uuid = uuid_of(client, subject)
        if key is None:
            client.remove_properties(uuid)
        elif jack.get_property(uuid, key) is None:
            raise jack.JackError(f"{subject!r} has no property {key}")
        else:
            client.remove_property(uuid, key)


def show_all(place: Place, as_json: bool) -> None:
    with place.client("jack-properties") as client:
        try:
            everything = jack.get_all_properties()
        except RuntimeError as error:
            raise jack.JackError(str(error)) from error
        names = names_by_uuid(client)
        found = {
            names.get(int(uuid), str(int(uuid))): plain(properties)
            for uuid, properties in everything.items()
        }
    show(found, as_json)


def show(found: dict[str, dict[str, dict[str, str]]], as_json: bool) -> None:
    if as_json:
        say_json(found)
        return
    for subject, properties in found.items():
        say(subject)
        for key, entry in properties.items():
            kind = f"  ({entry['type']})" if entry["type"] else ""
            say(f"    {key}: {entry['value']}{kind}")


def plain(properties: dict[str, tuple[bytes, str]]) -> dict[str, dict[str, str]]:
    return {
        key: {"value": value.decode(errors="surrogateescape"), "type": kind}
        for key, (value, kind) in properties.items()
    }


def names_by_uuid(client: jack.Client) -> dict[int, str]:
    """Names of ports and of clients with ports."""
    names: dict[int, str] = {}
    for port in client.get_ports():
        with contextlib.suppress(jack.JackError):
            names[int(port.uuid)] = port.name
            owner = port.name.partition(":")[0]
            names.setdefault(int(client.get_uuid_for_client_name(owner)), owner)
    return names


def uuid_of(client: jack.Client, subject: str) -> int:
    """Of a port, a client, or a UUID as it is."""
    with contextlib.suppress(jack.JackError):
        return int(client.get_port_by_name(subject).uuid)
    with contextlib.suppress(jack.JackError):
        return int(client.get_uuid_for_client_name(subject))
    if subject.isdecimal():
        return int(subject)
    raise jack.JackError(f"there is no port or client {subject!r}, and it is no UUID")
