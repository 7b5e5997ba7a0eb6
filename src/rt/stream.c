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
        uint32_t now = stream->last_frame_time(stream->handle) + offset;
        atomic_store_explicit(&side->break_time, now, memory_order_relaxed);
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

/* Input was lost: who writes what he read will not write it. */
static void add_gap(rtj_stream *stream, uint64_t position, uint32_t frames, int skipped)
{
    uint32_t behind = stream->first_gap + stream->gap_count;
    rtj_gap *last = &stream->gaps[(behind + RTJ_GAPS - 1) % RTJ_GAPS];
    position += stream->shift;
    if (stream->gap_count > 0 &&
        ((last->position == position && last->skipped == skipped) ||
         stream->gap_count == RTJ_GAPS)) {
        last->frames += frames;
        return;
    }
    stream->gaps[behind % RTJ_GAPS] = (rtj_gap){position, frames, skipped};
    stream->gap_count++;
}

static void capture(rtj_stream *stream, uint32_t frames)
{
    rtj_side *in = &stream->in;
    stream->last = 0;
    if (rtj_frames_room(&in->ring) < frames) {
        if (in->break_frames == 0) {
            count(&stream->counts.overflows, 1);
        }
        uint64_t written =
            atomic_load_explicit(&in->ring.written, memory_order_relaxed);
        begin_break(stream, in, written, 0, frames);
        count(&stream->counts.lost, frames);
        /* Who writes what he read stalls with his output too; one that goes on is not
         * made from the input. */
        if (stream->debt > 0) {
            add_gap(stream, written, frames, 0);
        }
        wake(in);
        return;
    }
    end_break(stream, in, RTJ_BREAK_INPUT);
    rtj_span span = rtj_frames_to_write(&in->ring, 0, frames);
    for (uint32_t i = 0; i < in->count; i++) {
        const float *buffer = stream->get_buffer(in->ports[i], frames);
        if (buffer != NULL) {
            rtj_span_put(&in->ring, i, span, buffer);
        }
    }
    rtj_frames_wrote(&in->ring, frames);
    count(&stream->counts.captured, frames);
    stream->last = frames;
    wake(in);
}

/* Silence in place of some of the block's frames. */
static void silence(const rtj_stream *stream, uint32_t from, uint32_t to,
                    uint32_t frames)
{
    const rtj_side *out = &stream->out;
    for (uint32_t i = 0; from < to && i < out->count; i++) {
        float *buffer = stream->get_buffer(out->ports[i], frames);
        if (buffer != NULL) {
            memset(buffer + from, 0, (to - from) * sizeof *buffer);
        }
    }
}

/* The output is where the input is missing: so much less is owed, or it is silent for
 * so long.  More can't be due still, whatever the program made of its input. */
static void reach(rtj_stream *stream, const rtj_gap *gap)
{
    int64_t most =
        (int64_t)atomic_load_explicit(&stream->counts.latency, memory_order_relaxed) +
        (int64_t)stream->longest;
    int64_t debt = stream->debt - (int64_t)gap->frames;
    if (gap->skipped && debt < 0) {
        int64_t before = stream->debt < 0 ? stream->debt : 0;
        stream->pad += (uint64_t)(before - debt < most ? before - debt : most);
        debt = before;
    }
    stream->debt = debt > -most ? debt : -most;
}

/* Frames of the output ring before the next gap. */
static uint64_t before_gap(rtj_stream *stream, uint64_t place)
{
    while (stream->gap_count > 0) {
        const rtj_gap *gap = &stream->gaps[stream->first_gap % RTJ_GAPS];
        if (gap->position > place) {
            return gap->position - place;
        }
        if (gap->position == place) {
            reach(stream, gap);
        }
        stream->first_gap++;
        stream->gap_count--;
    }
    return UINT64_MAX;
}

/* Drop what came too late to be played; how many frames can be played now. */
static uint32_t pay_debt(rtj_stream *stream)
{
    rtj_frames *ring = &stream->out.ring;
    for (uint32_t gaps = 0; gaps <= RTJ_GAPS; gaps++) {
        uint64_t place = atomic_load_explicit(&ring->taken, memory_order_relaxed);
        uint64_t most = before_gap(stream, place);
        uint32_t there = rtj_frames_there(ring);
        there = most < there ? (uint32_t)most : there;
        if (stream->debt <= 0 || there == 0) {
            return there;
        }
        uint32_t drop = stream->debt < (int64_t)there ? (uint32_t)stream->debt : there;
        rtj_frames_took(ring, drop);
        count(&stream->counts.late, drop);
        stream->debt -= drop;
    }
    return 0;
}

/* Nothing to play for some of the block's frames. */
static void miss(rtj_stream *stream, uint32_t from, uint32_t to, uint32_t frames)
{
    rtj_side *out = &stream->out;
    if (out->break_frames == 0) {
        count(&stream->counts.underflows, 1);
    }
    uint64_t played = atomic_load_explicit(&out->ring.taken, memory_order_relaxed);
    begin_break(stream, out, played, from, to - from);
    count(&stream->counts.missing, to - from);
    stream->debt += stream->keep_time ? (int64_t)(to - from) : 0;
    silence(stream, from, to, frames);
}

