#include "core/listeners.h"

#include <stdlib.h>
#include <time.h>

#include "core/client_impl.h"
#include "core/registry.h"

enum { LOOKS = 4000, LOOK_NS = 500000 }; /* 2 s for what takes some microseconds */

/* Whether no thread of libjack's can be using an audience that was replaced before. */
static int is_unused(rtj_notifier *notifier)
{
    for (int i = 0; i < LOOKS; i++) {
        if (atomic_load(&notifier->telling) == 0) {
            return 1;
        }
        struct timespec pause = {0, LOOK_NS};
        nanosleep(&pause, NULL);
    }
    return 0;
}

/* Publish `after` in the present audience's place, with the lock held.  0 when nobody
 * uses what was there any more; else what was there must stay as long as the client. */
static int publish(rtj_client *client, rtj_audience *after)
{
    rtj_audience *before = atomic_exchange(&client->notifier.audience, after);
    if (is_unused(&client->notifier)) {
        free(before);
        return 0;
    }
    if (before != NULL) {
        before->retired = client->past_audiences;
        client->past_audiences = before;
    }
    return -1;
}

/* The present audience with `added` and without `removed`; either may be NULL. */
static rtj_audience *audience_with(rtj_client *client, rtj_listener *added,
                                   const rtj_listener *removed)
{
    const rtj_audience *now = atomic_load(&client->notifier.audience);
    size_t count = now != NULL ? now->count : 0;
    rtj_audience *after =
        malloc(sizeof *after + (count + 1) * sizeof after->listeners[0]);
    if (after == NULL) {
        return NULL;
    }
    after->retired = NULL;
    after->count = 0;
    for (size_t i = 0; i < count; i++) {
        if (now->listeners[i] != removed) {
            after->listeners[after->count++] = now->listeners[i];
        }
    }
    if (added != NULL) {
        after->listeners[after->count++] = added;
    }
    return after;
}

static void drop_memory(rtj_listener *listener)
{
    rtj_wake_close(&listener->wake);
    free(listener->box);
    free(listener);
}

static rtj_status new_listener(uint32_t kinds, size_t bytes, rtj_listener **result,
                               rtj_error *error)
{
    size_t capacity = RTJ_LISTENER_LEAST;
    while (capacity < bytes) {
        capacity *= 2;
    }
    rtj_listener *listener = calloc(1, sizeof *listener);
    void *memory = malloc(rtj_mailbox_memory(capacity));
    if (listener == NULL || memory == NULL) {
        free(listener);
        free(memory);
        return rtj_fail(error, RTJ_MEMORY, 0, "no memory for a queue of events");
    }
    atomic_init(&listener->kinds, kinds);
    listener->box = rtj_mailbox_init(memory, capacity);
    int failed = rtj_wake_open(&listener->wake);
    if (failed != 0) {
        drop_memory(listener);
        return rtj_fail_without(error, failed, "a queue of events");
    }
    *result = listener;
    return RTJ_OK;
}

static rtj_status join(rtj_client *client, rtj_listener *listener, rtj_error *error)
{
    pthread_mutex_lock(&client->audience_lock);
    rtj_audience *after = audience_with(client, listener, NULL);
    if (after != NULL) {
        (void)publish(client, after);
    }
    pthread_mutex_unlock(&client->audience_lock);
    if (after == NULL) {
        return rtj_fail(error, RTJ_MEMORY, 0, "no memory for a queue of events");
    }
    /* The server may have gone a moment ago, and told only those who listened then. */
    if (rtj_client_is_closed(client)) {
        atomic_store(&listener->over, 1);
        rtj_wake_set(&listener->wake);
    }
    return RTJ_OK;
}

rtj_status rtj_listener_open(rtj_client *client, uint32_t kinds, size_t bytes,
                             rtj_listener **result, rtj_error *error)
{
    /* Inside the gate, so that closing comes after this and tells the new one, too. */
    if (rtj_client_enter(client, error) == NULL) {
        return error != NULL ? error->status : RTJ_CLOSED;
    }
    rtj_listener *listener = NULL;
    rtj_status status = new_listener(kinds, bytes, &listener, error);
    if (status == RTJ_OK) {
        status = join(client, listener, error);
        if (status != RTJ_OK) {
            drop_memory(listener);
        }
    }
    rtj_client_leave(client);
    if (status == RTJ_OK) {
        rtj_client_retain(client);
        *result = listener;
    }
    return status;
}

