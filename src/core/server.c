#include "core/server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/server_impl.h"

static void destroy(rtj_server *server)
{
    for (size_t i = 0; i < server->driver_count; i++) {
        rtj_parameters_free(&server->drivers[i].parameters);
    }
    free(server->drivers);
    rtj_server_free_slaves(server);
    rtj_internals_free(server);
    rtj_parameters_free(&server->parameters);
    if (server->handle != NULL && !server->broken) {
        server->lib->jackctl_server_destroy(server->handle);
    }
    pthread_mutex_destroy(&server->lock);
    free(server);
}

void rtj_server_retain(rtj_server *server)
{
    atomic_fetch_add_explicit(&server->references, 1, memory_order_relaxed);
}

void rtj_server_release(rtj_server *server)
{
    if (atomic_fetch_sub_explicit(&server->references, 1, memory_order_acq_rel) == 1) {
        destroy(server);
    }
}

static rtj_status read_drivers(rtj_server *server, rtj_error *error)
{
    const rtj_libjackserver *lib = server->lib;
    const JSList *list = lib->jackctl_server_get_drivers_list(server->handle);
    size_t count = 0;
    for (const JSList *node = list; node != NULL; node = node->next) {
        count++;
    }
    if (count == 0) {
        return rtj_fail(error, RTJ_FAILED, 0, "%s found no drivers", lib->name);
    }
    server->drivers = calloc(count, sizeof *server->drivers);
    if (server->drivers == NULL) {
        return rtj_fail(error, RTJ_MEMORY, 0, "out of memory");
    }
    for (const JSList *node = list; node != NULL; node = node->next) {
        rtj_driver *driver = &server->drivers[server->driver_count++];
        driver->handle = node->data;
        driver->name = lib->jackctl_driver_get_name(driver->handle);
        driver->is_master = lib->jackctl_driver_get_type(driver->handle) == JackMaster;
        rtj_status status =
            rtj_parameters_read(lib, lib->jackctl_driver_get_parameters(driver->handle),
                                &driver->parameters, error);
        if (status != RTJ_OK) {
            return status;
        }
    }
    return RTJ_OK;
}

/* libjackserver writes its globals and looks through the drivers' directory, opening
 * each: on a thread of its own, so that what these start inherits its signal mask. */
static rtj_status create(void *argument, rtj_error *error)
{
    static pthread_mutex_t create_lock = PTHREAD_MUTEX_INITIALIZER;
    rtj_server *server = argument;
    char said[RTJ_ERROR_TEXT / 2];
    server->lib = rtj_libjackserver_get(error);
    if (server->lib == NULL) {
        return RTJ_NO_LIBRARY;
    }
    pthread_mutex_lock(&create_lock);
    rtj_libjackserver_collect(said, sizeof said);
    server->handle = server->lib->jackctl_server_create(NULL, NULL);
    rtj_libjackserver_collect(NULL, 0);
    pthread_mutex_unlock(&create_lock);
    if (server->handle == NULL) {
        return rtj_fail(error, RTJ_FAILED, 0, "%s can't make a server: %s",
                        server->lib->name, said);
    }
    rtj_status status = rtj_parameters_read(
        server->lib, server->lib->jackctl_server_get_parameters(server->handle),
        &server->parameters, error);
    if (status == RTJ_OK) {
        status = read_drivers(server, error);
    }
    return status == RTJ_OK ? rtj_internals_read(server, error) : status;
}

static void abandon_creation(void *argument)
{
    rtj_server_release(argument);
}

rtj_status rtj_server_create(const void *owner, const rtj_patience *patience,
                             rtj_server **server, rtj_error *error)
{
    rtj_server *created = calloc(1, sizeof *created);
    *server = NULL;
    if (created == NULL) {
        return rtj_fail(error, RTJ_MEMORY, 0, "out of memory");
    }
    atomic_init(&created->references, 1);
    created->owner = owner;
    pthread_mutex_init(&created->lock, NULL);
    rtj_status status = rtj_run(create, abandon_creation, created,
                                "making a JACK server", patience, error);
    if (status == RTJ_TIMEOUT || status == RTJ_INTERRUPTED) {
        return status; /* the task's thread owns it now */
    }
    if (status != RTJ_OK) {
        rtj_server_release(created);
        return status;
    }
    *server = created;
    return RTJ_OK;
}

const rtj_parameters *rtj_server_parameters(const rtj_server *server)
{
    return &server->parameters;
}

const rtj_driver *rtj_server_drivers(const rtj_server *server, size_t *count)
{
    *count = server->driver_count;
    return server->drivers;
}

const rtj_driver *rtj_server_find_driver(const rtj_server *server, const char *name)
{
    for (size_t i = 0; i < server->driver_count; i++) {
        if (strcmp(server->drivers[i].name, name) == 0) {
            return &server->drivers[i];
        }
    }
    return NULL;
}

