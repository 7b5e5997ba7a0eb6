#include "docstrings.h"
#include "py/args.h"
#include "py/buffer.h"
#include "py/client_impl.h"
#include "py/detached.h"
#include "py/locked.h"
#include "py/midi.h"
#include "py/port.h"
#include "py/pyjack.h"
#include "py/text.h"

/* ---- JACK's memory ---- */

static const char hold_name[] = "jack.hold";

/* The last view is gone; after close() this frees libjack's client. */
static void drop_hold(PyObject *capsule)
{
    rtj_client *core = PyCapsule_GetPointer(capsule, hold_name);
    if (core == NULL) {
        PyErr_WriteUnraisable(NULL); /* it is on its way */
        return;
    }
    Py_BEGIN_ALLOW_THREADS
    rtj_client_unexport(core);
    Py_END_ALLOW_THREADS
}

/* What keeps JACK's memory mapped for Python; borrowed, NULL on error. */
static PyObject *hold_of(rtj_port *port)
{
    if (port->hold == NULL) {
        port->hold = PyCapsule_New(port->core, hold_name, drop_hold);
        if (port->hold != NULL) {
            rtj_client_export(port->core);
        }
    }
    return port->hold;
}

/* Within a detached process callback. */
static void *block_memory(rtj_port *port, uint32_t *frames, PyObject **keep)
{
    rtj_detached_port *block = rtj_py_detached_port(port, frames, keep);
    return block != NULL ? block->block : NULL;
}

void *rtj_port_memory(rtj_port *port, uint32_t *frames, PyObject **keep)
{
    rtj_error error;
    if (port->unregistered) {
        rtj_port_refuse(port, "the port %R does not exist any more");
        return NULL;
    }
    if (rtj_detached_here(port->core) != NULL) {
        return block_memory(port, frames, keep);
    }
    jack_client_t *handle = RTJ_ENTER(port->core, jack_port_get_buffer, &error);
    if (handle == NULL) {
        return rtj_raise(port->state, &error);
    }
    void *memory = NULL;
    /* Only while entered: a client that is closed must not be held again. */
    *keep = hold_of(port);
    if (*keep != NULL) {
        const rtj_libjack *lib = rtj_client_lib(port->core);
        *frames = lib->jack_get_buffer_size(handle);
        memory = lib->jack_port_get_buffer(port->handle, *frames);
        if (memory == NULL) {
            rtj_port_refuse(
                port, "JACK has no buffer for the port %R now; buffers are there in "
                      "the process callback");
        }
    }
    rtj_client_leave(port->core);
    return memory;
}

/* What was handed out over this memory before, or a new view in the place of the
 * oldest. NULL with an exception. */
static rtj_view *view_of(rtj_port *port)
{
    uint32_t frames;
    PyObject *keep;
    if (port->type == RTJ_PORT_UNKNOWN) {
        PyErr_SetString(port->state->NotSupportedError,
                        "JACK tells of audio and MIDI ports alone how much memory is "
                        "theirs, so that of others can't be given");
        return NULL;
    }
    void *memory = rtj_port_memory(port, &frames, &keep);
    if (memory == NULL) {
        return NULL;
    }
    Py_ssize_t size = (Py_ssize_t)(frames * sizeof(float));
    for (int i = 0; i < RTJ_VIEWS; i++) {
        if (port->views[i].memory == memory && port->views[i].size == size) {
            return &port->views[i];
        }
    }
    PyObject *buffer = rtj_buffer_view(port->state, memory, size, 0, keep, NULL, NULL);
    if (buffer == NULL) {
        return NULL;
    }
    rtj_view *view = &port->views[port->next_view];
    port->next_view = (port->next_view + 1) % RTJ_VIEWS;
    view->memory = memory;
    view->size = size;
    Py_CLEAR(view->array);
    Py_XSETREF(view->buffer, buffer);
    return view;
}

static PyObject *own_get_buffer(PyObject *self, PyObject *Py_UNUSED(unused))
{
    const rtj_view *view = view_of((rtj_port *)self);
    return view != NULL ? Py_NewRef(view->buffer) : NULL;
}

