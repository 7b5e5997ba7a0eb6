"""Rules: what they make of a graph, and what they don't take."""

import json
import types

import pytest

import jack

AUDIO, MIDI = "32 bit float mono audio", "8 bit raw midi"


def graph(outputs, inputs, connections=()):
    """What Rules look at: names of audio ports, or (name, type)."""

    def ports(names):
        return dict(name if isinstance(name, tuple) else (name, AUDIO) for name in names)

    return types.SimpleNamespace(
        outputs=ports(outputs), inputs=ports(inputs), connections=dict.fromkeys(connections)
    )


@pytest.fixture
def rules():
    return jack.Rules()


def test_names_are_plain_text(rules):
    rules.connect("a:o.*(", "b:i")
    plan = rules.plan(graph(["a:o.*(", "a:o1"], ["b:i"]))
    assert plan.make == (("a:o.*(", "b:i"),) and plan.cut == plan.present == ()


def test_patterns_match_whole_names(rules):
    rules.connect("a:o[12]", ".*:i", regex=True)
    plan = rules.plan(graph(["a:o1", "a:o2", "a:o12", "aa:o1"], ["b:i", "c:i", "b:i2"]))
    assert plan.make == (("a:o1", "b:i"), ("a:o1", "c:i"), ("a:o2", "b:i"), ("a:o2", "c:i"))


def test_groups(rules):
    rules.connect(r"(\w+):out_(\d+)", r"mix:\g<1>_in_\2", regex=True)
    rules.connect(r"x:(?P<side>left|right)", r"\g<side>:.*", regex=True)
    plan = rules.plan(
        graph(
            ["a:out_1", "a:out_12", "b:out_2", "x:left"],
            ["mix:a_in_1", "mix:a_in_12", "mix:b_in_1", "mix:b_in_2", "left:1", "right:1"],
        )
    )
    assert plan.make == (
        ("a:out_1", "mix:a_in_1"),
        ("a:out_12", "mix:a_in_12"),
        ("b:out_2", "mix:b_in_2"),
        ("x:left", "left:1"),
    )


def test_what_groups_have_matched_is_plain_text(rules):
    rules.connect("a:(.*)", r"b:\1+", regex=True)
    plan = rules.plan(graph(["a:x.", "a:[", "a:"], ["b:x.x.", "b:xyxy", "b:[[", "b:"]))
    assert plan.make == (("a:x.", "b:x.x."), ("a:[", "b:[["), ("a:", "b:"))


def test_a_backslash_before_a_digit(rules):
    rules.connect(r"a:(.)", r"b:\\1\.", regex=True)
    assert rules.plan(graph(["a:x"], ["b:\\1.", "b:x."])).make == (("a:x", "b:\\1."),)


def test_a_group_that_took_no_part(rules):
    rules.connect(r"a:o(1)?", r"b:i\1", regex=True)
    plan = rules.plan(graph(["a:o", "a:o1"], ["b:i", "b:i1"]))
    assert plan.make == (("a:o", "b:i"), ("a:o1", "b:i1"))


def test_types_are_not_mixed(rules):
    rules.connect(".*", ".*", regex=True)
    rules.connect("a:midi", "b:audio")
    plan = rules.plan(graph(["a:audio", ("a:midi", MIDI)], ["b:audio", ("b:midi", MIDI)]))
    assert plan.make == (("a:audio", "b:audio"), ("a:midi", "b:midi"))


def test_what_is_there_stays(rules):
    rules.connect("a:o", "b:i")
    plan = rules.plan(graph(["a:o"], ["b:i", "c:i"], [("a:o", "b:i"), ("a:o", "c:i")]))
    assert plan.present == (("a:o", "b:i"),) and plan.make == plan.cut == ()


def test_exclusive(rules):
    rules.connect("a:o", "b:i", exclusive=True)
    rules.connect("c:o", "b:i")
    connections = [("a:o", "c:i"), ("d:o", "b:i"), ("c:o", "b:i"), ("d:o", "c:i")]
    plan = rules.plan(graph(["a:o", "c:o", "d:o"], ["b:i", "c:i"], connections))
    assert plan.make == (("a:o", "b:i"),)
    assert plan.present == (("c:o", "b:i"),)
    assert plan.cut == (("a:o", "c:i"), ("d:o", "b:i"))


def test_exclusive_waits_for_both_ports(rules):
    rules.connect("a:o", "b:i", exclusive=True)
    assert rules.plan(graph(["a:o"], ["c:i"], [("a:o", "c:i")])).cut == ()


def test_disconnect_has_the_last_word(rules):
    rules.disconnect(r"a:o(\d)", r".*:i\1", regex=True)
    rules.disconnect("c:o", "b:i2")
    rules.connect("a:.*", "b:.*", regex=True, exclusive=True)
    connections = [("a:o1", "b:i1"), ("c:o", "b:i2"), ("c:o", "d:i")]
    plan = rules.plan(graph(["a:o1", "a:o2", "c:o"], ["b:i1", "b:i2", "d:i"], connections))
    assert plan.make == (("a:o1", "b:i2"), ("a:o2", "b:i1"))
    assert plan.cut == (("a:o1", "b:i1"), ("c:o", "b:i2"))


