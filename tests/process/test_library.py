"""Finding libjack, or not: what programs are told where it is missing or odd."""

import shutil
import subprocess
from pathlib import Path

import pytest

from support import children, libraries

compiler = shutil.which("cc") or shutil.which("gcc")
needs_compiler = pytest.mark.skipif(compiler is None, reason="needs a C compiler")


def run(program, library):
    return children.run(program, environment={"JACK_LIBRARY": str(library)})


CALLS = {
    "Client": 'jack.Client("x")',
    "version": "jack.version()",
    "version_string": "jack.version_string()",
    "client_name_size": "jack.client_name_size()",
    "port_name_size": "jack.port_name_size()",
    "client_pid": 'jack.client_pid("x")',
    "get_property": 'jack.get_property(1, "http://example.org/x")',
    "get_all_properties": "jack.get_all_properties()",
}


@pytest.mark.parametrize("call", CALLS)
def test_no_library(call):
    run(
        f"""
        import jack
        try:
            {CALLS[call]}
        except jack.LibraryNotFoundError as error:
            assert isinstance(error, jack.JackError) and isinstance(error, OSError)
            assert "/nonexistent/libjack.so" in str(error), error
            assert "JACK_LIBRARY" in str(error), error
        else:
            raise AssertionError("no error")
        """,
        "/nonexistent/libjack.so",
    )


def test_what_needs_no_library():
    run(
        """
        import jack
        ring = jack.RingBuffer(16)
        ring.write(b"abc")
        assert ring.read(3) == b"abc"
        assert jack.ROLLING == 1
        assert jack.Status(1).failure
        assert jack.METADATA_PRETTY_NAME
        jack.set_error_function(print)
        jack.set_info_function(print)
        """,
        "/nonexistent/libjack.so",
    )


def test_a_failure_is_not_for_ever():
    run(
        """
        import os, jack
        try:
            jack.version_string()
        except jack.LibraryNotFoundError:
            pass
        del os.environ["JACK_LIBRARY"]
        assert jack.version_string()
        """,
        "/nonexistent/libjack.so",
    )


def test_no_library_at_all(tmp_path):
    """What is said when none of the usual names is found: where it was looked for, and
    what to install."""
    broken = tmp_path / "libjack.so.0"
    broken.write_text("this is no library")
    (tmp_path / "libjack.so").write_text("this is no library")
    children.run(
        """
        import jack
        try:
            jack.version_string()
        except jack.LibraryNotFoundError as error:
            text = str(error)
        assert "libjack.so.0" in text and "install" in text and "JACK_LIBRARY" in text, text
        """,
        environment={"LD_LIBRARY_PATH": str(tmp_path), "JACK_LIBRARY": ""},
    )


@pytest.fixture
def build(tmp_path):
    """Compile C source into a shared library: build("libx.so", source) -> path."""

    def compile_library(name, source):
        (tmp_path / "source.c").write_text(source)
        command = [compiler, "-shared", "-fPIC", "-o", tmp_path / name, tmp_path / "source.c"]
        subprocess.run(command, check=True, capture_output=True, text=True)
        return tmp_path / name

    return compile_library


@needs_compiler
def test_a_library_that_is_not_libjack(build):
    library = build("libother.so", "int other(void) { return 0; }\n")
    run(
        """
        import jack
        try:
            jack.Client("x")
        except jack.LibraryNotFoundError as error:
            assert "libother.so" in str(error) and "jack_client_open" in str(error), error
        else:
            raise AssertionError("no error")
        """,
        library,
    )


