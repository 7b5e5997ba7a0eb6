/* How JACK's time goes on from block to block of a client: the one place that knows.
 *
 * When a block begins later than the one before ended, JACK went through cycles without
 * us: their input is lost, and what we should have played in them.  With one exception:
 * when the server itself is late, JACK2 begins a cycle before we have begun the one
 * before it, so that we read the later one's time at the first, and the same once more
 * at the second.  Then nothing was lost.  At the first we are there when that later
 * cycle has just begun, sooner than its clients can have called us; so the last block
 * of a jump counts, where that is so, only when the next block does not have the same
 * time.  That is a guess, and either way it can be wrong: then what is told at the next
 * block says so, and whoever keeps JACK's time is out of it for one block.
 */
#ifndef RTJ_RT_JACKTIME_H
#define RTJ_RT_JACKTIME_H

#include <jack/jack.h>
#include <stdint.h>

/* What happened to JACK's time before a block, in whole blocks. */
typedef struct rtj_jump {
    int32_t frames; /* so many were skipped; below 0: so many that were told before were
                       not, for this block is one of them */
    uint32_t
        behind; /* of them, those that were skipped before the last block already */
} rtj_jump;

typedef struct rtj_jacktime {
    jack_client_t *handle;
    __typeof__(jack_last_frame_time) *last_frame_time;
    __typeof__(jack_frames_since_cycle_start) *frames_since_cycle_start;
    /* The audio thread's own. */
    uint32_t last_time;
    uint32_t last_frames;  /* of the last block; 0: none that counts */
    uint32_t unsure;       /* blocks that were skipped, or not: 1 or 0 */
    uint32_t ahead;        /* so many blocks can come twice still, */
    uint32_t ahead_cycles; /* within so many cycles */
    uint32_t usual; /* quarters of a frame from a cycle's beginning to our call */
    uint32_t looks;
} rtj_jacktime;

/* A block of `frames` frames begins.  Times that can't be compared, at another block
 * size say, give no jump. */
rtj_jump rtj_jacktime_begin(rtj_jacktime *time, uint32_t frames);

/* What comes next has nothing to do with what went before. */
void rtj_jacktime_forget(rtj_jacktime *time);

#endif
