"""Show what is noted about ports and clients, or give a port a pretty name.

    python metadata.py
    python metadata.py PORT "Pretty name"
    python metadata.py --remove PORT
"""

import sys

import jack

with jack.Client("metadata", no_start_server=True) as client:
    match sys.argv[1:]:
        case ["--remove", port]:
            del client.get_port_by_name(port).metadata[jack.METADATA_PRETTY_NAME]
        case [port, name]:
            client.get_port_by_name(port).metadata[jack.METADATA_PRETTY_NAME] = name
        case []:
            for port in client.get_ports():
                for key, value in port.metadata.items():
                    print(f"{port.name}: {key} = {value}")
        case _:
            sys.exit(__doc__)
