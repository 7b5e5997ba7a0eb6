"""No file descriptors left, or no shared memory: errors that say so, nothing is lost, and
everything goes on afterwards."""

import subprocess
import sys

import pytest

from support import children, libraries

JACK2_ALONE = pytest.mark.skipif(
    libraries.loaded() != "JACK2", reason="a server within the process is JACK2's alone"
)
SCENES = ["first", "all", pytest.param("hosting", marks=JACK2_ALONE)]
if sys.version_info >= (3, 12):
    SCENES.append("isolated")


def test_no_descriptors_for_a_client(jackd):
    told = children.run_module("support.scarce", jackd.name, "opened").stdout
    assert 0 < int(told.split()[1]) < 40


@pytest.mark.faults
@pytest.mark.parametrize("scene", SCENES)
def test_no_descriptors(jackd, scene):
    """One more each time, until it suffices."""
    children.run_module("support.scarce", jackd.name, scene, timeout=120)


MEMORY = ["unshare", "--mount", "--ipc", "sh", "-c"]
MEMORY += ['mount -t tmpfs -o size="$1" none /dev/shm && shift && exec "$@"', "sh"]


@pytest.fixture(scope="module")
def shared_memory():
    """run(size, scene, ...) a scene of support.full with a /dev/shm that has room for so much."""
    if subprocess.run([*MEMORY, "1m", "true"], capture_output=True).returncode != 0:
        pytest.skip("no right to make namespaces")

    def run(size, *arguments, timeout=100):
        command = children.command(children.MODULE.format("support.full"), *arguments)
        result = subprocess.run(
            [*MEMORY, size, *command], capture_output=True, text=True, timeout=timeout
        )
        assert (result.returncode, result.stderr) == (0, ""), (size, result)
        return result.stdout

    return run
