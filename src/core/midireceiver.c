#include "core/midireceiver.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/client_impl.h"
#include "core/registry.h"
#include "core/units.h"
#include "rt/midiinbox.h"

enum { BOX_BYTES = 1 << 18 }; /* 16384 messages of up to 4 bytes */

struct rtj_midi_receiver {
    rtj_client *client; /* the unit's reference */
    rtj_unit *unit;
    rtj_midi_inbox *inbox; /* the unit's data */
    _Atomic int closed;
    pthread_mutex_t lock;    /* of who takes */
    uint64_t taken;          /* under lock */
    rtj_midi_receiver *next; /* in the client's list */
};

/* ---- the client's list ---- */

static void enlist(rtj_midi_receiver *receiver)
{
    pthread_mutex_lock(&receiver->client->own.lock);
    receiver->next = receiver->client->midi_receivers;
    receiver->client->midi_receivers = receiver;
    pthread_mutex_unlock(&receiver->client->own.lock);
}

static void unlist(rtj_midi_receiver *receiver)
{
    rtj_client *client = receiver->client;
    pthread_mutex_lock(&client->own.lock);
    for (rtj_midi_receiver **link = &client->midi_receivers; *link != NULL;
         link = &(*link)->next) {
        if (*link == receiver) {
            *link = receiver->next;
            break;
        }
    }
    pthread_mutex_unlock(&client->own.lock);
}

void rtj_midi_receivers_wake(rtj_client *client)
{
    pthread_mutex_lock(&client->own.lock);
    for (rtj_midi_receiver *receiver = client->midi_receivers; receiver != NULL;
         receiver = receiver->next) {
        rtj_midi_inbox_wake(receiver->inbox);
    }
    pthread_mutex_unlock(&client->own.lock);
}

/* ---- making ---- */

/* 0, or an errno value. */
static int fill(rtj_midi_receiver *receiver)
{
    rtj_midi_inbox *inbox = receiver->inbox;
    const rtj_libjack *lib = rtj_client_lib(receiver->client);
    void *box = rtj_unit_memory(receiver->unit, rtj_mailbox_memory(BOX_BYTES));
    inbox->event_count = lib->jack_midi_get_event_count;
    inbox->event_get = lib->jack_midi_event_get;
    inbox->lost_count = lib->jack_midi_get_lost_event_count;
    int failed = box != NULL ? rtj_wake_open(&inbox->wake) : ENOMEM;
    if (failed != 0) {
        return failed;
    }
    inbox->box = rtj_mailbox_init(box, BOX_BYTES);
    return 0;
}

rtj_status rtj_midi_receiver_open(rtj_client *client, jack_port_t *port,
                                  rtj_midi_receiver **result, rtj_error *error)
{
    rtj_unit_plan plan = {.run = rtj_midi_inbox_run,
                          .size = sizeof(rtj_midi_inbox),
                          .inputs = &port,
                          .input_count = 1};
    rtj_status status = rtj_client_refuse_in_callback(client, "given a node", error);
    if (status != RTJ_OK) {
        return status; /* what can't be added could not be closed either */
    }
    rtj_midi_receiver *receiver = calloc(1, sizeof *receiver);
    if (receiver == NULL) {
        return rtj_fail(error, RTJ_MEMORY, 0, "no memory for a MIDI port's events");
    }
    status = rtj_unit_new(client, &plan, &receiver->unit, error);
    if (status != RTJ_OK) {
        free(receiver);
        return status;
    }
    pthread_mutex_init(&receiver->lock, NULL);
    receiver->client = client;
    receiver->inbox = rtj_unit_data(receiver->unit);
    receiver->inbox->wake = (rtj_wake){-1, -1};
    int failed = fill(receiver);
    status = failed != 0 ? rtj_fail_without(error, failed, "a MIDI port's events")
                         : rtj_unit_add(receiver->unit, error);
    if (status != RTJ_OK) {
        rtj_midi_receiver_free(receiver);
        return status;
    }
    enlist(receiver);
    *result = receiver;
    return RTJ_OK;
}

/* ---- closing ---- */

void rtj_midi_receiver_close(rtj_midi_receiver *receiver)
{
    if (atomic_exchange(&receiver->closed, 1) ||
        receiver->client->generation != rtj_registry_generation()) {
        return;
    }
    (void)rtj_unit_close(receiver->unit, NULL); /* refused: its port is gone anyway */
    rtj_midi_inbox_wake(receiver->inbox);
}

