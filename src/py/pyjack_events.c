/* PyJack's check_events() and callbacks. */
#include "py/pyjack.h"

#include "docstrings.h"
#include "py/args.h"
#include "py/attach.h"
#include "py/port.h"
#include "rt/guard.h"

/* ---- events ---- */

/* The server ended the client, not itself; beyond the kinds of notices. */
static const unsigned hangup = RTJ_EVENT(RTJ_SHUTDOWN + 1);

void rtj_callbacks_note(rtj_callbacks *callbacks, const rtj_notice *notice)
{
    unsigned events = RTJ_EVENT(notice->kind);
    if (notice->kind == RTJ_SHUTDOWN && (notice->number & JackClientZombie) != 0) {
        events |= hangup;
    }
    (void)atomic_fetch_or_explicit(&callbacks->events, events, memory_order_relaxed);
}

unsigned rtj_pyjack_take_events(rtj_py_client *client)
{
    rtj_callbacks *callbacks = client->callbacks;
    return callbacks != NULL ? atomic_exchange(&callbacks->events, 0) : 0;
}

PyObject *rtj_pyjack_events(unsigned events)
{
    unsigned graph = RTJ_EVENT(RTJ_GRAPH_ORDER) | RTJ_EVENT(RTJ_PORT_CONNECT);
    return Py_BuildValue(
        "{sisisisisi}", "graph_ordering", (events & graph) != 0, "port_registration",
        (events & RTJ_EVENT(RTJ_PORT_REGISTRATION)) != 0, "xrun",
        (events & RTJ_EVENT(RTJ_XRUN)) != 0, "shutdown",
        (events & RTJ_EVENT(RTJ_SHUTDOWN)) != 0, "hangup", (events & hangup) != 0);
}

/* ---- the callback for new threads ---- */

static void call_thread_init(rtj_callbacks *callbacks)
{
    rtj_callback *callback = &callbacks->slots[RTJ_SLOT_THREAD_INIT];
    PyObject *function = rtj_callback_function(callbacks, callback); /* new */
    if (function == NULL) {
        return;
    }
    PyObject *result = PyObject_CallNoArgs(function);
    if (result == NULL) {
        atomic_store(&callback->ended, 1);
        (void)rtj_callback_failed(callbacks->state, function);
    }
    Py_XDECREF(result);
    Py_DECREF(function);
}

/* In each of libjack's threads that are new. */
static void on_thread_init(void *data)
{
    rtj_callbacks *callbacks = data;
    rtj_callback *callback = &callbacks->slots[RTJ_SLOT_THREAD_INIT];
    rtj_guard guard = rtj_guard_enter();
    if (atomic_load(&callback->function) != NULL && !atomic_load(&callback->ended)) {
        PyThreadState *tstate = rtj_attach(callbacks->interpreter);
        if (tstate != NULL) {
            const rtj_client *before = rtj_client_callback_begin(callbacks->core);
            call_thread_init(callbacks);
            rtj_client_callback_end(before);
            rtj_detach(tstate);
        }
    }
    rtj_guard_leave(guard);
}

static void begin_threads_with(rtj_py_client *client, PyObject *callback)
{
    rtj_callbacks_set(client->callbacks, RTJ_SLOT_THREAD_INIT, callback, 0);
    Py_BEGIN_ALLOW_THREADS
    rtj_client_set_thread_init(client->core, on_thread_init, client->callbacks);
    Py_END_ALLOW_THREADS
}

PyObject *rtj_pyjack_set_thread_init(PyObject *object, PyObject *const *args,
                                     Py_ssize_t nargs, PyObject *kwnames)
{
    static const char *const names[] = {"callback"};
    static const rtj_signature signature = {"set_thread_init_callback", names, 1, 1, 1};
    rtj_py_client *client = (rtj_py_client *)object;
    PyObject *callback;
    rtj_error error;
    if (rtj_py_client_core(client) == NULL ||
        rtj_parse(&signature, args, nargs, kwnames, &callback) < 0 ||
        rtj_check_callable(callback, "callback") < 0) {
        return NULL;
    }
    if (rtj_client_enter(client->core, &error) == NULL) {
        return rtj_raise(client->state, &error);
    }
    rtj_client_leave(client->core);
    if (rtj_client_is_active(client->core) || rtj_client_in_callback(client->core)) {
        rtj_fail(&error, RTJ_CODE, -1,
                 "Error setting thread init callback: call deactivate() first");
        return rtj_raise(client->state, &error);
    }
    begin_threads_with(client, callback);
    return Py_NewRef(callback);
}

/* ---- the module's callbacks ---- */

