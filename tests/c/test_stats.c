#include "rt/stats.h"

#include <pthread.h>
#include <sched.h>

#include "check.h"
#include "rt/clock.h"
#include "rt/cycle.h"

static rtj_stats_copy read_stats(const rtj_stats *stats)
{
    rtj_stats_copy copy;
    while (!rtj_stats_read(stats, &copy)) {
        sched_yield();
    }
    return copy;
}

static uint64_t sum(const rtj_stats_copy *copy)
{
    uint64_t all = 0;
    for (int i = 0; i < RTJ_STATS_BUCKETS; i++) {
        all += copy->histogram[i];
    }
    return all;
}

/* One cycle that began so long ago. */
static void spend(rtj_stats *stats, uint64_t nanoseconds, uint32_t frames)
{
    rtj_stats_begin(stats, frames);
    stats->began = rtj_clock_ticks(stats->scale) - nanoseconds;
    rtj_stats_end(stats, frames);
}

static void test_buckets(void)
{
    rtj_stats stats = {0};
    for (int i = 0; i < RTJ_STATS_BUCKETS; i++) {
        /* The middle of a bucket: 1.5 us, 3 us, ... of 64 frames. */
        uint64_t time = i == 0 ? 0 : 750ULL << i;
        spend(&stats, time, 64);
        rtj_stats_copy copy = read_stats(&stats);
        CHECK_EQ(copy.cycles, i + 1);
        CHECK_EQ(sum(&copy), i + 1);
        CHECK(copy.callback_max >= time && copy.callback_total >= time);
        if (i > 8) { /* below, the clock's own time may lift it into the next one */
            CHECK(copy.histogram[i] >= 1);
        }
    }
    /* Beyond the last bucket's own; not so long that the machine was off then. */
    spend(&stats, 750ULL << RTJ_STATS_BUCKETS, 64);
    rtj_stats_copy copy = read_stats(&stats);
    CHECK(copy.histogram[RTJ_STATS_BUCKETS - 1] >= 2);
    CHECK_EQ(copy.late_cycles, 0); /* nobody knows how long a block lasts */
}

static void test_late(void)
{
    rtj_stats stats = {0};
    _Atomic int freewheels = 0;
    atomic_store(&stats.samplerate, 48000);
    stats.freewheels = &freewheels;
    uint64_t period = 480000ULL * 1000000000 / 48000; /* ten seconds */
    spend(&stats, 0, 480000);
    spend(&stats, period / 2, 480000);
    CHECK_EQ(read_stats(&stats).late_cycles, 0);
    spend(&stats, period + 1000, 480000);
    CHECK_EQ(read_stats(&stats).late_cycles, 1);
    atomic_store(&freewheels, 1);
    spend(&stats, period + 1000, 480000);
    rtj_stats_copy copy = read_stats(&stats);
    CHECK_EQ(copy.late_cycles, 1);
    CHECK_EQ(copy.cycles, 4);
}

static uint32_t frame_time; /* of the next block */

static jack_nframes_t tell_frame_time(const jack_client_t *handle)
{
    CHECK(handle == (const jack_client_t *)&frame_time);
    return frame_time;
}

static jack_nframes_t tell_frames_since(const jack_client_t *handle)
{
    CHECK(handle == (const jack_client_t *)&frame_time);
    return 48; /* a millisecond */
}

static void at(rtj_stats *stats, uint32_t time, uint32_t frames)
{
    frame_time = time;
    spend(stats, 0, frames);
}

static void test_skipped(void)
{
    rtj_stats stats = {0};
    _Atomic int freewheels = 0;
    stats.freewheels = &freewheels;
    stats.time.handle = (jack_client_t *)&frame_time;
    stats.time.last_frame_time = tell_frame_time;
    stats.time.frames_since_cycle_start = tell_frames_since;
    atomic_store(&stats.samplerate, 48000);
    at(&stats, 6400000, 64); /* the first: nothing went before */
    at(&stats, 6400064, 64);
    CHECK_EQ(read_stats(&stats).skipped_cycles, 0);
    at(&stats, 6400192, 64);
    CHECK_EQ(read_stats(&stats).skipped_cycles, 1);
    CHECK_EQ(stats.jump.frames, 64);
    at(&stats, 6400192 + 11 * 64, 64);
    CHECK_EQ(read_stats(&stats).skipped_cycles, 11);
    at(&stats, 9000000, 128); /* another block size */
    CHECK_EQ(stats.jump.frames, 0);
    (void)atomic_fetch_add(&stats.activations, 1);
    at(&stats, 10000000, 128); /* activated anew */
    atomic_store(&freewheels, 1);
    at(&stats, 20000000, 128);
    at(&stats, 20000000, 128);
    atomic_store(&freewheels, 0);
    at(&stats, 30000000, 128);
    at(&stats, 30000128, 128);
    CHECK_EQ(stats.jump.frames, 0);
    CHECK_EQ(read_stats(&stats).skipped_cycles, 11);
    at(&stats, 30000128 + 256, 128);
    CHECK_EQ(read_stats(&stats).skipped_cycles, 12);
    at(&stats, 30000128 + 256, 128); /* the same time: none was skipped */
    CHECK_EQ(stats.jump.frames, -128);
    CHECK_EQ(read_stats(&stats).skipped_cycles, 11);
    at(&stats, UINT32_MAX - 127, 128);
    uint64_t before = read_stats(&stats).skipped_cycles;
    at(&stats, 256, 128); /* the clock has wrapped */
    CHECK_EQ(read_stats(&stats).skipped_cycles, before + 2);
}

