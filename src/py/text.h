/* Text that is a Python str already. */
#ifndef RTJ_PY_TEXT_H
#define RTJ_PY_TEXT_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* Whether two str have the same characters: 1 or 0; -1 with an exception. */
int rtj_same_text(PyObject *a, PyObject *b);

/* What stands behind the first colon of a port's full name; new, NULL with an
 * exception. */
PyObject *rtj_short_name(PyObject *full);

/* Whether that or the full name is `name`: 1 or 0; -1 with an exception. */
int rtj_is_called(PyObject *full, PyObject *name);

#endif
