/* Drivers that run beside a server's own: libjackserver takes them between opening and
 * starting, and lets them go between stopping and closing. */
#include "core/server_impl.h"

#include <stdlib.h>
#include <string.h>

static rtj_status add_locked(rtj_server *server, const rtj_driver *driver,
                             const rtj_setting *settings, size_t count,
                             rtj_error *error)
{
    rtj_slave *more =
        realloc(server->slaves, (server->slave_count + 1) * sizeof *server->slaves);
    if (more == NULL) {
        return rtj_fail(error, RTJ_MEMORY, 0, "out of memory");
    }
    server->slaves = more;
    rtj_setting *copied = malloc((count + 1) * sizeof *copied);
    if (copied == NULL) {
        return rtj_fail(error, RTJ_MEMORY, 0, "out of memory");
    }
    if (count > 0) {
        memcpy(copied, settings, count * sizeof *copied);
    }
    more[server->slave_count++] = (rtj_slave){driver, copied, count};
    return RTJ_OK;
}

static rtj_status require_stopped_locked(const rtj_server *server, rtj_error *error)
{
    if (rtj_server_state_locked(server) == RTJ_SERVER_STOPPED) {
        return RTJ_OK;
    }
    return rtj_fail(error, RTJ_FAILED, 0,
                    "drivers are added to a JACK server, and removed, while it is "
                    "stopped");
}

rtj_status rtj_server_add_slave(rtj_server *server, const rtj_driver *driver,
                                const rtj_setting *settings, size_t count,
                                rtj_error *error)
{
    rtj_status status = rtj_settings_check(settings, count, error);
    if (status == RTJ_OK && driver->is_master) {
        status = rtj_fail(error, RTJ_VALUE, 0,
                          "driver \"%s\" drives a server by itself, it can't be added "
                          "to another driver",
                          driver->name);
    }
    if (status != RTJ_OK) {
        return status;
    }
    pthread_mutex_lock(&server->lock);
    status = require_stopped_locked(server, error);
    if (status == RTJ_OK) {
        status = add_locked(server, driver, settings, count, error);
    }
    pthread_mutex_unlock(&server->lock);
    return status;
}

rtj_status rtj_server_remove_slave(rtj_server *server, const rtj_driver *driver,
                                   rtj_error *error)
{
    pthread_mutex_lock(&server->lock);
    rtj_status status = require_stopped_locked(server, error);
    size_t at = server->slave_count;
    while (at > 0 && server->slaves[at - 1].driver != driver) {
        at--;
    }
    if (status == RTJ_OK && at == 0) {
        status =
            rtj_fail(error, RTJ_VALUE, 0, "driver \"%s\" was not added", driver->name);
    }
    if (status == RTJ_OK) {
        free(server->slaves[at - 1].settings);
        memmove(&server->slaves[at - 1], &server->slaves[at],
                (server->slave_count - at) * sizeof *server->slaves);
        server->slave_count--;
    }
    pthread_mutex_unlock(&server->lock);
    return status;
}

size_t rtj_server_slaves(rtj_server *server, const rtj_driver **drivers, size_t room)
{
    pthread_mutex_lock(&server->lock);
    size_t count = server->slave_count;
    for (size_t i = 0; i < count && i < room; i++) {
        drivers[i] = server->slaves[i].driver;
    }
    pthread_mutex_unlock(&server->lock);
    return count;
}

/* The list stays while the server is busy. */
int rtj_server_attach_slaves(rtj_server *server)
{
    while (server->slaves_attached < server->slave_count) {
        const rtj_slave *slave = &server->slaves[server->slaves_attached];
        pthread_mutex_lock(&server->lock);
        rtj_settings_apply(server, &slave->driver->parameters, slave->settings,
                           slave->count);
        pthread_mutex_unlock(&server->lock);
        if (!server->lib->jackctl_server_add_slave(server->handle,
                                                   slave->driver->handle)) {
            return 0;
        }
        server->slaves_attached++;
    }
    return 1;
}

void rtj_server_detach_slaves(rtj_server *server)
{
    while (server->slaves_attached > 0) {
        const rtj_slave *slave = &server->slaves[--server->slaves_attached];
        (void)server->lib->jackctl_server_remove_slave(server->handle,
                                                       slave->driver->handle);
    }
}

void rtj_server_free_slaves(rtj_server *server)
{
    for (size_t i = 0; i < server->slave_count; i++) {
        free(server->slaves[i].settings);
    }
    free(server->slaves);
}
