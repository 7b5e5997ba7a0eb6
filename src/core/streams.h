/* Streams: what surrounds rt/stream.h, its memory, its ports, waiting for it.
 *
 * Ownership: an rtj_flow is reference-counted; its maker holds one reference.  It holds
 * one of its client.  It does not own its ports: whoever registered them unregisters
 * them, after closing the flow.
 *
 * One thread may read and one may write at a time.
 */
#ifndef RTJ_CORE_STREAMS_H
#define RTJ_CORE_STREAMS_H

#include "core/client.h"
#include "rt/stream.h"

typedef struct rtj_flow rtj_flow;

typedef struct rtj_flow_options {
    jack_port_t *const *inputs;
    uint32_t input_count;
    jack_port_t *const *outputs;
    uint32_t output_count;
    uint32_t lookahead;  /* blocks, at least 1 */
    uint32_t buffersize; /* frames that the rings hold at the least; 0: as needed */
    int keep_time;       /* drop what was written too late; -1: when there are inputs */
} rtj_flow_options;

/* Open a flow over these ports; it starts by itself at the first read or write. */
rtj_status rtj_flow_open(rtj_client *client, const rtj_flow_options *options,
                         rtj_flow **flow, rtj_error *error);
void rtj_flow_retain(rtj_flow *flow);
void rtj_flow_release(rtj_flow *flow); /* closes when it was the last */

/* The audio thread uses it no more; whoever waits for it is woken.  Again: no error. */
rtj_status rtj_flow_close(rtj_flow *flow, rtj_error *error);
int rtj_flow_is_closed(const rtj_flow *flow);

/* Empty the rings, fill the output with the lookahead, and begin with the next block.
 */
rtj_status rtj_flow_start(rtj_flow *flow, rtj_error *error);
int rtj_flow_is_running(const rtj_flow *flow);
/* Play silence and drop what comes, until it is started again. */
void rtj_flow_stop(rtj_flow *flow);

typedef enum rtj_flow_side { RTJ_FLOW_IN, RTJ_FLOW_OUT } rtj_flow_side;

/* Begin to use a side: RTJ_FAILED when another thread is at it.  Starts the flow. */
rtj_status rtj_flow_acquire(rtj_flow *flow, rtj_flow_side side, rtj_error *error);
void rtj_flow_free_side(rtj_flow *flow, rtj_flow_side side);

/* With the side acquired.  Wait until `frames` can be read or written at once,
 * `seconds` at the most: RTJ_OK, RTJ_TIMEOUT, RTJ_CLOSED, RTJ_LOST; RTJ_VALUE when the
 * rings will never hold so many. */
rtj_status rtj_flow_wait(rtj_flow *flow, rtj_flow_side side, uint32_t frames,
                         double seconds, rtj_error *error);

/* With the side acquired and waited for: the ring to copy from or to (rt/frames.h). */
rtj_frames *rtj_flow_ring(rtj_flow *flow, rtj_flow_side side);

/* The next break of that side that nobody was told of yet: 1 and `*record`, else 0.  Of
 * the input: only those that lie before the next `frames` frames. */
int rtj_flow_next_break(rtj_flow *flow, rtj_flow_side side, uint32_t frames,
                        rtj_break *record);

const rtj_stream_counts *rtj_flow_counts(const rtj_flow *flow);
/* JACK's frame time when that side's last break began, the one going on included. */
uint32_t rtj_flow_break_time(rtj_flow *flow, rtj_flow_side side);
uint32_t rtj_flow_latency(const rtj_flow *flow); /* frames from input to output */
uint32_t rtj_flow_channels(const rtj_flow *flow, rtj_flow_side side);
/* Becomes readable when a block went through that side; from then on it is set at every
 * block.  The flow's own. */
int rtj_flow_fileno(rtj_flow *flow, rtj_flow_side side);
/* Frames that can be read, or written, without waiting. */
uint32_t rtj_flow_ready(const rtj_flow *flow, rtj_flow_side side);

/* The next of its client's open streams; with own.lock held. */
const rtj_flow *rtj_flow_next(const rtj_flow *flow);

/* The block size is `frames` now: from core/client.c, on the delivery thread. */
void rtj_flows_blocksize(rtj_client *client, uint32_t frames);

/* For rtj_client_forked(): the first of the client's streams. */
void rtj_flows_forked(rtj_flow *flow);

#endif
