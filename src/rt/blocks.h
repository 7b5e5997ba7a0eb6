/* Whole blocks of a client's ports, given to one other thread and answered by it.
 *
 * The audio thread puts each block, with the number of its cycle, into a queue of
 * slots; the other thread answers one after the other, and the answer to the block of
 * cycle c is played in cycle c + lookahead: never sooner, and later only if it is MIDI
 * (rt/midiblocks.h).  So the latency is the lookahead always, whatever was late or
 * lost.  An answer that is not there in its cycle is silence, and counted; a block that
 * finds all slots taken is not given, and counted.  Cycles that JACK went through
 * without us have their number, so that what is behind them is not played late; when we
 * run a second time in a cycle, what the first time played stands.
 *
 * A port has memory for every slot.  Ports come and go by publishing another array of
 * them; what the remaining ones hold stays, so that nothing is torn.
 *
 * Memory order: `ports` as rt/cycle.h has it for the chain.  `captured` belongs to the
 * audio thread, `done` to the other; each is stored with release when a slot's content
 * is whole, and loaded with acquire by the other side.  There are more slots than
 * lookahead + 1, so that an answer is played before its slot is used again.  `running`
 * and the counters are relaxed; the counters are the audio thread's, but for `skipped`.
 */
#ifndef RTJ_RT_BLOCKS_H
#define RTJ_RT_BLOCKS_H

#include <jack/jack.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "rt/jacktime.h"
#include "rt/midiblocks.h"
#include "rt/wake.h"

typedef struct rtj_block {
    uint64_t cycle;
    uint32_t frames;
    uint32_t time; /* of its first frame, JACK's clock */
} rtj_block;

typedef struct rtj_block_port {
    jack_port_t *handle;
    int is_input;
    int is_midi;
    int ignored; /* an output that somebody else writes */
    uint32_t id;
    float *slots; /* audio: `stride` frames for each slot */
    void *buffer; /* the audio thread's own: a MIDI output's, in this cycle */
} rtj_block_port;

enum { RTJ_BLOCK_HOLES = 16 };

typedef struct rtj_block_ports {
    size_t count;
    uint32_t stride; /* frames: the longest block that the slots can hold */
    int has_outputs;
    rtj_block_port **ports;
} rtj_block_ports;

typedef struct rtj_block_counts {
    _Atomic uint64_t underflows; /* times that answers began to be missing */
    _Atomic uint64_t missing;    /* frames of silence for them */
    _Atomic uint64_t overflows;  /* times that slots began to be missing */
    _Atomic uint64_t lost;       /* frames that were not given for that */
    _Atomic uint64_t skipped;    /* frames that the other thread passed over */
    _Atomic uint64_t resized;    /* frames not played: the block size had changed */
} rtj_block_counts;

typedef struct rtj_blocks {
    _Alignas(64) _Atomic(const rtj_block_ports *) ports;
    _Alignas(64) _Atomic uint64_t captured; /* blocks put into the queue */
    _Atomic uint64_t cycle;                 /* the one to come */
    _Atomic int overflowed;                 /* since the other thread last looked */
    _Alignas(64) _Atomic uint64_t done;     /* blocks answered */
    _Alignas(64) _Atomic int waiting;       /* the other thread waits for `wake` */
    _Atomic int running;                    /* 0: silence, and no block is given */
    rtj_wake wake;
    jack_client_t *handle;
    __typeof__(jack_port_get_buffer) *get_buffer;
    __typeof__(jack_last_frame_time) *last_frame_time;
    const rtj_jump *jump; /* of JACK's time before this block, rt/stats.h */
    uint32_t lookahead;   /* blocks, at least 1 */
    uint32_t slots;       /* a power of two, at least lookahead + 2 */
    rtj_block *headers;   /* of the slots */
    rtj_midi_blocks midi;
    rtj_block_counts counts;
    /* The audio thread's own. */
    struct {
        uint64_t from;
        uint64_t to;
    } skipped[RTJ_BLOCK_HOLES]; /* cycles that nobody answers; the last of them */
    uint32_t hole_count;
    uint64_t next;  /* block to be played */
    int in_missing; /* breaks that go on */
    int in_lost;
} rtj_blocks;

/* The node; `blocks` is an rtj_blocks. */
void rtj_blocks_run(void *blocks, uint32_t frames);

/* The audio thread, before the node: whether the answer that this cycle would play is
 * still to come. */
int rtj_blocks_would_miss(const rtj_blocks *blocks);

/* The other thread.  Whether a block is to be answered; its number and content.  After
 * an overflow, blocks that can't be answered in time any more are passed over. */
int rtj_blocks_ready(rtj_blocks *blocks);
uint64_t rtj_blocks_take(rtj_blocks *blocks, int skip, rtj_block *block);
/* A port's memory in the block with that number. */
float *rtj_blocks_slot(const rtj_blocks *blocks, const rtj_block_port *port,
                       uint32_t stride, uint64_t number);
/* It is answered, its MIDI too. */
void rtj_blocks_give(rtj_blocks *blocks);
/* Say that this thread is about to wait: 1 when it may wait for `wake`, 0 when there is
 * a block. */
int rtj_blocks_may_wait(rtj_blocks *blocks);

#endif
