/* jack.Client, as its neighbours in the face need to know it. */
#ifndef RTJ_PY_CLIENT_H
#define RTJ_PY_CLIENT_H

#include "core/client.h"
#include "py/module.h"

/* The engine's client inside `client`, an instance of jack.Client (not checked);
 * borrowed.  NULL with JackError when it was never opened. */
rtj_client *rtj_client_core(PyObject *client);

/* How the face waits in the core: Ctrl-C in the main thread ends the wait.  Use with
 * the GIL released. */
rtj_patience rtj_patience_of(const rtj_state *state, double seconds);

#endif
