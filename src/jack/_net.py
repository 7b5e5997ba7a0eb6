"""Netjack's internal clients, loaded for the time of a with block."""

import contextlib
from collections.abc import Iterator

from jack._jack import Server


@contextlib.contextmanager
def netmanager(server: Server, **parameters: int | str | bool) -> Iterator[None]:
    """Have a running `Server` be a netjack master: each slave that comes gets a client.

    Parameters are those of ``server.parameters_of("netmanager")``: multicast_ip,
    udp_net_port, auto_connect, auto_save.  It listens on the UDP port, 19000 if no other
    is given, on all interfaces.  Raises as `Server.load_internal()` does.

    Let the slaves go first, and see that their clients are gone: a slave that leaves at
    the very moment at which netmanager ends can lock JACK2 1.9.21 up for good.
    """
    with _loaded(server, "netmanager", parameters):
        yield


@contextlib.contextmanager
def netadapter(server: Server, **parameters: int | str | bool) -> Iterator[None]:
    """Have a running `Server` be a netjack slave beside its own driver, as a client.

    Parameters are those of ``server.parameters_of("netadapter")``: multicast_ip,
    udp_net_port, input_ports, output_ports, latency and others.  Its ports are there from
    the start; blocks come once it has found a master.  Raises as `Server.load_internal()`
    does.
    """
    with _loaded(server, "netadapter", parameters):
        yield


@contextlib.contextmanager
def _loaded(
    server: Server, name: str, parameters: dict[str, int | str | bool]
) -> Iterator[None]:
    server.load_internal(name, **parameters)
    try:
        yield
    finally:
        if server.running and server.internals[name]:
            server.unload_internal(name)
