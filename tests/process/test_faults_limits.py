"""What a server has too little of: ports."""

import pytest

from support import faults


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
