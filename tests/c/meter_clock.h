/* JACK's time as the meter's ramp counts it, in the audio thread. */
#ifndef METER_CLOCK_H
#define METER_CLOCK_H

#include <stdatomic.h>
#include <stdint.h>

#include "rt/jacktime.h"

enum { METER_HOLES = 64 };

/* Frames that were not sent in their time. */
typedef struct meter_hole {
    uint32_t position;
    uint32_t frames;
} meter_hole;

typedef struct meter_clock {
    _Atomic int stands; /* the server freewheels, and its time says nothing */
    uint32_t position;  /* frames so far, of any amount: it wraps */
    rtj_jacktime time;
    meter_hole holes[METER_HOLES];
    uint32_t hole_count; /* so far; the last ones are remembered */
} meter_clock;

/* A block begins: how many frames passed without us before it; below 0, so many of
 * those told before did not. */
int32_t meter_clock_begin(meter_clock *clock, uint32_t frames);

void meter_clock_end(meter_clock *clock, uint32_t frames);

/* Whether this block can bring the one that was sent at `position`: that was sent in
 * its time, and there was a cycle to give it back, which is the one before this. */
int meter_clock_can_judge(const meter_clock *clock, uint32_t position, uint32_t frames);

#endif
