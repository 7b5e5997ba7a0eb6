/* jack.NetAdapter: rings between two threads that have clocks of their own. */
#include "core/netadapter.h"

#include <string.h>

#include "docstrings.h"
#include "py/args.h"
#include "py/audio.h"
#include "py/net.h"

enum { BLOCK_MAX = 8192 }; /* frames; libjacknet's rings hold four blocks of that */

typedef struct adapter_object {
    PyObject_HEAD
    rtj_netadapter *core; /* owned; NULL until initialised, then unchanging */
    rtj_netadapter_options options;
} adapter_object;

static rtj_netadapter *core_of(PyObject *self)
{
    rtj_netadapter *core = ((adapter_object *)self)->core;
    if (core == NULL) {
        PyErr_Format(rtj_state_of(Py_TYPE(self))->JackError,
                     "this %.100s was never initialised", Py_TYPE(self)->tp_name);
    }
    return core;
}

static int adapter_init(PyObject *object, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = {
        "inputs",     "outputs",           "blocksize",
        "samplerate", "adapted_blocksize", "adapted_samplerate",
        NULL};
    adapter_object *self = (adapter_object *)object;
    rtj_state *state = rtj_state_of(Py_TYPE(object));
    PyObject *given[6] = {NULL}; /* borrowed */
    int values[6] = {2, 2, 256, 48000, 256, 48000};
    rtj_error error;
    if (self->core != NULL) {
        PyErr_SetString(state->JackError, "this NetAdapter was initialised already");
        return -1;
    }
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|OOOOOO:NetAdapter", (char **)names,
                                     &given[0], &given[1], &given[2], &given[3],
                                     &given[4], &given[5])) {
        return -1;
    }
    for (int i = 0; i < 6; i++) {
        static const int64_t most[] = {RTJ_NET_CHANNELS_MAX,
                                       RTJ_NET_CHANNELS_MAX,
                                       BLOCK_MAX,
                                       1 << 22,
                                       BLOCK_MAX,
                                       1 << 22};
        if (rtj_net_int(given[i], names[i], 1, most[i], &values[i]) < 0) {
            return -1;
        }
    }
    self->options = (rtj_netadapter_options){(uint32_t)values[0], (uint32_t)values[1],
                                             (uint32_t)values[2], (uint32_t)values[3],
                                             (uint32_t)values[4], (uint32_t)values[5]};
    if (rtj_netadapter_create(&self->options, &self->core, &error) != RTJ_OK) {
        (void)rtj_raise(state, &error);
        return -1;
    }
    return 0;
}

typedef rtj_status adapter_call(rtj_netadapter *adapter, float *input, float *output,
                                uint32_t frames, rtj_error *error);

/* How many frames `audio` has; 0 with an exception. */
static uint32_t count_frames(PyObject *audio, uint32_t channels)
{
    rtj_block block;
    if (rtj_block_open(&block, audio, "audio", channels, RTJ_FRAMES_FIRST, 0) < 0) {
        return 0;
    }
    Py_ssize_t frames = block.frames;
    rtj_block_close(&block);
    if (frames < 1 || frames > BLOCK_MAX) {
        PyErr_Format(PyExc_ValueError, "audio must have 1 to %d frames, got %zd",
                     BLOCK_MAX, frames);
        return 0;
    }
    return (uint32_t)frames;
}

