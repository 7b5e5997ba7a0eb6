/* The ports that a port is connected to, as the server says.
 *
 * libjack1 is told the ids of these ports, looks each of them up, and crashes over one
 * that was unregistered meanwhile.  Where we ask, it finds the very port instead that
 * was asked about, which is never connected to itself, and we leave that out.
 */
#ifndef RTJ_CORE_CONNECTED_H
#define RTJ_CORE_CONNECTED_H

#include "core/libjack.h"

/* For a library that was just loaded, before any client is opened.  Does nothing with
 * JACK2 and PipeWire, and where it can't be done (not ELF). */
void rtj_connected_watch(const rtj_libjack *lib);

/* jack_port_get_all_connections(), which the library must have; it asks the server. */
const char **rtj_connected(const rtj_libjack *lib, jack_client_t *handle,
                           jack_port_t *port);

#endif
