/* Latencies with PipeWire's libjack, which core/latency.c leaves to the delivery
 * thread.
 *
 * It (0.3.65) asks with a lock held.  To set a range from within, as it is meant to be
 * done, it first does what is queued for that thread: should that be another asking, as
 * after jack_recompute_total_latencies() or a change of the block size, it waits for
 * its own lock for ever.  So there the asking is only noted, and the delivery thread
 * answers.
 *
 * What is set there, libjack's main thread takes over and sends a little later.  For a
 * port that was unregistered meanwhile that makes the server have one without a name,
 * which is in the way of the next one: the server tells nobody of that, and its name
 * stays taken for good.  So who sets a range keeps the list's lock, which comes before
 * unregistering, until that has happened.
 *
 * And its server (1.6.9) compares a port's range with what the peer has confirmed of an
 * earlier one: of two that come quickly, as libjack's rule's and the program's own, the
 * second may be lost when it is as before.  So what the rule gives, and the program's
 * callback makes of it, is kept apart, as a draft, and set afterwards, once.
 */
#ifndef RTJ_CORE_LATENCY_APART_H
#define RTJ_CORE_LATENCY_APART_H

#include "core/client_impl.h"

/* Have the delivery thread answer; from any thread. */
void rtj_latency_note_due(rtj_client *client);

/* From libjack's thread: it asks. */
void rtj_latency_apart_asked(rtj_client *client);

/* On the delivery thread: libjack has asked, or a latency has changed. */
void rtj_latency_due(rtj_client *client);

/* A port's range while the program's callback runs on this thread: 0 when there is no
 * other than libjack's. */
int rtj_latency_apart_range(rtj_client *client, const jack_port_t *port,
                            jack_latency_callback_mode_t mode,
                            jack_latency_range_t *range);

rtj_status rtj_latency_apart_set(rtj_client *client, jack_port_t *port,
                                 jack_latency_callback_mode_t mode,
                                 jack_latency_range_t range, rtj_error *error);

/* ---- of core/latency.c ---- */

/* With own.lock held: what a port's range depends on, 0 when on nothing of the
 * client's. Capture latency comes in at the inputs and leaves by the outputs, playback
 * latency the other way round. */
int rtj_latency_depends(const rtj_client *client, const rtj_own_port *port,
                        jack_latency_callback_mode_t mode, jack_latency_range_t *range);

/* The program's own callback, which may set other ranges. */
void rtj_latency_ask_program(rtj_client *client, jack_latency_callback_mode_t mode);

#endif
