#include "core/client.h"

#include <stdlib.h>
#include <string.h>

#include "core/client_impl.h"
#include "core/listeners.h"
#include "core/porttable.h"
#include "core/registry.h"
#include "core/streams.h"
#include "rt/guard.h"

/* Which client's callback this thread of libjack's runs, so that calls that would wait
 * for their own thread can be refused. */
static _Thread_local const rtj_client *running;

const rtj_client *rtj_client_callback_begin(const rtj_client *client)
{
    const rtj_client *before = running;
    running = client;
    return before;
}

void rtj_client_callback_end(const rtj_client *before)
{
    running = before;
}

int rtj_client_in_callback(const rtj_client *client)
{
    return running == client;
}

int rtj_client_in_any_callback(void)
{
    return running != NULL;
}

int rtj_client_in_delivery(const rtj_client *client)
{
    return client->delivery != NULL && rtj_delivery_is_current(client->delivery);
}

jack_client_t *rtj_client_enter(rtj_client *client, rtj_error *error)
{
    uint64_t before = atomic_fetch_add(&client->gate, 1);
    if ((before & RTJ_GATE_SHUT) != 0) {
        rtj_client_leave(client);
        (void)rtj_fail(error, RTJ_CLOSED, 0, "the client \"%s\" is closed",
                       client->name);
        return NULL;
    }
    if (atomic_load_explicit(&client->notifier.lost, memory_order_acquire)) {
        rtj_client_leave(client);
        (void)rtj_fail(error, RTJ_LOST, 0,
                       "the client \"%s\" has lost its JACK server; close it and open "
                       "another",
                       client->name);
        return NULL;
    }
    if (client->generation != rtj_registry_generation()) {
        rtj_client_leave(client);
        (void)rtj_fail(error, RTJ_CLOSED, 0,
                       "the client \"%s\" belongs to the parent process; open another "
                       "after fork()",
                       client->name);
        return NULL;
    }
    return client->handle;
}

jack_client_t *rtj_client_enter_for(rtj_client *client, int present,
                                    const char *function, rtj_error *error)
{
    if (!present) {
        (void)rtj_fail(error, RTJ_NOT_SUPPORTED, 0,
                       "%s() is not in the loaded JACK library, %s", function,
                       client->lib->name);
        return NULL;
    }
    return rtj_client_enter(client, error);
}

void rtj_client_leave(rtj_client *client)
{
    atomic_fetch_sub(&client->gate, 1);
}

void rtj_client_init_locks(rtj_client *client)
{
    pthread_mutex_init(&client->lifecycle, NULL);
    rtj_turn_init(&client->turn);
    pthread_mutex_init(&client->audience_lock, NULL);
    pthread_mutex_init(&client->own.lock, NULL);
    pthread_mutex_init(&client->latency.lock, NULL);
    rtj_condition_init(&client->latency.heard);
}

void rtj_client_forked(rtj_client *client)
{
    rtj_client_init_locks(client);
    rtj_flows_forked(client->flows);
}

void rtj_client_retain(rtj_client *client)
{
    atomic_fetch_add(&client->references, 1);
}

void rtj_client_release(rtj_client *client)
{
    if (atomic_fetch_sub(&client->references, 1) != 1) {
        return;
    }
    int forked = client->generation != rtj_registry_generation();
    if (client->delivery != NULL) {
        rtj_delivery_free(client->delivery, forked);
    }
    pthread_mutex_destroy(&client->lifecycle);
    rtj_turn_destroy(&client->turn);
    rtj_listeners_end(client);
    pthread_mutex_destroy(&client->own.lock);
    pthread_mutex_destroy(&client->latency.lock);
    pthread_cond_destroy(&client->latency.heard);
    free(client->own.list);
    rtj_port_table_free(client);
    free((void *)client->chain);
    free(client->clear);
    free(client);
}

void rtj_client_export(rtj_client *client)
{
    atomic_fetch_add(&client->holds, 1);
    rtj_client_retain(client);
}

void rtj_client_unexport(rtj_client *client)
{
    (void)rtj_client_drop_hold(client); /* an export has nobody to tell */
    rtj_client_release(client);
}

const rtj_libjack *rtj_client_lib(const rtj_client *client)
{
    return client->lib;
}

const char *rtj_client_server(const rtj_client *client)
{
    return client->server;
}

rtj_status rtj_client_same_server(const rtj_client *client, const rtj_client *other,
                                  const char *what, rtj_error *error)
{
    static const char unnamed[] = "the default one";
    const char *ours = client->server[0] != '\0' ? client->server : unnamed;
    const char *theirs = other->server[0] != '\0' ? other->server : unnamed;
    /* A copy of JACK2's library serves one server; with others names must do. */
    int same = client->lib == other->lib &&
               (ours == unnamed || theirs == unnamed || strcmp(ours, theirs) == 0);
    if (same) {
        return RTJ_OK;
    }
    return rtj_fail(error, RTJ_FAILED, 0,
                    "the %s is of a client of another JACK server (%s) than this "
                    "client (%s)",
                    what, theirs, ours);
}

int rtj_client_is_active(const rtj_client *client)
{
    return atomic_load(&client->active);
}

int rtj_client_is_closed(const rtj_client *client)
{
    return (atomic_load(&client->gate) & RTJ_GATE_SHUT) != 0 ||
           atomic_load_explicit(&client->notifier.lost, memory_order_acquire) ||
           client->generation != rtj_registry_generation();
}

uint64_t rtj_client_notices_lost(const rtj_client *client)
{
    return rtj_mailbox_lost(client->notifier.box);
}

int rtj_client_on_blocksize(jack_nframes_t frames, void *data)
{
    rtj_client *client = data;
    rtj_guard guard = rtj_guard_enter();
    (void)rtj_notifier_seen(&client->notifier);
    const rtj_client *before = rtj_client_callback_begin(client);
    rtj_detached_refresh(client, frames);
    client->blocksize_changed(client->context, frames);
    rtj_client_callback_end(before);
    (void)rtj_on_blocksize(frames, &client->notifier);
    rtj_guard_leave(guard);
    return 0;
}
