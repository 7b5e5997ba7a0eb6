#include <pthread.h>
#include <sched.h>

#include "check.h"
#include "midi_bench.h"

/* One thread does all: what a block makes of the queue. */

static void test_each_at_its_frame(void)
{
    midi_bench *bench = new_midi_bench(1000);
    static const uint32_t offsets[] = {100, 7, 64, 0, 63, 130, 7};
    for (uint32_t i = 0; i < 7; i++) {
        bench_send(bench, (sending){.time = 1000 + offsets[i], .tag = i});
    }
    bench_block(bench, 64);
    bench_expect(bench, 0, 3);
    bench_expect(bench, 7, 1);
    bench_expect(bench, 7, 6); /* in the order of sending */
    bench_expect(bench, 63, 4);
    bench_block(bench, 64);
    bench_expect(bench, 0, 2);
    bench_expect(bench, 36, 0);
    bench_block(bench, 64);
    bench_expect(bench, 2, 5);
    bench_expect_no_more(bench);
    CHECK_EQ(bench->queue.counts.sent, 7);
    CHECK_EQ(bench->queue.counts.late, 0);
    CHECK_EQ(bench->returned, 7);
    free_midi_bench(bench);
}

static void test_late_ones(void)
{
    midi_bench *bench = new_midi_bench(1000);
    bench_send(bench, (sending){.time = 999, .tag = 1});
    bench_send(bench, (sending){.time = 998, .tag = 2, .drop_late = 1});
    bench_send(bench, (sending){.time = 1000, .tag = 3, .drop_late = 1});
    bench_send(bench, (sending){.time = 12345678, .tag = 4, .at_once = 1});
    bench_block(bench, 64);
    bench_expect(bench, 0, 1);
    bench_expect(bench, 0, 3);
    bench_expect(bench, 0, 4);
    bench_expect_no_more(bench);
    CHECK_EQ(bench->queue.counts.late, 2);
    CHECK_EQ(bench->queue.counts.dropped, 1);
    CHECK_EQ(bench->queue.counts.sent, 3);
    free_midi_bench(bench);
}

/* JACK may go on without a block: what was due in between is late. */
static void test_a_gap(void)
{
    midi_bench *bench = new_midi_bench(0);
    bench_send(bench, (sending){.time = 63, .tag = 0});
    bench_send(bench, (sending){.time = 64, .tag = 1, .drop_late = 1});
    bench_send(bench, (sending){.time = 127, .tag = 2});
    bench_send(bench, (sending){.time = 128, .tag = 3, .drop_late = 1});
    bench_block(bench, 64);
    bench_expect(bench, 63, 0);
    bench->time += 64;
    bench_block(bench, 64);
    bench_expect(bench, 0, 2);
    bench_expect(bench, 0, 3);
    bench_expect_no_more(bench);
    CHECK_EQ(bench->queue.counts.late, 2);
    CHECK_EQ(bench->queue.counts.dropped, 1);
    free_midi_bench(bench);
}

static void test_times_wrap(void)
{
    midi_bench *bench = new_midi_bench(UINT32_MAX - 99); /* 100 frames before 0 */
    bench_send(bench, (sending){.time = 28, .tag = 3});
    bench_send(bench, (sending){.time = UINT32_MAX, .tag = 1});
    bench_send(bench, (sending){.time = 0, .tag = 2});
    bench_send(bench, (sending){.time = UINT32_MAX - 99, .tag = 0});
    bench_send(bench, (sending){.time = UINT32_MAX - 100, .tag = 9, .drop_late = 1});
    bench_block(bench, 64);
    bench_expect(bench, 0, 0);
    bench_block(bench, 64);
    bench_expect(bench, 35, 1);
    bench_expect(bench, 36, 2);
    bench_block(bench, 64);
    bench_expect(bench, 0, 3);
    bench_expect_no_more(bench);
    CHECK_EQ(bench->queue.counts.late, 1);
    free_midi_bench(bench);
}

