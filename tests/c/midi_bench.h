/* A MIDI output port that needs no libjack, with a queue before it. */
#ifndef RTJ_TESTS_MIDI_BENCH_H
#define RTJ_TESTS_MIDI_BENCH_H

#include "check.h"
#include "rt/midiqueue.h"

enum {
    BENCH_SLOTS = 1024,
    BENCH_EVENTS = 4096, /* in a block */
    BENCH_BYTES = 300,   /* of a message */
    BENCH_ROOM = 1 << 18 /* bytes in a block */
};

typedef struct sending {
    uint32_t time;
    uint32_t tag;
    uint32_t size; /* 0: just the tag and the time */
    uint8_t at_once;
    uint8_t drop_late;
} sending;

typedef struct bench_event {
    uint32_t time;
    uint32_t tag;
    uint32_t asked;
    uint32_t size;
    unsigned char bytes[BENCH_BYTES];
} bench_event;

typedef struct midi_bench {
    rtj_midi_queue queue;
    _Atomic(jack_port_t *) ports[2];
    float *buffers[4];
    uint32_t time; /* of the block, JACK's clock */
    size_t room;   /* bytes that the port holds */
    size_t used;
    bench_event *events; /* in the port's buffer */
    uint32_t written;
    uint32_t looked;   /* by bench_expect() */
    sending others[4]; /* that a callback writes in each block, before the queue */
    uint32_t other_count;
    uint32_t free[BENCH_SLOTS];
    uint32_t free_count;
    uint32_t returned;
} midi_bench;

/* Handles and buffers are the bench itself. */
static inline void *bench_buffer(jack_port_t *port, jack_nframes_t frames)
{
    (void)frames;
    return port;
}

static inline jack_nframes_t bench_time(const jack_client_t *handle)
{
    return ((const midi_bench *)(const void *)handle)->time;
}

static inline uint32_t bench_count(void *buffer)
{
    return ((midi_bench *)buffer)->written;
}

static inline int bench_get(jack_midi_event_t *event, void *buffer, uint32_t index)
{
    bench_event *from = &((midi_bench *)buffer)->events[index];
    *event = (jack_midi_event_t){from->time, from->size, from->bytes};
    return 0;
}

static inline size_t bench_largest(void *buffer)
{
    midi_bench *bench = buffer;
    return bench->room - bench->used;
}

static inline int bench_write(void *buffer, jack_nframes_t time,
                              const jack_midi_data_t *bytes, size_t size)
{
    midi_bench *bench = buffer;
    CHECK(size <= bench->room - bench->used && size <= BENCH_BYTES);
    CHECK(bench->written < BENCH_EVENTS);
    CHECK(bench->written == 0 || bench->events[bench->written - 1].time <= time);
    bench_event *event = &bench->events[bench->written++];
    event->time = time;
    event->size = (uint32_t)size;
    memcpy(event->bytes, bytes, size);
    memcpy(&event->tag, bytes, sizeof event->tag);
    memcpy(&event->asked, bytes + sizeof event->tag, sizeof event->asked);
    for (size_t i = 8; i < size; i++) {
        CHECK_EQ(bytes[i], (unsigned char)(event->tag + i));
    }
    bench->used += size;
    return 0;
}

static inline void bench_empty(void *buffer)
{
    midi_bench *bench = buffer;
    bench->written = 0;
    bench->used = 0;
}

static inline void *bench_memory(size_t size)
{
    void *memory = NULL;
    CHECK(posix_memalign(&memory, 64, size) == 0);
    memset(memory, 0, size);
    return memory;
}