static int load_numpy(rtj_state *state)
{
    if (state->numpy_frombuffer != NULL) {
        return 0;
    }
    PyObject *numpy = PyImport_ImportModule("numpy");
    if (numpy == NULL) {
        return -1;
    }
    PyObject *float32 = PyObject_GetAttrString(numpy, "float32");
    PyObject *frombuffer =
        float32 != NULL ? PyObject_GetAttrString(numpy, "frombuffer") : NULL;
    Py_DECREF(numpy);
    if (frombuffer == NULL) {
        Py_XDECREF(float32);
        return -1;
    }
    Py_XSETREF(state->numpy_float32, float32);
    Py_XSETREF(state->numpy_frombuffer, frombuffer);
    return 0;
}

static PyObject *own_get_array(PyObject *self, PyObject *Py_UNUSED(unused))
{
    rtj_port *port = (rtj_port *)self;
    rtj_view *view = view_of(port);
    if (view == NULL) {
        return NULL;
    }
    if (view->array == NULL) {
        if (load_numpy(port->state) < 0) {
            return NULL;
        }
        PyObject *arguments[] = {view->buffer, port->state->numpy_float32};
        PyObject *array =
            PyObject_Vectorcall(port->state->numpy_frombuffer, arguments, 2, NULL);
        if (array == NULL) {
            return NULL;
        }
        Py_XSETREF(view->array, array);
    }
    return Py_NewRef(view->array);
}

/* ---- connections ---- */

static int require_registered(const rtj_port *port)
{
    if (port->unregistered) {
        rtj_port_refuse(port, "the port %R does not exist any more");
        return -1;
    }
    return 0;
}

static PyObject *own_number_of_connections(PyObject *self, void *Py_UNUSED(closure))
{
    rtj_port *port = (rtj_port *)self;
    rtj_error error;
    if (require_registered(port) < 0) {
        return NULL;
    }
    if (RTJ_ENTER(port->core, jack_port_connected, &error) == NULL) {
        return rtj_raise(port->state, &error);
    }
    int count = rtj_client_lib(port->core)->jack_port_connected(port->handle);
    rtj_client_leave(port->core);
    return PyLong_FromLong(count);
}

static PyObject *own_connections(PyObject *self, void *Py_UNUSED(closure))
{
    rtj_port *port = (rtj_port *)self;
    rtj_error error;
    rtj_port_list *list;
    rtj_status status;
    if (require_registered(port) < 0) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
    status = rtj_ports_connected(port->core, port->handle, 1, &list, &error);
    Py_END_ALLOW_THREADS
    if (status != RTJ_OK) {
        return rtj_raise(port->state, &error);
    }
    return rtj_port_list_wrap(port->client, list);
}

static PyObject *own_is_connected_to(PyObject *self, PyObject *other)
{
    rtj_port *port = (rtj_port *)self;
    rtj_error error;
    int connected;
    PyObject *name = rtj_port_name_bytes(port->state, port->core, other, "port");
    if (name == NULL || require_registered(port) < 0) {
        Py_XDECREF(name);
        return NULL;
    }
    if (RTJ_ENTER(port->core, jack_port_connected_to, &error) == NULL) {
        Py_DECREF(name);
        return rtj_raise(port->state, &error);
    }
    const rtj_libjack *lib = rtj_client_lib(port->core);
    Py_BEGIN_ALLOW_THREADS
    connected = lib->jack_port_connected_to(port->handle, PyBytes_AS_STRING(name));
    Py_END_ALLOW_THREADS
    rtj_client_leave(port->core);
    Py_DECREF(name);
    return PyBool_FromLong(connected);
}

/* A port of the other direction, from a Port or a full name; new reference. */
static PyObject *counterpart(const rtj_port *port, PyObject *other)
{
    PyObject *found;
    if (PyObject_TypeCheck(other, port->state->Port)) {
        found = Py_NewRef(other);
    } else {
        found = PyObject_CallMethod(port->client, "get_port_by_name", "O", other);
    }
    if (found == NULL) {
        return NULL;
    }
    if (!PyObject_TypeCheck(found, port->state->Port)) {
        PyErr_Format(PyExc_TypeError, "get_port_by_name() must give a port, not %.200s",
                     Py_TYPE(found)->tp_name);
        Py_DECREF(found);
        return NULL;
    }
    int wanted = (port->flags & JackPortIsOutput) ? JackPortIsInput : JackPortIsOutput;
    if ((((rtj_port *)found)->flags & wanted) == 0) {
        PyErr_Format(PyExc_ValueError, "%s port expected, got %R",
                     wanted == JackPortIsInput ? "Input" : "Output", found);
        Py_DECREF(found);
        return NULL;
    }
    return found;
}

