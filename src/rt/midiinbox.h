/* MIDI events of one input port, for threads of the program.
 *
 * Each block's events go into a mailbox, with their frame times; what finds it full is
 * lost, and counted by it.
 *
 * Memory order: the mailbox says its own (rt/mailbox.h).  `woken` is exchanged, by the
 * audio thread behind what it put, and by readers before they look once more, so that
 * the descriptor is readable whenever something is left, and set once only.  `lost` is
 * the audio thread's, relaxed.
 */
#ifndef RTJ_RT_MIDIINBOX_H
#define RTJ_RT_MIDIINBOX_H

#include <jack/midiport.h>

#include "rt/mailbox.h"
#include "rt/wake.h"
#include "rt/work.h"

typedef struct rtj_midi_inbox {
    rtj_work work; /* one input */
    __typeof__(jack_midi_get_event_count) *event_count;
    __typeof__(jack_midi_event_get) *event_get;
    __typeof__(jack_midi_get_lost_event_count) *lost_count;
    rtj_mailbox *box; /* messages: rtj_midi_stamp, and the event's bytes */
    rtj_wake wake;    /* readable while there are events */
    _Alignas(64) _Atomic int woken;
    _Alignas(64) _Atomic uint64_t lost; /* by JACK, for want of room in the port */
} rtj_midi_inbox;

typedef struct rtj_midi_stamp {
    uint32_t time; /* JACK's frame time */
} rtj_midi_stamp;

/* The node; `inbox` is an rtj_midi_inbox. */
void rtj_midi_inbox_run(void *inbox, uint32_t frames);

/* Any thread: make the descriptor readable. */
void rtj_midi_inbox_wake(rtj_midi_inbox *inbox);

#endif
