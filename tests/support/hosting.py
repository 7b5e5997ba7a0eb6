"""Programs with a server of their own: one process can run one at a time."""

import subprocess

import pytest

from support import children

PREAMBLE = """
import os, signal, subprocess, sys, time
import jack

def raised(function, *args, **kwargs):
    try:
        result = function(*args, **kwargs)
    except Exception as error:
        return type(error).__name__, str(error)
    raise AssertionError(f"nothing raised, got {result!r}")

def wait_for(condition, timeout=10):
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, condition
        time.sleep(0.002)

def of_each_thread(ask):
    answers = {}
    for task in os.listdir("/proc/self/task"):
        try:
            answers[task] = ask(task)
        except (FileNotFoundError, ProcessLookupError):
            pass  # it has ended, as the one that starts a server soon does
    return answers

def lsp(name):
    return subprocess.run(["jack_lsp", "-s", name], capture_output=True, text=True, timeout=20)

def remains(name):
    return [f for f in os.listdir("/dev/shm") if name in f]
"""


def run(program, **options):
    return children.run(children.join(PREAMBLE, program), **options)


PRIVATE_MEMORY = ["unshare", "--mount", "--ipc", "sh", "-c"]
PRIVATE_MEMORY += ['mount -t tmpfs none /dev/shm && exec "$@"', "sh"]


def in_private_memory(program):
    """Run `program` where there are no other servers, and where none is disturbed."""
    if subprocess.run([*PRIVATE_MEMORY, "true"], capture_output=True).returncode != 0:
        pytest.skip("no right to make namespaces")
    command = children.command(children.join(PREAMBLE, program))
    result = subprocess.run(
        [*PRIVATE_MEMORY, *command], capture_output=True, text=True, timeout=50
    )
    assert (result.returncode, result.stderr) == (0, ""), result


def with_slave(server):
    """`server`, with something in its list of slaves."""
    server.add_slave("loopback")
    return server


def loading(server):
    """What it gives to load an internal client, and to unload it."""
    return server.load_internal("profiler"), server.unload_internal("profiler")
