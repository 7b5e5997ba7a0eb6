/* Input ports, each with its gain, added to output ports.
 *
 * Memory order: `version` is odd while a thread, one at a time, sets the gains; they
 * are stored with release and loaded with acquire, as in rt/meter.h.  The audio thread
 * never waits: when it comes in between, it takes them in the next block.
 */
#ifndef RTJ_RT_MIXER_H
#define RTJ_RT_MIXER_H

#include "rt/work.h"

typedef struct rtj_gain {
    _Atomic float wanted;
    /* The audio thread's own. */
    float next;
    float level; /* reached */
} rtj_gain;

typedef struct rtj_mixer {
    rtj_work work;
    _Atomic uint32_t version;
    rtj_gain *gains; /* one for each input */
    int started;     /* the audio thread's own */
} rtj_mixer;

/* The node; `mixer` is an rtj_mixer.  New gains are all reached in the same block. */
void rtj_mixer_run(void *mixer, uint32_t frames);

/* Any thread but the audio thread, one at a time: set the gains of all inputs. */
void rtj_mixer_set(rtj_mixer *mixer, const float *gains);

#endif
