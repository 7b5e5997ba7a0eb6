/* jack.Transfer: playing from memory and recording into it. */
#include "rt/transfer.h"

#include <string.h>

#include "docstrings.h"
#include "py/args.h"
#include "py/audio.h"
#include "py/node.h"
#include "py/notebook.h"

/* ---- what goes out ---- */

/* Ports for `channels` channels: the first ones, or those of `mapping`. */
static int read_mapping(rtj_port_handles *out, PyObject *client, PyObject *mapping,
                        Py_ssize_t channels)
{
    if (rtj_port_handles_read(out, client, mapping, JackPortIsOutput, "mapping") < 0) {
        return -1;
    }
    int any = mapping == NULL || mapping == Py_None;
    if (any ? (Py_ssize_t)out->count < channels : (Py_ssize_t)out->count != channels) {
        PyErr_Format(PyExc_ValueError,
                     any ? "data has %zd channels, but the client only %u audio output "
                           "ports"
                         : "data has %zd channels, but mapping names %u ports",
                     channels, out->count);
        rtj_port_handles_free(out);
        return -1;
    }
    out->count = (uint32_t)channels;
    return 0;
}

/* Each channel's samples behind those of the one before; without the GIL. */
static void copy_sound(const rtj_block *block, float *sound)
{
    for (Py_ssize_t k = 0; k < block->channels; k++) {
        const char *from = block->base + k * block->channel_stride;
        for (Py_ssize_t i = 0; i < block->frames; i++, from += block->frame_stride) {
            memcpy(sound++, from, sizeof *sound);
        }
    }
}

static int fill_sound(rtj_py_node *node, const rtj_block *block)
{
    rtj_transfer *transfer = node->data;
    if (block->frames > PY_SSIZE_T_MAX / (Py_ssize_t)sizeof(float) / block->channels) {
        PyErr_NoMemory();
        return -1;
    }
    size_t size = (size_t)(block->frames * block->channels) * sizeof(float);
    float *sound = rtj_node_memory(node, size);
    if (sound == NULL) {
        return -1;
    }
    Py_BEGIN_ALLOW_THREADS
    copy_sound(block, sound);
    Py_END_ALLOW_THREADS
    transfer->sound = sound;
    transfer->sound_frames = (uint64_t)block->frames;
    return 0;
}

static int open_data(rtj_block *block, PyObject *data)
{
    if (rtj_block_open(block, data, "data", -1, RTJ_FRAMES_FIRST, 0) < 0) {
        return -1;
    }
    if (block->frames == 0 || block->channels == 0) {
        PyErr_Format(
            PyExc_ValueError,
            "data must have frames and channels, got %zd frames of %zd channels",
            block->frames, block->channels);
        rtj_block_close(block);
        return -1;
    }
    return 0;
}

/* ---- what comes in ---- */

/* `channels` is None, a number of ports, or ports. */
static int read_channels(rtj_port_handles *in, PyObject *client, PyObject *channels)
{
    int numbered = channels != NULL && PyLong_Check(channels);
    int64_t count = 0;
    if (numbered && rtj_as_int64(channels, "channels", 1, UINT32_MAX, &count) < 0) {
        return -1;
    }
    if (rtj_port_handles_read(in, client, numbered ? Py_None : channels,
                              JackPortIsInput, "channels") < 0) {
        return -1;
    }
    if (numbered && count > in->count) {
        PyErr_Format(PyExc_ValueError,
                     "channels is %lld, but the client has only %u audio input ports",
                     (long long)count, in->count);
        rtj_port_handles_free(in);
        return -1;
    }
    in->count = numbered ? (uint32_t)count : in->count;
    return 0;
}

