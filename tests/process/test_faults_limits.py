"""What a process has too little of: file descriptors, ports."""

import pytest

from support import children, faults

HERE = """
    import resource

    def descriptors(room):
        # Not from the highest on: a server may have many that are far apart.
        taken = len(os.listdir("/proc/self/fd"))
        resource.setrlimit(resource.RLIMIT_NOFILE, (taken + room, hard))

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
"""


@pytest.mark.faults
def test_no_descriptors_left(start_jackd):
    """From none to enough: each call works, or says that it can't."""
    server = start_jackd()
    refused, opened = faults.run(
        children.join(
            HERE,
            """
        refused = opened = 0
        works("before")
        for room in range(24):
            held = []
            descriptors(room)
            try:
                client = open_client(f"c{room}")
                held.append(client)
                client.inports.register("i")
                queue = client.events()
                held.append(queue)
                held.append(client.open_stream(inputs=["a"]))
                client.rec(64, 1).fileno()
                client.activate()
                opened += 1
            except (jack.JackError, OSError):
                refused += 1
            finally:
                for each in reversed(held):
                    with contextlib.suppress(jack.JackError):
                        each.close()
                resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        works("after")
        tell([refused, opened])
        """,
        ),
        server,
    )
    server.kill()
    assert refused > 0 and opened > 0 and refused + opened == 24


@pytest.mark.faults
def test_no_ports_left(start_jackd):
    """As many as the server has room for; the next is refused, and there is room again."""
    server = start_jackd()
    count = faults.run(
        """
        client = open_client("many")
        ports = []
        try:
            while len(ports) < 5000:
                ports.append(client.inports.register(f"i{len(ports)}"))
        except jack.JackError:
            pass
        ports.pop().unregister()
        assert client.inports.register("again").name == "many:again"
        tell(len(ports))
        """,
        server,
    )
    server.kill()
    assert 100 < count
