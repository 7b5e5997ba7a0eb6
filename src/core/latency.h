/* A client's own ports, and the latency that passes through them.
 *
 * A latency callback replaces libjack's own rule (each port of one side has the range
 * of all ports of the other), so ours follows that rule, and adds what a group of ports
 * (a stream, say) delays: a group's outputs then depend on the group's inputs alone.
 *
 * libjack asks in a thread of its own.  The list is under a lock; while it is held,
 * libjack is called only to read and set a port's range, which waits for nobody.
 *
 * PipeWire's libjack (0.3.65) asks with a lock held.  To set a range from within, as it
 * is meant to be done, it first does what is queued for that thread: should that be
 * another asking, as after jack_recompute_total_latencies() or a change of the block
 * size, it waits for its own lock for ever.  So there the asking is only noted, and the
 * delivery thread answers.  What it sets is sent by libjack's thread a little later; a
 * port that was unregistered meanwhile would come to life again.  So the delivery
 * thread keeps the list's lock until that has happened.
 */
#ifndef RTJ_CORE_LATENCY_H
#define RTJ_CORE_LATENCY_H

#include "core/client.h"

/* Keep the list of own ports; from core/ports.c.  0, or -1 without memory.  After
 * rtj_own_ports_remove() no cycle reaches the port through rtj_client_ports(). */
int rtj_own_ports_add(rtj_client *client, jack_port_t *port, int flags, int is_midi);
void rtj_own_ports_remove(rtj_client *client, const jack_port_t *port);

/* `ports` now belong to `group` (any address; NULL: to none) and its audio passes from
 * its inputs to its outputs in `frames`.  Tells the server. */
rtj_status rtj_latency_set(rtj_client *client, const void *group,
                           jack_port_t *const *ports, size_t count, uint32_t frames,
                           rtj_error *error);

/* The group's latency is another now; tells the server when it is. */
rtj_status rtj_latency_change(rtj_client *client, const void *group, uint32_t frames,
                              rtj_error *error);

/* Have the server ask anew. */
rtj_status rtj_latency_tell(rtj_client *client, rtj_error *error);

/* On the delivery thread: libjack (PipeWire's) has asked, or a latency has changed. */
void rtj_latency_due(rtj_client *client);

/* libjack's latency callback; `data` is the rtj_client. */
void rtj_client_on_latency(jack_latency_callback_mode_t mode, void *data);

#endif