static int fill_tape(rtj_py_node *node, uint64_t frames, uint32_t channels)
{
    rtj_transfer *transfer = node->data;
    if (frames > (uint64_t)PY_SSIZE_T_MAX / sizeof(float) / channels) {
        PyErr_NoMemory();
        return -1;
    }
    node->result = rtj_new_array(node->state, (Py_ssize_t)frames, channels);
    if (node->result == NULL ||
        PyObject_GetBuffer(node->result, &node->view, PyBUF_WRITABLE) < 0) {
        return -1;
    }
    Py_BEGIN_ALLOW_THREADS
    /* Touched, so that the audio thread finds it mapped. */
    memset(node->view.buf, 0, (size_t)node->view.len);
    Py_END_ALLOW_THREADS
    transfer->tape = node->view.buf;
    transfer->tape_frames = frames;
    return 0;
}

/* ---- starting ---- */

static int is_done(const rtj_py_node *node)
{
    const rtj_transfer *transfer = node->data;
    return atomic_load_explicit(&transfer->done, memory_order_acquire);
}

/* Kept for when the client is closed, and the sound still there. */
static int fill_samplerate(rtj_py_node *node)
{
    rtj_client *core = ((rtj_py_client *)node->client)->core;
    rtj_error error;
    jack_client_t *handle = rtj_client_enter(core, &error);
    if (handle == NULL) {
        rtj_raise(node->state, &error);
        return -1;
    }
    node->samplerate = rtj_client_lib(core)->jack_get_sample_rate(handle);
    rtj_client_leave(core);
    return 0;
}

static int fill_start(rtj_py_node *node, const rtj_transfer_plan *plan)
{
    rtj_transfer *transfer = node->data;
    transfer->loop = plan->loop;
    transfer->timed = plan->at != NULL && plan->at != Py_None;
    if (transfer->timed && rtj_as_uint32(plan->at, "at", &transfer->at) < 0) {
        return -1;
    }
    if (rtj_py_wake_open(node->state, &node->wake, "a recording or playback") < 0) {
        return -1;
    }
    transfer->wake = node->wake;
    node->finished = is_done;
    return 0;
}

static rtj_py_node *new_transfer(PyObject *client, const rtj_port_handles *in,
                                 const rtj_port_handles *out)
{
    rtj_unit_plan plan = {.run = rtj_transfer_run,
                          .size = sizeof(rtj_transfer),
                          .inputs = in->list,
                          .input_count = in->count,
                          .outputs = out->list,
                          .output_count = out->count};
    return rtj_node_new(rtj_state_of(Py_TYPE(client))->Transfer, client, &plan);
}

/* `block` is the open data, or NULL. */
static PyObject *open_with(PyObject *client, const rtj_transfer_plan *plan,
                           const rtj_block *block)
{
    rtj_port_handles in = {NULL, 0}, out = {NULL, 0};
    uint64_t frames =
        plan->frames == UINT64_MAX ? (uint64_t)block->frames : plan->frames;
    if (block != NULL &&
        read_mapping(&out, client, plan->mapping, block->channels) < 0) {
        return NULL;
    }
    if (frames > 0 && read_channels(&in, client, plan->channels) < 0) {
        rtj_port_handles_free(&out);
        return NULL;
    }
    rtj_py_node *node = new_transfer(client, &in, &out);
    if (node != NULL && (fill_samplerate(node) < 0 || fill_start(node, plan) < 0 ||
                         (block != NULL && fill_sound(node, block) < 0) ||
                         (frames > 0 && fill_tape(node, frames, in.count) < 0))) {
        Py_CLEAR(node);
    }
    rtj_port_handles_free(&in);
    rtj_port_handles_free(&out);
    return node != NULL ? rtj_node_start(node) : NULL;
}

PyObject *rtj_transfer_open(PyObject *client, const rtj_transfer_plan *plan)
{
    rtj_block block;
    if (rtj_client_core(client) == NULL ||
        (plan->data != NULL && open_data(&block, plan->data) < 0)) {
        return NULL;
    }
    PyObject *result = open_with(client, plan, plan->data != NULL ? &block : NULL);
    if (plan->data != NULL) {
        rtj_block_close(&block);
    }
    return result;
}

