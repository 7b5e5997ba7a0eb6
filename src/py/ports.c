#include "py/ports.h"

#include <stddef.h>

#include "docstrings.h"
#include "py/args.h"
#include "py/client_impl.h"
#include "py/locked.h"
#include "py/notebook.h"
#include "py/port.h"
#include "py/text.h"

typedef struct rtj_ports {
    PyObject_HEAD
    PyObject *client; /* strong; a cycle with the client, which the collector sees */
    PyObject *list;   /* of OwnPort, in the order of registration */
    const char *type; /* static */
    int flag;
    PyObject *dict;
    PyObject *weaklist;
} rtj_ports;

PyObject *rtj_ports_new(rtj_state *state, PyObject *client, const char *type, int flag)
{
    rtj_ports *self = (rtj_ports *)state->Ports->tp_alloc(state->Ports, 0);
    if (self == NULL) {
        return NULL;
    }
    self->client = Py_NewRef(client);
    self->type = type;
    self->flag = flag;
    self->list = PyList_New(0);
    if (self->list == NULL) {
        Py_DECREF(self);
        return NULL;
    }
    return (PyObject *)self;
}

void rtj_ports_drop_views(PyObject *ports)
{
    PyObject *list = ((rtj_ports *)ports)->list;
    /* From the end, so that none is passed over where another thread takes one away. */
    for (Py_ssize_t i = list != NULL ? PyList_GET_SIZE(list) : 0; i-- > 0;) {
        PyObject *port = rtj_list_get(list, i);
        if (port != NULL) {
            rtj_port_drop_views((rtj_port *)port);
            Py_DECREF(port);
        }
    }
}

/* ---- as a sequence ---- */

static Py_ssize_t ports_length(PyObject *self)
{
    return PyList_GET_SIZE(((rtj_ports *)self)->list);
}

static PyObject *ports_item(PyObject *self, Py_ssize_t index)
{
    PyObject *port = index >= 0 ? rtj_list_get(((rtj_ports *)self)->list, index) : NULL;
    if (port == NULL) {
        PyErr_SetString(PyExc_IndexError, "list index out of range");
    }
    return port;
}

/* The port with this short or full name; new reference.  NULL without an exception when
 * there is none. */
static PyObject *by_name(rtj_ports *self, PyObject *name)
{
    PyObject *found = NULL;
    PyObject *now = PySequence_List(self->list); /* others take ports away meanwhile */
    int same = now != NULL ? 0 : -1;
    for (Py_ssize_t i = 0; same == 0 && i < PyList_GET_SIZE(now); i++) {
        PyObject *port = PyList_GET_ITEM(now, i); /* borrowed */
        PyObject *full = rtj_port_name_of((rtj_port *)port);
        same = full != NULL ? rtj_is_called(full, name) : -1;
        Py_XDECREF(full);
        found = same > 0 ? Py_NewRef(port) : NULL;
    }
    Py_XDECREF(now);
    return found;
}

static PyObject *ports_subscript(PyObject *self, PyObject *key)
{
    rtj_ports *ports = (rtj_ports *)self;
    if (!PyUnicode_Check(key)) {
        return PyObject_GetItem(ports->list, key);
    }
    PyObject *port = by_name(ports, key);
    if (port == NULL && !PyErr_Occurred()) {
        PyErr_Format(PyExc_KeyError, "no port called %R among %R", key, ports->list);
    }
    return port;
}

static int ports_contains(PyObject *self, PyObject *value)
{
    rtj_ports *ports = (rtj_ports *)self;
    if (!PyUnicode_Check(value)) {
        return PySequence_Contains(ports->list, value);
    }
    PyObject *port = by_name(ports, value);
    if (port == NULL) {
        return PyErr_Occurred() ? -1 : 0;
    }
    Py_DECREF(port);
    return 1;
}

static PyObject *ports_iter(PyObject *self)
{
    return PyObject_GetIter(((rtj_ports *)self)->list);
}

static PyObject *ports_repr(PyObject *self)
{
    return PyObject_Repr(((rtj_ports *)self)->list);
}

/* ---- methods ---- */

