#include "rt/midiqueue.h"

#include <string.h>

/* More than any libjack needs beside a message's bytes. */
enum { EVENT_OVERHEAD = 32 };

static void count(_Atomic uint64_t *counter)
{
    uint64_t now = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, now + 1, memory_order_relaxed);
}

/* ---- indices ---- */

void rtj_midi_indices_put(rtj_midi_indices *ring, uint32_t mask, uint32_t index)
{
    uint32_t put = atomic_load_explicit(&ring->put, memory_order_relaxed);
    ring->list[put & mask] = index;
    /* Sequentially consistent, for who waits: see `waiters`. */
    atomic_store(&ring->put, put + 1);
}

int rtj_midi_indices_take(rtj_midi_indices *ring, uint32_t mask, uint32_t *index)
{
    if (ring->taken == atomic_load(&ring->put)) {
        return 0;
    }
    *index = ring->list[ring->taken++ & mask];
    return 1;
}

/* ---- the heap ---- */

static int before(const rtj_midi_due *a, const rtj_midi_due *b)
{
    return a->time < b->time || (a->time == b->time && a->order < b->order);
}

static void heap_add(rtj_midi_queue *queue, rtj_midi_due due)
{
    rtj_midi_due *heap = queue->heap;
    uint32_t place = queue->heap_count++;
    for (; place > 0 && before(&due, &heap[(place - 1) / 2]); place = (place - 1) / 2) {
        heap[place] = heap[(place - 1) / 2];
    }
    heap[place] = due;
}

static void heap_drop_first(rtj_midi_queue *queue)
{
    rtj_midi_due *heap = queue->heap;
    uint32_t end = --queue->heap_count;
    rtj_midi_due last = heap[end];
    uint32_t place = 0;
    for (uint32_t child = 1; child < end; child = 2 * place + 1) {
        if (child + 1 < end && before(&heap[child + 1], &heap[child])) {
            child++;
        }
        if (!before(&heap[child], &last)) {
            break;
        }
        heap[place] = heap[child];
        place = child;
    }
    heap[place] = last;
}

/* ---- a block's beginning ---- */

static void advance(rtj_midi_queue *queue, uint32_t frame_time)
{
    if (queue->frames == 0) {
        queue->now = frame_time;
        return;
    }
    int64_t end = queue->now + queue->frames;
    queue->now += (int32_t)(frame_time - (uint32_t)queue->now);
    if (queue->now > end) {
        queue->gap_from = end;
        queue->gap_to = queue->now;
    }
}

static void take_in(rtj_midi_queue *queue)
{
    uint32_t index;
    for (int i = 0;
         i < RTJ_MIDI_BURST &&
         rtj_midi_indices_take(&queue->sent_out, queue->slots_count - 1, &index);
         i++) {
        rtj_midi_slot *slot = &queue->slots[index];
        int32_t ahead = (int32_t)(slot->time - (uint32_t)queue->now);
        int64_t time = queue->now + (slot->at_once ? 0 : ahead);
        slot->late = time < queue->now;
        heap_add(queue, (rtj_midi_due){time, queue->order++, index});
    }
}

/* ---- what others wrote ---- */

typedef struct block {
    void *buffer; /* JACK's */
    uint32_t frames;
    uint32_t carried; /* of RTJ_MIDI_CARRIED, by all that is in it or was kept */
    uint32_t kept;    /* others' events, taken out of the buffer */
    uint32_t placed;  /* of them, put back */
    size_t reserved;  /* bytes that the rest of them needs */
} block;

static uint32_t carried_by(const rtj_midi_queue *queue, size_t size)
{
    if (queue->cuts) {
        return ((uint32_t)size + RTJ_MIDI_PIECE - 1) / RTJ_MIDI_PIECE *
               RTJ_MIDI_PIECE_TAKES;
    }
    return 16 + (((uint32_t)size + 7) & ~7U);
}

/* Copy others' events and empty the buffer.  0 when they are too many to be copied. */
static int keep(rtj_midi_queue *queue, block *now)
{
    uint32_t events = queue->event_count(now->buffer);
    uint32_t place = 0;
    if (events > RTJ_MIDI_KEPT) {
        return 0;
    }
    for (uint32_t i = 0; i < events; i++) {
        jack_midi_event_t event;
        if (queue->event_get(&event, now->buffer, i) != 0) {
            continue;
        }
        if (event.size > RTJ_MIDI_KEPT_BYTES - place) {
            return 0;
        }
        memcpy(queue->kept_bytes + place, event.buffer, event.size);
        queue->kept[now->kept++] =
            (rtj_midi_kept){event.time, (uint32_t)event.size, place};
        place += (uint32_t)event.size;
        now->reserved += event.size + EVENT_OVERHEAD;
        now->carried += carried_by(queue, event.size);
    }
    if (events > 0) {
        queue->clear_buffer(now->buffer);
    }
    return 1;
}

