#include "rt/stream.h"

#include "check.h"
#include "stream_bench.h"

static void test_passing(void)
{
    bench *own = new_bench(3, 16, 256, 1);
    for (uint32_t block = 0; block < 100; block++) {
        const float *out = run(own, 16);
        for (uint32_t i = 0; i < 16; i++) {
            CHECK(out[i] == (block < 3 ? 0 : ramp((block - 3) * 16 + i)));
        }
        pass(own, 16);
    }
    check_no_break(own);
    check_sums(own);
    free_bench(own);
}

static void test_not_running(void)
{
    bench *own = new_bench(1, 16, 64, 1);
    atomic_store(&own->stream.running, 0);
    const float *out = run(own, 16);
    for (uint32_t i = 0; i < 16; i++) {
        CHECK(out[i] == 0);
    }
    CHECK_EQ(own->stream.counts.captured + own->stream.counts.played, 0);
    CHECK_EQ(rtj_frames_there(&own->stream.in.ring), 0);
    free_bench(own);
}

/* The program stalls, and reads on: what was lost lies where the record says. */
static void test_overflow(void)
{
    bench *own = new_bench(2, 16, 64, 0);
    own->stream.out.count = 0;
    own->written = 0;
    rtj_frames_took(&own->stream.out.ring, 32);
    run_many(own, 16, 7); /* four fit */
    CHECK_EQ(own->stream.counts.lost, 48);
    CHECK_EQ(own->stream.counts.overflows, 1);
    check_no_break(own); /* it goes on */
    float block[64];
    rtj_frames_get(&own->stream.in.ring, 0, 0, block, 64);
    CHECK(block[0] == ramp(0) && block[63] == ramp(63));
    rtj_frames_took(&own->stream.in.ring, 24); /* room for one block, not two */
    own->read += 24;
    run_many(own, 16, 2);
    check_break(own, RTJ_BREAK_INPUT, 1000 + 64, 64, 48);
    CHECK_EQ(own->stream.counts.overflows, 2);
    CHECK_EQ(own->stream.counts.lost, 64);
    rtj_frames_get(&own->stream.in.ring, 0, 40, block, 16);
    CHECK(block[0] == ramp(64 + 48));
    rtj_frames_took(&own->stream.in.ring, 56);
    own->read += 56;
    run_many(own, 16, 1);
    check_break(own, RTJ_BREAK_INPUT, 1000 + 128, 80, 16);
    check_no_break(own);
    own->taken_out = 0;
    check_sums(own);
    free_bench(own);
}

/* The output runs dry within a block. */
static void run_dry(bench *own)
{
    run_many(own, 16, 2);
    pass(own, 5);
    const float *out = run(own, 16);
    CHECK(out[4] == ramp(4) && out[5] == 0 && out[15] == 0);
    run_many(own, 16, 1);
    CHECK_EQ(own->stream.counts.missing, 11 + 16);
    CHECK_EQ(own->stream.counts.underflows, 1);
    check_no_break(own);
    pass(own, 59); /* all that came in */
}

static void test_underflow_keeping_time(void)
{
    bench *own = new_bench(2, 16, 256, 1);
    run_dry(own);
    const float *out = run(own, 16);
    CHECK(out[0] == ramp(32) && out[15] == ramp(47)); /* as late as before */
    CHECK_EQ(own->stream.counts.late, 27);
    check_break(own, RTJ_BREAK_OUTPUT, 1000 + 32 + 5, 32 + 5, 27);
    check_no_break(own);
    check_sums(own);
    free_bench(own);
}

static void test_underflow_played_late(void)
{
    bench *own = new_bench(2, 16, 256, 0);
    run_dry(own);
    const float *out = run(own, 16);
    CHECK(out[0] == ramp(5) && out[15] == ramp(20));
    CHECK_EQ(own->stream.counts.late, 0);
    check_break(own, RTJ_BREAK_OUTPUT, 1000 + 32 + 5, 32 + 5, 27);
    check_sums(own);
    free_bench(own);
}

