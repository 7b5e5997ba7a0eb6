/* What server.c (the object and its settings) and server_run.c (its life) share. */
#ifndef RTJ_CORE_SERVER_IMPL_H
#define RTJ_CORE_SERVER_IMPL_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/server.h"

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

#endif
