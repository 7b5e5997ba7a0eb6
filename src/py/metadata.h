/* JACK's metadata: the module functions and the methods of Client. */
#ifndef RTJ_PY_METADATA_H
#define RTJ_PY_METADATA_H

#include <jack/uuid.h>

#include "py/module.h"

/* A subject given as int, as UUID string, as Client or as Port.  0, or -1 with
 * TypeError, ValueError or JackError. */
int rtj_subject(rtj_state *state, PyObject *subject, jack_uuid_t *uuid);

/* Methods of Client, entered in its method table (METH_FASTCALL | METH_KEYWORDS). */
PyObject *rtj_client_set_property(PyObject *self, PyObject *const *args,
                                  Py_ssize_t nargs, PyObject *kwnames);
PyObject *rtj_client_remove_property(PyObject *self, PyObject *const *args,
                                     Py_ssize_t nargs, PyObject *kwnames);
PyObject *rtj_client_remove_properties(PyObject *self, PyObject *const *args,
                                       Py_ssize_t nargs, PyObject *kwnames);
PyObject *rtj_client_remove_all_properties(PyObject *self, PyObject *unused);

#endif
