/* What the data of every built-in node begin with: the ports that it works on.
 *
 * Memory order: a port that is about to be unregistered is replaced by NULL, stored and
 * loaded sequentially consistent; whoever did that waits for the audio thread to pass
 * (rt/cycle.h) before the port goes.  All else is written before the node is published.
 */
#ifndef RTJ_RT_WORK_H
#define RTJ_RT_WORK_H

#include <jack/jack.h>
#include <stdatomic.h>
#include <stdint.h>

typedef struct rtj_work {
    jack_client_t *handle;
    __typeof__(jack_port_get_buffer) *get_buffer;
    __typeof__(jack_last_frame_time) *last_frame_time;
    uint32_t samplerate;
    uint32_t input_count;
    uint32_t output_count;
    _Atomic(jack_port_t *) *inputs; /* NULL in it: the port is gone */
    _Atomic(jack_port_t *) *outputs;
    /* The audio thread's own: the block's buffers, NULL where the port is gone, with
     * one NULL more at the end. */
    float **in;
    float **out;
} rtj_work;

/* Look up the block's buffers.  1 when all ports are there. */
int rtj_work_begin(rtj_work *work, uint32_t frames);

#endif
