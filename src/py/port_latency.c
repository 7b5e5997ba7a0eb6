/* Ports: latencies. */
#include "core/latency.h"
#include "docstrings.h"
#include "py/args.h"
#include "py/port.h"
#include "py/record.h"

static PyStructSequence_Field range_fields[] = {
    {"min", DOC_LatencyRange_min},
    {"max", DOC_LatencyRange_max},
    {NULL, NULL},
};

static PyStructSequence_Desc range_desc = {"jack.LatencyRange", DOC_LatencyRange,
                                           range_fields, 2};

static int read_mode(PyObject *value, jack_latency_callback_mode_t *mode)
{
    int64_t number;
    if (rtj_as_int64(value, "mode", JackCaptureLatency, JackPlaybackLatency, &number) <
        0) {
        return -1;
    }
    *mode = (jack_latency_callback_mode_t)number;
    return 0;
}

/* 0, or -1 with an exception. */
static int read_range(rtj_port *port, jack_latency_callback_mode_t mode,
                      jack_latency_range_t *range)
{
    rtj_error error;
    if (rtj_port_require(port) < 0) {
        return -1;
    }
    if (rtj_latency_range(port->core, port->handle, mode, range, &error) != RTJ_OK) {
        (void)rtj_raise(port->state, &error);
        return -1;
    }
    return 0;
}

PyObject *rtj_port_latency_range(PyObject *self, PyObject *value)
{
    rtj_port *port = (rtj_port *)self;
    jack_latency_callback_mode_t mode;
    jack_latency_range_t range;
    if (read_mode(value, &mode) < 0 || read_range(port, mode, &range) < 0) {
        return NULL;
    }
    PyObject *values[] = {PyLong_FromUnsignedLong(range.min),
                          PyLong_FromUnsignedLong(range.max)};
    return rtj_record_new(port->state->LatencyRange, values, 2);
}

PyObject *rtj_port_set_latency_range(PyObject *self, PyObject *const *args,
                                     Py_ssize_t nargs, PyObject *kwnames)
{
    static const char *const names[] = {"mode", "min", "max"};
    static const rtj_signature signature = {"set_latency_range", names, 3, 3, 3};
    rtj_port *port = (rtj_port *)self;
    PyObject *values[3];
    jack_latency_callback_mode_t mode;
    uint32_t min, max;
    rtj_error error;
    if (rtj_parse(&signature, args, nargs, kwnames, values) < 0 ||
        read_mode(values[0], &mode) < 0 || rtj_as_uint32(values[1], "min", &min) < 0 ||
        rtj_as_uint32(values[2], "max", &max) < 0) {
        return NULL;
    }
    if (min > max) {
        return PyErr_Format(PyExc_ValueError,
                            "min must not be more than max, got %u and %u", min, max);
    }
    if (rtj_port_require(port) < 0) {
        return NULL;
    }
    jack_latency_range_t range = {min, max};
    rtj_status status;
    Py_BEGIN_ALLOW_THREADS
    status = rtj_latency_set_range(port->core, port->handle, mode, range, &error);
    Py_END_ALLOW_THREADS
    if (status != RTJ_OK) {
        return rtj_raise(port->state, &error);
    }
    Py_RETURN_NONE;
}

PyObject *rtj_port_get_total_latency(PyObject *self, void *Py_UNUSED(closure))
{
    rtj_port *port = (rtj_port *)self;
    jack_latency_range_t range;
    int output = (port->flags & JackPortIsOutput) != 0;
    if (read_range(port, output ? JackPlaybackLatency : JackCaptureLatency, &range) <
        0) {
        return NULL;
    }
    return PyLong_FromUnsignedLong(range.max);
}

int rtj_add_port_latency(PyObject *module, rtj_state *state)
{
    state->LatencyRange = rtj_add_record(module, &range_desc);
    return state->LatencyRange != NULL ? 0 : -1;
}
