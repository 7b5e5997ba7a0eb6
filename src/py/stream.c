/* jack.Stream: blocks of audio for an ordinary thread. */
#include "py/stream.h"

#include "docstrings.h"
#include "py/args.h"
#include "py/client_impl.h"
#include "py/port.h"

/* ---- making ---- */

/* A port called `<stem>_<n>` with the first n >= *number that is free. */
static PyObject *register_numbered(PyObject *ports, const char *stem, int *number)
{
    for (;; (*number)++) {
        PyObject *name = PyUnicode_FromFormat("%s_%d", stem, *number);
        int taken = name != NULL ? PySequence_Contains(ports, name) : -1;
        PyObject *port =
            taken == 0 ? PyObject_CallMethod(ports, "register", "O", name) : NULL;
        Py_XDECREF(name);
        if (taken <= 0) {
            (*number)++;
            return port;
        }
    }
}

static void unregister_all(PyObject *list)
{
    for (Py_ssize_t i = 0; list != NULL && i < PyTuple_GET_SIZE(list); i++) {
        PyObject *port = PyTuple_GET_ITEM(list, i);
        if (port == NULL || ((rtj_port *)port)->unregistered) {
            continue;
        }
        PyObject *result = PyObject_CallMethod(port, "unregister", NULL);
        if (result == NULL) {
            PyErr_Clear(); /* the client or its server is gone: so is the port */
        }
        Py_XDECREF(result);
    }
}

/* `wanted`: how many ports, or their names.  A tuple of new ports. */
static PyObject *make_ports(PyObject *ports, PyObject *wanted, const char *stem,
                            const char *what)
{
    int number = 1;
    int64_t count = 0;
    PyObject *names = NULL;
    if (wanted != NULL && PyIndex_Check(wanted)) {
        if (rtj_as_int64(wanted, what, 0, 4096, &count) < 0) {
            return NULL;
        }
    } else if (wanted != NULL) {
        names = PyUnicode_Check(wanted) ? NULL : PySequence_Tuple(wanted);
        if (names == NULL) {
            PyErr_Clear();
            return PyErr_Format(PyExc_TypeError,
                                "%s must be a number of ports or a sequence of names, "
                                "not %.200s",
                                what, Py_TYPE(wanted)->tp_name);
        }
        count = PyTuple_GET_SIZE(names);
    }
    PyObject *made = PyTuple_New((Py_ssize_t)count);
    for (Py_ssize_t i = 0; made != NULL && i < count; i++) {
        PyObject *port = names != NULL ? PyObject_CallMethod(ports, "register", "O",
                                                             PyTuple_GET_ITEM(names, i))
                                       : register_numbered(ports, stem, &number);
        if (port == NULL) {
            PyObject *type, *value, *traceback;
            PyErr_Fetch(&type, &value, &traceback);
            unregister_all(made);
            PyErr_Restore(type, value, traceback);
            Py_CLEAR(made);
            break;
        }
        PyTuple_SET_ITEM(made, i, port); /* steals */
    }
    Py_XDECREF(names);
    return made;
}

static void handles_of(PyObject *ports, jack_port_t **handles)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(ports); i++) {
        handles[i] = ((rtj_port *)PyTuple_GET_ITEM(ports, i))->handle;
    }
}

