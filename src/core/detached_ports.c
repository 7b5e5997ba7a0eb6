/* The ports of a detached client: sets of them, and their memory. */
#include <stdlib.h>
#include <string.h>

#include "core/detached_impl.h"

/* ---- one port ---- */

void rtj_detached_port_retain(rtj_detached_port *port)
{
    atomic_fetch_add(&port->references, 1);
}

void rtj_detached_port_release(rtj_detached_port *port)
{
    if (atomic_fetch_sub(&port->references, 1) == 1) {
        free(port->rt.slots);
        free(port->block);
        free(port->events);
        free(port);
    }
}

/* Zeroed and touched, so that the audio thread finds it mapped. */
static float *new_samples(size_t count)
{
    void *samples = NULL;
    if (posix_memalign(&samples, 64, count * sizeof(float)) != 0) {
        return NULL;
    }
    memset(samples, 0, count * sizeof(float));
    return samples;
}

/* A stream writes its own outputs. */
static int is_ignored(const rtj_own_port *own)
{
    return own->group != NULL && (own->flags & JackPortIsInput) == 0;
}

static rtj_detached_port *new_port(const rtj_own_port *own, uint32_t id, uint32_t slots,
                                   uint32_t stride)
{
    rtj_detached_port *port = calloc(1, sizeof *port);
    if (port == NULL) {
        return NULL;
    }
    atomic_init(&port->references, 1);
    port->rt.handle = own->handle;
    port->rt.is_input = (own->flags & JackPortIsInput) != 0;
    port->rt.is_midi = own->is_midi;
    port->rt.ignored = is_ignored(own);
    port->rt.id = id;
    port->stride = stride;
    if (own->is_midi) {
        port->events = calloc(1, sizeof *port->events);
    } else {
        port->rt.slots = new_samples((size_t)slots * stride);
        port->block = new_samples(stride);
    }
    if (own->is_midi ? port->events == NULL : !port->rt.slots || !port->block) {
        rtj_detached_port_release(port);
        return NULL;
    }
    return port;
}

/* ---- sets ---- */

static void release_set(rtj_port_set *set)
{
    if (set == NULL || atomic_fetch_sub(&set->references, 1) != 1) {
        return;
    }
    for (size_t i = 0; i < set->rt.count; i++) {
        rtj_detached_port_release(rtj_detached_port_at(set, i));
    }
    free(set);
}

static rtj_detached_port *port_in(const rtj_port_set *set, const jack_port_t *handle)
{
    for (size_t i = 0; set != NULL && i < set->rt.count; i++) {
        if (set->rt.ports[i]->handle == handle) {
            return rtj_detached_port_at(set, i);
        }
    }
    return NULL;
}

/* A port of the new set: the one that was there, when its memory is large enough. */
static rtj_detached_port *kept_or_new(rtj_detached *detached, const rtj_own_port *own,
                                      uint32_t stride)
{
    rtj_detached_port *before = port_in(detached->current, own->handle);
    if (before != NULL && before->rt.ignored == is_ignored(own) &&
        (own->is_midi || before->stride == stride)) {
        rtj_detached_port_retain(before);
        return before;
    }
    uint32_t id = before != NULL ? before->rt.id : ++detached->last_id;
    return new_port(own, id, detached->rt.slots, stride);
}

/* Whether the audio thread can do with it what there is to do. */
static int is_usable(const rtj_detached *detached, const rtj_own_port *own)
{
    const rtj_midi_blocks *midi = &detached->rt.midi;
    int knows_midi = midi->event_count != NULL && midi->event_get != NULL &&
                     midi->event_write != NULL && midi->clear_buffer != NULL;
    return !own->is_midi || knows_midi;
}

/* With both locks held. */
static int fill(rtj_detached *detached, rtj_port_set *set)
{
    rtj_own_ports *own = &detached->client->own;
    for (size_t i = 0; i < own->count; i++) {
        rtj_own_port *port = &own->list[i];
        if (!is_usable(detached, port)) {
            continue;
        }
        rtj_detached_port *added = kept_or_new(detached, port, set->rt.stride);
        if (added == NULL) {
            return -1;
        }
        if (port->group == NULL && !atomic_load(&detached->stopping)) {
            port->latency = detached->plan.lookahead * detached->blocksize;
        }
        set->rt.has_outputs |= !added->rt.is_input && !added->rt.ignored;
        set->rt.ports[set->rt.count++] = &added->rt;
    }
    return 0;
}

