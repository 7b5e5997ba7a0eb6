/* What the audio thread counts of itself: one set per client, part of its cycle.
 *
 * Memory order: the counts are written by the audio thread alone, between two changes
 * of `turn` (odd while it writes), each with release; a reader that has read a new
 * count sees that `turn` has changed, and reads again.  Readers write nothing that the
 * audio thread reads but `wanted_epoch`: at the next block's beginning the audio thread
 * begins to count anew.  `counts` lie on cache lines of their own, and so do the
 * settings, which change hardly ever.
 */
#ifndef RTJ_RT_STATS_H
#define RTJ_RT_STATS_H

#include <jack/jack.h>
#include <stdatomic.h>
#include <stdint.h>

#include "rt/jacktime.h"

/* Times by their power of two: below 1 us, below 2 us, ... below 2^20 us, and longer.
 */
enum { RTJ_STATS_BUCKETS = 22 };

/* Times are in nanoseconds.  All are atomic words, so that they can be copied in order.
 */
typedef struct rtj_stats_counts {
    _Atomic uint64_t late_cycles;    /* that took longer than the block lasts */
    _Atomic uint64_t skipped_cycles; /* blocks that JACK went on without us */
    _Atomic uint64_t callback_total;
    _Atomic uint64_t callback_max;
    _Atomic uint64_t gil_waits;
    _Atomic uint64_t gil_wait_total;
    _Atomic uint64_t gil_wait_max;
    _Atomic uint64_t histogram[RTJ_STATS_BUCKETS]; /* of callback times */
} rtj_stats_counts;

enum { RTJ_STATS_WORDS = sizeof(rtj_stats_counts) / sizeof(uint64_t) };

/* As a reader has it, at one moment: the same, in order, and the sum of the histogram.
 */
typedef struct rtj_stats_copy {
    uint64_t late_cycles;
    uint64_t skipped_cycles;
    uint64_t callback_total;
    uint64_t callback_max;
    uint64_t gil_waits;
    uint64_t gil_wait_total;
    uint64_t gil_wait_max;
    uint64_t histogram[RTJ_STATS_BUCKETS];
    uint64_t cycles;
} rtj_stats_copy;

/* Waits for the interpreter's lock since they were last told. */
typedef struct rtj_stats_waits {
    uint64_t count;
    uint64_t total;
    uint64_t max;
} rtj_stats_waits;

typedef struct rtj_stats {
    /* Settings, by others than the audio thread. */
    _Alignas(64) _Atomic uint64_t wanted_epoch;
    _Atomic uint32_t activations;  /* changed: what was the last block is long ago */
    _Atomic uint32_t samplerate;   /* 0: unknown, and no cycle is late */
    const _Atomic int *freewheels; /* nothing is late then; NULL: never */
    uint32_t scale; /* of the clock, rt/clock.h; changes only while no block runs */
    /* The audio thread's. */
    _Alignas(64) _Atomic uint64_t turn;
    _Atomic uint64_t epoch; /* that the counts belong to */
    rtj_stats_counts counts;
    uint64_t began; /* this cycle, ticks */
    int fresh;      /* nothing has been done in it yet */
    uint32_t seen_activations;
    rtj_jacktime time;      /* without its functions none is skipped */
    rtj_jump jump;          /* before this block */
    uint32_t period_frames; /* a block of so many, */
    uint32_t period_rate;   /* at that rate, */
    uint64_t period;        /* lasts so long, nanoseconds */
    rtj_stats_waits waits;
    _Alignas(64) char end[1];
} rtj_stats;

/* ---- the audio thread ---- */

/* A cycle begins, and ends. */
void rtj_stats_begin(rtj_stats *stats, uint32_t frames);
void rtj_stats_end(rtj_stats *stats, uint32_t frames);

/* A part of the cycle was done: what begins now does not begin with the cycle. */
static inline void rtj_stats_done_something(rtj_stats *stats)
{
    stats->fresh = 0;
}

/* The interpreter's lock is waited for; what the first returns goes to the second.  It
 * is told with the next cycle's end. */
uint64_t rtj_stats_wait(const rtj_stats *stats);
void rtj_stats_waited(rtj_stats *stats, uint64_t since);
/* The same when another thread waited for it, until its rtj_stats_now(). */
void rtj_stats_waited_until(rtj_stats *stats, uint64_t since, uint64_t until);

/* ---- any thread ---- */

uint64_t rtj_stats_now(const rtj_stats *stats);

/* Count anew from the next block on; until then all counts read as nothing. */
void rtj_stats_reset(rtj_stats *stats);

/* 1, or 0 when the audio thread was just writing: try again. */
int rtj_stats_read(const rtj_stats *stats, rtj_stats_copy *copy);

#endif
