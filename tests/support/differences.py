"""Which tests are not for JACK1 or PipeWire, why, and what shows what these do instead.

Each difference is a row of docs/servers.md, and a test of tests/server/test_servers.py
that runs on all three.  The tests that rely on what the library does otherwise are
listed here, by folder-less name of file and name of test, as fnmatch() has it.
"""

import fnmatch
import sys
import sysconfig

import pytest

from support import libraries

HOSTING = "a server within the process is JACK2's alone", "test_hosting_a_server"

# Pythons that not everything has a release for, as tools/setup.sh has it.
AHEAD = sysconfig.get_config_var("Py_GIL_DISABLED") or sys.version_info >= (3, 15)

# What takes properties of a JACK2 that was built without them.  Tests that set one themselves
# are not listed: NO_METADATA_SAYS ends them there.
NO_METADATA = "this JACK2 keeps no metadata; test_without_metadata.py shows that"
NO_METADATA_SAYS = "Unable to set property", "JACK can't read its metadata", "none for it, or can't"
TAKES_METADATA = (
    "test_bound_functions.py::test_is_called*propert*",
    "test_bound_functions.py::test_is_called*jack_free_description*",
    "test_calling_back.py::*",
    "test_cli*.py::*propert*",
    "test_cli_live.py::test_watch",
    "test_compat.py::test_property_change_callback*",
    "test_errors.py::test_deleting_settable_properties*",
    "test_graph_examples.py::test_metadata*",
    "test_metadata*.py::*",
    "test_readme.py::test_code_runs[[]docs/events.md*",
    "test_uuid.py::test_of_all_properties*",
)

