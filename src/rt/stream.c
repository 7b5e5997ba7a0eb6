#include "rt/stream.h"

#include <string.h>

static void count(_Atomic uint64_t *counter, uint64_t more)
{
    uint64_t now = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, now + more, memory_order_relaxed);
}

static void wake(rtj_side *side)
{
    /* Sequentially consistent against the waiter, who says that he waits and then looks
     * at the ring once more. */
    int waiting = atomic_load(&side->waiting);
    if (waiting == 1) {
        waiting = atomic_exchange(&side->waiting, 0);
    }
    if (waiting != 0) {
        rtj_wake_set(&side->wake);
    }
}

static void begin_break(rtj_stream *stream, rtj_side *side, uint64_t position,
                        uint32_t offset, uint64_t frames)
{
    if (side->break_frames == 0) {
        side->break_time = stream->last_frame_time(stream->handle) + offset;
        side->break_position = position;
    }
    side->break_frames += frames;
}

/* The break is over: say so, before what comes behind it can be seen. */
static void end_break(rtj_stream *stream, rtj_side *side, rtj_break_kind kind)
{
    if (side->break_frames == 0) {
        return;
    }
    rtj_break record = {kind, side->break_time, side->break_position,
                        side->break_frames};
    rtj_part part = {&record, sizeof record};
    (void)rtj_mailbox_put(stream->breaks, &part, 1); /* a full mailbox counts it */
    side->break_frames = 0;
}

static void capture(rtj_stream *stream, uint32_t frames)
{
    rtj_side *in = &stream->in;
    if (rtj_frames_room(&in->ring) < frames) {
        if (in->break_frames == 0) {
            count(&stream->counts.overflows, 1);
        }
        uint64_t written =
            atomic_load_explicit(&in->ring.written, memory_order_relaxed);
        begin_break(stream, in, written, 0, frames);
        count(&stream->counts.lost, frames);
        stream->debt -= stream->keep_time ? (int64_t)frames : 0;
        wake(in);
        return;
    }
    end_break(stream, in, RTJ_BREAK_INPUT);
    for (uint32_t i = 0; i < in->count; i++) {
        const float *buffer = stream->get_buffer(in->ports[i], frames);
        if (buffer != NULL) {
            rtj_frames_put(&in->ring, i, 0, buffer, frames);
        }
    }
    rtj_frames_wrote(&in->ring, frames);
    count(&stream->counts.captured, frames);
    wake(in);
}

/* Silence from `from` on. */
static void silence(const rtj_stream *stream, uint32_t from, uint32_t frames)
{
    const rtj_side *out = &stream->out;
    for (uint32_t i = 0; from < frames && i < out->count; i++) {
        float *buffer = stream->get_buffer(out->ports[i], frames);
        if (buffer != NULL) {
            memset(buffer + from, 0, (frames - from) * sizeof *buffer);
        }
    }
}

/* Drop what came too late to be played. */
static void pay_debt(rtj_stream *stream)
{
    if (stream->debt <= 0) {
        return;
    }
    uint32_t there = rtj_frames_there(&stream->out.ring);
    uint32_t drop = stream->debt < (int64_t)there ? (uint32_t)stream->debt : there;
    rtj_frames_took(&stream->out.ring, drop);
    count(&stream->counts.late, drop);
    stream->debt -= drop;
}

static void play(rtj_stream *stream, uint32_t frames)
{
    rtj_side *out = &stream->out;
    uint32_t padded = stream->pad < frames ? (uint32_t)stream->pad : frames;
    stream->pad -= padded;
    count(&stream->counts.padded, padded);
    pay_debt(stream);
    uint32_t wanted = frames - padded;
    uint32_t there = rtj_frames_there(&out->ring);
    uint32_t taken = there < wanted ? there : wanted;
    for (uint32_t i = 0; i < out->count; i++) {
        float *buffer = stream->get_buffer(out->ports[i], frames);
        if (buffer != NULL) {
            memset(buffer, 0, padded * sizeof *buffer);
            rtj_frames_get(&out->ring, i, 0, buffer + padded, taken);
        }
    }
    silence(stream, padded + taken, frames);
    if (taken > 0) {
        end_break(stream, out, RTJ_BREAK_OUTPUT);
        rtj_frames_took(&out->ring, taken);
        count(&stream->counts.played, taken);
    }
    uint32_t missing = wanted - taken;
    if (missing > 0) {
        if (out->break_frames == 0) {
            count(&stream->counts.underflows, 1);
        }
        uint64_t played = atomic_load_explicit(&out->ring.taken, memory_order_relaxed);
        begin_break(stream, out, played, padded + taken, missing);
        count(&stream->counts.missing, missing);
        stream->debt += stream->keep_time ? (int64_t)missing : 0;
    }
    wake(out);
}

/* A longer block needs more lookahead to be as many blocks ahead: silence is put in. */
static void adapt(rtj_stream *stream, uint32_t frames)
{
    if (frames <= stream->longest) {
        return;
    }
    uint32_t more = stream->lookahead * (frames - stream->longest);
    stream->longest = frames;
    if (stream->out.count > 0) {
        uint32_t latency =
            atomic_load_explicit(&stream->counts.latency, memory_order_relaxed);
        stream->pad += more;
        atomic_store_explicit(&stream->counts.latency, latency + more,
                              memory_order_relaxed);
    }
}

void rtj_stream_run(void *data, uint32_t frames)
{
    rtj_stream *stream = data;
    if (!atomic_load_explicit(&stream->running, memory_order_acquire)) {
        silence(stream, 0, frames);
        return;
    }
    if (!stream->started) {
        stream->started = 1;
        stream->start_time = stream->last_frame_time(stream->handle);
    }
    adapt(stream, frames);
    if (stream->in.count > 0) {
        capture(stream, frames);
    }
    if (stream->out.count > 0) {
        play(stream, frames);
    }
}