/* In a child after fork() there is no thread that could tell anything, the lock may
 * have been held at the fork, and the descriptor is also the parent's. */
static int is_forked(const rtj_client *client)
{
    return client->generation != rtj_registry_generation();
}

/* 1 when it can be freed, 0 when it must stay as long as the client. */
static int leave(rtj_client *client, rtj_listener *listener)
{
    int freed = 0;
    pthread_mutex_lock(&client->audience_lock);
    rtj_audience *after = audience_with(client, NULL, listener);
    if (after == NULL) {
        atomic_store(&listener->kinds,
                     0); /* no memory for fewer: it stays, but hears nothing */
    } else {
        freed = publish(client, after) == 0;
    }
    pthread_mutex_unlock(&client->audience_lock);
    atomic_store(&listener->over, 1);
    rtj_wake_set(&listener->wake);
    return freed;
}

void rtj_listener_leave(rtj_client *client, rtj_listener *listener)
{
    if (!is_forked(client)) {
        (void)leave(client, listener);
    }
}

void rtj_listener_free(rtj_client *client, rtj_listener *listener)
{
    if (is_forked(client) || leave(client, listener)) {
        drop_memory(listener);
    } else {
        pthread_mutex_lock(&client->audience_lock);
        listener->retired = client->past_listeners;
        client->past_listeners = listener;
        pthread_mutex_unlock(&client->audience_lock);
    }
    rtj_client_release(client);
}

/* The wake is set when there is something to take, and only then. */
static void settle(rtj_listener *listener)
{
    size_t size;
    if (rtj_mailbox_peek(listener->box, &size) != NULL) {
        return;
    }
    (void)rtj_wake_clear(&listener->wake);
    if (rtj_mailbox_peek(listener->box, &size) != NULL ||
        atomic_load(&listener->over)) {
        rtj_wake_set(&listener->wake); /* it came in between */
    }
}

rtj_heard rtj_listener_take(const rtj_client *client, rtj_listener *listener,
                            rtj_notice_copy *copy)
{
    if (is_forked(client)) {
        return RTJ_OVER;
    }
    for (;;) {
        int over = atomic_load_explicit(&listener->over, memory_order_acquire);
        size_t size;
        const void *message = rtj_mailbox_peek(listener->box, &size);
        if (message != NULL) {
            memcpy(copy->bytes, message, size);
            rtj_mailbox_drop(listener->box);
            settle(listener);
            return RTJ_HEARD;
        }
        if (over) {
            rtj_wake_set(&listener->wake);
            return RTJ_OVER;
        }
        if (!rtj_wake_clear(&listener->wake)) {
            return RTJ_SILENCE;
        }
        /* What came before it was cleared has to be found now. */
    }
}

void rtj_listeners_dismiss(rtj_client *client)
{
    pthread_mutex_lock(&client->audience_lock);
    const rtj_audience *audience = atomic_load(&client->notifier.audience);
    for (size_t i = 0; audience != NULL && i < audience->count; i++) {
        atomic_store(&audience->listeners[i]->over, 1);
        rtj_wake_set(&audience->listeners[i]->wake);
    }
    pthread_mutex_unlock(&client->audience_lock);
}

void rtj_listeners_end(rtj_client *client)
{
    free(atomic_load(&client->notifier.audience));
    while (client->past_audiences != NULL) {
        rtj_audience *next = client->past_audiences->retired;
        free(client->past_audiences);
        client->past_audiences = next;
    }
    while (client->past_listeners != NULL) {
        rtj_listener *next = client->past_listeners->retired;
        drop_memory(client->past_listeners);
        client->past_listeners = next;
    }
    pthread_mutex_destroy(&client->audience_lock);
}
