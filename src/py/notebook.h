/* Showing things in notebooks. */
#ifndef RTJ_PY_NOTEBOOK_H
#define RTJ_PY_NOTEBOOK_H

#include "py/module.h"

/* The method _repr_html_(), which IPython calls: what jack._notebook makes of `self`.
   METH_VARARGS.  Any thread that holds the GIL. */
PyObject *rtj_repr_html(PyObject *self, PyObject *args); /* new */

#endif
