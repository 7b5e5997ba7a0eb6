#include "py/address.h"

/* What jack._pointers makes of `object`: a new int, or None. */
static PyObject *ask_pointers(const char *function, PyObject *object)
{
    PyObject *module = PyImport_ImportModule("jack._pointers");
    PyObject *result =
        module != NULL ? PyObject_CallMethod(module, function, "O", object) : NULL;
    Py_XDECREF(module);
    return result;
}

static void *address_from(PyObject *number, const char *what)
{
    void *address = PyLong_AsVoidPtr(number);
    if (address == NULL && !PyErr_Occurred()) {
        PyErr_Format(PyExc_ValueError, "%s is a NULL pointer", what);
    }
    return address;
}

void *rtj_function_address(PyObject *function)
{
    if (PyCapsule_CheckExact(function)) {
        return PyCapsule_GetPointer(function, PyCapsule_GetName(function));
    }
    PyObject *number = ask_pointers("function_address", function);
    if (number == NULL) {
        return NULL;
    }
    void *address = address_from(number, "fn");
    Py_DECREF(number);
    return address;
}

int rtj_argument_address(PyObject *argument, Py_buffer *view, void **address)
{
    *address = NULL;
    if (argument == Py_None) {
        return 0;
    }
    if (PyCapsule_CheckExact(argument)) {
        *address = PyCapsule_GetPointer(argument, PyCapsule_GetName(argument));
        return *address != NULL ? 0 : -1;
    }
    PyObject *number = ask_pointers("pointer_address", argument);
    if (number == NULL) {
        return -1;
    }
    if (number != Py_None) {
        *address = PyLong_AsVoidPtr(number);
        Py_DECREF(number);
        return PyErr_Occurred() ? -1 : 0;
    }
    Py_DECREF(number);
    if (!PyObject_CheckBuffer(argument)) {
        PyErr_Format(PyExc_TypeError,
                     "arg must be None, an address, a pointer of ctypes or cffi, or a "
                     "buffer, not %.200s",
                     Py_TYPE(argument)->tp_name);
        return -1;
    }
    if (PyObject_GetBuffer(argument, view, PyBUF_SIMPLE) < 0) {
        return -1;
    }
    *address = view->buf;
    return 0;
}
