/* jack.ClientStats, and what a client tells by it. */
#include "py/client_impl.h"

#include <math.h>

#include "core/telemetry.h"
#include "docstrings.h"
#include "py/record.h"

enum { FIELDS = 15 };

static PyStructSequence_Field stats_fields[FIELDS + 1] = {
    {"cycles", DOC_ClientStats_cycles},
    {"late_cycles", DOC_ClientStats_late_cycles},
    {"skipped_cycles", DOC_ClientStats_skipped_cycles},
    {"callback_max_us", DOC_ClientStats_callback_max_us},
    {"callback_mean_us", DOC_ClientStats_callback_mean_us},
    {"gil_waits", DOC_ClientStats_gil_waits},
    {"gil_wait_max_us", DOC_ClientStats_gil_wait_max_us},
    {"gil_wait_mean_us", DOC_ClientStats_gil_wait_mean_us},
    {"underflows", DOC_ClientStats_underflows},
    {"overflows", DOC_ClientStats_overflows},
    {"xruns", DOC_ClientStats_xruns},
    {"events_lost", DOC_ClientStats_events_lost},
    {"midi_late", DOC_ClientStats_midi_late},
    {"midi_lost", DOC_ClientStats_midi_lost},
    {"histogram", DOC_ClientStats_histogram},
    {NULL, NULL},
};

static PyStructSequence_Desc stats_desc = {"jack.ClientStats", DOC_ClientStats,
                                           stats_fields, FIELDS};

/* ---- making ---- */

static PyObject *count(uint64_t number)
{
    return PyLong_FromUnsignedLongLong(number);
}

static PyObject *microseconds(uint64_t nanoseconds)
{
    return PyFloat_FromDouble((double)nanoseconds / 1000.0);
}

static PyObject *mean(uint64_t nanoseconds, uint64_t times)
{
    return PyFloat_FromDouble(times > 0 ? (double)nanoseconds / 1000.0 / (double)times
                                        : 0.0);
}

static PyObject *histogram_of(const rtj_stats_copy *cycle)
{
    PyObject *buckets = PyTuple_New(RTJ_STATS_BUCKETS); /* new */
    for (int i = 0; buckets != NULL && i < RTJ_STATS_BUCKETS; i++) {
        double bound = i + 1 < RTJ_STATS_BUCKETS ? ldexp(1.0, i) : Py_HUGE_VAL;
        PyObject *bucket =
            Py_BuildValue("dK", bound, (unsigned long long)cycle->histogram[i]);
        if (bucket == NULL) {
            Py_CLEAR(buckets);
            break;
        }
        PyTuple_SET_ITEM(buckets, i, bucket); /* steals */
    }
    return buckets;
}

PyObject *rtj_client_get_stats(PyObject *object, void *Py_UNUSED(closure))
{
    rtj_py_client *self = (rtj_py_client *)object;
    rtj_client *core = rtj_py_client_core(self);
    rtj_telemetry told;
    if (core == NULL) {
        return NULL;
    }
    rtj_telemetry_read(core, &told);
    const rtj_stats_copy *cycle = &told.cycle;
    PyObject *values[FIELDS] = {
        count(cycle->cycles),
        count(cycle->late_cycles),
        count(cycle->skipped_cycles),
        microseconds(cycle->callback_max),
        mean(cycle->callback_total, cycle->cycles),
        count(cycle->gil_waits),
        microseconds(cycle->gil_wait_max),
        mean(cycle->gil_wait_total, cycle->gil_waits),
        count(told.since.underflows),
        count(told.since.overflows),
        count(told.since.xruns),
        count(told.since.events_lost),
        count(told.since.midi_late),
        count(told.since.midi_lost),
        histogram_of(cycle),
    };
    return rtj_record_new(self->state->ClientStats, values, FIELDS);
}

