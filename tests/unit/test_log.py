"""What JACK says, in programs of their own and without a server."""

import textwrap

from support import children

# Nobody listens at this address: libjack says so as error messages.
SPEAK = """
def speak():
    try:
        jack.Client("speaker", servername="rtj-nobody-called-this", no_start_server=True)
    except jack.JackOpenError:
        pass
"""

WAIT = """
import time

def wait_for(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)
"""


def run(program, **options):
    return children.run("import jack\n" + SPEAK + WAIT + textwrap.dedent(program), **options)


def test_import_needs_no_logging_and_no_thread():
    program = """
    import os, sys
    assert "logging" not in sys.modules
    print(len(os.listdir("/proc/self/task")))
    """
    assert run(program).stdout == "1\n"


def test_nothing_is_printed_by_itself():
    result = run("speak()")
    assert (result.stdout, result.stderr) == ("", "")


def test_a_handler_of_the_programs_own_prints():
    program = """
    import logging, sys
    logging.basicConfig(stream=sys.stdout, format="%(name)s %(levelname)s: %(message)s")
    speak()
    """
    lines = run(program).stdout.splitlines()
    assert lines and all(line.startswith("jack ERROR: ") for line in lines)


def test_what_was_said_last_is_delivered_at_exit():
    assert run("jack.set_error_function(print)\nspeak()").stdout


def test_what_was_said_before_is_kept_for_the_function():
    program = """
    said = []
    jack.set_error_function(said.append)
    speak()
    wait_for(lambda: said)
    assert not any(text.endswith("\\n") for text in said)
    """
    run(program)


def test_callback_exit_ends_the_function():
    program = """
    import logging
    called, logged = [], []

    class Keep(logging.Handler):
        def emit(self, record):
            logged.append(record.getMessage())

    logging.getLogger("jack").addHandler(Keep())

    @jack.set_error_function
    def function(message):
        called.append(message)
        raise jack.CallbackExit

    speak()
    wait_for(lambda: called)
    speak()
    wait_for(lambda: logged)
    assert len(called) == 1
    """
    run(program)


def test_an_exception_goes_to_the_hook():
    program = """
    import sys
    caught = []
    sys.unraisablehook = lambda unraisable: caught.append(
        (unraisable.exc_type, unraisable.object)
    )

    def function(message):
        raise KeyError(message)

    jack.set_error_function(function)
    speak()
    wait_for(lambda: caught)
    assert caught[0] == (KeyError, function)
    """
    run(program)


def test_a_function_may_replace_itself():
    program = """
    first, second = [], []

    def function(message):
        first.append(message)
        jack.set_error_function(second.append)

    jack.set_error_function(function)
    speak()
    speak()
    wait_for(lambda: second)
    assert len(first) == 1
    """
    run(program)


def test_a_child_after_fork_is_heard():
    program = """
    import os, warnings
    warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 dislikes such fork()s
    said = []
    jack.set_error_function(said.append)
    speak()
    wait_for(lambda: said)
    read, write = os.pipe()
    if os.fork() == 0:
        said.clear()
        speak()
        wait_for(lambda: said)
        os.write(write, b"heard")
        os._exit(0)
    os.wait()
    print(os.read(read, 100))
    """
    assert run(program).stdout == "b'heard'\n"


def test_the_functions_are_given_back():
    program = """
    import weakref

    class Function:
        def __call__(self, message):
            pass

    for setter in (jack.set_error_function, jack.set_info_function):
        function = Function()
        gone = weakref.ref(function)
        setter(function)
        del function
        assert gone() is not None
        setter(None)
        assert gone() is None
    """
    run(program)
