/* jack.IsolatedCallback, as jack.Client needs to know it. */
#ifndef RTJ_PY_ISOLATED_HANDLE_H
#define RTJ_PY_ISOLATED_HANDLE_H

#include "py/isolated.h"

/* A handle that has not started.  `spec`: (target, init or None, args, places, gc), of
 * which rtj_spec_bytes() makes what a cell starts with; `rings`: a tuple of the
 * RingBuffers that belong to `places` in args. */
PyObject *rtj_handle_new(rtj_state *state, rtj_client *core, PyObject *spec,
                         PyObject *rings);

/* Start, or start anew; 0, or -1 with an exception. */
int rtj_handle_start(PyObject *handle);

/* What close() does; 0, or -1 with an exception. */
int rtj_handle_close(PyObject *handle);

rtj_isolated *rtj_handle_isolated(PyObject *handle); /* borrowed */

/* client_isolated.c: with the interpreter's present sys.path and sys.argv. */
PyObject *rtj_spec_bytes(PyObject *spec);

#endif
