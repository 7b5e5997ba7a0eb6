"""Show the other names of all ports, or give a port one more, or take it away.

    python aliases.py
    python aliases.py PORT ALIAS
    python aliases.py --remove PORT ALIAS

An alias is a full name, "client:port"; a port can have two.
"""

import sys

import jack

with jack.Client("aliases", no_start_server=True) as client:
    match sys.argv[1:]:
        case ["--remove", port, alias]:
            client.get_port_by_name(port).unset_alias(alias)
        case [port, alias]:
            client.get_port_by_name(port).set_alias(alias)
        case []:
            for port in client.get_ports():
                print(port.name, *("= " + alias for alias in port.aliases))
        case _:
            sys.exit(__doc__)
