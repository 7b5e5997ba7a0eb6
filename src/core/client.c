#include "core/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/client_impl.h"
#include "core/latency.h"
#include "core/registry.h"
#include "core/streams.h"
#include "core/thread.h"
#include "core/units.h"

enum { TICK_NS = 500000 }; /* between two looks at a state that others change */

static void tick(void)
{
    struct timespec pause = {0, TICK_NS};
    nanosleep(&pause, NULL);
}

/* ---- opening ---- */

/* What the opening thread works on; owned by it when the caller gave up waiting. */
typedef struct opening {
    const rtj_libjack *lib;
    jack_client_t *handle;
    jack_options_t options;
    jack_status_t status;
    char name[256];
    char server[256];
    char session[256];
} opening;

static jack_client_t *call_open(opening *job)
{
    int server = (job->options & JackServerName) != 0;
    int session = (job->options & JackSessionID) != 0;
    if (server && session) {
        return job->lib->jack_client_open(job->name, job->options, &job->status,
                                          job->server, job->session);
    }
    if (server || session) {
        return job->lib->jack_client_open(job->name, job->options, &job->status,
                                          server ? job->server : job->session);
    }
    return job->lib->jack_client_open(job->name, job->options, &job->status);
}

static rtj_status open_task(void *argument, rtj_error *error)
{
    opening *job = argument;
    job->handle = call_open(job);
    if (job->handle == NULL) {
        return rtj_fail(error, RTJ_OPEN, (int)job->status,
                        "jack_client_open() gave no client");
    }
    return RTJ_OK;
}

static void open_abandoned(void *argument)
{
    opening *job = argument;
    if (job->handle != NULL) {
        (void)job->lib->jack_client_close(job->handle);
    }
    free(job);
}

static int copy_text(char *to, size_t size, const char *from)
{
    return snprintf(to, size, "%s", from != NULL ? from : "") < (int)size;
}

static opening *prepare_opening(const rtj_client_options *options, rtj_error *error)
{
    opening *job = calloc(1, sizeof *job);
    if (job == NULL) {
        (void)rtj_fail(error, RTJ_MEMORY, 0, "no memory for a client");
        return NULL;
    }
    if (!copy_text(job->name, sizeof job->name, options->name) ||
        !copy_text(job->server, sizeof job->server, options->servername) ||
        !copy_text(job->session, sizeof job->session, options->session_id)) {
        (void)rtj_fail(error, RTJ_VALUE, 0,
                       "client name, servername and session_id must be shorter than "
                       "256 bytes");
        free(job);
        return NULL;
    }
    unsigned bits = JackNullOption;
    bits |= options->use_exact_name ? JackUseExactName : 0;
    bits |= options->no_start_server ? JackNoStartServer : 0;
    bits |= job->server[0] != '\0' ? JackServerName : 0;
    bits |= job->session[0] != '\0' ? JackSessionID : 0;
    job->options = (jack_options_t)bits;
    return job;
}

/* JACK2 makes one socket file for the server and one for each client, in one folder and
 * with one scheme of names: a client called like its server takes the server's away. */
static int named_like_server(const rtj_client_options *options)
{
    const char *server = options->servername;
    if (server == NULL || server[0] == '\0') {
        server = getenv("JACK_DEFAULT_SERVER");
    }
    if (server == NULL || server[0] == '\0') {
        server = "default";
    }
    return strcmp(server, options->name) == 0;
}

static rtj_client *new_client(const rtj_client_options *options)
{
    rtj_client *client = NULL;
    if (posix_memalign((void **)&client, _Alignof(rtj_client), sizeof *client) != 0) {
        return NULL;
    }
    memset(client, 0, sizeof *client);
    pthread_mutex_init(&client->lifecycle, NULL);
    pthread_mutex_init(&client->own.lock, NULL);
    atomic_init(&client->references, 1);
    atomic_init(&client->holds, 1);
    client->context = options->context;
    client->blocksize_changed = options->blocksize_changed;
    client->generation = rtj_registry_generation();
    return client;
}

/* libjack's notifications are all taken from the start, since none can be added while
 * the client is active.  Which of them exist differs: what is missing never fires. */
