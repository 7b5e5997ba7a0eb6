#include <pthread.h>
#include <sched.h>

#include "check.h"
#include "rt/cycle.h"
#include "rt/stream.h"
#include "stream_bench.h"

/* An audio thread, a program that stalls, and a graph that changes at full rate. */
enum { CYCLES = 30000, FRAMES = 16, LOOKAHEAD = 4, CAPACITY = 256 };

typedef struct shared {
    rtj_cycle cycle;
    bench *own;
    _Atomic int ended; /* the audio thread has */
    uint64_t sounding; /* frames of output that were not silent */
    _Atomic uint64_t changes;
} shared;

static void before_stream(void *data, uint32_t frames)
{
    feed(((shared *)data)->own, frames);
}

static void after_stream(void *data, uint32_t frames)
{
    shared *all = data;
    uint64_t latency = (uint64_t)LOOKAHEAD * FRAMES;
    for (uint32_t i = 0; i < frames; i++) {
        float sample = all->own->ports[1].buffer[i];
        if (sample != 0) {
            CHECK(sample == ramp(all->own->sent - frames + i - latency));
            all->sounding++;
        }
    }
    advance(all->own, frames);
}

static void *audio(void *data)
{
    shared *all = data;
    uint64_t done = 0;
    /* At least so long that both others had their turns. */
    while (done < CYCLES || atomic_load(&all->changes) <= 10 || all->sounding == 0) {
        (void)rtj_cycle_process(FRAMES, &all->cycle);
        done = all->own->sent / FRAMES;
        if (done % 8 == 0) {
            sched_yield();
        }
    }
    atomic_store(&all->ended, 1);
    return NULL;
}

/* Other streams come and go, before and behind the one that is looked at. */
static void *change(void *data)
{
    shared *all = data;
    const rtj_chain *before = atomic_load(&all->cycle.chain);
    bench *guest = NULL;
    while (!atomic_load(&all->ended)) {
        bench *next = new_bench(2, FRAMES, 64, 1);
        rtj_chain *chain = malloc(sizeof *chain + 4 * sizeof chain->nodes[0]);
        CHECK(chain != NULL);
        rtj_node own[3] = {{before_stream, all},
                           {rtj_stream_run, &all->own->stream},
                           {after_stream, all}};
        size_t first = all->changes % 2;
        chain->count = chain->last = 4;
        memcpy(chain->nodes + first, own, sizeof own);
        chain->nodes[first == 0 ? 3 : 0] = (rtj_node){rtj_stream_run, &next->stream};
        CHECK(rtj_cycle_publish(&all->cycle, chain) == before);
        uint64_t mark = rtj_cycle_mark(&all->cycle);
        while (!rtj_cycle_passed(&all->cycle, mark)) {
            sched_yield();
        }
        free((void *)before);
        if (guest != NULL) {
            const rtj_stream_counts *counts = &guest->stream.counts;
            CHECK_EQ(counts->captured, rtj_frames_there(&guest->stream.in.ring));
            CHECK_EQ(counts->captured + counts->lost, counts->played + counts->missing);
            free_bench(guest);
        }
        guest = next;
        before = chain;
        all->changes++;
    }
    free((void *)rtj_cycle_publish(&all->cycle, NULL));
    free_bench(guest);
    return NULL;
}

/* What the program knows of the input: at which position which frame comes. */
typedef struct knowledge {
    rtj_break breaks[8]; /* of the input, not reached yet */
    size_t count;
    uint64_t lost;    /* frames before the place of reading */
    uint64_t missing; /* of the output, told so far */
} knowledge;

static void learn(bench *own, knowledge *known)
{
    rtj_break record;
    while (next_break(own, &record)) {
        CHECK(record.frames > 0);
        /* The clock tells the same as the position and what was lost before. */
        if (record.kind == RTJ_BREAK_OUTPUT) {
            known->missing += record.frames;
            continue;
        }
        CHECK_EQ(record.frames % FRAMES, 0);
        CHECK(known->count < sizeof known->breaks / sizeof *known->breaks);
        known->breaks[known->count++] = record;
    }
}

static void check_read(const bench *own, knowledge *known, const float *block,
                       uint32_t frames)
{
    for (uint32_t i = 0; i < frames; i++) {
        uint64_t position = own->read + i;
        while (known->count > 0 && known->breaks[0].position == position) {
            CHECK_EQ(known->breaks[0].frame_time, 1000 + position + known->lost);
            known->lost += known->breaks[0].frames;
            memmove(known->breaks, known->breaks + 1,
                    --known->count * sizeof *known->breaks);
        }
        CHECK(block[i] == ramp(position + known->lost));
    }
}

/* Pass on what is there, a part at a time; true when something was. */
static int pass_checked(bench *own, knowledge *known, uint32_t most)
{
    float block[CAPACITY];
    uint32_t there = rtj_frames_there(&own->stream.in.ring);
    uint32_t room = rtj_frames_room(&own->stream.out.ring);
    uint32_t frames = there < room ? there : room;
    frames = frames < most ? frames : most;
    learn(own, known); /* breaks are told before what lies behind them */
    rtj_frames_get(&own->stream.in.ring, 0, 0, block, frames);
    check_read(own, known, block, frames);
    rtj_frames_took(&own->stream.in.ring, frames);
    rtj_frames_put(&own->stream.out.ring, 0, 0, block, frames);
    rtj_frames_wrote(&own->stream.out.ring, frames);
    own->read += frames;
    own->written += frames;
    return frames > 0;
}

static void finish(shared *all, knowledge *known)
{
    bench *own = all->own;
    rtj_stream_counts *counts = &own->stream.counts;
    while (pass_checked(own, known, CAPACITY)) {
    }
    CHECK_EQ(rtj_mailbox_lost(own->stream.breaks), 0);
    check_sums(own);
    CHECK(own->sent >= (uint64_t)CYCLES * FRAMES);
    CHECK_EQ(own->read, counts->captured);
    /* Breaks that were still going on at the end are in the counts alone. */
    CHECK_EQ(known->lost + own->stream.in.break_frames, counts->lost);
    CHECK_EQ(known->missing + own->stream.out.break_frames, counts->missing);
    CHECK(counts->overflows > 0 && counts->underflows > 0 && counts->late > 0);
}

static void test_stalls_and_changes(void)
{
    static shared all;
    static knowledge known;
    all.own = new_bench(LOOKAHEAD, FRAMES, CAPACITY, 1);
    rtj_chain *chain = malloc(sizeof *chain);
    CHECK(chain != NULL);
    chain->count = chain->last = 0;
    CHECK(rtj_cycle_publish(&all.cycle, chain) == NULL);
    pthread_t threads[2];
    CHECK_EQ(pthread_create(&threads[0], NULL, change, &all), 0);
    CHECK_EQ(pthread_create(&threads[1], NULL, audio, &all), 0);
    /* A long stall to begin with; shorter ones follow. */
    CHECK_EVENTUALLY(atomic_load(&all.own->stream.counts.overflows) > 0);
    uint32_t state = 1;
    while (!atomic_load(&all.ended)) {
        state = state * 1664525 + 1013904223;
        if (!pass_checked(all.own, &known, 1 + (state >> 16) % 48)) {
            sched_yield();
        }
        if ((state >> 20) % 512 == 0) {
            (void)usleep(200); /* a stall, longer than the lookahead */
        }
    }
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    finish(&all, &known);
    free_bench(all.own);
}

int main(void)
{
    check_deadline(100);
    test_stalls_and_changes();
    return 0;
}
