"""What jack.Server takes, and what it refuses."""

import pytest

import jack


def test_defaults():
    server = jack.Server()
    parameters = server.parameters
    assert server.driver == "dummy"
    assert "dummy" in server.drivers and "loopback" not in server.drivers
    assert parameters["rate"].value == 48000
    assert parameters["period"].value == 256
    assert parameters["realtime"].value is False
    assert parameters["name"].value == server.name
    assert not server.running
    assert server.name in repr(server) and "stopped" in repr(server)


def test_private_names_differ():
    assert jack.Server().name != jack.Server().name


def test_every_type_of_parameter():
    server = jack.Server(
        "given",
        rate=44100,
        blocksize=128,
        capture=0,
        monitor=True,
        realtime_priority=20,
        self_connect_mode="A",
        realtime=True,
    )
    values = {key: parameter.value for key, parameter in server.parameters.items()}
    assert values["name"] == "given" == server.name
    assert values["rate"] == 44100  # unsigned
    assert values["period"] == 128
    assert values["capture"] == 0
    assert values["monitor"] is True
    assert values["realtime_priority"] == 20  # signed
    assert values["self_connect_mode"] == "A"  # a character
    assert values["playback"] == 2
    assert {key for key, parameter in server.parameters.items() if parameter.is_set} == {
        "name", "rate", "period", "capture", "monitor", "realtime_priority",
        "self_connect_mode", "realtime",
    }  # fmt: skip


def test_parameter_objects():
    parameters = jack.Server().parameters
    rate = parameters["rate"]
    assert isinstance(rate, jack.ServerParameter)
    assert (rate.name, rate.type, rate.default, rate.of) == ("rate", int, 48000, "driver")
    assert rate.range[0] == 1
    assert rate.choices is None
    priority = parameters["realtime_priority"]
    assert (priority.name, priority.of) == ("realtime-priority", "server")
    assert priority.range == (1, 99)
    mode = parameters["self_connect_mode"]
    assert mode.type is str and mode.range is None
    assert set(mode.choices) == {" ", "E", "e", "A", "a"}
    assert all(mode.choices.values())
    assert parameters["monitor"].type is bool
    assert parameters["name"].type is str
    with pytest.raises(AttributeError):
        rate.value = 1


def test_server_prefix():
    server = jack.Server(server_port_max=512, server_sync=True)
    assert server.parameters["port_max"].value == 512
    assert server.parameters["sync"].value is True


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"nosuch": 1}, TypeError, "nosuch.*capture.*realtime_priority"),
        ({"server_nosuch": 1}, TypeError, "server_nosuch"),
        ({"capture": "2"}, TypeError, "capture must be an int, not str"),
        ({"capture": True}, TypeError, "capture must be an int, not bool"),
        ({"capture": 1.0}, TypeError, "capture must be an int, not float"),
        ({"realtime_priority": "2"}, TypeError, "realtime_priority must be an int"),
        ({"monitor": 1}, TypeError, "monitor must be a bool, not int"),
        ({"realtime": 1}, TypeError, "realtime must be a bool, not int"),
        ({"self_connect_mode": 3}, TypeError, "self_connect_mode must be a str"),
        ({"name": 3}, TypeError, "name must be a str"),
        ({"driver": 3}, TypeError, "driver must be a str"),
        ({"samplerate": 48000, "rate": 48000}, TypeError, "rate.*twice"),
        ({"realtime": True, "server_realtime": True}, TypeError, "realtime.*twice"),
        ({"driver": "proxy", "samplerate": 1}, TypeError, "samplerate.*proxy"),
        ({"capture": -1}, ValueError, "between 0 and 256, got -1"),
        ({"capture": 2**70}, ValueError, "between 0 and 256"),
        ({"blocksize": 0}, ValueError, "blocksize must be between 1 and 8192, got 0"),
        ({"blocksize": 8193}, ValueError, "between 1 and 8192, got 8193"),
        ({"samplerate": 0}, ValueError, "samplerate must be between 1"),
        ({"realtime_priority": 100}, ValueError, "between 1 and 99, got 100"),
        ({"port_max": 5000}, ValueError, "port_max must be between 16 and 4096"),
        ({"self_connect_mode": "x"}, ValueError, "Fail all self connect requests"),
        ({"self_connect_mode": "ab"}, ValueError, "one ASCII character"),
        ({"temporary": True}, ValueError, "temporary"),
        ({"name": ""}, ValueError, "1 to 80 bytes"),
        ({"name": "x" * 81}, ValueError, "1 to 80 bytes"),
        ({"name": "a/b"}, ValueError, "no slashes"),
        ({"name": "a\0b"}, ValueError, "NUL"),
        ({"driver": "nosuch"}, ValueError, "one of .*dummy.*nosuch"),
        ({"driver": "loopback"}, ValueError, "one of .*dummy.*loopback"),
    ],
)
def test_refused(options, error, text):
    with pytest.raises(error, match=text):
        jack.Server(**options)


def test_too_many_arguments():
    with pytest.raises(TypeError, match="at most 5"):
        jack.Server("x", "dummy", 48000, 256, False, 1)
    with pytest.raises(TypeError, match="multiple values"):
        jack.Server("x", name="y")


def test_initialised_twice():
    server = jack.Server("first")
    with pytest.raises(jack.JackError, match="initialised already"):
        server.__init__("second")
    assert server.name == "first"


def test_never_initialised():
    server = jack.Server.__new__(jack.Server)
    for use in (server.start, server.stop, server.close, lambda: server.name):
        with pytest.raises(jack.JackError, match="never initialised"):
            use()
    assert "not initialised" in repr(server)


def test_subclass():
    class Server(jack.Server):
        def __init__(self, extra):
            super().__init__(blocksize=64)
            self.extra = extra

    server = Server(3)
    assert (server.extra, server.parameters["period"].value) == (3, 64)