/* Both directions: `given` is what the caller brings, of the `pushes` direction. */
static PyObject *exchange(PyObject *object, PyObject *audio, int pushes)
{
    adapter_object *self = (adapter_object *)object;
    rtj_state *state = rtj_state_of(Py_TYPE(object));
    uint32_t inputs = self->options.inputs;
    uint32_t outputs = self->options.outputs;
    uint32_t frames =
        core_of(object) != NULL ? count_frames(audio, pushes ? inputs : outputs) : 0;
    if (frames == 0) {
        return NULL;
    }
    float *samples = PyMem_Calloc((size_t)(inputs + outputs) * frames, sizeof *samples);
    if (samples == NULL) {
        return PyErr_NoMemory();
    }
    float *output = samples + (size_t)inputs * frames;
    rtj_lanes brought = {pushes ? inputs : outputs, 0, frames};
    rtj_lanes taken = {pushes ? outputs : inputs, 0, frames};
    adapter_call *call = pushes ? rtj_netadapter_push : rtj_netadapter_pull;
    PyObject *result = NULL;
    if (rtj_net_block_fill(pushes ? samples : output, &brought, audio, NULL, 1,
                           &frames) == 0) {
        rtj_error error;
        rtj_status status;
        Py_BEGIN_ALLOW_THREADS
        status = call(self->core, samples, output, frames, &error);
        Py_END_ALLOW_THREADS
        result =
            status == RTJ_OK
                ? rtj_net_audio_object(state, pushes ? output : samples, &taken, frames)
                : rtj_raise(state, &error);
    }
    PyMem_Free(samples);
    return result;
}

static PyObject *push_and_pull(PyObject *self, PyObject *audio)
{
    return exchange(self, audio, 1);
}

static PyObject *pull_and_push(PyObject *self, PyObject *audio)
{
    return exchange(self, audio, 0);
}

RTJ_ONE_ARGUMENT(push_and_pull, "push_and_pull", "audio")
RTJ_ONE_ARGUMENT(pull_and_push, "pull_and_push", "audio")

static PyObject *adapter_flush(PyObject *self, PyObject *Py_UNUSED(unused))
{
    rtj_netadapter *core = core_of(self);
    if (core == NULL) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
    rtj_netadapter_flush(core);
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}

static PyObject *adapter_get_inputs(PyObject *self, void *Py_UNUSED(unused))
{
    return core_of(self) != NULL
               ? PyLong_FromUnsignedLong(((adapter_object *)self)->options.inputs)
               : NULL;
}

static PyObject *adapter_get_outputs(PyObject *self, void *Py_UNUSED(unused))
{
    return core_of(self) != NULL
               ? PyLong_FromUnsignedLong(((adapter_object *)self)->options.outputs)
               : NULL;
}

static int adapter_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    return 0;
}

static void adapter_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    if (((adapter_object *)self)->core != NULL) {
        rtj_netadapter_destroy(((adapter_object *)self)->core);
    }
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMethodDef adapter_methods[] = {
    {"push_and_pull", (PyCFunction)(void (*)(void))push_and_pull_named,
     METH_FASTCALL | METH_KEYWORDS, DOC_NetAdapter_push_and_pull},
    {"pull_and_push", (PyCFunction)(void (*)(void))pull_and_push_named,
     METH_FASTCALL | METH_KEYWORDS, DOC_NetAdapter_pull_and_push},
    {"flush", adapter_flush, METH_NOARGS, DOC_NetAdapter_flush},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef adapter_getset[] = {
    {"inputs", adapter_get_inputs, NULL, DOC_NetAdapter_inputs, NULL},
    {"outputs", adapter_get_outputs, NULL, DOC_NetAdapter_outputs, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot adapter_slots[] = {
    {Py_tp_doc, DOC_NetAdapter},      {Py_tp_new, PyType_GenericNew},
    {Py_tp_init, adapter_init},       {Py_tp_traverse, adapter_traverse},
    {Py_tp_dealloc, adapter_dealloc}, {Py_tp_methods, adapter_methods},
    {Py_tp_getset, adapter_getset},   {0, NULL},
};

static PyType_Spec adapter_spec = {
    .name = "jack.NetAdapter",
    .basicsize = sizeof(adapter_object),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
    .slots = adapter_slots,
};

int rtj_add_netadapter(PyObject *module, rtj_state *state)
{
    state->NetAdapter = rtj_add_type(module, &adapter_spec, NULL);
    return state->NetAdapter != NULL ? 0 : -1;
}
