"""The interpreter's switch interval: lowered for direct callbacks, and given back."""

import gc
import sys

import pytest

import jack
from support import children
from support.waiting import wait_for

OWN = 0.005


@pytest.fixture(autouse=True)
def own_interval():
    before = sys.getswitchinterval()
    sys.setswitchinterval(OWN)
    yield
    assert interval() == round(OWN * 1e6)
    sys.setswitchinterval(before)


def interval():
    """Microseconds."""
    return round(sys.getswitchinterval() * 1e6)


def nothing(*arguments):
    pass


def activate(client, **options):
    client.set_process_callback(nothing, **options)
    client.activate()


# Arguments


def test_the_setter_still_returns_the_callback(client):
    assert client().set_process_callback(nothing, switch_interval=0.001) is nothing


@pytest.mark.parametrize("wrong", [0, -1, 0.0, 11, float("nan"), float("inf")])
def test_wrong_intervals(client, wrong):
    with pytest.raises(ValueError, match="switch_interval must be above 0"):
        client().set_process_callback(nothing, switch_interval=wrong)


def test_wrong_types(client):
    tested = client()
    with pytest.raises(TypeError, match="switch_interval must be a number of seconds or None"):
        tested.set_process_callback(nothing, switch_interval="short")
    with pytest.raises(TypeError):
        tested.set_process_callback(nothing, 0)
    with pytest.raises(TypeError):
        tested.set_process_callback(nothing, lookahead="far")
    with pytest.raises(ValueError, match="lookahead must be between 0 and"):
        tested.set_process_callback(nothing, lookahead=-1)


# Lowering and giving back


def test_lowered_while_active(client):
    tested = client()
    tested.set_process_callback(nothing)
    assert interval() == 5000
    tested.activate()
    assert interval() == 100
    tested.activate()
    assert interval() == 100
    tested.deactivate()
    assert interval() == 5000
    tested.activate()
    assert interval() == 100
    tested.close()
    assert interval() == 5000


@pytest.mark.parametrize(("asked", "given"), [(0.001, 1000), (1e-5, 10), (1e-9, 1)])
def test_lowered_as_far_as_asked(client, asked, given):
    tested = client()
    activate(tested, switch_interval=asked)
    assert interval() == given
    tested.deactivate()


def test_none_leaves_it_alone(client):
    tested = client()
    activate(tested, switch_interval=None)
    assert interval() == 5000


def test_never_raised(client):
    tested = client()
    activate(tested, switch_interval=1)
    assert interval() == 5000


def test_only_for_python_in_the_audio_thread(client):
    tested = client()
    tested.inports.register("in")
    tested.set_xrun_callback(nothing)
    tested.activate()
    assert interval() == 5000


LONG = 16  # blocks; more than 50 ms on each server of the tests
SHORT = 2  # less


def test_not_with_lookahead(client):
    tested = client()
    tested.inports.register("in")
    activate(tested, lookahead=LONG)
    assert interval() == 5000


def test_with_a_short_lookahead(client):
    tested = client()
    tested.inports.register("in")
    activate(tested, lookahead=SHORT)
    assert interval() == 100
    tested.deactivate()
    assert interval() == 5000
    activate(tested, lookahead=SHORT, switch_interval=None)
    assert interval() == 5000


# Streams


def test_with_a_stream_of_a_short_lookahead(client):
    tested = client()
    with tested.open_stream(1, 1, lookahead=SHORT):
        assert interval() == 5000
        tested.activate()
        assert interval() == 100
        tested.deactivate()
        assert interval() == 5000
        tested.activate()
        assert interval() == 100
    assert interval() == 5000


def test_with_a_stream_of_an_active_client(client):
    tested = client()
    tested.activate()
    stream = tested.open_stream(inputs=1, lookahead=SHORT, switch_interval=0.001)
    assert interval() == 1000
    other = tested.open_stream(outputs=1, lookahead=SHORT, switch_interval=0.0005)
    assert interval() == 500
    other.close()
    other.close()
    assert interval() == 1000
    del stream
    gc.collect()
    assert interval() == 5000


def test_not_with_a_stream_that_has_time(client):
    tested = client()
    tested.activate()
    with tested.open_stream(1, 1, lookahead=LONG):
        assert interval() == 5000


def test_not_with_a_stream_that_leaves_it_alone(client):
    tested = client()
    tested.activate()
    with tested.open_stream(1, 1, lookahead=SHORT, switch_interval=None):
        assert interval() == 5000


def test_wrong_intervals_of_a_stream(client):
    tested = client()
    with pytest.raises(ValueError, match="switch_interval must be above 0"):
        tested.open_stream(1, 1, lookahead=SHORT, switch_interval=0)
    with pytest.raises(TypeError, match="switch_interval must be a number of seconds or None"):
        tested.open_stream(1, 1, lookahead=SHORT, switch_interval="short")
    assert list(tested.inports) == []


