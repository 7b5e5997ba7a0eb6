/* Every libjack function that this project calls, by header. */
#ifndef RTJ_CORE_LIBJACK_FUNCTIONS_H
#define RTJ_CORE_LIBJACK_FUNCTIONS_H

/* clang-format off */
#define RTJ_JACK_FUNCTIONS(X) /* jack.h */ \
    X(jack_get_version) \
    X(jack_get_version_string) \
    X(jack_client_open) \
    X(jack_client_close) \
    X(jack_client_name_size) \
    X(jack_get_client_name) \
    X(jack_get_uuid_for_client_name) \
    X(jack_get_client_name_by_uuid) \
    X(jack_activate) \
    X(jack_deactivate) \
    X(jack_get_client_pid) \
    X(jack_client_thread_id) \
    X(jack_is_realtime) \
    X(jack_on_shutdown) \
    X(jack_on_info_shutdown) \
    X(jack_set_process_callback) \
    X(jack_set_process_thread) \
    X(jack_cycle_wait) \
    X(jack_cycle_signal) \
    X(jack_set_freewheel_callback) \
    X(jack_set_buffer_size_callback) \
    X(jack_set_sample_rate_callback) \
    X(jack_set_client_registration_callback) \
    X(jack_set_port_registration_callback) \
    X(jack_set_port_connect_callback) \
    X(jack_set_port_rename_callback) \
    X(jack_set_graph_order_callback) \
    X(jack_set_xrun_callback) \
    X(jack_set_latency_callback) \
    X(jack_port_get_latency_range) \
    X(jack_port_set_latency_range) \
    X(jack_recompute_total_latencies) \
    X(jack_set_freewheel) \
    X(jack_set_buffer_size) \
    X(jack_get_sample_rate) \
    X(jack_get_buffer_size) \
    X(jack_cpu_load) \
    X(jack_port_register) \
    X(jack_port_unregister) \
    X(jack_port_get_buffer) \
    X(jack_port_uuid) \
    X(jack_port_name) \
    X(jack_port_short_name) \
    X(jack_port_flags) \
    X(jack_port_type) \
    X(jack_port_type_id) \
    X(jack_port_is_mine) \
    X(jack_port_connected) \
    X(jack_port_connected_to) \
    X(jack_port_get_connections) \
    X(jack_port_get_all_connections) \
    X(jack_port_rename) \
    X(jack_port_set_alias) \
    X(jack_port_unset_alias) \
    X(jack_port_get_aliases) \
    X(jack_port_request_monitor) \
    X(jack_port_request_monitor_by_name) \
    X(jack_port_ensure_monitor) \
    X(jack_port_monitoring_input) \
    X(jack_connect) \
    X(jack_disconnect) \
    X(jack_port_disconnect) \
    X(jack_port_name_size) \
    X(jack_port_type_size) \
    X(jack_port_type_get_buffer_size) \
    X(jack_get_ports) \
    X(jack_port_by_name) \
    X(jack_port_by_id) \
    X(jack_frames_since_cycle_start) \
    X(jack_frame_time) \
    X(jack_last_frame_time) \
    X(jack_get_cycle_times) \
    X(jack_frames_to_time) \
    X(jack_time_to_frames) \
    X(jack_get_time) \
    X(jack_set_error_function) \
    X(jack_set_info_function) \
    X(jack_free)

#define RTJ_TRANSPORT_FUNCTIONS(X) /* transport.h */ \
    X(jack_release_timebase) \
    X(jack_set_sync_callback) \
    X(jack_set_sync_timeout) \
    X(jack_set_timebase_callback) \
    X(jack_transport_locate) \
    X(jack_transport_query) \
    X(jack_get_current_transport_frame) \
    X(jack_transport_reposition) \
    X(jack_transport_start) \
    X(jack_transport_stop)

