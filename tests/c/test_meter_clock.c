/* The meter's, so that it neither overlooks a break nor makes one up. */
#include "meter_clock.c"

#include "check.h"

static jack_nframes_t time_now;
static jack_nframes_t since_start = 48; /* a millisecond */

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

static int32_t begin(meter_clock *clock, uint32_t time)
{
    clock->time.last_frame_time = last_frame_time;
    clock->time.frames_since_cycle_start = frames_since_cycle_start;
    time_now = time;
    return meter_clock_begin(clock, 64);
}

static int32_t block(meter_clock *clock, uint32_t time)
{
    int32_t skipped = begin(clock, time);
    meter_clock_end(clock, 64);
    return skipped;
}

static void test_holes(void)
{
    meter_clock clock = {0};
    CHECK_EQ(block(&clock, UINT32_MAX - 63), 0); /* the first: nothing went before */
    CHECK_EQ(block(&clock, 0), 0);
    CHECK_EQ(begin(&clock, 64 + 128), 128);
    CHECK_EQ(clock.position, 256);
    for (uint32_t at = 0; at < 512; at++) { /* no cycle could give it back */
        CHECK(!meter_clock_can_judge(&clock, at, 64));
    }
    meter_clock_end(&clock, 64);
    CHECK_EQ(begin(&clock, 256), 0);
    for (uint32_t at = 0; at < 512; at++) { /* frames 128 to 255 are missing */
        CHECK_EQ(meter_clock_can_judge(&clock, at, 64), at <= 64 || at >= 256);
    }
    meter_clock_end(&clock, 64);
    for (uint32_t i = 0; i < METER_HOLES; i++) { /* the first is forgotten */
        CHECK_EQ(block(&clock, 256 + 128 * (i + 1)), 64);
    }
    CHECK_EQ(begin(&clock, 256 + 128 * METER_HOLES + 64), 0);
    CHECK(meter_clock_can_judge(&clock, 128, 64));
}

/* The block at 128 was sent as the one at 64, before that was known. */
static void test_a_skip_that_is_told_late(void)
{
    meter_clock clock = {0};
    (void)block(&clock, 0);
    since_start = 0;
    CHECK_EQ(begin(&clock, 128), 0);
    CHECK(!meter_clock_can_judge(&clock, 0, 64)); /* nobody knows yet */
    meter_clock_end(&clock, 64);
    CHECK_EQ(begin(&clock, 192), 64);
    CHECK_EQ(clock.position, 192);
    CHECK(!meter_clock_can_judge(&clock, 0, 64)); /* the cycle before: the wrong one */
    meter_clock_end(&clock, 64);
    CHECK_EQ(begin(&clock, 256), 0);
    for (uint32_t at = 0; at < 320; at += 64) {
        CHECK_EQ(meter_clock_can_judge(&clock, at, 64), at != 64 && at != 128);
    }
    since_start = 48;
}

/* The block at 64 was sent as the one at 128, and that is sent once more. */
static void test_a_skip_that_was_none(void)
{
    meter_clock clock = {0};
    (void)block(&clock, 0);
    CHECK_EQ(block(&clock, 128), 64);
    CHECK_EQ(begin(&clock, 128), -64);
    CHECK_EQ(clock.position, 128);
    CHECK(!meter_clock_can_judge(&clock, 0, 64));
    meter_clock_end(&clock, 64);
    CHECK_EQ(begin(&clock, 192), 0);
    CHECK_EQ(clock.position, 192);
    for (uint32_t at = 0; at < 256; at += 64) {
        CHECK_EQ(meter_clock_can_judge(&clock, at, 64), at != 64);
    }
}

static void test_time_that_stands(void)
{
    meter_clock clock = {0};
    CHECK_EQ(block(&clock, 1000), 0);
    CHECK_EQ(block(&clock, 1000), 0); /* not told yet */
    atomic_store(&clock.stands, 1);
    CHECK_EQ(block(&clock, 1000), 0);
    CHECK_EQ(block(&clock, 5000), 0);
    atomic_store(&clock.stands, 0);
    CHECK_EQ(block(&clock, 9000), 0);
    CHECK_EQ(block(&clock, 9064), 0);
    CHECK_EQ(clock.position, 6 * 64);
    CHECK_EQ(clock.hole_count, 0);
}

int main(void)
{
    test_holes();
    test_a_skip_that_is_told_late();
    test_a_skip_that_was_none();
    test_time_that_stands();
    return 0;
}
