/* Adding to and taking from what a client's cycle runs, while it runs.
 *
 * A node's data belong to whoever added it, and must stay until it was removed, or the
 * client closed.
 */
#ifndef RTJ_CORE_NODES_H
#define RTJ_CORE_NODES_H

#include "core/client.h"

/* Run `node` behind the others (but before those that measure), from the next block on.
 * A client that was active without any part in the cycle is activated anew, its
 * connections restored. */
rtj_status rtj_client_add_node(rtj_client *client, const rtj_node *node,
                               rtj_error *error);

/* Before the client has ports: have libjack call its cycle, now or once it is active.
 * Who is connected to an output of a client without is waiting on JACK2, for good. */
rtj_status rtj_client_join_for_ports(rtj_client *client, rtj_error *error);

/* Run it no more (no error when it is not there); returns when the audio thread can't
 * be in it any more.  RTJ_TIMEOUT: it still is, so the data must stay for good. */
rtj_status rtj_client_remove_node(rtj_client *client, const rtj_node *node,
                                  rtj_error *error);

/* Returns when no cycle runs any more that may have begun before; at once when none
 * runs.  RTJ_TIMEOUT after seconds; never from within a cycle. */
rtj_status rtj_client_wait_for_pass(const rtj_client *client, rtj_error *error);

#endif
