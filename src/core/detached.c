#include "core/detached.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/detached_impl.h"
#include "core/latency.h"
#include "core/nodes.h"
#include "core/registry.h"
#include "core/thread.h"

enum {
    MIDI_BYTES = 1 << 18, /* of each mailbox */
    LEAST_SLOTS = 16,
    NAP_NS = 20000, /* of the audio thread while the server freewheels */
};

static const double freewheel_patience = 2.0; /* seconds; JACK2 has ten */

/* Whose block this thread is in. */
static _Thread_local rtj_detached *here;

/* ---- the node ---- */

/* Nothing is late while the server freewheels: the audio thread waits, as it would for
 * a client that computes as long. */
static void await_answer(const rtj_detached *detached)
{
    struct timespec nap = {0, NAP_NS};
    struct timespec deadline = rtj_deadline_in(freewheel_patience);
    while (rtj_blocks_would_miss(&detached->rt) && !atomic_load(&detached->stopping) &&
           !atomic_load(&detached->yielding) && !rtj_deadline_passed(&deadline)) {
        nanosleep(&nap, NULL);
    }
}

static void run_node(void *data, uint32_t frames)
{
    rtj_detached *detached = data;
    if (atomic_load_explicit(&detached->client->notifier.freewheels,
                             memory_order_relaxed)) {
        await_answer(detached);
    }
    rtj_blocks_run(&detached->rt, frames);
}

/* ---- making ---- */

static void release(rtj_detached *detached)
{
    if (atomic_fetch_sub(&detached->references, 1) != 1) {
        return;
    }
    rtj_detached_free_sets(detached);
    rtj_wake_close(&detached->rt.wake);
    free(detached->rt.headers);
    free(detached->rt.midi.in);
    free(detached->rt.midi.out);
    pthread_mutex_destroy(&detached->lock);
    pthread_cond_destroy(&detached->changed);
    rtj_client_release(detached->client);
    free(detached);
}

static rtj_mailbox *new_mailbox(void)
{
    void *memory = malloc(rtj_mailbox_memory(MIDI_BYTES));
    return memory != NULL ? rtj_mailbox_init(memory, MIDI_BYTES) : NULL;
}

static void prepare(rtj_detached *detached)
{
    const rtj_libjack *lib = rtj_client_lib(detached->client);
    rtj_blocks *rt = &detached->rt;
    rt->handle = detached->client->handle;
    rt->get_buffer = lib->jack_port_get_buffer;
    rt->last_frame_time = lib->jack_last_frame_time;
    rt->jump = &rtj_client_rt_stats(detached->client)->jump;
    rt->midi.event_count = lib->jack_midi_get_event_count;
    rt->midi.event_get = lib->jack_midi_event_get;
    rt->midi.event_write = lib->jack_midi_event_write;
    rt->midi.clear_buffer = lib->jack_midi_clear_buffer;
    rt->lookahead = detached->plan.lookahead;
    /* A stall of some lookaheads breaks the output, but the input is still given. */
    rt->slots = LEAST_SLOTS;
    while (rt->slots < 4 * rt->lookahead) {
        rt->slots *= 2;
    }
    detached->blocksize = lib->jack_get_buffer_size(rt->handle);
    atomic_store(&rt->running, 1);
}

/* 0, or an errno value. */
static int new_detached(rtj_client *client, rtj_detached **result)
{
    rtj_detached *detached = NULL;
    if (posix_memalign((void **)&detached, _Alignof(rtj_detached), sizeof *detached) !=
        0) {
        return ENOMEM;
    }
    memset(detached, 0, sizeof *detached);
    pthread_mutex_init(&detached->lock, NULL);
    rtj_condition_init(&detached->changed);
    atomic_init(&detached->references, 1);
    rtj_client_retain(client);
    detached->client = client;
    detached->plan = client->detached_plan;
    prepare(detached);
    detached->rt.wake = (rtj_wake){-1, -1};
    detached->rt.headers = calloc(detached->rt.slots, sizeof *detached->rt.headers);
    detached->rt.midi.in = new_mailbox();
    detached->rt.midi.out = new_mailbox();
    int has_memory = detached->rt.headers != NULL && detached->rt.midi.in != NULL &&
                     detached->rt.midi.out != NULL;
    int failed = has_memory ? rtj_wake_open(&detached->rt.wake) : ENOMEM;
    if (failed != 0) {
        release(detached);
        return failed;
    }
    *result = detached;
    return 0;
}