static PyObject *client_reset_stats(PyObject *object, PyObject *Py_UNUSED(unused))
{
    rtj_client *core = rtj_py_client_core((rtj_py_client *)object);
    if (core == NULL) {
        return NULL;
    }
    rtj_telemetry_reset(core);
    Py_RETURN_NONE;
}

static PyObject *stats_as_dict(PyObject *self, PyObject *Py_UNUSED(unused))
{
    PyObject *result = PyDict_New(); /* new */
    for (int i = 0; result != NULL && i < FIELDS; i++) {
        PyObject *value = PyTuple_GET_ITEM(self, i); /* borrowed */
        if (PyDict_SetItemString(result, stats_fields[i].name, value) < 0) {
            Py_CLEAR(result);
        }
    }
    return result;
}

/* ---- in words ---- */

/* Only what the histogram has: most of it is empty. */
static PyObject *histogram_text(PyObject *histogram)
{
    char text[RTJ_STATS_BUCKETS * 40] = "";
    size_t length = 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(histogram); i++) {
        PyObject *bucket = PyTuple_GET_ITEM(histogram, i); /* borrowed */
        double bound;
        unsigned long long number;
        if (!PyArg_ParseTuple(bucket, "dK", &bound, &number)) {
            return NULL;
        }
        if (number > 0 && length < sizeof text) {
            length += (size_t)snprintf(text + length, sizeof text - length,
                                       "%s<%.0f us: %llu", length > 0 ? ", " : "",
                                       bound, number);
        }
    }
    return PyUnicode_FromFormat("histogram={%s}", text);
}

static PyObject *field_text(PyObject *self, int field)
{
    PyObject *value = PyTuple_GET_ITEM(self, field); /* borrowed */
    if (field == FIELDS - 1) {
        return histogram_text(value);
    }
    if (!PyFloat_Check(value)) {
        return PyUnicode_FromFormat("%s=%R", stats_fields[field].name, value);
    }
    char number[64];
    (void)snprintf(number, sizeof number, "%.1f", PyFloat_AS_DOUBLE(value));
    return PyUnicode_FromFormat("%s=%s", stats_fields[field].name, number);
}

static PyObject *stats_repr(PyObject *self, PyObject *Py_UNUSED(unused))
{
    PyObject *parts = PyTuple_New(FIELDS); /* new */
    PyObject *comma = PyUnicode_FromString(", ");
    int complete = parts != NULL && comma != NULL;
    for (int i = 0; complete && i < FIELDS; i++) {
        PyObject *text = field_text(self, i);
        complete = text != NULL;
        PyTuple_SET_ITEM(parts, i, text); /* steals */
    }
    PyObject *joined = complete ? PyUnicode_Join(comma, parts) : NULL;
    PyObject *result =
        joined != NULL ? PyUnicode_FromFormat("jack.ClientStats(%U)", joined) : NULL;
    Py_XDECREF(joined);
    Py_XDECREF(comma);
    Py_XDECREF(parts);
    return result;
}

/* ---- the tables ---- */

static PyMethodDef stats_methods[] = {
    {"as_dict", stats_as_dict, METH_NOARGS, DOC_ClientStats_as_dict},
    {"__repr__", stats_repr, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

PyMethodDef rtj_client_stats_methods[] = {
    {"reset_stats", client_reset_stats, METH_NOARGS, DOC_Client_reset_stats},
    {NULL, NULL, 0, NULL},
};

int rtj_add_client_stats(PyObject *module, rtj_state *state)
{
    state->ClientStats = rtj_add_record(module, &stats_desc);
    if (state->ClientStats == NULL) {
        return -1;
    }
    PyObject *type = (PyObject *)state->ClientStats;
    for (PyMethodDef *each = stats_methods; each->ml_name != NULL; each++) {
        PyObject *method = PyDescr_NewMethod(state->ClientStats, each); /* new */
        int failed =
            method == NULL || PyObject_SetAttrString(type, each->ml_name, method) < 0;
        Py_XDECREF(method);
        if (failed) {
            return -1;
        }
    }
    return 0;
}
