/* Named tuples of C: small results with fields. */
#ifndef RTJ_PY_RECORD_H
#define RTJ_PY_RECORD_H

#include "py/module.h"

#include <structseq.h>

/* Create the type that `desc` tells and add it under its own name, without "jack.".
 * New reference, or NULL. */
PyTypeObject *rtj_add_record(PyObject *module, PyStructSequence_Desc *desc);

/* A record of `count` values, which are given away; NULLs among them are an error that
 * is set.  New reference, or NULL. */
PyObject *rtj_record_new(PyTypeObject *type, PyObject *const *values, int count);

#endif
