"""Every function of libjack's that is bound is called, on a real server.

The docstrings of the stub name the function that a member stands for; that member is
called as tests/server/test_stub_values.py does it. What no member stands for, or what can't
be called just so, has a row here: how it is called, or which test calls it.
"""

import ast
import re
import runpy
from pathlib import Path

import numpy as np
import pytest

import jack
from support import graph, libraries
from support.waiting import wait_for

ROOT = Path(__file__).parents[2]
values = runpy.run_path(str(Path(__file__).with_name("test_stub_values.py")))
unbound = runpy.run_path(str(ROOT / "tools" / "unbound.py"))
KEY = values["KEY"]
BOUND = sorted(name for name in unbound["bound"](ROOT)[0] if not name.startswith("jackctl_"))

# What each libjack has not: the member that stands for the function says so.
LACKING = {
    "JACK2": set(),
    "JACK1": {
        "jack_get_version",
        "jack_get_version_string",
        "jack_get_client_pid",
        "jack_port_type_id",
    },
    "PipeWire": set(),
}


def named():
    """{function: the members whose docstrings name it; the module's functions last}"""
    found = {}
    tree = ast.parse(values["TEXT"])
    groups = [(c.name + ".", c) for c in tree.body if isinstance(c, ast.ClassDef)] + [("", tree)]
    for prefix, group in groups:
        for node in group.body:
            text = ast.get_docstring(node) if isinstance(node, ast.FunctionDef) else None
            for function in re.findall(r"\bjack\w+", (text or "").partition("libjack:")[2]):
                found.setdefault(function, []).append(prefix + node.name)
    return found


NAMED = named()



def after(world, do):
    """do(client), of an active client with connections and a property; the client."""
    client = world.client()
    do(client)
    return client


def unconnected(client):
    return wait_for(lambda: not client.outports[0].connections)


def hears_of_a_port(world):
    client, heard = world.open("hearing"), []
    client.set_port_registration_callback(lambda port, come: heard.append(port.name))
    client.activate()
    client.inports.register("in")
    return wait_for(lambda: f"{client.name}:in" in heard)


def gone(client):
    client.remove_all_properties()
    return wait_for(lambda: jack.get_property(client, KEY) is None)


def adapted(method):
    adapter = jack.NetAdapter(1, 1, 16, 48000, 16)
    return getattr(adapter, method)(np.ones((16, 1), np.float32)).shape == (16, 1)


# What no member's docstring names, or is not called by itself: how it is called, and what
# must be true then.
DIRECTLY = {
    "jack_client_open": lambda world: world.open("opened").name == "opened",
    "jack_client_close": lambda world: after(world, lambda c: c.close()).closed,
    "jack_connect": lambda world: world.client().outports[0].connections,
    "jack_disconnect": lambda world: unconnected(
        after(world, lambda c: c.disconnect(c.outports[0], c.inports[0]))
    ),
    "jack_port_disconnect": lambda world: unconnected(
        after(world, lambda c: c.outports[0].disconnect())
    ),
    "jack_free": lambda world: world.client().get_ports("tested:"),
    "jack_free_description": lambda world: KEY in jack.get_properties(world.client()),
    "jack_port_by_id": hears_of_a_port,
    "jack_remove_all_properties": lambda world: gone(world.client()),
    "jack_session_notify": lambda world: world.client().session_notify("/", target="no") == [],
    "jack_uuid_clear": lambda world: jack.UUID() == 0,
    "jack_uuid_copy": lambda world: jack.UUID(jack.UUID("4294967297")) == 4294967297,
    "jack_uuid_parse": lambda world: jack.UUID("4294967297") == 4294967297,
    "jack_uuid_unparse": lambda world: str(jack.UUID(4294967297)) == "4294967297",
    "jack_create_adapter": lambda world: jack.NetAdapter(2, 1).inputs == 2,
    "jack_destroy_adapter": lambda world: jack.NetAdapter(1, 1).outputs == 1,  # and goes
    "jack_flush_adapter": lambda world: jack.NetAdapter(1, 1).flush() is None,
    "jack_adapter_pull_and_push": lambda world: adapted("pull_and_push"),
    "jack_adapter_push_and_pull": lambda world: adapted("push_and_pull"),
}

