#include "rt/jacktime.h"

enum {
    TWICE_WITHIN = 32, /* cycles, while a client that was late catches up */
    /* Parts of a second from a cycle's beginning.  After a jump of one block, few
     * clients that are called in the later cycle are there within 50 us, and most that
     * are called in the one before.  Longer jumps are seldom told wrong. */
    EARLY = 20000,
    EARLY_AFTER_MORE = 40000,
};

/* The clock of some libraries is not exact to the frame. */
static int64_t whole_blocks(int32_t gap, uint32_t frames)
{
    int64_t half = frames / 2;
    return (gap + (gap > 0 ? half : -half)) / (int64_t)frames;
}

static int is_early(const rtj_jacktime *time, int64_t blocks, uint32_t samplerate)
{
    uint32_t part = blocks == 1 ? EARLY : EARLY_AFTER_MORE;
    return time->frames_since_cycle_start(time->handle) <= samplerate / part;
}

/* Time stands still where JACK1 freewheels, before that is told, and is set back at
 * times; so a block comes twice only soon after others were skipped. */
static int comes_twice(rtj_jacktime *time, int64_t blocks)
{
    time->ahead_cycles -= time->ahead_cycles > 0;
    time->ahead = time->ahead_cycles > 0 ? time->ahead : 0;
    return blocks == -1 && time->ahead > 0;
}

rtj_jump rtj_jacktime_begin(rtj_jacktime *time, uint32_t frames, uint32_t samplerate)
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
    if (blocks > 0) {
        time->ahead += (uint32_t)blocks;
        time->ahead_cycles = TWICE_WITHIN;
        time->unsure = (uint32_t)is_early(time, blocks, samplerate);
    }
    return (rtj_jump){(int32_t)((skipped - time->unsure) * frames), unsure * frames};
}

void rtj_jacktime_forget(rtj_jacktime *time)
{
    time->last_frames = 0;
    time->ahead = 0;
}
