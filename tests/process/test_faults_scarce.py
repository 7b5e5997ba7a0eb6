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


SERVER = """
import time, jack
try:
    with jack.Server("full") as server:
        client = jack.Client("c", servername="full")
        client.inports.register("i")
        client.activate()
        deadline = time.monotonic() + 10
        while client.stats.cycles < 3:
            assert time.monotonic() < deadline
            time.sleep(0.001)
        client.close()
    print("went well")
except jack.JackError as error:
    print(error)
"""

FULL = "a client can't be opened: /dev/shm has 0 kB left, and JACK2 takes up to 64 kB for a client"


def memory_of(size):
    """Words for a command that is to have a /dev/shm of that size for itself."""
    words = ["unshare", "--mount", "--ipc", "sh", "-c"]
    words += [f'mount -t tmpfs -o size={size} none /dev/shm && exec "$@"', "sh"]
    if subprocess.run([*words, "true"], capture_output=True).returncode != 0:
        pytest.skip("no right to make namespaces")
    return words


@JACK2_ALONE
@pytest.mark.faults
@pytest.mark.parametrize("size", ["16k", "1m", "32m", "64m", "100m", "128m"])
def test_no_shared_memory_for_a_server(size):
    """libjackserver would end the program with SIGBUS; containers often have 64 MB."""
    said = children.run_command([*memory_of(size), *children.command(SERVER)]).stdout
    if size == "128m":
        assert said == "went well\n"
    else:
        assert "/dev/shm has" in said and "2048 ports takes 104 MB" in said


@pytest.mark.faults
@pytest.mark.parametrize("kind", ["process", pytest.param("hosted", marks=JACK2_ALONE)])
def test_shared_memory_that_fills_up(kind):
    """Beside a server that runs.  Metadata's part of it, and a client's, would end JACK2's
    server, and the program that hosts it, with SIGBUS."""
    words = [*memory_of("128m"), sys.executable, "-X", "faulthandler"]
    words += ["-m", "support.full_memory", kind]
    environment = {"PYTHONPATH": children.TESTS}
    # libdb, of which JACK2's metadata is made, says on stderr what it could not write.
    result = children.run_command(words, environment=environment, timeout=100, check=False)
    assert result.returncode == 0, result.stderr
    full, again = result.stdout.splitlines()
    if libraries.loaded() == "JACK2":
        assert full == FULL
    else:  # they have their memory elsewhere
        assert full == "it opens"
    assert again == "it opens"
