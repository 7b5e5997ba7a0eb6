/* jack.UUID: an int, so that what took and gave ints before goes on doing so. */
#include "py/uuid.h"

#include "core/uuid.h"
#include "docstrings.h"
#include "py/args.h"
#include "py/log.h"

/* ---- reading ---- */

static int from_int(PyObject *value, const char *what, jack_uuid_t *uuid)
{
    PyObject *number = PyNumber_Index(value); /* new */
    if (number == NULL) {
        return -1;
    }
    unsigned long long given = PyLong_AsUnsignedLongLong(number);
    Py_DECREF(number);
    if (given == (unsigned long long)-1 && PyErr_Occurred()) {
        if (PyErr_ExceptionMatches(PyExc_OverflowError)) {
            PyErr_Clear();
            PyErr_Format(PyExc_ValueError,
                         "%s must be a UUID between 0 and 2**64 - 1, got %R", what,
                         value);
        }
        return -1;
    }
    *uuid = given;
    return 0;
}

static int from_str(rtj_state *state, PyObject *value, const char *what,
                    jack_uuid_t *uuid)
{
    PyObject *text = rtj_encode(value, what); /* new */
    if (text == NULL) {
        return -1;
    }
    rtj_error error;
    rtj_status status;
    Py_BEGIN_ALLOW_THREADS
    status = rtj_uuid_parse(PyBytes_AS_STRING(text), uuid, &error);
    Py_END_ALLOW_THREADS
    Py_DECREF(text);
    if (status != RTJ_OK) {
        (void)rtj_raise(state, &error);
        return -1;
    }
    return 0;
}

int rtj_uuid_read(rtj_state *state, PyObject *value, const char *what,
                  jack_uuid_t *uuid)
{
    if (PyUnicode_Check(value)) {
        return from_str(state, value, what, uuid);
    }
    if (PyIndex_Check(value)) {
        return from_int(value, what, uuid);
    }
    if (!PyObject_TypeCheck(value, state->Client) &&
        !PyObject_TypeCheck(value, state->Port)) {
        PyErr_Format(PyExc_TypeError,
                     "%s must be a UUID as int or str, a Client or a Port, "
                     "not %.100s",
                     what, Py_TYPE(value)->tp_name);
        return -1;
    }
    PyObject *own = PyObject_GetAttrString(value, "uuid"); /* new */
    if (own == NULL) {
        return -1;
    }
    int result = PyUnicode_Check(own) ? from_str(state, own, what, uuid)
                                      : from_int(own, what, uuid);
    Py_DECREF(own);
    return result;
}

int rtj_uuid_text(rtj_state *state, PyObject *value, const char *what,
                  char text[JACK_UUID_STRING_SIZE])
{
    jack_uuid_t uuid;
    rtj_error error;
    if (rtj_uuid_read(state, value, what, &uuid) < 0) {
        return -1;
    }
    if (rtj_uuid_unparse(uuid, text, &error) != RTJ_OK) {
        (void)rtj_raise(state, &error);
        return -1;
    }
    return 0;
}

/* ---- making ---- */

static PyObject *of_type(PyTypeObject *type, jack_uuid_t uuid)
{
    PyObject *arguments = Py_BuildValue("(K)", (unsigned long long)uuid); /* new */
    if (arguments == NULL) {
        return NULL;
    }
    PyObject *result = PyLong_Type.tp_new(type, arguments, NULL);
    Py_DECREF(arguments);
    return result;
}

PyObject *rtj_uuid_new(rtj_state *state, jack_uuid_t uuid)
{
    return of_type(state->UUID, uuid);
}

static PyObject *uuid_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"", NULL};
    rtj_state *state = rtj_state_of(type);
    PyObject *value = NULL; /* borrowed */
    jack_uuid_t given = 0, uuid = 0;
    rtj_error error;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|O:UUID", names, &value) ||
        rtj_log_open(state) < 0 ||
        (value != NULL && rtj_uuid_read(state, value, "value", &given) < 0)) {
        return NULL;
    }
    rtj_status status = value != NULL ? rtj_uuid_copy(&uuid, given, &error)
                                      : rtj_uuid_clear(&uuid, &error);
    return status == RTJ_OK ? of_type(type, uuid) : rtj_raise(state, &error);
}

