/* JACK's time as the meter's ramp counts it, in the audio thread. */
#ifndef METER_CLOCK_H
#define METER_CLOCK_H

#include <stdatomic.h>
#include <stdint.h>

#include "rt/jacktime.h"

enum { METER_HOLES = 64 };

/* Frames that passed without us. */
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

/* A block begins: how many frames passed without us before it, or, below 0, that its
 * time is over (rtj_jacktime_begin()). */
int32_t meter_clock_begin(meter_clock *clock, uint32_t frames, uint32_t samplerate);

void meter_clock_end(meter_clock *clock, uint32_t frames);

/* Not one of these frames passed without us, as far as is remembered. */
int meter_clock_was_there(const meter_clock *clock, uint32_t position, uint32_t frames);

#endif
