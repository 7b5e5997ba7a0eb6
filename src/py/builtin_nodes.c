/* jack.Tone, Meter and Mixer, and silence: nodes that are ready made. */
#include <float.h>
#include <math.h>

#include "docstrings.h"
#include "py/locked.h"
#include "py/node.h"
#include "rt/meter.h"
#include "rt/mixer.h"
#include "rt/tone.h"

/* ---- tone ---- */

static uint64_t step_of(const rtj_tone *tone, double frequency)
{
    return (uint64_t)(ldexp(frequency / tone->work.samplerate, 63) * 2.0);
}

static int check_frequency(const rtj_tone *tone, PyObject *value, double *frequency)
{
    return rtj_as_float(value, "frequency", 0.0, tone->work.samplerate / 2.0,
                        frequency);
}

static int set_tone(rtj_py_node *node, double frequency, double amplitude)
{
    rtj_tone *tone = node->data;
    PyObject *value = PyFloat_FromDouble(frequency);
    int result = value != NULL ? check_frequency(tone, value, &node->frequency) : -1;
    Py_XDECREF(value);
    atomic_init(&tone->step, step_of(tone, node->frequency));
    atomic_init(&tone->amplitude, (float)amplitude);
    tone->level = -1;
    return result;
}

PyObject *rtj_tone_open(PyObject *client, PyObject *ports, double frequency,
                        double amplitude)
{
    rtj_port_handles out;
    if (rtj_port_handles_read(&out, client, ports, JackPortIsOutput, "port") < 0) {
        return NULL;
    }
    rtj_unit_plan plan = {.run = rtj_tone_run,
                          .size = sizeof(rtj_tone),
                          .outputs = out.list,
                          .output_count = out.count};
    rtj_py_node *node =
        rtj_node_new(rtj_state_of(Py_TYPE(client))->Tone, client, &plan);
    rtj_port_handles_free(&out);
    if (node != NULL && set_tone(node, frequency, amplitude) < 0) {
        Py_CLEAR(node);
    }
    return node != NULL ? rtj_node_start(node) : NULL;
}

static PyObject *tone_get_frequency(PyObject *self, void *Py_UNUSED(closure))
{
    return PyFloat_FromDouble(((const rtj_py_node *)self)->frequency);
}

static int refuse_deletion(PyObject *value, const char *what)
{
    if (value == NULL) {
        PyErr_Format(PyExc_AttributeError, "%s can't be deleted", what);
        return -1;
    }
    return 0;
}

static int tone_set_frequency(PyObject *self, PyObject *value, void *Py_UNUSED(closure))
{
    rtj_py_node *node = (rtj_py_node *)self;
    rtj_tone *tone = node->data;
    double frequency;
    if (refuse_deletion(value, "frequency") < 0 ||
        check_frequency(tone, value, &frequency) < 0) {
        return -1;
    }
    node->frequency = frequency;
    atomic_store_explicit(&tone->step, step_of(tone, frequency), memory_order_relaxed);
    return 0;
}

static PyObject *tone_get_amplitude(PyObject *self, void *Py_UNUSED(closure))
{
    rtj_tone *tone = ((rtj_py_node *)self)->data;
    return PyFloat_FromDouble((double)atomic_load(&tone->amplitude));
}

static int tone_set_amplitude(PyObject *self, PyObject *value, void *Py_UNUSED(closure))
{
    rtj_tone *tone = ((rtj_py_node *)self)->data;
    double amplitude;
    if (refuse_deletion(value, "amplitude") < 0 ||
        rtj_as_float(value, "amplitude", 0.0, FLT_MAX, &amplitude) < 0) {
        return -1;
    }
    atomic_store_explicit(&tone->amplitude, (float)amplitude, memory_order_relaxed);
    return 0;
}

