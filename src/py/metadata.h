/* JACK's metadata: the module functions and the methods of Client. */
#ifndef RTJ_PY_METADATA_H
#define RTJ_PY_METADATA_H

#include "py/module.h"

/* Methods of Client, entered in its method table (METH_FASTCALL | METH_KEYWORDS). */
PyObject *rtj_client_set_property(PyObject *self, PyObject *const *args,
                                  Py_ssize_t nargs, PyObject *kwnames);
PyObject *rtj_client_remove_property(PyObject *self, PyObject *const *args,
                                     Py_ssize_t nargs, PyObject *kwnames);
PyObject *rtj_client_remove_properties(PyObject *self, PyObject *const *args,
                                       Py_ssize_t nargs, PyObject *kwnames);
PyObject *rtj_client_remove_all_properties(PyObject *self, PyObject *unused);

/* The attribute `metadata` of Client and Port: a jack.Metadata. */
PyObject *rtj_metadata_get_mapping(PyObject *self, void *closure);

#endif
