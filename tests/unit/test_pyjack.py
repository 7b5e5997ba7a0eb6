"""Every function, constant and exception of PyJack; what needs no server."""

import inspect
import pathlib

import pytest

import jack

REFERENCE = pathlib.Path(__file__).parents[1] / "reference" / "pyjack_api.txt"
CLASHING = {"activate", "deactivate", "connect", "disconnect", "get_ports", "transport_locate"}
ALONE = {"attach", "check_events", "get_version", "get_version_string"}  # need no server


def read_reference():
    """Lists of [name, *facts] by kind of fact."""
    facts = {}
    for line in REFERENCE.read_text().splitlines():
        if line.startswith("# What"):
            continue
        if line.startswith("#"):
            current = facts.setdefault(line.split()[1], [])
        else:
            current.append(line.split())
    return facts


FACTS = read_reference()
FUNCTIONS = {name: parameters for name, *parameters in FACTS["function"]}


def test_the_reference_is_whole():
    assert {k: len(v) for k, v in FACTS.items()} == {
        "function": 40,
        "constant": 21,
        "exception": 5,
    }


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function(name):
    function = getattr(jack, name)
    parameters = inspect.signature(function).parameters.values()
    assert [p.name for p in parameters] == [p.rstrip("=") for p in FUNCTIONS[name]]
    for parameter, wanted in zip(parameters, FUNCTIONS[name]):
        assert (parameter.default is not parameter.empty) == wanted.endswith("=")
    assert name in jack.__all__


@pytest.mark.parametrize("name", FUNCTIONS)
def test_method(name):
    """Client has them too, under JACK-Client's meaning where both have the name."""
    if name == "attach":
        assert not hasattr(jack.Client, name)  # it is, from the start
        return
    method = getattr(jack.Client, name)
    parameters = list(inspect.signature(method).parameters)[1:]
    shared = name in CLASHING or name.endswith("_callback") or name == "set_sync_timeout"
    if not shared:
        assert parameters == [p.rstrip("=") for p in FUNCTIONS[name]]


@pytest.mark.parametrize(("name", "value"), FACTS["constant"])
def test_constant(name, value):
    assert type(getattr(jack, name)) is int
    assert getattr(jack, name) == int(value)
    assert name in jack.__all__


@pytest.mark.parametrize(("name", "base"), FACTS["exception"])
def test_exception(name, base):
    parent = Exception if base == "Exception" else getattr(jack, base)
    assert issubclass(getattr(jack, name), parent)
    assert name in jack.__all__


@pytest.mark.parametrize("name", sorted(set(FUNCTIONS) - ALONE))
def test_before_attach(name):
    arguments = [1 for p in FUNCTIONS[name] if not p.endswith("=")]
    with pytest.raises(jack.NotConnectedError, match=r"call attach\(\) first"):
        getattr(jack, name)(*arguments)


def test_check_events_before_attach():
    names = {"graph_ordering", "port_registration", "xrun", "shutdown", "hangup"}
    assert jack.check_events() == dict.fromkeys(names, 0)


def test_version():
    assert jack.get_version() == jack.version()
    assert jack.get_version_string() == jack.version_string()


def test_attach_wants_a_name():
    with pytest.raises(TypeError, match="name must be a str, not int"):
        jack.attach(1)
    with pytest.raises(ValueError, match="name must not be empty"):
        jack.attach("")


def test_no_server(monkeypatch):
    monkeypatch.setenv("JACK_DEFAULT_SERVER", "no-such-server")
    with pytest.raises(jack.NotConnectedError, match="server_failed") as caught:
        jack.attach("nobody")
    assert isinstance(caught.value.__cause__, jack.JackOpenError)