/* ---- the helper thread ---- */

static void load_midi(rtj_detached *detached)
{
    rtj_midi_head head;
    size_t size;
    const void *bytes;
    while ((bytes = rtj_midi_blocks_next(&detached->rt.midi, detached->number, &head,
                                         &size)) != NULL) {
        for (size_t i = 0; i < detached->used->rt.count; i++) {
            rtj_detached_port *port = rtj_detached_port_at(detached->used, i);
            unsigned char *place = NULL;
            if (port->rt.id == head.port) {
                place = rtj_events_reserve(port->events, head.offset, size);
            }
            if (place != NULL) {
                memcpy(place, bytes, size);
            }
        }
        rtj_midi_blocks_drop(&detached->rt.midi);
    }
}

static void load(rtj_detached *detached)
{
    const rtj_port_set *set = detached->used;
    uint32_t frames = detached->block.frames;
    for (size_t i = 0; i < set->rt.count; i++) {
        rtj_detached_port *port = rtj_detached_port_at(set, i);
        if (port->rt.is_midi) {
            rtj_events_clear(port->events, frames);
        } else if (port->rt.is_input) {
            memcpy(port->block,
                   rtj_blocks_slot(&detached->rt, &port->rt, port->stride,
                                   detached->number),
                   frames * sizeof(float));
        } else {
            memset(port->block, 0, frames * sizeof(float));
        }
    }
    load_midi(detached);
}

int rtj_detached_take(rtj_detached *detached, rtj_block *block)
{
    if (atomic_load(&detached->stopping) || !rtj_blocks_ready(&detached->rt)) {
        return 0;
    }
    rtj_detached_use_current(detached);
    if (detached->used == NULL) {
        return 0;
    }
    detached->number = rtj_blocks_take(&detached->rt, detached->used->rt.has_outputs,
                                       &detached->block);
    load(detached);
    *block = detached->block;
    here = detached;
    return 1;
}

static void answer_midi(rtj_detached *detached, const rtj_detached_port *port)
{
    const rtj_events *list = port->events;
    for (uint32_t i = 0; i < list->count; i++) {
        const rtj_event *event = &list->events[i];
        (void)rtj_midi_blocks_answer(&detached->rt.midi, detached->block.cycle,
                                     port->rt.id, event->time,
                                     list->bytes + event->place, event->size);
    }
}

void rtj_detached_give(rtj_detached *detached)
{
    const rtj_port_set *set = detached->used;
    here = NULL;
    for (size_t i = 0; set != NULL && i < set->rt.count; i++) {
        const rtj_detached_port *port = rtj_detached_port_at(set, i);
        if (port->rt.is_input || port->rt.ignored) {
            continue;
        }
        if (port->rt.is_midi) {
            answer_midi(detached, port);
        } else {
            memcpy(rtj_blocks_slot(&detached->rt, &port->rt, port->stride,
                                   detached->number),
                   port->block, detached->block.frames * sizeof(float));
        }
    }
    rtj_blocks_give(&detached->rt);
}

void rtj_detached_finish(rtj_detached *detached)
{
    detached->finished = 1;
}

static void work(rtj_detached *detached)
{
    rtj_block block;
    if (!detached->finished) {
        detached->plan.work(detached->plan.context, detached);
        return;
    }
    while (rtj_detached_take(detached, &block)) {
        rtj_detached_give(detached);
    }
}

static void *run(void *data)
{
    rtj_detached *detached = data;
    while (!atomic_load(&detached->stopping)) {
        if (detached->rt.captured != detached->rt.done) {
            work(detached);
        } else if (rtj_blocks_may_wait(&detached->rt)) {
            (void)rtj_wake_wait(&detached->rt.wake, -1);
        }
    }
    detached->plan.end(detached->plan.context);
    pthread_mutex_lock(&detached->lock);
    detached->ended = 1;
    pthread_cond_broadcast(&detached->changed);
    pthread_mutex_unlock(&detached->lock);
    release(detached);
    return NULL;
}

