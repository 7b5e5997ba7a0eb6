#include "py/text.h"

int rtj_same_text(PyObject *a, PyObject *b)
{
    int order = PyUnicode_Compare(a, b);
    if (order == -1 && PyErr_Occurred()) {
        return -1;
    }
    return order == 0;
}

PyObject *rtj_short_name(PyObject *full)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(full);
    Py_ssize_t colon = PyUnicode_FindChar(full, ':', 0, length, 1);
    if (colon < -1) {
        return NULL;
    }
    return PyUnicode_Substring(full, colon + 1, length);
}

int rtj_is_called(PyObject *full, PyObject *name)
{
    PyObject *shortname = rtj_short_name(full);
    if (shortname == NULL) {
        return -1;
    }
    int same = rtj_same_text(shortname, name);
    Py_DECREF(shortname);
    return same != 0 ? same : rtj_same_text(full, name);
}
