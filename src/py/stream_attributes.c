/* jack.Stream: what it tells of itself, and waiting for it elsewhere than in read(). */
#include "py/stream.h"

#include <structseq.h>

#include "docstrings.h"
#include "py/args.h"

/* ---- numbers ---- */

static PyStructSequence_Field stats_fields[] = {
    {"captured", "frames that came in"},
    {"lost", "frames that came in and found no room"},
    {"played", "frames that were written and played"},
    {"missing", "frames of silence for want of written ones"},
    {"late", "frames that were written too late and dropped"},
    {"padded", "frames put in for a longer block, or a skipped one"},
    {"skipped", "frames of cycles that JACK went through without the client"},
    {"overflows", "times that frames were lost"},
    {"underflows", "times that frames were missing"},
    {NULL, NULL},
};

static PyStructSequence_Desc stats_desc = {"jack.StreamStats", DOC_StreamStats,
                                           stats_fields, 9};

int rtj_add_stream_stats(PyObject *module, rtj_state *state)
{
    state->StreamStats = PyStructSequence_NewType(&stats_desc);
    if (state->StreamStats == NULL) {
        return -1;
    }
    return PyModule_AddObjectRef(module, "StreamStats", (PyObject *)state->StreamStats);
}

static PyObject *get_stats(PyObject *object, void *Py_UNUSED(closure))
{
    rtj_py_stream *self = (rtj_py_stream *)object;
    const rtj_stream_counts *counts = rtj_flow_counts(self->flow);
    const _Atomic uint64_t *sources[] = {
        &counts->captured, &counts->lost,      &counts->played,
        &counts->missing,  &counts->late,      &counts->padded,
        &counts->skipped,  &counts->overflows, &counts->underflows};
    PyObject *stats = PyStructSequence_New(self->state->StreamStats);
    for (int i = 0; stats != NULL && i < 9; i++) {
        PyObject *value = PyLong_FromUnsignedLongLong(
            atomic_load_explicit(sources[i], memory_order_relaxed));
        if (value == NULL) {
            Py_CLEAR(stats);
            break;
        }
        PyStructSequence_SET_ITEM(stats, i, value); /* steals */
    }
    return stats;
}

static PyObject *get_latency(PyObject *object, void *Py_UNUSED(closure))
{
    return PyLong_FromUnsignedLong(rtj_flow_latency(((rtj_py_stream *)object)->flow));
}

static PyObject *get_lookahead(PyObject *object, void *Py_UNUSED(closure))
{
    return PyLong_FromUnsignedLong(((rtj_py_stream *)object)->lookahead);
}

static PyObject *get_closed(PyObject *object, void *Py_UNUSED(closure))
{
    return PyBool_FromLong(rtj_flow_is_closed(((rtj_py_stream *)object)->flow));
}

static PyObject *get_read_available(PyObject *object, void *Py_UNUSED(closure))
{
    rtj_py_stream *self = (rtj_py_stream *)object;
    return PyLong_FromUnsignedLong(rtj_flow_ready(self->flow, RTJ_FLOW_IN));
}

static PyObject *get_write_available(PyObject *object, void *Py_UNUSED(closure))
{
    rtj_py_stream *self = (rtj_py_stream *)object;
    return PyLong_FromUnsignedLong(rtj_flow_ready(self->flow, RTJ_FLOW_OUT));
}

static PyObject *get_inports(PyObject *object, void *Py_UNUSED(closure))
{
    return PySequence_List(((rtj_py_stream *)object)->inports);
}

static PyObject *get_outports(PyObject *object, void *Py_UNUSED(closure))
{
    return PySequence_List(((rtj_py_stream *)object)->outports);
}

static PyObject *get_client(PyObject *object, void *Py_UNUSED(closure))
{
    return Py_NewRef(((rtj_py_stream *)object)->client);
}

PyGetSetDef rtj_stream_getset[] = {
    {"stats", get_stats, NULL, DOC_Stream_stats, NULL},
    {"latency", get_latency, NULL, DOC_Stream_latency, NULL},
    {"lookahead", get_lookahead, NULL, DOC_Stream_lookahead, NULL},
    {"closed", get_closed, NULL, DOC_Stream_closed, NULL},
    {"read_available", get_read_available, NULL, DOC_Stream_read_available, NULL},
    {"write_available", get_write_available, NULL, DOC_Stream_write_available, NULL},
    {"inports", get_inports, NULL, DOC_Stream_inports, NULL},
    {"outports", get_outports, NULL, DOC_Stream_outports, NULL},
    {"client", get_client, NULL, DOC_Stream_client, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

/* ---- waiting elsewhere ---- */

static PyObject *descriptor(PyObject *object, rtj_flow_side side)
{
    rtj_py_stream *self = (rtj_py_stream *)object;
    if (rtj_flow_is_closed(self->flow)) {
        PyErr_SetString(self->state->JackError, "the stream is closed");
        return NULL;
    }
    return PyLong_FromLong(rtj_flow_fileno(self->flow, side));
}

PyObject *rtj_stream_fileno(PyObject *self, PyObject *Py_UNUSED(unused))
{
    return descriptor(self, RTJ_FLOW_IN);
}

PyObject *rtj_stream_write_fileno(PyObject *self, PyObject *Py_UNUSED(unused))
{
    return descriptor(self, RTJ_FLOW_OUT);
}

PyObject *rtj_stream_aread(PyObject *self, PyObject *args, PyObject *kwargs)
{
    return rtj_call_python("jack._asyncio", "aread", self, args, kwargs);
}

PyObject *rtj_stream_awrite(PyObject *self, PyObject *args, PyObject *kwargs)
{
    return rtj_call_python("jack._asyncio", "awrite", self, args, kwargs);
}