def test_a_stream_and_a_callback(client):
    tested = client()
    activate(tested, switch_interval=0.001)
    assert interval() == 1000
    with tested.open_stream(1, 1, lookahead=SHORT, switch_interval=0.0005):
        assert interval() == 500
    assert interval() == 1000


def test_the_smallest_of_all(client):
    one, two, three = (client(f"tested-{n}") for n in range(3))
    activate(one, switch_interval=0.002)
    activate(two, switch_interval=0.0005)
    activate(three, switch_interval=0.001)
    assert interval() == 500
    two.deactivate()
    assert interval() == 1000
    one.close()
    assert interval() == 1000
    three.close()
    assert interval() == 5000


def test_sync_and_timebase_callbacks_too(client):
    tested = client()
    tested.inports.register("in")
    tested.activate()
    tested.set_sync_callback(lambda state, position: True)
    assert interval() == 100
    tested.set_sync_callback(None)
    assert interval() == 5000
    assert tested.set_timebase_callback(nothing)
    assert interval() == 100
    tested.release_timebase()
    assert interval() == 5000


# The program has a say, too


def test_the_program_wins(client):
    tested = client()
    activate(tested)
    sys.setswitchinterval(0.003)
    tested.deactivate()
    assert interval() == 3000
    sys.setswitchinterval(OWN)


def test_the_program_wins_among_several(client):
    one, two, three = (client(f"tested-{n}") for n in range(3))
    activate(one)
    activate(two)
    sys.setswitchinterval(0.003)
    two.deactivate()
    assert interval() == 3000
    activate(three, switch_interval=0.001)
    assert interval() == 100  # the first one is still there
    one.deactivate()
    assert interval() == 1000
    three.deactivate()
    assert interval() == 3000
    sys.setswitchinterval(OWN)


# Errors


def test_given_back_after_an_exception(client, unraisable):
    def fail(frames):
        raise RuntimeError("on purpose")

    tested = client()
    tested.set_process_callback(fail)
    tested.activate()
    wait_for(lambda: interval() == 5000, what="the interval is given back")
    assert [each.text for each in unraisable] == ["on purpose"]


def test_given_back_after_callback_exit(client):
    def end(frames):
        raise jack.CallbackExit

    tested = client()
    tested.set_process_callback(end)
    tested.activate()
    wait_for(lambda: interval() == 5000, what="the interval is given back")


def test_given_back_when_unreachable(server):
    tested = jack.Client("unreachable", servername=server.name)
    activate(tested)
    assert interval() == 100
    del tested
    gc.collect()  # the lists of ports refer to it
    assert interval() == 5000


def test_given_back_when_activation_fails(start_jackd):
    server = start_jackd()
    tested = jack.Client("tested", servername=server.name)
    tested.set_process_callback(nothing)
    server.kill()
    with pytest.raises(jack.JackError):
        tested.activate()
    assert interval() == 5000
    tested.close()


def test_given_back_when_the_server_goes(start_jackd):
    server = start_jackd()
    tested = jack.Client("tested", servername=server.name)
    activate(tested)
    assert interval() == 100
    server.end()
    wait_for(lambda: interval() == 5000, what="the interval is given back")
    tested.close()


def test_given_back_when_a_stream_loses_its_server(start_jackd):
    server = start_jackd()
    tested = jack.Client("tested", servername=server.name)
    tested.activate()
    stream = tested.open_stream(1, 1, lookahead=SHORT)
    assert interval() == 100
    server.end()
    wait_for(lambda: interval() == 5000, what="the interval is given back")
    stream.close()
    tested.close()


def test_given_back_when_unreachable_with_a_stream(server):
    tested = jack.Client("unreachable", servername=server.name)
    tested.activate()
    tested.stream = tested.open_stream(1, 1, lookahead=SHORT)
    assert interval() == 100
    del tested
    gc.collect()
    assert interval() == 5000


def test_what_the_setter_of_the_interval_raises(client, monkeypatch):
    def refuse(seconds):
        raise RuntimeError("not here")

    tested = client()
    tested.set_process_callback(nothing)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "setswitchinterval", refuse)
        with pytest.raises(RuntimeError, match="not here"):
            tested.activate()
    assert interval() == 5000
    tested.activate()
    assert interval() == 100
    tested.deactivate()


def test_the_end_of_the_program_with_a_lowered_interval(server):
    program = """
        import sys, jack
        client = jack.Client("child", servername=sys.argv[1])
        client.set_process_callback(lambda frames: None)
        client.activate()
        print(round(sys.getswitchinterval() * 1e6))
    """
    assert children.run(program, server.name).stdout == "100\n"
