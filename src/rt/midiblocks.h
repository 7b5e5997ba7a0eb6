/* MIDI events of whole blocks, between the ports of a client and one other thread.
 *
 * The events that arrive in a block go through one mailbox, those that answer it come
 * back through the other, and are put into the ports as many blocks later as the
 * answers' audio (rt/blocks.h), at the same offset.  An answer that comes too late is
 * put at the beginning of the next block, and counted: a note's end is better late than
 * never.
 *
 * Memory order: the mailboxes say their own (rt/mailbox.h).  The counters are relaxed;
 * each is written by one thread only.
 */
#ifndef RTJ_RT_MIDIBLOCKS_H
#define RTJ_RT_MIDIBLOCKS_H

#include <jack/jack.h>
#include <jack/midiport.h>
#include <stdatomic.h>
#include <stdint.h>

#include "rt/mailbox.h"

typedef struct rtj_midi_blocks {
    rtj_mailbox *in;  /* to the other thread; owned by whoever made this */
    rtj_mailbox *out; /* from it; likewise */
    __typeof__(jack_midi_get_event_count) *event_count;
    __typeof__(jack_midi_event_get) *event_get;
    __typeof__(jack_midi_event_write) *event_write;
    __typeof__(jack_midi_clear_buffer) *clear_buffer;
    _Atomic uint64_t late;    /* events put at the beginning of a later block */
    _Atomic uint64_t refused; /* events that a port's buffer had no room for */
    _Atomic uint64_t orphans; /* events for a port that is gone */
} rtj_midi_blocks;

/* In front of each event's bytes in a mailbox. */
typedef struct rtj_midi_head {
    uint64_t block; /* in: its number in the queue; out: the cycle that it answers */
    uint32_t port;  /* the port's id */
    uint32_t offset;
} rtj_midi_head;

/* Where the audio thread finds a port's buffer; NULL: the port is gone. */
typedef void *rtj_midi_find(void *context, uint32_t port);

/* The audio thread: the events that lie in `buffer`; `lost`: their block is, so that
 * they come with the next, at its beginning. */
void rtj_midi_blocks_take(rtj_midi_blocks *midi, void *buffer, uint32_t port,
                          uint64_t block, int lost);

/* The audio thread, the outputs cleared: put what answers `cycle` or an earlier one
 * into this block of `frames` frames. */
void rtj_midi_blocks_play(rtj_midi_blocks *midi, uint64_t cycle, uint32_t frames,
                          rtj_midi_find *find, void *context);

/* The other thread: an event that answers `cycle`.  0, or -1 when the mailbox is full,
 * which counts it. */
int rtj_midi_blocks_answer(rtj_midi_blocks *midi, uint64_t cycle, uint32_t port,
                           uint32_t offset, const void *bytes, size_t size);

/* The other thread: the next event of this or an earlier block, its bytes valid until
 * rtj_midi_blocks_drop(); NULL when there is none. */
const void *rtj_midi_blocks_next(rtj_midi_blocks *midi, uint64_t block,
                                 rtj_midi_head *head, size_t *size);
void rtj_midi_blocks_drop(rtj_midi_blocks *midi);

/* Events that found no room anywhere.  Any thread. */
uint64_t rtj_midi_blocks_lost(const rtj_midi_blocks *midi);

#endif
