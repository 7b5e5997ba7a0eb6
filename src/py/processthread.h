/* A client's process thread, of Python or C. */
#ifndef RTJ_PY_PROCESSTHREAD_H
#define RTJ_PY_PROCESSTHREAD_H

#include "py/client_impl.h"

/* What a C function uses; part of jack.Client. */
typedef struct rtj_native_keep {
    PyObject *objects; /* a tuple; NULL: none */
    Py_buffer view;
} rtj_native_keep;

void rtj_native_keep_clear(rtj_native_keep *keep);

/* thread.c: a method of Client (METH_FASTCALL | METH_KEYWORDS). */
PyObject *rtj_client_create_thread(PyObject *client, PyObject *const *args,
                                   Py_ssize_t nargs, PyObject *kwnames);

extern PyMethodDef rtj_client_thread_methods[];

#endif
