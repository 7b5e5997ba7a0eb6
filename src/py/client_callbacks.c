/* jack.Client: the setters of callbacks. */
#include "py/client_impl.h"

#include <errno.h>
#include <stdlib.h>

#include "core/ask.h"
#include "core/handover.h"
#include "docstrings.h"
#include "py/args.h"
#include "py/detached.h"

/* libjack takes no callbacks while a client is active, and neither do we, although ours
 * could: a program that relies on it would not run elsewhere.  A callback runs before
 * activate() is done, and until deactivate() is, which waits for it. */
static int require_inactive(const rtj_py_client *self, const char *kind)
{
    rtj_error error;
    if (rtj_client_enter(self->core, &error) == NULL) {
        rtj_raise(self->state, &error);
        return -1;
    }
    rtj_client_leave(self->core);
    if (rtj_client_is_active(self->core) || rtj_client_in_callback(self->core)) {
        (void)rtj_fail(&error, RTJ_CODE, -1,
                       "Error setting %s callback: the client is active, call "
                       "deactivate() first",
                       kind);
        rtj_raise(self->state, &error);
        return -1;
    }
    return 0;
}

/* Put `callback` into `slot`; returns it, so that a decorator keeps the name. */
static PyObject *set(PyObject *object, int slot, PyObject *callback, int only_available,
                     const char *kind)
{
    rtj_py_client *self = (rtj_py_client *)object;
    if (rtj_py_client_core(self) == NULL ||
        rtj_check_callable(callback, "callback") < 0 ||
        require_inactive(self, kind) < 0) {
        return NULL;
    }
    rtj_callbacks_set(self->callbacks, slot, callback, only_available);
    return Py_NewRef(callback);
}