static PyGetSetDef tone_getset[] = {
    {"frequency", tone_get_frequency, tone_set_frequency, DOC_Tone_frequency, NULL},
    {"amplitude", tone_get_amplitude, tone_set_amplitude, DOC_Tone_amplitude, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot tone_slots[] = {
    {Py_tp_doc, (void *)DOC_Tone},
    {Py_tp_getset, tone_getset},
    {0, NULL},
};

/* ---- silence ---- */

PyObject *rtj_silence_open(PyObject *client, PyObject *ports)
{
    rtj_port_handles out;
    if (rtj_port_handles_read(&out, client, ports, JackPortIsOutput, "ports") < 0) {
        return NULL;
    }
    rtj_unit_plan plan = {
        .size = sizeof(rtj_work), .outputs = out.list, .output_count = out.count};
    rtj_py_node *node =
        rtj_node_new(rtj_state_of(Py_TYPE(client))->Node, client, &plan);
    rtj_port_handles_free(&out);
    return node != NULL ? rtj_node_start(node) : NULL;
}

/* ---- meter ---- */

PyObject *rtj_meter_open(PyObject *client, PyObject *ports)
{
    rtj_port_handles in;
    int flag = ports == Py_None ? JackPortIsInput : 0;
    if (rtj_port_handles_read(&in, client, ports, flag, "ports") < 0) {
        return NULL;
    }
    rtj_unit_plan plan = {.run = rtj_meter_run,
                          .size = sizeof(rtj_meter),
                          .inputs = in.list,
                          .input_count = in.count};
    rtj_py_node *node =
        rtj_node_new(rtj_state_of(Py_TYPE(client))->Meter, client, &plan);
    rtj_port_handles_free(&in);
    if (node == NULL) {
        return NULL;
    }
    rtj_meter *meter = node->data;
    meter->levels = rtj_node_memory(node, in.count * sizeof *meter->levels);
    if (meter->levels == NULL) {
        Py_DECREF(node);
        return NULL;
    }
    return rtj_node_start(node);
}

/* The figures of all ports as a list: of the peaks, or else of the means. */
static PyObject *levels(const rtj_meter *meter, int of_peaks)
{
    uint32_t count = meter->work.input_count;
    float *peaks = PyMem_Calloc(count, sizeof *peaks);
    double *squares = PyMem_Calloc(count, sizeof *squares);
    PyObject *list = peaks != NULL && squares != NULL ? PyList_New(count) : NULL;
    uint64_t frames = 0;
    if (list != NULL) {
        Py_BEGIN_ALLOW_THREADS
        while (!rtj_meter_read(meter, peaks, squares, &frames)) {
        }
        Py_END_ALLOW_THREADS
    } else if (!PyErr_Occurred()) {
        PyErr_NoMemory();
    }
    for (uint32_t i = 0; list != NULL && i < count; i++) {
        double mean = frames > 0 ? sqrt(squares[i] / (double)frames) : 0.0;
        PyObject *item = PyFloat_FromDouble(of_peaks ? (double)peaks[i] : mean);
        if (item == NULL) {
            Py_CLEAR(list);
        } else {
            PyList_SET_ITEM(list, (Py_ssize_t)i, item); /* steals */
        }
    }
    PyMem_Free(peaks);
    PyMem_Free(squares);
    return list;
}

static PyObject *meter_peak(PyObject *self, void *Py_UNUSED(closure))
{
    return levels(((const rtj_py_node *)self)->data, 1);
}

static PyObject *meter_rms(PyObject *self, void *Py_UNUSED(closure))
{
    return levels(((const rtj_py_node *)self)->data, 0);
}

static PyObject *meter_reset(PyObject *self, PyObject *Py_UNUSED(unused))
{
    rtj_meter *meter = ((rtj_py_node *)self)->data;
    atomic_fetch_add(&meter->resets, 1);
    Py_RETURN_NONE;
}

static PyMethodDef meter_methods[] = {
    {"reset", meter_reset, METH_NOARGS, DOC_Meter_reset},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef meter_getset[] = {
    {"peak", meter_peak, NULL, DOC_Meter_peak, NULL},
    {"rms", meter_rms, NULL, DOC_Meter_rms, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot meter_slots[] = {
    {Py_tp_doc, (void *)DOC_Meter},
    {Py_tp_methods, meter_methods},
    {Py_tp_getset, meter_getset},
    {0, NULL},
};

/* ---- mixer ---- */

static int read_gains(PyObject *value, float *gains, uint32_t count)
{
    double number = 1.0;
    int one = value == NULL || value == Py_None || PyFloat_Check(value) ||
              PyLong_Check(value);
    if (one) {
        if (value != NULL && value != Py_None &&
            rtj_as_float(value, "gains", -FLT_MAX, FLT_MAX, &number) < 0) {
            return -1;
        }
        for (uint32_t i = 0; i < count; i++) {
            gains[i] = (float)number;
        }
        return 0;
    }
    PyObject *list = PySequence_List(value);
    if (list == NULL) {
        return -1;
    }
    int result = PyList_GET_SIZE(list) == (Py_ssize_t)count ? 0 : -1;
    if (result < 0) {
        PyErr_Format(PyExc_ValueError,
                     "gains must be one for each of %u inputs, got %zd", count,
                     PyList_GET_SIZE(list));
    }
    for (uint32_t i = 0; result == 0 && i < count; i++) {
        result = rtj_as_float(PyList_GET_ITEM(list, (Py_ssize_t)i), "a gain", -FLT_MAX,
                              FLT_MAX, &number);
        gains[i] = (float)number;
    }
    Py_DECREF(list);
    return result;
}

static int set_gains(rtj_py_node *node, PyObject *value)
{
    rtj_mixer *mixer = node->data;
    float *gains = PyMem_Calloc(mixer->work.input_count, sizeof *gains);
    int result = -1;
    if (gains == NULL) {
        PyErr_NoMemory();
    } else {
        result = read_gains(value, gains, mixer->work.input_count);
    }
    if (result == 0) {
        RTJ_BEGIN_LOCKED(node);
        rtj_mixer_set(mixer, gains);
        RTJ_END_LOCKED();
    }
    PyMem_Free(gains);
    return result;
}

static rtj_py_node *new_mixer(PyObject *client, const rtj_port_handles *in,
                              const rtj_port_handles *out)
{
    rtj_unit_plan plan = {.run = rtj_mixer_run,
                          .size = sizeof(rtj_mixer),
                          .inputs = in->list,
                          .input_count = in->count,
                          .outputs = out->list,
                          .output_count = out->count};
    rtj_py_node *node =
        rtj_node_new(rtj_state_of(Py_TYPE(client))->Mixer, client, &plan);
    if (node != NULL) {
        rtj_mixer *mixer = node->data;
        mixer->gains = rtj_node_memory(node, in->count * sizeof *mixer->gains);
        if (mixer->gains == NULL) {
            Py_CLEAR(node);
        }
    }
    return node;
}

PyObject *rtj_mixer_open(PyObject *client, PyObject *inputs, PyObject *outputs,
                         PyObject *gains)
{
    rtj_port_handles in, out;
    if (rtj_port_handles_read(&in, client, inputs, JackPortIsInput, "inputs") < 0) {
        return NULL;
    }
    if (rtj_port_handles_read(&out, client, outputs, JackPortIsOutput, "output") < 0) {
        rtj_port_handles_free(&in);
        return NULL;
    }
    rtj_py_node *node = new_mixer(client, &in, &out);
    rtj_port_handles_free(&in);
    rtj_port_handles_free(&out);
    if (node != NULL && set_gains(node, gains) < 0) {
        Py_CLEAR(node);
    }
    return node != NULL ? rtj_node_start(node) : NULL;
}

static PyObject *mixer_get_gains(PyObject *self, void *Py_UNUSED(closure))
{
    rtj_mixer *mixer = ((rtj_py_node *)self)->data;
    PyObject *list = PyList_New(mixer->work.input_count);
    for (uint32_t i = 0; list != NULL && i < mixer->work.input_count; i++) {
        PyObject *item =
            PyFloat_FromDouble((double)atomic_load(&mixer->gains[i].wanted));
        if (item == NULL) {
            Py_CLEAR(list);
        } else {
            PyList_SET_ITEM(list, (Py_ssize_t)i, item); /* steals */
        }
    }
    return list;
}

static int mixer_set_gains(PyObject *self, PyObject *value, void *Py_UNUSED(closure))
{
    if (refuse_deletion(value, "gains") < 0) {
        return -1;
    }
    return set_gains((rtj_py_node *)self, value);
}

static PyGetSetDef mixer_getset[] = {
    {"gains", mixer_get_gains, mixer_set_gains, DOC_Mixer_gains, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot mixer_slots[] = {
    {Py_tp_doc, (void *)DOC_Mixer},
    {Py_tp_getset, mixer_getset},
    {0, NULL},
};

/* ---- the types ---- */

static PyTypeObject *add(PyObject *module, const rtj_state *state, const char *name,
                         PyType_Slot *slots)
{
    PyType_Spec spec = {name, sizeof(rtj_py_node), 0,
                        Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION |
                            Py_TPFLAGS_IMMUTABLETYPE,
                        slots};
    return rtj_add_type(module, &spec, (PyObject *)state->Node);
}

int rtj_add_builtin_nodes(PyObject *module, rtj_state *state)
{
    state->Tone = add(module, state, "jack.Tone", tone_slots);
    state->Meter = add(module, state, "jack.Meter", meter_slots);
    state->Mixer = add(module, state, "jack.Mixer", mixer_slots);
    return state->Tone != NULL && state->Meter != NULL && state->Mixer != NULL ? 0 : -1;
}