rtj_detached *rtj_detached_here(const rtj_client *client)
{
    return here != NULL && here->client == client ? here : NULL;
}

const rtj_block *rtj_detached_block(const rtj_detached *detached)
{
    return &detached->block;
}

/* ---- the client's side ---- */

/* The client's helper, retained; NULL when there is none. */
static rtj_detached *retained(rtj_client *client)
{
    pthread_mutex_lock(&client->own.lock);
    rtj_detached *detached = client->detached;
    if (detached != NULL) {
        atomic_fetch_add(&detached->references, 1);
    }
    pthread_mutex_unlock(&client->own.lock);
    return detached;
}

rtj_status rtj_detached_set(rtj_client *client, const rtj_detached_plan *plan,
                            rtj_error *error)
{
    rtj_status status = RTJ_OK;
    pthread_mutex_lock(&client->lifecycle);
    if (atomic_load(&client->active)) {
        status = rtj_fail(error, RTJ_FAILED, 0, "the client is active");
    } else {
        client->detached_plan = *plan;
    }
    pthread_mutex_unlock(&client->lifecycle);
    return status;
}

static void read_counts(const rtj_detached *detached, rtj_detached_counts *counts)
{
    const rtj_block_counts *rt = &detached->rt.counts;
    counts->underflows = atomic_load(&rt->underflows);
    counts->missing = atomic_load(&rt->missing);
    counts->overflows = atomic_load(&rt->overflows);
    counts->lost = atomic_load(&rt->lost) + atomic_load(&rt->skipped);
    counts->resized = atomic_load(&rt->resized);
    counts->midi_late = atomic_load(&detached->rt.midi.late);
    counts->midi_lost = rtj_midi_blocks_lost(&detached->rt.midi);
}

void rtj_detached_counts_locked(const rtj_client *client, rtj_detached_counts *counts)
{
    memset(counts, 0, sizeof *counts);
    if (client->detached != NULL) {
        read_counts(client->detached, counts);
    }
}

/* Let go of one that has ended: its thread, and its node. */
static void dispose(rtj_client *client)
{
    pthread_mutex_lock(&client->own.lock);
    rtj_detached *detached = client->detached;
    client->detached = NULL;
    if (detached != NULL) {
        rtj_detached_counts counts;
        read_counts(detached, &counts);
        client->closed_streams.underflows += counts.underflows;
        client->closed_streams.overflows += counts.overflows;
        client->closed_streams.midi_late += counts.midi_late;
        client->closed_streams.midi_lost += counts.midi_lost;
    }
    pthread_mutex_unlock(&client->own.lock);
    if (detached != NULL && !detached->stuck) {
        release(detached);
    }
}

static int has_ended(rtj_detached *detached)
{
    pthread_mutex_lock(&detached->lock);
    int ended = detached->ended;
    pthread_mutex_unlock(&detached->lock);
    return ended;
}

static rtj_status launch(rtj_client *client, rtj_detached *detached, rtj_error *error)
{
    pthread_mutex_lock(&client->own.lock);
    client->detached = detached;
    pthread_mutex_unlock(&client->own.lock);
    rtj_detached_publish(detached);
    rtj_node_swap swap = {{NULL, NULL}, {run_node, detached}};
    rtj_status status = rtj_client_swap_nodes_locked(client, &swap, 1, error);
    if (status != RTJ_OK) {
        return status;
    }
    atomic_fetch_add(&detached->references, 1);
    int failed = rtj_thread_start(&detached->thread, run, detached);
    if (failed != 0) {
        atomic_fetch_sub(&detached->references, 1);
        return rtj_fail(error, RTJ_FAILED, failed,
                        "the thread of the process callback can't be started: %s",
                        strerror(failed));
    }
    return RTJ_OK;
}

