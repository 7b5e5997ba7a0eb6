/* Publishing a client's ports to its cycle. */
#ifndef RTJ_CORE_PORTTABLE_H
#define RTJ_CORE_PORTTABLE_H

#include "core/client.h"
#include "rt/porttable.h"

/* The audio thread, within a cycle: the client's ports, NULL before the first; valid
 * to the cycle's end. */
const rtj_port_table *rtj_client_ports(const rtj_client *client);

/* For core/latency.c: the list of own ports has changed.  Returns when no cycle uses
 * the former table any more.  0, or -1 without memory: then the audio thread sees no
 * ports until the next change. */
int rtj_port_table_renew(rtj_client *client);

/* When the client is freed. */
void rtj_port_table_free(rtj_client *client);

#endif
