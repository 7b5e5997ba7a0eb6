#include "core/midisender.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/client_impl.h"
#include "core/registry.h"
#include "core/units.h"
#include "rt/midiqueue.h"

enum {
    MANY_BYTES = 1 << 22, /* of the queued messages that are too long for a slot */
    FIRST_BLOCK_TRIES = 2000,
    TRY_NS = 1000000,
};

struct rtj_midi_sender {
    rtj_client *client; /* the unit's reference */
    rtj_unit *unit;
    rtj_midi_queue *queue; /* the unit's data */
    _Atomic int closed;
    pthread_mutex_t lock; /* for all that follows, and for who fills slots */
    uint32_t *free;       /* slots; in the unit's memory */
    uint32_t free_count;
    size_t many_bytes;
    uint64_t accepted;
};

/* ---- making ---- */

/* 0, or an errno value. */
static int allocate(rtj_midi_sender *sender)
{
    rtj_midi_queue *queue = sender->queue;
    rtj_unit *unit = sender->unit;
    size_t list = RTJ_MIDI_SLOTS * sizeof(uint32_t);
    queue->slots_count = RTJ_MIDI_SLOTS;
    queue->slots = rtj_unit_memory(unit, RTJ_MIDI_SLOTS * sizeof *queue->slots);
    queue->sent_out.list = rtj_unit_memory(unit, list);
    queue->returned.list = rtj_unit_memory(unit, list);
    queue->heap = rtj_unit_memory(unit, RTJ_MIDI_SLOTS * sizeof *queue->heap);
    queue->kept = rtj_unit_memory(unit, RTJ_MIDI_KEPT * sizeof *queue->kept);
    queue->kept_bytes = rtj_unit_memory(unit, RTJ_MIDI_KEPT_BYTES);
    sender->free = rtj_unit_memory(unit, list);
    if (queue->slots == NULL || queue->sent_out.list == NULL ||
        queue->returned.list == NULL || queue->heap == NULL || queue->kept == NULL ||
        queue->kept_bytes == NULL || sender->free == NULL) {
        return ENOMEM;
    }
    for (uint32_t i = 0; i < RTJ_MIDI_SLOTS; i++) {
        sender->free[i] = RTJ_MIDI_SLOTS - 1 - i;
    }
    sender->free_count = RTJ_MIDI_SLOTS;
    return rtj_wake_open(&queue->wake);
}

static void take_functions(rtj_midi_queue *queue, const rtj_libjack *lib)
{
    queue->event_count = lib->jack_midi_get_event_count;
    queue->event_get = lib->jack_midi_event_get;
    queue->event_write = lib->jack_midi_event_write;
    queue->max_event_size = lib->jack_midi_max_event_size;
    queue->clear_buffer = lib->jack_midi_clear_buffer;
    queue->spare = rtj_libjack_midi_spare(lib);
    queue->cuts = lib->cuts_midi;
    queue->carried_most = lib->kind == RTJ_PIPEWIRE ? RTJ_MIDI_CARRIED : 0;
}

/* How large a message may be shows in the first block; without one, in a client that is
 * not active or whose server stands still, it is asked again with each message. */
static void await_first_block(const rtj_midi_sender *sender)
{
    struct timespec pause = {0, TRY_NS};
    for (int tries = 0; tries < FIRST_BLOCK_TRIES; tries++) {
        if (atomic_load_explicit(&sender->queue->largest, memory_order_acquire) != 0 ||
            !rtj_client_is_active(sender->client) ||
            rtj_client_is_closed(sender->client)) {
            return;
        }
        nanosleep(&pause, NULL);
    }
}

