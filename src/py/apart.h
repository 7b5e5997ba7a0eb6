/* What ends an unreachable object, when the collector comes in a callback of JACK's.
 *
 * JACK waits for a callback's end, and who closes a client or unregisters a port waits
 * for JACK.  Python's collector comes when it likes.
 */
#ifndef RTJ_PY_APART_H
#define RTJ_PY_APART_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* For a tp_finalize: 1 when this is such a callback and a thread of its own, which
 * keeps `object` meanwhile, calls `finalize` again; 0 when that is to be done here. */
int rtj_finalize_apart(PyObject *object, PyInterpreterState *interpreter,
                       void (*finalize)(PyObject *object));

#endif
