/* PyJack's functions of the module: one global client per interpreter. */
#include "py/pyjack.h"

#include "docstrings.h"
#include "py/args.h"
#include "py/locked.h"

/* ---- the global client ---- */

static PyObject *current(PyObject *module)
{
    PyObject *client;
    RTJ_BEGIN_LOCKED(module);
    client = Py_XNewRef(rtj_state_of_module(module)->pyjack_client);
    RTJ_END_LOCKED();
    return client;
}

static int is_closed(PyObject *client)
{
    const rtj_client *core = ((rtj_py_client *)client)->core;
    return core == NULL || rtj_client_is_closed(core);
}

PyObject *rtj_pyjack_global(PyObject *module)
{
    const rtj_state *state = rtj_state_of_module(module);
    PyObject *client = current(module);
    if (client == NULL) {
        PyErr_SetString(state->NotConnectedError,
                        "not connected to a JACK server: call attach() first");
    } else if (is_closed(client)) {
        PyErr_SetString(state->NotConnectedError,
                        "the connection to the JACK server is lost: attach() makes a "
                        "new one");
        Py_CLEAR(client);
    }
    return client;
}

/* Put `client` (or NULL) in the place of `before`; 0 when another was there. */
static int replace(PyObject *module, PyObject *before, PyObject *client)
{
    rtj_state *state = rtj_state_of_module(module);
    int replaced = 0;
    RTJ_BEGIN_LOCKED(module);
    if (state->pyjack_client == before) {
        state->pyjack_client = Py_XNewRef(client);
        if (before != NULL) {
            state->pyjack_events |= rtj_pyjack_take_events((rtj_py_client *)before);
        }
        replaced = 1;
    }
    RTJ_END_LOCKED();
    if (replaced) {
        Py_XDECREF(before);
    }
    return replaced;
}

static PyObject *already_attached(const rtj_state *state)
{
    PyErr_SetString(state->UsageError,
                    "attached to a JACK server already: call detach() first");
    return NULL;
}

/* Raise NotConnectedError from the error that is set. */
static void not_connected(const rtj_state *state)
{
    PyObject *type, *cause, *traceback;
    PyErr_Fetch(&type, &cause, &traceback);
    PyErr_NormalizeException(&type, &cause, &traceback);
    PyObject *error =
        PyObject_CallFunction(state->NotConnectedError, "N", PyObject_Str(cause));
    Py_XDECREF(type);
    Py_XDECREF(traceback);
    if (error == NULL) {
        Py_XDECREF(cause);
        return;
    }
    PyException_SetCause(error, cause); /* steals */
    PyErr_SetObject(state->NotConnectedError, error);
    Py_DECREF(error);
}

static PyObject *open_client(const rtj_state *state, PyObject *name)
{
    PyObject *args = PyTuple_Pack(1, name);
    PyObject *kwargs = Py_BuildValue("{sO}", "no_start_server", Py_True);
    PyObject *client = args != NULL && kwargs != NULL
                           ? PyObject_Call((PyObject *)state->Client, args, kwargs)
                           : NULL;
    Py_XDECREF(args);
    Py_XDECREF(kwargs);
    if (client == NULL && PyErr_ExceptionMatches(state->JackOpenError)) {
        not_connected(state);
    }
    return client;
}

static PyObject *close_client(PyObject *client)
{
    return PyObject_CallMethod(client, "close", NULL);
}

static PyObject *attach(PyObject *module, PyObject *const *args, Py_ssize_t nargs,
                        PyObject *kwnames)
{
    static const char *const names[] = {"name"};
    static const rtj_signature signature = {"attach", names, 1, 1, 1};
    const rtj_state *state = rtj_state_of_module(module);
    PyObject *name;
    if (rtj_parse(&signature, args, nargs, kwnames, &name) < 0) {
        return NULL;
    }
    PyObject *before = current(module);
    if (before != NULL && !is_closed(before)) {
        Py_DECREF(before);
        return already_attached(state);
    }
    PyObject *result = before != NULL ? close_client(before) : Py_NewRef(Py_None);
    PyObject *client = result != NULL ? open_client(state, name) : NULL;
    Py_XDECREF(result);
    result = NULL;
    if (client != NULL && replace(module, before, client)) {
        result = Py_NewRef(Py_None);
    } else if (client != NULL) { /* another thread was faster */
        Py_XDECREF(close_client(client));
        (void)already_attached(state);
    }
    Py_XDECREF(client);
    Py_XDECREF(before);
    return result;
}

