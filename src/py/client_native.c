/* jack.Client: what it runs in the audio thread without Python. */
#include "py/client_impl.h"

#include <float.h>

#include "docstrings.h"
#include "py/args.h"
#include "py/node.h"

static int optional_float(PyObject *value, const char *what, double low, double high,
                          double *result)
{
    return value == NULL ? 0 : rtj_as_float(value, what, low, high, result);
}

static PyObject *client_tone(PyObject *self, PyObject *const *args, Py_ssize_t nargs,
                             PyObject *kwnames)
{
    static const char *const names[] = {"port", "frequency", "amplitude"};
    static const rtj_signature signature = {"tone", names, 3, 1, 3};
    PyObject *values[3];
    double frequency = 440.0, amplitude = 0.25;
    if (rtj_parse(&signature, args, nargs, kwnames, values) < 0 ||
        optional_float(values[1], "frequency", 0.0, DBL_MAX, &frequency) < 0 ||
        optional_float(values[2], "amplitude", 0.0, FLT_MAX, &amplitude) < 0) {
        return NULL;
    }
    return rtj_tone_open(self, values[0], frequency, amplitude);
}

static PyObject *client_silence(PyObject *self, PyObject *const *args, Py_ssize_t nargs,
                                PyObject *kwnames)
{
    static const char *const names[] = {"ports"};
    static const rtj_signature signature = {"silence", names, 1, 0, 1};
    PyObject *ports;
    if (rtj_parse(&signature, args, nargs, kwnames, &ports) < 0) {
        return NULL;
    }
    return rtj_silence_open(self, ports != NULL ? ports : Py_None);
}

static PyObject *client_meter(PyObject *self, PyObject *const *args, Py_ssize_t nargs,
                              PyObject *kwnames)
{
    static const char *const names[] = {"ports"};
    static const rtj_signature signature = {"meter", names, 1, 0, 1};
    PyObject *ports;
    if (rtj_parse(&signature, args, nargs, kwnames, &ports) < 0) {
        return NULL;
    }
    return rtj_meter_open(self, ports != NULL ? ports : Py_None);
}

static PyObject *client_gain(PyObject *self, PyObject *const *args, Py_ssize_t nargs,
                             PyObject *kwnames)
{
    static const char *const names[] = {"source", "destination", "gain"};
    static const rtj_signature signature = {"gain", names, 3, 2, 3};
    PyObject *values[3];
    if (rtj_parse(&signature, args, nargs, kwnames, values) < 0) {
        return NULL;
    }
    return rtj_mixer_open(self, values[0], values[1], values[2]);
}

static PyObject *client_mix(PyObject *self, PyObject *const *args, Py_ssize_t nargs,
                            PyObject *kwnames)
{
    static const char *const names[] = {"inputs", "output", "gains"};
    static const rtj_signature signature = {"mix", names, 3, 2, 3};
    PyObject *values[3];
    if (rtj_parse(&signature, args, nargs, kwnames, values) < 0) {
        return NULL;
    }
    return rtj_mixer_open(self, values[0], values[1], values[2]);
}

#define RTJ_METHOD(name, function)                                                     \
    {                                                                                  \
#name, (PyCFunction)(void (*)(void))(function), METH_FASTCALL | METH_KEYWORDS, \
            DOC_Client_##name                                                          \
    }
PyMethodDef rtj_client_native_methods[] = {
    RTJ_METHOD(set_native_callback, rtj_client_set_native_callback),
    RTJ_METHOD(tone, client_tone),
    RTJ_METHOD(silence, client_silence),
    RTJ_METHOD(meter, client_meter),
    RTJ_METHOD(gain, client_gain),
    RTJ_METHOD(mix, client_mix),
    {NULL, NULL, 0, NULL},
};
#undef RTJ_METHOD