static void take_notifications(rtj_client *client)
{
    const rtj_libjack *lib = client->lib;
    jack_client_t *handle = client->handle;
    rtj_notifier *notifier = &client->notifier;
#define RTJ_TAKE(setter, function)                                                     \
    do {                                                                               \
        if (lib->setter != NULL) {                                                     \
            (void)lib->setter(handle, function, notifier);                             \
        }                                                                              \
    } while (0)
    RTJ_TAKE(jack_set_port_registration_callback, rtj_on_port_registration);
    RTJ_TAKE(jack_set_port_connect_callback, rtj_on_port_connect);
    RTJ_TAKE(jack_set_port_rename_callback, rtj_on_port_rename);
    RTJ_TAKE(jack_set_graph_order_callback, rtj_on_graph_order);
    RTJ_TAKE(jack_set_xrun_callback, rtj_on_xrun);
    RTJ_TAKE(jack_set_client_registration_callback, rtj_on_client_registration);
    RTJ_TAKE(jack_set_freewheel_callback, rtj_on_freewheel);
    RTJ_TAKE(jack_set_sample_rate_callback, rtj_on_samplerate);
    RTJ_TAKE(jack_set_property_change_callback, rtj_on_property_change);
#undef RTJ_TAKE
    if (lib->jack_on_info_shutdown != NULL) {
        lib->jack_on_info_shutdown(handle, rtj_on_shutdown, notifier);
    }
    (void)lib->jack_set_buffer_size_callback(handle, rtj_client_on_blocksize, client);
    if (lib->jack_set_latency_callback != NULL) {
        (void)lib->jack_set_latency_callback(handle, rtj_client_on_latency, client);
    }
}

/* On the delivery thread: what the engine itself makes of a notice comes first. */
static void deliver_notice(void *context, const rtj_notice *notice)
{
    rtj_client *client = context;
    if (notice->kind == RTJ_BLOCKSIZE) {
        rtj_flows_blocksize(client, notice->number);
        rtj_detached_blocksize(client, notice->number);
    }
    if (notice->kind == RTJ_SAMPLERATE) {
        rtj_telemetry_samplerate(client, notice->number);
    }
    if (notice->kind == RTJ_PORT_REGISTRATION &&
        atomic_load(&client->units_stale)) {
        rtj_units_refresh(client);
    }
    client->deliver(client->context, notice);
}

static rtj_status finish_opening(rtj_client *client, opening *job,
                                 const rtj_client_options *options, rtj_error *error)
{
    client->lib = job->lib;
    client->handle = job->handle;
    (void)copy_text(client->name, sizeof client->name,
                    job->lib->jack_get_client_name(job->handle));
    (void)copy_text(client->server, sizeof client->server, job->server);
    client->deliver = options->deliver;
    rtj_status status =
        rtj_delivery_start(deliver_notice, client, &client->delivery, error);
    if (status != RTJ_OK) {
        return status;
    }
    client->notifier.box = rtj_delivery_mailbox(client->delivery);
    client->notifier.wake = rtj_delivery_wake(client->delivery);
    client->notifier.handle = client->handle;
    client->notifier.port_by_id = client->lib->jack_port_by_id;
    client->notifier.port_name = client->lib->jack_port_name;
    client->notifier.port_type = client->lib->jack_port_type;
    client->notifier.port_flags = client->lib->jack_port_flags;
    client->notifier.xrun_delayed = client->lib->jack_get_xrun_delayed_usecs;
    client->notifier.own_name = client->name;
    take_notifications(client);
    rtj_registry_add(client, options->owner);
    return RTJ_OK;
}

rtj_status rtj_client_open(const rtj_client_options *options,
                           const rtj_patience *patience, rtj_client **result,
                           int *status, rtj_error *error)
{
    *status = 0;
    const rtj_libjack *lib = rtj_libjack_get(error);
    if (lib == NULL) {
        return RTJ_NO_LIBRARY;
    }
    if (named_like_server(options)) {
        return rtj_fail(error, RTJ_VALUE, 0,
                        "a client must not be called like its server, \"%s\": JACK2 "
                        "would lose the server",
                        options->name);
    }
    opening *job = prepare_opening(options, error);
    if (job == NULL) {
        return error != NULL ? error->status : RTJ_MEMORY;
    }
    job->lib = lib;
    rtj_client *client = new_client(options);
    if (client == NULL) {
        free(job);
        return rtj_fail(error, RTJ_MEMORY, 0, "no memory for a client");
    }
    rtj_status outcome =
        rtj_run(open_task, open_abandoned, job, "opening a client (jack_client_open)",
                patience, error);
    if (outcome == RTJ_TIMEOUT || outcome == RTJ_INTERRUPTED) {
        rtj_client_release(client);
        return outcome; /* the job is its thread's now */
    }
    *status = (int)job->status;
    if (outcome == RTJ_OK) {
        outcome = finish_opening(client, job, options, error);
        if (outcome != RTJ_OK) {
            (void)RTJ_ASK(lib->jack_client_close(job->handle));
        }
    }
    free(job);
    if (outcome != RTJ_OK) {
        rtj_client_release(client);
        return outcome;
    }
    *result = client;
    return RTJ_OK;
}