rtj_status rtj_detached_start_locked(rtj_client *client, rtj_error *error)
{
    rtj_detached *before = client->detached;
    if (before != NULL && !has_ended(before)) {
        return rtj_fail(error, RTJ_FAILED, 0,
                        "the client's process callback, called before it was "
                        "deactivated, has not returned yet");
    }
    dispose(client);
    if (client->detached_plan.lookahead == 0) {
        return RTJ_OK;
    }
    rtj_detached *detached = NULL;
    int failed = new_detached(client, &detached);
    if (failed != 0) {
        return rtj_fail_without(error, failed, "a process callback with lookahead");
    }
    rtj_status status = launch(client, detached, error);
    if (status != RTJ_OK) {
        detached->ended = 1;
        rtj_detached_stop_locked(client, 1);
        dispose(client);
    }
    return status;
}

void rtj_detached_stop_locked(rtj_client *client, int unlink)
{
    rtj_detached *detached = retained(client);
    if (detached == NULL) {
        return;
    }
    atomic_store(&detached->rt.running, 0);
    atomic_store(&detached->stopping, 1);
    rtj_wake_set(&detached->rt.wake);
    if (unlink) {
        rtj_node_swap swap = {{run_node, detached}, {NULL, NULL}};
        rtj_status status = rtj_client_swap_nodes_locked(client, &swap, 1, NULL);
        pthread_mutex_lock(&detached->lock);
        detached->stuck |= status != RTJ_OK;
        pthread_mutex_unlock(&detached->lock);
    }
    release(detached);
}

/* 0 when the thread has ended. */
static int wait_for_end(rtj_detached *detached, double seconds)
{
    struct timespec deadline = rtj_deadline_in(seconds);
    int late = pthread_equal(pthread_self(), detached->thread);
    pthread_mutex_lock(&detached->lock);
    while (!detached->ended && !late) {
        late = pthread_cond_timedwait(&detached->changed, &detached->lock, &deadline);
    }
    int ended = detached->ended;
    pthread_mutex_unlock(&detached->lock);
    return ended ? 0 : -1;
}

rtj_status rtj_detached_await(rtj_client *client, double seconds, rtj_error *error)
{
    rtj_detached *detached =
        client->generation == rtj_registry_generation() ? retained(client) : NULL;
    if (detached == NULL) { /* after fork() its thread is the parent's */
        return RTJ_OK;
    }
    if (atomic_load(&detached->stopping)) {
        (void)rtj_latency_change(client, NULL, 0, NULL);
    }
    int runs = atomic_load(&detached->stopping) && wait_for_end(detached, seconds) != 0;
    if (!runs && atomic_load(&detached->stopping)) {
        dispose(client);
    }
    release(detached);
    if (runs) {
        return rtj_fail(error, RTJ_TIMEOUT, 0,
                        "no block is processed any more, but the process callback that "
                        "was under way has not returned within %g seconds",
                        seconds);
    }
    return RTJ_OK;
}

void rtj_detached_began(rtj_client *client)
{
    if (client->detached_plan.lookahead > 0) {
        (void)rtj_latency_tell(client, NULL); /* it is only told later, else */
    }
}

void rtj_detached_refresh(rtj_client *client, uint32_t blocksize)
{
    rtj_detached *detached = retained(client);
    if (detached == NULL) {
        return;
    }
    if (blocksize > 0) {
        pthread_mutex_lock(&detached->lock);
        detached->blocksize = blocksize;
        pthread_mutex_unlock(&detached->lock);
    }
    rtj_detached_publish(detached);
    release(detached);
}

void rtj_detached_blocksize(rtj_client *client, uint32_t blocksize)
{
    rtj_detached *detached = retained(client);
    if (detached != NULL) {
        rtj_detached_refresh(client, blocksize);
        (void)rtj_latency_tell(client, NULL);
        release(detached);
    }
}

void rtj_detached_yield(const rtj_client *client, int yes)
{
    rtj_detached *detached = rtj_detached_here(client);
    if (detached != NULL) {
        atomic_store(&detached->yielding, yes);
    }
}
