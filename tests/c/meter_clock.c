#include "meter_clock.h"

int32_t meter_clock_begin(meter_clock *clock, uint32_t frames)
{
    if (atomic_load_explicit(&clock->stands, memory_order_relaxed)) {
        rtj_jacktime_forget(&clock->time);
        return 0;
    }
    rtj_jump jump = rtj_jacktime_begin(&clock->time, frames);
    if (jump.frames > 0) {
        /* What is told late, of before the last block: that one had a wrong number. */
        uint32_t wrong = jump.behind > 0 ? frames : 0;
        clock->holes[clock->hole_count++ % METER_HOLES] =
            (meter_hole){clock->position - wrong, (uint32_t)jump.frames + wrong};
    }
    clock->position += (uint32_t)jump.frames;
    return jump.frames;
}

void meter_clock_end(meter_clock *clock, uint32_t frames)
{
    clock->position += frames;
}

static int was_there(const meter_clock *clock, uint32_t position, uint32_t frames)
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

int meter_clock_can_judge(const meter_clock *clock, uint32_t position, uint32_t frames)
{
    return clock->time.unsure == 0 && was_there(clock, position, frames) &&
           was_there(clock, clock->position - frames, frames);
}
