/* Whether a JACK server runs, asked without starting one. */
#ifndef RTJ_CORE_PROBE_H
#define RTJ_CORE_PROBE_H

#include "core/task.h"

/* `*running` tells whether the server called `name` (NULL: the default one) answers
 * within `timeout` seconds; one that is stopped or stuck does not.  `patience` gives
 * only `interrupted`; its seconds are not looked at.  Fails with RTJ_NO_LIBRARY,
 * RTJ_INTERRUPTED, RTJ_MEMORY.  Any thread but libjack's; hold no lock and no GIL.
 *
 * libjack has no call for this but opening a client.  That one has no time-out, and
 * while it waits no other client of the process can be opened; other programs see
 * the client come and go.  So a JACK2 server is asked on its socket instead when that
 * is found. */
rtj_status rtj_server_running(const char *name, double timeout,
                              const rtj_patience *patience, int *running,
                              rtj_error *error);

#endif