#define RTJ_SETTER(name, slot)                                                         \
    static PyObject *client_set_##name(PyObject *self, PyObject *callback)             \
    {                                                                                  \
        return set(self, slot, callback, 0, #name);                                    \
    }
RTJ_SETTER(shutdown, RTJ_SHUTDOWN)
RTJ_SETTER(freewheel, RTJ_FREEWHEEL)
RTJ_SETTER(blocksize, RTJ_SLOT_BLOCKSIZE)
RTJ_SETTER(client_registration, RTJ_CLIENT_REGISTRATION)
RTJ_SETTER(graph_order, RTJ_GRAPH_ORDER)
RTJ_SETTER(xrun, RTJ_XRUN)
#undef RTJ_SETTER

static PyObject *client_set_process(PyObject *object, PyObject *const *args,
                                    Py_ssize_t nargs, PyObject *kwnames)
{
    static const char *const names[] = {"callback", "lookahead", "switch_interval"};
    static const rtj_signature signature = {"set_process_callback", names, 3, 1, 1};
    rtj_py_client *self = (rtj_py_client *)object;
    PyObject *values[3];
    int64_t lookahead = 0;
    unsigned long wish;
    if (rtj_parse(&signature, args, nargs, kwnames, values) < 0 ||
        (values[1] != NULL &&
         rtj_as_int64(values[1], "lookahead", 0, RTJ_LOOKAHEAD_MAX, &lookahead) < 0) ||
        rtj_switching_of(values[2], &wish) < 0) {
        return NULL;
    }
    if (rtj_py_client_core(self) != NULL && rtj_process_thread_is_set(self->core)) {
        PyErr_SetString(self->state->JackError,
                        "the client has a process thread; set_process_thread(None) "
                        "takes it away");
        return NULL;
    }
    PyObject *result = set(object, RTJ_SLOT_PROCESS, values[0], 0, "process");
    if (result == NULL) {
        return NULL;
    }
    self->callbacks->switching.wish = wish;
    self->callbacks->switching.detached =
        lookahead > 0 && rtj_switching_has_time(self->callbacks, lookahead);
    rtj_callbacks_end_silence(self->callbacks);
    if (rtj_py_detached_set(self, (uint32_t)lookahead) < 0) {
        Py_CLEAR(result);
    }
    return result;
}

/* As with libjack: the rate is told at once, in the thread that sets the callback. */
static PyObject *client_set_samplerate(PyObject *object, PyObject *callback)
{
    rtj_py_client *self = (rtj_py_client *)object;
    PyObject *result = set(object, RTJ_SAMPLERATE, callback, 0, "samplerate");
    if (result == NULL) {
        return NULL;
    }
    PyObject *rate = PyObject_GetAttrString(object, "samplerate");
    PyObject *told = rate != NULL ? PyObject_CallOneArg(callback, rate) : NULL;
    Py_XDECREF(rate);
    if (told == NULL) {
        rtj_callbacks_set(self->callbacks, RTJ_SAMPLERATE, NULL, 0);
        Py_DECREF(result);
        return NULL;
    }
    Py_DECREF(told);
    return result;
}

/* Callbacks that libjack was given when the client was opened, if it has them. */
static int require_setter(rtj_py_client *self, int present, const char *function)
{
    jack_client_t *handle = rtj_py_client_enter_for(self, present, function);
    if (handle == NULL) {
        return -1;
    }
    rtj_client_leave(self->core);
    return 0;
}

#define RTJ_REQUIRE_SETTER(self, function)                                             \
    require_setter((self),                                                             \
                   (self)->core == NULL ||                                             \
                       rtj_client_lib((self)->core)->function != NULL,                 \
                   #function)

static PyObject *client_set_property_change(PyObject *object, PyObject *callback)
{
    rtj_py_client *self = (rtj_py_client *)object;
    if (RTJ_REQUIRE_SETTER(self, jack_set_property_change_callback) < 0) {
        return NULL;
    }
    return set(object, RTJ_PROPERTY_CHANGE, callback, 0, "property change");
}

static PyObject *client_set_latency(PyObject *object, PyObject *callback)
{
    if (RTJ_REQUIRE_SETTER((rtj_py_client *)object, jack_set_latency_callback) < 0) {
        return NULL;
    }
    return set(object, RTJ_SLOT_LATENCY, callback, 0, "latency");
}

/* ---- decorator factories ---- */

/* functools.partial(self.<method>, <keyword>=value): what a setter without a callback
 * gives, to be used as a decorator. */
static PyObject *factory(PyObject *self, const char *method, const char *keyword,
                         PyObject *value)
{
    PyObject *functools = PyImport_ImportModule("functools");
    PyObject *partial =
        functools != NULL ? PyObject_GetAttrString(functools, "partial") : NULL;
    PyObject *bound = partial != NULL ? PyObject_GetAttrString(self, method) : NULL;
    PyObject *args = bound != NULL ? PyTuple_Pack(1, bound) : NULL;
    PyObject *kwargs = args != NULL ? Py_BuildValue("{sO}", keyword, value) : NULL;
    PyObject *result = kwargs != NULL ? PyObject_Call(partial, args, kwargs) : NULL;
    Py_XDECREF(kwargs);
    Py_XDECREF(args);
    Py_XDECREF(bound);
    Py_XDECREF(partial);
    Py_XDECREF(functools);
    return result;
}

static const char *const available_names[] = {"callback", "only_available"};

static PyObject *set_port_callback(PyObject *self, const rtj_signature *signature,
                                   int slot, const char *kind, PyObject *const *args,
                                   Py_ssize_t nargs, PyObject *kwnames)
{
    PyObject *values[2];
    if (rtj_parse(signature, args, nargs, kwnames, values) < 0) {
        return NULL;
    }
    int only_available = values[1] != NULL ? PyObject_IsTrue(values[1]) : 1;
    if (only_available < 0) {
        return NULL;
    }
    if (values[0] == NULL || values[0] == Py_None) {
        return factory(self, signature->function, "only_available",
                       only_available ? Py_True : Py_False);
    }
    return set(self, slot, values[0], only_available, kind);
}

#define RTJ_PORT_SETTER(name, method, slot, kind)                                      \
    static PyObject *client_set_##name(PyObject *self, PyObject *const *args,          \
                                       Py_ssize_t nargs, PyObject *kwnames)            \
    {                                                                                  \
        static const rtj_signature signature = {method, available_names, 2, 0, 2};     \
        return set_port_callback(self, &signature, slot, kind, args, nargs, kwnames);  \
    }
RTJ_PORT_SETTER(port_registration, "set_port_registration_callback",
                RTJ_PORT_REGISTRATION, "port registration")
RTJ_PORT_SETTER(port_connect, "set_port_connect_callback", RTJ_PORT_CONNECT,
                "port connect")
RTJ_PORT_SETTER(any_port_rename, "set_port_rename_callback", RTJ_PORT_RENAME,
                "port rename")
#undef RTJ_PORT_SETTER

static PyObject *client_set_port_rename(PyObject *self, PyObject *const *args,
                                        Py_ssize_t nargs, PyObject *kwnames)
{
    if (RTJ_REQUIRE_SETTER((rtj_py_client *)self, jack_set_port_rename_callback) < 0) {
        return NULL;
    }
    return client_set_any_port_rename(self, args, nargs, kwnames);
}

/* ---- sync and timebase: libjack takes these at any time ---- */

static PyObject *client_set_sync(PyObject *object, PyObject *callback)
{
    rtj_py_client *self = (rtj_py_client *)object;
    rtj_error error;
    int code;
    int given = callback != Py_None;
    if (rtj_py_client_core(self) == NULL ||
        (given && rtj_check_callable(callback, "callback") < 0)) {
        return NULL;
    }
    jack_client_t *handle = RTJ_ENTER(self->core, jack_set_sync_callback, &error);
    if (handle == NULL) {
        return rtj_raise(self->state, &error);
    }
    rtj_callback *slot = &self->callbacks->slots[RTJ_SLOT_SYNC];
    PyObject *before = rtj_callback_function(self->callbacks, slot); /* new */
    rtj_callbacks_set(self->callbacks, RTJ_SLOT_SYNC, given ? callback : NULL, 0);
    /* JACK2 forgets to end the audio thread of a client that had callbacks for it when
     * it was activated and has none any more: ours stays, and says "ready". */
    int keep = given || rtj_client_is_active(self->core);
    rtj_client_want_cycle(self->core);
    Py_BEGIN_ALLOW_THREADS
    code = RTJ_ASK(self->core,
                   rtj_client_lib(self->core)
                       ->jack_set_sync_callback(
                           handle, keep ? rtj_callbacks_sync : NULL, self->callbacks));
    Py_END_ALLOW_THREADS
    rtj_client_leave(self->core);
    if (code != 0) {
        rtj_callbacks_set(self->callbacks, RTJ_SLOT_SYNC, before, 0);
    }
    Py_XDECREF(before);
    if (code != 0) {
        (void)rtj_fail(&error, RTJ_CODE, code, "Error setting sync callback");
        return rtj_raise(self->state, &error);
    }
    rtj_switching_review(self->callbacks);
    return Py_NewRef(callback);
}

static PyObject *become_master(rtj_py_client *self, PyObject *callback, int conditional)
{
    rtj_error error;
    int code;
    jack_client_t *handle = RTJ_ENTER(self->core, jack_set_timebase_callback, &error);
    if (handle == NULL) {
        return rtj_raise(self->state, &error);
    }
    rtj_callback *slot = &self->callbacks->slots[RTJ_SLOT_TIMEBASE];
    PyObject *before = rtj_callback_function(self->callbacks, slot); /* new */
    rtj_callbacks_set(self->callbacks, RTJ_SLOT_TIMEBASE, callback, 0);
    rtj_client_want_cycle(self->core);
    Py_BEGIN_ALLOW_THREADS
    code = RTJ_ASK(self->core, rtj_client_lib(self->core)
                                   ->jack_set_timebase_callback(handle, conditional,
                                                                rtj_callbacks_timebase,
                                                                self->callbacks));
    Py_END_ALLOW_THREADS
    rtj_client_leave(self->core);
    if (code != 0) {
        rtj_callbacks_set(self->callbacks, RTJ_SLOT_TIMEBASE, before, 0);
    }
    Py_XDECREF(before);
    rtj_switching_review(self->callbacks);
    /* Another master is there: EBUSY, or -1 with JACK2. */
    if (conditional && (code == EBUSY || code == -1) &&
        !rtj_client_is_closed(self->core)) {
        Py_RETURN_FALSE;
    }
    if (code != 0) {
        (void)rtj_fail(&error, RTJ_CODE, code, "Error setting timebase callback");
        return rtj_raise(self->state, &error);
    }
    Py_RETURN_TRUE;
}

static PyObject *client_set_timebase(PyObject *object, PyObject *const *args,
                                     Py_ssize_t nargs, PyObject *kwnames)
{
    static const char *const names[] = {"callback", "conditional"};
    static const rtj_signature signature = {"set_timebase_callback", names, 2, 0, 2};
    rtj_py_client *self = (rtj_py_client *)object;
    PyObject *values[2];
    if (rtj_py_client_core(self) == NULL ||
        rtj_parse(&signature, args, nargs, kwnames, values) < 0) {
        return NULL;
    }
    int conditional = values[1] != NULL ? PyObject_IsTrue(values[1]) : 0;
    if (conditional < 0) {
        return NULL;
    }
    if (values[0] == NULL || values[0] == Py_None) {
        return factory(object, signature.function, "conditional",
                       conditional ? Py_True : Py_False);
    }
    if (rtj_check_callable(values[0], "callback") < 0) {
        return NULL;
    }
    return become_master(self, values[0], conditional);
}

RTJ_ONE_ARGUMENT(client_set_shutdown, "set_shutdown_callback", "callback")
RTJ_ONE_ARGUMENT(client_set_freewheel, "set_freewheel_callback", "callback")
RTJ_ONE_ARGUMENT(client_set_blocksize, "set_blocksize_callback", "callback")
RTJ_ONE_ARGUMENT(client_set_samplerate, "set_samplerate_callback", "callback")
RTJ_ONE_ARGUMENT(client_set_client_registration, "set_client_registration_callback",
                 "callback")
RTJ_ONE_ARGUMENT(client_set_graph_order, "set_graph_order_callback", "callback")
RTJ_ONE_ARGUMENT(client_set_xrun, "set_xrun_callback", "callback")
RTJ_ONE_ARGUMENT(client_set_latency, "set_latency_callback", "callback")
RTJ_ONE_ARGUMENT(client_set_sync, "set_sync_callback", "callback")
RTJ_ONE_ARGUMENT(client_set_property_change, "set_property_change_callback", "callback")

#define RTJ_METHOD(name, function)                                                     \
    {                                                                                  \
        "set_" #name "_callback", (PyCFunction)(void (*)(void))(function),             \
            METH_FASTCALL | METH_KEYWORDS, DOC_Client_set_##name##_callback            \
    }

PyMethodDef rtj_client_callback_methods[] = {
    RTJ_METHOD(process, client_set_process),
    RTJ_METHOD(shutdown, client_set_shutdown_named),
    RTJ_METHOD(freewheel, client_set_freewheel_named),
    RTJ_METHOD(blocksize, client_set_blocksize_named),
    RTJ_METHOD(samplerate, client_set_samplerate_named),
    RTJ_METHOD(client_registration, client_set_client_registration_named),
    RTJ_METHOD(port_registration, client_set_port_registration),
    RTJ_METHOD(port_connect, client_set_port_connect),
    RTJ_METHOD(port_rename, client_set_port_rename),
    RTJ_METHOD(graph_order, client_set_graph_order_named),
    RTJ_METHOD(xrun, client_set_xrun_named),
    RTJ_METHOD(latency, client_set_latency_named),
    RTJ_METHOD(sync, client_set_sync_named),
    RTJ_METHOD(timebase, client_set_timebase),
    RTJ_METHOD(property_change, client_set_property_change_named),
    {NULL, NULL, 0, NULL},
};