static int open_flow(rtj_py_stream *self, rtj_client *core, rtj_flow_options *options)
{
    Py_ssize_t inputs = PyTuple_GET_SIZE(self->inports);
    Py_ssize_t outputs = PyTuple_GET_SIZE(self->outports);
    jack_port_t **handles = PyMem_New(jack_port_t *, (size_t)(inputs + outputs) + 1);
    if (handles == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    handles_of(self->inports, handles);
    handles_of(self->outports, handles + inputs);
    options->inputs = handles;
    options->input_count = (uint32_t)inputs;
    options->outputs = handles + inputs;
    options->output_count = (uint32_t)outputs;
    rtj_error error;
    rtj_status status;
    Py_BEGIN_ALLOW_THREADS
    status = rtj_flow_open(core, options, &self->flow, &error);
    Py_END_ALLOW_THREADS
    PyMem_Free(handles);
    if (status != RTJ_OK) {
        (void)rtj_raise(self->state, &error);
        return -1;
    }
    return 0;
}

enum { INPUTS, OUTPUTS, LOOKAHEAD, BUFFERSIZE, KEEP_TIME, OPTIONS };

static int read_options(PyObject *const *values, rtj_flow_options *options)
{
    int64_t lookahead = 8, buffersize = 0;
    if (values[LOOKAHEAD] != NULL &&
        rtj_as_int64(values[LOOKAHEAD], "lookahead", 1, 1 << 16, &lookahead) < 0) {
        return -1;
    }
    if (values[BUFFERSIZE] != NULL &&
        rtj_as_int64(values[BUFFERSIZE], "buffersize", 0, 1 << 28, &buffersize) < 0) {
        return -1;
    }
    options->lookahead = (uint32_t)lookahead;
    options->buffersize = (uint32_t)buffersize;
    options->keep_time = -1;
    if (values[KEEP_TIME] != NULL && values[KEEP_TIME] != Py_None) {
        options->keep_time = PyObject_IsTrue(values[KEEP_TIME]);
        return options->keep_time < 0 ? -1 : 0;
    }
    return 0;
}

PyObject *rtj_client_open_stream(PyObject *object, PyObject *const *args,
                                 Py_ssize_t nargs, PyObject *kwnames)
{
    static const char *const names[OPTIONS] = {"inputs", "outputs", "lookahead",
                                               "buffersize", "keep_time"};
    static const rtj_signature signature = {"open_stream", names, OPTIONS, 0,
                                            LOOKAHEAD};
    rtj_py_client *client = (rtj_py_client *)object;
    rtj_client *core = rtj_py_client_core(client);
    PyObject *values[OPTIONS];
    rtj_flow_options options = {0};
    if (core == NULL || rtj_parse(&signature, args, nargs, kwnames, values) < 0 ||
        read_options(values, &options) < 0) {
        return NULL;
    }
    if (values[INPUTS] == NULL && values[OUTPUTS] == NULL) {
        PyErr_SetString(PyExc_ValueError,
                        "a stream needs inputs or outputs: open_stream(inputs=2), say");
        return NULL;
    }
    PyTypeObject *type = client->state->Stream;
    rtj_py_stream *self = (rtj_py_stream *)type->tp_alloc(type, 0);
    if (self == NULL) {
        return NULL;
    }
    self->state = client->state;
    self->client = Py_NewRef(object);
    self->lookahead = options.lookahead;
    self->inports = make_ports(client->inports, values[INPUTS], "in", "inputs");
    if (self->inports != NULL) {
        self->outports =
            make_ports(client->outports, values[OUTPUTS], "out", "outputs");
    }
    if (self->outports == NULL || open_flow(self, core, &options) < 0) {
        PyObject *error_type, *value, *traceback;
        PyErr_Fetch(&error_type, &value, &traceback);
        unregister_all(self->inports);
        unregister_all(self->outports);
        PyErr_Restore(error_type, value, traceback);
        Py_DECREF(self);
        return NULL;
    }
    return (PyObject *)self;
}

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

/* Write a block and read as many frames; both are done before a break is raised. */
static PyObject *stream_process(PyObject *object, PyObject *const *args,
                                Py_ssize_t nargs, PyObject *kwnames)
{
    static const char *const names[] = {"output", "input", "timeout"};
    static const rtj_signature signature = {"process", names, 3, 1, 3};
    rtj_py_stream *self = (rtj_py_stream *)object;
    PyObject *values[3];
    double seconds;
    rtj_block out, in;
    if (rtj_parse(&signature, args, nargs, kwnames, values) < 0 ||
        rtj_timeout_of(values[2], &seconds) < 0 ||
        require_ports(self->inports, "input") < 0 ||
        require_ports(self->outports, "output") < 0 ||
        rtj_block_open(&out, values[0], "output", PyTuple_GET_SIZE(self->outports),
                       RTJ_FRAMES_FIRST, 0) < 0) {
        return NULL;
    }
    Py_ssize_t channels = PyTuple_GET_SIZE(self->inports);
    PyObject *input = values[1] != NULL && values[1] != Py_None
                          ? Py_NewRef(values[1])
                          : rtj_new_array(self->state, out.frames, channels);
    if (input == NULL ||
        rtj_block_open(&in, input, "input", channels, RTJ_FRAMES_FIRST, 1) < 0) {
        Py_XDECREF(input);
        rtj_block_close(&out);
        return NULL;
    }
    int result = -1;
    if (in.frames != out.frames) {
        PyErr_Format(PyExc_ValueError,
                     "input must have as many frames as output, %zd, got %zd",
                     out.frames, in.frames);
    } else {
        result = rtj_flow_write_block(self->state, self->flow, &out, seconds,
                                      RTJ_RAISE_AFTER);
        int late = result < 0 && PyErr_ExceptionMatches(self->state->OutputSyncError);
        if (result == 0 || late) {
            PyObject *type, *value, *traceback;
            PyErr_Fetch(&type, &value, &traceback);
            result = rtj_flow_read_block(self->state, self->flow, &in, seconds,
                                         RTJ_RAISE_AFTER);
            if (late && result == 0) {
                PyErr_Restore(type, value, traceback);
                result = -1;
            } else {
                Py_XDECREF(type);
                Py_XDECREF(value);
                Py_XDECREF(traceback);
            }
        }
    }
    rtj_block_close(&in);
    rtj_block_close(&out);
    if (result < 0) {
        Py_CLEAR(input);
    }
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
    int was_open = !rtj_flow_is_closed(self->flow);
    Py_BEGIN_ALLOW_THREADS
    status = rtj_flow_close(self->flow, &error);
    Py_END_ALLOW_THREADS
    if (was_open && status == RTJ_OK) {
        unregister_all(self->inports);
        unregister_all(self->outports);
    }
    if (status != RTJ_OK) {
        return rtj_raise(self->state, &error);
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

static void stream_dealloc(PyObject *object)
{
    rtj_py_stream *self = (rtj_py_stream *)object;
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    if (self->flow != NULL) {
        rtj_flow *flow = self->flow;
        int was_open = !rtj_flow_is_closed(flow);
        Py_BEGIN_ALLOW_THREADS
        rtj_flow_release(flow);
        Py_END_ALLOW_THREADS
        if (was_open) {
            PyObject *error_type, *value, *traceback;
            PyErr_Fetch(&error_type, &value, &traceback);
            unregister_all(self->inports);
            unregister_all(self->outports);
            PyErr_Restore(error_type, value, traceback);
        }
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
    {Py_tp_doc, (void *)DOC_Stream},   {Py_tp_dealloc, stream_dealloc},
    {Py_tp_traverse, stream_traverse}, {Py_tp_methods, stream_methods},
    {Py_tp_getset, rtj_stream_getset}, {0, NULL},
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