/* ---- activating and deactivating ---- */

static void task_abandoned(void *argument)
{
    rtj_client_release(argument);
}

/* Run `task` on the client; its thread holds a reference of its own. */
static rtj_status run_on_client(rtj_client *client, rtj_task *task, const char *what,
                                const rtj_patience *patience, rtj_error *error)
{
    rtj_client_retain(client);
    rtj_status status = rtj_run(task, task_abandoned, client, what, patience, error);
    if (status != RTJ_TIMEOUT && status != RTJ_INTERRUPTED) {
        rtj_client_release(client);
    }
    return status;
}

static rtj_status activate_task(void *argument, rtj_error *error)
{
    rtj_client *client = argument;
    int code = client->lib->jack_activate(client->handle);
    if (code != 0) {
        return rtj_fail(error, RTJ_CODE, code, "Error activating JACK client");
    }
    return RTJ_OK;
}

static rtj_status deactivate_task(void *argument, rtj_error *error)
{
    rtj_client *client = argument;
    int code = client->lib->jack_deactivate(client->handle);
    if (code != 0) {
        return rtj_fail(error, RTJ_CODE, code, "Error deactivating JACK client");
    }
    return RTJ_OK;
}

/* A client that has nothing to do in the cycle and no ports stays out of it, as with
 * libjack itself: a patchbay then costs the audio graph nothing. */
static rtj_status take_cycle(rtj_client *client, rtj_error *error)
{
    if (client->in_cycle || (client->chain == NULL && !rtj_client_has_ports(client))) {
        return RTJ_OK;
    }
    int code = client->lib->jack_set_process_callback(client->handle, rtj_cycle_process,
                                                      &client->cycle);
    if (code != 0) {
        return rtj_fail(error, RTJ_CODE, code, "Error setting process callback");
    }
    client->in_cycle = 1;
    return RTJ_OK;
}

rtj_status rtj_client_refuse_in_callback(const rtj_client *client, const char *what,
                                         rtj_error *error)
{
    if (rtj_client_in_callback(client)) {
        return rtj_fail(error, RTJ_FAILED, 0,
                        "a client can't be %s from within its own process, blocksize, "
                        "sync or timebase callback: JACK would wait for its own thread",
                        what);
    }
    return RTJ_OK;
}

rtj_status rtj_client_refuse_in_detached(const rtj_client *client, const char *what,
                                         rtj_error *error)
{
    if (rtj_detached_here(client) != NULL) {
        return rtj_fail(error, RTJ_FAILED, 0,
                        "a client can't be %s from within its own process callback: it "
                        "would wait for that to end",
                        what);
    }
    return rtj_client_refuse_in_callback(client, what, error);
}

rtj_status rtj_client_activate_locked(rtj_client *client, const rtj_patience *patience,
                                      rtj_error *error)
{
    if (atomic_load(&client->active)) {
        return RTJ_OK;
    }
    rtj_status status = take_cycle(client, error);
    rtj_telemetry_activate(client);
    if (status == RTJ_OK) {
        status = run_on_client(client, activate_task,
                               "activating a client (jack_activate)", patience, error);
    }
    if (status == RTJ_OK) {
        atomic_store(&client->active, 1);
    }
    return status;
}

rtj_status rtj_client_deactivate_locked(rtj_client *client,
                                        const rtj_patience *patience, rtj_error *error)
{
    if (!atomic_load(&client->active)) {
        return RTJ_OK;
    }
    rtj_status status =
        run_on_client(client, deactivate_task,
                      "deactivating a client (jack_deactivate)", patience, error);
    atomic_store(&client->active, 0);
    return status;
}

rtj_status rtj_client_activate(rtj_client *client, const rtj_patience *patience,
                               rtj_error *error)
{
    rtj_status status = rtj_client_refuse_in_detached(client, "activated", error);
    if (status != RTJ_OK) {
        return status;
    }
    if (rtj_client_enter(client, error) == NULL) {
        return error != NULL ? error->status : RTJ_CLOSED;
    }
    pthread_mutex_lock(&client->lifecycle);
    int was_active = atomic_load(&client->active);
    if (!was_active) {
        status = rtj_detached_start_locked(client, error);
    }
    if (status == RTJ_OK) {
        status = rtj_client_activate_locked(client, patience, error);
    }
    if (status != RTJ_OK && !was_active) {
        rtj_detached_stop_locked(client, 1);
    }
    pthread_mutex_unlock(&client->lifecycle);
    rtj_client_leave(client);
    if (status != RTJ_OK) {
        (void)rtj_detached_await(client, patience->seconds / 4, NULL);
    } else if (!was_active) {
        rtj_detached_began(client);
    }
    return status;
}

