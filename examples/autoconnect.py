"""A daemon: connects every output whose name fits with the first physical inputs.

    python autoconnect.py [regular expression]

It waits for a server, survives the server's crash, and ends with Ctrl-C or SIGTERM.
"""

import re
import signal
import sys

import jack

pattern = re.compile(sys.argv[1] if len(sys.argv) > 1 else ".*")


def connect(client, port):
    speakers = client.get_ports(is_audio=True, is_input=True, is_physical=True)
    for speaker in speakers[:2]:
        try:
            client.connect(port, speaker)
        except jack.JackError as error:
            print(error, flush=True)
        else:
            print(port.name, "->", speaker.name, flush=True)


def attend(client):
    events = client.events(jack.PortRegistered)
    for port in client.get_ports(is_audio=True, is_output=True):
        if pattern.fullmatch(port.name):
            connect(client, port)
    for event in events:
        port = event.port
        if event.registered and port.is_output and pattern.fullmatch(port.name):
            connect(client, port)


with jack.Supervisor("autoconnect") as supervisor:
    signal.signal(signal.SIGTERM, lambda number, frame: supervisor.stop())
    try:
        for client in supervisor:
            print("there is a server", flush=True)
            try:
                attend(client)
            except jack.JackError:
                if not client.closed:  # else it has lost its server in the middle, or was stopped
                    raise
            print("the server is gone", flush=True)
    except KeyboardInterrupt:
        pass