rtj_status rtj_midi_sender_open(rtj_client *client, jack_port_t *port,
                                rtj_midi_sender **result, rtj_error *error)
{
    rtj_unit_plan plan = {.run = rtj_midi_queue_run,
                          .size = sizeof(rtj_midi_queue),
                          .outputs = &port,
                          .output_count = 1};
    rtj_status status = rtj_client_refuse_in_callback(client, "given a node", error);
    if (status != RTJ_OK) {
        return status; /* what can't be added could not be closed either */
    }
    rtj_midi_sender *sender = calloc(1, sizeof *sender);
    if (sender == NULL) {
        return rtj_fail(error, RTJ_MEMORY, 0, "no memory for a MIDI port's queue");
    }
    status = rtj_unit_new(client, &plan, &sender->unit, error);
    if (status != RTJ_OK) {
        free(sender);
        return status;
    }
    pthread_mutex_init(&sender->lock, NULL);
    sender->client = client;
    sender->queue = rtj_unit_data(sender->unit);
    sender->queue->wake = (rtj_wake){-1, -1};
    take_functions(sender->queue, rtj_client_lib(client));
    int failed = allocate(sender);
    status = failed != 0 ? rtj_fail_without(error, failed, "a MIDI port's queue")
                         : rtj_unit_add(sender->unit, error);
    if (status != RTJ_OK) {
        rtj_midi_sender_free(sender);
        return status;
    }
    await_first_block(sender);
    *result = sender;
    return RTJ_OK;
}

/* ---- closing ---- */

void rtj_midi_sender_close(rtj_midi_sender *sender)
{
    if (atomic_exchange(&sender->closed, 1) ||
        sender->client->generation != rtj_registry_generation()) {
        return;
    }
    (void)rtj_unit_close(sender->unit,
                         NULL); /* refused: its port is gone all the same */
    rtj_wake_set(&sender->queue->wake);
}

void rtj_midi_sender_free(rtj_midi_sender *sender)
{
    rtj_midi_queue *queue = sender->queue;
    if (rtj_unit_close(sender->unit, NULL) != RTJ_OK) {
        return; /* better lost than used after it was freed */
    }
    for (uint32_t i = 0; queue->slots != NULL && i < RTJ_MIDI_SLOTS; i++) {
        free(queue->slots[i].many);
    }
    rtj_wake_close(&queue->wake);
    pthread_mutex_destroy(&sender->lock);
    (void)rtj_unit_free(sender->unit);
    free(sender);
}

/* ---- sending ---- */

int rtj_midi_sender_may_wait(const rtj_midi_sender *sender)
{
    return !rtj_client_in_any_callback() && rtj_detached_here(sender->client) == NULL;
}

static rtj_status check(rtj_midi_sender *sender, size_t size, rtj_error *error)
{
    if (rtj_client_enter(sender->client, error) == NULL) {
        return error->status;
    }
    rtj_client_leave(sender->client);
    if (atomic_load(&sender->closed)) {
        return rtj_fail(error, RTJ_GONE, 0, "the port does not exist any more");
    }
    /* Callbacks come before activate() returns. */
    if (!rtj_client_is_active(sender->client) && rtj_midi_sender_may_wait(sender)) {
        return rtj_fail(error, RTJ_FAILED, 0,
                        "the client is not active, so no MIDI goes through its ports; "
                        "call activate() first");
    }
    size_t largest =
        atomic_load_explicit(&sender->queue->largest, memory_order_acquire);
    if (size > MANY_BYTES || (largest != 0 && size > largest)) {
        return rtj_fail(error, RTJ_VALUE, 0,
                        "the port takes messages of up to %zu bytes; got %zu bytes",
                        largest != 0 ? largest : (size_t)MANY_BYTES, size);
    }
    return RTJ_OK;
}

/* Take back the slots that are done with; with the lock held. */
static void take_back(rtj_midi_sender *sender)
{
    rtj_midi_queue *queue = sender->queue;
    uint32_t index;
    while (rtj_midi_indices_take(&queue->returned, RTJ_MIDI_SLOTS - 1, &index)) {
        rtj_midi_slot *slot = &queue->slots[index];
        if (slot->many != NULL) {
            sender->many_bytes -= slot->size;
            free(slot->many);
            slot->many = NULL;
        }
        sender->free[sender->free_count++] = index;
    }
}

