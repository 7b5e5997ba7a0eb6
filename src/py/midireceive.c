#include "core/midireceiver.h"
#include "core/thread.h"
#include "py/args.h"
#include "py/flow.h"
#include "py/midi.h"

enum {
    SLICE_MS = 50, /* between two looks at signals and at the client */
    FEW = 256,     /* bytes of an event that need no memory of their own */
};

static int require_input(const rtj_port *port)
{
    if ((port->flags & JackPortIsInput) == 0) {
        rtj_port_refuse(port,
                        "events can only be received by an input port; %R is an output "
                        "port");
        return -1;
    }
    return rtj_midi_require_library(port);
}

/* The port's receiver, opened when it is first asked for; NULL with an exception. */
static rtj_midi_receiver *receiver_of(rtj_port *port)
{
    rtj_midi_receiver *receiver = atomic_load(&port->receiver);
    rtj_error error;
    rtj_status status;
    if (receiver != NULL || require_input(port) < 0) {
        return receiver;
    }
    if (port->unregistered) {
        rtj_port_refuse(port, "the port %R does not exist any more");
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
    status = rtj_midi_receiver_open(port->core, port->handle, &receiver, &error);
    rtj_midi_receiver *first = NULL;
    if (status == RTJ_OK &&
        !atomic_compare_exchange_strong(&port->receiver, &first, receiver)) {
        rtj_midi_receiver_free(receiver); /* another thread was quicker */
        receiver = first;
    }
    Py_END_ALLOW_THREADS
    return status == RTJ_OK ? receiver : (void *)rtj_raise(port->state, &error);
}

/* ---- taking events ---- */

/* (time, bytes), new; NULL without an exception when there is no event. */
static PyObject *take(rtj_midi_receiver *receiver)
{
    unsigned char few[FEW], *many = NULL;
    size_t room = FEW;
    rtj_midi_incoming event;
    int taken;
    while ((taken = rtj_midi_receiver_take(receiver, many != NULL ? many : few, room,
                                           &event)) < 0) {
        room =
            event.size; /* another thread may take this one, and the next be larger */
        unsigned char *more = PyMem_Realloc(many, room);
        if (more == NULL) {
            PyMem_Free(many);
            return PyErr_NoMemory();
        }
        many = more;
    }
    PyObject *result = NULL;
    if (taken) {
        const char *bytes = (const char *)(many != NULL ? many : few);
        result = rtj_midi_event_pair(
            event.time, PyBytes_FromStringAndSize(bytes, (Py_ssize_t)event.size));
    }
    PyMem_Free(many);
    return result;
}

/* Whether to go on waiting: RTJ_OK, else why not, without an exception. */
static rtj_status check(const rtj_port *port, rtj_midi_receiver *receiver,
                        rtj_error *error)
{
    rtj_status status = rtj_midi_receiver_check(receiver, error);
    if (status == RTJ_OK && port->unregistered) {
        return rtj_fail(error, RTJ_GONE, 0, "the port does not exist any more");
    }
    return status;
}

/* The next event, new; NULL with an exception, or with `error` filled in and none:
 * RTJ_TIMEOUT, or why there will be no event. */
static PyObject *await_event(rtj_port *port, rtj_midi_receiver *receiver,
                             double seconds, rtj_error *error)
{
    struct timespec deadline = rtj_deadline_in(seconds);
    int slice = seconds * 1000 < SLICE_MS ? (int)(seconds * 1000) + 1 : SLICE_MS;
    for (;;) {
        PyObject *event = take(receiver);
        if (event != NULL || PyErr_Occurred() || PyErr_CheckSignals() < 0) {
            return event;
        }
        if (check(port, receiver, error) != RTJ_OK) {
            return take(receiver); /* what came before the end */
        }
        if (seconds <= 0 || rtj_deadline_passed(&deadline)) {
            (void)rtj_fail(error, RTJ_TIMEOUT, 0,
                           "no MIDI event came in the time given");
            return NULL;
        }
        Py_BEGIN_ALLOW_THREADS
        rtj_midi_receiver_wait(receiver, slice);
        Py_END_ALLOW_THREADS
    }
}

static PyObject *raise_ended(const rtj_port *port, const rtj_error *error)
{
    if (error->status == RTJ_TIMEOUT) {
        PyErr_SetString(PyExc_TimeoutError, error->text);
        return NULL;
    }
    return rtj_raise(port->state, error);
}

PyObject *rtj_midi_receive(PyObject *self, PyObject *const *args, Py_ssize_t nargs,
                           PyObject *kwnames)
{
    static const char *const names[] = {"timeout"};
    static const rtj_signature signature = {"receive", names, 1, 0, 1};
    rtj_port *port = (rtj_port *)self;
    PyObject *timeout;
    double seconds;
    if (rtj_parse(&signature, args, nargs, kwnames, &timeout) < 0 ||
        rtj_timeout_of(timeout, &seconds) < 0) {
        return NULL;
    }
    rtj_midi_receiver *receiver = receiver_of(port);
    if (receiver == NULL) {
        return NULL;
    }
    if (rtj_client_in_any_callback()) {
        seconds = 0; /* nothing comes while the audio thread is kept waiting */
    }
    rtj_error error;
    PyObject *event = await_event(port, receiver, seconds, &error);
    return event != NULL || PyErr_Occurred() ? event : raise_ended(port, &error);
}

/* ---- iterating ---- */

/* A loop ends when the program itself has closed the client or the port. */
static PyObject *end_loop(const rtj_port *port, const rtj_error *error)
{
    if (error->status == RTJ_CLOSED || error->status == RTJ_GONE) {
        PyErr_SetNone(PyExc_StopIteration);
        return NULL;
    }
    return raise_ended(port, error);
}

static PyObject *next_event(PyObject *self, PyObject *Py_UNUSED(unused))
{
    rtj_port *port = (rtj_port *)self;
    rtj_midi_receiver *receiver = receiver_of(port);
    if (receiver == NULL) {
        return NULL;
    }
    rtj_error error;
    PyObject *event = await_event(port, receiver, Py_HUGE_VAL, &error);
    return event != NULL || PyErr_Occurred() ? event : end_loop(port, &error);
}

/* The same without waiting: None instead. */
static PyObject *next_now(PyObject *self, PyObject *Py_UNUSED(unused))
{
    rtj_port *port = (rtj_port *)self;
    rtj_midi_receiver *receiver = receiver_of(port);
    if (receiver == NULL) {
        return NULL;
    }
    rtj_error error;
    PyObject *event = await_event(port, receiver, 0, &error);
    if (event != NULL || PyErr_Occurred()) {
        return event;
    }
    if (error.status == RTJ_TIMEOUT) {
        Py_RETURN_NONE;
    }
    return end_loop(port, &error);
}

/* What is there, also of a client that is closed or not active; None: no more. */
static PyObject *next_pending(PyObject *self, PyObject *Py_UNUSED(unused))
{
    PyObject *event = take(atomic_load(&((rtj_port *)self)->receiver));
    if (event != NULL || PyErr_Occurred()) {
        return event;
    }
    Py_RETURN_NONE;
}

static PyMethodDef next_event_function = {"next_event", next_event, METH_NOARGS, NULL};
static PyMethodDef next_now_function = {"next_now", next_now, METH_NOARGS, NULL};
static PyMethodDef next_pending_function = {"next_pending", next_pending, METH_NOARGS,
                                            NULL};

/* An iterator over what the function gives, until that is None. */
static PyObject *iterate(PyMethodDef *function, PyObject *self)
{
    PyObject *callable = PyCFunction_New(function, self); /* new */
    PyObject *iterator =
        callable != NULL ? PyCallIter_New(callable, Py_None) : NULL; /* new */
    Py_XDECREF(callable);
    return iterator;
}

PyObject *rtj_midi_iter(PyObject *self)
{
    return require_input((rtj_port *)self) == 0 ? iterate(&next_event_function, self)
                                                : NULL;
}

PyObject *rtj_midi_iter_pending(PyObject *self, PyObject *Py_UNUSED(unused))
{
    return receiver_of((rtj_port *)self) != NULL ? iterate(&next_pending_function, self)
                                                 : NULL;
}

/* ---- waiting elsewhere ---- */

PyObject *rtj_midi_fileno(PyObject *self, PyObject *Py_UNUSED(unused))
{
    const rtj_midi_receiver *receiver = receiver_of((rtj_port *)self);
    return receiver != NULL ? PyLong_FromLong(rtj_midi_receiver_fileno(receiver))
                            : NULL;
}

/* jack._midi.<name>(self[, function]) */
static PyObject *in_python(const char *name, PyObject *self, PyMethodDef *function)
{
    PyObject *module = PyImport_ImportModule("jack._midi"); /* new */
    if (module == NULL || function == NULL) {
        PyObject *result =
            module != NULL ? PyObject_CallMethod(module, name, "O", self) : NULL;
        Py_XDECREF(module);
        return result;
    }
    PyObject *callable = PyCFunction_New(function, self); /* new */
    PyObject *result = callable != NULL
                           ? PyObject_CallMethod(module, name, "OO", self, callable)
                           : NULL;
    Py_XDECREF(callable);
    Py_DECREF(module);
    return result;
}

PyObject *rtj_midi_areceive(PyObject *self, PyObject *Py_UNUSED(unused))
{
    return in_python("areceive", self, NULL);
}

PyObject *rtj_midi_aiter(PyObject *self)
{
    return require_input((rtj_port *)self) == 0
               ? in_python("Events", self, &next_now_function)
               : NULL;
}
