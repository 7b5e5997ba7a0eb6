/* A server's life: starting, stopping, switching its driver.
 *
 * Each of these runs as a task that may be left behind; it brings the server's state to
 * where it ended itself, so that the state is right whether or not anybody waited. */
#include "core/hosted.h"
#include "core/server_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/dead_servers.h"
#include "core/descriptors.h"
#include "core/sharedmemory.h"

/* The server that libjackserver's globals belong to now; process-wide as they are. */
static pthread_mutex_t slot_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t slot_once = PTHREAD_ONCE_INIT;
static rtj_server *slot; /* holds a reference */
static long slot_pid;

typedef struct operation {
    rtj_server *server; /* holds a reference */
    rtj_server_state before;
    int has_run;
    /* Of switching: */
    const rtj_driver *driver;
    rtj_setting *former; /* what of `driver` was set before */
    size_t former_count;
} operation;

#ifndef _WIN32
static void lock_slot(void)
{
    pthread_mutex_lock(&slot_lock);
}

static void unlock_slot(void)
{
    pthread_mutex_unlock(&slot_lock);
}

static void guard_slot(void)
{
    (void)pthread_atfork(lock_slot, unlock_slot, unlock_slot);
}
#else
static void guard_slot(void)
{
}
#endif

static rtj_status claim_slot(rtj_server *server, rtj_error *error)
{
    rtj_status status = RTJ_OK;
    pthread_once(&slot_once, guard_slot);
    pthread_mutex_lock(&slot_lock);
    if (slot == NULL) {
        rtj_server_retain(server);
        slot = server;
        slot_pid = (long)getpid();
    } else if (slot_pid != (long)getpid()) {
        status = rtj_fail(error, RTJ_FAILED, 0,
                          "a JACK server was running when this process was forked, so "
                          "this process can't run one");
    } else if (slot->broken) {
        status = rtj_fail(error, RTJ_FAILED, 0,
                          "this process can't run another JACK server: the last one "
                          "lost its driver and could not be closed");
    } else {
        status =
            rtj_fail(error, RTJ_FAILED, 0,
                     "another JACK server runs in this process already, and %s can "
                     "run one at a time",
                     server->lib->name);
    }
    pthread_mutex_unlock(&slot_lock);
    return status;
}

static void release_slot(void)
{
    pthread_mutex_lock(&slot_lock);
    rtj_server *server = slot;
    slot = NULL;
    pthread_mutex_unlock(&slot_lock);
    rtj_server_release(server);
}

/* Make an operation on a server that is in state `needed`, which is then busy. */
static rtj_status begin(rtj_server *server, rtj_server_state needed, const char *verb,
                        operation **started, rtj_error *error)
{
    operation *made = calloc(1, sizeof *made);
    *started = NULL;
    if (made == NULL) {
        return rtj_fail(error, RTJ_MEMORY, 0, "out of memory");
    }
    rtj_status status = rtj_server_occupy(server, needed, verb, error);
    if (status != RTJ_OK) {
        free(made);
        return status;
    }
    rtj_server_retain(server);
    made->server = server;
    made->before = needed;
    *started = made;
    return RTJ_OK;
}

static void end(operation *ended)
{
    rtj_server_release(ended->server);
    free(ended->former);
    free(ended);
}

static void abandon(void *argument)
{
    end(argument);
}

static rtj_status run(rtj_task *task, void (*abandoned)(void *), operation *running,
                      const char *what, const rtj_patience *patience, rtj_error *error)
{
    rtj_status status = rtj_run(task, abandoned, running, what, patience, error);
    if (status == RTJ_TIMEOUT || status == RTJ_INTERRUPTED) {
        return status;
    }
    if (!running->has_run) { /* there was no thread for it */
        if (running->before == RTJ_SERVER_STOPPED) {
            release_slot(); /* which a start has claimed */
        }
        rtj_server_settle(running->server, running->before);
    }
    end(running);
    return status;
}

static const char *value_of(const rtj_server *server, const char *parameter,
                            rtj_parameter_value *value)
{
    const rtj_parameter *found = rtj_parameters_find(&server->parameters, parameter);
    *value = server->lib->jackctl_parameter_get_value(found->handle);
    return value->str;
}

static void bring_down(rtj_server *server)
{
    rtj_parameter_value name;
    rtj_internals_end(server);
    (void)server->lib->jackctl_server_stop(server->handle); /* true whatever happens */
    rtj_server_detach_slaves(server);
    (void)server->lib->jackctl_server_close(server->handle);
    rtj_server_sweep(value_of(server, "name", &name));
    rtj_hosted_end();
    release_slot();
    rtj_server_settle(server, RTJ_SERVER_STOPPED);
}