/* client.<method>(source, destination), through the client's own method, so that a
 * program's override is heard. */
static PyObject *call_with_pair(rtj_port *port, const char *method, PyObject *other)
{
    int output = (port->flags & JackPortIsOutput) != 0;
    PyObject *source = output ? (PyObject *)port : other;
    PyObject *destination = output ? other : (PyObject *)port;
    PyObject *result =
        PyObject_CallMethod(port->client, method, "OO", source, destination);
    if (result == NULL) {
        return NULL;
    }
    Py_DECREF(result);
    Py_RETURN_NONE;
}

static PyObject *own_connect(PyObject *self, PyObject *other)
{
    rtj_port *port = (rtj_port *)self;
    if (require_registered(port) < 0) {
        return NULL;
    }
    PyObject *found = counterpart(port, other);
    PyObject *result = found != NULL ? call_with_pair(port, "connect", found) : NULL;
    Py_XDECREF(found);
    return result;
}

static PyObject *own_disconnect(PyObject *self, PyObject *const *args, Py_ssize_t nargs,
                                PyObject *kwnames)
{
    static const char *const names[] = {"other"};
    static const rtj_signature signature = {"disconnect", names, 1, 0, 1};
    rtj_port *port = (rtj_port *)self;
    PyObject *other[1];
    if (rtj_parse(&signature, args, nargs, kwnames, other) < 0 ||
        require_registered(port) < 0) {
        return NULL;
    }
    if (other[0] != NULL && other[0] != Py_None) {
        return call_with_pair(port, "disconnect", other[0]);
    }
    rtj_error error;
    rtj_status status;
    PyObject *name = rtj_port_name_of(port);
    if (name == NULL) {
        return NULL;
    }
    const char *text = PyUnicode_AsUTF8(name);
    Py_BEGIN_ALLOW_THREADS
    status = rtj_port_disconnect(port->core, port->handle, text != NULL ? text : "?",
                                 &error);
    Py_END_ALLOW_THREADS
    Py_DECREF(name);
    PyErr_Clear(); /* a name without UTF-8 is only missing from the error's text */
    if (status != RTJ_OK) {
        return rtj_raise(port->state, &error);
    }
    Py_RETURN_NONE;
}

/* ---- unregistering ---- */

/* Take the port out of the client's list and from what the audio thread silences. */
static int forget(rtj_port *port)
{
    rtj_py_client *client = (rtj_py_client *)port->client;
    int input = (port->flags & JackPortIsInput) != 0;
    PyObject *ports = port->type == RTJ_PORT_MIDI
                          ? (input ? client->midi_inports : client->midi_outports)
                          : (input ? client->inports : client->outports);
    PyObject *list = PyObject_GetAttrString(ports, "_portlist");
    if (list == NULL) {
        return -1;
    }
    /* It is not there when it was registered by other means than Ports.register(). */
    int found = rtj_list_remove(list, (PyObject *)port);
    Py_DECREF(list);
    if (found < 0) {
        return -1;
    }
    PyObject *key = PyLong_FromVoidPtr(port->handle);
    if (key != NULL && PyDict_DelItem(client->own_ports, key) < 0) {
        PyErr_Clear();
    }
    Py_XDECREF(key);
    rtj_silence *silence = atomic_load(&client->callbacks->silence);
    if (silence != NULL) {
        rtj_silence_forget(silence, port->handle);
    }
    return PyErr_Occurred() ? -1 : 0;
}

static PyObject *own_unregister(PyObject *self, PyObject *Py_UNUSED(unused))
{
    rtj_port *port = (rtj_port *)self;
    rtj_error error;
    rtj_status status;
    if (require_registered(port) < 0) {
        return NULL;
    }
    PyObject *name = rtj_port_name_of(port);
    if (name == NULL || forget(port) < 0 ||
        rtj_pyjack_forget((rtj_py_client *)port->client, self) < 0) {
        Py_XDECREF(name);
        return NULL;
    }
    port->unregistered = 1;
    const char *text = PyUnicode_AsUTF8(name);
    PyErr_Clear(); /* as above */
    Py_BEGIN_ALLOW_THREADS
    status = rtj_port_unregister(port->core, port->handle, text != NULL ? text : "?",
                                 &error);
    Py_END_ALLOW_THREADS
    Py_DECREF(name);
    rtj_midi_port_close(port);
    rtj_port_drop_views(port);
    if (status != RTJ_OK) {
        return rtj_raise(port->state, &error);
    }
    Py_RETURN_NONE;
}

