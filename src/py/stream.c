/* jack.Stream: blocks of audio for an ordinary thread. */
#include "py/stream.h"

#include "docstrings.h"
#include "py/apart.h"
#include "py/args.h"
#include "py/client_impl.h"
#include "py/port.h"

/* ---- reading and writing ---- */

static int require_ports(PyObject *ports, const char *kind)
{
    if (PyTuple_GET_SIZE(ports) == 0) {
        PyErr_Format(PyExc_ValueError, "the stream has no %s ports", kind);
        return -1;
    }
    return 0;
}

static PyObject *read_new(rtj_py_stream *self, Py_ssize_t frames, double seconds)
{
    Py_ssize_t channels = PyTuple_GET_SIZE(self->inports);
    PyObject *array = rtj_new_array(self->state, frames, channels > 0 ? channels : 1);
    rtj_block block;
    if (array == NULL || rtj_block_open(&block, array, "the new array", channels,
                                        RTJ_FRAMES_FIRST, 1) < 0) {
        Py_XDECREF(array);
        return NULL;
    }
    if (rtj_flow_read_block(self->state, self->flow, &block, seconds, RTJ_RAISE_FIRST) <
        0) {
        Py_CLEAR(array);
    }
    rtj_block_close(&block);
    return array;
}

static PyObject *read_into(rtj_py_stream *self, PyObject *out, Py_ssize_t frames,
                           double seconds)
{
    rtj_block block;
    if (rtj_block_open(&block, out, "out", PyTuple_GET_SIZE(self->inports),
                       RTJ_FRAMES_FIRST, 1) < 0) {
        return NULL;
    }
    int result = -1;
    if (frames >= 0 && block.frames != frames) {
        PyErr_Format(PyExc_ValueError, "out must have %zd frames as asked, got %zd",
                     frames, block.frames);
    } else {
        result = rtj_flow_read_block(self->state, self->flow, &block, seconds,
                                     RTJ_RAISE_FIRST);
    }
    rtj_block_close(&block);
    return result == 0 ? Py_NewRef(out) : NULL;
}

static int current_blocksize(const rtj_py_stream *self, int64_t *frames)
{
    PyObject *value = PyObject_GetAttrString(self->client, "blocksize");
    int result =
        value != NULL ? rtj_as_int64(value, "blocksize", 1, INT32_MAX, frames) : -1;
    Py_XDECREF(value);
    return result;
}

static PyObject *stream_read(PyObject *object, PyObject *const *args, Py_ssize_t nargs,
                             PyObject *kwnames)
{
    static const char *const names[] = {"frames", "out", "timeout"};
    static const rtj_signature signature = {"read", names, 3, 0, 3};
    rtj_py_stream *self = (rtj_py_stream *)object;
    PyObject *values[3];
    double seconds;
    int64_t frames = -1;
    if (rtj_parse(&signature, args, nargs, kwnames, values) < 0 ||
        rtj_timeout_of(values[2], &seconds) < 0 ||
        require_ports(self->inports, "input") < 0) {
        return NULL;
    }
    int given = values[0] != NULL && values[0] != Py_None;
    if (given && rtj_as_int64(values[0], "frames", 1, INT32_MAX, &frames) < 0) {
        return NULL;
    }
    if (values[1] != NULL && values[1] != Py_None) {
        return read_into(self, values[1], (Py_ssize_t)frames, seconds);
    }
    if (!given && current_blocksize(self, &frames) < 0) {
        return NULL;
    }
    return read_new(self, (Py_ssize_t)frames, seconds);
}

