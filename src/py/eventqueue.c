/* jack.EventQueue: a client's events for threads that wait, select or await. */
#include "py/eventqueue.h"

#include <math.h>
#include <stdatomic.h>
#include <time.h>

#include "core/listeners.h"
#include "docstrings.h"
#include "py/args.h"
#include "py/client.h"
#include "py/event.h"
#include "py/flow.h"
#include "py/locked.h"
#include "py/noticeports.h"

enum {
    DEFAULT_SIZE = 4096, /* events */
    MOST_EVENTS = 1 << 20,
    EVENT_BYTES =
        256,       /* an event about two ports with names of 64 bytes, and to spare */
    SLICE_MS = 100 /* between two looks at pending signals */
};

typedef struct event_queue {
    PyObject_HEAD
    rtj_state *state;       /* borrowed; the type keeps the module */
    PyObject *client;       /* Client; strong */
    rtj_client *core;       /* borrowed: the listener holds it */
    rtj_listener *listener; /* owned */
    PyObject *known;        /* dict: see py/noticeports.h */
    _Atomic int closed;     /* by close() */
} event_queue;

/* ---- taking ---- */

static rtj_heard take(event_queue *self, rtj_notice_copy *copy)
{
    rtj_heard heard;
    RTJ_BEGIN_LOCKED(self);
    heard = atomic_load(&self->closed)
                ? RTJ_OVER
                : rtj_listener_take(self->core, self->listener, copy);
    RTJ_END_LOCKED();
    return heard;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* Wait for a notice, `seconds` at the most.  RTJ_SILENCE when they were not enough; -1
 * with an exception. */
static int await_notice(event_queue *self, double seconds, rtj_notice_copy *copy)
{
    rtj_heard heard = take(self, copy);
    double deadline = now() + seconds;
    while (heard == RTJ_SILENCE) {
        double left = (deadline - now()) * 1000;
        if (left <= 0) {
            break;
        }
        int milliseconds = left < SLICE_MS ? (int)ceil(left) : SLICE_MS;
        Py_BEGIN_ALLOW_THREADS
            /* Not cleared: others may be waiting, too. */
            (void)
        rtj_wake_look(&self->listener->wake, milliseconds);
        Py_END_ALLOW_THREADS
        if (PyErr_CheckSignals() < 0) {
            return -1; /* with nothing taken */
        }
        heard = take(self, copy);
    }
    return (int)heard;
}

static PyObject *raise_over(event_queue *self)
{
    rtj_error error;
    if (atomic_load(&self->closed)) {
        PyErr_SetString(self->state->JackError, "the queue of events is closed");
        return NULL;
    }
    if (rtj_client_enter(self->core, &error) != NULL) {
        rtj_client_leave(self->core);
        (void)rtj_fail(&error, RTJ_CLOSED, 0, "there are no more events");
    }
    return rtj_raise(self->state, &error);
}

static PyObject *event_of(event_queue *self, const rtj_notice_copy *copy)
{
    return rtj_event_new(self->state, self->known, self->client, &copy->notice);
}

static PyObject *queue_get(PyObject *object, PyObject *const *args, Py_ssize_t nargs,
                           PyObject *kwnames)
{
    static const char *const names[] = {"timeout"};
    static const rtj_signature signature = {"get", names, 1, 0, 1};
    event_queue *self = (event_queue *)object;
    PyObject *timeout;
    double seconds;
    rtj_notice_copy copy;
    if (rtj_parse(&signature, args, nargs, kwnames, &timeout) < 0 ||
        rtj_timeout_of(timeout, &seconds) < 0) {
        return NULL;
    }
    switch (await_notice(self, seconds, &copy)) {
    case RTJ_HEARD:
        return event_of(self, &copy);
    case RTJ_OVER:
        return raise_over(self);
    case RTJ_SILENCE:
        PyErr_SetString(PyExc_TimeoutError, "no event came in the time given");
        return NULL;
    default:
        return NULL;
    }
}

static PyObject *queue_next(PyObject *object)
{
    event_queue *self = (event_queue *)object;
    rtj_notice_copy copy;
    return await_notice(self, INFINITY, &copy) == RTJ_HEARD ? event_of(self, &copy)
                                                            : NULL;
}

/* ---- coroutines ---- */

static PyObject *queue_aget(PyObject *self, PyObject *args, PyObject *kwargs)
{
    return rtj_call_python("jack._asyncio", "aget", self, args, kwargs);
}

static PyObject *queue_anext(PyObject *self)
{
    PyObject *none = PyTuple_New(0);
    PyObject *result =
        none != NULL ? rtj_call_python("jack._asyncio", "next_event", self, none, NULL)
                     : NULL;
    Py_XDECREF(none);
    return result;
}

/* ---- life ---- */

static PyObject *queue_close(PyObject *object, PyObject *Py_UNUSED(unused))
{
    event_queue *self = (event_queue *)object;
    atomic_store(&self->closed, 1);
    Py_BEGIN_ALLOW_THREADS
    rtj_listener_leave(self->core, self->listener);
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}

static PyObject *queue_itself(PyObject *self)
{
    return Py_NewRef(self);
}

static PyObject *queue_enter(PyObject *self, PyObject *Py_UNUSED(unused))
{
    return Py_NewRef(self);
}

static PyObject *queue_exit(PyObject *self, PyObject *Py_UNUSED(args))
{
    return queue_close(self, NULL);
}

static int queue_traverse(PyObject *object, visitproc visit, void *arg)
{
    event_queue *self = (event_queue *)object;
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(self->client);
    Py_VISIT(self->known);
    return 0;
}

static int queue_clear(PyObject *object)
{
    /* Not the client: while the queue can be used, it is there. */
    if (((event_queue *)object)->known != NULL) {
        PyDict_Clear(((event_queue *)object)->known);
    }
    return 0;
}

static void queue_dealloc(PyObject *object)
{
    event_queue *self = (event_queue *)object;
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    if (self->listener != NULL) {
        Py_BEGIN_ALLOW_THREADS
        rtj_listener_free(self->core, self->listener);
        Py_END_ALLOW_THREADS
    }
    Py_XDECREF(self->known);
    Py_XDECREF(self->client);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyObject *new_queue(PyObject *client, uint32_t kinds, int64_t size)
{
    rtj_state *state = rtj_state_of(Py_TYPE(client));
    rtj_client *core = rtj_client_core(client);
    rtj_error error;
    rtj_status status;
    if (core == NULL) {
        return NULL;
    }
    event_queue *self =
        (event_queue *)state->EventQueue->tp_alloc(state->EventQueue, 0);
    if (self == NULL) {
        return NULL;
    }
    self->state = state;
    self->core = core;
    self->client = Py_NewRef(client);
    self->known = PyDict_New();
    /* Before and after, so that no port is missed that comes or goes in between. */
    int ports = (kinds & (RTJ_KIND(RTJ_PORT_REGISTRATION) | RTJ_KIND(RTJ_PORT_CONNECT) |
                          RTJ_KIND(RTJ_PORT_RENAME))) != 0;
    if (self->known == NULL || (ports && rtj_ports_remember(self->known, client) < 0)) {
        Py_DECREF(self);
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
    status = rtj_listener_open(core, kinds, (size_t)size * EVENT_BYTES, &self->listener,
                               &error);
    Py_END_ALLOW_THREADS
    if (status != RTJ_OK) {
        rtj_raise(state, &error);
        Py_CLEAR(self);
    } else if (ports && rtj_ports_remember(self->known, client) < 0) {
        Py_CLEAR(self);
    }
    return (PyObject *)self;
}

/* ---- looking ---- */

static PyObject *queue_fileno(PyObject *object, PyObject *Py_UNUSED(unused))
{
    return PyLong_FromLong(((const event_queue *)object)->listener->wake.read_fd);
}

static PyObject *get_lost(PyObject *object, void *Py_UNUSED(closure))
{
    return PyLong_FromUnsignedLongLong(
        rtj_mailbox_lost(((const event_queue *)object)->listener->box));
}

static PyObject *get_closed(PyObject *object, void *Py_UNUSED(closure))
{
    event_queue *self = (event_queue *)object;
    return PyBool_FromLong(atomic_load(&self->closed) ||
                           rtj_client_is_closed(self->core));
}

static PyObject *get_client(PyObject *object, void *Py_UNUSED(closure))
{
    return Py_NewRef(((const event_queue *)object)->client);
}

/* ---- the client's methods ---- */

static PyObject *client_events(PyObject *self, PyObject *const *args, Py_ssize_t nargs,
                               PyObject *kwnames)
{
    static const char *const names[] = {"size"};
    static const rtj_signature signature = {"events", names, 1, 0, 0};
    PyObject *given;
    int64_t size = DEFAULT_SIZE;
    uint32_t kinds;
    /* The positional ones are kinds, as many as one likes. */
    if (rtj_parse(&signature, args + nargs, 0, kwnames, &given) < 0 ||
        (given != NULL && rtj_as_int64(given, "size", 1, MOST_EVENTS, &size) < 0) ||
        rtj_event_kinds(rtj_state_of(Py_TYPE(self)), args, nargs, &kinds) < 0) {
        return NULL;
    }
    return new_queue(self, kinds, size);
}

/* 1 when it is closed, 0 when time ran out, -1 with an exception. */
static int await_closing(PyObject *client, double seconds)
{
    rtj_client *core = rtj_client_core(client);
    if (core == NULL) {
        return -1;
    }
    PyObject *queue = new_queue(client, 0, 1); /* of nothing but the end */
    if (queue == NULL) {
        if (!rtj_client_is_closed(core)) {
            return -1;
        }
        PyErr_Clear();
        return 1;
    }
    rtj_notice_copy unused;
    int heard = await_notice((event_queue *)queue, seconds, &unused);
    Py_DECREF(queue);
    return heard < 0 ? -1 : heard == RTJ_OVER;
}

static PyObject *client_wait_closed(PyObject *self, PyObject *const *args,
                                    Py_ssize_t nargs, PyObject *kwnames)
{
    static const char *const names[] = {"timeout"};
    static const rtj_signature signature = {"wait_closed", names, 1, 0, 1};
    PyObject *timeout;
    double seconds;
    if (rtj_parse(&signature, args, nargs, kwnames, &timeout) < 0 ||
        rtj_timeout_of(timeout, &seconds) < 0) {
        return NULL;
    }
    int closed = await_closing(self, seconds);
    return closed < 0 ? NULL : PyBool_FromLong(closed);
}

static PyObject *client_await_closed(PyObject *self, PyObject *args, PyObject *kwargs)
{
    return rtj_call_python("jack._asyncio", "await_closed", self, args, kwargs);
}

PyMethodDef rtj_client_event_methods[] = {
    {"events", (PyCFunction)(void (*)(void))client_events,
     METH_FASTCALL | METH_KEYWORDS, DOC_Client_events},
    {"wait_closed", (PyCFunction)(void (*)(void))client_wait_closed,
     METH_FASTCALL | METH_KEYWORDS, DOC_Client_wait_closed},
    {"await_closed", (PyCFunction)(void (*)(void))client_await_closed,
     METH_VARARGS | METH_KEYWORDS, DOC_Client_await_closed},
    {NULL, NULL, 0, NULL},
};

/* ---- the type ---- */

static PyMethodDef queue_methods[] = {
    {"get", (PyCFunction)(void (*)(void))queue_get, METH_FASTCALL | METH_KEYWORDS,
     DOC_EventQueue_get},
    {"aget", (PyCFunction)(void (*)(void))queue_aget, METH_VARARGS | METH_KEYWORDS,
     DOC_EventQueue_aget},
    {"fileno", queue_fileno, METH_NOARGS, DOC_EventQueue_fileno},
    {"__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS, NULL},
    {"close", queue_close, METH_NOARGS, DOC_EventQueue_close},
    {"__enter__", queue_enter, METH_NOARGS, DOC_EventQueue___enter__},
    {"__exit__", queue_exit, METH_VARARGS, DOC_EventQueue___exit__},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef queue_getset[] = {
    {"lost", get_lost, NULL, DOC_EventQueue_lost, NULL},
    {"closed", get_closed, NULL, DOC_EventQueue_closed, NULL},
    {"client", get_client, NULL, DOC_EventQueue_client, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot queue_slots[] = {
    {Py_tp_doc, (void *)DOC_EventQueue},
    {Py_tp_dealloc, queue_dealloc},
    {Py_tp_traverse, queue_traverse},
    {Py_tp_clear, queue_clear},
    {Py_tp_iter, queue_itself},
    {Py_tp_iternext, queue_next},
    {Py_am_aiter, queue_itself},
    {Py_am_anext, queue_anext},
    {Py_tp_methods, queue_methods},
    {Py_tp_getset, queue_getset},
    {0, NULL},
};

static PyType_Spec queue_spec = {"jack.EventQueue", sizeof(event_queue), 0,
                                 Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC |
                                     Py_TPFLAGS_DISALLOW_INSTANTIATION |
                                     Py_TPFLAGS_IMMUTABLETYPE,
                                 queue_slots};

int rtj_add_event_queue(PyObject *module, rtj_state *state)
{
    state->EventQueue = rtj_add_type(module, &queue_spec, NULL);
    return state->EventQueue != NULL ? 0 : -1;
}