static PyObject *uuid_for_client(PyObject *type, PyObject *Py_UNUSED(unused))
{
    jack_uuid_t uuid;
    rtj_error error;
    rtj_state *state = rtj_state_of((PyTypeObject *)type);
    if (rtj_log_open(state) < 0) {
        return NULL;
    }
    return rtj_uuid_of_client(&uuid, &error) == RTJ_OK
               ? of_type((PyTypeObject *)type, uuid)
               : rtj_raise(state, &error);
}

static PyObject *uuid_for_port(PyObject *type, PyObject *id)
{
    jack_uuid_t uuid;
    uint32_t port;
    rtj_error error;
    rtj_state *state = rtj_state_of((PyTypeObject *)type);
    if (rtj_as_uint32(id, "port_id", &port) < 0 || rtj_log_open(state) < 0) {
        return NULL;
    }
    return rtj_uuid_of_port(port, &uuid, &error) == RTJ_OK
               ? of_type((PyTypeObject *)type, uuid)
               : rtj_raise(state, &error);
}

/* ---- asking ---- */

static jack_uuid_t value_of(PyObject *self)
{
    return PyLong_AsUnsignedLongLongMask(self);
}

static PyObject *uuid_compare(PyObject *self, PyObject *other)
{
    rtj_state *state = rtj_state_of(Py_TYPE(self));
    jack_uuid_t its;
    int order;
    rtj_error error;
    if (rtj_uuid_read(state, other, "other", &its) < 0) {
        return NULL;
    }
    return rtj_uuid_compare(value_of(self), its, &order, &error) == RTJ_OK
               ? PyLong_FromLong(order)
               : rtj_raise(state, &error);
}

static PyObject *get_index(PyObject *self, void *Py_UNUSED(closure))
{
    uint32_t index;
    rtj_error error;
    return rtj_uuid_index(value_of(self), &index, &error) == RTJ_OK
               ? PyLong_FromUnsignedLong(index)
               : rtj_raise(rtj_state_of(Py_TYPE(self)), &error);
}

static PyObject *get_empty(PyObject *self, void *Py_UNUSED(closure))
{
    int empty;
    rtj_error error;
    return rtj_uuid_is_empty(value_of(self), &empty, &error) == RTJ_OK
               ? PyBool_FromLong(empty)
               : rtj_raise(rtj_state_of(Py_TYPE(self)), &error);
}

static PyObject *uuid_str(PyObject *self)
{
    return PyLong_Type.tp_repr(self);
}

static PyObject *uuid_repr(PyObject *self)
{
    PyObject *number = uuid_str(self); /* new */
    if (number == NULL) {
        return NULL;
    }
    PyObject *result = PyUnicode_FromFormat("jack.UUID(%U)", number);
    Py_DECREF(number);
    return result;
}

/* ---- the type ---- */

RTJ_ONE_ARGUMENT(uuid_compare, "compare", "other")
RTJ_ONE_ARGUMENT(uuid_for_port, "for_port", "port_id")

static PyMethodDef uuid_methods[] = {
    {"for_client", uuid_for_client, METH_NOARGS | METH_CLASS, DOC_UUID_for_client},
    {"for_port", (PyCFunction)(void (*)(void))uuid_for_port_named,
     METH_FASTCALL | METH_KEYWORDS | METH_CLASS, DOC_UUID_for_port},
    {"compare", (PyCFunction)(void (*)(void))uuid_compare_named,
     METH_FASTCALL | METH_KEYWORDS, DOC_UUID_compare},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef uuid_getset[] = {
    {"index", get_index, NULL, DOC_UUID_index, NULL},
    {"empty", get_empty, NULL, DOC_UUID_empty, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot uuid_slots[] = {
    {Py_tp_doc, (void *)DOC_UUID},
    {Py_tp_new, uuid_new},
    {Py_tp_str, uuid_str},
    {Py_tp_repr, uuid_repr},
    {Py_tp_methods, uuid_methods},
    {Py_tp_getset, uuid_getset},
    {0, NULL},
};

/* Size 0: that of int. */
static PyType_Spec uuid_spec = {
    "jack.UUID", 0, 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE, uuid_slots};

int rtj_add_uuid(PyObject *module, rtj_state *state)
{
    state->UUID = rtj_add_type(module, &uuid_spec, (PyObject *)&PyLong_Type);
    return state->UUID != NULL ? 0 : -1;
}