#define RTJ_MIDIPORT_FUNCTIONS(X) /* midiport.h */ \
    X(jack_midi_get_event_count) \
    X(jack_midi_event_get) \
    X(jack_midi_clear_buffer) \
    X(jack_midi_max_event_size) \
    X(jack_midi_event_reserve) \
    X(jack_midi_event_write) \
    X(jack_midi_get_lost_event_count)

#define RTJ_METADATA_FUNCTIONS(X) /* metadata.h */ \
    X(jack_set_property) \
    X(jack_get_property) \
    X(jack_free_description) \
    X(jack_get_properties) \
    X(jack_get_all_properties) \
    X(jack_remove_property) \
    X(jack_remove_properties) \
    X(jack_remove_all_properties) \
    X(jack_set_property_change_callback)

#define RTJ_UUID_FUNCTIONS(X) /* uuid.h */ \
    X(jack_client_uuid_generate) \
    X(jack_port_uuid_generate) \
    X(jack_uuid_to_index) \
    X(jack_uuid_compare) \
    X(jack_uuid_copy) \
    X(jack_uuid_clear) \
    X(jack_uuid_parse) \
    X(jack_uuid_unparse) \
    X(jack_uuid_empty)

#define RTJ_SESSION_FUNCTIONS(X) /* session.h */ \
    X(jack_client_get_uuid) \
    X(jack_session_notify) \
    X(jack_reserve_client_name)

#define RTJ_STATISTICS_FUNCTIONS(X) /* statistics.h */ \
    X(jack_get_xrun_delayed_usecs) \
    X(jack_get_max_delayed_usecs) \
    X(jack_reset_max_delayed_usecs)

#define RTJ_THREAD_FUNCTIONS(X) /* thread.h */ \
    X(jack_client_real_time_priority) \
    X(jack_client_max_real_time_priority) \
    X(jack_acquire_real_time_scheduling) \
    X(jack_client_create_thread) \
    X(jack_client_stop_thread) \
    X(jack_set_thread_creator) \
    X(jack_drop_real_time_scheduling)

#define RTJ_INTCLIENT_FUNCTIONS(X) /* intclient.h */ \
    X(jack_get_internal_client_name) \
    X(jack_internal_client_handle) \
    X(jack_internal_client_load) \
    X(jack_internal_client_unload)

/* What every JACK library has, and nothing here works without: a library that lacks one of
 * them is none.  They alone may be called without looking whether they are there. */
#define RTJ_BASIC_FUNCTIONS(X) \
    X(jack_client_open) \
    X(jack_client_close) \
    X(jack_get_client_name) \
    X(jack_activate) \
    X(jack_deactivate) \
    X(jack_set_process_callback) \
    X(jack_set_buffer_size_callback) \
    X(jack_get_sample_rate) \
    X(jack_get_buffer_size) \
    X(jack_port_by_id) \
    X(jack_port_by_name) \
    X(jack_port_get_buffer) \
    X(jack_port_name) \
    X(jack_port_short_name) \
    X(jack_port_flags) \
    X(jack_port_type) \
    X(jack_port_is_mine) \
    X(jack_port_name_size) \
    X(jack_port_get_connections) \
    X(jack_port_get_latency_range) \
    X(jack_port_set_latency_range) \
    X(jack_last_frame_time) \
    X(jack_frames_since_cycle_start) \
    X(jack_free) \
    RTJ_MIDIPORT_FUNCTIONS(X)

#define RTJ_LIBJACK_FUNCTIONS(X) \
    RTJ_JACK_FUNCTIONS(X) \
    RTJ_TRANSPORT_FUNCTIONS(X) \
    RTJ_MIDIPORT_FUNCTIONS(X) \
    RTJ_METADATA_FUNCTIONS(X) \
    RTJ_UUID_FUNCTIONS(X) \
    RTJ_SESSION_FUNCTIONS(X) \
    RTJ_STATISTICS_FUNCTIONS(X) \
    RTJ_THREAD_FUNCTIONS(X) \
    RTJ_INTCLIENT_FUNCTIONS(X)
/* clang-format on */

#endif
