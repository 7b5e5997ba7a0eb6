/* A sine tone, added to output ports.
 *
 * Memory order: `step` and `amplitude` are set by any thread and looked at once a
 * block, relaxed: each stands for itself.
 */
#ifndef RTJ_RT_TONE_H
#define RTJ_RT_TONE_H

#include "rt/work.h"

typedef struct rtj_tone {
    rtj_work work;
    _Atomic uint64_t step; /* 2^-64 turns a frame */
    _Atomic float amplitude;
    /* The audio thread's own. */
    uint64_t phase; /* 2^-64 turns */
    float level;    /* the amplitude reached; below 0: none yet */
} rtj_tone;

/* sin() of an angle in 2^-64 turns, right to 1e-9. */
double rtj_sine(uint64_t phase);

/* The node; `tone` is an rtj_tone.  Another amplitude is reached in one block. */
void rtj_tone_run(void *tone, uint32_t frames);

#endif
