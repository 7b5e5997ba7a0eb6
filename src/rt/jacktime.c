#include "rt/jacktime.h"

enum {
    TWICE_WITHIN = 32, /* cycles, while a client that was late catches up */
    LOOK_EVERY = 8,    /* cycles, for what is usual */
};

/* The clock of some libraries is not exact to the frame. */
static int64_t whole_blocks(int32_t gap, uint32_t frames)
{
    int64_t half = frames / 2;
    return (gap + (gap > 0 ? half : -half)) / (int64_t)frames;
}

/* Up as often as down: so it stays near the median. */
static void learn(rtj_jacktime *time)
{
    if (time->looks++ % LOOK_EVERY == 0) {
        uint64_t now = 4 * (uint64_t)time->frames_since_cycle_start(time->handle);
        time->usual += (uint32_t)(now > time->usual) - (uint32_t)(now < time->usual);
    }
}

/* Most jumps of one block with which we are there as soon as usual, or sooner, are
 * none; of longer ones few are. */
static int is_early(const rtj_jacktime *time, int64_t blocks)
{
    uint32_t most = blocks == 1 ? (time->usual + 2) / 4 + 1 : (time->usual + 4) / 8;
    return time->frames_since_cycle_start(time->handle) <= most;
}

/* Time stands still where JACK1 freewheels, before that is told, and is set back at
 * times; so a block comes twice only soon after others were skipped. */
static int comes_twice(rtj_jacktime *time, int64_t blocks)
{
    time->ahead_cycles -= time->ahead_cycles > 0;
    time->ahead = time->ahead_cycles > 0 ? time->ahead : 0;
    return blocks == -1 && time->ahead > 0;
}

rtj_jump rtj_jacktime_begin(rtj_jacktime *time, uint32_t frames)
{
    uint32_t now = time->last_frame_time(time->handle);
    int follows = time->last_frames == frames && frames > 0;
    int64_t blocks =
        follows ? whole_blocks((int32_t)(now - time->last_time - frames), frames) : 0;
    uint32_t unsure = follows ? time->unsure : 0;
    time->last_time = now;
    time->last_frames = frames;
    time->unsure = 0;
    if (comes_twice(time, blocks)) {
        time->ahead--;
        return (rtj_jump){unsure > 0 ? 0 : -(int32_t)frames, 0};
    }
    int64_t skipped = (blocks > 0 ? blocks : 0) + unsure;
    if (skipped * frames > INT32_MAX) {
        return (rtj_jump){0, 0};
    }
    if (blocks == 0 && follows) {
        learn(time);
    } else if (blocks > 0) {
        time->ahead += (uint32_t)blocks;
        time->ahead_cycles = TWICE_WITHIN;
        time->unsure = (uint32_t)is_early(time, blocks);
    }
    return (rtj_jump){(int32_t)((skipped - time->unsure) * frames), unsure * frames};
}

void rtj_jacktime_forget(rtj_jacktime *time)
{
    time->last_frames = 0;
    time->ahead = 0;
}