static PyObject *ports_register(PyObject *self, PyObject *const *args, Py_ssize_t nargs,
                                PyObject *kwnames)
{
    static const char *const names[] = {"shortname", "is_terminal", "is_physical"};
    static const rtj_signature signature = {"register", names, 3, 1, 3};
    rtj_ports *ports = (rtj_ports *)self;
    rtj_py_client *client = (rtj_py_client *)ports->client;
    PyObject *values[3];
    if (rtj_py_client_core(client) == NULL ||
        rtj_parse(&signature, args, nargs, kwnames, values) < 0) {
        return NULL;
    }
    int terminal = values[1] != NULL ? PyObject_IsTrue(values[1]) : 0;
    int physical = values[2] != NULL ? PyObject_IsTrue(values[2]) : 0;
    if (terminal < 0 || physical < 0) {
        return NULL;
    }
    PyObject *name = rtj_encode(values[0], "shortname");
    if (name == NULL) {
        return NULL;
    }
    unsigned long flags = (unsigned long)ports->flag;
    flags |= terminal ? JackPortIsTerminal : 0;
    flags |= physical ? JackPortIsPhysical : 0;
    rtj_port_plan plan = {PyBytes_AS_STRING(name), ports->type, flags, 0};
    char kept[RTJ_PORT_NAME];
    rtj_port_info info;
    rtj_error error;
    rtj_status status;
    Py_BEGIN_ALLOW_THREADS
    status = rtj_port_register(client->core, &plan, kept, &info, &error);
    Py_END_ALLOW_THREADS
    Py_DECREF(name);
    if (status != RTJ_OK) {
        return rtj_raise(client->state, &error);
    }
    PyObject *port = rtj_port_wrap_new(ports->client, &info);
    if (port != NULL && PyList_Append(ports->list, port) < 0) {
        Py_CLEAR(port);
    }
    return port;
}

static PyObject *ports_clear_all(PyObject *self, PyObject *Py_UNUSED(unused))
{
    rtj_ports *ports = (rtj_ports *)self;
    PyObject *port;
    while ((port = rtj_list_get(ports->list, 0)) != NULL) {
        PyObject *result = PyObject_CallMethod(port, "unregister", NULL);
        Py_DECREF(port);
        if (result == NULL) {
            return NULL;
        }
        Py_DECREF(result);
    }
    Py_RETURN_NONE;
}

/* ---- the type ---- */

static int ports_traverse(PyObject *self, visitproc visit, void *arg)
{
    rtj_ports *ports = (rtj_ports *)self;
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(ports->client);
    Py_VISIT(ports->list);
    Py_VISIT(ports->dict);
    return 0;
}

/* The list stays: whoever still holds this object may look into it. */
static int ports_clear(PyObject *self)
{
    rtj_ports *ports = (rtj_ports *)self;
    if (ports->list != NULL &&
        PyList_SetSlice(ports->list, 0, PyList_GET_SIZE(ports->list), NULL) < 0) {
        PyErr_Clear(); /* it is emptied with its last holder */
    }
    Py_CLEAR(ports->dict);
    return 0;
}

static void ports_dealloc(PyObject *self)
{
    rtj_ports *ports = (rtj_ports *)self;
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    if (ports->weaklist != NULL) {
        PyObject_ClearWeakRefs(self);
    }
    Py_CLEAR(ports->dict);
    Py_CLEAR(ports->list);
    Py_CLEAR(ports->client);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMethodDef ports_methods[] = {
    {"register", (PyCFunction)(void (*)(void))ports_register,
     METH_FASTCALL | METH_KEYWORDS, DOC_Ports_register},
    {"clear", ports_clear_all, METH_NOARGS, DOC_Ports_clear},
    {"_repr_html_", rtj_repr_html, METH_VARARGS, NULL},
    {"__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef ports_members[] = {
    {"_portlist", T_OBJECT, offsetof(rtj_ports, list), READONLY, NULL},
    {"_client", T_OBJECT, offsetof(rtj_ports, client), READONLY, NULL},
    {"__dictoffset__", T_PYSSIZET, offsetof(rtj_ports, dict), READONLY, NULL},
    {"__weaklistoffset__", T_PYSSIZET, offsetof(rtj_ports, weaklist), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot ports_slots[] = {
    {Py_tp_doc, (void *)DOC_Ports},     {Py_tp_dealloc, ports_dealloc},
    {Py_tp_traverse, ports_traverse},   {Py_tp_clear, ports_clear},
    {Py_tp_repr, ports_repr},           {Py_tp_iter, ports_iter},
    {Py_sq_length, ports_length},       {Py_sq_item, ports_item},
    {Py_sq_contains, ports_contains},   {Py_mp_length, ports_length},
    {Py_mp_subscript, ports_subscript}, {Py_tp_methods, ports_methods},
    {Py_tp_members, ports_members},     {0, NULL},
};

static PyType_Spec ports_spec = {"jack.Ports", sizeof(rtj_ports), 0,
                                 Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE |
                                     Py_TPFLAGS_HAVE_GC |
                                     Py_TPFLAGS_DISALLOW_INSTANTIATION,
                                 ports_slots};

int rtj_add_port_lists(PyObject *module, rtj_state *state)
{
    state->Ports = rtj_add_type(module, &ports_spec, NULL);
    return state->Ports != NULL ? 0 : -1;
}
