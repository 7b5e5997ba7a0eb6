#include "py/args.h"

#include <assert.h>
#include <string.h>

PyObject *rtj_encode(PyObject *text, const char *what)
{
    if (!PyUnicode_Check(text)) {
        PyErr_Format(PyExc_TypeError, "%s must be a str, not %.100s", what,
                     Py_TYPE(text)->tp_name);
        return NULL;
    }
    PyObject *bytes = PyUnicode_AsEncodedString(text, "utf-8", "surrogateescape");
    if (bytes == NULL) {
        if (PyErr_ExceptionMatches(PyExc_UnicodeEncodeError)) {
            PyErr_Clear();
            PyErr_Format(PyExc_ValueError, "%s must be encodable as UTF-8, got %R",
                         what, text);
        }
        return NULL;
    }
    if (strlen(PyBytes_AS_STRING(bytes)) != (size_t)PyBytes_GET_SIZE(bytes)) {
        PyErr_Format(PyExc_ValueError, "%s must not contain NUL characters, got %R",
                     what, text);
        Py_DECREF(bytes);
        return NULL;
    }
    return bytes;
}

PyObject *rtj_decode(const char *bytes)
{
    assert(bytes != NULL);
    return PyUnicode_DecodeUTF8(bytes, (Py_ssize_t)strlen(bytes), "surrogateescape");
}

static void raise_out_of_range(PyObject *value, const char *what, int64_t low,
                               int64_t high)
{
    /* repr() refuses ints of thousands of digits. */
    PyObject *shown = PyObject_Repr(value);
    if (shown == NULL) {
        if (!PyErr_ExceptionMatches(PyExc_ValueError)) {
            return;
        }
        PyErr_Clear();
        PyErr_Format(PyExc_ValueError,
                     "%s must be between %lld and %lld, got an int too long to print",
                     what, (long long)low, (long long)high);
        return;
    }
    PyErr_Format(PyExc_ValueError, "%s must be between %lld and %lld, got %U", what,
                 (long long)low, (long long)high, shown);
    Py_DECREF(shown);
}

int rtj_as_int64(PyObject *value, const char *what, int64_t low, int64_t high,
                 int64_t *result)
{
    if (PyLong_CheckExact(value)) {
        int too_long;
        const long long n = PyLong_AsLongLongAndOverflow(value, &too_long);
        if (n == -1 && too_long == 0 && PyErr_Occurred()) {
            return -1;
        }
        if (too_long == 0 && n >= low && n <= high) {
            *result = n;
            return 0;
        }
    }
    if (!PyIndex_Check(value)) {
        PyErr_Format(PyExc_TypeError, "%s must be an int, not %.100s", what,
                     Py_TYPE(value)->tp_name);
        return -1;
    }
    PyObject *number = PyNumber_Index(value); /* new */
    if (number == NULL) {
        return -1;
    }
    int overflow;
    const long long n = PyLong_AsLongLongAndOverflow(number, &overflow);
    if (n == -1 && overflow == 0 && PyErr_Occurred()) {
        Py_DECREF(number);
        return -1;
    }
    if (overflow != 0 || n < low || n > high) {
        raise_out_of_range(number, what, low, high);
        Py_DECREF(number);
        return -1;
    }
    Py_DECREF(number);
    *result = n;
    return 0;
}

int rtj_as_uint32(PyObject *value, const char *what, uint32_t *result)
{
    int64_t n;
    if (rtj_as_int64(value, what, 0, UINT32_MAX, &n) < 0) {
        return -1;
    }
    *result = (uint32_t)n;
    return 0;
}

int rtj_check_callable(PyObject *value, const char *what)
{
    if (PyCallable_Check(value)) {
        return 0;
    }
    PyErr_Format(PyExc_TypeError, "%s must be callable, not %.100s", what,
                 Py_TYPE(value)->tp_name);
    return -1;
}

/* The place of the argument called `name`, or -1. */
static Py_ssize_t find_name(const rtj_signature *signature, PyObject *name)
{
    for (Py_ssize_t i = 0; i < signature->count; ++i) {
        if (PyUnicode_CompareWithASCIIString(name, signature->names[i]) == 0) {
            return i;
        }
    }
    return -1;
}

static int place_keywords(const rtj_signature *signature, PyObject *const *values,
                          PyObject *kwnames, PyObject **slots)
{
    const Py_ssize_t count = PyTuple_GET_SIZE(kwnames);
    for (Py_ssize_t k = 0; k < count; ++k) {
        PyObject *name = PyTuple_GET_ITEM(kwnames, k); /* borrowed */
        const Py_ssize_t i = find_name(signature, name);
        if (i < 0) {
            PyErr_Format(PyExc_TypeError, "%s() got an unexpected keyword argument %R",
                         signature->function, name);
            return -1;
        }
        if (slots[i] != NULL) {
            PyErr_Format(PyExc_TypeError, "%s() got multiple values for argument %R",
                         signature->function, name);
            return -1;
        }
        slots[i] = values[k];
    }
    return 0;
}

int rtj_parse(const rtj_signature *signature, PyObject *const *args, Py_ssize_t nargs,
              PyObject *kwnames, PyObject **slots)
{
    if (nargs > signature->keyword_only) {
        PyErr_Format(PyExc_TypeError,
                     "%s() takes at most %zd positional argument%s, got %zd",
                     signature->function, signature->keyword_only,
                     signature->keyword_only == 1 ? "" : "s", nargs);
        return -1;
    }
    for (Py_ssize_t i = 0; i < signature->count; ++i) {
        slots[i] = i < nargs ? args[i] : NULL;
    }
    if (kwnames != NULL &&
        place_keywords(signature, args + nargs, kwnames, slots) < 0) {
        return -1;
    }
    for (Py_ssize_t i = 0; i < signature->required; ++i) {
        if (slots[i] == NULL) {
            PyErr_Format(PyExc_TypeError, "%s() misses its argument '%s'",
                         signature->function, signature->names[i]);
            return -1;
        }
    }
    return 0;
}

PyObject *rtj_call_python(const char *module, const char *function, PyObject *self,
                          PyObject *args, PyObject *kwargs)
{
    PyObject *imported = PyImport_ImportModule(module);
    PyObject *callable =
        imported != NULL ? PyObject_GetAttrString(imported, function) : NULL;
    PyObject *first = callable != NULL ? PyTuple_Pack(1, self) : NULL;
    PyObject *all = first != NULL ? PySequence_Concat(first, args) : NULL;
    PyObject *result = all != NULL ? PyObject_Call(callable, all, kwargs) : NULL;
    Py_XDECREF(all);
    Py_XDECREF(first);
    Py_XDECREF(callable);
    Py_XDECREF(imported);
    return result;
}