/* ---- one object for each port ---- */

/* 1 or 0, or -1. */
static int is_told_of(const rtj_port *port, const rtj_port_info *info, PyObject *name)
{
    int may_be = port->handle != info->handle && port->type == info->type &&
                 rtj_same_port(port->core, port->handle, info->handle);
    PyObject *known = may_be ? rtj_port_last_name(port) : NULL;
    int told = known != NULL ? rtj_same_text(known, name) : 0;
    Py_XDECREF(known);
    return told;
}

/* Known by that handle from now on.  0, or -1. */
static int take_handle(rtj_port *port, PyObject *ports, jack_port_t *handle)
{
    PyObject *former = PyLong_FromVoidPtr(port->handle);
    PyObject *key = former != NULL ? PyLong_FromVoidPtr(handle) : NULL;
    int failed = key == NULL || PyDict_SetItem(ports, key, (PyObject *)port) < 0 ||
                 PyDict_DelItem(ports, former) < 0;
    Py_XDECREF(key);
    Py_XDECREF(former);
    if (!failed) {
        port->handle = handle;
    }
    return failed ? -1 : 0;
}

PyObject *rtj_own_port_adopt(PyObject *client, const rtj_port_info *info,
                             PyObject *name)
{
    PyObject *ports = ((rtj_py_client *)client)->own_ports;
    PyObject *known = PyDict_Values(ports);
    PyObject *found = NULL;
    Py_ssize_t count = known != NULL ? PyList_GET_SIZE(known) : 0;
    for (Py_ssize_t i = 0; i < count && found == NULL; i++) {
        rtj_port *port = (rtj_port *)PyList_GET_ITEM(known, i);
        int told = is_told_of(port, info, name);
        if (told < 0 || (told && take_handle(port, ports, info->handle) < 0)) {
            break;
        }
        found = told ? Py_NewRef(port) : NULL;
    }
    Py_XDECREF(known);
    return found;
}

/* ---- the type ---- */

RTJ_ONE_ARGUMENT(own_is_connected_to, "is_connected_to", "port")
RTJ_ONE_ARGUMENT(own_connect, "connect", "port")

static PyMethodDef own_methods[] = {
    {"get_buffer", own_get_buffer, METH_NOARGS, DOC_OwnPort_get_buffer},
    {"get_array", own_get_array, METH_NOARGS, DOC_OwnPort_get_array},
    {"is_connected_to", (PyCFunction)(void (*)(void))own_is_connected_to_named,
     METH_FASTCALL | METH_KEYWORDS, DOC_OwnPort_is_connected_to},
    {"connect", (PyCFunction)(void (*)(void))own_connect_named,
     METH_FASTCALL | METH_KEYWORDS, DOC_OwnPort_connect},
    {"disconnect", (PyCFunction)(void (*)(void))own_disconnect,
     METH_FASTCALL | METH_KEYWORDS, DOC_OwnPort_disconnect},
    {"set_latency_range", (PyCFunction)(void (*)(void))rtj_port_set_latency_range,
     METH_FASTCALL | METH_KEYWORDS, DOC_OwnPort_set_latency_range},
    {"unregister", own_unregister, METH_NOARGS, DOC_OwnPort_unregister},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef own_getset[] = {
    {"number_of_connections", own_number_of_connections, NULL,
     DOC_OwnPort_number_of_connections, NULL},
    {"connections", own_connections, NULL, DOC_OwnPort_connections, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot own_slots[] = {
    {Py_tp_doc, (void *)DOC_OwnPort},
    {Py_tp_methods, own_methods},
    {Py_tp_getset, own_getset},
    {0, NULL},
};

static PyType_Spec own_spec = {"jack.OwnPort", sizeof(rtj_port), 0,
                               Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE |
                                   Py_TPFLAGS_DISALLOW_INSTANTIATION,
                               own_slots};

int rtj_add_own_ports(PyObject *module, rtj_state *state)
{
    state->OwnPort = rtj_add_type(module, &own_spec, (PyObject *)state->Port);
    return state->OwnPort != NULL ? 0 : -1;
}