static PyObject *detach(PyObject *module, PyObject *Py_UNUSED(unused))
{
    PyObject *client = current(module);
    if (client == NULL) {
        return rtj_pyjack_global(module); /* raises */
    }
    PyObject *result = close_client(client);
    if (result != NULL) {
        (void)replace(module, client, NULL);
    }
    Py_DECREF(client);
    return result;
}

static PyObject *check_events(PyObject *module, PyObject *Py_UNUSED(unused))
{
    rtj_state *state = rtj_state_of_module(module);
    unsigned events;
    RTJ_BEGIN_LOCKED(module);
    events = state->pyjack_events;
    state->pyjack_events = 0;
    if (state->pyjack_client != NULL) {
        events |= rtj_pyjack_take_events((rtj_py_client *)state->pyjack_client);
    }
    RTJ_END_LOCKED();
    return rtj_pyjack_events(events);
}

/* ---- on the global client ---- */

static PyObject *on_global(PyObject *module, rtj_pyjack_function *function,
                           PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    PyObject *client = rtj_pyjack_global(module);
    if (client == NULL) {
        return NULL;
    }
    PyObject *result = function(client, args, nargs, kwnames);
    if (result == NULL) {
        rtj_pyjack_explain((rtj_py_client *)client);
    }
    Py_DECREF(client);
    return result;
}

