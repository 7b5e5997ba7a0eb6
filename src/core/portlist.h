/* Taking a port out of libjack's list of a client's ports.
 *
 * libjack2 keeps that list without a lock: while one thread takes a port out and frees
 * the list's node, the notification thread may be at that node, on its way through the
 * list to compute latencies.  It then goes on from freed memory.  So a node that was
 * taken out stays readable for a while.
 */
#ifndef RTJ_CORE_PORTLIST_H
#define RTJ_CORE_PORTLIST_H

#include "core/libjack.h"

/* For a library that was just loaded, before any client is opened. */
void rtj_portlist_watch(const rtj_libjack *lib);

/* jack_port_unregister(). */
int rtj_portlist_unregister(const rtj_libjack *lib, jack_client_t *handle,
                            jack_port_t *port);

#endif
