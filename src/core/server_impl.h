/* What server.c (the object and its settings) and server_run.c (its life) share. */
#ifndef RTJ_CORE_SERVER_IMPL_H
#define RTJ_CORE_SERVER_IMPL_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/server.h"

/* A driver that runs beside the server's, and how. */
typedef struct rtj_slave {
    const rtj_driver *driver;
    rtj_setting *settings; /* owned */
    size_t count;
} rtj_slave;

struct rtj_server {
    _Atomic int references;
    const void *owner;
    const rtj_libjackserver *lib;
    jackctl_server_t *handle;
    rtj_parameters parameters;
    size_t driver_count;
    rtj_driver *drivers;

    /* For what follows; never held over a call that may block. */
    pthread_mutex_t lock;
    rtj_server_state state;
    long pid; /* of the process in which it is busy or runs; else 0 */
    const rtj_driver *driver;
    rtj_slave *slaves; /* in the order in which they were added */
    size_t slave_count;
    size_t slaves_attached; /* the first so many of them are in the running server */
    size_t internal_count;
    rtj_internal *internals;
    int broken; /* libjackserver can't close it any more; see server_run.c */
};

/* The state with `lock` held. */
rtj_server_state rtj_server_state_locked(const rtj_server *server);

/* All of `settings` valid?  Needs no lock. */
rtj_status rtj_settings_check(const rtj_setting *settings, size_t count,
                              rtj_error *error);

/* Give each of `parameters` its default and then what `settings` say of it; with
 * `lock` held. */
void rtj_settings_apply(const rtj_server *server, const rtj_parameters *parameters,
                        const rtj_setting *settings, size_t count);

/* RTJ_OK and the server is busy, until rtj_server_settle(); or RTJ_FAILED with "can't
 * `verb` the JACK server: ..." unless its state is `needed`. */
rtj_status rtj_server_occupy(rtj_server *server, rtj_server_state needed,
                             const char *verb, rtj_error *error);
void rtj_server_settle(rtj_server *server, rtj_server_state state);

/* What is done to a running server that stays running; may block. */
typedef rtj_status rtj_server_work(rtj_server *server, void *argument,
                                   rtj_error *error);

/* Do it as a task, the server being busy meanwhile.  `argument` was malloc()ed, and is
 * freed here or by the task's thread. */
rtj_status rtj_server_operate(rtj_server *server, const char *verb, const char *what,
                              rtj_server_work *work, void *argument,
                              const rtj_patience *patience, rtj_error *error);

/* Between opening and starting: 1, or 0 when one can't be added; what libjackserver
 * says of it is collected.  And before closing. */
int rtj_server_attach_slaves(rtj_server *server);
void rtj_server_detach_slaves(rtj_server *server);
void rtj_server_free_slaves(rtj_server *server);

/* The internal clients of a new server; those loaded end before it stops. */
rtj_status rtj_internals_read(rtj_server *server, rtj_error *error);
void rtj_internals_end(rtj_server *server);
void rtj_internals_free(rtj_server *server);

#endif
