"""The session that a newcomer tries first, as a doctest."""

import doctest

import pytest

import jack
from support.waiting import wait_for

SESSION = """
A client, and ports for it:

>>> client = jack.Client("Newcomer", servername=servername)
>>> client.inports.register("input_1")
jack.OwnPort('Newcomer:input_1')
>>> client.outports.register("output_1")
jack.OwnPort('Newcomer:output_1')
>>> in2 = client.inports.register("input_2")
>>> out2 = client.outports.register("output_2")

They are in the client's lists:

>>> client.inports
[jack.OwnPort('Newcomer:input_1'), jack.OwnPort('Newcomer:input_2')]
>>> client.outports
[jack.OwnPort('Newcomer:output_1'), jack.OwnPort('Newcomer:output_2')]

MIDI works alike:

>>> client.midi_inports.register("midi_in")
jack.OwnMidiPort('Newcomer:midi_in')
>>> client.midi_outports.register("midi_out")
jack.OwnMidiPort('Newcomer:midi_out')

What else is there?

>>> client.get_ports()
[jack.Port('system:capture_1'),
 jack.Port('system:capture_2'),
 jack.Port('system:playback_1'),
 jack.Port('system:playback_2'),
 jack.OwnPort('Newcomer:input_1'),
 jack.OwnPort('Newcomer:output_1'),
 jack.OwnPort('Newcomer:input_2'),
 jack.OwnPort('Newcomer:output_2'),
 jack.OwnMidiPort('Newcomer:midi_in'),
 jack.OwnMidiPort('Newcomer:midi_out')]
>>> client.get_ports(is_audio=True, is_output=True, is_physical=True)
[jack.Port('system:capture_1'), jack.Port('system:capture_2')]
>>> client.get_ports("comer.*2$")
[jack.OwnPort('Newcomer:input_2'), jack.OwnPort('Newcomer:output_2')]

Connections need an active client; names and ports will do for both ends:

>>> client.activate()
>>> client.connect("system:capture_1", "Newcomer:input_1")
>>> client.connect("Newcomer:output_1", "system:playback_1")
>>> client.connect(out2, "system:playback_2")
>>> in2.connect("system:capture_2")
>>> wait_for(lambda: out2.connections)  # the graph changes with the next block
[jack.Port('system:playback_2')]
>>> client.get_all_connections("system:playback_1")
[jack.OwnPort('Newcomer:output_1')]
>>> out2.connections
[jack.Port('system:playback_2')]

And back again:

>>> client.disconnect("system:capture_1", "Newcomer:input_1")
>>> client.disconnect(out2, "system:playback_2")
>>> in2.disconnect()
>>> in2.unregister()
>>> client.inports
[jack.OwnPort('Newcomer:input_1')]
>>> client.outports.clear()
>>> client.outports
[]
>>> client.deactivate()
>>> client.close()
"""


def test_usage(server):
    names = {"jack": jack, "servername": server.name, "wait_for": wait_for}
    session = doctest.DocTestParser().get_doctest(SESSION, names, "usage", __file__, 0)
    report = []
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    try:
        result = runner.run(session, out=report.append, clear_globs=False)
    finally:
        if "client" in session.globs:
            session.globs["client"].close()
        names.clear()
        session.globs.clear()
    if result.failed:
        pytest.fail("".join(report))
    assert result.attempted > 25
