/* Playing from memory and recording into it, from a given frame on.
 *
 * Memory order: the audio thread alone writes what it tells, each word relaxed;
 * `started` and `position` with release behind what they stand for, `done` with
 * release, last.
 */
#ifndef RTJ_RT_TRANSFER_H
#define RTJ_RT_TRANSFER_H

#include "rt/wake.h"
#include "rt/work.h"

typedef struct rtj_transfer {
    rtj_work work;
    const float *sound; /* each output's frames behind those of the one before */
    uint64_t sound_frames;
    int loop;
    float *tape; /* frames of one sample for each input */
    uint64_t tape_frames;
    int timed; /* start at the frame time `at`, else at once */
    uint32_t at;
    rtj_wake wake; /* set when it is done */
    _Alignas(64) _Atomic uint32_t start_time;
    _Atomic int started;
    _Atomic uint64_t position; /* frames done */
    _Atomic int done;
} rtj_transfer;

/* The node; `transfer` is an rtj_transfer. */
void rtj_transfer_run(void *transfer, uint32_t frames);

#endif
