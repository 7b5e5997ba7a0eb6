/* jack.Ports: a client's ports of one type and direction. */
#ifndef RTJ_PY_PORTS_H
#define RTJ_PY_PORTS_H

#include "py/module.h"

/* `type` is JACK's name of the port type (a static string), `flag` JackPortIsInput or
 * JackPortIsOutput.  Borrows `client`, which owns the result. */
PyObject *rtj_ports_new(rtj_state *state, PyObject *client, const char *type, int flag);

/* Drop what the ports have handed out over JACK's buffers. */
void rtj_ports_drop_views(PyObject *ports);

#endif
