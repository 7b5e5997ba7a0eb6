"""What programs for PyJack do, for its tests."""

import contextlib

import numpy as np
import pytest

import jack
from support import servers
from support.waiting import wait_for

N = servers.BLOCKSIZE
SYNC = (jack.InputSyncError, jack.OutputSyncError)


def zeros(ports, frames=N):
    return np.zeros((ports, frames), "f")


def ports(inputs, outputs):
    for number in range(inputs):
        jack.register_port(f"in_{number}", jack.IsInput)
    for number in range(outputs):
        jack.register_port(f"out_{number}", jack.IsOutput)


def exchange(output, input, process=None, retry=True):
    """All of `output` block by block into all of `input`; the errors.

    As programs do: a block that was not taken is given again.
    """
    errors = []
    process = process or jack.process
    i, frames = 0, max(output.shape[1], input.shape[1])
    while i < frames:
        try:
            process(output[:, i : i + N], input[:, i : i + N])
        except SYNC as error:
            errors.append(error)
            if retry:
                continue
        i += N
    return errors


def ramp(channels, blocks):
    """No sample is zero, none comes twice."""
    return np.arange(1, channels * blocks * N + 1, dtype="f").reshape(channels, -1)


def since_sound(input):
    return input[:, input.any(axis=0).argmax() :]


PORT = "system:capture_1"
ASK_PORT = (
    "get_port_flags get_port_short_name get_port_type get_port_type_id "
    "port_is_mine"
).split()
CALLBACKS = (
    "thread_init freewheel buffer_size client_registration port_registration port_connect "
    "graph_order xrun"
).split()


def process_once(api):
    """`api`: the module, or an active client."""
    api.register_port("stub", jack.IsInput)
    while True:
        try:
            return api.process(zeros(0), zeros(1, api.get_buffer_size()))
        except SYNC:
            pass


def unregister(api):
    api.register_port("stub", jack.IsInput)
    return api.unregister_port("stub")


def connections(api):
    with contextlib.suppress(jack.JackErrorCode):  # connected already
        api.connect(PORT, "system:playback_1")
    return wait_for(lambda: api.get_connections(PORT))  # JACK2's from its next cycle on


# How to call what needs arguments, or more than that: of the module and of a client.
CALLS = {
    **{name: lambda api, name=name: getattr(api, name)(PORT) for name in ASK_PORT},
    "get_connections": connections,
    "register_port": lambda api: api.register_port("stub", jack.IsInput),
    "unregister_port": unregister,
    "set_buffer_size": lambda api: api.set_buffer_size(api.get_buffer_size()),
    "process": lambda api: (api.activate(), process_once(api))[1],
}
GLOBAL_CALLS = {
    **CALLS,
    **{
        f"set_{name}_callback": lambda api, name=name: getattr(api, f"set_{name}_callback")(print)
        for name in CALLBACKS
    },
    "connect": lambda api: api.connect(PORT, "system:playback_1"),
    "disconnect": lambda api: api.disconnect(PORT, "system:playback_2"),
    "transport_locate": lambda api: api.transport_locate(0),
    "set_sync_timeout": lambda api: api.set_sync_timeout(2_000_000),
    "deactivate": lambda api: (api.activate(), api.deactivate())[1],
    **{
        name: lambda api, name=name: getattr(api, name)()
        for name in (
            "activate get_ports get_client_name get_buffer_size get_sample_rate get_frame_time "
            "get_current_transport_frame get_transport_state get_cpu_load is_realtime "
            "transport_start transport_stop check_events"
        ).split()
    },
    "detach": lambda api: (api.detach(), api.attach("again"))[0],
    "attach": lambda api: (api.detach(), api.attach("again"))[1],
}


def attached_call(call, server):
    """What `call(jack)` gives while attached to the server of this name."""
    with pytest.MonkeyPatch.context() as patch:
        for variable in ("JACK_DEFAULT_SERVER", "PIPEWIRE_REMOTE"):
            patch.setenv(variable, server)
        try:
            jack.attach("stub")
            return call(jack)
        finally:
            jack.detach()