/* Put back what comes at `time` or before. */
static void put_back(rtj_midi_queue *queue, block *now, uint32_t time)
{
    for (; now->placed < now->kept && queue->kept[now->placed].time <= time;
         now->placed++) {
        const rtj_midi_kept *event = &queue->kept[now->placed];
        /* It was in there before, and room was left for it. */
        (void)queue->event_write(now->buffer, event->time,
                                 queue->kept_bytes + event->place, event->size);
        now->reserved -= event->size + EVENT_OVERHEAD;
    }
}

/* ---- what is due ---- */

static int is_due(const rtj_midi_queue *queue, uint32_t frames)
{
    return queue->heap_count > 0 && queue->heap[0].time < queue->now + frames;
}

/* Not those that only wait for room. */
static int is_late(const rtj_midi_queue *queue, const rtj_midi_due *due)
{
    return queue->slots[due->slot].late ||
           (due->time >= queue->gap_from && due->time < queue->gap_to);
}

/* Write the first of the heap; 1 when it is done with, 0 when it has to wait. */
static int play_first(rtj_midi_queue *queue, block *now)
{
    const rtj_midi_due *due = &queue->heap[0];
    const rtj_midi_slot *slot = &queue->slots[due->slot];
    int past = due->time < queue->now;
    int late = past && is_late(queue, due);
    int fits =
        slot->size <= atomic_load_explicit(&queue->largest, memory_order_relaxed);
    int dropped = !fits || (late && slot->drop_late);
    if (!dropped) {
        uint32_t offset = past ? 0 : (uint32_t)(due->time - queue->now);
        const unsigned char *bytes = slot->many != NULL ? slot->many : slot->few;
        put_back(queue, now, offset);
        uint32_t carried = now->carried + carried_by(queue, slot->size);
        if ((queue->carried_most != 0 && carried > queue->carried_most) ||
            queue->max_event_size(now->buffer) <
                slot->size + now->reserved + queue->spare ||
            queue->event_write(now->buffer, offset, bytes, slot->size) != 0) {
            return 0;
        }
        now->carried = carried;
    }
    count(dropped ? &queue->counts.dropped : &queue->counts.sent);
    if (late) {
        count(&queue->counts.late);
    } else if (past && !dropped) {
        count(&queue->counts.deferred);
    }
    return 1;
}

/* An empty buffer tells how large a message may be. */
static void look_for_largest(rtj_midi_queue *queue, void *buffer)
{
    if (atomic_load_explicit(&queue->largest, memory_order_relaxed) == 0) {
        size_t room = queue->max_event_size(buffer);
        size_t largest = room > queue->spare ? room - queue->spare : 0;
        if (queue->cuts && largest > RTJ_MIDI_CUT_MOST) {
            largest = RTJ_MIDI_CUT_MOST;
        }
        atomic_store_explicit(&queue->largest, largest, memory_order_release);
    }
}

/* How many slots were handed back. */
static uint32_t play(rtj_midi_queue *queue, block *now)
{
    uint32_t done = 0;
    if (!keep(queue, now)) {
        return 0;
    }
    look_for_largest(queue, now->buffer);
    while (done < RTJ_MIDI_BURST && is_due(queue, now->frames) &&
           play_first(queue, now)) {
        rtj_midi_indices_put(&queue->returned, queue->slots_count - 1,
                             queue->heap[0].slot);
        heap_drop_first(queue);
        done++;
    }
    put_back(queue, now, now->frames);
    return done;
}

void rtj_midi_queue_run(void *data, uint32_t frames)
{
    rtj_midi_queue *queue = data;
    advance(queue, queue->work.last_frame_time(queue->work.handle));
    if (queue->frames != frames) {
        queue->frames = frames;
        atomic_store_explicit(&queue->largest, 0, memory_order_relaxed);
    }
    take_in(queue);
    if (!rtj_work_begin(&queue->work, frames)) {
        return; /* the port is gone */
    }
    block now = {.buffer = queue->work.out[0], .frames = frames};
    int unknown = atomic_load_explicit(&queue->largest, memory_order_relaxed) == 0;
    if ((unknown || is_due(queue, frames)) && play(queue, &now) > 0 &&
        atomic_load(&queue->waiters) > 0) {
        rtj_wake_set(&queue->wake);
    }
}