# What takes more than that: the test that does it, and by which words.
SHUTDOWN = "tests/server/test_shutdown.py::test_shutdown_is_reported"
NO_REASON = "tests/process/test_library.py::test_a_library_that_tells_no_reason_for_its_end"
NETWORK = "tests/server/test_network_local.py::"
SLAVE = (NETWORK + "test_audio_and_midi_come_back", "jack.NetSlave(")
ELSEWHERE = {
    "jack_on_info_shutdown": (SHUTDOWN, "set_shutdown_callback\n"),
    "jack_on_shutdown": (NO_REASON, "set_shutdown_callback\n"),
    "jack_net_master_open": (NETWORK + "test_audio_and_midi_come_back", "jack.NetMaster("),
    "jack_net_master_send": (NETWORK + "test_audio_and_midi_come_back", "master.send(audio, "),
    "jack_net_master_recv": (NETWORK + "test_audio_and_midi_come_back", "master.receive()"),
    "jack_net_master_send_slice": (NETWORK + "test_parts_of_blocks", "master.send(np.zeros((32,"),
    "jack_net_master_recv_slice": (NETWORK + "test_parts_of_blocks", "master.receive(32)"),
    "jack_net_master_close": (NETWORK + "test_the_other_end_goes", "master.close()"),
    "jack_net_slave_open": SLAVE,
    "jack_net_slave_activate": SLAVE,
    "jack_net_slave_is_active": (NETWORK + "test_the_other_end_goes", "not echo.slave.active"),
    "jack_net_slave_deactivate": (NETWORK + "test_a_slave_that_goes", "echo.slave.close()"),
    "jack_net_slave_close": (NETWORK + "test_a_slave_that_goes", "echo.slave.close()"),
    **{
        f"jack_set_net_slave_{what}_callback": SLAVE
        for what in ("process", "restart", "error", "buffer_size", "sample_rate")
    },
}


def callable_members(function):
    skipped = values["NOT_CALLED"]
    for key in NAMED.get(function, ()):
        class_name, _, name = key.rpartition(".")
        if key in skipped or class_name in values["NO_SUBJECTS"]:
            continue
        declared = values["STUB"].classes[class_name] if class_name else values["STUB"].functions
        yield key, class_name, declared[name]


MEMBERS = [name for name in BOUND if name not in DIRECTLY and name not in ELSEWHERE]


def test_each_has_a_row():
    assert [name for name in MEMBERS if not any(callable_members(name))] == []
    assert [name for name in (*DIRECTLY, *ELSEWHERE) if name not in BOUND] == []
    assert DIRECTLY.keys() & ELSEWHERE.keys() == set()


def test_each_is_called_where_the_row_says():
    """The words stand in that test, or in what it shares with the others of its file."""
    code = "".join(path.read_text("utf-8") for path in (ROOT / "src").glob("*/*.c"))
    for function, (where, words) in ELSEWHERE.items():
        file, _, test = where.partition("::")
        text = (ROOT / file).read_text("utf-8")
        parts = {
            getattr(node, "name", ""): ast.get_source_segment(text, node)
            for node in ast.parse(text).body
        }
        shared = (part for name, part in parts.items() if not name.startswith("test_"))
        assert any(words in part for part in (parts[test], *shared)), function
        assert f"->{function}(" in code, function


@pytest.mark.parametrize("function", DIRECTLY)
def test_is_called_directly(function, jackd):
    world = values["World"](jackd, jackd)
    try:
        assert DIRECTLY[function](world)
    finally:
        world.close()
        with jack.Client("observer", servername=jackd.name) as observer:
            graph.cut_all(observer)


@pytest.mark.parametrize("function", MEMBERS)
def test_is_called(function, jackd):
    key, class_name, member = next(callable_members(function))
    world = values["World"](jackd, jackd)
    try:
        subject = values["SUBJECTS"][class_name](world)[0] if class_name else jack
        reason = values["complaint"](key, member, subject, world)
    finally:
        world.close()
        with jack.Client("observer", servername=jackd.name) as observer:
            graph.cut_all(observer)
    if function in LACKING[libraries.loaded()]:
        assert reason.startswith("NotSupportedError: ")
        assert f"{function}()" in reason
    else:
        assert reason is None
