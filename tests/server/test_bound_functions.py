"""Every function of libjack's that is bound is called, on a real server.

The docstrings of the stub name the function that a member stands for; that member is
called as tests/server/test_stub_values.py does it. What no member stands for, or what can't
be called just so, has a row here that says which test calls it.
"""

import ast
import re
import runpy
from pathlib import Path

import pytest

import jack
from support import graph, libraries

ROOT = Path(__file__).parents[2]
values = runpy.run_path(str(Path(__file__).with_name("test_stub_values.py")))
unbound = runpy.run_path(str(ROOT / "tools" / "unbound.py"))
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
    """{function: the members whose docstrings name it}"""
    found = {}
    tree = ast.parse(values["TEXT"])
    groups = [("", tree)] + [(c.name + ".", c) for c in tree.body if isinstance(c, ast.ClassDef)]
    for prefix, group in groups:
        for node in group.body:
            text = ast.get_docstring(node) if isinstance(node, ast.FunctionDef) else None
            for function in re.findall(r"\bjack\w+", (text or "").partition("libjack:")[2]):
                found.setdefault(function, []).append(prefix + node.name)
    return found


NAMED = named()

# Called by what is tested there.
ELSEWHERE = {
    "jack_client_close": "tests/server/test_client.py: each close()",
    "jack_client_open": "tests/server/test_client.py: each Client()",
    "jack_connect": "tests/server/test_connections.py",
    "jack_disconnect": "tests/server/test_connections.py",
    "jack_free": "tests/server/test_connections.py: every list that libjack gives",
    "jack_free_description": "tests/server/test_metadata.py: every list of properties",
    "jack_on_shutdown": "tests/process/test_library.py, with a library that tells no reason",
    "jack_on_info_shutdown": "tests/server/test_shutdown.py",
    "jack_port_by_id": "tests/server/test_callbacks.py: every port in a callback",
    "jack_port_disconnect": "tests/server/test_connections.py: disconnect() from everything",
    "jack_remove_all_properties": "tests/server/test_metadata.py: test_get_all_properties",
    "jack_session_notify": "tests/server/test_sessions.py, with a client that answers",
    "jack_uuid_clear": "tests/server/test_uuid.py: test_of_nobody",
    "jack_uuid_copy": "tests/server/test_uuid.py: test_of_a_client",
    "jack_uuid_parse": "tests/server/test_uuid.py: test_of_a_client",
    "jack_uuid_unparse": "tests/server/test_uuid.py: test_of_a_client",
    # libjacknet's, which take another end.
    "jack_adapter_pull_and_push": "tests/server/test_netadapter.py",
    "jack_adapter_push_and_pull": "tests/server/test_netadapter.py",
}
ELSEWHERE |= {
    name: "tests/server/test_netadapter.py"
    for name in ("jack_create_adapter", "jack_destroy_adapter", "jack_flush_adapter")
}
ELSEWHERE |= {
    name: "tests/server/test_network_local.py: a master and a slave on one machine"
    for name in BOUND
    if name.startswith(("jack_net_master_", "jack_net_slave_", "jack_set_net_slave_"))
}


def callable_members(function):
    skipped = values["NOT_CALLED"]
    for key in NAMED.get(function, ()):
        class_name, _, name = key.rpartition(".")
        if key in skipped or class_name in values["NO_SUBJECTS"]:
            continue
        declared = values["STUB"].classes[class_name] if class_name else values["STUB"].functions
        yield key, class_name, declared[name]


def test_each_has_a_row():
    rows = {name for name in BOUND if name in ELSEWHERE or any(callable_members(name))}
    assert [name for name in BOUND if name not in rows] == []
    assert [name for name in ELSEWHERE if name not in BOUND] == []
    for where in ELSEWHERE.values():
        assert (ROOT / where.partition(":")[0].partition(",")[0]).exists()


@pytest.mark.parametrize("function", [name for name in BOUND if name not in ELSEWHERE])
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