/* Both sides break; afterwards the latency is what it was. */
static void test_long_stall_keeps_latency(void)
{
    bench *own = new_bench(2, 16, 128, 1);
    run_many(own, 16, 20);
    check_sums(own);
    CHECK_EQ(own->stream.counts.lost, 320 - 128);
    CHECK_EQ(own->stream.counts.missing, 320 - 32);
    for (int block = 0; block < 20; block++) {
        pass(own, rtj_frames_there(&own->stream.in.ring));
        const float *out = run(own, 16);
        for (uint32_t i = 0; i < 16; i++) {
            CHECK(out[i] == 0 || out[i] == ramp(own->sent - 16 + i - 32));
        }
        CHECK(block < 3 || out[0] != 0);
    }
    check_break(own, RTJ_BREAK_INPUT, 1000 + 128, 128, 320 - 128);
    CHECK_EQ(own->stream.debt, 0);
    check_sums(own);
    free_bench(own);
}

/* JACK goes through some cycles without us: their time is gone on both sides, and what
 * comes afterwards is as late as before. */
static void skip(bench *own, uint32_t frames)
{
    own->clock += frames;
    own->sent += frames;
    own->taken_out += frames;
    own->jump = (rtj_jump){(int32_t)frames, 0};
}

/* A block of 16 frames from that one on, or silence. */
static void check_block(const float *out, int comes, uint64_t frame)
{
    CHECK(out[0] == (comes ? ramp(frame) : 0));
    CHECK(out[15] == (comes ? ramp(frame + 15) : 0));
}

static void test_skipped_cycles(void)
{
    bench *own = new_bench(3, 16, 256, 1);
    for (uint32_t block = 0; block < 12; block++) {
        if (block == 5) {
            skip(own, 32);
        }
        const float *out = run(own, 16);
        own->jump = (rtj_jump){0, 0};
        uint64_t frame = own->sent - 16 - 48; /* 5 and 6 were never captured */
        int comes = block >= 3 && (frame < 80 || frame >= 112);
        check_block(out, comes, frame);
        pass(own, 16);
    }
    CHECK_EQ(own->stream.counts.skipped, 32);
    CHECK_EQ(own->stream.counts.late, 32);
    CHECK_EQ(own->stream.counts.padded, 32);
    CHECK_EQ(own->stream.counts.lost + own->stream.counts.missing, 0);
    check_no_break(own); /* it is nobody's who reads and writes */
    CHECK_EQ(own->stream.debt, 0);
    check_sums(own);
    free_bench(own);
}

/* More than the lookahead, which is then silence. */
static void test_a_long_skip(void)
{
    bench *own = new_bench(2, 16, 256, 1);
    run_many(own, 16, 1);
    pass(own, 16);
    skip(own, 160000);
    for (uint32_t block = 0; block < 6; block++) {
        const float *out = run(own, 16);
        own->jump = (rtj_jump){0, 0};
        CHECK(out[0] == (block < 2 ? 0 : ramp(own->sent - 48)));
        pass(own, 16);
    }
    check_sums(own);
    free_bench(own);
}

/* Where time is not kept, what is to be played waits. */
static void test_skipped_cycles_played_late(void)
{
    bench *own = new_bench(2, 16, 256, 0);
    run_many(own, 16, 2);
    pass(own, 32);
    skip(own, 16);
    const float *out = run(own, 16);
    CHECK(out[0] == ramp(0) && out[15] == ramp(15));
    CHECK_EQ(own->stream.counts.missing + own->stream.counts.late, 0);
    check_no_break(own);
    check_sums(own);
    free_bench(own);
}

/* Only at the block after it did we learn of a cycle that was skipped: that one block
 * was played in another's place, and nothing else. */
static void test_a_skip_that_is_told_late(void)
{
    bench *own = new_bench(3, 16, 256, 1);
    for (uint32_t block = 0; block < 12; block++) {
        if (block == 5) { /* skipped; the card plays nothing */
            own->clock += 16;
            own->sent += 16;
            own->taken_out += 16;
        }
        if (block == 6) {
            own->jump = (rtj_jump){16, 16};
        }
        const float *out = run(own, 16);
        own->jump = (rtj_jump){0, 0};
        uint64_t frame = own->sent - 16 - 48;
        uint64_t wrong = block == 5 ? 16 : 0;
        int comes = block >= 3 && frame != 80;
        check_block(out, comes, frame - wrong);
        pass(own, 16);
    }
    CHECK_EQ(own->stream.counts.skipped, 16);
    CHECK_EQ(own->stream.counts.lost + own->stream.counts.missing, 0);
    check_no_break(own);
    check_sums(own);
    free_bench(own);
}