static rtj_port_set *new_set(rtj_detached *detached)
{
    rtj_own_ports *own = &detached->client->own;
    uint32_t before = detached->current != NULL ? detached->current->rt.stride : 0;
    pthread_mutex_lock(&own->lock);
    rtj_port_set *set = calloc(1, sizeof *set + own->count * sizeof set->ports[0]);
    if (set != NULL) {
        atomic_init(&set->references, 1);
        set->rt.ports = set->ports;
        set->rt.stride = before > detached->blocksize ? before : detached->blocksize;
        if (fill(detached, set) < 0) {
            release_set(set);
            set = NULL;
        }
    }
    pthread_mutex_unlock(&own->lock);
    return set;
}

/* With `lock` held. */
static void reclaim(rtj_detached *detached)
{
    for (rtj_port_set **link = &detached->retired; *link != NULL;) {
        rtj_port_set *set = *link;
        if (rtj_cycle_passed(&detached->client->cycle, set->mark)) {
            *link = set->older;
            release_set(set);
        } else {
            link = &set->older;
        }
    }
}

void rtj_detached_publish(rtj_detached *detached)
{
    pthread_mutex_lock(&detached->lock);
    rtj_port_set *set = new_set(detached);
    rtj_port_set *before = detached->current;
    atomic_store(&detached->rt.ports, set != NULL ? &set->rt : NULL);
    detached->current = set;
    reclaim(detached);
    if (before != NULL) {
        before->mark = rtj_cycle_mark(&detached->client->cycle);
        before->older = detached->retired;
        detached->retired = before;
        reclaim(detached);
    }
    pthread_mutex_unlock(&detached->lock);
}

void rtj_detached_use_current(rtj_detached *detached)
{
    pthread_mutex_lock(&detached->lock);
    rtj_port_set *before = detached->used;
    if (before != detached->current) {
        detached->used = detached->current;
        if (detached->used != NULL) {
            atomic_fetch_add(&detached->used->references, 1);
        }
        release_set(before);
    }
    pthread_mutex_unlock(&detached->lock);
}

void rtj_detached_free_sets(rtj_detached *detached)
{
    while (detached->retired != NULL) {
        rtj_port_set *older = detached->retired->older;
        release_set(detached->retired);
        detached->retired = older;
    }
    release_set(detached->current);
    release_set(detached->used);
    detached->current = detached->used = NULL;
}

/* ---- looking ---- */

static rtj_detached_port *search(const rtj_port_set *set, const jack_port_t *handle,
                                 size_t *hint)
{
    if (set == NULL) {
        return NULL;
    }
    if (*hint < set->rt.count && set->rt.ports[*hint]->handle == handle) {
        return rtj_detached_port_at(set, *hint);
    }
    for (size_t i = 0; i < set->rt.count; i++) {
        if (set->rt.ports[i]->handle == handle) {
            *hint = i;
            return rtj_detached_port_at(set, i);
        }
    }
    return NULL;
}

/* Ports that were registered within the block have been given nothing yet. */
static void adopt(rtj_detached *detached)
{
    rtj_detached_use_current(detached);
    for (size_t i = 0; detached->used != NULL && i < detached->used->rt.count; i++) {
        rtj_detached_port *port = rtj_detached_port_at(detached->used, i);
        if (port->events != NULL && port->events->frames == 0) {
            rtj_events_clear(port->events, detached->block.frames);
        }
    }
}

rtj_detached_port *rtj_detached_find(rtj_detached *detached, const jack_port_t *handle,
                                     size_t *hint)
{
    rtj_detached_port *found = search(detached->used, handle, hint);
    if (found == NULL) {
        adopt(detached);
        found = search(detached->used, handle, hint);
    }
    return found;
}
