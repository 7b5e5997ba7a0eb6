"""What libjack says: to logging by default, to the program's functions on request."""

import logging
import threading

import pytest

import jack
from support import children
from support.waiting import wait_for


@pytest.fixture(autouse=True)
def default_functions():
    yield
    jack.set_error_function()
    jack.set_info_function()


def provoke_error(tested):
    """Both sides have something to say: libjackserver, or JACK2's client library."""
    with pytest.raises(jack.JackError):
        tested.connect("no:body", "no:one")
    jack.client_pid("nobody")


def test_error_function(client):
    said = []

    def error(message):
        said.append((message, threading.get_ident()))

    assert jack.set_error_function(error) is error
    provoke_error(client())
    wait_for(lambda: said)
    text, thread = said[0]
    assert isinstance(text, str) and text and not text.endswith("\n")
    assert thread != threading.get_ident()


def test_error_function_as_decorator(client):
    said = []

    @jack.set_error_function
    def error(message):
        said.append(message)

    assert callable(error)
    provoke_error(client())
    wait_for(lambda: said)


def test_the_former_function_hears_nothing_more(client):
    former, now = [], []
    jack.set_error_function(former.append)
    jack.set_error_function(now.append)
    provoke_error(client())
    wait_for(lambda: now)
    assert former == []


def test_info_and_error_are_apart(client):
    errors, infos = [], []
    jack.set_error_function(errors.append)
    jack.set_info_function(infos.append)
    provoke_error(client())
    wait_for(lambda: errors)
    assert infos == []


def test_logging_by_default(client, caplog):
    with caplog.at_level(logging.INFO, logger="jack"):
        provoke_error(client())
        wait_for(lambda: caplog.records)
    record = caplog.records[0]
    assert (record.name, record.levelno) == ("jack", logging.ERROR)
    assert record.getMessage()


def test_logging_again_after_none(client, caplog):
    said = []
    jack.set_error_function(said.append)
    assert jack.set_error_function(None) is None
    with caplog.at_level(logging.INFO, logger="jack"):
        provoke_error(client())
        wait_for(lambda: caplog.records)
    assert said == []


def test_error_function_that_raises(client, unraisable):
    said = []

    def error(message):
        said.append(message)
        if len(said) == 1:  # further ones may come when the hook is no longer ours
            raise ZeroDivisionError

    jack.set_error_function(error)
    provoke_error(client())
    wait_for(lambda: unraisable)
    assert unraisable[0].object is error


def test_error_function_may_use_jack(client):
    tested = client()
    said = []

    @jack.set_error_function
    def error(message):
        if not said:
            said.append(len(tested.get_ports("system:")))

    provoke_error(tested)
    wait_for(lambda: said)
    assert said == [4]


@pytest.mark.parametrize("wrong", [1, "text"])
def test_what_is_no_function(wrong):
    for setter in (jack.set_error_function, jack.set_info_function):
        with pytest.raises(TypeError, match=type(wrong).__name__):
            setter(wrong)


PROGRAM = """
import sys, jack
client = jack.Client("child", servername=sys.argv[1])
client.activate()
for source in ("no:body", "system:capture_1"):
    try:
        client.connect(source, "no:one")
    except jack.JackError:
        pass
try:
    jack.Client("child", servername="rtj-nobody-called-this")
except jack.JackOpenError:
    pass
client.close()
"""


@pytest.mark.parametrize("functions", ["", "jack.set_error_function()"])
def test_nothing_is_printed(server, functions):
    """Programs that configure no logging get nothing on their terminal from us.

    (Python itself prints warnings and worse of loggers without any handler.)
    """
    quiet = "import logging; logging.getLogger('jack').addHandler(logging.NullHandler())\n"
    result = children.run(quiet + PROGRAM + functions, server.name)
    assert (result.stdout, result.stderr) == ("", "")


def test_nothing_is_printed_without_logging_either(server):
    result = children.run(PROGRAM, server.name)
    assert (result.stdout, result.stderr) == ("", "")


def test_function_still_set_at_exit(server):
    result = children.run(PROGRAM.replace("client.close()", "") + """
jack.set_error_function(lambda message: None)
""", server.name)  # fmt: skip
    assert (result.stdout, result.stderr) == ("", "")
