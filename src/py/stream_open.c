/* Client.open_stream(): making a stream and its ports. */
#include "py/stream.h"

#include "py/args.h"
#include "py/client_impl.h"
#include "py/port.h"

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

int rtj_stream_unregister(const rtj_state *state, PyObject *list)
{
    for (Py_ssize_t i = 0; list != NULL && i < PyTuple_GET_SIZE(list); i++) {
        PyObject *port = PyTuple_GET_ITEM(list, i);
        if (port == NULL || ((rtj_port *)port)->unregistered) {
            continue;
        }
        PyObject *result = PyObject_CallMethod(port, "unregister", NULL);
        if (result == NULL) {
            if (!PyErr_ExceptionMatches(state->JackError)) {
                return -1;
            }
            PyErr_Clear(); /* the client or its server is gone: so is the port */
        }
        Py_XDECREF(result);
    }
    return 0;
}

void rtj_stream_drop_ports(const rtj_state *state, PyObject *list)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    if (rtj_stream_unregister(state, list) < 0) {
        PyErr_WriteUnraisable(list);
    }
    PyErr_Restore(type, value, traceback);
}

/* `wanted`: how many ports, or their names.  A tuple of new ports. */
static PyObject *make_ports(const rtj_state *state, PyObject *ports, PyObject *wanted,
                            const char *stem, const char *what)
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
        if (names == NULL && PyErr_Occurred() &&
            !PyErr_ExceptionMatches(PyExc_TypeError)) {
            return NULL;
        }
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
            rtj_stream_drop_ports(state, made);
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

/* ---- the interpreter's switch interval ---- */

static void make_wish(rtj_py_stream *self, unsigned long microseconds)
{
    rtj_callbacks *callbacks = ((rtj_py_client *)self->client)->callbacks;
    if (!rtj_switching_has_time(callbacks, self->lookahead)) {
        self->wish.microseconds = microseconds;
        rtj_switching_add(callbacks, &self->wish);
    }
}

void rtj_stream_forget_wish(rtj_py_stream *self)
{
    rtj_callbacks *callbacks = ((rtj_py_client *)self->client)->callbacks;
    if (callbacks != NULL) { /* else the client was cleared together with its stream */
        rtj_switching_remove(callbacks, &self->wish);
    }
}

/* ---- opening ---- */

enum { INPUTS, OUTPUTS, LOOKAHEAD, BUFFERSIZE, KEEP_TIME, SWITCH_INTERVAL, OPTIONS };

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
    static const char *const names[OPTIONS] = {
        "inputs", "outputs", "lookahead", "buffersize", "keep_time", "switch_interval"};
    static const rtj_signature signature = {"open_stream", names, OPTIONS, 0,
                                            LOOKAHEAD};
    rtj_py_client *client = (rtj_py_client *)object;
    rtj_client *core = rtj_py_client_core(client);
    PyObject *values[OPTIONS];
    rtj_flow_options options = {0};
    unsigned long interval;
    if (core == NULL || rtj_parse(&signature, args, nargs, kwnames, values) < 0 ||
        read_options(values, &options) < 0 ||
        rtj_switching_of(values[SWITCH_INTERVAL], &interval) < 0) {
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
    self->inports =
        make_ports(self->state, client->inports, values[INPUTS], "in", "inputs");
    if (self->inports != NULL) {
        self->outports = make_ports(self->state, client->outports, values[OUTPUTS],
                                    "out", "outputs");
    }
    if (self->inports == NULL || self->outports == NULL ||
        open_flow(self, core, &options) < 0) {
        rtj_stream_drop_ports(self->state, self->inports);
        rtj_stream_drop_ports(self->state, self->outports);
        Py_DECREF(self);
        return NULL;
    }
    make_wish(self, interval);
    return (PyObject *)self;
}
