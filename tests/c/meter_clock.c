#include "meter_clock.h"

int64_t meter_clock_begin(meter_clock *clock, uint32_t time, uint32_t frames)
{
    int stands = atomic_load_explicit(&clock->stands, memory_order_relaxed);
    int follows = clock->last_frames == frames && !stands;
    int64_t gap = follows ? (int32_t)(time - clock->last_time - frames) : 0;
    int64_t skipped = gap > 0 ? (gap + frames / 2) / frames : 0;
    int again = gap == -(int64_t)frames && clock->was_late;
    clock->last_time = time;
    clock->last_frames = stands ? 0 : frames;
    clock->was_late = skipped > 0;
    if (skipped > 0) {
        uint32_t missed = (uint32_t)skipped * frames;
        clock->holes[clock->hole_count++ % METER_HOLES] =
            (meter_hole){clock->position, missed};
        clock->position += missed;
    }
    return again ? -1 : skipped;
}

void meter_clock_end(meter_clock *clock, uint32_t frames)
{
    clock->position += frames;
}

int meter_clock_was_there(const meter_clock *clock, uint32_t position, uint32_t frames)
{
    uint32_t known = clock->hole_count < METER_HOLES ? clock->hole_count : METER_HOLES;
    for (uint32_t i = 0; i < known; i++) {
        const meter_hole *hole = &clock->holes[i];
        if (position + frames - hole->position - 1 < hole->frames + frames - 1) {
            return 0;
        }
    }
    return 1;
}
