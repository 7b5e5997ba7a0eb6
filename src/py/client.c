#include "py/client.h"

#include <stddef.h>

#include "docstrings.h"
#include "py/args.h"
#include "py/attach.h"
#include "py/client_impl.h"
#include "py/compat.h"
#include "py/eventqueue.h"
#include "py/isolated.h"
#include "py/log.h"
#include "py/metadata.h"
#include "py/node.h"
#include "py/port.h"
#include "py/ports.h"
#include "py/processthread.h"
#include "py/pyjack.h"
#include "py/status.h"

rtj_client *rtj_py_client_core(rtj_py_client *self)
{
    if (self->core == NULL) {
        rtj_state *state = rtj_state_of(Py_TYPE(self));
        PyErr_SetString(
            state->JackError,
            "the client was never opened: Client.__init__() was not called, "
            "or failed");
    }
    return self->core;
}

rtj_client *rtj_client_core(PyObject *client)
{
    return rtj_py_client_core((rtj_py_client *)client);
}

jack_client_t *rtj_py_client_enter_for(rtj_py_client *self, int present,
                                       const char *function)
{
    rtj_error error;
    if (rtj_py_client_core(self) == NULL) {
        return NULL;
    }
    jack_client_t *handle = rtj_client_enter_for(self->core, present, function, &error);
    if (handle == NULL) {
        rtj_raise(self->state, &error);
    }
    return handle;
}

jack_client_t *rtj_py_client_enter(rtj_py_client *self)
{
    return rtj_py_client_enter_for(self, 1, "");
}

/* ---- waiting ---- */

static int signals_pending(void *interpreter)
{
    PyThreadState *tstate = PyGILState_GetThisThreadState();
    tstate = tstate != NULL ? rtj_attach(interpreter) : NULL;
    if (tstate == NULL) {
        return 0; /* not one of Python's threads: it handles no signals */
    }
    int pending = PyErr_CheckSignals();
    rtj_detach(tstate);
    return pending;
}

rtj_patience rtj_patience_of(const rtj_state *state, double seconds)
{
    return (rtj_patience){seconds, signals_pending, state->interpreter};
}

/* ---- opening ---- */

typedef struct open_arguments {
    PyObject *name, *servername, *session_id; /* bytes or NULL; owned */
    int use_exact_name, no_start_server;
} open_arguments;

static void free_arguments(open_arguments *arguments)
{
    Py_CLEAR(arguments->name);
    Py_CLEAR(arguments->servername);
    Py_CLEAR(arguments->session_id);
}

static int encode_optional(PyObject *value, const char *what, PyObject **bytes)
{
    if (value == NULL || value == Py_None) {
        return 0;
    }
    *bytes = rtj_encode(value, what);
    return *bytes != NULL ? 0 : -1;
}

static int read_arguments(PyObject *args, PyObject *kwargs, open_arguments *arguments)
{
    static char *names[] = {"name",       "use_exact_name", "no_start_server",
                            "servername", "session_id",     NULL};
    PyObject *name, *servername = NULL, *session_id = NULL;
    if (!PyArg_ParseTupleAndKeywords(
            args, kwargs, "O|ppOO:Client", names, &name, &arguments->use_exact_name,
            &arguments->no_start_server, &servername, &session_id)) {
        return -1;
    }
    arguments->name = rtj_encode(name, "name");
    if (arguments->name == NULL ||
        encode_optional(servername, "servername", &arguments->servername) < 0 ||
        encode_optional(session_id, "session_id", &arguments->session_id) < 0) {
        free_arguments(arguments);
        return -1;
    }
    if (PyBytes_GET_SIZE(arguments->name) == 0) {
        PyErr_SetString(PyExc_ValueError, "name must not be empty");
        free_arguments(arguments);
        return -1;
    }
    return 0;
}

static const char *hint_for(int status)
{
    if (status & JackServerFailed) {
        return "no JACK server answers under that name (or it has no room for another "
               "client); start one with jackd, PipeWire or jack.Server()";
    }
    if (status & JackNameNotUnique) {
        return "another client has that name";
    }
    if (status & JackVersionError) {
        return "the server speaks another version of JACK's protocol than this library";
    }
    return "";
}

