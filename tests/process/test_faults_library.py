"""Libraries of the wrong kind, and libraries that lack a function: errors that say so."""

import re
from pathlib import Path

import pytest

import jack
from support import children, libraries

HEADER = Path(__file__).parents[2] / "src" / "core" / "libjack_functions.h"
ORIGINAL = Path(libraries.files()[0]) if libraries.files() else None


def names_in(macro):
    """The functions in one of the header's lists, and in the lists that it takes in."""
    text = HEADER.read_text()
    body = re.search(rf"#define {macro}\(X\).*?\\\n((?:.*\\\n)*.*)", text)[1]
    found = re.findall(r"X\((jack_\w+)\)", body)
    for other in re.findall(r"(RTJ_\w+)\(X\)", body):
        found += names_in(other)
    return found


BASIC = names_in("RTJ_BASIC_FUNCTIONS")
ALL = names_in("RTJ_LIBJACK_FUNCTIONS")


def elf(changes):
    """The library's bytes, with some of its header changed: {offset: byte}."""
    content = bytearray(ORIGINAL.read_bytes())
    for offset, byte in changes.items():
        content[offset] = byte
    return bytes(content)


WRONG = {
    "text": lambda: b"this is no library\n" * 9,
    "empty": lambda: b"",
    "cut off": lambda: ORIGINAL.read_bytes()[:60],
    "of 32 bits": lambda: elf({4: 1}),
    "of another machine": lambda: elf({18: 0xF3, 19: 0}),  # RISC-V
    "of the other byte order": lambda: elf({5: 3 - elf({})[5]}),
    "a program": lambda: Path("/proc/self/exe").read_bytes(),
    "another library": lambda: Path(jack._jack.__file__).read_bytes(),
}
VARIABLES = {
    "JACK_LIBRARY": 'jack.Client("x", no_start_server=True)',
    "JACK_SERVER_LIBRARY": "jack.Server()",
    "JACK_NET_LIBRARY": "jack.NetSlave()",
}


@pytest.mark.parametrize("variable", VARIABLES)
def test_wrong_kinds(tmp_path, variable):
    """One after the other, in one program, which goes on and finds the right one at last."""
    if libraries.loaded() != "JACK2" and variable != "JACK_LIBRARY":
        pytest.skip("the library of JACK2's that it is for is not loaded here")
    files = {kind: tmp_path / f"{kind}.so" for kind in WRONG}
    for kind, content in WRONG.items():
        files[kind].write_bytes(content())
    files["a folder"], files["nothing"] = tmp_path, tmp_path / "none.so"
    children.run(
        f"""
        import os, jack
        for file in {list(map(str, files.values()))}:
            os.environ[{variable!r}] = file
            try:
                {VARIABLES[variable]}
            except jack.LibraryNotFoundError as error:
                assert file in str(error) and {variable!r} in str(error), error
            else:
                raise AssertionError(file)
        del os.environ[{variable!r}]
        assert jack.client_name_size() > 10
        """,
    )


def without(function):
    """The library, with that function under another name that has the same hash, so that
    the library itself still finds it."""
    name = b"\0" + function.encode() + b"\0"
    content = ORIGINAL.read_bytes()
    assert name in content, function
    return content.replace(name, b"\0i\x82" + name[3:])


USES = """
import faulthandler, os, sys
faulthandler.dump_traceback_later(100, exit=True)
sys.path.insert(0, sys.argv[2])
import jack
from support import every_call

sys.unraisablehook = lambda information: None

def use():
    client = jack.Client("child", servername=sys.argv[1], no_start_server=True)
    try:
        client.activate()
        every_call.call_all([*every_call.objects(client), client])
    finally:
        client.close()
"""


def run(function, server, tmp_path, program):
    library = tmp_path / "libjack-less.so"
    library.write_bytes(without(function))
    environment = {"JACK_LIBRARY": str(library)}
    text = children.join(USES, program)
    result = children.run(
        text, server.name, children.TESTS, environment=environment, timeout=110, check=False
    )
    told = result.stdout.endswith("well\n")  # behind what print() as a callback said
    assert (result.returncode, told) == (0, True), result.stderr[-3000:]


@pytest.mark.faults
@pytest.mark.parametrize("function", BASIC)
def test_without_a_basic_function(jackd, tmp_path, function):
    run(
        function,
        jackd,
        tmp_path,
        f"""
        try:
            use()
        except jack.LibraryNotFoundError as error:
            assert "it has no {function}()" in str(error), error
            print("well")
        """,
    )


@pytest.mark.faults
@pytest.mark.parametrize("function", sorted(set(ALL) - set(BASIC)))
def test_without_a_function(jackd, tmp_path, function):
    """All else is as it was, and what needs it says so."""
    if b"\0" + function.encode() + b"\0" not in ORIGINAL.read_bytes():
        pytest.skip(f"{libraries.loaded()} has no {function}() anyway")
    run(
        function,
        jackd,
        tmp_path,
        f"""
        try:
            use()
        except jack.NotSupportedError as error:
            assert "{function}() is not in" in str(error), error
        print("well")
        """,
    )
