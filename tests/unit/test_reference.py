"""Every name, parameter, default, property and constant that JACK-Client's programs use."""

import ast
import inspect
import pathlib
import re

import pytest

import jack

REFERENCE = pathlib.Path(__file__).parents[1] / "reference" / "jack_client_api.txt"

CLASS = re.compile(r"class (\w+)\((.*)\)")
FUNCTION = re.compile(r"def (\w+\(.*\))")
PROPERTY = re.compile(r"property (\w+)( \(settable\))?")
CONSTANT = re.compile(r"(\w+) = (.*)")


def read_reference():
    """Lists of (class or None, rest) by kind of fact."""
    facts = {"class": [], "function": [], "property": [], "constant": []}
    current = None
    for line in REFERENCE.read_text().splitlines():
        if line.startswith("#"):
            continue
        text = line.strip()
        if not line.startswith(" "):
            current = None
        if match := CLASS.fullmatch(text):
            current = match[1]
            facts["class"].append((current, match[2].split(", ")))
        elif match := FUNCTION.fullmatch(text):
            facts["function"].append((current, match[1]))
        elif match := PROPERTY.fullmatch(text):
            facts["property"].append((current, match[1], bool(match[2])))
        elif match := CONSTANT.fullmatch(text):
            facts["constant"].append((match[1], ast.literal_eval(match[2])))
        else:
            raise ValueError(f"{REFERENCE.name}: can't read {line!r}")
    return facts


FACTS = read_reference()


def reference_signature(text):
    scope = {}
    exec(f"def {text}: pass", scope)  # a line of our own file
    return inspect.signature(scope[text.partition("(")[0]])


def our_signature(owner, name):
    if name == "__init__":
        parameters = list(inspect.signature(owner).parameters.values())
        first = inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)
        return [first, *parameters]
    return list(inspect.signature(getattr(owner, name)).parameters.values())


def test_the_reference_is_whole():
    counts = {kind: len(facts) for kind, facts in FACTS.items()}
    assert counts == {"class": 14, "function": 97, "property": 53, "constant": 22}


@pytest.mark.parametrize(("name", "bases"), FACTS["class"])
def test_class(name, bases):
    ours = getattr(jack, name)
    assert inspect.isclass(ours)
    for base in bases:
        expected = {"object": object, "Exception": Exception}.get(base) or getattr(jack, base)
        assert issubclass(ours, expected)


@pytest.mark.parametrize(("owner", "text"), FACTS["function"])
def test_function(owner, text):
    expected = list(reference_signature(text).parameters.values())
    name = text.partition("(")[0]
    where = getattr(jack, owner) if owner else jack
    assert callable(getattr(where, name))
    if name.startswith("__") and name not in ("__init__", "__enter__", "__exit__"):
        # Called by an operator, never with keywords: it is ours, not object's.
        assert getattr(where, name) is not getattr(object, name, None)
        return
    ours = our_signature(where, name)
    for wanted, got in zip(expected, ours, strict=False):
        assert (got.name, got.default) == (wanted.name, wanted.default)
        assert got.kind == wanted.kind or got.name == "self"
    assert len(ours) >= len(expected)
    for further in ours[len(expected) :]:
        assert further.default is not inspect.Parameter.empty


@pytest.fixture
def instances(embedded):
    """One object of each class that has properties."""
    with jack.Client("reference", servername=embedded.name) as client:
        own = client.inports.register("audio")
        own_midi = client.midi_inports.register("midi")
        yield {
            "Client": client,
            "OwnPort": own,
            "OwnMidiPort": own_midi,
            "Port": client.get_ports(is_audio=True, is_physical=True)[0],
            "RingBuffer": jack.RingBuffer(64),
            "Status": client.status,
        }


def test_properties(instances):
    """Each is there; it can be assigned to, or refuses as the reference has it."""
    for owner, name, settable in FACTS["property"]:
        static = inspect.getattr_static(getattr(jack, owner), name)
        assert inspect.isdatadescriptor(static), f"{owner}.{name}"
        if owner not in instances:
            continue
        nonsense = object()
        with pytest.raises(TypeError if settable else AttributeError):
            setattr(instances[owner], name, nonsense)


def test_keywords(instances):
    """Whatever has parameters takes them by name; nothing is called, the name is wrong."""
    by_position_only = []
    for owner, text in FACTS["function"]:
        name = text.partition("(")[0]
        parameters = list(reference_signature(text).parameters)
        if name.startswith("__") or parameters in ([], ["self"]):
            continue
        if owner == "Ports":
            function = getattr(instances["Client"].inports, name)
        else:
            function = getattr(instances[owner] if owner else jack, name)
        with pytest.raises(TypeError) as raised:
            function(no_such_parameter=1)
        if "takes no keyword arguments" in str(raised.value):
            by_position_only.append(function.__qualname__)
    assert by_position_only == []


@pytest.mark.parametrize(("name", "value"), FACTS["constant"])
def test_constant(name, value):
    ours = getattr(jack, name)
    assert type(ours) is type(value)
    assert ours == value


def test_all_is_exported():
    public = {name for name, _ in FACTS["class"] + FACTS["constant"]}
    public |= {text.partition("(")[0] for owner, text in FACTS["function"] if not owner}
    assert public <= set(jack.__all__)
