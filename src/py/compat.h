/* JACK-Client's private names on our types; jack._compat serves them, by cffi. */
#ifndef RTJ_PY_COMPAT_H
#define RTJ_PY_COMPAT_H

#include <jack/transport.h>

#include "py/module.h"

/* A getter: jack._compat.<function>(self), `function` being a C string. */
PyObject *rtj_compat_get(PyObject *self, void *function);

/* Client's _callback(), _wrap_port_ptr() and _get_port_ptr(). */
extern PyMethodDef rtj_client_compat_methods[];

/* The module's _library_name(). */
int rtj_add_compat(PyObject *module);

/* A position struct of cffi's: 1 and a copy in `*position`; 0 when `value` is none; -1
 * with an exception. */
int rtj_compat_position(PyObject *value, jack_position_t *position);

#endif
