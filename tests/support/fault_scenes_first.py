"""Scenes of fault_scenes.py for what happens once in a process, each of which sees but one.

They import what they need, for that is a part of it.
"""


def first_client(server):
    import jack

    client = jack.Client("first", servername=server, no_start_server=True)
    try:
        client.outports.register("out")
        client.activate()
        jack.get_all_properties()
    finally:
        client.close()


def two_servers(server):
    """JACK2's library is loaded once more for the second one."""
    import jack
    from support.fault_scenes_hosting import hosted

    with hosted() as another:
        for name in server, another.name:
            client = jack.Client("first", servername=name, no_start_server=True)
            client.close()


SCENES = [first_client]
ON_JACK2 = [two_servers]
