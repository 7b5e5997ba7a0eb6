/* jack.Client: playing and recording. */
#include "py/client_impl.h"

#include "docstrings.h"
#include "py/args.h"
#include "py/node.h"

static PyObject *client_play(PyObject *self, PyObject *const *args, Py_ssize_t nargs,
                             PyObject *kwnames)
{
    static const char *const names[] = {"data", "mapping", "at", "loop"};
    static const rtj_signature signature = {"play", names, 4, 1, 4};
    PyObject *values[4];
    if (rtj_parse(&signature, args, nargs, kwnames, values) < 0) {
        return NULL;
    }
    int loop = values[3] != NULL ? PyObject_IsTrue(values[3]) : 0;
    if (loop < 0) {
        return NULL;
    }
    rtj_transfer_plan plan = {
        .data = values[0], .mapping = values[1], .at = values[2], .loop = loop};
    return rtj_transfer_open(self, &plan);
}

static PyObject *client_rec(PyObject *self, PyObject *const *args, Py_ssize_t nargs,
                            PyObject *kwnames)
{
    static const char *const names[] = {"frames", "channels", "at"};
    static const rtj_signature signature = {"rec", names, 3, 1, 3};
    PyObject *values[3];
    int64_t frames;
    if (rtj_parse(&signature, args, nargs, kwnames, values) < 0 ||
        rtj_as_int64(values[0], "frames", 1, INT64_MAX, &frames) < 0) {
        return NULL;
    }
    rtj_transfer_plan plan = {
        .channels = values[1], .at = values[2], .frames = (uint64_t)frames};
    return rtj_transfer_open(self, &plan);
}

static PyObject *client_playrec(PyObject *self, PyObject *const *args, Py_ssize_t nargs,
                                PyObject *kwnames)
{
    static const char *const names[] = {"data", "channels", "mapping", "at"};
    static const rtj_signature signature = {"playrec", names, 4, 1, 4};
    PyObject *values[4];
    if (rtj_parse(&signature, args, nargs, kwnames, values) < 0) {
        return NULL;
    }
    rtj_transfer_plan plan = {.data = values[0],
                              .channels = values[1],
                              .mapping = values[2],
                              .at = values[3],
                              .frames = UINT64_MAX};
    return rtj_transfer_open(self, &plan);
}

/* ---- files: in Python, over streams ---- */

static PyObject *client_play_file(PyObject *self, PyObject *args, PyObject *kwargs)
{
    return rtj_call_python("jack._files", "play_file", self, args, kwargs);
}

static PyObject *client_rec_file(PyObject *self, PyObject *args, PyObject *kwargs)
{
    return rtj_call_python("jack._files", "rec_file", self, args, kwargs);
}

PyMethodDef rtj_client_play_methods[] = {
    {"play", (PyCFunction)(void (*)(void))client_play, METH_FASTCALL | METH_KEYWORDS,
     DOC_Client_play},
    {"rec", (PyCFunction)(void (*)(void))client_rec, METH_FASTCALL | METH_KEYWORDS,
     DOC_Client_rec},
    {"playrec", (PyCFunction)(void (*)(void))client_playrec,
     METH_FASTCALL | METH_KEYWORDS, DOC_Client_playrec},
    {"play_file", (PyCFunction)(void (*)(void))client_play_file,
     METH_VARARGS | METH_KEYWORDS, DOC_Client_play_file},
    {"rec_file", (PyCFunction)(void (*)(void))client_rec_file,
     METH_VARARGS | METH_KEYWORDS, DOC_Client_rec_file},
    {NULL, NULL, 0, NULL},
};