static void raise_open_error(rtj_state *state, const open_arguments *arguments,
                             int code)
{
    PyObject *status = rtj_status_new(state, code);
    PyObject *name = rtj_decode(PyBytes_AS_STRING(arguments->name));
    if (status != NULL && name != NULL) {
        PyObject *error = PyObject_CallFunction(state->JackOpenError, "OOs", name,
                                                status, hint_for(code));
        if (error != NULL) {
            PyErr_SetObject(state->JackOpenError, error);
            Py_DECREF(error);
        }
    }
    Py_XDECREF(status);
    Py_XDECREF(name);
}

static const char *text_or_null(PyObject *bytes)
{
    return bytes != NULL ? PyBytes_AS_STRING(bytes) : NULL;
}

/* Nothing of `self` is changed when this fails. */
static rtj_client *open_core(rtj_py_client *self, const open_arguments *arguments,
                             rtj_callbacks *callbacks)
{
    rtj_client_options options = {
        .name = PyBytes_AS_STRING(arguments->name),
        .servername = text_or_null(arguments->servername),
        .session_id = text_or_null(arguments->session_id),
        .use_exact_name = arguments->use_exact_name,
        .no_start_server = arguments->no_start_server,
        .owner = self->state->interpreter,
        .context = callbacks,
        .deliver = rtj_callbacks_deliver,
        .blocksize_changed = rtj_callbacks_blocksize,
        .latency_changed = rtj_callbacks_latency,
    };
    rtj_patience patience = rtj_patience_of(self->state, RTJ_OPEN_PATIENCE);
    rtj_client *core = NULL;
    rtj_error error;
    rtj_status outcome;
    int code;
    Py_BEGIN_ALLOW_THREADS
    outcome = rtj_client_open(&options, &patience, &core, &code, &error);
    Py_END_ALLOW_THREADS
    PyObject *status = rtj_status_new(self->state, code);
    Py_XSETREF(self->status, status);
    if (outcome == RTJ_OPEN) {
        raise_open_error(self->state, arguments, code);
    } else if (outcome != RTJ_OK) {
        rtj_raise(self->state, &error);
    }
    return core;
}

static int make_parts(rtj_py_client *self)
{
    PyObject *client = (PyObject *)self;
    rtj_state *state = self->state;
    const char *audio = JACK_DEFAULT_AUDIO_TYPE, *midi = JACK_DEFAULT_MIDI_TYPE;
    self->own_ports = PyDict_New();
    self->nodes = PySet_New(NULL);
    self->native_thread = PyMem_Calloc(1, sizeof *self->native_thread);
    if (self->native_thread == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    self->inports = rtj_ports_new(state, client, audio, JackPortIsInput);
    self->outports = rtj_ports_new(state, client, audio, JackPortIsOutput);
    self->midi_inports = rtj_ports_new(state, client, midi, JackPortIsInput);
    self->midi_outports = rtj_ports_new(state, client, midi, JackPortIsOutput);
    return self->own_ports != NULL && self->nodes != NULL && self->inports != NULL &&
                   self->outports != NULL && self->midi_inports != NULL &&
                   self->midi_outports != NULL
               ? 0
               : -1;
}

static int client_init(PyObject *object, PyObject *args, PyObject *kwargs)
{
    rtj_py_client *self = (rtj_py_client *)object;
    open_arguments arguments = {0};
    self->state = rtj_state_of(Py_TYPE(object));
    if (self->core != NULL) {
        PyErr_SetString(self->state->JackError,
                        "Client.__init__() was called before; make another Client");
        return -1;
    }
    if (rtj_log_open(self->state) < 0 || read_arguments(args, kwargs, &arguments) < 0) {
        return -1;
    }
    rtj_callbacks *callbacks = NULL;
    if (self->own_ports != NULL || make_parts(self) == 0) {
        callbacks = rtj_callbacks_new(self->state, object);
    }
    rtj_client *core =
        callbacks != NULL ? open_core(self, &arguments, callbacks) : NULL;
    free_arguments(&arguments);
    if (core == NULL) {
        if (callbacks != NULL) {
            rtj_callbacks_free(callbacks);
        }
        return -1;
    }
    rtj_client_retain(core);
    callbacks->core = core;
    self->callbacks = callbacks;
    self->core = core;
    return 0;
}

/* ---- the type's life ---- */

static int client_traverse(PyObject *object, visitproc visit, void *arg)
{
    rtj_py_client *self = (rtj_py_client *)object;
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(self->status);
    Py_VISIT(self->inports);
    Py_VISIT(self->outports);
    Py_VISIT(self->midi_inports);
    Py_VISIT(self->midi_outports);
    Py_VISIT(self->own_ports);
    Py_VISIT(self->nodes);
    Py_VISIT(self->isolated);
    if (self->native_thread != NULL) {
        Py_VISIT(self->native_thread->objects);
    }
    if (rtj_pyjack_traverse(self->pyjack, visit, arg) != 0) {
        return 1;
    }
    Py_VISIT(self->dict);
    return self->callbacks != NULL ? rtj_callbacks_traverse(self->callbacks, visit, arg)
                                   : 0;
}

static int client_clear(PyObject *object)
{
    rtj_py_client *self = (rtj_py_client *)object;
    rtj_py_client_end(self);
    Py_CLEAR(self->inports);
    Py_CLEAR(self->outports);
    Py_CLEAR(self->midi_inports);
    Py_CLEAR(self->midi_outports);
    Py_CLEAR(self->own_ports);
    Py_CLEAR(self->nodes);
    Py_CLEAR(self->isolated);
    rtj_pyjack_free(self->pyjack);
    self->pyjack = NULL;
    if (self->native_thread != NULL) {
        rtj_native_keep_clear(self->native_thread);
        PyMem_Free(self->native_thread);
        self->native_thread = NULL;
    }
    Py_CLEAR(self->status);
    Py_CLEAR(self->dict);
    return 0;
}

static void client_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    if (PyObject_CallFinalizerFromDealloc(object) < 0) {
        return; /* resurrected */
    }
    PyObject_GC_UnTrack(object);
    if (((rtj_py_client *)object)->weaklist != NULL) {
        PyObject_ClearWeakRefs(object);
    }
    (void)client_clear(object);
    type->tp_free(object);
    Py_DECREF(type);
}

