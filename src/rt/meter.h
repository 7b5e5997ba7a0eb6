/* Levels of ports: the greatest absolute sample and the sum of squares since a reset.
 *
 * Memory order: `version` is odd while the audio thread, the only writer, changes the
 * figures.  They are stored with release and loaded with acquire, so that who sees one
 * of a later block also sees a later version.  `resets` is raised by any thread; the
 * audio thread clears the figures when it differs from `generation`.
 */
#ifndef RTJ_RT_METER_H
#define RTJ_RT_METER_H

#include "rt/work.h"

typedef struct rtj_level {
    _Atomic float peak;
    _Atomic double squares;
} rtj_level;

typedef struct rtj_meter {
    rtj_work work; /* the ports, of whichever direction, are its inputs */
    _Atomic uint32_t resets;
    _Alignas(64) _Atomic uint32_t version;
    _Atomic uint32_t generation;
    _Atomic uint64_t frames;
    rtj_level *levels; /* one for each port */
} rtj_meter;

/* The node; `meter` is an rtj_meter. */
void rtj_meter_run(void *meter, uint32_t frames);

/* Any thread.  The figures of all ports at the end of one block, and how many frames
 * they are of; 0 when a block came in between: try again. */
int rtj_meter_read(const rtj_meter *meter, float *peaks, double *squares,
                   uint64_t *frames);

#endif