/* Nearly half the range of times ahead, beside what waits for room. */
static void test_far_ahead(void)
{
    midi_bench *bench = new_midi_bench(5);
    bench->room = 12; /* of one message */
    bench_send(bench, (sending){.time = 5u + INT32_MAX, .tag = 2});
    bench_send(bench, (sending){.time = 5, .tag = 0});
    bench_send(bench, (sending){.time = 5, .tag = 1});
    bench_block(bench, 64);
    bench_expect(bench, 0, 0);
    bench_block(bench, 64);
    bench_expect(bench, 0, 1);
    bench_expect_no_more(bench);
    bench->time = 5u + INT32_MAX - 10;
    bench_block(bench, 64);
    bench_expect(bench, 10, 2);
    CHECK_EQ(bench->queue.counts.late, 0);
    CHECK_EQ(bench->queue.counts.deferred, 1);
    free_midi_bench(bench);
}

static void test_no_room_in_this_block(void)
{
    midi_bench *bench = new_midi_bench(0);
    bench->room = 100;
    bench_send(bench, (sending){.time = 0, .tag = 0, .size = 60});
    bench_send(bench, (sending){.time = 1, .tag = 1, .size = 60, .drop_late = 1});
    bench_send(bench, (sending){.time = 2, .tag = 2}); /* would fit, but not before 1 */
    bench_send(bench, (sending){.time = 70, .tag = 3});
    bench_send(bench, (sending){.time = 71, .tag = 4, .size = 101});
    bench_block(bench, 64);
    bench_expect(bench, 0, 0);
    bench_block(bench, 64);
    bench_expect(bench, 0, 1);
    bench_expect(bench, 0, 2);
    bench_expect(bench, 6, 3);
    bench_expect_no_more(bench);
    CHECK_EQ(bench->queue.counts.deferred, 2);
    CHECK_EQ(bench->queue.counts.late, 0);
    CHECK_EQ(bench->queue.counts.dropped, 1); /* larger than the port */
    CHECK_EQ(bench->queue.largest, 100);
    free_midi_bench(bench);
}

/* As PipeWire has it: 16 bytes for each, and its own bytes filled up to eight. */
static void test_what_is_carried(void)
{
    midi_bench *bench = new_midi_bench(0);
    bench->queue.carried_most = 100;
    bench->queue.spare = 8;
    bench->room = 84;
    bench_send(bench, (sending){.time = 0, .tag = 0, .size = 9});  /* 32 */
    bench_send(bench, (sending){.time = 1, .tag = 1, .size = 17}); /* 40 */
    bench_send(bench, (sending){.time = 2, .tag = 2, .size = 16}); /* 32 */
    bench_send(bench, (sending){.time = 3, .tag = 3, .size = 77}); /* 96 */
    bench_block(bench, 64);
    bench_expect(bench, 0, 0);
    bench_expect(bench, 1, 1);
    bench->other_count = 1;
    bench->others[0] = (sending){.time = 5, .tag = 9, .size = 50}; /* 72 */
    bench_block(bench, 64);
    bench_expect(bench, 5, 9);
    bench->other_count = 0;
    bench_block(bench, 64);
    bench_expect(bench, 0, 2);
    bench_expect_no_more(bench);
    CHECK_EQ(bench->queue.counts.dropped,
             1); /* it would leave less than 8 bytes free */
    CHECK_EQ(bench->queue.largest, 76);
    free_midi_bench(bench);
}

/* As PipeWire 1.4 has it. */
static void test_what_is_carried_in_pieces(void)
{
    midi_bench *bench = new_midi_bench(0);
    bench->queue.carried_most = 100;
    bench->queue.cuts = 1;
    bench->room = 20000;
    bench_send(bench, (sending){.time = 0, .tag = 0, .size = 3});  /* 24 */
    bench_send(bench, (sending){.time = 1, .tag = 1, .size = 18}); /* 72 */
    bench_send(bench, (sending){.time = 2, .tag = 2, .size = 1});  /* 24 */
    bench_send(bench, (sending){.time = 3, .tag = 3, .size = RTJ_MIDI_CUT_MOST + 1});
    bench_block(bench, 64);
    bench_expect(bench, 0, 0);
    bench_expect(bench, 1, 1);
    bench_block(bench, 64);
    bench_expect(bench, 0, 2);
    bench_expect_no_more(bench);
    CHECK_EQ(bench->queue.counts.dropped, 1); /* more than all that is carried */
    CHECK_EQ(bench->queue.largest, RTJ_MIDI_CUT_MOST);
    free_midi_bench(bench);
}

