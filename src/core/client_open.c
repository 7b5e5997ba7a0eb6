/* Opening a client. */
#include "core/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/client_impl.h"
#include "core/latency.h"
#include "core/latency_apart.h"
#include "core/midireceiver.h"
#include "core/registry.h"
#include "core/streams.h"
#include "core/ask.h"
#include "core/turns.h"
#include "core/units.h"

/* What the opening thread works on; owned by it when the caller gave up waiting. */
typedef struct opening {
    rtj_libjack_use use; /* from the opening thread on */
    jack_client_t *handle;
    rtj_connection connection;
    jack_options_t options;
    jack_status_t status;
    char name[256];
    char server[256];
    char session[256];
} opening;

static jack_client_t *call_open(const rtj_libjack *lib, void *argument)
{
    opening *job = argument;
    int server = (job->options & JackServerName) != 0;
    int session = (job->options & JackSessionID) != 0;
    if (server && session) {
        return lib->jack_client_open(job->name, job->options, &job->status, job->server,
                                     job->session);
    }
    if (server || session) {
        return lib->jack_client_open(job->name, job->options, &job->status,
                                     server ? job->server : job->session);
    }
    return lib->jack_client_open(job->name, job->options, &job->status);
}

/* Openings that overlap may take each other's connection. */
static _Atomic unsigned under_way, begun;

/* With PipeWire's libjack, whose connection is to be known. */
static rtj_status open_and_connect(opening *job, rtj_error *error)
{
    rtj_connections before, now;
    int is_alone = atomic_fetch_add(&under_way, 1) == 0;
    unsigned number = atomic_fetch_add(&begun, 1) + 1;
    rtj_connections_find(&before, job->server);
    rtj_status status =
        rtj_turns_open(job->server, &job->use, call_open, job, &job->handle, error);
    rtj_connections_find(&now, job->server);
    job->connection = rtj_connections_new(&now, &before);
    job->connection.is_sure &= is_alone && atomic_load(&begun) == number;
    (void)atomic_fetch_sub(&under_way, 1);
    return status;
}

static rtj_status open_task(void *argument, rtj_error *error)
{
    opening *job = argument;
    rtj_asking asking;
    (void)rtj_ask_begin(NULL, RTJ_ANSWER_PATIENCE, &asking);
    job->connection.descriptor = -1;
    rtj_status status = rtj_libjack_get(NULL)->kind == RTJ_PIPEWIRE
                            ? open_and_connect(job, error)
                            : rtj_turns_open(job->server, &job->use, call_open, job,
                                             &job->handle, error);
    rtj_ask_end(&asking);
    if (status == RTJ_OK && job->handle == NULL) {
        return rtj_fail(error, RTJ_OPEN, (int)job->status,
                        "jack_client_open() gave no client");
    }
    return status;
}

static void end_opening(opening *job)
{
    rtj_libjack_give_back(&job->use);
    free(job);
}

static void open_abandoned(void *argument)
{
    opening *job = argument;
    if (job->handle != NULL) {
        (void)rtj_turns_close(&job->use, job->handle);
    }
    end_opening(job);
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
    rtj_client_init_locks(client);
    atomic_init(&client->references, 1);
    atomic_init(&client->holds, 1);
    client->connection.descriptor = -1;
    client->context = options->context;
    client->blocksize_changed = options->blocksize_changed;
    client->latency_changed = options->latency_changed;
    client->generation = rtj_registry_generation();
    rtj_telemetry_open(client);
    return client;
}

/* PipeWire before 0.3.71 also tells of the server's end when the server has said of
 * something that it is not there any more, a client that just left say. */
