#include "rt/jacktime.h"

#include "check.h"

/* libjack's part. */
static jack_nframes_t time_now;
static jack_nframes_t since_start;

static jack_nframes_t last_frame_time(const jack_client_t *client)
{
    (void)client;
    return time_now;
}

static jack_nframes_t frames_since_cycle_start(const jack_client_t *client)
{
    (void)client;
    return since_start;
}

/* Two frames are usual. */
static rtj_jacktime new_time(void)
{
    return (rtj_jacktime){.last_frame_time = last_frame_time,
                          .frames_since_cycle_start = frames_since_cycle_start,
                          .usual = 8};
}

static uint32_t behind; /* as the last block told it */

static int32_t begin(rtj_jacktime *own, uint32_t frames)
{
    rtj_jump jump = rtj_jacktime_begin(own, frames);
    behind = jump.behind;
    return jump.frames;
}

static int32_t at(rtj_jacktime *own, uint32_t block, uint32_t since)
{
    time_now = block * 64;
    since_start = since;
    return begin(own, 64);
}

static void test_skipped(void)
{
    rtj_jacktime own = new_time();
    CHECK_EQ(at(&own, 1000, 5), 0); /* nothing went before */
    CHECK_EQ(at(&own, 1001, 0), 0);
    CHECK_EQ(at(&own, 1003, 5), 64);
    CHECK_EQ(at(&own, 1004, 1), 0);
    CHECK_EQ(at(&own, 1015, 2), 640);
    since_start = 5;
    time_now += 64 + 64 + 31; /* a clock that is not exact */
    CHECK_EQ(begin(&own, 64), 64);
    time_now += 64 - 31;
    CHECK_EQ(begin(&own, 64), 0);
    time_now += 9000;
    CHECK_EQ(begin(&own, 128), 0); /* another block size */
    rtj_jacktime_forget(&own);
    time_now += 9000;
    CHECK_EQ(begin(&own, 128), 0);
    time_now = UINT32_MAX - 127;
    rtj_jacktime_forget(&own);
    CHECK_EQ(begin(&own, 128), 0);
    time_now = 256; /* the clock has wrapped */
    CHECK_EQ(begin(&own, 128), 256);
}

/* The server was late: we have read the next cycle's time at the one before it. */
static void test_nothing_was_lost(void)
{
    rtj_jacktime own = new_time();
    (void)at(&own, 100, 1);
    CHECK_EQ(at(&own, 102, 0), 0);
    CHECK_EQ(at(&own, 102, 3), 0);
    CHECK_EQ(at(&own, 103, 1), 0);
    CHECK_EQ(at(&own, 108, 1), 3 * 64); /* three were lost, not four */
    CHECK_EQ(at(&own, 108, 2), 0);
    CHECK_EQ(at(&own, 110, 1), 0); /* once more, and again at once */
    CHECK_EQ(at(&own, 112, 0), 64);
    CHECK_EQ(at(&own, 112, 0), 0);
}

/* A cycle was lost although we were early in the next. */
static void test_a_wrong_guess(void)
{
    rtj_jacktime own = new_time();
    (void)at(&own, 100, 1);
    CHECK_EQ(at(&own, 102, 2), 0);
    CHECK_EQ(at(&own, 103, 0), 64);
    CHECK_EQ(behind, 64);
    CHECK_EQ(at(&own, 104, 0), 0);
    CHECK_EQ(behind, 0);
    CHECK_EQ(at(&own, 106, 4), 64); /* not so early */
    CHECK_EQ(behind, 0);
    CHECK_EQ(at(&own, 109, 2), 128);
    CHECK_EQ(at(&own, 112, 1), 64);
    CHECK_EQ(at(&own, 115, 5), 192); /* one before the last block, two after it */
    CHECK_EQ(behind, 64);
}

/* What is usual is learnt, from cycles that follow each other. */
static void test_a_client_that_is_called_late(void)
{
    rtj_jacktime own = new_time();
    uint32_t block = 1000;
    for (; block < 1500; block++) {
        CHECK_EQ(at(&own, block, block % 4 == 0 ? 30 : 10), 0);
    }
    CHECK_EQ(own.usual, 40);
    CHECK_EQ(at(&own, block + 1, 12), 64);
    CHECK_EQ(at(&own, block + 3, 11), 0);
    CHECK_EQ(at(&own, block + 3, 12), 0);
    CHECK_EQ(at(&own, block + 6, 6), 128);
    CHECK_EQ(at(&own, block + 9, 5), 64);
    CHECK_EQ(at(&own, block + 9, 8), 0);
    CHECK_EQ(own.usual, 40);
    for (block += 10; block < 3000; block++) {
        CHECK_EQ(at(&own, block, 1), 0);
    }
    CHECK_EQ(own.usual, 4);
}

/* None was lost, although we were late in the next. */
static void test_the_other_wrong_guess(void)
{
    rtj_jacktime own = new_time();
    (void)at(&own, 100, 1);
    CHECK_EQ(at(&own, 102, 9), 64);
    CHECK_EQ(at(&own, 103, 0), 0);
    CHECK_EQ(at(&own, 103, 2), -64);
    CHECK_EQ(at(&own, 103, 2), 0); /* not more often than blocks were skipped */
}

static void test_time_that_stands_or_goes_back(void)
{
    rtj_jacktime own = new_time();
    (void)at(&own, 100, 1);
    CHECK_EQ(at(&own, 100, 1), 0);
    CHECK_EQ(at(&own, 90, 1), 0);
    CHECK_EQ(at(&own, 92, 9), 64);
    for (uint32_t i = 93; i < 93 + 32; i++) {
        CHECK_EQ(at(&own, i, 1), 0);
    }
    CHECK_EQ(at(&own, 93 + 31, 1), 0); /* what was skipped is long ago */
    CHECK_EQ(at(&own, 126, 9), 64);
    CHECK_EQ(at(&own, 120, 9), 0); /* the clock was set */
}

int main(void)
{
    test_skipped();
    test_nothing_was_lost();
    test_a_wrong_guess();
    test_a_client_that_is_called_late();
    test_the_other_wrong_guess();
    test_time_that_stands_or_goes_back();
    return 0;
}
