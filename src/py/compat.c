#include "py/compat.h"

#include <string.h>

#include "core/libjack.h"
#include "py/log.h"

static PyObject *compat_function(const char *name)
{
    PyObject *compat = PyImport_ImportModule("jack._compat");
    if (compat == NULL) {
        return NULL;
    }
    PyObject *function = PyObject_GetAttrString(compat, name);
    Py_DECREF(compat);
    return function;
}

PyObject *rtj_compat_get(PyObject *self, void *name)
{
    PyObject *function = compat_function(name);
    if (function == NULL) {
        return NULL;
    }
    PyObject *result = PyObject_CallOneArg(function, self);
    Py_DECREF(function);
    return result;
}

/* `name`(self, *args, **kwargs) */
static PyObject *call(const char *name, PyObject *self, PyObject *args,
                      PyObject *kwargs)
{
    PyObject *result = NULL;
    PyObject *first = PyTuple_Pack(1, self);
    PyObject *all = first != NULL ? PySequence_Concat(first, args) : NULL;
    PyObject *function = all != NULL ? compat_function(name) : NULL;
    if (function != NULL) {
        result = PyObject_Call(function, all, kwargs);
    }
    Py_XDECREF(function);
    Py_XDECREF(all);
    Py_XDECREF(first);
    return result;
}

static PyObject *callback(PyObject *self, PyObject *args, PyObject *kwargs)
{
    return call("callback", self, args, kwargs);
}

static PyObject *wrap_port_ptr(PyObject *self, PyObject *args, PyObject *kwargs)
{
    return call("wrap_port", self, args, kwargs);
}

static PyObject *get_port_ptr(PyObject *self, PyObject *args, PyObject *kwargs)
{
    return call("port_ptr_of", self, args, kwargs);
}

PyMethodDef rtj_client_compat_methods[] = {
    {"_callback", (PyCFunction)(void (*)(void))callback, METH_VARARGS | METH_KEYWORDS,
     NULL},
    {"_wrap_port_ptr", (PyCFunction)(void (*)(void))wrap_port_ptr,
     METH_VARARGS | METH_KEYWORDS, NULL},
    {"_get_port_ptr", (PyCFunction)(void (*)(void))get_port_ptr,
     METH_VARARGS | METH_KEYWORDS, NULL},
    {NULL, NULL, 0, NULL},
};

/* What to give dlopen() to get the very library that is in use here. */
static PyObject *library_name(PyObject *module, PyObject *Py_UNUSED(unused))
{
    rtj_state *state = rtj_state_of_module(module);
    if (rtj_log_open(state) < 0) {
        return NULL;
    }
    rtj_error error;
    const rtj_libjack *lib;
    Py_BEGIN_ALLOW_THREADS
    lib = rtj_libjack_get(&error);
    Py_END_ALLOW_THREADS
    if (lib == NULL) {
        return rtj_raise(state, &error);
    }
    return PyUnicode_DecodeFSDefault(lib->name);
}

static PyMethodDef functions[] = {
    {"_library_name", library_name, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

int rtj_add_compat(PyObject *module)
{
    return PyModule_AddFunctions(module, functions);
}

int rtj_compat_position(PyObject *value, jack_position_t *position)
{
    /* Not imported: then the value can't be one of its structs. */
    PyObject *compat =
        PyDict_GetItemString(PyImport_GetModuleDict(), "jack._compat"); /* borrowed */
    if (compat == NULL) {
        return 0;
    }
    PyObject *address = PyObject_CallMethod(compat, "position_address", "O", value);
    if (address == NULL) {
        return -1;
    }
    int found = address != Py_None;
    if (found) {
        const void *memory = PyLong_AsVoidPtr(address);
        if (memory == NULL) {
            found = -1;
        } else {
            memcpy(position, memory, sizeof *position);
        }
    }
    Py_DECREF(address);
    return found;
}