rtj_status rtj_client_deactivate(rtj_client *client, const rtj_patience *patience,
                                 rtj_error *error)
{
    rtj_status status = rtj_client_refuse_in_detached(client, "deactivated", error);
    if (status != RTJ_OK) {
        return status;
    }
    if (rtj_client_enter(client, error) == NULL) {
        return error != NULL ? error->status : RTJ_CLOSED;
    }
    pthread_mutex_lock(&client->lifecycle);
    if (atomic_load(&client->active)) {
        rtj_detached_stop_locked(client, 0);
        status =
            run_on_client(client, deactivate_task,
                          "deactivating a client (jack_deactivate)", patience, error);
        atomic_store(&client->active, 0);
        rtj_detached_stop_locked(client, 1);
    }
    pthread_mutex_unlock(&client->lifecycle);
    rtj_client_leave(client);
    rtj_error late;
    if (rtj_detached_await(client, patience->seconds / 4, &late) != RTJ_OK &&
        status == RTJ_OK) {
        status = late.status;
        if (error != NULL) {
            *error = late;
        }
    }
    return status;
}

/* ---- closing ---- */

/* While Python can still reach JACK's memory the handle stays, but nothing else of the
 * client does. */
static void unregister_own_ports(const rtj_client *client)
{
    const rtj_libjack *lib = client->lib;
    const char **names = lib->jack_get_ports(client->handle, NULL, NULL, 0);
    for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
        jack_port_t *port = lib->jack_port_by_name(client->handle, names[i]);
        if (port != NULL && lib->jack_port_is_mine(client->handle, port)) {
            (void)lib->jack_port_unregister(client->handle, port);
        }
    }
    if (names != NULL) {
        lib->jack_free((void *)names);
    }
}

rtj_status rtj_client_drop_hold(rtj_client *client)
{
    if (atomic_fetch_sub(&client->holds, 1) != 1 ||
        client->generation != rtj_registry_generation()) {
        return RTJ_OK;
    }
    int code = RTJ_ASK(client->lib->jack_client_close(client->handle));
    rtj_delivery_no_more(client->delivery);
    return code == 0 ? RTJ_OK : RTJ_CODE;
}

static rtj_status close_task(void *argument, rtj_error *error)
{
    rtj_client *client = argument;
    rtj_error ignored;
    if (atomic_load(&client->active)) {
        (void)deactivate_task(client, &ignored); /* libjack's close would do it again */
        atomic_store(&client->active, 0);
    }
    /* The audio thread has ended; whoever else is inside comes out by himself. */
    atomic_fetch_or(&client->gate, RTJ_GATE_SHUT);
    while (atomic_load(&client->gate) != RTJ_GATE_SHUT) {
        tick();
    }
    if (atomic_load(&client->holds) > 1) {
        unregister_own_ports(client);
    }
    if (rtj_client_drop_hold(client) != RTJ_OK) {
        return rtj_fail(error, RTJ_CODE, -1, "Error closing JACK client");
    }
    return RTJ_OK;
}

/* In a child after fork() nothing of the client is there but its memory. */
static rtj_status close_forked(rtj_client *client)
{
    atomic_fetch_or(&client->gate, RTJ_GATE_SHUT);
    client->closed = 1;
    return RTJ_OK;
}

rtj_status rtj_client_close(rtj_client *client, const rtj_patience *patience,
                            rtj_error *error)
{
    if (client->generation != rtj_registry_generation()) {
        return close_forked(client);
    }
    rtj_status status = rtj_client_refuse_in_detached(client, "closed", error);
    if (status != RTJ_OK) {
        return status;
    }
    int busy = rtj_delivery_stop(client->delivery, patience->seconds / 4);
    pthread_mutex_lock(&client->lifecycle);
    if (!client->closed) {
        client->closed = 1;
        rtj_registry_remove(client);
        rtj_detached_stop_locked(client, 0);
        status = run_on_client(client, close_task,
                               "closing a client (jack_client_close)", patience, error);
        atomic_fetch_or(&client->gate, RTJ_GATE_SHUT); /* also when it timed out */
        rtj_detached_stop_locked(client, 1);
    }
    pthread_mutex_unlock(&client->lifecycle);
    rtj_error late;
    if (rtj_detached_await(client, patience->seconds / 4, &late) != RTJ_OK &&
        status == RTJ_OK) {
        status = late.status;
        if (error != NULL) {
            *error = late;
        }
        return status;
    }
    if (status == RTJ_OK && busy) {
        return rtj_fail(error, RTJ_TIMEOUT, 0,
                        "the client is closed, but a notification callback of it still "
                        "runs");
    }
    return status;
}
