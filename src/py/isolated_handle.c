/* jack.IsolatedCallback: the program's end of an isolated callback. */
#include "py/isolated_handle.h"

#include <stddef.h>
#include <stdlib.h>

#include "core/thread.h"
#include "docstrings.h"
#include "py/args.h"
#include "py/attach.h"
#include "py/client_impl.h"
#include "py/locked.h"
#include "py/ringbuffer.h"

typedef struct handle_object {
    PyObject_HEAD
    rtj_state *state;       /* borrowed; the type keeps the module */
    rtj_isolated *isolated; /* strong; never NULL */
    PyObject *spec;         /* tuple, as rtj_handle_new() got it */
    PyObject *rings;        /* tuple of RingBuffers among the arguments */
    PyObject *error;        /* the last IsolatedError, or why it could not be made; NULL
                               for none */
    PyObject *weaklist;
} handle_object;

static const double slice = 0.05; /* seconds between two looks for Ctrl-C */

/* ---- what went wrong ---- */

PyObject *rtj_report_error(rtj_state *state, const rtj_report *report)
{
    return PyObject_CallFunction(state->IsolatedError, "sss",
                                 report->type != NULL ? report->type : "?",
                                 report->message != NULL ? report->message : "?",
                                 report->traceback != NULL ? report->traceback : "");
}

/* The report's error, or MemoryError: who waits for a message has to hear of the end.
 * New. */
static PyObject *error_of(rtj_state *state, const rtj_report *report)
{
    PyObject *error = rtj_report_error(state, report);
    if (error == NULL) {
        PyObject *type, *traceback;
        PyErr_Fetch(&type, &error, &traceback);
        PyErr_NormalizeException(&type, &error, &traceback);
        Py_XDECREF(type);
        Py_XDECREF(traceback);
    }
    return error;
}

/* The handle, strong; NULL when the program has dropped it. */
static PyObject *handle_of(rtj_isolated *self)
{
    pthread_mutex_lock(&self->lock);
    PyObject *reference = Py_XNewRef(self->handle);
    pthread_mutex_unlock(&self->lock);
    PyObject *handle = reference != NULL ? rtj_weak_target(reference) : NULL;
    Py_XDECREF(reference);
    return handle;
}

void rtj_isolated_tell(rtj_isolated *self, const rtj_report *report)
{
    if (rtj_attach(self->home) == NULL) { /* no memory, or nobody left to tell */
        atomic_store(&self->untold, report != NULL);
        rtj_wake_set(&self->wake);
        return;
    }
    PyObject *handle = handle_of(self);
    PyObject *error = report != NULL ? error_of(self->state, report) : NULL;
    if (error != NULL) {
        if (handle != NULL) {
            Py_XSETREF(((handle_object *)handle)->error, Py_NewRef(error));
        }
        PyErr_SetObject((PyObject *)Py_TYPE(error), error);
        Py_DECREF(error);
    }
    if (PyErr_Occurred()) {
        PyErr_WriteUnraisable(handle);
    }
    Py_XDECREF(handle);
    rtj_wake_set(&self->wake); /* who waits for a message need not wait further */
    rtj_end_visit(self->home);
}

/* ---- life ---- */

PyObject *rtj_handle_new(rtj_state *state, rtj_client *core, PyObject *spec,
                         PyObject *rings)
{
    PyTypeObject *type = state->IsolatedCallback;
    handle_object *self = (handle_object *)type->tp_alloc(type, 0);
    if (self == NULL) {
        return NULL;
    }
    self->state = state;
    self->spec = Py_NewRef(spec);
    self->rings = Py_NewRef(rings);
    self->isolated = rtj_isolated_new(state, core);
    if (self->isolated != NULL) {
        self->isolated->handle = PyWeakref_NewRef((PyObject *)self, NULL);
    }
    if (self->isolated == NULL || self->isolated->handle == NULL) {
        Py_CLEAR(self);
    }
    return (PyObject *)self;
}

rtj_isolated *rtj_handle_isolated(PyObject *handle)
{
    return ((handle_object *)handle)->isolated;
}

int rtj_handle_start(PyObject *object)
{
    handle_object *self = (handle_object *)object;
    rtj_client *core = self->isolated->core;
    rtj_error error;
    PyObject *bytes = rtj_spec_bytes(self->spec);
    if (bytes == NULL) {
        return -1;
    }
    int result = -1;
    /* Entered until the cell holds JACK's memory: a closed client must not be held. */
    if (rtj_client_enter(core, &error) != NULL) {
        result = rtj_isolated_start(self->isolated, bytes, self->rings);
        rtj_client_leave(core);
    } else {
        rtj_raise(self->state, &error);
    }
    Py_DECREF(bytes);
    return result;
}