rtj_status rtj_settings_check(const rtj_setting *settings, size_t count,
                              rtj_error *error)
{
    for (size_t i = 0; i < count; i++) {
        rtj_status status =
            rtj_parameter_check(settings[i].parameter, &settings[i].value, error);
        if (status != RTJ_OK) {
            return status;
        }
        if (strcmp(settings[i].parameter->name, "temporary") == 0 &&
            settings[i].value.b) {
            /* libjackserver ends a temporary server with a SIGINT to its process. */
            return rtj_fail(error, RTJ_VALUE, 0,
                            "temporary must be False: a temporary server would end "
                            "this whole process with its last client");
        }
    }
    return RTJ_OK;
}

void rtj_settings_apply(const rtj_server *server, const rtj_parameters *parameters,
                        const rtj_setting *settings, size_t count)
{
    const rtj_libjackserver *lib = server->lib;
    for (size_t i = 0; i < parameters->count; i++) {
        const rtj_parameter *parameter = &parameters->items[i];
        /* Set first: opening a server writes to values without marking them as set, and
         * then they are not reset.  Both fail for NULL only. */
        (void)lib->jackctl_parameter_set_value(parameter->handle, &parameter->initial);
        (void)lib->jackctl_parameter_reset(parameter->handle);
        for (size_t k = 0; k < count; k++) {
            if (settings[k].parameter == parameter) {
                (void)lib->jackctl_parameter_set_value(parameter->handle,
                                                       &settings[k].value);
            }
        }
    }
}

rtj_status rtj_server_configure(rtj_server *server, const rtj_driver *driver,
                                const rtj_setting *settings, size_t count,
                                rtj_error *error)
{
    rtj_status status = rtj_settings_check(settings, count, error);
    if (status != RTJ_OK) {
        return status;
    }
    if (!driver->is_master) {
        return rtj_fail(error, RTJ_VALUE, 0,
                        "driver \"%s\" can't drive a server, it can only be added to "
                        "another driver",
                        driver->name);
    }
    pthread_mutex_lock(&server->lock);
    if (rtj_server_state_locked(server) == RTJ_SERVER_STOPPED) {
        rtj_settings_apply(server, &server->parameters, settings, count);
        rtj_settings_apply(server, &driver->parameters, settings, count);
        server->driver = driver;
    } else {
        status = rtj_fail(error, RTJ_FAILED, 0,
                          "a JACK server is configured while it is stopped");
    }
    pthread_mutex_unlock(&server->lock);
    return status;
}

rtj_status rtj_server_set(rtj_server *server, const rtj_setting *settings, size_t count,
                          const rtj_parameter *const *resets, size_t reset_count,
                          rtj_error *error)
{
    const rtj_libjackserver *lib = server->lib;
    rtj_status status = rtj_settings_check(settings, count, error);
    if (status != RTJ_OK) {
        return status;
    }
    pthread_mutex_lock(&server->lock);
    if (rtj_server_state_locked(server) == RTJ_SERVER_STOPPED) {
        for (size_t i = 0; i < reset_count; i++) { /* as in rtj_settings_apply() */
            (void)lib->jackctl_parameter_set_value(resets[i]->handle,
                                                   &resets[i]->initial);
            (void)lib->jackctl_parameter_reset(resets[i]->handle);
        }
        for (size_t i = 0; i < count; i++) {
            (void)lib->jackctl_parameter_set_value(settings[i].parameter->handle,
                                                   &settings[i].value);
        }
    } else {
        status = rtj_fail(error, RTJ_FAILED, 0,
                          "a JACK server is configured while it is stopped");
    }
    pthread_mutex_unlock(&server->lock);
    return status;
}

const rtj_driver *rtj_server_driver(rtj_server *server)
{
    pthread_mutex_lock(&server->lock);
    const rtj_driver *driver = server->driver;
    pthread_mutex_unlock(&server->lock);
    return driver;
}

rtj_parameter_value rtj_server_value(rtj_server *server, const rtj_parameter *parameter,
                                     int *is_set)
{
    pthread_mutex_lock(&server->lock);
    *is_set = server->lib->jackctl_parameter_is_set(parameter->handle) ? 1 : 0;
    rtj_parameter_value value =
        server->lib->jackctl_parameter_get_value(parameter->handle);
    pthread_mutex_unlock(&server->lock);
    return value;
}

rtj_server_state rtj_server_state_locked(const rtj_server *server)
{
    if (server->pid != 0 && server->pid != (long)getpid()) {
        return RTJ_SERVER_FOREIGN;
    }
    return server->state;
}

rtj_server_state rtj_server_get_state(rtj_server *server)
{
    pthread_mutex_lock(&server->lock);
    rtj_server_state state = rtj_server_state_locked(server);
    pthread_mutex_unlock(&server->lock);
    return state;
}

void rtj_server_unique_name(char *name, size_t size)
{
    static _Atomic unsigned counter; /* process-wide, as names are */
    (void)snprintf(name, size, "rtjack-%ld-%u", (long)getpid(),
                   atomic_fetch_add(&counter, 1));
}