static inline midi_bench *new_midi_bench(uint32_t time)
{
    midi_bench *bench = bench_memory(sizeof *bench);
    rtj_midi_queue *queue = &bench->queue;
    bench->time = time;
    bench->room = BENCH_ROOM;
    bench->events = bench_memory(BENCH_EVENTS * sizeof *bench->events);
    atomic_store(&bench->ports[0], (jack_port_t *)(void *)bench);
    queue->work = (rtj_work){.handle = (jack_client_t *)(void *)bench,
                             .get_buffer = bench_buffer,
                             .last_frame_time = bench_time,
                             .output_count = 1,
                             .inputs = bench->ports + 1,
                             .outputs = bench->ports,
                             .in = bench->buffers + 2,
                             .out = bench->buffers};
    queue->event_count = bench_count;
    queue->event_get = bench_get;
    queue->event_write = bench_write;
    queue->max_event_size = bench_largest;
    queue->clear_buffer = bench_empty;
    queue->slots_count = BENCH_SLOTS;
    queue->slots = bench_memory(BENCH_SLOTS * sizeof *queue->slots);
    queue->sent_out.list = bench_memory(BENCH_SLOTS * sizeof(uint32_t));
    queue->returned.list = bench_memory(BENCH_SLOTS * sizeof(uint32_t));
    queue->heap = bench_memory(BENCH_SLOTS * sizeof *queue->heap);
    queue->kept = bench_memory(RTJ_MIDI_KEPT * sizeof *queue->kept);
    queue->kept_bytes = bench_memory(RTJ_MIDI_KEPT_BYTES);
    CHECK_EQ(rtj_wake_open(&queue->wake), 0);
    for (uint32_t i = 0; i < BENCH_SLOTS; i++) {
        bench->free[bench->free_count++] = i;
    }
    return bench;
}

static inline void bench_take_back(midi_bench *bench)
{
    uint32_t index;
    while (rtj_midi_indices_take(&bench->queue.returned, BENCH_SLOTS - 1, &index)) {
        free(bench->queue.slots[index].many);
        bench->queue.slots[index].many = NULL;
        bench->free[bench->free_count++] = index;
        bench->returned++;
    }
}

static inline void free_midi_bench(midi_bench *bench)
{
    rtj_midi_queue *queue = &bench->queue;
    for (uint32_t i = 0; i < BENCH_SLOTS; i++) {
        free(queue->slots[i].many);
    }
    rtj_wake_close(&queue->wake);
    free(queue->slots);
    free(queue->sent_out.list);
    free(queue->returned.list);
    free(queue->heap);
    free(queue->kept);
    free(queue->kept_bytes);
    free(bench->events);
    free(bench);
}

/* The message's bytes: its tag, the time that was asked, and what follows from both. */
static inline void bench_fill(unsigned char *bytes, const sending *what, uint32_t size)
{
    memcpy(bytes, &what->tag, sizeof what->tag);
    memcpy(bytes + sizeof what->tag, &what->time, sizeof what->time);
    for (uint32_t i = 8; i < size; i++) {
        bytes[i] = (unsigned char)(what->tag + i);
    }
}

/* As a sender does it, with a free slot there. */
static inline void bench_send(midi_bench *bench, sending what)
{
    rtj_midi_queue *queue = &bench->queue;
    CHECK(bench->free_count > 0);
    uint32_t index = bench->free[--bench->free_count];
    rtj_midi_slot *slot = &queue->slots[index];
    slot->size = what.size > 0 ? what.size : 8;
    slot->many = slot->size > RTJ_MIDI_FEW ? malloc(slot->size) : NULL;
    bench_fill(slot->many != NULL ? slot->many : slot->few, &what, slot->size);
    slot->time = what.time;
    slot->at_once = what.at_once;
    slot->drop_late = what.drop_late;
    rtj_midi_indices_put(&queue->sent_out, BENCH_SLOTS - 1, index);
}

/* A block's beginning: the cleared buffer, and what a callback writes. */
static inline void bench_clear(midi_bench *bench)
{
    bench_empty(bench);
    bench->looked = 0;
    for (uint32_t i = 0; i < bench->other_count; i++) {
        unsigned char bytes[BENCH_BYTES];
        uint32_t size = bench->others[i].size > 0 ? bench->others[i].size : 8;
        bench_fill(bytes, &bench->others[i], size);
        CHECK_EQ(bench_write(bench, bench->others[i].time, bytes, size), 0);
    }
}

/* A whole block; what came of it is to be looked at by bench_expect(). */
static inline void bench_block(midi_bench *bench, uint32_t frames)
{
    CHECK_EQ(bench->looked, bench->written); /* nothing of the last one was left */
    bench_clear(bench);
    rtj_midi_queue_run(&bench->queue, frames);
    bench->time += frames;
    bench_take_back(bench);
}

static inline void bench_expect(midi_bench *bench, uint32_t time, uint32_t tag)
{
    CHECK(bench->looked < bench->written);
    const bench_event *event = &bench->events[bench->looked++];
    CHECK_EQ(event->tag, tag);
    CHECK_EQ(event->time, time);
}

static inline void bench_expect_no_more(const midi_bench *bench)
{
    CHECK_EQ(bench->written, bench->looked);
}

#endif
