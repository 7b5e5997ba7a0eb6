#include "py/port.h"

#include <stddef.h>
#include <string.h>

#include "docstrings.h"
#include "py/args.h"
#include "py/client_impl.h"
#include "py/locked.h"
#include "py/midi.h"
#include "py/text.h"

/* ---- making ports ---- */

static PyTypeObject *type_for(const rtj_state *state, const rtj_port_info *info)
{
    switch (info->type) {
    case RTJ_PORT_AUDIO:
        return info->mine ? state->OwnPort : state->Port;
    case RTJ_PORT_MIDI:
        return info->mine ? state->OwnMidiPort : state->MidiPort;
    default:
        return state->UnknownPort;
    }
}

static PyObject *new_port_of(PyTypeObject *type, rtj_py_client *client,
                             const rtj_port_info *info)
{
    rtj_port *port = (rtj_port *)type->tp_alloc(type, 0);
    if (port == NULL) {
        return NULL;
    }
    port->state = client->state;
    port->client = Py_NewRef(client);
    port->core = client->core;
    rtj_client_retain(port->core);
    port->handle = info->handle;
    port->flags = info->flags;
    port->type = info->type;
    port->name = rtj_decode(info->name);
    if (port->name == NULL) {
        Py_DECREF(port);
        return NULL;
    }
    return (PyObject *)port;
}

static PyObject *new_port(rtj_py_client *client, const rtj_port_info *info)
{
    return new_port_of(type_for(client->state, info), client, info);
}

/* Own ports are one object each, whoever asks: the one that register() gave. */
static PyObject *own_port(rtj_py_client *client, const rtj_port_info *info)
{
    PyObject *key = PyLong_FromVoidPtr(info->handle);
    if (key == NULL) {
        return NULL;
    }
    PyObject *port = rtj_dict_get(client->own_ports, key);
    if (port == NULL && !PyErr_Occurred()) {
        port = new_port(client, info);
        if (port != NULL) {
            /* Another thread may have been quicker. */
            Py_SETREF(port, rtj_dict_set_default(client->own_ports, key, port));
        }
    }
    Py_DECREF(key);
    return port;
}

/* One that rtj_port_wrap_other() gave; new reference, NULL without an exception for
 * none. */
static PyObject *known_other(rtj_py_client *client, const rtj_port_info *info)
{
    PyObject *key = PyLong_FromVoidPtr(info->handle);
    PyObject *port = key != NULL ? rtj_dict_get(client->own_ports, key) : NULL;
    Py_XDECREF(key);
    if (port != NULL && ((rtj_port *)port)->type != RTJ_PORT_UNKNOWN) {
        Py_CLEAR(port);
    }
    return port;
}

PyObject *rtj_port_wrap(PyObject *client, const rtj_port_info *info)
{
    rtj_py_client *owner = (rtj_py_client *)client;
    if (!info->mine) {
        return new_port(owner, info);
    }
    rtj_port_info own = *info;
    own.handle = rtj_own_handle(owner->core, info->handle);
    if (info->type != RTJ_PORT_UNKNOWN) {
        return own_port(owner, &own);
    }
    PyObject *port = known_other(owner, &own);
    return port != NULL || PyErr_Occurred() ? port : new_port(owner, info);
}

PyObject *rtj_port_wrap_other(PyObject *client, const rtj_port_info *info)
{
    rtj_py_client *owner = (rtj_py_client *)client;
    PyObject *key = PyLong_FromVoidPtr(info->handle);
    PyObject *port =
        key != NULL ? new_port_of(owner->state->OwnPort, owner, info) : NULL;
    if (port != NULL && PyDict_SetItem(owner->own_ports, key, port) < 0) {
        Py_CLEAR(port);
    }
    Py_XDECREF(key);
    return port;
}

static int is_other(const rtj_port *made, const rtj_port_info *info)
{
    int direction = JackPortIsInput | JackPortIsOutput;
    return made->type != info->type || ((made->flags ^ info->flags) & direction) != 0;
}

