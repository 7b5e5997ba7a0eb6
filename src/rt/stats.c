#include "rt/stats.h"

#include <stddef.h>
#include <string.h>

#include "rt/clock.h"

_Static_assert(offsetof(rtj_stats_copy, cycles) == sizeof(rtj_stats_counts),
               "the same words");

static uint64_t get(const _Atomic uint64_t *word)
{
    return atomic_load_explicit(word, memory_order_relaxed);
}

static void set(_Atomic uint64_t *word, uint64_t value)
{
    atomic_store_explicit(word, value, memory_order_release);
}

static void add(_Atomic uint64_t *word, uint64_t more)
{
    set(word, get(word) + more);
}

static void raise_to(_Atomic uint64_t *word, uint64_t value)
{
    if (value > get(word)) {
        set(word, value);
    }
}

/* Readers from here on know that they may find half of it. */
static void begin_writing(rtj_stats *stats)
{
    atomic_store_explicit(&stats->turn, get(&stats->turn) + 1, memory_order_relaxed);
}

static void end_writing(rtj_stats *stats)
{
    set(&stats->turn, get(&stats->turn) + 1);
}

static int freewheels(const rtj_stats *stats)
{
    return stats->freewheels != NULL &&
           atomic_load_explicit(stats->freewheels, memory_order_relaxed);
}

static void begin_anew(rtj_stats *stats, uint64_t epoch)
{
    _Atomic uint64_t *words = (_Atomic uint64_t *)&stats->counts;
    begin_writing(stats);
    for (int i = 0; i < RTJ_STATS_WORDS; i++) {
        set(&words[i], 0);
    }
    set(&stats->epoch, epoch);
    end_writing(stats);
    stats->waits = (rtj_stats_waits){0, 0, 0};
}

/* Of JACK's time, between the last block and this. */
static rtj_jump jump(rtj_stats *stats, uint32_t frames)
{
    uint32_t activations =
        atomic_load_explicit(&stats->activations, memory_order_relaxed);
    if (activations != stats->seen_activations) {
        rtj_jacktime_forget(&stats->time);
    }
    stats->seen_activations = activations;
    return rtj_jacktime_begin(&stats->time, frames);
}

void rtj_stats_begin(rtj_stats *stats, uint32_t frames)
{
    uint64_t wanted = atomic_load_explicit(&stats->wanted_epoch, memory_order_relaxed);
    stats->began = rtj_clock_ticks(stats->scale);
    stats->fresh = 1;
    if (wanted != get(&stats->epoch)) {
        begin_anew(stats, wanted);
    }
    stats->jump = (rtj_jump){0, 0};
    if (freewheels(stats)) {
        rtj_jacktime_forget(&stats->time); /* it does not go on by itself */
    } else if (stats->time.last_frame_time != NULL) {
        stats->jump = jump(stats, frames);
    }
    int32_t cycles = frames > 0 ? stats->jump.frames / (int32_t)frames : 0;
    uint64_t before = get(&stats->counts.skipped_cycles);
    if (cycles > 0 || (cycles < 0 && before > 0)) {
        begin_writing(stats);
        set(&stats->counts.skipped_cycles, before + (uint64_t)cycles);
        end_writing(stats);
    }
}

static int bucket_of(uint64_t nanoseconds)
{
    uint64_t microseconds = nanoseconds / 1000;
    int bits = microseconds > 0 ? 64 - __builtin_clzll(microseconds) : 0;
    return bits < RTJ_STATS_BUCKETS ? bits : RTJ_STATS_BUCKETS - 1;
}

static int is_late(rtj_stats *stats, uint64_t took, uint32_t frames)
{
    uint32_t rate = atomic_load_explicit(&stats->samplerate, memory_order_relaxed);
    if (frames != stats->period_frames || rate != stats->period_rate) {
        stats->period_frames = frames;
        stats->period_rate = rate;
        stats->period = rate > 0 ? frames * (uint64_t)1000000000 / rate : UINT64_MAX;
    }
    return rate > 0 && took > stats->period && !freewheels(stats);
}

static void tell_waits(rtj_stats *stats)
{
    rtj_stats_counts *counts = &stats->counts;
    add(&counts->gil_waits, stats->waits.count);
    add(&counts->gil_wait_total, stats->waits.total);
    raise_to(&counts->gil_wait_max, stats->waits.max);
    stats->waits = (rtj_stats_waits){0, 0, 0};
}

void rtj_stats_end(rtj_stats *stats, uint32_t frames)
{
    stats->fresh = 0;
    uint64_t now = rtj_clock_ticks(stats->scale);
    uint64_t took = rtj_clock_between(stats->scale, stats->began, now);
    rtj_stats_counts *counts = &stats->counts;
    begin_writing(stats);
    if (is_late(stats, took, frames)) {
        add(&counts->late_cycles, 1);
    }
    if (stats->waits.count > 0) {
        tell_waits(stats);
    }
    add(&counts->callback_total, took);
    raise_to(&counts->callback_max, took);
    add(&counts->histogram[bucket_of(took)], 1);
    end_writing(stats);
}

uint64_t rtj_stats_wait(const rtj_stats *stats)
{
    return stats->fresh ? stats->began : rtj_clock_ticks(stats->scale);
}

uint64_t rtj_stats_now(const rtj_stats *stats)
{
    return rtj_clock_ticks(stats->scale);
}

void rtj_stats_waited(rtj_stats *stats, uint64_t since)
{
    rtj_stats_waited_until(stats, since, rtj_stats_now(stats));
}

void rtj_stats_waited_until(rtj_stats *stats, uint64_t since, uint64_t until)
{
    uint64_t waited = rtj_clock_between(stats->scale, since, until);
    rtj_stats_waits *waits = &stats->waits;
    waits->count++;
    waits->total += waited;
    waits->max = waited > waits->max ? waited : waits->max;
}

void rtj_stats_reset(rtj_stats *stats)
{
    (void)atomic_fetch_add(&stats->wanted_epoch, 1);
}

int rtj_stats_read(const rtj_stats *stats, rtj_stats_copy *copy)
{
    const _Atomic uint64_t *words = (const _Atomic uint64_t *)&stats->counts;
    uint64_t read[RTJ_STATS_WORDS];
    uint64_t turn = atomic_load_explicit(&stats->turn, memory_order_acquire);
    uint64_t wanted = atomic_load(&stats->wanted_epoch);
    uint64_t epoch = atomic_load_explicit(&stats->epoch, memory_order_acquire);
    for (int i = 0; i < RTJ_STATS_WORDS; i++) {
        read[i] = atomic_load_explicit(&words[i], memory_order_acquire);
    }
    if (epoch != wanted) {
        memset(copy, 0, sizeof *copy); /* no block has begun since the reset */
    } else {
        memcpy(copy, read, sizeof read);
    }
    copy->cycles = 0;
    for (int i = 0; i < RTJ_STATS_BUCKETS; i++) {
        copy->cycles += copy->histogram[i];
    }
    return (turn & 1) == 0 &&
           atomic_load_explicit(&stats->turn, memory_order_relaxed) == turn;
}
