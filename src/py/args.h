/* Reading Python's arguments: what was expected and what came, in every message. */
#ifndef RTJ_PY_ARGS_H
#define RTJ_PY_ARGS_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>

/* The UTF-8 of a str without NULs or lone surrogates other than those that
 * surrogateescape made (they become the bytes they stand for).  A new bytes object;
 * NULL with TypeError or ValueError, naming the argument `what`. */
PyObject *rtj_encode(PyObject *text, const char *what);

/* `bytes` from libjack as str: UTF-8, undecodable bytes by surrogateescape. */
PyObject *rtj_decode(const char *bytes);

/* An int (or anything with __index__) within [low, high], else -1 with TypeError or
 * ValueError ("<what> must be between <low> and <high>, got <n>"). */
int rtj_as_int64(PyObject *value, const char *what, int64_t low, int64_t high,
                 int64_t *result);
int rtj_as_uint32(PyObject *value, const char *what, uint32_t *result);

/* A callable, else -1 with TypeError naming `what` and the type that came. */
int rtj_check_callable(PyObject *value, const char *what);

/* Positional and keyword arguments of a METH_FASTCALL | METH_KEYWORDS function, laid
 * out by name: `slots[i]` is a borrowed reference, or NULL when argument i was not
 * given. `names` has `count` entries; the first `required` must be there; those from
 * `keyword_only` on may come by keyword only.  0, or -1 with TypeError. */
typedef struct rtj_signature {
    const char *function;
    const char *const *names;
    Py_ssize_t count;
    Py_ssize_t required;
    Py_ssize_t keyword_only; /* == count when there is none */
} rtj_signature;
int rtj_parse(const rtj_signature *signature, PyObject *const *args, Py_ssize_t nargs,
              PyObject *kwnames, PyObject **slots);

/* <module>.<function>(self, *args, **kwargs), for methods that are written in Python
 * and taken as METH_VARARGS | METH_KEYWORDS.  A new reference, or NULL with an
 * exception. */
PyObject *rtj_call_python(const char *module, const char *function, PyObject *self,
                          PyObject *args, PyObject *kwargs);

/* For a method table's METH_FASTCALL | METH_KEYWORDS: `function`_named, which is
 * `function(self, value)` with its one argument taken by position or by name. */
#define RTJ_ONE_ARGUMENT(function, python_name, parameter)                             \
    static PyObject *function##_named(PyObject *self, PyObject *const *args,           \
                                      Py_ssize_t nargs, PyObject *kwnames)             \
    {                                                                                  \
        static const char *const names[] = {parameter};                                \
        static const rtj_signature signature = {python_name, names, 1, 1, 1};          \
        PyObject *value;                                                               \
        if (rtj_parse(&signature, args, nargs, kwnames, &value) < 0) {                 \
            return NULL;                                                               \
        }                                                                              \
        return function(self, value);                                                  \
    }

#endif
