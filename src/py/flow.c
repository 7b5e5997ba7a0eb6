#include "py/flow.h"

#include <math.h>
#include <time.h>

static const double slice_seconds = 0.1; /* between two looks at pending signals */

int rtj_timeout_of(PyObject *timeout, double *seconds)
{
    *seconds = INFINITY;
    if (timeout == NULL || timeout == Py_None) {
        return 0;
    }
    *seconds = PyFloat_AsDouble(timeout);
    if (*seconds == -1.0 && PyErr_Occurred()) {
        return -1;
    }
    if (isnan(*seconds) || *seconds < 0) {
        PyErr_Format(PyExc_ValueError,
                     "timeout must be None or a number of seconds, not below 0; got %R",
                     timeout);
        return -1;
    }
    return 0;
}

static double now_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Let go of the interpreter's lock for this many bytes; it can take as long to get it
 * back as the program may be late, so not for fewer. */
enum { LONG_COPY = 1 << 18 };

int rtj_flow_await(rtj_state *state, rtj_flow *flow, rtj_flow_side side,
                   uint32_t frames, double seconds)
{
    if (rtj_flow_wait(flow, side, frames, 0, NULL) == RTJ_OK) {
        return 0; /* without letting go of the interpreter's lock */
    }
    double deadline = now_seconds() + seconds;
    for (double left = seconds;; left = deadline - now_seconds()) {
        double slice = left < slice_seconds ? (left > 0 ? left : 0) : slice_seconds;
        rtj_error error;
        rtj_status status;
        Py_BEGIN_ALLOW_THREADS
        status = rtj_flow_wait(flow, side, frames, slice, &error);
        Py_END_ALLOW_THREADS
        if (status == RTJ_OK) {
            return 0;
        }
        if (status != RTJ_TIMEOUT) {
            (void)rtj_raise(state, &error);
            return -1;
        }
        if (PyErr_CheckSignals() < 0) {
            return -1;
        }
        if (left <= slice_seconds) {
            PyErr_Format(PyExc_TimeoutError, "%u frames could not be %s in %s", frames,
                         side == RTJ_FLOW_IN ? "read" : "written", "the time given");
            return -1;
        }
    }
}

/* Raise what the record tells; always -1. */
static int raise_break(rtj_state *state, rtj_flow_side side, const rtj_break *record)
{
    PyObject *type =
        side == RTJ_FLOW_IN ? state->InputSyncError : state->OutputSyncError;
    PyObject *text = PyUnicode_FromFormat(
        side == RTJ_FLOW_IN ? "%llu frames of input were lost at frame time %u: they "
                              "were not read in time"
                            : "%llu frames of output were silent at frame time %u: "
                              "they were not written "
                              "in time",
        (unsigned long long)record->frames, record->frame_time);
    if (text == NULL) {
        return -1;
    }
    PyObject *error =
        PyObject_CallFunction(type, "OIK", text, (unsigned int)record->frame_time,
                              (unsigned long long)record->frames);
    Py_DECREF(text);
    if (error != NULL) {
        PyErr_SetObject(type, error);
        Py_DECREF(error);
    }
    return -1;
}

static int check_frames(const rtj_block *block)
{
    if (block->frames < 1 || block->frames > INT32_MAX) {
        PyErr_Format(PyExc_ValueError, "a block has at least 1 frame, got %zd",
                     block->frames);
        return -1;
    }
    return 0;
}

int rtj_flow_take_side(rtj_state *state, rtj_flow *flow, rtj_flow_side side)
{
    rtj_error error;
    rtj_status status;
    if (rtj_flow_is_running(flow)) { /* then it does not wait */
        status = rtj_flow_acquire(flow, side, &error);
    } else {
        Py_BEGIN_ALLOW_THREADS
        status = rtj_flow_acquire(flow, side, &error);
        Py_END_ALLOW_THREADS
    }
    if (status != RTJ_OK) {
        (void)rtj_raise(state, &error);
        return -1;
    }
    return 0;
}

static void copy_now(rtj_flow *flow, rtj_flow_side side, const rtj_block *block)
{
    rtj_frames *ring = rtj_flow_ring(flow, side);
    if (side == RTJ_FLOW_IN) {
        rtj_block_from_ring(block, ring);
        rtj_frames_took(ring, (uint32_t)block->frames);
    } else {
        rtj_block_to_ring(block, ring);
        rtj_frames_wrote(ring, (uint32_t)block->frames);
    }
}

static void copy(rtj_flow *flow, rtj_flow_side side, const rtj_block *block)
{
    size_t samples = (size_t)block->frames * rtj_flow_channels(flow, side);
    if (samples * sizeof(float) < LONG_COPY) {
        copy_now(flow, side, block);
        return;
    }
    Py_BEGIN_ALLOW_THREADS
    copy_now(flow, side, block);
    Py_END_ALLOW_THREADS
}

static int transfer(rtj_state *state, rtj_flow *flow, rtj_flow_side side,
                    const rtj_block *block, double seconds, rtj_on_break on_break)
{
    uint32_t frames = (uint32_t)block->frames;
    rtj_break record;
    int broken = 0;
    /* What was lost on the output is known already; on the input it may come with the
     * frames that are waited for. */
    if (side == RTJ_FLOW_OUT) {
        broken = rtj_flow_next_break(flow, side, frames, &record);
        if (broken && on_break == RTJ_RAISE_FIRST) {
            return raise_break(state, side, &record);
        }
    }
    if (rtj_flow_await(state, flow, side, frames, seconds) < 0) {
        return -1;
    }
    if (side == RTJ_FLOW_IN) {
        broken = rtj_flow_next_break(flow, side, frames, &record);
        if (broken && on_break == RTJ_RAISE_FIRST) {
            return raise_break(state, side, &record);
        }
    }
    copy(flow, side, block);
    return broken ? raise_break(state, side, &record) : 0;
}

static int use(rtj_state *state, rtj_flow *flow, rtj_flow_side side,
               const rtj_block *block, double seconds, rtj_on_break on_break)
{
    if (check_frames(block) < 0 || rtj_flow_take_side(state, flow, side) < 0) {
        return -1;
    }
    int result = transfer(state, flow, side, block, seconds, on_break);
    rtj_flow_free_side(flow, side);
    return result;
}

int rtj_flow_read_block(rtj_state *state, rtj_flow *flow, const rtj_block *block,
                        double seconds, rtj_on_break on_break)
{
    return use(state, flow, RTJ_FLOW_IN, block, seconds, on_break);
}

int rtj_flow_write_block(rtj_state *state, rtj_flow *flow, const rtj_block *block,
                         double seconds, rtj_on_break on_break)
{
    return use(state, flow, RTJ_FLOW_OUT, block, seconds, on_break);
}
