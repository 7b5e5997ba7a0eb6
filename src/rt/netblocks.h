/* Blocks of audio and MIDI between a netjack slave's thread and the program's.
 *
 * Each cycle of the network puts what the master sent into one queue, and takes what is
 * to be sent to it from another.  Both carry the number of the cycle: an answer to
 * cycle c is written for cycle c + lookahead, and is sent in that cycle or not at all.
 * So the latency is the lookahead always.  An answer that is not there in its cycle is
 * silence, and counted; one that comes later is dropped, and counted; input that finds
 * its queue full is lost, and counted.
 *
 * A block is `lanes` pieces of `frames` samples: the audio channels, then the MIDI
 * ports, as bytes of rt/netmidi.h.
 *
 * Memory order: `written` belongs to the writer, `taken` to the reader; each loads the
 * other's with acquire and stores its own with release when a block is whole, or no
 * longer needed.  `started` is stored with release when the queues are empty, and
 * loaded with acquire.  The counters are the network thread's, relaxed.
 */
#ifndef RTJ_RT_NETBLOCKS_H
#define RTJ_RT_NETBLOCKS_H

#include <stdatomic.h>
#include <stdint.h>

#include "rt/wake.h"

typedef struct rtj_net_queue {
    _Alignas(64) _Atomic uint64_t written;
    _Alignas(64) _Atomic uint64_t taken;
    _Alignas(64) _Atomic int waiting; /* the program waits, and one wake is due */
    uint32_t capacity;                /* blocks; a power of two */
    uint32_t audio, midi;             /* lanes of each kind */
    uint32_t frames;
    uint64_t *cycles; /* of each place */
    float *data;      /* owned, as `cycles`, by whoever made the queue */
    rtj_wake wake;
} rtj_net_queue;

/* Any of the two threads. */
uint32_t rtj_net_queue_there(const rtj_net_queue *queue);
uint64_t *rtj_net_queue_cycle(const rtj_net_queue *queue, uint64_t index);
float *rtj_net_queue_block(const rtj_net_queue *queue, uint64_t index);
void rtj_net_queue_wrote(rtj_net_queue *queue);
void rtj_net_queue_took(rtj_net_queue *queue);
/* Wake the other side if it waits. */
void rtj_net_queue_wake(rtj_net_queue *queue);

typedef struct rtj_net_blocks {
    rtj_net_queue in;
    rtj_net_queue out;
    _Alignas(64) _Atomic int started; /* the program takes part */
    uint32_t lookahead;               /* blocks */
    _Atomic uint64_t cycle;           /* the next, since `started` */
    _Atomic uint64_t lost;            /* blocks of input that were not read in time */
    _Atomic uint64_t missing; /* blocks of output that were not written in time */
    _Atomic uint64_t late;    /* blocks of output that came after their cycle */
} rtj_net_blocks;

/* The network's thread: one cycle, whose buffers hold `frames` samples each. */
void rtj_net_blocks_run(rtj_net_blocks *blocks, float *const *audio_in,
                        void *const *midi_in, float *const *audio_out,
                        void *const *midi_out);

#endif
