#include "py/status.h"

#include <jack/transport.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>

#include "docstrings.h"
#include "py/args.h"

/* Both types are an int with other manners. */
typedef struct code_object {
    PyObject_HEAD
    int code;
} code_object;

static int code_of(PyObject *self)
{
    return ((code_object *)self)->code;
}

static PyObject *make(PyTypeObject *type, int code)
{
    PyObject *self = type->tp_alloc(type, 0); /* new */
    if (self != NULL) {
        ((code_object *)self)->code = code;
    }
    return self;
}

static PyObject *code_new(PyTypeObject *type, PyObject *args, PyObject *kwargs,
                          const char *format)
{
    static char *names[] = {"code", NULL};
    PyObject *value; /* borrowed */
    int64_t code;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, format, names, &value) ||
        rtj_as_int64(value, "code", INT_MIN, INT_MAX, &code) < 0) {
        return NULL;
    }
    return make(type, (int)code);
}

static PyObject *status_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    return code_new(type, args, kwargs, "O:Status");
}

static PyObject *transport_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    return code_new(type, args, kwargs, "O:TransportState");
}

static void code_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *code_int(PyObject *self)
{
    return PyLong_FromLong(code_of(self));
}

static Py_hash_t code_hash(PyObject *self)
{
    /* hash(code): equal objects, ints among them, must have equal hashes. */
    PyObject *number = code_int(self); /* new */
    if (number == NULL) {
        return -1;
    }
    const Py_hash_t hash = PyObject_Hash(number);
    Py_DECREF(number);
    return hash;
}

static PyObject *code_richcompare(PyObject *self, PyObject *other, int op)
{
    if (op != Py_EQ && op != Py_NE) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    if (Py_TYPE(other) == Py_TYPE(self)) {
        return PyBool_FromLong((code_of(self) == code_of(other)) == (op == Py_EQ));
    }
    if (!PyLong_Check(other) && !PyFloat_Check(other)) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    PyObject *number = code_int(self); /* new */
    if (number == NULL) {
        return NULL;
    }
    PyObject *result = PyObject_RichCompare(number, other, op);
    Py_DECREF(number);
    return result;
}

static PyObject *code_reduce(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return Py_BuildValue("O(i)", Py_TYPE(self), code_of(self));
}

static PyMethodDef code_methods[] = {
    {"__reduce__", code_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyObject *status_flag(PyObject *self, void *closure)
{
    return PyBool_FromLong((code_of(self) & (int)(intptr_t)closure) != 0);
}

/* By name, the order in which repr() lists them. */
#define FLAG(name, bit)                                                                \
    {                                                                                  \
#name, status_flag, NULL, DOC_Status_##name, (void *)(intptr_t)(bit)           \
    }
static PyGetSetDef status_flags[] = {
    FLAG(backend_error, JackBackendError),
    FLAG(client_zombie, JackClientZombie),
    FLAG(failure, JackFailure),
    FLAG(init_failure, JackInitFailure),
    FLAG(invalid_option, JackInvalidOption),
    FLAG(load_failure, JackLoadFailure),
    FLAG(name_not_unique, JackNameNotUnique),
    FLAG(no_such_client, JackNoSuchClient),
    FLAG(server_error, JackServerError),
    FLAG(server_failed, JackServerFailed),
    FLAG(server_started, JackServerStarted),
    FLAG(shm_failure, JackShmFailure),
    FLAG(version_error, JackVersionError),
    {NULL, NULL, NULL, NULL, NULL},
};
#undef FLAG

static PyObject *status_repr(PyObject *self)
{
    const int code = code_of(self);
    char text[512]; /* all the flags' names take less than half of it */
    int length = snprintf(text, sizeof text, "<jack.Status 0x%X:", (unsigned)code);
    int flags = 0;
    for (const PyGetSetDef *flag = status_flags; flag->name != NULL; ++flag) {
        if ((code & (int)(intptr_t)flag->closure) != 0) {
            length += snprintf(text + length, sizeof text - (size_t)length, "%s %s",
                               flags++ > 0 ? "," : "", flag->name);
        }
    }
    return PyUnicode_FromFormat("%s%s>", text, flags > 0 ? "" : " no flags set");
}

static PyObject *transport_repr(PyObject *self)
{
    switch (code_of(self)) {
    case JackTransportStopped:
        return PyUnicode_FromString("jack.STOPPED");
    case JackTransportRolling:
        return PyUnicode_FromString("jack.ROLLING");
    case JackTransportStarting:
        return PyUnicode_FromString("jack.STARTING");
    case JackTransportNetStarting:
        return PyUnicode_FromString("jack.NETSTARTING");
    default:
        return PyUnicode_FromFormat("jack.TransportState(%d)", code_of(self));
    }
}

static PyType_Slot status_slots[] = {
    {Py_tp_doc, (void *)DOC_Status},
    {Py_tp_new, status_new},
    {Py_tp_dealloc, code_dealloc},
    {Py_tp_repr, status_repr},
    {Py_tp_hash, code_hash},
    {Py_tp_richcompare, code_richcompare},
    {Py_tp_getset, status_flags},
    {Py_tp_methods, code_methods},
    {Py_nb_int, code_int},
    {Py_nb_index, code_int},
    {0, NULL},
};

static PyType_Spec status_spec = {
    .name = "jack.Status",
    .basicsize = sizeof(code_object),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = status_slots,
};

static PyType_Slot transport_slots[] = {
    {Py_tp_doc, (void *)DOC_TransportState},
    {Py_tp_new, transport_new},
    {Py_tp_dealloc, code_dealloc},
    {Py_tp_repr, transport_repr},
    {Py_tp_hash, code_hash},
    {Py_tp_richcompare, code_richcompare},
    {Py_tp_methods, code_methods},
    {Py_nb_int, code_int},
    {Py_nb_index, code_int},
    {0, NULL},
};

static PyType_Spec transport_spec = {
    .name = "jack.TransportState",
    .basicsize = sizeof(code_object),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = transport_slots,
};

PyObject *rtj_status_new(rtj_state *state, int code)
{
    return make(state->Status, code);
}

PyObject *rtj_transport_state_new(rtj_state *state, int code)
{
    return make(state->TransportState, code);
}

int rtj_add_status(PyObject *module, rtj_state *state)
{
    state->Status = rtj_add_type(module, &status_spec, NULL);
    if (state->Status == NULL) {
        return -1;
    }
    state->TransportState = rtj_add_type(module, &transport_spec, NULL);
    return state->TransportState == NULL ? -1 : 0;
}