static PyObject *transfer_stop(PyObject *self, PyObject *Py_UNUSED(unused))
{
    rtj_py_node *node = (rtj_py_node *)self;
    if (rtj_node_close(node) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

/* ---- looking ---- */

static uint64_t position_of(const rtj_py_node *node)
{
    const rtj_transfer *transfer = node->data;
    return atomic_load_explicit(&transfer->position, memory_order_acquire);
}

static PyObject *transfer_done(PyObject *self, void *Py_UNUSED(closure))
{
    const rtj_py_node *node = (const rtj_py_node *)self;
    return PyBool_FromLong(is_done(node) || rtj_unit_is_closed(node->unit));
}

static PyObject *transfer_frames_done(PyObject *self, void *Py_UNUSED(closure))
{
    return PyLong_FromUnsignedLongLong(position_of((const rtj_py_node *)self));
}

static PyObject *transfer_frames(PyObject *self, void *Py_UNUSED(closure))
{
    const rtj_transfer *transfer = ((const rtj_py_node *)self)->data;
    if (transfer->loop) {
        Py_RETURN_NONE;
    }
    return PyLong_FromUnsignedLongLong(transfer->sound_frames > transfer->tape_frames
                                           ? transfer->sound_frames
                                           : transfer->tape_frames);
}

static PyObject *transfer_start_time(PyObject *self, void *Py_UNUSED(closure))
{
    const rtj_transfer *transfer = ((const rtj_py_node *)self)->data;
    if (!atomic_load_explicit(&transfer->started, memory_order_acquire)) {
        Py_RETURN_NONE;
    }
    return PyLong_FromUnsignedLong(
        atomic_load_explicit(&transfer->start_time, memory_order_relaxed));
}

static PyObject *transfer_samplerate(PyObject *self, void *Py_UNUSED(closure))
{
    return PyLong_FromUnsignedLong(((const rtj_py_node *)self)->samplerate);
}

static PyObject *transfer_result(PyObject *self, void *Py_UNUSED(closure))
{
    const rtj_py_node *node = (const rtj_py_node *)self;
    const rtj_transfer *transfer = node->data;
    uint64_t position = position_of(node);
    if (node->result == NULL) {
        Py_RETURN_NONE;
    }
    if (position >= transfer->tape_frames) {
        return Py_NewRef(node->result);
    }
    return PySequence_GetSlice(node->result, 0, (Py_ssize_t)position);
}

/* ---- the type ---- */

static PyMethodDef transfer_methods[] = {
    {"wait", (PyCFunction)(void (*)(void))rtj_node_wait, METH_FASTCALL | METH_KEYWORDS,
     DOC_Transfer_wait},
    {"_repr_html_", rtj_repr_html, METH_VARARGS, NULL},
    {"stop", transfer_stop, METH_NOARGS, DOC_Transfer_stop},
    {"fileno", rtj_node_fileno, METH_NOARGS, DOC_Transfer_fileno},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef transfer_getset[] = {
    {"done", transfer_done, NULL, DOC_Transfer_done, NULL},
    {"frames", transfer_frames, NULL, DOC_Transfer_frames, NULL},
    {"frames_done", transfer_frames_done, NULL, DOC_Transfer_frames_done, NULL},
    {"start_time", transfer_start_time, NULL, DOC_Transfer_start_time, NULL},
    {"samplerate", transfer_samplerate, NULL, DOC_Transfer_samplerate, NULL},
    {"result", transfer_result, NULL, DOC_Transfer_result, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot transfer_slots[] = {
    {Py_tp_doc, (void *)DOC_Transfer},
    {Py_tp_methods, transfer_methods},
    {Py_am_await, rtj_node_await},
    {Py_tp_getset, transfer_getset},
    {0, NULL},
};

static PyType_Spec transfer_spec = {
    "jack.Transfer", sizeof(rtj_py_node), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    transfer_slots};

int rtj_add_transfer(PyObject *module, rtj_state *state)
{
    state->Transfer = rtj_add_type(module, &transfer_spec, (PyObject *)state->Node);
    return state->Transfer != NULL ? 0 : -1;
}
