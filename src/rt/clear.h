/* Silence at the beginning of a block, for the output ports that several nodes share.
 *
 * libjack does not clear the buffers of output ports: without this the last block of a
 * node that is gone would sound for ever.  Since all start from silence, nodes add to
 * what is there.
 *
 * JACK1 gives a new port the memory of one that has gone, as that one left it: there
 * each is silenced once, before anybody reads it or writes it.
 *
 * Memory order: as in rt/work.h.  `everything` is set by any thread, the audio thread
 * included, and never unset; relaxed, as it stands for nothing else.
 */
#ifndef RTJ_RT_CLEAR_H
#define RTJ_RT_CLEAR_H

#include <jack/jack.h>
#include <jack/midiport.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

typedef struct rtj_cleared_port {
    _Atomic(jack_port_t *) port; /* NULL: gone */
    int is_midi;
    int always;        /* else only when `everything` is to be cleared */
    _Atomic int fresh; /* the audio thread's from publication on; relaxed */
} rtj_cleared_port;

typedef struct rtj_clear {
    __typeof__(jack_port_get_buffer) *get_buffer;
    __typeof__(jack_midi_clear_buffer) *midi_clear;
    const _Atomic int *everything;
    size_t count;
    rtj_cleared_port ports[];
} rtj_clear;

/* The node, and one before all others for ports that are fresh; `clear` is an
 * rtj_clear. */
void rtj_clear_run(void *clear, uint32_t frames);
void rtj_clear_run_once(void *clear, uint32_t frames);

#endif
