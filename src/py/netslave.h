/* What netslave.c and netslave_open.c share. */
#ifndef RTJ_PY_NETSLAVE_H
#define RTJ_PY_NETSLAVE_H

#include "core/netslave.h"
#include "py/module.h"

typedef struct rtj_py_netslave {
    PyObject_HEAD
    rtj_netslave *core; /* a reference; NULL until initialised, then unchanging */
    rtj_net_options options;
    PyObject *address, *name; /* str; strong */
} rtj_py_netslave;

/* NetSlave.__init__(): its arguments, and opening. */
int rtj_netslave_init(PyObject *object, PyObject *args, PyObject *kwargs);

#endif
