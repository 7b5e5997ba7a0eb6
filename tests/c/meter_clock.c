#include "meter_clock.h"

int32_t meter_clock_begin(meter_clock *clock, uint32_t frames, uint32_t samplerate)
{
    if (atomic_load_explicit(&clock->stands, memory_order_relaxed)) {
        rtj_jacktime_forget(&clock->time);
        return 0;
    }
    int32_t skipped = rtj_jacktime_begin(&clock->time, frames, samplerate);
    if (skipped > 0) {
        clock->holes[clock->hole_count++ % METER_HOLES] =
            (meter_hole){clock->position, (uint32_t)skipped};
        clock->position += (uint32_t)skipped;
    }
    return skipped;
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
