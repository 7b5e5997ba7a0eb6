/* A stream without a server: what its tests run it in. */
#ifndef STREAM_BENCH_H
#define STREAM_BENCH_H

#include "rt/stream.h"

#include "check.h"

/* libjack's part: ports are buffers, the handle is the clock. */
enum { LONGEST = 1024, BREAK_BYTES = 1 << 16 };

typedef struct fake_port {
    float buffer[LONGEST];
} fake_port;

static inline void *get_buffer(jack_port_t *port, jack_nframes_t frames)
{
    (void)frames;
    return ((fake_port *)port)->buffer;
}

static inline jack_nframes_t last_frame_time(const jack_client_t *client)
{
    return *(const jack_nframes_t *)client;
}

/* A stream of one channel each way over a ramp: frame n has the sample n + 1. */
typedef struct bench {
    rtj_stream stream;
    fake_port ports[2];
    jack_port_t *in[1];
    jack_port_t *out[1];
    jack_nframes_t clock;
    rtj_jump jump;      /* of the clock before the next cycle */
    uint64_t sent;      /* frames of input, whether they were captured or not */
    uint64_t read;      /* by the program */
    uint64_t written;   /* by the program, the lookahead included */
    uint64_t taken_out; /* frames of output */
} bench;

static inline float ramp(uint64_t frame)
{
    return (float)(frame % ((uint64_t)1 << 23) + 1);
}

static inline void make_side(rtj_side *side, jack_port_t **list, fake_port *port,
                             uint32_t capacity)
{
    list[0] = (jack_port_t *)port;
    float *data = calloc(capacity, sizeof *data);
    CHECK(data != NULL);
    rtj_frames_init(&side->ring, data, 1, capacity);
    side->ports = list;
    side->count = 1;
    CHECK_EQ(rtj_wake_open(&side->wake), 0);
}

/* Ready to run, filled with `lookahead` blocks of `frames` frames. */
static inline bench *new_bench(uint32_t lookahead, uint32_t frames, uint32_t capacity,
                               int keep_time)
{
    bench *own = NULL;
    CHECK_EQ(posix_memalign((void **)&own, _Alignof(bench), sizeof *own), 0);
    memset(own, 0, sizeof *own);
    rtj_stream *stream = &own->stream;
    make_side(&stream->in, own->in, &own->ports[0], capacity);
    make_side(&stream->out, own->out, &own->ports[1], capacity);
    stream->breaks =
        rtj_mailbox_init(malloc(rtj_mailbox_memory(BREAK_BYTES)), BREAK_BYTES);
    stream->handle = (jack_client_t *)&own->clock;
    stream->get_buffer = get_buffer;
    stream->last_frame_time = last_frame_time;
    stream->jump = &own->jump;
    stream->keep_time = keep_time;
    stream->lookahead = lookahead;
    stream->longest = frames;
    rtj_frames_wrote(&stream->out.ring, lookahead * frames);
    atomic_store(&stream->counts.latency, lookahead * frames);
    own->written = (uint64_t)lookahead * frames;
    own->clock = 1000;
    atomic_store(&stream->running, 1);
    return own;
}

static inline void free_bench(bench *own)
{
    rtj_wake_close(&own->stream.in.wake);
    rtj_wake_close(&own->stream.out.wake);
    free(own->stream.in.ring.data);
    free(own->stream.out.ring.data);
    free(own->stream.breaks);
    free(own);
}

static inline void feed(bench *own, uint32_t frames)
{
    for (uint32_t i = 0; i < frames; i++) {
        own->ports[0].buffer[i] = ramp(own->sent + i);
        if (!own->stream.ports_keep) {
            own->ports[1].buffer[i] = -1;
        }
    }
    own->sent += frames;
}

static inline void advance(bench *own, uint32_t frames)
{
    own->clock += frames;
    own->taken_out += frames;
}

/* One cycle; returns the output. */
static inline const float *run(bench *own, uint32_t frames)
{
    feed(own, frames);
    rtj_stream_run(&own->stream, frames);
    advance(own, frames);
    return own->ports[1].buffer;
}

static inline void run_many(bench *own, uint32_t frames, int times)
{
    while (times-- > 0) {
        (void)run(own, frames);
    }
}

/* The program: `frames` frames from the input, unchanged, to the output. */
static inline void pass(bench *own, uint32_t frames)
{
    float block[LONGEST];
    CHECK(rtj_frames_there(&own->stream.in.ring) >= frames);
    CHECK(rtj_frames_room(&own->stream.out.ring) >= frames);
    rtj_frames_get(&own->stream.in.ring, 0, 0, block, frames);
    rtj_frames_took(&own->stream.in.ring, frames);
    rtj_frames_put(&own->stream.out.ring, 0, 0, block, frames);
    rtj_frames_wrote(&own->stream.out.ring, frames);
    own->read += frames;
    own->written += frames;
}

/* Nothing is created and nothing vanishes. */
static inline void check_sums(bench *own)
{
    rtj_stream_counts *counts = &own->stream.counts;
    CHECK_EQ(own->sent, counts->captured + counts->lost + counts->skipped);
    CHECK_EQ(counts->captured, own->read + rtj_frames_there(&own->stream.in.ring));
    CHECK_EQ(own->written,
             counts->played + counts->late + rtj_frames_there(&own->stream.out.ring));
    CHECK_EQ(own->taken_out,
             counts->played + counts->missing + counts->padded + counts->skipped);
}

static inline int next_break(bench *own, rtj_break *record)
{
    size_t size;
    const void *message = rtj_mailbox_peek(own->stream.breaks, &size);
    if (message == NULL) {
        return 0;
    }
    CHECK_EQ(size, sizeof *record);
    memcpy(record, message, sizeof *record);
    rtj_mailbox_drop(own->stream.breaks);
    return 1;
}

static inline void check_break(bench *own, rtj_break_kind kind, uint32_t time,
                               uint64_t position, uint64_t frames)
{
    rtj_break record;
    CHECK(next_break(own, &record));
    CHECK_EQ(record.kind, kind);
    CHECK_EQ(record.frame_time, time);
    CHECK_EQ(record.position, position);
    CHECK_EQ(record.frames, frames);
}

static inline void check_no_break(bench *own)
{
    rtj_break record;
    CHECK(!next_break(own, &record));
}

#endif