static void on_shutdown_of_pipewire(void *data)
{
    rtj_client *client = data;
    (void)rtj_notifier_seen(&client->notifier);
    if (rtj_connection_look(&client->connection) != RTJ_OPEN_STILL) {
        rtj_on_plain_shutdown(&client->notifier);
    }
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
    /* PipeWire has called the first one since 0.3.71, and before that the second alone.
     */
    if (lib->jack_on_shutdown != NULL && lib->kind == RTJ_PIPEWIRE) {
        lib->jack_on_shutdown(handle, on_shutdown_of_pipewire, client);
    } else if (lib->jack_on_shutdown != NULL && lib->jack_on_info_shutdown == NULL) {
        lib->jack_on_shutdown(handle, rtj_on_plain_shutdown, notifier);
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
    if (notice->kind == RTJ_LATENCY_DUE) {
        rtj_latency_due(client);
        return;
    }
    if (notice->kind == RTJ_BLOCKSIZE) {
        rtj_flows_blocksize(client, notice->number);
        rtj_detached_blocksize(client, notice->number);
    }
    if (notice->kind == RTJ_SAMPLERATE) {
        rtj_telemetry_samplerate(client, notice->number);
    }
    if (notice->kind == RTJ_PORT_REGISTRATION && atomic_load(&client->units_stale)) {
        rtj_units_refresh(client);
    }
    if (notice->kind == RTJ_SHUTDOWN) {
        rtj_midi_receivers_wake(client);
        rtj_handover_stop(client);
    }
    client->deliver(client->context, notice);
}

/* PipeWire's library tells the server's end to active clients alone, and now and then
 * to none: when it had something to say to the server in that moment. */
static void look_at_connection(void *context)
{
    rtj_client *client = context;
    rtj_error ignored;
    if (rtj_client_enter(client, &ignored) == NULL) {
        return;
    }
    int ended = rtj_connection_look(&client->connection) == RTJ_ENDED;
    rtj_client_leave(client);
    if (ended) {
        rtj_on_plain_shutdown(&client->notifier);
    }
}

/* PipeWire's library, 1.6.9, has one port for all the ids that no port has. */
static const jack_port_t *no_port_of(const rtj_libjack *lib, jack_client_t *handle)
{
    int asks = lib->kind == RTJ_PIPEWIRE && lib->jack_port_by_id != NULL;
    return asks ? lib->jack_port_by_id(handle, UINT32_MAX) : NULL;
}

static rtj_status finish_opening(rtj_client *client, opening *job,
                                 const rtj_client_options *options, rtj_error *error)
{
    client->lib = job->use.lib;
    client->handle = job->handle;
    client->connection = job->connection;
    (void)copy_text(client->name, sizeof client->name,
                    client->lib->jack_get_client_name(job->handle));
    (void)copy_text(client->server, sizeof client->server, job->server);
    client->deliver = options->deliver;
    rtj_status status = rtj_delivery_start(
        deliver_notice, job->connection.is_sure ? look_at_connection : NULL, client,
        &client->delivery, error);
    if (status != RTJ_OK) {
        return status;
    }
    client->notifier.box = rtj_delivery_mailbox(client->delivery);
    client->notifier.wake = rtj_delivery_wake(client->delivery);
    client->notifier.handle = client->handle;
    client->notifier.port_by_id = client->lib->jack_port_by_id;
    client->notifier.no_port = no_port_of(client->lib, job->handle);
    client->notifier.port_name = client->lib->jack_port_name;
    client->notifier.port_type = client->lib->jack_port_type;
    client->notifier.port_flags = client->lib->jack_port_flags;
    client->notifier.xrun_delayed = client->lib->jack_get_xrun_delayed_usecs;
    client->notifier.own_name = client->name;
    atomic_init(&client->notifier.samplerate,
                client->lib->jack_get_sample_rate(client->handle));
    atomic_init(&client->notifier.blocksize,
                client->lib->jack_get_buffer_size(client->handle));
    rtj_notifier_complete(&client->notifier);
    take_notifications(client);
    rtj_libjack_hand_over(&job->use, &client->use, &client->notifier.lost);
    rtj_registry_add(client, options->owner);
    return RTJ_OK;
}

rtj_status rtj_client_open(const rtj_client_options *options,
                           const rtj_patience *patience, rtj_client **result,
                           int *status, rtj_error *error)
{
    *status = 0;
    if (rtj_libjack_get(error) == NULL) {
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
    rtj_client *client = new_client(options);
    if (client == NULL) {
        end_opening(job);
        return rtj_fail(error, RTJ_MEMORY, 0, "no memory for a client");
    }
    client->interrupted = patience->interrupted;
    client->interrupt_context = patience->context;
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
            (void)RTJ_ASK(NULL, rtj_turns_close(&job->use, job->handle));
        }
    }
    end_opening(job);
    if (outcome != RTJ_OK) {
        rtj_client_release(client);
        return outcome;
    }
    *result = client;
    return RTJ_OK;
}
