/* The one table of libjackserver's jackctl_* functions, filled at run time.
 *
 * libjackserver is JACK2's server as a library.  It is loaded beside libjack and after
 * it, so that the two keep their globals apart.  One loaded copy can run one server.
 * Once its drivers are known its symbols are in the global scope: a library that is
 * linked with libjack and loaded only then gets libjackserver's functions.
 */
#ifndef RTJ_CORE_LIBJACKSERVER_H
#define RTJ_CORE_LIBJACKSERVER_H

#include <jack/control.h>
#include <stddef.h>

#include "core/error.h"

/* clang-format off */
#define RTJ_LIBJACKSERVER_FUNCTIONS(X) \
    X(jackctl_server_create) \
    X(jackctl_server_destroy) \
    X(jackctl_server_open) \
    X(jackctl_server_start) \
    X(jackctl_server_stop) \
    X(jackctl_server_close) \
    X(jackctl_server_get_drivers_list) \
    X(jackctl_server_get_parameters) \
    X(jackctl_server_get_internals_list) \
    X(jackctl_server_load_internal) \
    X(jackctl_server_unload_internal) \
    X(jackctl_server_add_slave) \
    X(jackctl_server_remove_slave) \
    X(jackctl_server_switch_master) \
    X(jackctl_driver_get_name) \
    X(jackctl_driver_get_type) \
    X(jackctl_driver_get_parameters) \
    X(jackctl_internal_get_name) \
    X(jackctl_internal_get_parameters) \
    X(jackctl_parameter_get_name) \
    X(jackctl_parameter_get_short_description) \
    X(jackctl_parameter_get_long_description) \
    X(jackctl_parameter_get_type) \
    X(jackctl_parameter_get_id) \
    X(jackctl_parameter_is_set) \
    X(jackctl_parameter_reset) \
    X(jackctl_parameter_get_value) \
    X(jackctl_parameter_set_value) \
    X(jackctl_parameter_get_default_value) \
    X(jackctl_parameter_has_range_constraint) \
    X(jackctl_parameter_has_enum_constraint) \
    X(jackctl_parameter_get_enum_constraints_count) \
    X(jackctl_parameter_get_enum_constraint_value) \
    X(jackctl_parameter_get_enum_constraint_description) \
    X(jackctl_parameter_get_range_constraint) \
    X(jackctl_parameter_constraint_is_strict) \
    X(jackctl_parameter_constraint_is_fake_value)

/* Not in every JACK2: call them behind RTJ_NEED. */
#define RTJ_LIBJACKSERVER_LATER_FUNCTIONS(X) \
    X(jackctl_server_load_session_file)
/* clang-format on */

typedef struct rtj_libjackserver {
    void *module;   /* never closed: a server's threads may outlive any wish to */
    char name[512]; /* what was loaded, as given to the loader */
#define RTJ_SLOT(function) __typeof__(function) *function;
    RTJ_LIBJACKSERVER_FUNCTIONS(RTJ_SLOT)
    RTJ_LIBJACKSERVER_LATER_FUNCTIONS(RTJ_SLOT)
#undef RTJ_SLOT
} rtj_libjackserver;

/* The process's libjackserver, loaded (as is libjack) by the first call that succeeds;
 * none of the first list's functions is NULL.  NULL and `error` (RTJ_NO_LIBRARY) when
 * there is none; the next call looks again.  Its messages go where libjack's go.  Takes
 * a lock, reads the disk.
 */
const rtj_libjackserver *rtj_libjackserver_get(rtj_error *error);

/* From now on what libjackserver reports as errors on the calling thread is appended
 * to `text` (`size` bytes) too, and with it what ALSA would print; NULL ends that. */
void rtj_libjackserver_collect(char *text, size_t size);

#endif