PyObject *rtj_port_wrap_new(PyObject *client, const rtj_port_info *info)
{
    PyObject *key = PyLong_FromVoidPtr(info->handle);
    PyObject *name = rtj_decode(info->name);
    PyObject *port = NULL;
    if (key != NULL && name != NULL) {
        port = rtj_own_port_adopt(client, info, name);
        port = port != NULL || PyErr_Occurred() ? port : rtj_port_wrap(client, info);
    }
    const rtj_port *made = (rtj_port *)port;
    PyObject *last = made != NULL ? rtj_port_last_name(made) : NULL;
    int same = last != NULL ? rtj_same_text(last, name) : 1;
    Py_XDECREF(last);
    if (same < 0) {
        Py_CLEAR(port);
    } else if (!same || (made != NULL && is_other(made, info))) {
        /* Of a port unregistered in another thread, which was looked at just then; or
         * of this one, looked at while JACK1's server was still filling in what it is.
         */
        Py_SETREF(port, new_port((rtj_py_client *)client, info));
        PyObject *known = ((rtj_py_client *)client)->own_ports;
        if (port != NULL && PyDict_SetItem(known, key, port) < 0) {
            Py_CLEAR(port);
        }
    }
    Py_XDECREF(name);
    Py_XDECREF(key);
    return port;
}

PyObject *rtj_port_list_wrap(PyObject *client, rtj_port_list *list)
{
    PyObject *result = PyList_New((Py_ssize_t)list->count);
    for (size_t i = 0; result != NULL && i < list->count; i++) {
        PyObject *port = rtj_port_wrap(client, &list->ports[i]);
        if (port == NULL) {
            Py_CLEAR(result);
            break;
        }
        PyList_SET_ITEM(result, (Py_ssize_t)i, port);
    }
    rtj_port_list_free(list);
    return result;
}

/* ---- the type's life ---- */

void rtj_port_drop_views(rtj_port *port)
{
    for (int i = 0; i < RTJ_VIEWS; i++) {
        port->views[i].memory = NULL;
        Py_CLEAR(port->views[i].array);
        Py_CLEAR(port->views[i].buffer);
    }
    Py_CLEAR(port->hold);
    Py_CLEAR(port->block_hold);
}

static int port_traverse(PyObject *self, visitproc visit, void *arg)
{
    rtj_port *port = (rtj_port *)self;
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(port->client);
    Py_VISIT(port->dict);
    Py_VISIT(port->hold);
    Py_VISIT(port->block_hold);
    for (int i = 0; i < RTJ_VIEWS; i++) {
        Py_VISIT(port->views[i].buffer);
        Py_VISIT(port->views[i].array);
    }
    return 0;
}

static int port_clear(PyObject *self)
{
    rtj_port *port = (rtj_port *)self;
    rtj_port_drop_views(port);
    Py_CLEAR(port->dict);
    return 0;
}

