"""Which tests are not for JACK1 or PipeWire, why, and what shows what these do instead.

Each difference is a row of docs/servers.md, and a test of tests/server/test_servers.py
that runs on all three.  The tests that rely on what the library does otherwise are
listed here, by folder-less name of file and name of test, as fnmatch() has it.
"""

import fnmatch

import pytest

HOSTING = "a server within the process is JACK2's alone", "test_hosting_a_server"

DIFFERENCES = {
    "JACK1": {
        HOSTING: (
            "test_server.py::*",
            "test_server_parameters.py::*",
            "test_demo.py::*",
            "test_isolated_exit.py::*",
            "test_detached_end.py::test_exit_*",
            "test_stub_values.py::*",
            "test_probe.py::test_quiet",
        ),
        ("nothing is told of a port's new name", "test_port_rename_notice"): (
            "test_callbacks.py::test_port_rename*",
            "test_callbacks.py::test_notification*",
            "test_calling_back.py::*port_rename*",
        ),
        ("a connection's two ports come in any order", "test_order_of_connected_ports"): (
            "test_callbacks.py::test_port_connect*",
        ),
        ("time stands still while it freewheels", "test_time_while_freewheeling"): (
            "test_detached.py::test_freewheeling_is_exact*",
            "test_detached.py::test_many_ports*",
            "test_detached.py::test_ports_come_and_go_without_a_break*",
            "test_detached.py::test_new_ports_work*",
            "test_detached.py::test_blocksize_change*",
            "test_detached.py::test_a_stream_beside_it*",
            "test_detached_end.py::test_again_and_again*",
            "test_freewheel.py::test_faster_than_time*",
            "test_freewheel.py::test_one_time_for_both*",
        ),
        ("freewheeling to what it is already is no error", "test_freewheeling_twice"): (
            "test_freewheel.py::test_switching_to_what_it_is*",
        ),
        ("a MIDI port has room for 2 KB of events", "test_room_for_midi"): (
            "test_detached_midi.py::test_midi_keeps_its_bytes_and_offsets*",
            "test_midi.py::test_all_sizes*",
            "test_midi.py::test_as_many_as_there_are_frames*",
            "test_midi.py::test_max_event_size_shrinks_and_clear_buffer_restores_it*",
            "test_midi.py::test_lost_events_are_counted*",
        ),
        ("properties of less than 4 bytes can't be read", "test_short_properties"): (
            "test_metadata.py::test_overwriting_drops_the_type*",
            "test_metadata.py::test_many_properties*",
            "test_calling_back.py::test_calling_back_from*",
            "test_calling_back.py::test_connecting_from*",
        ),
        ("inactive clients don't hear of the server's end", "test_end_of_the_server"): (
            "test_shutdown.py::test_shutdown_is_reported*False*",
        ),
        ("some of JACK2's functions and constants are missing", "test_missing_functions"): (
            "test_log.py::test_error_function*",
            "test_log.py::test_the_former_function_hears_nothing_more*",
            "test_log.py::test_info_and_error_are_apart*",
            "test_log.py::test_logging_*",
            "test_pyjack.py::test_facts*",
            "test_pyjack.py::test_ports*",
            "test_pyjack_process.py::test_on_a_client*",
            "test_compat.py::test_constants",
            "test_compat.py::test_every_declared_function_is_in_the_library",
            "test_library.py::*",
        ),
        ("a question from within a callback is refused", "test_question_in_a_callback"): (
            "test_ask.py::test_in_the_blocksize_callback*",
        ),
    },
    "PipeWire": {
        HOSTING: (
            "test_server.py::*",
            "test_server_parameters.py::*",
            "test_demo.py::*",
            "test_isolated_exit.py::*",
            "test_detached_end.py::test_exit_*",
            "test_stub_values.py::*",
            "test_probe.py::test_quiet",
        ),
    },
}


def mark(items, library):
    """Skip those of `items` that are not for `library`, with the reason."""
    for (reason, shown_by), patterns in DIFFERENCES.get(library, {}).items():
        words = f"{library}: {reason}; tests/server/test_servers.py::{shown_by} shows that"
        for item in items:
            name = f"{item.path.name}::{item.name}"
            if any(fnmatch.fnmatch(name, escaped(pattern)) for pattern in patterns):
                item.add_marker(pytest.mark.skip(reason=words))


def escaped(pattern):
    """The pattern with brackets that are brackets."""
    return pattern.replace("[", "[[]")