static rtj_status bring_up(rtj_server *server, rtj_error *error)
{
    const rtj_libjackserver *lib = server->lib;
    rtj_parameter_value name, ports;
    char said[RTJ_ERROR_TEXT / 2];
    char holders[RTJ_ERROR_TEXT / 2] = "";
    rtj_status enough = rtj_descriptors_check("the JACK server", error);
    if (enough == RTJ_OK) {
        (void)value_of(server, "port-max", &ports);
        enough = rtj_shared_memory_for_server(ports.ui, error);
    }
    if (enough != RTJ_OK) {
        return enough;
    }
    if (rtj_dead_servers_clean(holders, sizeof holders) == 0) {
        return rtj_fail(
            error, RTJ_FAILED, 0,
            "the JACK server can't start: JACK2 has room for eight servers, "
            "and these have it: %s",
            holders);
    }
    rtj_libjackserver_collect(said, sizeof said);
    int opened = lib->jackctl_server_open(server->handle, server->driver->handle);
    int slaves = opened && rtj_server_attach_slaves(server);
    int started = slaves && lib->jackctl_server_start(server->handle);
    if (opened && !started) {
        rtj_server_detach_slaves(server);
        (void)lib->jackctl_server_close(server->handle);
    }
    rtj_libjackserver_collect(NULL, 0);
    if (started) {
        rtj_hosted_begin(rtj_libjack_loaded());
        /* It was there a moment ago; and the server can do without metadata. */
        (void)rtj_shared_memory_for_metadata(NULL, NULL);
        return RTJ_OK;
    }
    return rtj_fail(error, RTJ_FAILED, 0,
                    "JACK server \"%s\" can't start with driver \"%s\": %s",
                    value_of(server, "name", &name), server->driver->name, said);
}

static rtj_status start_task(void *argument, rtj_error *error)
{
    operation *starting = argument;
    starting->has_run = 1;
    rtj_status status = bring_up(starting->server, error);
    if (status != RTJ_OK) {
        release_slot();
    }
    rtj_server_settle(starting->server,
                      status == RTJ_OK ? RTJ_SERVER_RUNNING : RTJ_SERVER_STOPPED);
    return status;
}

/* Whoever asked for the start has been told that it failed.  Should they have begun to
 * stop or switch what came up nevertheless, it is theirs. */
static void abandon_start(void *argument)
{
    operation *starting = argument;
    if (rtj_server_occupy(starting->server, RTJ_SERVER_RUNNING, "stop", NULL) ==
        RTJ_OK) {
        bring_down(starting->server);
    }
    end(starting);
}

rtj_status rtj_server_start(rtj_server *server, const rtj_patience *patience,
                            rtj_error *error)
{
    operation *starting;
    rtj_status status = begin(server, RTJ_SERVER_STOPPED, "start", &starting, error);
    if (status != RTJ_OK) {
        return status;
    }
    status = server->driver == NULL
                 ? rtj_fail(error, RTJ_FAILED, 0, "the JACK server has no driver")
                 : claim_slot(server, error);
    if (status != RTJ_OK) {
        rtj_server_settle(server, RTJ_SERVER_STOPPED);
        end(starting);
        return status;
    }
    return run(start_task, abandon_start, starting, "starting the JACK server",
               patience, error);
}

static rtj_status stop_task(void *argument, rtj_error *error)
{
    operation *stopping = argument;
    (void)error;
    stopping->has_run = 1;
    bring_down(stopping->server);
    return RTJ_OK;
}

rtj_status rtj_server_stop(rtj_server *server, const rtj_patience *patience,
                           rtj_error *error)
{
    operation *stopping;
    rtj_server_state state = rtj_server_get_state(server);
    if (state == RTJ_SERVER_STOPPED || state == RTJ_SERVER_CLOSED) {
        return RTJ_OK;
    }
    rtj_status status = begin(server, RTJ_SERVER_RUNNING, "stop", &stopping, error);
    if (status != RTJ_OK) {
        return status;
    }
    return run(stop_task, abandon, stopping, "stopping the JACK server", patience,
               error);
}

rtj_status rtj_server_close(rtj_server *server, const rtj_patience *patience,
                            rtj_error *error)
{
    rtj_status status = rtj_server_stop(server, patience, error);
    if (status != RTJ_OK) {
        return status;
    }
    pthread_mutex_lock(&server->lock);
    if (server->state == RTJ_SERVER_STOPPED) {
        server->state = RTJ_SERVER_CLOSED;
    }
    pthread_mutex_unlock(&server->lock);
    return RTJ_OK;
}

static void remember_settings(operation *switching)
{
    const rtj_libjackserver *lib = switching->server->lib;
    const rtj_parameters *parameters = &switching->driver->parameters;
    switching->former_count = 0;
    for (size_t i = 0; i < parameters->count; i++) {
        const rtj_parameter *parameter = &parameters->items[i];
        if (lib->jackctl_parameter_is_set(parameter->handle)) {
            switching->former[switching->former_count++] = (rtj_setting){
                parameter, lib->jackctl_parameter_get_value(parameter->handle)};
        }
    }
}

static void restore_settings(operation *switching)
{
    pthread_mutex_lock(&switching->server->lock);
    rtj_settings_apply(switching->server, &switching->driver->parameters,
                       switching->former, switching->former_count);
    pthread_mutex_unlock(&switching->server->lock);
}

