/* Sending MIDI from any thread: what surrounds rt/midiqueue.h, its memory, its port,
 * waiting for room.
 *
 * Ownership: a sender belongs to whoever opened it; it holds a reference of its client.
 * Any number of threads may send at once: a lock puts them in order.  Not the audio
 * thread, unless it runs a callback of the program's.
 */
#ifndef RTJ_CORE_MIDISENDER_H
#define RTJ_CORE_MIDISENDER_H

#include "core/client.h"

typedef struct rtj_midi_sender rtj_midi_sender;

enum { RTJ_MIDI_SLOTS = 4096 }; /* messages that may wait to be sent */

typedef struct rtj_midi_outgoing {
    const unsigned char *bytes;
    size_t size;
    uint32_t time; /* JACK's frame time */
    int at_once;   /* with the next block instead */
    int drop_late; /* not at all when `time` is past; else at once */
} rtj_midi_outgoing;

typedef struct rtj_midi_sender_counts {
    uint64_t queued;   /* accepted, and still to be sent */
    uint64_t sent;     /* written into the port's buffer */
    uint64_t late;     /* whose time was past */
    uint64_t deferred; /* sent in a later block, for want of room in their own */
    uint64_t dropped;  /* accepted, and never to be sent */
} rtj_midi_sender_counts;

/* For an output port of the client's own.  Waits for the first block when the client is
 * active, so that the largest message is known.  RTJ_FAILED within a callback. */
rtj_status rtj_midi_sender_open(rtj_client *client, jack_port_t *port,
                                rtj_midi_sender **sender, rtj_error *error);

/* The port is about to go, or its client: what is queued is dropped, who waits is sent
 * away.  Again: no error. */
void rtj_midi_sender_close(rtj_midi_sender *sender);
void rtj_midi_sender_free(rtj_midi_sender *sender); /* nobody uses it any more */

/* RTJ_OK; RTJ_TIMEOUT when there is no room; RTJ_VALUE: too long for the port;
 * RTJ_CLOSED, RTJ_LOST, RTJ_GONE; RTJ_FAILED: the client is not active. */
rtj_status rtj_midi_sender_put(rtj_midi_sender *sender,
                               const rtj_midi_outgoing *message, rtj_error *error);

/* 0 in a process callback: nobody makes room while that waits. */
int rtj_midi_sender_may_wait(const rtj_midi_sender *sender);

/* Returns when there may be room for `size` bytes, after `milliseconds`, or after a
 * signal. */
void rtj_midi_sender_wait(rtj_midi_sender *sender, size_t size, int milliseconds);

/* Also of a closed one. */
void rtj_midi_sender_count(rtj_midi_sender *sender, rtj_midi_sender_counts *counts);

#endif
