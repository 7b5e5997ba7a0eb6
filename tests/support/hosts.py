"""Two hosts with a cable between them: network namespaces of this machine."""

import os
import shutil
import subprocess

import pytest

GROUPS = "224.0.0.0/4"  # multicast


def run(*words, check=True):
    done = subprocess.run(words, capture_output=True, text=True, timeout=20)
    if check and done.returncode != 0:
        raise OSError(f"{' '.join(words)}: {done.stderr.strip()}")
    return done


class Host:
    def __init__(self, name, cable, address):
        self.name = name
        self.cable = cable
        self.address = address

    def command(self, *words):
        return ["ip", "netns", "exec", self.name, *words]

    def ip(self, *words):
        return run("ip", "-n", self.name, *words)

    def set_up(self):
        self.ip("addr", "add", f"{self.address}/24", "dev", self.cable)
        self.ip("link", "set", "lo", "up")
        self.connect()

    def connect(self):
        self.ip("link", "set", self.cable, "up")
        self.ip("route", "replace", GROUPS, "dev", self.cable)

    def cut(self):
        self.ip("link", "set", self.cable, "down")


class TwoHosts:
    """a and b, each in a network of its own, joined by a cable."""

    def __init__(self):
        names = [f"rtj{os.getpid()}{end}" for end in "ab"]
        self.a, self.b = (
            Host(name, f"v{os.getpid() % 100000}{end}", f"10.99.0.{number}")
            for name, end, number in zip(names, "ab", (1, 2))
        )

    def __enter__(self):
        if shutil.which("ip") is None:
            pytest.skip("there is no `ip` (iproute2)")
        try:
            for host in self.a, self.b:
                run("ip", "netns", "add", host.name)
            run("ip", "link", "add", self.a.cable, "type", "veth", "peer", self.b.cable)
            for host in self.a, self.b:
                run("ip", "link", "set", host.cable, "netns", host.name)
                host.set_up()
        except OSError as error:
            self.__exit__()
            pytest.skip(f"no right to make network namespaces: {error}")
        return self

    def __exit__(self, *args):
        for host in self.a, self.b:
            run("ip", "netns", "del", host.name, check=False)
