#include "core/midimessage.h"
#include "core/midireceiver.h"
#include "core/midisender.h"
#include "core/thread.h"
#include "py/args.h"
#include "py/flow.h"
#include "py/midi.h"

enum { SLICE_MS = 50 }; /* between two looks at signals and at the client */

/* ---- opening and closing ---- */

static int require_there(const rtj_port *port)
{
    if (port->unregistered) {
        rtj_port_refuse(port, "the port %R does not exist any more");
        return -1;
    }
    return 0;
}

static int require_output(const rtj_port *port)
{
    if ((port->flags & JackPortIsOutput) == 0) {
        rtj_port_refuse(
            port, "events can only be sent by an output port; %R is an input port");
        return -1;
    }
    return rtj_midi_require_library(port);
}

/* The port's sender, opened when it is first asked for; NULL with an exception. */
static rtj_midi_sender *sender_of(rtj_port *port)
{
    rtj_midi_sender *sender = atomic_load(&port->sender);
    rtj_error error;
    rtj_status status;
    if (sender != NULL || require_output(port) < 0) {
        return sender;
    }
    Py_BEGIN_ALLOW_THREADS
    status = rtj_midi_sender_open(port->core, port->handle, &sender, &error);
    rtj_midi_sender *first = NULL;
    if (status == RTJ_OK &&
        !atomic_compare_exchange_strong(&port->sender, &first, sender)) {
        rtj_midi_sender_free(sender); /* another thread was quicker */
        sender = first;
    }
    Py_END_ALLOW_THREADS
    return status == RTJ_OK ? sender : (void *)rtj_raise(port->state, &error);
}

void rtj_midi_port_close(rtj_port *port)
{
    rtj_midi_sender *sender = atomic_load(&port->sender);
    rtj_midi_receiver *receiver = atomic_load(&port->receiver);
    Py_BEGIN_ALLOW_THREADS
    if (sender != NULL) {
        rtj_midi_sender_close(sender);
    }
    if (receiver != NULL) {
        rtj_midi_receiver_close(receiver);
    }
    Py_END_ALLOW_THREADS
}

void rtj_midi_port_free(rtj_port *port)
{
    rtj_midi_sender *sender = atomic_exchange(&port->sender, NULL);
    rtj_midi_receiver *receiver = atomic_exchange(&port->receiver, NULL);
    if (sender == NULL && receiver == NULL) {
        return;
    }
    Py_BEGIN_ALLOW_THREADS
    if (sender != NULL) {
        rtj_midi_sender_free(sender);
    }
    if (receiver != NULL) {
        rtj_midi_receiver_free(receiver);
    }
    Py_END_ALLOW_THREADS
}

/* ---- sending ---- */

/* 1: drop; 0: send at once; -1 with an exception. */
static int drops_late(PyObject *late)
{
    if (late == NULL) {
        return 0;
    }
    if (!PyUnicode_Check(late)) {
        PyErr_Format(PyExc_TypeError, "late must be 'send' or 'drop', not %.200s",
                     Py_TYPE(late)->tp_name);
        return -1;
    }
    if (PyUnicode_CompareWithASCIIString(late, "send") == 0) {
        return 0;
    }
    if (PyUnicode_CompareWithASCIIString(late, "drop") == 0) {
        return 1;
    }
    PyErr_Format(PyExc_ValueError, "late must be 'send' or 'drop', got %R", late);
    return -1;
}

static int read_time(PyObject *time, rtj_midi_outgoing *message)
{
    int64_t frame = 0;
    message->at_once = time == NULL || time == Py_None;
    if (!message->at_once && rtj_as_int64(time, "time", 0, INT64_MAX, &frame) < 0) {
        return -1;
    }
    message->time = (uint32_t)frame; /* JACK's frame times wrap */
    return 0;
}

static PyObject *raise_full(const rtj_error *error, int waited)
{
    PyErr_SetString(waited ? PyExc_TimeoutError : PyExc_BlockingIOError, error->text);
    return NULL;
}

static PyObject *put(rtj_port *port, rtj_midi_sender *sender,
                     const rtj_midi_outgoing *message, double seconds)
{
    struct timespec deadline = rtj_deadline_in(seconds);
    int slice = seconds * 1000 < SLICE_MS ? (int)(seconds * 1000) + 1 : SLICE_MS;
    int may_wait = seconds > 0 && rtj_midi_sender_may_wait(sender);
    for (;;) {
        rtj_error error;
        if (require_there(port) < 0) {
            return NULL;
        }
        rtj_status status = rtj_midi_sender_put(sender, message, &error);
        if (status == RTJ_OK) {
            Py_RETURN_NONE;
        }
        if (status != RTJ_TIMEOUT) {
            return rtj_raise(port->state, &error);
        }
        if (!may_wait || rtj_deadline_passed(&deadline)) {
            return raise_full(&error, may_wait);
        }
        Py_BEGIN_ALLOW_THREADS
        rtj_midi_sender_wait(sender, message->size, slice);
        Py_END_ALLOW_THREADS
        if (PyErr_CheckSignals() < 0) {
            return NULL;
        }
    }
}

/* `bytes` is a bytes object, so that nobody changes it behind the check. */
static PyObject *send_bytes(rtj_port *port, PyObject *bytes, rtj_midi_outgoing *message,
                            double seconds)
{
    rtj_error error;
    message->bytes = (const unsigned char *)PyBytes_AS_STRING(bytes);
    message->size = (size_t)PyBytes_GET_SIZE(bytes);
    if (rtj_midi_message_check(message->bytes, message->size, &error) != RTJ_OK) {
        return rtj_raise(port->state, &error);
    }
    rtj_midi_sender *sender = sender_of(port);
    return sender != NULL ? put(port, sender, message, seconds) : NULL;
}

PyObject *rtj_midi_send(PyObject *self, PyObject *const *args, Py_ssize_t nargs,
                        PyObject *kwnames)
{
    static const char *const names[] = {"event", "time", "late", "timeout"};
    static const rtj_signature signature = {"send", names, 4, 1, 2};
    rtj_port *port = (rtj_port *)self;
    PyObject *values[4];
    rtj_midi_outgoing message;
    double seconds;
    if (rtj_parse(&signature, args, nargs, kwnames, values) < 0 ||
        require_output(port) < 0 || require_there(port) < 0 ||
        read_time(values[1], &message) < 0 ||
        (message.drop_late = drops_late(values[2])) < 0 ||
        rtj_timeout_of(values[3], &seconds) < 0) {
        return NULL;
    }
    PyObject *bytes = rtj_midi_event_bytes(values[0]);
    PyObject *result =
        bytes != NULL ? send_bytes(port, bytes, &message, seconds) : NULL;
    Py_XDECREF(bytes);
    return result;
}
