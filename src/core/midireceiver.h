/* Receiving MIDI in any thread: what surrounds rt/midiinbox.h, its memory, its port,
 * waiting for it.
 *
 * Ownership: a receiver belongs to whoever opened it; it holds a reference of its
 * client.  Any number of threads may take events, each of which one of them gets.  Not
 * the audio thread, unless it runs a callback of the program's.
 */
#ifndef RTJ_CORE_MIDIRECEIVER_H
#define RTJ_CORE_MIDIRECEIVER_H

#include "core/client.h"

typedef struct rtj_midi_receiver rtj_midi_receiver;

typedef struct rtj_midi_incoming {
    uint32_t time; /* JACK's frame time */
    size_t size;   /* bytes */
} rtj_midi_incoming;

typedef struct rtj_midi_receiver_counts {
    uint64_t pending;  /* to be taken */
    uint64_t received; /* that came and found room */
    uint64_t overflow; /* that came and found none */
    uint64_t lost;     /* by JACK, before they came */
} rtj_midi_receiver_counts;

/* For an input port of the client's own; events are kept from the next block on.
 * RTJ_FAILED within a callback. */
rtj_status rtj_midi_receiver_open(rtj_client *client, jack_port_t *port,
                                  rtj_midi_receiver **receiver, rtj_error *error);

/* The port is about to go: who waits is sent away.  Again: no error. */
void rtj_midi_receiver_close(rtj_midi_receiver *receiver);
void rtj_midi_receiver_free(rtj_midi_receiver *receiver); /* nobody uses it any more */

/* Take the oldest event: 1 when it was put into `bytes`; -1 when it is larger than
 * `room` bytes, and stays; 0 when there is none. */
int rtj_midi_receiver_take(rtj_midi_receiver *receiver, void *bytes, size_t room,
                           rtj_midi_incoming *event);

/* Whether there is still something to wait for: RTJ_OK, or RTJ_CLOSED, RTJ_GONE,
 * RTJ_LOST, RTJ_FAILED when the client is not active. */
rtj_status rtj_midi_receiver_check(rtj_midi_receiver *receiver, rtj_error *error);

/* Returns when there may be an event, after `milliseconds`, or after a signal. */
void rtj_midi_receiver_wait(rtj_midi_receiver *receiver, int milliseconds);

/* Readable while there are events, and when there is nothing to wait for any more.  The
 * receiver's own. */
int rtj_midi_receiver_fileno(const rtj_midi_receiver *receiver);

/* Also of a closed one. */
void rtj_midi_receiver_count(rtj_midi_receiver *receiver,
                             rtj_midi_receiver_counts *counts);

/* The client is closed, or its server is gone: who waits has to look. */
void rtj_midi_receivers_wake(rtj_client *client);

#endif
