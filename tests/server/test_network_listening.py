"""The ends of netjack say what they listen on, to logging, before they do."""

import contextlib
import logging
import socket
from concurrent.futures import ThreadPoolExecutor

import jack
from support.waiting import wait_for

HOME = "127.0.0.1"


def listens(port):
    """Whether a UDP socket of this network has the port, as the system sees it."""
    with open("/proc/net/udp") as sockets:
        return any(line.split()[1].endswith(f":{port:04X}") for line in list(sockets)[1:])


def test_both_ends(caplog):
    caplog.set_level(logging.INFO, "jack")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("", 0))
        port = probe.getsockname()[1]
    how = {"port": port, "address": HOME, "timeout": 20}
    with ThreadPoolExecutor(1) as pool:
        opening = pool.submit(jack.NetMaster, **how)
        wait_for(lambda: listens(port), what="the master listens")
        with contextlib.closing(jack.NetSlave(inputs=1, outputs=1, **how)):
            opening.result(20).close()
    said = {
        f"netjack master: listening on UDP port {port} for a slave, group {HOME}",
        f"netjack slave: listening on UDP port {port} for a master at {HOME}",
    }
    wait_for(lambda: said <= {record.getMessage() for record in caplog.records})