int rtj_handle_close(PyObject *object)
{
    handle_object *self = (handle_object *)object;
    rtj_error error;
    rtj_status status;
    Py_BEGIN_ALLOW_THREADS
    status = rtj_isolated_leave(self->isolated, &error);
    if (status == RTJ_OK) {
        atomic_store(&self->isolated->closed, 1);
        status = rtj_isolated_end(self->isolated, RTJ_PATIENCE, &error);
    }
    Py_END_ALLOW_THREADS
    if (status != RTJ_OK) {
        rtj_raise(self->state, &error);
        return -1;
    }
    return 0;
}

static PyObject *handle_close(PyObject *self, PyObject *Py_UNUSED(unused))
{
    if (rtj_handle_close(self) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static rtj_isolated *require_open(const handle_object *self)
{
    if (atomic_load(&self->isolated->closed)) {
        PyErr_SetString(self->state->JackError, "the isolated callback is closed");
        return NULL;
    }
    return self->isolated;
}

static PyObject *handle_reload(PyObject *object, PyObject *Py_UNUSED(unused))
{
    handle_object *self = (handle_object *)object;
    if (require_open(self) == NULL || rtj_handle_start(object) < 0) {
        return NULL;
    }
    Py_CLEAR(self->error);
    atomic_store(&self->isolated->untold, 0);
    Py_RETURN_NONE;
}

static PyObject *handle_enter(PyObject *self, PyObject *Py_UNUSED(unused))
{
    return Py_NewRef(self);
}

static PyObject *handle_exit(PyObject *self, PyObject *Py_UNUSED(args))
{
    return handle_close(self, NULL);
}

/* ---- messages ---- */

static PyObject *handle_send(PyObject *object, PyObject *message)
{
    handle_object *self = (handle_object *)object;
    rtj_isolated *isolated = require_open(self);
    Py_buffer view;
    if (isolated == NULL || PyObject_GetBuffer(message, &view, PyBUF_SIMPLE) < 0) {
        return NULL;
    }
    rtj_part part = {view.buf, (size_t)view.len};
    int failed = view.len > RTJ_CHANNEL_MESSAGE;
    if (failed) {
        PyErr_Format(PyExc_ValueError, "a message has at most %d bytes, got %zd",
                     (int)RTJ_CHANNEL_MESSAGE, view.len);
    } else if (rtj_mailbox_put(isolated->to, &part, 1) != 0) {
        failed = 1;
        PyErr_SetString(PyExc_BlockingIOError,
                        "the channel is full: the callback has not received what was "
                        "sent before");
    }
    PyBuffer_Release(&view);
    if (failed) {
        return NULL;
    }
    Py_RETURN_NONE;
}

/* The oldest message; NULL without an exception when there is none. */
static PyObject *take_message(rtj_isolated *isolated)
{
    size_t size;
    /* Cleared before the look, and set again by whoever sends after it. */
    (void)rtj_wake_wait(&isolated->wake, 0);
    const void *bytes = rtj_mailbox_peek(isolated->from, &size);
    if (bytes == NULL) {
        return NULL;
    }
    PyObject *message = PyBytes_FromStringAndSize(bytes, (Py_ssize_t)size);
    if (message != NULL) {
        rtj_mailbox_drop(isolated->from);
    }
    if (rtj_mailbox_peek(isolated->from, &size) != NULL) {
        rtj_wake_set(&isolated->wake); /* fileno() says so */
    }
    return message;
}

/* An exception when the client has come to its end: then nothing will be sent. */
static void require_client(const handle_object *self)
{
    rtj_client *core = self->isolated->core;
    rtj_error error;
    if (rtj_client_enter(core, &error) != NULL) {
        rtj_client_leave(core);
    } else {
        (void)rtj_raise(self->state, &error);
    }
}

/* None when none will come, or not now; NULL to wait on, or with an exception. */
static PyObject *receive_once(handle_object *self)
{
    PyObject *message;
    RTJ_BEGIN_LOCKED(self);
    message = take_message(self->isolated);
    RTJ_END_LOCKED();
    if (message != NULL || PyErr_Occurred()) {
        return message;
    }
    if (self->error != NULL) {
        PyErr_SetObject((PyObject *)Py_TYPE(self->error), self->error);
    } else if (atomic_load(&self->isolated->untold)) {
        (void)PyErr_NoMemory();
    } else if (require_open(self) != NULL) {
        require_client(self);
    }
    return NULL;
}

static PyObject *receive(handle_object *self, double seconds)
{
    struct timespec deadline = rtj_deadline_in(seconds);
    for (;;) {
        PyObject *message = receive_once(self);
        if (message != NULL || PyErr_Occurred()) {
            return message;
        }
        if (rtj_deadline_passed(&deadline)) {
            Py_RETURN_NONE;
        }
        double wait = seconds < slice ? seconds : slice;
        Py_BEGIN_ALLOW_THREADS
        if (rtj_wake_wait(&self->isolated->wake, (int)(wait * 1000) + 1)) {
            rtj_wake_set(&self->isolated->wake); /* take_message() clears it */
        }
        Py_END_ALLOW_THREADS
        if (PyErr_CheckSignals() < 0) {
            return NULL;
        }
    }
}

/* While a thread is in here, the descriptor stays open. */
static PyObject *receive_guarded(handle_object *self, double seconds)
{
    atomic_fetch_add(&self->isolated->users, 1);
    PyObject *message = require_open(self) != NULL ? receive(self, seconds) : NULL;
    atomic_fetch_sub(&self->isolated->users, 1);
    return message;
}

static PyObject *handle_receive(PyObject *self, PyObject *const *args, Py_ssize_t nargs,
                                PyObject *kwnames)
{
    static const char *const names[] = {"timeout"};
    static const rtj_signature signature = {"receive", names, 1, 0, 1};
    PyObject *value;
    double seconds = 1e9;
    if (rtj_parse(&signature, args, nargs, kwnames, &value) < 0) {
        return NULL;
    }
    if (value != NULL && value != Py_None) {
        seconds = PyFloat_AsDouble(value);
        if (seconds == -1.0 && PyErr_Occurred()) {
            return NULL;
        }
        if (!(seconds >= 0)) {
            PyErr_Format(PyExc_ValueError, "timeout must not be negative, got %R",
                         value);
            return NULL;
        }
    }
    return receive_guarded((handle_object *)self, seconds);
}

static PyObject *handle_areceive(PyObject *self, PyObject *args)
{
    return rtj_call_python("jack._asyncio", "areceive", self, args, NULL);
}

static PyObject *handle_fileno(PyObject *self, PyObject *Py_UNUSED(unused))
{
    const rtj_isolated *isolated = require_open((handle_object *)self);
    return isolated != NULL ? PyLong_FromLong(isolated->wake.read_fd) : NULL;
}

/* ---- rings ---- */

static PyObject *share_locked(handle_object *self, PyObject *ring)
{
    rtj_isolated *isolated = require_open(self);
    rtj_ring *shared = isolated != NULL ? rtj_ringbuffer_shared(ring) : NULL;
    if (shared == NULL) {
        return NULL;
    }
    unsigned count = atomic_load(&isolated->ring_count);
    if (count == RTJ_SHARED_RINGS) {
        PyErr_Format(PyExc_ValueError, "no more than %d ring buffers can be shared",
                     (int)RTJ_SHARED_RINGS);
        return NULL;
    }
    isolated->rings[count] = rtj_ring_retain(shared);
    atomic_store(&isolated->ring_count, count + 1);
    return PyLong_FromUnsignedLong(count);
}

static PyObject *handle_share(PyObject *object, PyObject *ring)
{
    handle_object *self = (handle_object *)object;
    PyObject *result;
    if (!PyObject_TypeCheck(ring, self->state->RingBuffer)) {
        return PyErr_Format(PyExc_TypeError, "ring must be a RingBuffer, not %.200s",
                            Py_TYPE(ring)->tp_name);
    }
    RTJ_BEGIN_LOCKED(object);
    result = share_locked(self, ring);
    RTJ_END_LOCKED();
    return result;
}

/* ---- attributes ---- */

static unsigned long long number(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

static PyObject *handle_stats(PyObject *object, void *Py_UNUSED(closure))
{
    const rtj_isolated *self = ((handle_object *)object)->isolated;
    unsigned long long cycles = number(&self->cycles);
    double total = (double)number(&self->time_total_ns) / 1e3;
    return Py_BuildValue(
        "{sKsKsKsdsdsKsKsKsK}", "cycles", cycles, "late_cycles",
        number(&self->late_cycles), "silent_cycles", number(&self->blocks_silent),
        "callback_mean_us", cycles > 0 ? total / (double)cycles : 0.0,
        "callback_max_us", (double)number(&self->time_max_ns) / 1e3, "messages_to",
        (unsigned long long)rtj_mailbox_count(self->to), "messages_from",
        (unsigned long long)rtj_mailbox_count(self->from), "messages_to_lost",
        (unsigned long long)rtj_mailbox_lost(self->to), "messages_from_lost",
        (unsigned long long)rtj_mailbox_lost(self->from));
}

static PyObject *handle_error(PyObject *object, void *Py_UNUSED(closure))
{
    const handle_object *self = (handle_object *)object;
    if (self->error == NULL && atomic_load(&self->isolated->untold)) {
        return PyObject_CallNoArgs(PyExc_MemoryError);
    }
    return Py_NewRef(self->error != NULL ? self->error : Py_None);
}

static PyObject *handle_closed(PyObject *object, void *Py_UNUSED(closure))
{
    return PyBool_FromLong(atomic_load(&((handle_object *)object)->isolated->closed));
}

/* ---- the type ---- */

static int handle_traverse(PyObject *object, visitproc visit, void *arg)
{
    const handle_object *self = (const handle_object *)object;
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(self->spec);
    Py_VISIT(self->rings);
    Py_VISIT(self->error);
    return 0;
}

static int handle_clear(PyObject *object)
{
    handle_object *self = (handle_object *)object;
    Py_CLEAR(self->spec);
    Py_CLEAR(self->rings);
    Py_CLEAR(self->error);
    return 0;
}

static void handle_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    handle_object *self = (handle_object *)object;
    PyObject_GC_UnTrack(object);
    if (self->weaklist != NULL) {
        PyObject_ClearWeakRefs(object);
    }
    if (self->isolated != NULL) {
        pthread_mutex_lock(&self->isolated->lock);
        PyObject *reference = self->isolated->handle;
        self->isolated->handle = NULL;
        pthread_mutex_unlock(&self->isolated->lock);
        Py_XDECREF(reference);
        rtj_isolated_release(self->isolated);
    }
    (void)handle_clear(object);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyMethodDef handle_methods[] = {
    {"send", handle_send, METH_O, DOC_IsolatedCallback_send},
    {"receive", (PyCFunction)(void (*)(void))handle_receive,
     METH_FASTCALL | METH_KEYWORDS, DOC_IsolatedCallback_receive},
    {"areceive", handle_areceive, METH_VARARGS, DOC_IsolatedCallback_areceive},
    {"fileno", handle_fileno, METH_NOARGS, DOC_IsolatedCallback_fileno},
    {"share", handle_share, METH_O, DOC_IsolatedCallback_share},
    {"reload", handle_reload, METH_NOARGS, DOC_IsolatedCallback_reload},
    {"close", handle_close, METH_NOARGS, DOC_IsolatedCallback_close},
    {"__enter__", handle_enter, METH_NOARGS, DOC_IsolatedCallback___enter__},
    {"__exit__", handle_exit, METH_VARARGS, DOC_IsolatedCallback___exit__},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef handle_getset[] = {
    {"stats", handle_stats, NULL, DOC_IsolatedCallback_stats, NULL},
    {"error", handle_error, NULL, DOC_IsolatedCallback_error, NULL},
    {"closed", handle_closed, NULL, DOC_IsolatedCallback_closed, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMemberDef handle_members[] = {
    {"__weaklistoffset__", T_PYSSIZET, offsetof(handle_object, weaklist), READONLY,
     NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot handle_slots[] = {
    {Py_tp_doc, (void *)DOC_IsolatedCallback}, {Py_tp_dealloc, handle_dealloc},
    {Py_tp_traverse, handle_traverse},         {Py_tp_clear, handle_clear},
    {Py_tp_methods, handle_methods},           {Py_tp_getset, handle_getset},
    {Py_tp_members, handle_members},           {0, NULL},
};

static PyType_Spec handle_spec = {"jack.IsolatedCallback", sizeof(handle_object), 0,
                                  Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC |
                                      Py_TPFLAGS_IMMUTABLETYPE |
                                      Py_TPFLAGS_DISALLOW_INSTANTIATION,
                                  handle_slots};

int rtj_add_isolated(PyObject *module, rtj_state *state)
{
    state->IsolatedCallback = rtj_add_type(module, &handle_spec, NULL);
    return state->IsolatedCallback != NULL ? 0 : -1;
}