/* For a message that lies in its slot, or in `many` bytes; with the lock held. */
static int has_room(rtj_midi_sender *sender, size_t many)
{
    take_back(sender);
    return sender->free_count > 0 && sender->many_bytes + many <= MANY_BYTES;
}

/* With the lock held, and a slot there.  `many` goes into the slot, or is NULL. */
static void fill(rtj_midi_sender *sender, const rtj_midi_outgoing *message,
                 unsigned char *many)
{
    uint32_t index = sender->free[--sender->free_count];
    rtj_midi_slot *slot = &sender->queue->slots[index];
    memcpy(many != NULL ? many : slot->few, message->bytes, message->size);
    slot->many = many;
    slot->size = (uint32_t)message->size;
    slot->time = message->time;
    slot->at_once = message->at_once != 0;
    slot->drop_late = message->drop_late != 0;
    sender->many_bytes += many != NULL ? message->size : 0;
    sender->accepted++;
    rtj_midi_indices_put(&sender->queue->sent_out, RTJ_MIDI_SLOTS - 1, index);
}

rtj_status rtj_midi_sender_put(rtj_midi_sender *sender,
                               const rtj_midi_outgoing *message, rtj_error *error)
{
    unsigned char *many = NULL;
    rtj_status status = check(sender, message->size, error);
    if (status != RTJ_OK) {
        return status;
    }
    if (message->size > RTJ_MIDI_FEW && (many = malloc(message->size)) == NULL) {
        return rtj_fail(error, RTJ_MEMORY, 0, "no memory for a MIDI message");
    }
    pthread_mutex_lock(&sender->lock);
    int room = has_room(sender, many != NULL ? message->size : 0);
    if (room) {
        fill(sender, message, many);
    }
    pthread_mutex_unlock(&sender->lock);
    if (!room) {
        free(many);
        return rtj_fail(error, RTJ_TIMEOUT, 0,
                        "the port's queue is full: %d messages or %d bytes of long "
                        "ones wait to be sent",
                        RTJ_MIDI_SLOTS, MANY_BYTES);
    }
    return RTJ_OK;
}

void rtj_midi_sender_wait(rtj_midi_sender *sender, size_t size, int milliseconds)
{
    rtj_midi_queue *queue = sender->queue;
    atomic_fetch_add(&queue->waiters, 1);
    (void)rtj_wake_clear(&queue->wake); /* what it stood for has been taken */
    pthread_mutex_lock(&sender->lock);
    int room = has_room(sender, size > RTJ_MIDI_FEW ? size : 0);
    pthread_mutex_unlock(&sender->lock);
    if (room || atomic_load(&sender->closed)) {
        rtj_wake_set(&queue->wake); /* others may wait for the same */
    } else {
        (void)rtj_wake_look(&queue->wake, milliseconds);
    }
    atomic_fetch_sub(&queue->waiters, 1);
}

/* ---- looking ---- */

void rtj_midi_sender_count(rtj_midi_sender *sender, rtj_midi_sender_counts *counts)
{
    rtj_midi_queue_counts *from = &sender->queue->counts;
    pthread_mutex_lock(&sender->lock);
    /* In this order, so that no more is done with than was accepted. */
    counts->sent = atomic_load_explicit(&from->sent, memory_order_relaxed);
    counts->late = atomic_load_explicit(&from->late, memory_order_relaxed);
    counts->deferred = atomic_load_explicit(&from->deferred, memory_order_relaxed);
    counts->dropped = atomic_load_explicit(&from->dropped, memory_order_relaxed);
    counts->queued = sender->accepted - counts->sent - counts->dropped;
    pthread_mutex_unlock(&sender->lock);
    if (atomic_load(&sender->closed) || rtj_client_is_closed(sender->client)) {
        counts->dropped += counts->queued;
        counts->queued = 0;
    }
}
