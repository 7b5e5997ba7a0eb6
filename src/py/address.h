/* Where the C functions and arguments are that a program brings from ctypes, cffi,
 * Numba or in a PyCapsule. */
#ifndef RTJ_PY_ADDRESS_H
#define RTJ_PY_ADDRESS_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* The address of a function; NULL with an exception. */
void *rtj_function_address(PyObject *function);

/* What is handed to it; None is NULL.  A buffer's memory stays through `view`, which is
 * to be released (view->obj is NULL when there is none).  0, or -1 with an exception.
 */
int rtj_argument_address(PyObject *argument, Py_buffer *view, void **address);

#endif
