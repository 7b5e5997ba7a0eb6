/* A client's own ports, and the latency that passes through them.
 *
 * A latency callback replaces libjack's own rule (each port of one side has the range
 * of all ports of the other), so ours follows that rule, and adds what a group of ports
 * (a stream, say) delays: a group's outputs then depend on the group's inputs alone.
 *
 * libjack asks in a thread of its own.  The list is under a lock; while it is held,
 * libjack is called only to read and set a port's range, which waits for nobody.
 *
 * PipeWire's libjack takes another way: core/latency_apart.h.
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

/* jack_port_get_latency_range() and, for ports of its own,
 * jack_port_set_latency_range(). */
rtj_status rtj_latency_range(rtj_client *client, jack_port_t *port,
                             jack_latency_callback_mode_t mode,
                             jack_latency_range_t *range, rtj_error *error);
rtj_status rtj_latency_set_range(rtj_client *client, jack_port_t *port,
                                 jack_latency_callback_mode_t mode,
                                 jack_latency_range_t range, rtj_error *error);

/* Have the server ask anew. */
rtj_status rtj_latency_tell(rtj_client *client, rtj_error *error);

/* libjack's latency callback; `data` is the rtj_client. */
void rtj_client_on_latency(jack_latency_callback_mode_t mode, void *data);

#endif
