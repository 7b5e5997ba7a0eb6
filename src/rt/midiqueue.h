/* MIDI messages from threads of the program into one output port, each at its frame.
 *
 * A message lies in a slot.  The senders, one at a time, fill a free slot and hand its
 * index over; the audio thread keeps the indices in a heap, by time and then by the
 * order in which they came, writes what is due into the port's buffer, and hands the
 * indices back.  What has no room in this block's buffer, and all behind it, goes into
 * the next, in order.
 *
 * A block takes in at most RTJ_MIDI_BURST messages and is done with as many: each costs
 * a walk through the heap, whose depth is the logarithm of the number of slots.
 *
 * Times are JACK's frame times, of 32 bits; what lies less than half their range ahead
 * is to come, all else is late.  Within the heap they have 64 bits.
 *
 * What others wrote into the buffer in this block stays: both are merged by their
 * times.
 *
 * Memory order: a slot is written by who has its index.  Indices go through a ring each
 * way (rtj_midi_indices): the writer stores `put` with release, the reader loads it
 * with acquire; there are as many places as slots, so that neither is ever full, and
 * nobody waits for `taken`.  `waiters` and `wake` as in rt/wake.h: sequentially
 * consistent, so that a sender which counted itself in sees what was handed back, or is
 * woken.  The counters are the audio thread's, relaxed.
 */
#ifndef RTJ_RT_MIDIQUEUE_H
#define RTJ_RT_MIDIQUEUE_H

#include <jack/midiport.h>
#include <stddef.h>

#include "rt/wake.h"
#include "rt/work.h"

enum {
    RTJ_MIDI_FEW = 16,     /* bytes that a slot itself has room for */
    RTJ_MIDI_BURST = 4096, /* messages taken in, and done with, in a block */
    RTJ_MIDI_KEPT = 4096,  /* others' events in a block that can be merged with, */
    RTJ_MIDI_KEPT_BYTES = 1 << 15, /* and their bytes; beyond that ours wait */
    /* PipeWire (0.3.65) carries a block's events in 32 KiB, with a head of 16 bytes for
     * all and for each, which begins at a multiple of 8; what exceeds that takes all of
     * the block's events with it. */
    RTJ_MIDI_CARRIED = (1 << 15) - 16,
    /* PipeWire 1.4.2 cuts them in pieces of 6 bytes, which take 24, and crashes of some
     * that are much longer than it carries. */
    RTJ_MIDI_PIECE = 6,
    RTJ_MIDI_PIECE_TAKES = 24,
    RTJ_MIDI_CUT_MOST = RTJ_MIDI_CARRIED / RTJ_MIDI_PIECE_TAKES * RTJ_MIDI_PIECE,
};

typedef struct rtj_midi_slot {
    unsigned char few[RTJ_MIDI_FEW];
    unsigned char *many; /* the bytes instead, when they are more; the senders' */
    uint32_t size;
    uint32_t time;
    uint8_t at_once;   /* whatever `time` says */
    uint8_t drop_late; /* do not send it when its time is past */
    uint8_t late;      /* the audio thread's: its time was past when it came */
} rtj_midi_slot;

/* Indices of slots from one thread to another. */
typedef struct rtj_midi_indices {
    _Alignas(64) _Atomic uint32_t put; /* running */
    _Alignas(64) uint32_t taken;       /* likewise; the reader's own */
    uint32_t *list;                    /* as many places as there are slots */
} rtj_midi_indices;

typedef struct rtj_midi_due {
    int64_t time;
    uint64_t order;
    uint32_t slot;
} rtj_midi_due;

typedef struct rtj_midi_kept {
    uint32_t time;
    uint32_t size;
    uint32_t place; /* in kept_bytes */
} rtj_midi_kept;

typedef struct rtj_midi_queue_counts {
    _Atomic uint64_t sent;
    _Atomic uint64_t late;     /* whose time was past; sent or dropped, as asked */
    _Atomic uint64_t deferred; /* that went into a later block for want of room */
    _Atomic uint64_t dropped;  /* late ones, and what fits into no block */
} rtj_midi_queue_counts;

typedef struct rtj_midi_queue {
    rtj_work work; /* one output */
    __typeof__(jack_midi_get_event_count) *event_count;
    __typeof__(jack_midi_event_get) *event_get;
    __typeof__(jack_midi_event_write) *event_write;
    __typeof__(jack_midi_max_event_size) *max_event_size;
    __typeof__(jack_midi_clear_buffer) *clear_buffer;
    uint32_t spare;        /* bytes of the port's buffer that stay free */
    uint32_t carried_most; /* RTJ_MIDI_CARRIED; 0: the port's buffer alone counts */
    int cuts;              /* events are carried in pieces */
    uint32_t slots_count;  /* a power of two */
    rtj_midi_slot *slots;
    rtj_midi_indices sent_out;             /* from the senders */
    rtj_midi_indices returned;             /* to them */
    _Alignas(64) _Atomic uint32_t waiters; /* senders that wait for a slot */
    rtj_wake wake;
    /* Bytes of the message that just fits an empty buffer; 0: not known yet. */
    _Alignas(64) _Atomic size_t largest;
    rtj_midi_queue_counts counts;
    /* The audio thread's own. */
    rtj_midi_due *heap;
    uint32_t heap_count;
    uint64_t order;
    int64_t now;      /* of the block, with 64 bits */
    uint32_t frames;  /* of the block; 0: none yet */
    int64_t gap_from; /* frames that JACK last went on without a block; a message of */
    int64_t gap_to;   /* such a frame is late */
    rtj_midi_kept *kept;
    unsigned char *kept_bytes;
} rtj_midi_queue;

/* The node, behind all others that write the port; `queue` is an rtj_midi_queue. */
void rtj_midi_queue_run(void *queue, uint32_t frames);

/* Of an index ring.  0 when there is none. */
void rtj_midi_indices_put(rtj_midi_indices *ring, uint32_t mask, uint32_t index);
int rtj_midi_indices_take(rtj_midi_indices *ring, uint32_t mask, uint32_t *index);

#endif