void rtj_midi_receiver_free(rtj_midi_receiver *receiver)
{
    if (receiver->client->generation == rtj_registry_generation()) {
        unlist(receiver);
    }
    if (rtj_unit_close(receiver->unit, NULL) != RTJ_OK) {
        return; /* better lost than used after it was freed */
    }
    rtj_wake_close(&receiver->inbox->wake);
    pthread_mutex_destroy(&receiver->lock);
    (void)rtj_unit_free(receiver->unit);
    free(receiver);
}

/* ---- receiving ---- */

/* Nothing is left: the descriptor says so, unless something came meanwhile or nothing
 * ever will.  With the lock held. */
static void note_empty(rtj_midi_receiver *receiver)
{
    rtj_midi_inbox *inbox = receiver->inbox;
    size_t size;
    (void)rtj_wake_clear(&inbox->wake);
    (void)atomic_exchange(&inbox->woken, 0);
    if (rtj_mailbox_peek(inbox->box, &size) != NULL || atomic_load(&receiver->closed) ||
        rtj_client_is_closed(receiver->client)) {
        rtj_midi_inbox_wake(inbox);
    }
}

/* With the lock held. */
static int take(rtj_midi_receiver *receiver, void *bytes, size_t room,
                rtj_midi_incoming *event)
{
    rtj_mailbox *box = receiver->inbox->box;
    rtj_midi_stamp stamp;
    size_t size;
    const unsigned char *message = rtj_mailbox_peek(box, &size);
    if (message == NULL) {
        note_empty(receiver);
        return 0;
    }
    memcpy(&stamp, message, sizeof stamp);
    *event = (rtj_midi_incoming){stamp.time, size - sizeof stamp};
    if (event->size > room) {
        return -1;
    }
    memcpy(bytes, message + sizeof stamp, event->size);
    rtj_mailbox_drop(box);
    receiver->taken++;
    if (rtj_mailbox_peek(box, &size) == NULL) {
        note_empty(receiver);
    }
    return 1;
}

int rtj_midi_receiver_take(rtj_midi_receiver *receiver, void *bytes, size_t room,
                           rtj_midi_incoming *event)
{
    if (receiver->client->generation != rtj_registry_generation()) {
        return 0; /* they are the parent's, and so is the lock */
    }
    pthread_mutex_lock(&receiver->lock);
    int result = take(receiver, bytes, room, event);
    pthread_mutex_unlock(&receiver->lock);
    return result;
}

rtj_status rtj_midi_receiver_check(rtj_midi_receiver *receiver, rtj_error *error)
{
    if (rtj_client_enter(receiver->client, error) == NULL) {
        return error->status;
    }
    rtj_client_leave(receiver->client);
    if (atomic_load(&receiver->closed)) {
        return rtj_fail(error, RTJ_GONE, 0, "the port does not exist any more");
    }
    /* Callbacks come before activate() returns. */
    if (!rtj_client_is_active(receiver->client) && !rtj_client_in_any_callback() &&
        rtj_detached_here(receiver->client) == NULL) {
        return rtj_fail(error, RTJ_FAILED, 0,
                        "the client is not active, so no MIDI comes to its ports; call "
                        "activate() first");
    }
    return RTJ_OK;
}

void rtj_midi_receiver_wait(rtj_midi_receiver *receiver, int milliseconds)
{
    (void)rtj_wake_look(&receiver->inbox->wake, milliseconds);
}

/* ---- looking ---- */

int rtj_midi_receiver_fileno(const rtj_midi_receiver *receiver)
{
    return receiver->inbox->wake.read_fd;
}

void rtj_midi_receiver_count(rtj_midi_receiver *receiver,
                             rtj_midi_receiver_counts *counts)
{
    const rtj_midi_inbox *inbox = receiver->inbox;
    pthread_mutex_lock(&receiver->lock);
    counts->received = rtj_mailbox_count(inbox->box);
    counts->pending = counts->received - receiver->taken;
    pthread_mutex_unlock(&receiver->lock);
    counts->overflow = rtj_mailbox_lost(inbox->box);
    counts->lost = atomic_load_explicit(&inbox->lost, memory_order_relaxed);
}