/* ---- the tables ---- */

static PyMethodDef property_methods[] = {
    {"set_property", (PyCFunction)(void (*)(void))rtj_client_set_property,
     METH_FASTCALL | METH_KEYWORDS, DOC_Client_set_property},
    {"remove_property", (PyCFunction)(void (*)(void))rtj_client_remove_property,
     METH_FASTCALL | METH_KEYWORDS, DOC_Client_remove_property},
    {"remove_properties", (PyCFunction)(void (*)(void))rtj_client_remove_properties,
     METH_FASTCALL | METH_KEYWORDS, DOC_Client_remove_properties},
    {"remove_all_properties", rtj_client_remove_all_properties, METH_NOARGS,
     DOC_Client_remove_all_properties},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef client_members[] = {
    {"__dictoffset__", T_PYSSIZET, offsetof(rtj_py_client, dict), READONLY, NULL},
    {"__weaklistoffset__", T_PYSSIZET, offsetof(rtj_py_client, weaklist), READONLY,
     NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot client_slots[] = {
    {Py_tp_doc, (void *)DOC_Client},
    {Py_tp_init, client_init},
    {Py_tp_new, PyType_GenericNew},
    {Py_tp_finalize, rtj_py_client_finalize},
    {Py_tp_dealloc, client_dealloc},
    {Py_tp_traverse, client_traverse},
    {Py_tp_clear, client_clear},
    {Py_tp_methods, property_methods},
    {Py_tp_getset, rtj_client_getset},
    {Py_tp_members, client_members},
    {0, NULL},
};

/* Patched by programs, hence not immutable. */
static PyType_Spec client_spec = {
    "jack.Client", sizeof(rtj_py_client), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC, client_slots};

int rtj_add_client(PyObject *module, rtj_state *state)
{
    PyMethodDef *const tables[] = {
        rtj_client_closing_methods,  rtj_client_life_methods,
        rtj_client_stats_methods,    rtj_client_time_methods,
        rtj_client_server_methods,   rtj_client_internal_methods,
        rtj_client_graph_methods,    rtj_client_transport_methods,
        rtj_client_native_methods,   rtj_client_play_methods,
        rtj_client_isolated_methods, rtj_client_pyjack_methods,
        rtj_client_compat_methods,   rtj_client_callback_methods,
        rtj_client_event_methods,    rtj_client_thread_methods,
    };
    state->Client = rtj_add_type(module, &client_spec, NULL);
    if (state->Client == NULL || rtj_add_client_stats(module, state) < 0 ||
        rtj_add_client_time(module, state) < 0) {
        return -1;
    }
    int result = 0;
    for (size_t i = 0; result == 0 && i < Py_ARRAY_LENGTH(tables); i++) {
        result = rtj_add_methods(state->Client, tables[i]);
    }
    return result;
}