def test_a_plan_that_was_done_leaves_nothing(rules):
    rules.connect("a:.*", "b:.*", regex=True, exclusive=True)
    rules.connect("c:o", "b:i1").disconnect("a:o1", "b:i1")
    outputs, inputs = ["a:o1", "a:o2", "c:o"], ["b:i1", "b:i2", "d:i"]
    connections = {("a:o1", "b:i1"), ("a:o1", "d:i"), ("c:o", "b:i2")}
    plan = rules.plan(graph(outputs, inputs, connections))
    after = connections.union(plan.make).difference(plan.cut)
    again = rules.plan(graph(outputs, inputs, after))
    assert plan.make and plan.cut and again.make == again.cut == ()


@pytest.mark.parametrize(
    ("source", "destination", "complaint"),
    [
        ("a(", "b", r"source 'a\(' is no regular expression: missing \)"),
        ("a", "b[", r"destination 'b\[' is no regular expression: unterminated"),
        ("a{99999999999}", "b", "source .* is no regular expression"),
        ("a", r"b\1", r"destination 'b\\\\1' refers to group 1, which source 'a' has not"),
        ("(a)", r"b\2", "refers to group 2"),
        ("(a)", r"b\g<2>", "refers to group 2"),
        ("(a)", r"b\g<x>", "refers to group x"),
        ("(?P<x>a)", r"b\g<>", "refers to group"),
    ],
)
def test_patterns_that_are_none(rules, source, destination, complaint):
    for add in (rules.connect, rules.disconnect):
        with pytest.raises(ValueError, match=complaint):
            add(source, destination, regex=True)
    assert len(rules) == 0


def test_other_things_that_are_no_rules(rules):
    with pytest.raises(ValueError, match='source must be a full name, "client:port", not "a"'):
        rules.connect("a", "b:i")
    with pytest.raises(ValueError, match='destination must be a full name'):
        rules.connect("a:o", ":i")
    with pytest.raises(ValueError, match="destination must not have NUL"):
        rules.connect("a:o", "b:i\0")
    with pytest.raises(TypeError, match="source must be a str, not int"):
        rules.connect(1, "b:i")
    with pytest.raises(TypeError, match="rule must be a jack.Rule, not tuple"):
        rules.add(("connect", "a:o", "b:i"))
    with pytest.raises(ValueError, match="kind must be one of connect, exclusive, disc.*'cut'"):
        rules.add(jack.Rule("cut", "a:o", "b:i"))
    assert list(rules) == []


def test_round_trip(rules, tmp_path):
    rules.connect("a:o", "caf\udce9:i").connect("a:(.)", r"b:\1", regex=True, exclusive=True)
    rules.disconnect("a:.*", ".*", regex=True).connect("a:o", "caf\udce9:i")
    assert len(rules) == 3  # one of them was there
    rules.save(tmp_path / "rules.json")
    assert list(jack.Rules.load(tmp_path / "rules.json")) == list(rules)
    assert list(jack.Rules(rules)) == list(rules)


def written(*rules, **members):
    return json.dumps({"format": "rtjack rules", "version": 1, "rules": rules, **members})


RULE = {"kind": "connect", "source": "a:o", "destination": "b:i"}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("nothing", "it is no JSON"),
        (jack.Snapshot().to_json(), 'no "format": "rtjack rules", but "rtjack snapshot"'),
        (written(version=9), "it has version 9"),
        (written(rules=None), "rules must be a list, not null"),
        (written(RULE, 1), r"rules\[1\]: a rule must be an object, not 1"),
        (written({**RULE, "kind": "cut"}), r"rules\[0\]: kind must be one of connect, .*'cut'"),
        (written({"kind": "connect"}), r"rules\[0\]: source is missing"),
        (written({**RULE, "source": 1}), r"rules\[0\]: source must be a string, not 1"),
        (written({**RULE, "source": "a"}), r"rules\[0\]: source must be a full name"),
        (written({**RULE, "regex": 1}), r"rules\[0\]: regex must be true or false, not 1"),
        (written({**RULE, "regexp": True}), r'rules\[0\]: a rule has no "regexp"'),
        (written({**RULE, "source": "(", "regex": True}), r"rules\[0\]: source '\(' is no reg"),
    ],
)
def test_what_is_no_rules(text, complaint, tmp_path):
    with pytest.raises(ValueError, match=complaint):
        jack.Rules.from_json(text)
    path = tmp_path / "r.json"
    path.write_text(text)
    with pytest.raises(ValueError, match="r.json: "):
        jack.Rules.load(path)