static PyObject *stream_write(PyObject *object, PyObject *const *args, Py_ssize_t nargs,
                              PyObject *kwnames)
{
    static const char *const names[] = {"block", "timeout"};
    static const rtj_signature signature = {"write", names, 2, 1, 2};
    rtj_py_stream *self = (rtj_py_stream *)object;
    PyObject *values[2];
    double seconds;
    rtj_block block;
    if (rtj_parse(&signature, args, nargs, kwnames, values) < 0 ||
        rtj_timeout_of(values[1], &seconds) < 0 ||
        require_ports(self->outports, "output") < 0 ||
        rtj_block_open(&block, values[0], "block", PyTuple_GET_SIZE(self->outports),
                       RTJ_FRAMES_FIRST, 0) < 0) {
        return NULL;
    }
    int result =
        rtj_flow_write_block(self->state, self->flow, &block, seconds, RTJ_RAISE_FIRST);
    rtj_block_close(&block);
    if (result < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

/* Write one block and read the other; both are done before a break is raised. */
static int exchange(rtj_py_stream *self, const rtj_block *out, const rtj_block *in,
                    double seconds)
{
    PyObject *type, *value, *traceback;
    int result =
        rtj_flow_write_block(self->state, self->flow, out, seconds, RTJ_RAISE_AFTER);
    if (result < 0 && !PyErr_ExceptionMatches(self->state->OutputSyncError)) {
        return -1;
    }
    PyErr_Fetch(&type, &value, &traceback);
    int late = result < 0;
    result = rtj_flow_read_block(self->state, self->flow, in, seconds, RTJ_RAISE_AFTER);
    if (late && result == 0) {
        PyErr_Restore(type, value, traceback);
        return -1;
    }
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
    return result;
}

static PyObject *exchange_with(rtj_py_stream *self, const rtj_block *out,
                               PyObject *given, double seconds)
{
    Py_ssize_t channels = PyTuple_GET_SIZE(self->inports);
    rtj_block in;
    PyObject *input = given != NULL && given != Py_None
                          ? Py_NewRef(given)
                          : rtj_new_array(self->state, out->frames, channels);
    if (input == NULL ||
        rtj_block_open(&in, input, "input", channels, RTJ_FRAMES_FIRST, 1) < 0) {
        Py_XDECREF(input);
        return NULL;
    }
    int result = -1;
    if (in.frames != out->frames) {
        PyErr_Format(PyExc_ValueError,
                     "input must have as many frames as output, %zd, got %zd",
                     out->frames, in.frames);
    } else {
        result = exchange(self, out, &in, seconds);
    }
    rtj_block_close(&in);
    if (result < 0) {
        Py_CLEAR(input);
    }
    return input;
}

static PyObject *stream_process(PyObject *object, PyObject *const *args,
                                Py_ssize_t nargs, PyObject *kwnames)
{
    static const char *const names[] = {"output", "input", "timeout"};
    static const rtj_signature signature = {"process", names, 3, 1, 3};
    rtj_py_stream *self = (rtj_py_stream *)object;
    PyObject *values[3];
    double seconds;
    rtj_block out;
    if (rtj_parse(&signature, args, nargs, kwnames, values) < 0 ||
        rtj_timeout_of(values[2], &seconds) < 0 ||
        require_ports(self->inports, "input") < 0 ||
        require_ports(self->outports, "output") < 0 ||
        rtj_block_open(&out, values[0], "output", PyTuple_GET_SIZE(self->outports),
                       RTJ_FRAMES_FIRST, 0) < 0) {
        return NULL;
    }
    PyObject *input = exchange_with(self, &out, values[1], seconds);
    rtj_block_close(&out);
    return input;
}

/* ---- life ---- */

static PyObject *stream_start(PyObject *object, PyObject *Py_UNUSED(unused))
{
    rtj_py_stream *self = (rtj_py_stream *)object;
    rtj_error error;
    rtj_status status;
    Py_BEGIN_ALLOW_THREADS
    status = rtj_flow_start(self->flow, &error);
    Py_END_ALLOW_THREADS
    if (status != RTJ_OK) {
        return rtj_raise(self->state, &error);
    }
    Py_RETURN_NONE;
}

static PyObject *stream_stop(PyObject *object, PyObject *Py_UNUSED(unused))
{
    rtj_py_stream *self = (rtj_py_stream *)object;
    Py_BEGIN_ALLOW_THREADS
    rtj_flow_stop(self->flow);
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}

static PyObject *stream_close(PyObject *object, PyObject *Py_UNUSED(unused))
{
    rtj_py_stream *self = (rtj_py_stream *)object;
    rtj_error error;
    rtj_status status;
    Py_BEGIN_ALLOW_THREADS
    status = rtj_flow_close(self->flow, &error);
    Py_END_ALLOW_THREADS
    if (status != RTJ_OK) {
        return rtj_raise(self->state, &error);
    }
    rtj_stream_forget_wish(self);
    /* What ends this early leaves the others to the next call. */
    if (rtj_stream_unregister(self->state, self->inports) < 0 ||
        rtj_stream_unregister(self->state, self->outports) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *stream_enter(PyObject *self, PyObject *Py_UNUSED(unused))
{
    return Py_NewRef(self);
}

static PyObject *stream_exit(PyObject *self, PyObject *Py_UNUSED(args))
{
    return stream_close(self, NULL);
}

static int stream_traverse(PyObject *object, visitproc visit, void *arg)
{
    rtj_py_stream *self = (rtj_py_stream *)object;
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(self->client);
    Py_VISIT(self->inports);
    Py_VISIT(self->outports);
    return 0;
}

static void stream_finalize(PyObject *object)
{
    rtj_py_stream *self = (rtj_py_stream *)object;
    rtj_error ignored;
    if (self->flow == NULL || rtj_flow_is_closed(self->flow) ||
        rtj_finalize_apart(object, self->state->interpreter, stream_finalize)) {
        return;
    }
    Py_BEGIN_ALLOW_THREADS(void)
    rtj_flow_close(self->flow, &ignored);
    Py_END_ALLOW_THREADS
    rtj_stream_drop_ports(self->state, self->inports);
    rtj_stream_drop_ports(self->state, self->outports);
}

static void stream_dealloc(PyObject *object)
{
    rtj_py_stream *self = (rtj_py_stream *)object;
    PyTypeObject *type = Py_TYPE(object);
    if (PyObject_CallFinalizerFromDealloc(object) < 0) {
        return; /* it is closed elsewhere */
    }
    PyObject_GC_UnTrack(object);
    if (self->flow != NULL) {
        rtj_flow *flow = self->flow;
        Py_BEGIN_ALLOW_THREADS
        rtj_flow_release(flow);
        Py_END_ALLOW_THREADS
        rtj_stream_forget_wish(self);
    }
    Py_XDECREF(self->client);
    Py_XDECREF(self->inports);
    Py_XDECREF(self->outports);
    type->tp_free(object);
    Py_DECREF(type);
}

/* ---- the type ---- */

static PyMethodDef stream_methods[] = {
    {"read", (PyCFunction)(void (*)(void))stream_read, METH_FASTCALL | METH_KEYWORDS,
     DOC_Stream_read},
    {"write", (PyCFunction)(void (*)(void))stream_write, METH_FASTCALL | METH_KEYWORDS,
     DOC_Stream_write},
    {"process", (PyCFunction)(void (*)(void))stream_process,
     METH_FASTCALL | METH_KEYWORDS, DOC_Stream_process},
    {"start", stream_start, METH_NOARGS, DOC_Stream_start},
    {"stop", stream_stop, METH_NOARGS, DOC_Stream_stop},
    {"close", stream_close, METH_NOARGS, DOC_Stream_close},
    {"__enter__", stream_enter, METH_NOARGS, DOC_Stream___enter__},
    {"__exit__", stream_exit, METH_VARARGS, DOC_Stream___exit__},
    {"aread", (PyCFunction)(void (*)(void))rtj_stream_aread,
     METH_VARARGS | METH_KEYWORDS, DOC_Stream_aread},
    {"awrite", (PyCFunction)(void (*)(void))rtj_stream_awrite,
     METH_VARARGS | METH_KEYWORDS, DOC_Stream_awrite},
    {"fileno", rtj_stream_fileno, METH_NOARGS, DOC_Stream_fileno},
    {"write_fileno", rtj_stream_write_fileno, METH_NOARGS, DOC_Stream_write_fileno},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot stream_slots[] = {
    {Py_tp_doc, (void *)DOC_Stream},
    {Py_tp_finalize, stream_finalize},
    {Py_tp_dealloc, stream_dealloc},
    {Py_tp_traverse, stream_traverse},
    {Py_tp_methods, stream_methods},
    {Py_tp_getset, rtj_stream_getset},
    {0, NULL},
};

static PyType_Spec stream_spec = {"jack.Stream", sizeof(rtj_py_stream), 0,
                                  Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC |
                                      Py_TPFLAGS_DISALLOW_INSTANTIATION,
                                  stream_slots};

int rtj_add_stream(PyObject *module, rtj_state *state)
{
    state->Stream = rtj_add_type(module, &stream_spec, NULL);
    if (state->Stream == NULL) {
        return -1;
    }
    return rtj_add_stream_stats(module, state);
}
