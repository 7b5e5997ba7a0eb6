"""Internal clients: loaded into the server, found, unloaded, and why not."""

import gc

import pytest

import jack

MODULE = "profiler"  # comes with JACK2, and needs nothing


@pytest.fixture
def tested(client):
    return client("tested")


def test_load_and_unload(tested):
    with tested.load_internal("ticks", MODULE, "-c") as internal:
        assert internal.name == "ticks"
        assert internal.loaded is True
        assert internal.handle > 0
        assert internal.client is tested
        assert "ticks:cpu_load" in {port.name for port in tested.get_ports()}
    assert internal.loaded is False
    assert internal.name == "ticks"
    assert tested.get_ports("ticks:") == []


def test_other_name_than_the_module_s(tested):
    for name in (MODULE, "other"):
        internal = tested.load_internal(name, load_name=MODULE)
        assert internal.name == name
        internal.unload()
    tested.load_internal(MODULE).unload()


def test_found_by_name_from_another_client(client, tested):
    internal = tested.load_internal("found", MODULE)
    other = client("other")
    same = other.get_internal("found")
    assert (same.name, same.handle, same.client) == ("found", internal.handle, other)
    same.unload()
    assert not internal.loaded and not same.loaded


def test_it_stays_when_the_object_goes(tested):
    tested.load_internal("stays", MODULE)
    gc.collect()
    tested.get_internal("stays").unload()


def test_a_name_that_is_taken(tested):
    with tested.load_internal("taken", MODULE):
        with pytest.raises(jack.JackOpenError) as raised:
            tested.load_internal("taken", MODULE, use_exact_name=True)
    assert raised.value.status.name_not_unique
    assert "another client has that name" in str(raised.value)


def test_no_such_module(tested):
    with pytest.raises(jack.JackOpenError) as raised:
        tested.load_internal("x", "no-such-module")
    assert raised.value.name == "x"
    assert raised.value.status.failure
    assert "module" in raised.value.hint
    assert raised.value.hint in str(raised.value)


def test_no_such_client(tested):
    with pytest.raises(jack.JackOpenError) as raised:
        tested.get_internal("nobody")
    assert raised.value.status.no_such_client
    assert raised.value.hint == "the server has no internal client of that name"
    with pytest.raises(jack.JackOpenError):
        tested.get_internal("tested")  # a client, but no internal one


def test_unloading_what_is_gone_hits_nobody_else(client, tested):
    internal = tested.load_internal("gone", MODULE)
    internal.unload()
    others = [client(f"other{n}") for n in range(3)]  # one of them has its number now
    with pytest.raises(jack.JackError, match='"gone" does not exist any more'):
        internal.unload()
    assert not internal.loaded
    for other in others:
        assert tested.get_uuid_for_client_name(other.name) == other.uuid


def test_only_made_by_clients():
    with pytest.raises(TypeError):
        jack.InternalClient()


def test_of_a_closed_client(client, tested):
    internal = tested.load_internal("left", MODULE)
    tested.close()
    for ask in (internal.unload, lambda: internal.loaded, lambda: tested.get_internal("left")):
        with pytest.raises(jack.JackError, match="closed"):
            ask()
    client("other").get_internal("left").unload()


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [((1,), TypeError, "name"), ((None,), TypeError, "name"), (("n" * 256,), ValueError, "name"),
     (("x", 1), TypeError, "load_name"), (("x", MODULE, 1), TypeError, "load_init"),
     (("x", MODULE, "i" * 1024), ValueError, "load_init must have less than 1024 bytes, got 1024"),
     (("a\0b",), ValueError, "name")],
)  # fmt: skip
def test_what_can_t_be_loaded(tested, arguments, error, text):
    with pytest.raises(error, match=text):
        tested.load_internal(*arguments)