static void port_dealloc(PyObject *self)
{
    rtj_port *port = (rtj_port *)self;
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    if (port->weaklist != NULL) {
        PyObject_ClearWeakRefs(self);
    }
    (void)port_clear(self);
    rtj_midi_port_free(port);
    Py_CLEAR(port->name);
    Py_CLEAR(port->client);
    if (port->core != NULL) {
        rtj_client_release(port->core);
    }
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *port_repr(PyObject *self)
{
    rtj_port *port = (rtj_port *)self;
    PyObject *name = rtj_port_name_of(port);
    if (name == NULL) {
        PyErr_Clear(); /* closed: what it was called serves to tell it */
        name = rtj_port_last_name(port);
    }
    PyObject *type = PyObject_GetAttrString((PyObject *)Py_TYPE(self), "__name__");
    PyObject *result =
        type != NULL ? PyUnicode_FromFormat("jack.%U(%R)", type, name) : NULL;
    Py_XDECREF(type);
    Py_DECREF(name);
    return result;
}

/* The uuid stays through renaming and is the same for every client of a server. */
uint64_t rtj_port_uuid(rtj_port *port)
{
    if (!port->has_uuid && rtj_client_enter(port->core, NULL) != NULL) {
        const rtj_libjack *lib = rtj_client_lib(port->core);
        if (lib->jack_port_uuid != NULL) {
            port->uuid = lib->jack_port_uuid(port->handle);
        }
        port->has_uuid = 1;
        rtj_client_leave(port->core);
    }
    return port->has_uuid ? port->uuid : 0;
}

static Py_hash_t port_hash(PyObject *self)
{
    Py_hash_t hash = (Py_hash_t)(rtj_port_uuid((rtj_port *)self) * 0x9E3779B97F4A7C15u);
    return hash != -1 ? hash : -2;
}

static int ports_equal(rtj_port *a, rtj_port *b)
{
    if (a == b) {
        return 1;
    }
    if (a->core == b->core && PyObject_TypeCheck((PyObject *)a, a->state->OwnPort)) {
        return 0; /* own ports are one object each; JACK uses a gone one's uuid again */
    }
    if (a->flags != b->flags || a->type != b->type ||
        rtj_port_uuid(a) != rtj_port_uuid(b) ||
        strcmp(rtj_client_server(a->core), rtj_client_server(b->core)) != 0) {
        return 0;
    }
    PyObject *one = rtj_port_name_of(a);
    PyObject *other = one != NULL ? rtj_port_name_of(b) : NULL;
    if (other == NULL) {
        PyErr_Clear(); /* a closed client's ports compare by what they were */
        Py_XSETREF(one, rtj_port_last_name(a));
        other = rtj_port_last_name(b);
    }
    int same = rtj_same_text(one, other);
    Py_DECREF(one);
    Py_DECREF(other);
    return same;
}

static PyObject *port_richcompare(PyObject *self, PyObject *other, int operation)
{
    rtj_port *port = (rtj_port *)self;
    if ((operation != Py_EQ && operation != Py_NE) ||
        !PyObject_TypeCheck(other, port->state->Port)) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    int equal = ports_equal(port, (rtj_port *)other);
    return PyBool_FromLong(equal == (operation == Py_EQ));
}

/* ---- the types ---- */

static PyMemberDef port_members[] = {
    {"__dictoffset__", T_PYSSIZET, offsetof(rtj_port, dict), READONLY, NULL},
    {"__weaklistoffset__", T_PYSSIZET, offsetof(rtj_port, weaklist), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot port_slots[] = {
    {Py_tp_doc, (void *)DOC_Port},
    {Py_tp_dealloc, port_dealloc},
    {Py_tp_traverse, port_traverse},
    {Py_tp_clear, port_clear},
    {Py_tp_repr, port_repr},
    {Py_tp_hash, port_hash},
    {Py_tp_richcompare, port_richcompare},
    {Py_tp_methods, rtj_port_methods},
    {Py_tp_getset, rtj_port_getset},
    {Py_tp_members, port_members},
    {0, NULL},
};

/* The kinds of ports inherit Port's part in the collection of cycles. */
enum {
    KIND_FLAGS =
        Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    PORT_FLAGS = KIND_FLAGS | Py_TPFLAGS_HAVE_GC
};

static PyType_Spec port_spec = {"jack.Port", sizeof(rtj_port), 0, PORT_FLAGS,
                                port_slots};

static PyType_Slot midi_port_slots[] = {
    {Py_tp_doc, (void *)DOC_MidiPort},
    {0, NULL},
};
static PyType_Spec midi_port_spec = {"jack.MidiPort", sizeof(rtj_port), 0, KIND_FLAGS,
                                     midi_port_slots};

static PyType_Slot unknown_port_slots[] = {
    {Py_tp_doc, (void *)DOC_UnknownPort},
    {0, NULL},
};
static PyType_Spec unknown_port_spec = {"jack.UnknownPort", sizeof(rtj_port), 0,
                                        KIND_FLAGS, unknown_port_slots};

int rtj_add_ports(PyObject *module, rtj_state *state)
{
    state->Port = rtj_add_type(module, &port_spec, NULL);
    if (state->Port == NULL) {
        return -1;
    }
    PyObject *base = (PyObject *)state->Port;
    state->MidiPort = rtj_add_type(module, &midi_port_spec, base);
    state->UnknownPort = rtj_add_type(module, &unknown_port_spec, base);
    if (state->MidiPort == NULL || state->UnknownPort == NULL ||
        rtj_add_port_latency(module, state) < 0 ||
        rtj_add_own_ports(module, state) < 0) {
        return -1;
    }
    return rtj_add_midi_ports(module, state);
}
