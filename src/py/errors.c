/* The exceptions, and how the core's failures become them. */
#include "py/module.h"

#include "py/args.h"

static int add_error(PyObject *module, PyObject *errors, const char *name,
                     PyObject **slot)
{
    *slot = PyObject_GetAttrString(errors, name); /* new; the state's */
    if (*slot == NULL) {
        return -1;
    }
    return PyModule_AddObjectRef(module, name, *slot);
}

int rtj_add_errors(PyObject *module, rtj_state *state)
{
    PyObject *errors = PyImport_ImportModule("jack._errors"); /* new */
    if (errors == NULL) {
        return -1;
    }
    const struct {
        const char *name;
        PyObject **slot;
    } table[] = {
        {"JackError", &state->JackError},
        {"JackErrorCode", &state->JackErrorCode},
        {"JackOpenError", &state->JackOpenError},
        {"LibraryNotFoundError", &state->LibraryNotFoundError},
        {"NotSupportedError", &state->NotSupportedError},
        {"UsageError", &state->UsageError},
        {"NotConnectedError", &state->NotConnectedError},
        {"LinkLostError", &state->LinkLostError},
        {"InputSyncError", &state->InputSyncError},
        {"OutputSyncError", &state->OutputSyncError},
        {"IsolatedError", &state->IsolatedError},
        {"CallbackExit", &state->CallbackExit},
    };
    int result = 0;
    for (size_t i = 0; i < Py_ARRAY_LENGTH(table) && result == 0; ++i) {
        result = add_error(module, errors, table[i].name, table[i].slot);
    }
    Py_DECREF(errors);
    return result;
}

PyTypeObject *rtj_add_type(PyObject *module, PyType_Spec *spec, PyObject *bases)
{
    PyObject *type = PyType_FromModuleAndSpec(module, spec, bases); /* new */
    if (type == NULL) {
        return NULL;
    }
    if (PyModule_AddType(module, (PyTypeObject *)type) < 0) {
        Py_DECREF(type);
        return NULL;
    }
    return (PyTypeObject *)type;
}

int rtj_add_methods(PyTypeObject *type, PyMethodDef *methods)
{
    for (PyMethodDef *method = methods; method->ml_name != NULL; method++) {
        PyObject *descriptor = PyDescr_NewMethod(type, method);
        if (descriptor == NULL) {
            return -1;
        }
        int failed =
            PyObject_SetAttrString((PyObject *)type, method->ml_name, descriptor);
        Py_DECREF(descriptor);
        if (failed) {
            return -1;
        }
    }
    return 0;
}

/* NULL for those that are no exception with a text alone. */
static PyObject *class_of(const rtj_state *state, rtj_status status)
{
    switch (status) {
    case RTJ_FAILED:
    case RTJ_CLOSED:
    case RTJ_LOST:
    case RTJ_GONE:
    case RTJ_TIMEOUT:
        return state->JackError;
    case RTJ_LINK_LOST:
        return state->LinkLostError;
    case RTJ_NO_LIBRARY:
        return state->LibraryNotFoundError;
    case RTJ_NOT_SUPPORTED:
        return state->NotSupportedError;
    case RTJ_VALUE:
        return PyExc_ValueError;
    default:
        return NULL;
    }
}

static void raise_code(const rtj_state *state, PyObject *text, int code)
{
    PyObject *error = PyObject_CallFunction(state->JackErrorCode, "Oi", text, code);
    if (error != NULL) {
        PyErr_SetObject(state->JackErrorCode, error);
        Py_DECREF(error);
    }
}

PyObject *rtj_raise(rtj_state *state, const rtj_error *error)
{
    if (PyErr_Occurred()) {
        return NULL; /* interrupted, or an earlier failure: the first one wins */
    }
    if (error->status == RTJ_MEMORY) {
        return PyErr_NoMemory();
    }
    PyObject *text = rtj_decode(error->text); /* new */
    if (text == NULL) {
        return NULL;
    }
    PyObject *class = class_of(state, error->status); /* borrowed */
    if (error->status == RTJ_CODE) {
        raise_code(state, text, error->code);
    } else if (class != NULL) {
        PyErr_SetObject(class, text);
    } else {
        PyErr_Format(PyExc_SystemError, "no exception for status %d: %U",
                     (int)error->status, text);
    }
    Py_DECREF(text);
    return NULL;
}

int rtj_py_wake_open(rtj_state *state, rtj_wake *wake, const char *what)
{
    rtj_error error;
    int failed = rtj_wake_open(wake);
    if (failed == 0) {
        return 0;
    }
    (void)rtj_fail_without(&error, failed, what);
    (void)rtj_raise(state, &error);
    return -1;
}