static void wait_for_lock(rtj_stats *stats, uint64_t nanoseconds)
{
    rtj_stats_waited(stats, rtj_stats_wait(stats) - nanoseconds);
}

static void test_waits(void)
{
    rtj_stats stats = {0};
    wait_for_lock(&stats, 5000000);
    wait_for_lock(&stats, 3000000);
    CHECK_EQ(read_stats(&stats).gil_waits, 0); /* they are told with the cycle */
    rtj_stats_begin(&stats, 64);
    CHECK_EQ(rtj_stats_wait(&stats), stats.began); /* one reading less */
    rtj_stats_done_something(&stats);
    CHECK(rtj_stats_wait(&stats) > stats.began);
    wait_for_lock(&stats, 0);
    rtj_stats_end(&stats, 64);
    rtj_stats_copy copy = read_stats(&stats);
    CHECK_EQ(copy.gil_waits, 3);
    CHECK(copy.gil_wait_max >= 5000000);
    CHECK(copy.gil_wait_total >= copy.gil_wait_max + 3000000);
    CHECK_EQ(copy.cycles, 1);
    spend(&stats, 0, 64);
    CHECK_EQ(read_stats(&stats).gil_waits, 3);
}

static void test_reset(void)
{
    rtj_stats stats = {0};
    spend(&stats, 1000000, 64);
    wait_for_lock(&stats, 0);
    rtj_stats_begin(&stats, 64);
    wait_for_lock(&stats, 0);
    rtj_stats_reset(&stats); /* within a cycle */
    CHECK_EQ(read_stats(&stats).cycles, 0);
    rtj_stats_end(&stats, 64);
    rtj_stats_copy copy = read_stats(&stats);
    CHECK_EQ(copy.cycles, 0); /* it began before */
    CHECK_EQ(copy.callback_max, 0);
    spend(&stats, 0, 64);
    copy = read_stats(&stats);
    CHECK_EQ(copy.cycles, 1);
    CHECK_EQ(copy.gil_waits, 0);
    CHECK_EQ(sum(&copy), 1);
}

/* ---- one that counts, one that reads and resets ---- */

enum { CYCLES = 200000, RESETS = 200 };

static void *audio(void *data)
{
    rtj_cycle *cycle = data;
    for (int i = 0; i < CYCLES; i++) {
        rtj_stats_waited(&cycle->stats, rtj_stats_wait(&cycle->stats));
        CHECK_EQ(rtj_cycle_process(64, cycle), 0);
        if (i % 1000 == 0) {
            sched_yield();
        }
    }
    return NULL;
}

static void test_reading_while_running(void)
{
    static rtj_cycle cycle;
    pthread_t thread;
    rtj_stats_copy copy;
    int resets = 0;
    long whole = 0;
    CHECK_EQ(pthread_create(&thread, NULL, audio, &cycle), 0);
    while (rtj_cycle_mark(&cycle) < 2 * CYCLES) {
        if (!rtj_stats_read(&cycle.stats, &copy)) {
            sched_yield();
            continue;
        }
        whole++;
        CHECK_EQ(sum(&copy), copy.cycles);
        CHECK(copy.callback_total >= copy.callback_max);
        CHECK(copy.gil_wait_total >= copy.gil_wait_max);
        CHECK(copy.gil_waits <= copy.cycles && copy.cycles <= copy.gil_waits + 1);
        if (resets < RESETS && copy.cycles > CYCLES / RESETS / 4) {
            rtj_stats_reset(&cycle.stats);
            resets++;
        }
    }
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK(whole > 0 && resets > 0);
    rtj_stats_reset(&cycle.stats);
    CHECK_EQ(rtj_cycle_process(64, &cycle), 0);
    CHECK_EQ(read_stats(&cycle.stats).cycles, 1);
}

static void test_clock(void)
{
    uint32_t quarter = (1U << RTJ_CLOCK_SHIFT) / 4; /* four ticks a nanosecond */
    CHECK_EQ(rtj_clock_between(quarter, 1000, 1000 + 4000), 1000);
    CHECK_EQ(rtj_clock_between(quarter, 0, 4ULL * 86400 * 1000000000),
             86400LL * 1000000000);
    CHECK_EQ(rtj_clock_between(quarter, 5000, 1000), 0);
    CHECK_EQ(rtj_clock_between(0, 1000, 5000), 4000);
    uint64_t before = rtj_clock_nanoseconds();
    uint64_t ticks = rtj_clock_ticks(0);
    CHECK(before <= ticks && ticks <= rtj_clock_nanoseconds());
#if RTJ_CLOCK_COUNTER
    before = rtj_clock_counter();
    ticks = rtj_clock_ticks(quarter);
    CHECK(before <= ticks && ticks <= rtj_clock_counter());
#endif
}

static void test_lines(void)
{
    /* The counts share no cache line with what others write. */
    CHECK_EQ(offsetof(rtj_stats, turn) % 64, 0);
    CHECK(offsetof(rtj_stats, turn) - offsetof(rtj_stats, wanted_epoch) >= 64);
    CHECK_EQ(offsetof(rtj_stats, end) % 64, 0);
}

int main(void)
{
    check_deadline(60);
    test_buckets();
    test_late();
    test_skipped();
    test_waits();
    test_reset();
    test_reading_while_running();
    test_clock();
    test_lines();
    return 0;
}
