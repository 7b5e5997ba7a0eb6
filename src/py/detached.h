/* Process callbacks with lookahead: what the helper thread of core/detached.h calls,
 * and the ports as such a callback sees them.
 */
#ifndef RTJ_PY_DETACHED_H
#define RTJ_PY_DETACHED_H

#include "core/detached.h"
#include "py/client_impl.h"
#include "py/port.h"

/* Have the client's process callback run `lookahead` blocks ahead; 0: in the audio
 * thread.  The client is not active.  0, or -1 with an exception. */
int rtj_py_detached_set(rtj_py_client *client, uint32_t lookahead);

/* With rtj_detached_here(): the port in the block that is being processed, the block's
 * length, and what keeps its memory (borrowed).  NULL with JackError. */
rtj_detached_port *rtj_py_detached_port(rtj_port *port, uint32_t *frames,
                                        PyObject **keep);

#endif