STUB = r"""
#include <stdint.h>
#include <stdlib.h>

/* A client that does nothing, for a library that has next to nothing. */
static int opened;
void *jack_client_open(const char *name, int options, int *status, ...)
{
    (void)name; (void)options;
    *status = 0;
    return &opened;
}
int jack_client_close(void *client) { (void)client; return 0; }
char *jack_get_client_name(void *client) { (void)client; return "stub"; }
int jack_client_name_size(void) { return 33; }
int jack_port_name_size(void) { return 256; }
int jack_activate(void *client) { (void)client; return 0; }
int jack_deactivate(void *client) { (void)client; return 0; }
void jack_on_info_shutdown(void *client, void *f, void *a) { (void)client; (void)f; (void)a; }
void jack_on_shutdown(void *client, void *f, void *a) { (void)client; (void)f; (void)a; }
#define SETTER(name) int name(void *c, void *f, void *a) \
    { (void)c; (void)f; (void)a; return 0; }
SETTER(jack_set_process_callback)
SETTER(jack_set_freewheel_callback)
SETTER(jack_set_buffer_size_callback)
SETTER(jack_set_sample_rate_callback)
SETTER(jack_set_client_registration_callback)
SETTER(jack_set_port_registration_callback)
SETTER(jack_set_port_connect_callback)
SETTER(jack_set_graph_order_callback)
SETTER(jack_set_xrun_callback)
void jack_set_error_function(void *f) { (void)f; }
void jack_set_info_function(void *f) { (void)f; }
uint32_t jack_get_sample_rate(void *client) { (void)client; return 48000; }
uint32_t jack_get_buffer_size(void *client) { (void)client; return 256; }
uint32_t jack_frame_time(void *client) { (void)client; return 4711; }
void *jack_port_by_id(void *client, uint32_t id) { (void)client; (void)id; return 0; }
void *jack_port_get_connections(void *port) { (void)port; return 0; }
uint32_t jack_last_frame_time(void *client) { (void)client; return 0; }
uint32_t jack_frames_since_cycle_start(void *client) { (void)client; return 0; }
void jack_port_get_latency_range(void *port, int mode, void *range)
{
    (void)port; (void)mode; (void)range;
}
void jack_port_set_latency_range(void *port, int mode, void *range)
{
    (void)port; (void)mode; (void)range;
}
void *jack_port_by_name(void *client, const char *name) { (void)client; (void)name; return 0; }
void *jack_port_get_buffer(void *port, uint32_t frames) { (void)port; (void)frames; return 0; }
int jack_port_is_mine(void *client, void *port) { (void)client; (void)port; return 0; }
const char *jack_port_short_name(void *port) { (void)port; return ""; }
#define OF_BUFFER(type, name) type name(void *buffer) { (void)buffer; return 0; }
OF_BUFFER(uint32_t, jack_midi_get_event_count)
OF_BUFFER(uint32_t, jack_midi_get_lost_event_count)
OF_BUFFER(size_t, jack_midi_max_event_size)
OF_BUFFER(int, jack_midi_clear_buffer)
OF_BUFFER(int, jack_midi_event_get)
OF_BUFFER(int, jack_midi_event_write)
OF_BUFFER(void *, jack_midi_event_reserve)
const char *jack_port_name(void *port) { (void)port; return ""; }
const char *jack_port_type(void *port) { (void)port; return ""; }
int jack_port_flags(void *port) { (void)port; return 0; }
void jack_free(void *memory) { free(memory); }
"""

MISSING = {
    "jack_set_property": 'client.set_property(1, "http://example.org/x", "1")',
    "jack_get_property": 'jack.get_property(1, "http://example.org/x")',
    "jack_get_properties": "jack.get_properties(1)",
    "jack_get_all_properties": "jack.get_all_properties()",
    "jack_remove_properties": "client.remove_properties(1)",
    "jack_remove_all_properties": "client.remove_all_properties()",
    "jack_set_property_change_callback": "client.set_property_change_callback(print)",
    "jack_set_port_rename_callback": "client.set_port_rename_callback(print)",
    "jack_get_version": "jack.version()",
    "jack_get_version_string": "jack.version_string()",
    "jack_transport_start": "client.transport_start()",
    "jack_set_sync_callback": "client.set_sync_callback(lambda s, p: True)",
    "jack_client_get_uuid": "client.uuid",
    "jack_get_uuid_for_client_name": 'client.get_uuid_for_client_name("x")',
    "jack_get_ports": "client.get_ports()",
    "jack_connect": 'client.connect("a:b", "c:d")',
    "jack_port_register": 'client.inports.register("i")',
    "jack_cpu_load": "client.cpu_load()",
}


@needs_compiler
@pytest.mark.parametrize("function", MISSING)
def test_a_library_that_lacks_a_function(build, function):
    library = build("libstub.so", STUB)
    run(
        f"""
        import jack
        client = jack.Client("x")
        assert client.frame_time == 4711
        try:
            {MISSING[function]}
        except jack.NotSupportedError as error:
            assert isinstance(error, jack.JackError)
            assert {function!r} in str(error) and "libstub.so" in str(error), error
        else:
            raise AssertionError("no error")
        client.activate()
        client.close()
        """,
        library,
    )


def test_import_is_quiet_and_loads_nothing():
    children.run(
        """
        import jack, sys
        with open("/proc/self/maps") as maps:
            assert "libjack" not in maps.read()
        assert "numpy" not in sys.modules
        import os
        assert len(os.listdir("/proc/self/task")) == 1
        """
    )


def test_a_library_that_tells_no_reason_for_its_end(start_jackd, tmp_path):
    """Very old ones have no jack_on_info_shutdown(): a copy in which it can't be found."""
    original = Path(libraries.files()[0]).read_bytes()
    name = b"\0jack_on_info_shutdown\0"
    assert name in original
    copy = tmp_path / "libjack-copy.so"
    copy.write_bytes(original.replace(name, name.replace(b"info", b"inf_")))
    server = start_jackd()
    run(
        f"""
        import os, signal, threading
        import jack
        client = jack.Client("x", no_start_server=True, servername={server.name!r})
        told = threading.Event()
        seen = []

        @client.set_shutdown_callback
        def shutdown(status, reason):
            seen.append((status.failure, reason))
            told.set()

        client.activate()
        os.kill({server.process.pid}, signal.SIGKILL)
        assert told.wait(30)
        assert seen == [(True, "")], seen
        assert client.closed
        client.close()
        """,
        copy,
    )