/* Open the former driver again after another one failed.
 *
 * libjackserver has closed the former driver then, and closes it once more here, so
 * that its count of drivers falls by one too many; when the server is closed, it would
 * read before the start of its table of clients.  A slave driver that is never removed
 * makes the count right again. */
static int go_back(rtj_server *server)
{
    const rtj_driver *filler = rtj_server_find_driver(server, "loopback");
    return filler != NULL && !filler->is_master &&
           server->lib->jackctl_server_add_slave(server->handle, filler->handle) &&
           server->lib->jackctl_server_switch_master(server->handle,
                                                     server->driver->handle);
}

static rtj_status switch_task(void *argument, rtj_error *error)
{
    operation *switching = argument;
    rtj_server *server = switching->server;
    char said[RTJ_ERROR_TEXT / 2];
    switching->has_run = 1;
    rtj_libjackserver_collect(said, sizeof said);
    int switched = server->lib->jackctl_server_switch_master(server->handle,
                                                             switching->driver->handle);
    rtj_libjackserver_collect(NULL, 0);
    if (switched) {
        pthread_mutex_lock(&server->lock);
        server->driver = switching->driver;
        pthread_mutex_unlock(&server->lock);
        rtj_server_settle(server, RTJ_SERVER_RUNNING);
        return RTJ_OK;
    }
    restore_settings(switching);
    if (go_back(server)) {
        rtj_server_settle(server, RTJ_SERVER_RUNNING);
        return rtj_fail(error, RTJ_FAILED, 0,
                        "driver \"%s\" can't be opened, \"%s\" goes on: %s",
                        switching->driver->name, server->driver->name, said);
    }
    server->broken = 1; /* the slot stays taken: its globals are in use for good */
    (void)server->lib->jackctl_server_stop(server->handle);
    rtj_server_settle(server, RTJ_SERVER_CLOSED);
    return rtj_fail(error, RTJ_FAILED, 0,
                    "driver \"%s\" can't be opened, nor \"%s\" again; the JACK server "
                    "has ended: %s",
                    switching->driver->name, server->driver->name, said);
}

static uint32_t number_in(const rtj_setting *settings, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(settings[i].parameter->name, name) == 0) {
            return settings[i].parameter->type == JackParamUInt   ? settings[i].value.ui
                   : settings[i].parameter->type == JackParamBool ? settings[i].value.b
                                                                  : 0;
        }
    }
    return 0;
}

/* A driver that finds no room for its ports is unloaded by libjackserver while the
 * server goes on using it, so this may not come so far. */
static rtj_status check_room(rtj_server *server, const rtj_setting *settings,
                             size_t count, rtj_error *error)
{
    rtj_parameter_value room;
    (void)value_of(server, "port-max", &room);
    uint32_t playback = number_in(settings, count, "playback");
    uint32_t ports = number_in(settings, count, "capture") + playback;
    ports += number_in(settings, count, "monitor") != 0 ? playback : 0;
    if (ports < room.ui) {
        return RTJ_OK;
    }
    return rtj_fail(error, RTJ_VALUE, 0,
                    "a driver with %u ports does not fit a server with port_max=%u",
                    (unsigned)ports, (unsigned)room.ui);
}

rtj_status rtj_server_switch(rtj_server *server, const rtj_driver *driver,
                             const rtj_setting *settings, size_t count,
                             const rtj_patience *patience, rtj_error *error)
{
    operation *switching;
    rtj_status status = rtj_settings_check(settings, count, error);
    if (status == RTJ_OK && !driver->is_master) {
        status = rtj_fail(error, RTJ_VALUE, 0,
                          "driver \"%s\" can't drive a server, it can only be added to "
                          "another driver",
                          driver->name);
    }
    if (status == RTJ_OK) {
        status = check_room(server, settings, count, error);
    }
    if (status == RTJ_OK) {
        status = begin(server, RTJ_SERVER_RUNNING, "switch the driver of", &switching,
                       error);
    }
    if (status != RTJ_OK) {
        return status;
    }
    switching->driver = driver;
    switching->former = calloc(driver->parameters.count + 1, sizeof *switching->former);
    if (switching->former == NULL) {
        rtj_server_settle(server, RTJ_SERVER_RUNNING);
        end(switching);
        return rtj_fail(error, RTJ_MEMORY, 0, "out of memory");
    }
    pthread_mutex_lock(&server->lock);
    remember_settings(switching);
    rtj_settings_apply(server, &driver->parameters, settings, count);
    pthread_mutex_unlock(&server->lock);
    return run(switch_task, abandon, switching, "switching the JACK server's driver",
               patience, error);
}

void rtj_server_stop_all(const void *owner, const rtj_patience *patience)
{
    rtj_server *server = NULL;
    pthread_once(&slot_once, guard_slot);
    pthread_mutex_lock(&slot_lock);
    if (slot != NULL && slot->owner == owner && slot_pid == (long)getpid()) {
        server = slot;
        rtj_server_retain(server);
    }
    pthread_mutex_unlock(&slot_lock);
    if (server != NULL) {
        (void)rtj_server_stop(server, patience, NULL); /* exit goes on regardless */
        rtj_server_release(server);
    }
}