/* What a callback wrote into the same buffer stays, and goes before. */
static void test_merging(void)
{
    midi_bench *bench = new_midi_bench(0);
    bench_send(bench, (sending){.time = 5, .tag = 1});
    bench_send(bench, (sending){.time = 10, .tag = 3});
    bench_send(bench, (sending){.time = 30, .tag = 5});
    bench->other_count = 3;
    memcpy(bench->others,
           ((sending[]){{.time = 4, .tag = 0, .size = 40},
                        {.time = 5, .tag = 2},
                        {.time = 20, .tag = 4, .size = 50}}),
           3 * sizeof(sending));
    bench_block(bench, 64);
    bench_expect(bench, 4, 0);
    bench_expect(bench, 5, 2);
    bench_expect(bench, 5, 1);
    bench_expect(bench, 10, 3);
    bench_expect(bench, 20, 4);
    bench_expect(bench, 30, 5);
    bench_expect_no_more(bench);
    /* Where there is room for the callback's alone, ours wait. */
    bench_send(bench, (sending){.time = 64, .tag = 7});
    bench->room = 100;
    bench->other_count = 2;
    bench->others[0] = (sending){.time = 0, .tag = 6, .size = 49};
    bench->others[1] = (sending){.time = 1, .tag = 8, .size = 50};
    bench_block(bench, 64);
    bench_expect(bench, 0, 6);
    bench_expect(bench, 1, 8);
    bench->other_count = 0;
    bench_block(bench, 64);
    bench_expect(bench, 0, 7);
    bench_expect_no_more(bench);
    free_midi_bench(bench);
}

static void test_blocks_of_other_lengths(void)
{
    midi_bench *bench = new_midi_bench(0);
    for (uint32_t i = 0; i < 500; i++) {
        bench_send(bench, (sending){.time = 499 - i, .tag = 499 - i});
    }
    static const uint32_t lengths[] = {64, 1, 128, 16, 16, 256, 19};
    uint32_t tag = 0;
    for (size_t k = 0; k < 7; k++) {
        bench_block(bench, lengths[k]);
        for (uint32_t i = 0; i < lengths[k]; i++) {
            bench_expect(bench, i, tag++);
        }
    }
    bench_expect_no_more(bench);
    CHECK_EQ(tag, 500);
    free_midi_bench(bench);
}

static void test_a_port_that_is_gone(void)
{
    midi_bench *bench = new_midi_bench(0);
    bench_send(bench, (sending){.time = 10, .tag = 0});
    jack_port_t *port = atomic_exchange(&bench->ports[0], NULL);
    bench_block(bench, 64);
    bench_expect_no_more(bench);
    atomic_store(&bench->ports[0], port);
    bench_block(bench, 64);
    bench_expect(bench, 0, 0);
    free_midi_bench(bench);
}

/* A full queue in one block: no more than the burst goes in or out. */
static void test_a_full_queue(void)
{
    midi_bench *bench = new_midi_bench(0);
    for (uint32_t i = 0; i < BENCH_SLOTS; i++) {
        bench_send(bench, (sending){.time = i % 3, .tag = i});
    }
    CHECK_EQ(bench->free_count, 0);
    bench_block(bench, 64);
    for (uint32_t offset = 0; offset < 3; offset++) {
        for (uint32_t i = offset; i < BENCH_SLOTS; i += 3) {
            bench_expect(bench, offset, i);
        }
    }
    bench_expect_no_more(bench);
    CHECK_EQ(bench->free_count, BENCH_SLOTS);
    free_midi_bench(bench);
}

/* Several senders and the audio thread, all at full rate. */

enum { SENDERS = 4, EACH = 50000, FRAMES = 64, AHEAD = 512 };

typedef struct shared {
    midi_bench *bench;
    pthread_mutex_t lock; /* of the senders, as in core/midisender.c */
    _Atomic uint32_t now;
    _Atomic uint64_t accepted;
    _Atomic int ended;
    uint64_t seen[SENDERS]; /* the audio thread's: of each sender, in order */
    uint64_t exact;
    uint64_t late;
} shared;