DIFFERENCES = {
    "JACK1": {
        ("it waits for a client whose block lasts too long", "test_a_block_that_lasts"): (
            "test_breaks.py::test_skipped_cycles_do_not_make_a_stream_late*",
            "test_client_stats.py::test_skipped_cycles*",
            "test_client_stats.py::test_xruns_are_what_jack_told*",
        ),
        ("others see a probe come and go", "test_probing_a_server"): (
            "test_probe.py::test_clients_do_not_notice*",
        ),
        (
            "a timebase callback is not called of a client without a part in the graph",
            "test_timebase_without_a_part_in_the_graph",
        ): ("test_transport.py::test_timebase_alone_given_up_while_active*",),
        ("a client's thread begins once", "test_process_thread_later"): (
            "test_process_thread.py::test_other_functions_in_c*",
            "test_process_thread.py::test_a_callback_instead_and_back*",
        ),
        ("its package brings no internal client", "test_internal_clients"): (
            "test_internal.py::*",
            "test_bound_functions.py::test_is_called*intern*",
            "test_network.py::test_both_ways_and_again_after_a_cut*",
            "test_network.py::test_a_server_with_its_own_clock*",
        ),
        ("a name may be reserved twice, for ever", "test_reserved_names"): (
            "test_sessions.py::test_a_reserved_name*",
            "test_sessions.py::test_reserving_what_is_taken*",
        ),
        ("one client is not told alone", "test_sessions"): (
            "test_sessions.py::test_a_client_that_answers*",
        ),
        HOSTING: (
            "test_server.py::*",
            "test_server_parameters.py::*",
            "test_server_control.py::*",
            "test_demo.py::*",
            "test_isolated_exit.py::*",
            "test_detached_end.py::test_exit_*",
            "test_stub_values.py::*",
            "test_probe.py::test_quiet",
            "test_cli_server.py::test_run",
        ),
        ("nothing is told of a port's new name", "test_port_rename_notice"): (
            "test_callbacks.py::test_port_rename*",
            "test_callbacks.py::test_notification*",
            "test_calling_back.py::*port_rename*",
            "test_events.py::test_port_renamed*",
            "test_events.py::test_each_queue_has_its_filter*",
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
            "test_detached_midi.py::test_late_and_lost_events_are_counted*",
            "test_midi.py::test_all_sizes*",
            "test_midi.py::test_as_many_as_there_are_frames*",
            "test_midi.py::test_max_event_size_shrinks_and_clear_buffer_restores_it*",
            "test_midi.py::test_lost_events_are_counted*",
        ),
        ("properties of less than 4 bytes can't be read", "test_short_properties"): (
            "test_metadata.py::test_overwriting_drops_the_type*",
            "test_metadata.py::test_many_properties*",
            "test_metadata_mapping.py::test_is_a_mapping*",
            "test_calling_back.py::test_calling_back_from*",
            "test_calling_back.py::test_connecting_from*",
        ),
        ("inactive clients don't hear of the server's end", "test_end_of_the_server"): (
            "test_shutdown.py::test_shutdown_is_reported*False*",
            "test_event_waiting.py::test_the_server_goes[False*",
        ),
        ("some of JACK2's functions and constants are missing", "test_missing_functions"): (
            "test_monitoring.py::test_type_ids*",
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
            "test_ask.py::test_in_the_process_callback*",
        ),
    },
    "PipeWire": {
        ("others see a probe come and go", "test_probing_a_server"): (
            "test_probe.py::test_clients_do_not_notice*",
        ),
        ("it has no internal clients", "test_internal_clients"): (
            "test_internal.py::*",
            "test_bound_functions.py::test_is_called*intern*",
            "test_network.py::test_both_ways_and_again_after_a_cut*",
            "test_network.py::test_a_server_with_its_own_clock*",
        ),
        ("it keeps no names", "test_reserved_names"): (
            "test_sessions.py::test_a_reserved_name*",
            "test_sessions.py::test_reserving_what_is_taken*",
        ),
        ("it has no session callback", "test_sessions"): (
            "test_sessions.py::test_a_client_that_answers*",
        ),
        ("others' ports get no aliases", "test_aliases_of_others"): (
            "test_monitoring.py::test_aliases_of_foreign_ports*",
        ),
        ("properties may be empty, and removed ones are not counted", "test_emptied_properties"): (
            "test_metadata_mapping.py::test_is_a_mapping*",
            "test_metadata_mapping.py::test_what_can_t_be_set*",
            "test_metadata.py::test_remove_what_is_not_there*",
            "test_metadata.py::test_what_can_t_be_set*",
            "test_metadata.py::test_many_properties*",
        ),
        HOSTING: (
            "test_server.py::*",
            "test_server_parameters.py::*",
            "test_server_control.py::*",
            "test_demo.py::*",
            "test_isolated_exit.py::*",
            "test_detached_end.py::test_exit_*",
            "test_stub_values.py::*",
            "test_probe.py::test_quiet",
            "test_cli_server.py::test_run",
        ),
        ("any number of clients have one name", "test_name_in_use"): (
            "test_client.py::test_name_in_use*",
            "test_client.py::test_name_too_long*",
            "test_supervisor.py::test_a_name_that_is_taken",
            "test_mido_backend.py::test_multi_port*",
        ),
        ("JACK_DEFAULT_SERVER means nothing", "test_default_server"): (
            "test_client.py::test_servername_from_the_environment*",
            "test_mido_backend.py::test_servername*",
            "test_examples.py::*",
            "test_manual.py::*",
            "test_probe.py::test_default_name",
            "test_cli.py::test_colours_on_a_terminal_only",
            "test_pyjack*.py::*",
        ),
        ("a session's id is not the UUID", "test_session_id_as_uuid"): (
            "test_client.py::test_session_id*",
        ),
        ("a block size is only asked for", "test_blocksize_of_others"): (
            "test_client.py::test_set_blocksize*",
            "test_ask.py::test_in_the_blocksize_callback*",
        ),
        ("realtime is each client's own", "test_realtime_client"): (
            "test_client.py::test_realtime*",
            "test_realtime.py::test_priorities*",
        ),
        ("what others do is seen a moment later", "test_ports_of_others"): (
            "test_metadata_mapping.py::*foreign*",
            "test_monitoring.py::test_connected*",
            "test_client.py::test_owns*",
            "test_client.py::test_close_takes_the_ports_away*",
            "test_connections.py::test_rename*",
            "test_connections.py::test_aliases[*",
            "test_connections.py::test_connect_foreign_ports*",
            "test_connections.py::test_connect_and_disconnect*",
            "test_callbacks.py::test_port_connect*",
            "test_errors.py::test_text*",
        ),
        ("a port has its name for an alias", "test_aliases_of_own_ports"): (
            "test_bound_functions.py::test_is_called[jack_port_set_alias]",
            "test_mido_backend.py::test_by_alias_and_by_client*",
            "test_compat.py::test_aliases*",
            "test_ports.py::test_register[*",
            "test_snapshot.py::test_what_is_in_it*",
            "test_snapshot.py::test_what_jack_refuses*",
        ),
        ("its libjacknet does nothing", "test_net_adapters"): (
            "test_bound_functions.py::test_is_called_directly*adapter*",
            "test_bound_functions.py::test_is_called*net_*",
            "test_netadapter.py::*",
            "test_network_local.py::*",
            "test_network_packets.py::*",
            "test_network_listening.py::test_both_ends*",
            "test_cli_server.py::test_net_slave",
            "test_cli_server.py::test_no_master",
        ),
        ("libjack says nothing", "test_messages_of_the_library"): (
            "test_log.py::test_error_function*",
            "test_log.py::test_the_former_function_hears_nothing_more*",
            "test_log.py::test_info_and_error_are_apart*",
            "test_log.py::test_logging_by_default*",
            "test_log.py::test_logging_again_after_none*",
        ),
        ("two ports may have one name", "test_port_name_in_use"): (
            "test_ports.py::test_register_name_in_use*",
            "test_stream.py::test_one_name_for_two_ports*",
        ),
        ("a removed property is still read", "test_removed_properties"): (
            "test_snapshot.py::test_properties_and_aliases*",
            "test_metadata.py::test_set_get_remove*",
            "test_metadata.py::test_get_all_properties*",
            "test_metadata_mapping.py::test_assigning_by_type_of_value*",
            "test_metadata.py::test_visible_from_another_client*",
            "test_metadata.py::test_change_callback*",
            "test_compat.py::test_property_change_callback*",
        ),
        ("the driver's ports have two aliases", "test_aliases_of_the_driver"): (
            "test_connections.py::test_aliases_of_the_driver_s_ports*",
        ),
        ("inactive clients can be connected", "test_connecting_inactive_clients"): (
            "test_connections.py::test_connect_before_activating*",
            "test_patchbay.py::test_what_jack_refuses*",
            "test_snapshot.py::test_clients_that_are_not_active_yet*",
            "test_model.py::*",
        ),
        ("nothing is told of a port's new name", "test_port_rename_notice"): (
            "test_callbacks.py::test_port_rename*",
            "test_calling_back.py::*port_rename*",
            "test_events.py::test_port_renamed*",
            "test_events.py::test_renamed_where_only_registrations_are_heard*",
            "test_patchbay.py::test_a_port_that_is_renamed*",
            "test_events.py::test_each_queue_has_its_filter*",
        ),
        ("nothing is told of others' properties", "test_properties_of_others"): (
            "test_calling_back.py::*property_change*",
            "test_events.py::test_properties*",
        ),
        ("not all of quick rewiring is told", "test_quick_rewiring"): (
            "test_event_stress.py::*",
            "test_ports.py::test_get_ports_while_ports_come_and_go*",
            "test_patchbay.py::test_while_others_rewire_the_graph*",
            "test_snapshot.py::test_while_others_rewire_the_graph*",
            "test_callbacks.py::test_ports_gone_before_they_are_looked_at*",
            "test_ask.py::test_beside_notifications*",
            "test_event_waiting.py::test_queues_come_and_go*",
            "test_event_waiting.py::test_cancelling_loses_nothing*",
            "test_events.py::test_overflow_is_counted*",
            "test_events.py::test_there_is_room_for_as_many_as_asked*",
        ),
        ("nothing is told of xruns", "test_notice_of_an_xrun"): (
            "test_callbacks.py::test_xrun*",
            "test_events.py::test_xruns*",
        ),
        ("a client that comes may get no cycles", "test_beginning_in_c"): (
            "test_lifetimes.py::test_end_of_the_interpreter*",
            "test_lifetimes.py::test_os_exit*",
            "test_lifetimes.py::test_interrupt*",
            "test_lifetimes.py::test_terminated*",
            "test_lifetimes.py::test_signals_do_not_reach*",
            "test_lifetimes.py::test_fork*",
            "test_lifetimes.py::test_subprocess_beside*",
        ),
        ("ports that come and go tear audio", "test_ports_come_and_go_beside_audio"): (
            "test_native.py::test_changes_while_a_ramp_passes*",
            "test_nodes.py::test_nodes_come_and_go_without_a_tear*",
            "test_snapshot.py::test_audio_goes_on*",
        ),
        ("unregistering a port waits for the callback", "test_question_while_a_port_goes"): (
            "test_ask.py::test_in_the_process_callback*",
        ),
        ("a second timebase is taken, and has no effect", "test_timebase_that_is_taken"): (
            "test_transport.py::test_timebase_decorators_tell*",
        ),
        ("ticks are told as its own, a block late", "test_ticks_of_a_timebase"): (
            "test_transport.py::test_timebase_master*",
        ),
        ("a position keeps its frame alone", "test_position_without_a_timebase"): (
            "test_transport.py::test_reposition[*",
        ),
        ("a time-out shorter than a block never comes: it takes nanoseconds", "test_sync_that_is_never_done"): (
            "test_transport.py::test_sync_timeout*",
        ),
        ("freewheeling to what it is already is no error", "test_freewheeling_twice"): (
            "test_freewheel.py::test_switching_to_what_it_is*",
        ),
        ("a freewheeling client may not run", "test_time_while_freewheeling"): (
            "test_freewheel.py::*",
            "test_breaks.py::*",
            "test_detached.py::*",
            "test_client_stats.py::*",
            "test_client.py::test_last_frame_time_counts_blocks*",
            "test_events.py::test_freewheel*",
            "test_calling_back.py::*freewheel*",
            "test_files.py::test_rec_file[*",
        ),
        ("a note-on of velocity 0 becomes a note-off", "test_note_on_without_velocity"): (
            "test_midisend.py::test_every_message*9f7f00*",
        ),
        ("there is no transport before activate()", "test_locating_before_activating"): (
            "test_compat.py::test_own_position_struct*",
        ),
    },
}


def mark(items, library):
    """Skip those of `items` that are not for `library`, with the reason."""
    if not libraries.has_metadata():
        skip(items, TAKES_METADATA, NO_METADATA)
    for (reason, shown_by), patterns in DIFFERENCES.get(library, {}).items():
        words = f"{library}: {reason}; tests/server/test_servers*.py::{shown_by} shows that"
        skip(items, map(escaped, patterns), words)


def skip(items, patterns, reason):
    patterns = list(patterns)
    for item in items:
        name = f"{item.path.name}::{item.name}"
        if any(fnmatch.fnmatch(name, pattern) for pattern in patterns):
            item.add_marker(pytest.mark.skip(reason=reason))


def ends_a_test(error):
    """Why a test that raised `error` can't go on here, or None."""
    if not libraries.has_metadata() and any(text in str(error) for text in NO_METADATA_SAYS):
        return NO_METADATA
    if AHEAD and "need the soundfile package" in str(error):
        return "soundfile has no release for this Python"
    return None


def escaped(pattern):
    """The pattern with brackets that are brackets."""
    return pattern.replace("[", "[[]")