/* Ports become their names. */
static PyObject *by_names(PyObject *callback, PyObject *const *args, Py_ssize_t nargs)
{
    PyObject *plain[3] = {NULL};
    const rtj_state *state = NULL;
    for (Py_ssize_t i = 0; i < nargs && i < 3; i++) {
        PyTypeObject *type = Py_TYPE(args[i]);
        PyObject *module =
            state == NULL ? PyType_GetModuleByDef(type, &rtj_module) : NULL;
        if (module != NULL) {
            state = rtj_state_of_module(module);
        }
        PyErr_Clear(); /* a type of another module */
        int is_port = state != NULL && PyObject_TypeCheck(args[i], state->Port);
        plain[i] =
            is_port ? rtj_port_last_name((rtj_port *)args[i]) : Py_NewRef(args[i]);
    }
    PyObject *result =
        PyObject_Vectorcall(callback, plain, (size_t)(nargs < 3 ? nargs : 3), NULL);
    for (int i = 0; i < 3; i++) {
        Py_XDECREF(plain[i]);
    }
    return result;
}

/* PyJack tells no delay. */
static PyObject *without_arguments(PyObject *callback, PyObject *const *args,
                                   Py_ssize_t nargs)
{
    (void)args;
    (void)nargs;
    return PyObject_CallNoArgs(callback);
}

static PyMethodDef by_names_def = {"by_names", (PyCFunction)(void (*)(void))by_names,
                                   METH_FASTCALL, NULL};
static PyMethodDef without_arguments_def = {
    "without_arguments", (PyCFunction)(void (*)(void))without_arguments, METH_FASTCALL,
    NULL};

/* Any time, as with PyJack; `around` (or NULL) is called with the callback as self. */
static PyObject *set_global(PyObject *module, const rtj_signature *signature, int slot,
                            PyMethodDef *around, PyObject *const *args,
                            Py_ssize_t nargs, PyObject *kwnames)
{
    PyObject *callback;
    PyObject *client = rtj_pyjack_global(module);
    if (client == NULL) {
        return NULL;
    }
    PyObject *function = NULL;
    if (rtj_parse(signature, args, nargs, kwnames, &callback) == 0 &&
        rtj_check_callable(callback, "callback") == 0) {
        function =
            around != NULL ? PyCFunction_New(around, callback) : Py_NewRef(callback);
    }
    if (function != NULL) {
        if (slot == RTJ_SLOT_THREAD_INIT) {
            begin_threads_with((rtj_py_client *)client, function);
        } else {
            rtj_callbacks_set(((rtj_py_client *)client)->callbacks, slot, function, 0);
        }
        Py_DECREF(function);
    }
    Py_DECREF(client);
    return function != NULL ? Py_NewRef(Py_None) : NULL;
}

static const char *const callback_names[] = {"callback"};

#define RTJ_SETTER(name, slot, around)                                                 \
    static PyObject *set_##name(PyObject *module, PyObject *const *args,               \
                                Py_ssize_t nargs, PyObject *kwnames)                   \
    {                                                                                  \
        static const rtj_signature signature = {"set_" #name "_callback",              \
                                                callback_names, 1, 1, 1};              \
        return set_global(module, &signature, slot, around, args, nargs, kwnames);     \
    }
RTJ_SETTER(thread_init, RTJ_SLOT_THREAD_INIT, NULL)
RTJ_SETTER(freewheel, RTJ_FREEWHEEL, NULL)
RTJ_SETTER(buffer_size, RTJ_SLOT_BLOCKSIZE, NULL)
RTJ_SETTER(client_registration, RTJ_CLIENT_REGISTRATION, NULL)
RTJ_SETTER(port_registration, RTJ_PORT_REGISTRATION, &by_names_def)
RTJ_SETTER(port_connect, RTJ_PORT_CONNECT, &by_names_def)
RTJ_SETTER(graph_order, RTJ_GRAPH_ORDER, NULL)
RTJ_SETTER(xrun, RTJ_XRUN, &without_arguments_def)
#undef RTJ_SETTER

#define RTJ_FUNCTION(name)                                                             \
    {                                                                                  \
        "set_" #name "_callback", (PyCFunction)(void (*)(void))set_##name,             \
            METH_FASTCALL | METH_KEYWORDS, DOC_set_##name##_callback                   \
    }

PyMethodDef rtj_pyjack_callback_functions[] = {
    RTJ_FUNCTION(thread_init),       RTJ_FUNCTION(freewheel),
    RTJ_FUNCTION(buffer_size),       RTJ_FUNCTION(client_registration),
    RTJ_FUNCTION(port_registration), RTJ_FUNCTION(port_connect),
    RTJ_FUNCTION(graph_order),       RTJ_FUNCTION(xrun),
    {NULL, NULL, 0, NULL},
};