static void *sender(void *data)
{
    shared *all = ((void **)data)[0];
    uint32_t number = (uint32_t)(uintptr_t)((void **)data)[1];
    uint32_t time = 0;
    for (uint32_t i = 0; i < EACH;) {
        pthread_mutex_lock(&all->lock);
        bench_take_back(all->bench);
        int room = all->bench->free_count > 0;
        if (room) {
            /* A time that never goes back, so that the order can be looked at. */
            uint32_t soon = atomic_load(&all->now) + AHEAD + i % 40;
            time = (int32_t)(soon - time) > 0 ? soon : time;
            bench_send(all->bench, (sending){.time = time,
                                             .tag = number << 24 | i,
                                             .size = i % 50 == 0 ? 300 : 0});
            atomic_fetch_add(&all->accepted, 1);
        }
        pthread_mutex_unlock(&all->lock);
        i += room ? 1 : 0;
        if (!room || i % 64 == 0) {
            sched_yield();
        }
    }
    return NULL;
}

static void look(shared *all)
{
    midi_bench *bench = all->bench;
    for (uint32_t i = 0; i < bench->written; i++) {
        const bench_event *event = &bench->events[i];
        uint32_t number = event->tag >> 24, index = event->tag & 0xFFFFFF;
        CHECK(number < SENDERS);
        CHECK_EQ(index, all->seen[number]);
        all->seen[number]++;
        CHECK_EQ(event->size, index % 50 == 0 ? 300 : sizeof(uint32_t) * 2);
        if (event->asked == bench->time + event->time) {
            all->exact++;
        } else { /* only what the audio thread came to before it was sent */
            CHECK_EQ(event->time, 0);
            CHECK((int32_t)(event->asked - bench->time) < 0);
            all->late++;
        }
    }
}

static void *audio(void *data)
{
    shared *all = data;
    midi_bench *bench = all->bench;
    while (!atomic_load(&all->ended)) {
        bench_clear(bench);
        rtj_midi_queue_run(&bench->queue, FRAMES);
        look(all);
        bench->time += FRAMES;
        atomic_store(&all->now, bench->time);
        sched_yield();
    }
    return NULL;
}

static void test_many_senders(void)
{
    static shared all;
    pthread_t threads[SENDERS + 1];
    void *arguments[SENDERS][2];
    all.bench = new_midi_bench(0u - 20000); /* the times wrap on the way */
    atomic_store(&all.now, all.bench->time);
    pthread_mutex_init(&all.lock, NULL);
    CHECK_EQ(pthread_create(&threads[SENDERS], NULL, audio, &all), 0);
    for (uintptr_t i = 0; i < SENDERS; i++) {
        arguments[i][0] = &all;
        arguments[i][1] = (void *)i; /* NOLINT: a number */
        CHECK_EQ(pthread_create(&threads[i], NULL, sender, arguments[i]), 0);
    }
    for (int i = 0; i < SENDERS; i++) {
        pthread_join(threads[i], NULL);
    }
    rtj_midi_queue_counts *counts = &all.bench->queue.counts;
    CHECK_EVENTUALLY(atomic_load(&counts->sent) == (uint64_t)SENDERS * EACH);
    atomic_store(&all.ended, 1);
    pthread_join(threads[SENDERS], NULL);
    for (int i = 0; i < SENDERS; i++) {
        CHECK_EQ(all.seen[i], EACH);
    }
    CHECK_EQ(all.accepted, (uint64_t)SENDERS * EACH);
    CHECK_EQ(all.exact + all.late, (uint64_t)SENDERS * EACH);
    CHECK_EQ(counts->late + counts->deferred, all.late);
    CHECK(all.exact > 0);
    CHECK_EQ(counts->dropped, 0);
    bench_take_back(all.bench);
    CHECK_EQ(all.bench->free_count, BENCH_SLOTS);
    free_midi_bench(all.bench);
}

int main(void)
{
    check_deadline(100);
    test_each_at_its_frame();
    test_late_ones();
    test_a_gap();
    test_times_wrap();
    test_far_ahead();
    test_no_room_in_this_block();
    test_what_is_carried();
    test_what_is_carried_in_pieces();
    test_merging();
    test_blocks_of_other_lengths();
    test_a_port_that_is_gone();
    test_a_full_queue();
    test_many_senders();
    return 0;
}
