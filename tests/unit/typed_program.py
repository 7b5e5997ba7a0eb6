"""A program that uses the whole module, for type checkers at their strictest.

It is checked, not run.  Each assert_type() says what a result is that depends on arguments.
"""

import asyncio
from typing import Any, assert_type

import numpy as np
from numpy.typing import NDArray

import jack


def open_client(server: jack.Server) -> jack.Client:
    client = jack.Client("typed", no_start_server=True, servername=server.name)
    assert_type(client.name, str)
    assert_type(client.samplerate, int)
    assert_type(client.closed, bool)
    assert_type(client.status.name_not_unique, bool)
    client.blocksize = 2 * client.blocksize
    return client


def ports(client: jack.Client) -> list[str]:
    audio = client.outports.register("out_1", is_terminal=True)
    midi = client.midi_inports.register("in_1")
    assert_type(audio, jack.OwnPort)
    assert_type(midi, jack.OwnMidiPort)
    assert_type(client.outports, jack.Ports[jack.OwnPort])
    assert_type(client.outports[0], jack.OwnPort)
    assert_type(client.midi_inports["in_1"], jack.OwnMidiPort)
    assert_type(client.midi_inports[:1], list[jack.OwnMidiPort])
    found = client.get_ports("system:.*", is_audio=True, is_output=True)
    assert_type(found, list[jack.Port])
    for port in found:
        client.connect(port, "typed:in_1")
    assert_type(audio.latency_range(jack.PLAYBACK_LATENCY).max, int)
    assert_type(audio.get_array(), NDArray[np.float32])
    for time, event in midi:
        assert_type(time, int)
        assert_type(event, bytes)
        break
    return [port.name for port in found]


def callbacks(client: jack.Client) -> None:
    @client.set_process_callback
    def process(frames: int) -> None:
        client.outports[0].get_array()[:frames] = 0

    @client.set_port_connect_callback(only_available=True)
    def connected(a: jack.Port, b: jack.Port, connect: bool) -> None:
        print(a.name, b.name, connect)

    @client.set_port_registration_callback
    def registered(port: jack.Port, register: bool) -> None:
        print(port.name, register)

    def timebase(state: int, blocksize: int, pos: jack.Position, new: bool) -> None:
        pos.valid |= jack.POSITION_BBT

    process(1)  # a decorated function keeps its type
    assert_type(client.set_timebase_callback(timebase, conditional=True), bool)
    assert_type(client.transport_query_struct()[1], jack.Position)
    connected(client.outports[0], client.inports[0], True)
    registered(client.outports[0], True)


def events(client: jack.Client) -> None:
    with client.events(jack.PortConnected) as queue:
        assert_type(queue, jack.EventQueue[jack.PortConnected])
        assert_type(queue.get(timeout=1).source.name, str)
        for event in queue:
            assert_type(event, jack.PortConnected)
            break
    for anything in client.events():
        assert_type(anything, jack.Event)
        match anything:
            case jack.Xrun(delay):
                assert_type(delay, float)
            case jack.PortRegistered(port, there):
                assert_type(port, jack.Port)
                assert_type(there, bool)
            case _:
                pass
        break


def sound(client: jack.Client, block: NDArray[np.float32]) -> NDArray[np.float32]:
    with client.open_stream(inputs=2, outputs=2, lookahead=4) as stream:
        assert_type(stream.read(out=block), NDArray[np.float32])
        assert_type(stream.read(256, block), NDArray[np.float32])
        assert_type(stream.process(block, block), NDArray[np.float32])
        anything: Any = stream.read(256)  # NumPy's, or a memoryview without NumPy
        stream.write(anything, timeout=1.0)
        assert_type(stream.stats.missing, int)
    tone = client.tone("out_1", frequency=440.0)
    tone.frequency = 2 * tone.frequency
    meter = client.meter()
    assert_type(meter.peak, list[float])
    with client.play(block, loop=True) as player:
        assert_type(player.frames, int | None)
    take = client.rec(48000, channels=2)
    assert_type(take.wait(timeout=1.0), bool)
    heard: NDArray[np.float32] = take.result
    client.rec_file("take.wav", 2, frames=48000).wait()
    return heard


async def waiting(
    client: jack.Client, port: jack.OwnMidiPort, block: NDArray[np.float32]
) -> None:
    async for event in client.events(jack.Xrun, size=16):
        assert_type(event.delayed_usecs, float)
        break
    time, message = await port.areceive()
    port.send(message, time=time + client.blocksize)
    assert_type(await client.open_stream(2).aread(out=block), NDArray[np.float32])
    await asyncio.wait_for(client.await_closed(), 1)


def metadata(client: jack.Client) -> None:
    client.metadata[jack.METADATA_PRETTY_NAME] = "Typed"
    assert_type(client.metadata.get(jack.METADATA_ORDER), str | bytes | None)
    assert_type(jack.get_property(client, jack.METADATA_ORDER), tuple[bytes, str] | None)
    assert_type(jack.UUID(client).index, int)


def graph(client: jack.Client) -> jack.Restored:
    snapshot = client.snapshot(properties=False)
    assert_type(snapshot.connections, tuple[tuple[str, str], ...])
    rules = jack.Rules().connect("a:out", "b:in").disconnect("c:.*", ".*", regex=True)
    assert_type(rules.apply(client), jack.Change)
    with jack.Patchbay(client, rules) as bay:
        bay.wait_ready()
    return jack.Snapshot.from_json(snapshot.to_json()).restore(client, exclusive=True)


def errors() -> int:
    try:
        jack.Client("x", servername="none", no_start_server=True)
    except jack.JackOpenError as error:
        assert_type(error.status, jack.Status)
        return int(error.status)
    except jack.JackErrorCode as error:
        return error.code
    return 0


def pyjack_functions() -> None:
    jack.attach("typed")
    jack.register_port("in_1", jack.IsInput)
    block = np.zeros((1, jack.get_buffer_size()), "f")
    jack.process(block, block)
    assert_type(jack.check_events(), dict[str, int])
    assert_type(jack.get_ports(), list[str])
    jack.detach()


def main() -> None:
    with jack.Server(driver="dummy", samplerate=48000, blocksize=256) as server:
        parameter = server.parameters["period"]
        assert_type(parameter.value, int | str | bool)
        with open_client(server) as client:
            callbacks(client)
            print(ports(client), sound(client, np.zeros((256, 2), np.float32)).shape, graph(client).complete)


if __name__ == "__main__":
    main()