/* It was none, as the block after it tells: that is right again where the ports keep
 * what was played in the other's place, and silent else. */
static void test_a_skip_that_was_none(int ports_keep)
{
    bench *own = new_bench(3, 16, 256, 1);
    own->stream.ports_keep = ports_keep;
    for (uint32_t block = 0; block < 12; block++) {
        own->jump.frames = block == 5 ? 16 : block == 6 ? -16 : 0;
        const float *out = run(own, 16);
        uint64_t frame = own->sent - 16 - 48;
        uint64_t early = block == 5 ? 16 : 0;
        int comes = block >= 3 && (block != 6 || ports_keep);
        check_block(out, comes, frame + early);
        pass(own, 16);
    }
    CHECK_EQ(own->stream.counts.skipped, 0);
    CHECK_EQ(own->stream.counts.late, 16);
    CHECK_EQ(own->stream.counts.padded, 16);
    CHECK_EQ(own->stream.counts.lost + own->stream.counts.missing, 0);
    check_no_break(own);
    check_sums(own);
    free_bench(own);
}

/* It was before the stream began, or the output has made up for it already. */
static void test_nothing_to_take_back(void)
{
    bench *own = new_bench(2, 16, 256, 1);
    run_many(own, 16, 2);
    pass(own, 32);
    own->jump.frames = -16;
    const float *out = run(own, 16);
    CHECK(out[0] == ramp(0) && out[15] == ramp(15));
    own->jump.frames = 0;
    skip(own, 160000);
    run_many(own, 16, 1);
    own->jump = (rtj_jump){0, 0};
    run_many(own, 16, 3);
    own->jump.frames = -16;
    out = run(own, 16);
    CHECK(out[0] == 0 && out[15] == 0);
    check_no_break(own);
    free_bench(own);
}

/* Blocks grow, and the lookahead with them; they shrink, and it stays. */
static void test_block_size(void)
{
    bench *own = new_bench(2, 16, 512, 1);
    run_many(own, 16, 1);
    pass(own, 16);
    const uint32_t sizes[] = {64, 64, 16, 32, 64, 128, 16, 64};
    uint32_t latency = 32;
    uint32_t longest = 16;
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        if (sizes[k] > longest) {
            latency += 2 * (sizes[k] - longest);
            longest = sizes[k];
        }
        const float *out = run(own, sizes[k]);
        CHECK_EQ(own->stream.counts.latency, latency);
        for (uint32_t i = 0; i < sizes[k]; i++) {
            uint64_t frame = own->sent - sizes[k] + i;
            CHECK(out[i] == 0 || out[i] == ramp(frame - latency));
        }
        pass(own, rtj_frames_there(&own->stream.in.ring));
    }
    CHECK_EQ(own->stream.counts.padded, 2 * (128 - 16) - own->stream.pad);
    CHECK_EQ(own->stream.counts.missing, 0);
    check_no_break(own);
    check_sums(own);
    free_bench(own);
}

static void test_waking(void)
{
    bench *own = new_bench(2, 16, 64, 1);
    rtj_wake *wake = &own->stream.in.wake;
    run_many(own, 16, 1);
    CHECK(!rtj_wake_wait(wake, 0)); /* nobody waits */
    atomic_store(&own->stream.in.waiting, 1);
    run_many(own, 16, 1);
    CHECK(rtj_wake_wait(wake, 0));
    run_many(own, 16, 1);
    CHECK(!rtj_wake_wait(wake, 0)); /* once */
    atomic_store(&own->stream.in.waiting, 2);
    for (int i = 0; i < 3; i++) { /* each time, full or not */
        run_many(own, 16, 1);
        CHECK(rtj_wake_wait(wake, 0));
    }
    free_bench(own);
}

int main(void)
{
    check_deadline(60);
    test_passing();
    test_not_running();
    test_overflow();
    test_underflow_keeping_time();
    test_underflow_played_late();
    test_long_stall_keeps_latency();
    test_skipped_cycles();
    test_a_long_skip();
    test_skipped_cycles_played_late();
    test_a_skip_that_is_told_late();
    test_a_skip_that_was_none(0);
    test_a_skip_that_was_none(1);
    test_nothing_to_take_back();
    test_block_size();
    test_waking();
    return 0;
}
