/* jack.Client: the server's clock, how late it was, and latencies. */
#include "core/ask.h"
#include "docstrings.h"
#include "py/args.h"
#include "py/client_impl.h"
#include "py/record.h"

static PyObject *raise_code(const rtj_py_client *self, int code, const char *text)
{
    rtj_error error;
    (void)rtj_fail(&error, RTJ_CODE, code, "%s", text);
    return rtj_raise(self->state, &error);
}

/* ---- the clock ---- */

static PyStructSequence_Field times_fields[] = {
    {"current_frames", DOC_CycleTimes_current_frames},
    {"current_usecs", DOC_CycleTimes_current_usecs},
    {"next_usecs", DOC_CycleTimes_next_usecs},
    {"period_usecs", DOC_CycleTimes_period_usecs},
    {NULL, NULL},
};

static PyStructSequence_Desc times_desc = {"jack.CycleTimes", DOC_CycleTimes,
                                           times_fields, 4};

static PyObject *client_cycle_times(PyObject *object, PyObject *Py_UNUSED(unused))
{
    rtj_py_client *self = (rtj_py_client *)object;
    jack_nframes_t frames = 0;
    jack_time_t now = 0, next = 0;
    float period = 0.0f;
    jack_client_t *handle = RTJ_PY_ENTER(self, jack_get_cycle_times);
    if (handle == NULL) {
        return NULL;
    }
    int code = rtj_client_lib(self->core)
                   ->jack_get_cycle_times(handle, &frames, &now, &next, &period);
    rtj_client_leave(self->core);
    if (code != 0) {
        return raise_code(self, code, "No cycle has begun yet");
    }
    PyObject *values[] = {
        PyLong_FromUnsignedLong(frames),
        PyLong_FromUnsignedLongLong(now),
        PyLong_FromUnsignedLongLong(next),
        PyFloat_FromDouble((double)period),
    };
    return rtj_record_new(self->state->CycleTimes, values, 4);
}

static PyObject *client_frames_to_time(PyObject *object, PyObject *value)
{
    rtj_py_client *self = (rtj_py_client *)object;
    uint32_t frames;
    if (rtj_as_uint32(value, "frames", &frames) < 0) {
        return NULL;
    }
    jack_client_t *handle = RTJ_PY_ENTER(self, jack_frames_to_time);
    if (handle == NULL) {
        return NULL;
    }
    jack_time_t usecs = rtj_client_lib(self->core)->jack_frames_to_time(handle, frames);
    rtj_client_leave(self->core);
    return PyLong_FromUnsignedLongLong(usecs);
}

static PyObject *client_time_to_frames(PyObject *object, PyObject *value)
{
    rtj_py_client *self = (rtj_py_client *)object;
    int64_t usecs;
    if (rtj_as_int64(value, "usecs", 0, INT64_MAX, &usecs) < 0) {
        return NULL;
    }
    jack_client_t *handle = RTJ_PY_ENTER(self, jack_time_to_frames);
    if (handle == NULL) {
        return NULL;
    }
    jack_nframes_t frames =
        rtj_client_lib(self->core)->jack_time_to_frames(handle, (jack_time_t)usecs);
    rtj_client_leave(self->core);
    return PyLong_FromUnsignedLong(frames);
}

/* ---- how late it was ---- */

#define RTJ_DELAY(attribute, function)                                                 \
    PyObject *rtj_client_get_##attribute(PyObject *object, void *Py_UNUSED(closure))   \
    {                                                                                  \
        rtj_py_client *self = (rtj_py_client *)object;                                 \
        jack_client_t *handle = RTJ_PY_ENTER(self, function);                          \
        if (handle == NULL) {                                                          \
            return NULL;                                                               \
        }                                                                              \
        float usecs = rtj_client_lib(self->core)->function(handle);                    \
        rtj_client_leave(self->core);                                                  \
        return PyFloat_FromDouble((double)usecs);                                      \
    }
RTJ_DELAY(max_delayed_usecs, jack_get_max_delayed_usecs)
RTJ_DELAY(xrun_delayed_usecs, jack_get_xrun_delayed_usecs)
#undef RTJ_DELAY

static PyObject *client_reset_max_delayed(PyObject *object, PyObject *Py_UNUSED(unused))
{
    rtj_py_client *self = (rtj_py_client *)object;
    jack_client_t *handle = RTJ_PY_ENTER(self, jack_reset_max_delayed_usecs);
    if (handle == NULL) {
        return NULL;
    }
    rtj_client_lib(self->core)->jack_reset_max_delayed_usecs(handle);
    rtj_client_leave(self->core);
    Py_RETURN_NONE;
}

/* ---- latencies ---- */

static PyObject *client_recompute(PyObject *object, PyObject *Py_UNUSED(unused))
{
    rtj_py_client *self = (rtj_py_client *)object;
    int code;
    jack_client_t *handle = RTJ_PY_ENTER(self, jack_recompute_total_latencies);
    if (handle == NULL) {
        return NULL;
    }
    const rtj_libjack *lib = rtj_client_lib(self->core);
    Py_BEGIN_ALLOW_THREADS
    code = RTJ_ASK(self->core, lib->jack_recompute_total_latencies(handle));
    Py_END_ALLOW_THREADS
    rtj_client_leave(self->core);
    if (code != 0) {
        return raise_code(self, code, "Error recomputing latencies");
    }
    Py_RETURN_NONE;
}

RTJ_ONE_ARGUMENT(client_frames_to_time, "frames_to_time", "frames")
RTJ_ONE_ARGUMENT(client_time_to_frames, "time_to_frames", "usecs")

PyMethodDef rtj_client_time_methods[] = {
    {"cycle_times", client_cycle_times, METH_NOARGS, DOC_Client_cycle_times},
    {"frames_to_time", (PyCFunction)(void (*)(void))client_frames_to_time_named,
     METH_FASTCALL | METH_KEYWORDS, DOC_Client_frames_to_time},
    {"time_to_frames", (PyCFunction)(void (*)(void))client_time_to_frames_named,
     METH_FASTCALL | METH_KEYWORDS, DOC_Client_time_to_frames},
    {"reset_max_delayed_usecs", client_reset_max_delayed, METH_NOARGS,
     DOC_Client_reset_max_delayed_usecs},
    {"recompute_total_latencies", client_recompute, METH_NOARGS,
     DOC_Client_recompute_total_latencies},
    {NULL, NULL, 0, NULL},
};

int rtj_add_client_time(PyObject *module, rtj_state *state)
{
    state->CycleTimes = rtj_add_record(module, &times_desc);
    return state->CycleTimes != NULL ? 0 : -1;
}