#define RTJ_ON_GLOBAL(name)                                                            \
    static PyObject *name##_global(PyObject *module, PyObject *const *args,            \
                                   Py_ssize_t nargs, PyObject *kwnames)                \
    {                                                                                  \
        return on_global(module, rtj_pyjack_##name, args, nargs, kwnames);             \
    }
RTJ_ON_GLOBAL(process)
RTJ_ON_GLOBAL(register_port)
RTJ_ON_GLOBAL(unregister_port)
RTJ_ON_GLOBAL(get_port_flags)
RTJ_ON_GLOBAL(get_connections)
RTJ_ON_GLOBAL(get_port_short_name)
RTJ_ON_GLOBAL(get_port_type)
RTJ_ON_GLOBAL(get_port_type_id)
RTJ_ON_GLOBAL(port_is_mine)
RTJ_ON_GLOBAL(get_client_name)
RTJ_ON_GLOBAL(get_buffer_size)
RTJ_ON_GLOBAL(set_buffer_size)
RTJ_ON_GLOBAL(get_sample_rate)
RTJ_ON_GLOBAL(get_frame_time)
RTJ_ON_GLOBAL(get_current_transport_frame)
RTJ_ON_GLOBAL(get_transport_state)
RTJ_ON_GLOBAL(get_cpu_load)
RTJ_ON_GLOBAL(is_realtime)
RTJ_ON_GLOBAL(activate)
RTJ_ON_GLOBAL(deactivate)
RTJ_ON_GLOBAL(connect)
RTJ_ON_GLOBAL(disconnect)
RTJ_ON_GLOBAL(get_ports)
#undef RTJ_ON_GLOBAL

/* Through the client's own method or attribute of the same meaning. */

static PyObject *call_global(PyObject *module, const char *method, PyObject *argument)
{
    PyObject *client = rtj_pyjack_global(module);
    if (client == NULL) {
        return NULL;
    }
    PyObject *result = argument != NULL
                           ? PyObject_CallMethod(client, method, "O", argument)
                           : PyObject_CallMethod(client, method, NULL);
    if (result == NULL) {
        rtj_pyjack_explain((rtj_py_client *)client);
    }
    Py_DECREF(client);
    return result;
}

static PyObject *transport_start(PyObject *module, PyObject *Py_UNUSED(unused))
{
    return call_global(module, "transport_start", NULL);
}

static PyObject *transport_stop(PyObject *module, PyObject *Py_UNUSED(unused))
{
    return call_global(module, "transport_stop", NULL);
}

static PyObject *set_sync_timeout(PyObject *module, PyObject *usecs)
{
    return call_global(module, "set_sync_timeout", usecs);
}

static PyObject *transport_locate(PyObject *module, PyObject *frame)
{
    PyObject *client = rtj_pyjack_global(module);
    if (client == NULL) {
        return NULL;
    }
    int result = PyObject_SetAttrString(client, "transport_frame", frame);
    if (result < 0) {
        rtj_pyjack_explain((rtj_py_client *)client);
    }
    Py_DECREF(client);
    return result < 0 ? NULL : Py_NewRef(Py_None);
}

static PyObject *get_version(PyObject *module, PyObject *Py_UNUSED(unused))
{
    return PyObject_CallMethod(module, "version", NULL);
}

static PyObject *get_version_string(PyObject *module, PyObject *Py_UNUSED(unused))
{
    return PyObject_CallMethod(module, "version_string", NULL);
}

RTJ_ONE_ARGUMENT(set_sync_timeout, "set_sync_timeout", "usecs")
RTJ_ONE_ARGUMENT(transport_locate, "transport_locate", "frame")

/* ---- the tables ---- */

#define RTJ_FAST(name, function)                                                       \
    {                                                                                  \
#name, (PyCFunction)(void (*)(void))(function), METH_FASTCALL | METH_KEYWORDS, \
            DOC_##name                                                                 \
    }
#define RTJ_GLOBAL(name) RTJ_FAST(name, name##_global)
#define RTJ_PLAIN(name)                                                                \
    {                                                                                  \
#name, name, METH_NOARGS, DOC_##name                                           \
    }

static PyMethodDef functions[] = {
    RTJ_FAST(attach, attach),
    RTJ_PLAIN(detach),
    RTJ_PLAIN(check_events),
    RTJ_PLAIN(transport_start),
    RTJ_PLAIN(transport_stop),
    RTJ_PLAIN(get_version),
    RTJ_PLAIN(get_version_string),
    RTJ_FAST(set_sync_timeout, set_sync_timeout_named),
    RTJ_FAST(transport_locate, transport_locate_named),
    RTJ_GLOBAL(process),
    RTJ_GLOBAL(register_port),
    RTJ_GLOBAL(unregister_port),
    RTJ_GLOBAL(get_port_flags),
    RTJ_GLOBAL(get_connections),
    RTJ_GLOBAL(get_port_short_name),
    RTJ_GLOBAL(get_port_type),
    RTJ_GLOBAL(get_port_type_id),
    RTJ_GLOBAL(port_is_mine),
    RTJ_GLOBAL(get_client_name),
    RTJ_GLOBAL(get_buffer_size),
    RTJ_GLOBAL(set_buffer_size),
    RTJ_GLOBAL(get_sample_rate),
    RTJ_GLOBAL(get_frame_time),
    RTJ_GLOBAL(get_current_transport_frame),
    RTJ_GLOBAL(get_transport_state),
    RTJ_GLOBAL(get_cpu_load),
    RTJ_GLOBAL(is_realtime),
    RTJ_GLOBAL(activate),
    RTJ_GLOBAL(deactivate),
    RTJ_GLOBAL(connect),
    RTJ_GLOBAL(disconnect),
    RTJ_GLOBAL(get_ports),
    {NULL, NULL, 0, NULL},
};

static const struct {
    const char *name;
    long value;
} constants[] = {
    {"IsInput", JackPortIsInput},
    {"IsOutput", JackPortIsOutput},
    {"IsTerminal", JackPortIsTerminal},
    {"IsPhysical", JackPortIsPhysical},
    {"CanMonitor", JackPortCanMonitor},
    {"TransportStopped", JackTransportStopped},
    {"TransportRolling", JackTransportRolling},
    {"TransportStarting", JackTransportStarting},
    {"Failure", JackFailure},
    {"InvalidOption", JackInvalidOption},
    {"NameNotUnique", JackNameNotUnique},
    {"ServerStarted", JackServerStarted},
    {"ServerFailed", JackServerFailed},
    {"ServerError", JackServerError},
    {"NoSuchClient", JackNoSuchClient},
    {"LoadFailure", JackLoadFailure},
    {"InitFailure", JackInitFailure},
    {"ShmFailure", JackShmFailure},
    {"VersionError", JackVersionError},
    {"BackendError", JackBackendError},
    {"ClientZombie", JackClientZombie},
};

int rtj_add_pyjack(PyObject *module)
{
    for (size_t i = 0; i < Py_ARRAY_LENGTH(constants); i++) {
        if (PyModule_AddIntConstant(module, constants[i].name, constants[i].value) <
            0) {
            return -1;
        }
    }
    if (PyModule_AddFunctions(module, functions) < 0) {
        return -1;
    }
    return PyModule_AddFunctions(module, rtj_pyjack_callback_functions);
}
