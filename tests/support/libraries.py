"""Which libjack the tests run on."""

import functools
import os

import jack


@functools.cache
def loaded():
    """The implementation: "JACK2", "JACK1" or "PipeWire"; JACK2 where none can be loaded."""
    try:
        jack.version_string()
    except jack.NotSupportedError:
        return "JACK1"  # it alone can't tell
    except jack.LibraryNotFoundError:
        return "JACK2"
    return "PipeWire" if any("pipewire" in file for file in files()) else "JACK2"


@functools.cache
def is_newer_pipewire():
    """Than 0.3.65, which the rows of docs/servers.md are of."""
    return loaded() == "PipeWire" and "PipeWire 0." not in jack.version_string()


@functools.cache
def cuts_midi():
    """Whether system exclusive messages come in pieces: docs/pipewire.md."""
    return loaded() == "PipeWire" and "PipeWire 1.4." in jack.version_string()


def has_metadata():
    """Whether the library keeps properties: JACK2 does so in a Berkeley DB, if built with it."""
    with open("/proc/self/maps") as maps:
        return loaded() != "JACK2" or any("/libdb-" in line for line in maps)


def describe():
    """Name, version as far as it tells one, and file."""
    try:
        version = f" {jack.version_string()}"
    except jack.NotSupportedError:
        version = ""
    except jack.LibraryNotFoundError as error:
        return f"none ({error})"
    names = ", ".join(map(os.path.basename, files())) or "?"
    return f"{loaded()}{version} ({names}{'' if has_metadata() else ', no metadata'})"


def files():
    """The libjacks that this process has mapped."""
    with open("/proc/self/maps") as maps:
        return sorted({line.split()[-1] for line in maps if "libjack.so" in line})