/* JACK's time went on without us before this block, `behind` frames of it before the
 * last block already. */
static void skip(rtj_stream *stream, uint32_t frames, uint32_t behind)
{
    count(&stream->counts.skipped, frames);
    if (stream->out.count == 0 || !stream->keep_time) {
        return;
    }
    stream->debt += frames;
    uint64_t written =
        atomic_load_explicit(&stream->in.ring.written, memory_order_relaxed);
    if (stream->in.count > 0 && behind > 0) {
        add_gap(stream, written - stream->last, behind, 1);
    }
    if (stream->in.count > 0 && frames > behind) {
        add_gap(stream, written, frames - behind, 1);
    }
}

/* The last skip was a block shorter, and this block is the one that the last took
 * itself for: so it sounds like the last where that is still in the ports, and what was
 * dropped is gone; else there is silence. */
static void take_back(rtj_stream *stream, uint32_t frames)
{
    uint64_t skipped =
        atomic_load_explicit(&stream->counts.skipped, memory_order_relaxed);
    if (skipped < frames) {
        return; /* it was before this stream began */
    }
    atomic_store_explicit(&stream->counts.skipped, skipped - frames,
                          memory_order_relaxed);
    if (stream->out.count == 0 || !stream->keep_time) {
        return;
    }
    if (stream->in.count > 0) {
        uint32_t newest = stream->first_gap + stream->gap_count - 1;
        rtj_gap *gap = &stream->gaps[newest % RTJ_GAPS];
        if (stream->gap_count == 0 || !gap->skipped || gap->frames < frames) {
            return; /* the output was there already, and made up for it */
        }
        gap->frames -= frames;
        stream->gap_count -= gap->frames == 0;
    }
    int64_t owed = stream->debt > 0 ? stream->debt : 0;
    int64_t unpaid = owed < (int64_t)frames ? owed : (int64_t)frames;
    stream->debt -= unpaid;
    stream->again = stream->ports_keep && unpaid == 0 && stream->pad == 0;
    stream->pad += (uint64_t)(frames - unpaid);
}

static uint32_t play_pad(rtj_stream *stream, uint32_t from, uint32_t frames)
{
    uint32_t left = frames - from;
    uint32_t part = stream->pad < left ? (uint32_t)stream->pad : left;
    stream->pad -= part;
    count(&stream->counts.padded, part);
    if (!stream->again || part < frames) {
        silence(stream, from, from + part, frames);
    }
    stream->again = 0;
    return part;
}

static void play_frames(rtj_stream *stream, uint32_t from, uint32_t taken,
                        uint32_t frames)
{
    rtj_side *out = &stream->out;
    end_break(stream, out, RTJ_BREAK_OUTPUT);
    rtj_span span = rtj_frames_to_read(&out->ring, 0, taken);
    for (uint32_t i = 0; i < out->count; i++) {
        float *buffer = stream->get_buffer(out->ports[i], frames);
        if (buffer != NULL) {
            rtj_span_get(&out->ring, i, span, buffer + from);
        }
    }
    rtj_frames_took(&out->ring, taken);
    count(&stream->counts.played, taken);
}

static void play(rtj_stream *stream, uint32_t frames)
{
    uint32_t done = 0;
    while (done < frames) {
        uint32_t ready = stream->pad > 0 ? 0 : pay_debt(stream);
        uint32_t left = frames - done;
        if (stream->pad > 0) {
            done += play_pad(stream, done, frames);
        } else if (stream->debt < 0) {
            uint32_t due =
                -stream->debt < (int64_t)left ? (uint32_t)-stream->debt : left;
            miss(stream, done, done + due, frames);
            done += due;
        } else if (ready == 0) {
            miss(stream, done, frames, frames);
            done = frames;
        } else {
            uint32_t taken = ready < left ? ready : left;
            play_frames(stream, done, taken, frames);
            done += taken;
        }
    }
    wake(&stream->out);
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
        silence(stream, 0, frames, frames);
        return;
    }
    int32_t jump = stream->jump->frames;
    if (stream->started && jump > 0) {
        skip(stream, (uint32_t)jump, stream->jump->behind);
    } else if (stream->started && jump < 0) {
        take_back(stream, (uint32_t)-jump);
    } else if (!stream->started) {
        stream->started = 1;
        stream->gap_count = 0;
        stream->shift =
            atomic_load_explicit(&stream->out.ring.taken, memory_order_relaxed) +
            (uint64_t)stream->lookahead * stream->longest -
            atomic_load_explicit(&stream->in.ring.written, memory_order_relaxed);
    }
    adapt(stream, frames);
    if (stream->in.count > 0) {
        capture(stream, frames);
    }
    if (stream->out.count > 0) {
        play(stream, frames);
    }
}
