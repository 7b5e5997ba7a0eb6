/* The meter's, so that it neither overlooks a break nor makes one up. */
#include "meter_clock.c"

#include "check.h"

static jack_nframes_t time_now;

static jack_nframes_t last_frame_time(const jack_client_t *client)
{
    (void)client;
    return time_now;
}

static jack_nframes_t frames_since_cycle_start(const jack_client_t *client)
{
    (void)client;
    return 48; /* a millisecond */
}

static int32_t block(meter_clock *clock, uint32_t time)
{
    clock->time.last_frame_time = last_frame_time;
    clock->time.frames_since_cycle_start = frames_since_cycle_start;
    time_now = time;
    int32_t skipped = meter_clock_begin(clock, 64, 48000);
    if (skipped >= 0) {
        meter_clock_end(clock, 64);
    }
    return skipped;
}

static void test_holes(void)
{
    meter_clock clock = {0};
    CHECK_EQ(block(&clock, UINT32_MAX - 63), 0); /* the first: nothing went before */
    CHECK_EQ(block(&clock, 0), 0);
    CHECK_EQ(block(&clock, 64 + 128), 128);
    CHECK_EQ(clock.position, 3 * 64 + 128);
    for (uint32_t at = 0; at < 512; at++) { /* frames 128 to 255 are missing */
        CHECK_EQ(meter_clock_was_there(&clock, at, 64), at <= 64 || at >= 256);
    }
    CHECK_EQ(block(&clock, 64 + 128), -64); /* the same time, for we were late */
    CHECK_EQ(block(&clock, 256), 0);
    CHECK_EQ(clock.position, 4 * 64 + 128);
    for (uint32_t i = 0; i < METER_HOLES; i++) { /* the first is forgotten */
        CHECK_EQ(block(&clock, 256 + 128 * (i + 1)), 64);
    }
    CHECK(meter_clock_was_there(&clock, 128, 64));
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
    test_time_that_stands();
    return 0;
}
