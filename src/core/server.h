/* A JACK server inside this process: the engine under jack.Server.
 *
 * Ownership: an rtj_server is reference-counted; its maker holds one reference, a call
 * under way one, and the process one while it runs.  It keeps libjackserver's server
 * object, its drivers and their parameters until the last reference goes.
 *
 * One loaded copy of libjackserver keeps its server in globals, so one server of a
 * process can run at a time; starting a second one fails and harms nothing.  A server
 * belongs to the process that started it: after fork() the child can't touch it, nor
 * start one of its own if the parent's was running.
 *
 * Any thread but libjack's; functions with a patience may block, so hold no lock and
 * no GIL.  States: stopped -> (start) running -> (stop) stopped; closed for good.
 */
#ifndef RTJ_CORE_SERVER_H
#define RTJ_CORE_SERVER_H

#include "core/server_parameters.h"
#include "core/task.h"

typedef struct rtj_server rtj_server;

typedef struct rtj_driver {
    const char *name;
    int is_master; /* can be a server's driver; else it can only go with one */
    rtj_parameters parameters;
    jackctl_driver_t *handle;
} rtj_driver;

/* A client that libjackserver can load into a server, once at a time. */
typedef struct rtj_internal {
    const char *name;
    rtj_parameters parameters;
    jackctl_internal_t *handle;
    int is_loaded; /* by this server object; under its lock */
} rtj_internal;

typedef enum rtj_server_state {
    RTJ_SERVER_STOPPED,
    RTJ_SERVER_BUSY, /* starting, stopping, or switching its driver */
    RTJ_SERVER_RUNNING,
    RTJ_SERVER_CLOSED,
    RTJ_SERVER_FOREIGN /* of the process that this one was forked from */
} rtj_server_state;

/* A parameter with the value that it is to have. */
typedef struct rtj_setting {
    const rtj_parameter *parameter;
    rtj_parameter_value value;
} rtj_setting;

enum { RTJ_SERVER_NAME_MAX = 80 }; /* bytes: sockets' paths are short */

/* Load the library and make a stopped server; `*server` holds one reference.  `owner`
 * is a tag for rtj_server_stop_all().  Fails with RTJ_NO_LIBRARY, RTJ_FAILED,
 * RTJ_TIMEOUT, RTJ_INTERRUPTED, RTJ_MEMORY. */
rtj_status rtj_server_create(const void *owner, const rtj_patience *patience,
                             rtj_server **server, rtj_error *error);
void rtj_server_retain(rtj_server *server);
void rtj_server_release(rtj_server *server);

/* What it could run with; unchanging, owned by the server. */
const rtj_parameters *rtj_server_parameters(const rtj_server *server);
const rtj_driver *rtj_server_drivers(const rtj_server *server, size_t *count);
const rtj_driver *rtj_server_find_driver(const rtj_server *server, const char *name);

const rtj_internal *rtj_server_internals(const rtj_server *server, size_t *count);
rtj_internal *rtj_server_find_internal(rtj_server *server, const char *name);

/* Choose the driver and the values for the next start; parameters that are not named
 * get their defaults.  Values are checked first, and nothing is changed when one is
 * not valid (RTJ_VALUE).  Fails with RTJ_FAILED unless the server is stopped. */
rtj_status rtj_server_configure(rtj_server *server, const rtj_driver *driver,
                                const rtj_setting *settings, size_t count,
                                rtj_error *error);

/* Give those of `settings` their values and the parameters in `resets` their defaults;
 * all others stay as they are.  As for configuring. */
rtj_status rtj_server_set(rtj_server *server, const rtj_setting *settings, size_t count,
                          const rtj_parameter *const *resets, size_t reset_count,
                          rtj_error *error);

/* For the next start: a driver that runs beside the server's own, and away with the
 * one added last of that driver.  While the server is stopped; fail as configuring. */
rtj_status rtj_server_add_slave(rtj_server *server, const rtj_driver *driver,
                                const rtj_setting *settings, size_t count,
                                rtj_error *error);
rtj_status rtj_server_remove_slave(rtj_server *server, const rtj_driver *driver,
                                   rtj_error *error);
/* The drivers that were added, at most `room` of them; returns how many there are. */
size_t rtj_server_slaves(rtj_server *server, const rtj_driver **drivers, size_t room);

/* The driver that was chosen or switched to; NULL before the first. */
const rtj_driver *rtj_server_driver(rtj_server *server);
rtj_parameter_value rtj_server_value(rtj_server *server, const rtj_parameter *parameter,
                                     int *is_set);
rtj_server_state rtj_server_get_state(rtj_server *server);

/* RTJ_FAILED tells what libjackserver said.  When patience ends before the start does,
 * the server is stopped again as soon as it has come up. */
rtj_status rtj_server_start(rtj_server *server, const rtj_patience *patience,
                            rtj_error *error);
/* Clients that are still open get their shutdown.  Stopping a stopped one is no error.
 */
rtj_status rtj_server_stop(rtj_server *server, const rtj_patience *patience,
                           rtj_error *error);
/* Stop, and never start again. */
rtj_status rtj_server_close(rtj_server *server, const rtj_patience *patience,
                            rtj_error *error);

/* Go on with another driver; `settings` are of its parameters, as for configuring.
 * Clients keep running.  When the new driver can't be opened (RTJ_FAILED), the former
 * one is opened again. */
rtj_status rtj_server_switch(rtj_server *server, const rtj_driver *driver,
                             const rtj_setting *settings, size_t count,
                             const rtj_patience *patience, rtj_error *error);

/* Load an internal client into the running server, and unload it.  Parameters that
 * `settings` don't name have their defaults.  Refused when it is loaded already, when a
 * client has its name, or when it is not loaded. */
rtj_status rtj_server_load_internal(rtj_server *server, rtj_internal *internal,
                                    const rtj_setting *settings, size_t count,
                                    const rtj_patience *patience, rtj_error *error);
rtj_status rtj_server_unload_internal(rtj_server *server, rtj_internal *internal,
                                      const rtj_patience *patience, rtj_error *error);
int rtj_server_is_loaded(rtj_server *server, const rtj_internal *internal);

/* Have the running server load internal clients and connect ports as `path` says;
 * RTJ_FAILED with what libjackserver said of the lines that it could not follow. */
rtj_status rtj_server_load_session(rtj_server *server, const char *path,
                                   const rtj_patience *patience, rtj_error *error);

/* Stop the running server if it belongs to `owner`: for the interpreter's exit, after
 * its clients were closed. */
void rtj_server_stop_all(const void *owner, const rtj_patience *patience);

/* A server name that no other server has: of this process and a running number. */
void rtj_server_unique_name(char *name, size_t size);

#endif
