/* PyJack's process(): blocks through a flow over the ports of register_port().
 *
 * The rings hold half a second or more.  A program that is later than that finds the
 * oldest block, is told by InputSyncError, and begins anew with what comes next.  Audio
 * that it was to play meanwhile was silence; with inputs, it makes up for that by
 * OutputSyncError for each block that is too late, so that the way through the program
 * stays as long as it was.  With either error the output was not taken.
 */
#include "py/pyjack.h"

#include <pthread.h>

#include "core/latency.h"
#include "py/args.h"
#include "py/flow.h"
#include "py/port.h"

enum {
    LOOKAHEAD_PER_SECOND = 20, /* at least a twentieth of a second, */
    LOOKAHEAD_BLOCKS = 2,      /* and at least so many blocks */
};

struct rtj_pyjack {
    pthread_mutex_t lock; /* of all that follows; taken without the GIL */
    PyObject *inputs;     /* list of OwnPort, in order of registration */
    PyObject *outputs;
    rtj_flow *flow; /* strong; NULL: not active, or no ports */
    int outdated;   /* there are ports that the flow does not know of */
    /* Of the flow; the thread's that uses its sides: */
    int begun;             /* process() was called */
    uint64_t told_lost;    /* of its counts, what is accounted for */
    uint64_t told_missing;
    uint64_t owed; /* frames of output that are too late */
};

/* ---- life ---- */

static rtj_pyjack *pyjack_of(rtj_py_client *client)
{
    if (client->pyjack != NULL) {
        return client->pyjack;
    }
    rtj_pyjack *pyjack = PyMem_Calloc(1, sizeof *pyjack);
    if (pyjack == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    pthread_mutex_init(&pyjack->lock, NULL);
    pyjack->inputs = PyList_New(0);
    pyjack->outputs = PyList_New(0);
    if (pyjack->inputs == NULL || pyjack->outputs == NULL) {
        rtj_pyjack_free(pyjack);
        return NULL;
    }
    client->pyjack = pyjack;
    return pyjack;
}

int rtj_pyjack_traverse(const rtj_pyjack *pyjack, visitproc visit, void *arg)
{
    if (pyjack != NULL) {
        Py_VISIT(pyjack->inputs);
        Py_VISIT(pyjack->outputs);
    }
    return 0;
}

void rtj_pyjack_free(rtj_pyjack *pyjack)
{
    if (pyjack == NULL) {
        return;
    }
    rtj_flow *flow = pyjack->flow;
    if (flow != NULL) {
        Py_BEGIN_ALLOW_THREADS
        rtj_flow_release(flow);
        Py_END_ALLOW_THREADS
    }
    Py_XDECREF(pyjack->inputs);
    Py_XDECREF(pyjack->outputs);
    pthread_mutex_destroy(&pyjack->lock);
    PyMem_Free(pyjack);
}

static void lock(rtj_pyjack *pyjack)
{
    Py_BEGIN_ALLOW_THREADS
    pthread_mutex_lock(&pyjack->lock);
    Py_END_ALLOW_THREADS
}

static void unlock(rtj_pyjack *pyjack)
{
    pthread_mutex_unlock(&pyjack->lock);
}

/* ---- the flow ---- */

static uint32_t lookahead_of(uint32_t samplerate, uint32_t blocksize)
{
    uint32_t frames = samplerate / LOOKAHEAD_PER_SECOND;
    uint32_t blocks = (frames + blocksize - 1) / blocksize;
    return blocks > LOOKAHEAD_BLOCKS ? blocks : LOOKAHEAD_BLOCKS;
}

/* Without the GIL. */
static rtj_status open_flow(rtj_client *core, rtj_flow_options *options,
                            rtj_flow **flow, rtj_error *error)
{
    jack_client_t *handle = rtj_client_enter(core, error);
    if (handle == NULL) {
        return error->status;
    }
    const rtj_libjack *lib = rtj_client_lib(core);
    uint32_t samplerate = lib->jack_get_sample_rate(handle);
    uint32_t blocksize = lib->jack_get_buffer_size(handle);
    rtj_client_leave(core);
    options->lookahead = lookahead_of(samplerate, blocksize);
    options->buffersize = samplerate / 2;
    options->keep_time = 0; /* see above */
    rtj_status status = rtj_flow_open(core, options, flow, error);
    if (status == RTJ_OK) {
        status = rtj_flow_start(*flow, error);
        if (status != RTJ_OK) {
            rtj_flow_release(*flow);
            *flow = NULL;
        }
    }
    return status;
}

/* Without the GIL: the new one runs, now the one before can go. */
static void close_flow(rtj_client *core, rtj_flow *flow, const rtj_flow *next,
                       const rtj_flow_options *options)
{
    (void)rtj_flow_close(flow, NULL); /* one in use by the audio thread stays for good */
    rtj_flow_release(flow);
    if (next != NULL) { /* closing took the ports out of their group */
        size_t count = options->input_count + options->output_count;
        (void)rtj_latency_set(core, next, options->inputs, count,
                              rtj_flow_latency(next), NULL);
    }
}

static void handles_of(PyObject *ports, jack_port_t **handles)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(ports); i++) {
        handles[i] = ((rtj_port *)PyList_GET_ITEM(ports, i))->handle;
    }
}

/* A flow over the ports there are now, in place of the one before; with the lock. */
static int reopen(rtj_py_client *client)
{
    rtj_pyjack *pyjack = client->pyjack;
    Py_ssize_t inputs = PyList_GET_SIZE(pyjack->inputs);
    Py_ssize_t outputs = PyList_GET_SIZE(pyjack->outputs);
    jack_port_t **handles = PyMem_New(jack_port_t *, (size_t)(inputs + outputs) + 1);
    if (handles == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    handles_of(pyjack->inputs, handles);
    handles_of(pyjack->outputs, handles + inputs);
    rtj_flow_options options = {.inputs = handles,
                                .input_count = (uint32_t)inputs,
                                .outputs = handles + inputs,
                                .output_count = (uint32_t)outputs};
    rtj_flow *before = pyjack->flow, *next = NULL;
    rtj_error error;
    rtj_status status = RTJ_OK;
    Py_BEGIN_ALLOW_THREADS
    if (inputs + outputs > 0) {
        status = open_flow(client->core, &options, &next, &error);
    }
    if (status == RTJ_OK && before != NULL) {
        close_flow(client->core, before, next, &options);
    }
    Py_END_ALLOW_THREADS
    PyMem_Free(handles);
    if (status != RTJ_OK) {
        (void)rtj_raise(client->state, &error);
        return -1;
    }
    pyjack->flow = next;
    pyjack->outdated = pyjack->begun = 0;
    pyjack->told_lost = pyjack->told_missing = pyjack->owed = 0;
    return 0;
}

int rtj_pyjack_start(rtj_py_client *client)
{
    if (client->pyjack == NULL || rtj_client_is_active(client->core)) {
        return 0;
    }
    lock(client->pyjack);
    int result = reopen(client);
    unlock(client->pyjack);
    return result;
}

void rtj_pyjack_stop(rtj_py_client *client)
{
    rtj_pyjack *pyjack = client->pyjack;
    if (pyjack == NULL) {
        return;
    }
    lock(pyjack);
    rtj_flow *flow = pyjack->flow;
    pyjack->flow = NULL;
    if (flow != NULL) {
        Py_BEGIN_ALLOW_THREADS
        close_flow(client->core, flow, NULL, NULL);
        Py_END_ALLOW_THREADS
    }
    unlock(pyjack);
}

/* ---- ports ---- */

int rtj_pyjack_register(rtj_py_client *client, PyObject *name, unsigned long flags)
{
    rtj_pyjack *pyjack = pyjack_of(client);
    int input = (flags & JackPortIsInput) != 0;
    PyObject *bytes = pyjack != NULL ? rtj_encode(name, "name") : NULL;
    if (bytes == NULL) {
        return -1;
    }
    rtj_port_info info;
    rtj_error error;
    rtj_status status;
    Py_BEGIN_ALLOW_THREADS
    status = rtj_port_register(client->core, PyBytes_AS_STRING(bytes),
                               JACK_DEFAULT_AUDIO_TYPE, flags, &info, &error);
    Py_END_ALLOW_THREADS
    Py_DECREF(bytes);
    if (status != RTJ_OK) {
        (void)rtj_raise(client->state, &error);
        return -1;
    }
    PyObject *port = rtj_port_wrap((PyObject *)client, &info);
    PyObject *ports = input ? client->inports : client->outports;
    PyObject *list = port != NULL ? PyObject_GetAttrString(ports, "_portlist") : NULL;
    int result = list != NULL ? PyList_Append(list, port) : -1;
    if (result == 0) {
        lock(pyjack);
        result = PyList_Append(input ? pyjack->inputs : pyjack->outputs, port);
        pyjack->outdated = 1;
        unlock(pyjack);
    }
    Py_XDECREF(list);
    Py_XDECREF(port);
    return result;
}

/* 1 or 0; -1 with an exception. */
static int is_called(rtj_port *port, PyObject *name)
{
    PyObject *full = rtj_port_name_of(port);
    if (full == NULL) {
        return -1;
    }
    Py_ssize_t length = PyUnicode_GET_LENGTH(full);
    Py_ssize_t colon = PyUnicode_FindChar(full, ':', 0, length, 1);
    PyObject *shortname = PyUnicode_Substring(full, colon + 1, length);
    if (shortname == NULL) {
        return -1;
    }
    int same = PyUnicode_Compare(shortname, name) == 0 ||
               PyUnicode_Compare(full, name) == 0;
    Py_DECREF(shortname);
    return same;
}

PyObject *rtj_pyjack_port(rtj_py_client *client, PyObject *name)
{
    if (!PyUnicode_Check(name)) {
        return PyErr_Format(PyExc_TypeError, "name must be a str, not %.200s",
                            Py_TYPE(name)->tp_name);
    }
    PyObject *found = NULL;
    for (int side = 0; client->pyjack != NULL && side < 2 && found == NULL; side++) {
        PyObject *ports = side == 0 ? client->pyjack->inputs : client->pyjack->outputs;
        for (Py_ssize_t i = 0; i < PyList_GET_SIZE(ports) && found == NULL; i++) {
            PyObject *port = Py_NewRef(PyList_GET_ITEM(ports, i));
            int same = is_called((rtj_port *)port, name);
            if (same > 0) {
                found = Py_NewRef(port);
            }
            Py_DECREF(port);
            if (same < 0) {
                return NULL;
            }
        }
    }
    if (found == NULL) {
        PyErr_Format(client->state->UsageError,
                     "%R is no port that was made by register_port()", name);
    }
    return found;
}

int rtj_pyjack_forget(rtj_py_client *client, PyObject *port)
{
    rtj_pyjack *pyjack = client->pyjack;
    int input = (((rtj_port *)port)->flags & JackPortIsInput) != 0;
    if (pyjack == NULL) {
        return 0;
    }
    PyObject *ports = input ? pyjack->inputs : pyjack->outputs;
    int result = 0;
    lock(pyjack);
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(ports); i++) {
        if (PyList_GET_ITEM(ports, i) == port) {
            result = PyList_SetSlice(ports, i, i + 1, NULL);
            if (result == 0 && pyjack->flow != NULL) {
                result = reopen(client);
            }
            break;
        }
    }
    unlock(pyjack);
    return result;
}

/* ---- exchanging blocks ---- */

typedef struct exchange {
    rtj_py_client *client;
    rtj_pyjack *pyjack;
    rtj_flow *flow;
    int has[2]; /* sides: RTJ_FLOW_IN, RTJ_FLOW_OUT */
    rtj_block blocks[2];
    uint32_t frames; /* JACK's blocksize */
} exchange;

static int raise_sync(PyObject *type, PyObject *text, uint32_t frame_time,
                      uint64_t frames)
{
    PyObject *error =
        text != NULL ? PyObject_CallFunction(type, "OIK", text, frame_time,
                                             (unsigned long long)frames)
                     : NULL;
    Py_XDECREF(text);
    if (error != NULL) {
        PyErr_SetObject(type, error);
        Py_DECREF(error);
    }
    return -1;
}

/* Silence, so that the output is as far ahead as it is at the start. */
static void fill_up(exchange *x)
{
    static const float none[256];
    rtj_frames *ring = rtj_flow_ring(x->flow, RTJ_FLOW_OUT);
    uint32_t left = x->has[RTJ_FLOW_OUT] ? rtj_flow_ready(x->flow, RTJ_FLOW_OUT) : 0;
    while (left > 0) {
        uint32_t frames = left < 256 ? left : 256;
        for (uint32_t i = 0; i < ring->channels; i++) {
            rtj_frames_put(ring, i, 0, none, frames);
        }
        rtj_frames_wrote(ring, frames);
        left -= frames;
    }
    x->pyjack->told_missing = atomic_load(&rtj_flow_counts(x->flow)->missing);
    x->pyjack->owed = 0;
}

/* What was missed before the first call was not expected yet: begin as if the client
 * had been activated so much later. */
static void begin(exchange *x)
{
    rtj_pyjack *pyjack = x->pyjack;
    if (pyjack->begun) {
        return;
    }
    pyjack->begun = 1;
    uint64_t missing = atomic_load(&rtj_flow_counts(x->flow)->missing);
    uint64_t lost = atomic_load(&rtj_flow_counts(x->flow)->lost);
    pyjack->told_missing = missing;
    if (x->has[RTJ_FLOW_IN] && missing > 0 && lost == 0) {
        rtj_frames *ring = rtj_flow_ring(x->flow, RTJ_FLOW_IN);
        uint32_t there = rtj_frames_there(ring);
        rtj_frames_took(ring, missing < there ? (uint32_t)missing : there);
    }
}

static int read_input(exchange *x)
{
    rtj_pyjack *pyjack = x->pyjack;
    if (rtj_flow_await(x->client->state, x->flow, RTJ_FLOW_IN, x->frames) < 0) {
        return -1;
    }
    rtj_frames *ring = rtj_flow_ring(x->flow, RTJ_FLOW_IN);
    uint32_t held = x->frames;
    uint64_t lost;
    Py_BEGIN_ALLOW_THREADS
    rtj_block_from_ring(&x->blocks[RTJ_FLOW_IN], ring);
    /* As long as it is full, nothing comes behind what is there. */
    lost = atomic_load(&rtj_flow_counts(x->flow)->lost) - pyjack->told_lost;
    if (lost > 0) {
        held = rtj_frames_there(ring);
    }
    rtj_frames_took(ring, held);
    Py_END_ALLOW_THREADS
    if (lost == 0) {
        return 0;
    }
    pyjack->told_lost += lost;
    fill_up(x);
    uint32_t dropped = held - x->frames;
    uint32_t time = rtj_flow_break_time(x->flow, RTJ_FLOW_IN) - dropped;
    PyObject *text = PyUnicode_FromFormat(
        "process() was called too late: the input array holds the oldest block, and "
        "%llu frames behind it are lost, from frame time %u on",
        (unsigned long long)(lost + dropped), time);
    return raise_sync(x->client->state->InputSyncError, text, time, lost + dropped);
}

static int write_output(exchange *x)
{
    rtj_pyjack *pyjack = x->pyjack;
    uint64_t missing = atomic_load(&rtj_flow_counts(x->flow)->missing);
    pyjack->owed += missing - pyjack->told_missing;
    pyjack->told_missing = missing;
    if (pyjack->owed == 0) {
        if (rtj_flow_await(x->client->state, x->flow, RTJ_FLOW_OUT, x->frames) < 0) {
            return -1;
        }
        rtj_frames *ring = rtj_flow_ring(x->flow, RTJ_FLOW_OUT);
        Py_BEGIN_ALLOW_THREADS
        rtj_block_to_ring(&x->blocks[RTJ_FLOW_OUT], ring);
        rtj_frames_wrote(ring, x->frames);
        Py_END_ALLOW_THREADS
        return 0;
    }
    /* Inputs are behind by as much, and pace the program; nothing else does. */
    int paced = x->has[RTJ_FLOW_IN];
    uint64_t late = paced && pyjack->owed > x->frames ? x->frames : pyjack->owed;
    pyjack->owed -= late;
    uint32_t time = rtj_flow_break_time(x->flow, RTJ_FLOW_OUT);
    PyObject *text = PyUnicode_FromFormat(
        "process() was called too late: the output was not taken; %llu frames of "
        "silence were played, from frame time %u on",
        (unsigned long long)late, time);
    return raise_sync(x->client->state->OutputSyncError, text, time, late);
}

/* With the blocks open. */
static int run(exchange *x)
{
    rtj_state *state = x->client->state;
    int sides = 0, result = 0;
    for (int side = RTJ_FLOW_IN; side <= RTJ_FLOW_OUT && result == 0; side++) {
        if (x->has[side]) {
            result = rtj_flow_take(state, x->flow, (rtj_flow_side)side);
            sides |= result == 0 ? 1 << side : 0;
        }
    }
    if (result == 0) {
        begin(x);
        result = x->has[RTJ_FLOW_IN] ? read_input(x) : 0;
    }
    if (result == 0) {
        result = x->has[RTJ_FLOW_OUT] ? write_output(x) : 0;
    }
    for (int side = RTJ_FLOW_IN; side <= RTJ_FLOW_OUT; side++) {
        if ((sides & 1 << side) != 0) {
            rtj_flow_free_side(x->flow, (rtj_flow_side)side);
        }
    }
    return result;
}

static int open_block(exchange *x, PyObject *array, rtj_flow_side side)
{
    const char *what = side == RTJ_FLOW_IN ? "input" : "output";
    rtj_block *block = &x->blocks[side];
    uint32_t channels = rtj_flow_channels(x->flow, side);
    if (channels == 0) {
        return 0; /* nothing is read from it or written to it */
    }
    if (rtj_block_open(block, array, what, (Py_ssize_t)channels, RTJ_CHANNELS_FIRST,
                       side == RTJ_FLOW_IN) < 0) {
        return -1;
    }
    if (block->frames != (Py_ssize_t)x->frames) {
        PyErr_Format(PyExc_ValueError,
                     "%s must have the shape (%u, %u), ports and get_buffer_size(), got "
                     "%zd frames",
                     what, channels, x->frames, block->frames);
        rtj_block_close(block);
        return -1;
    }
    x->has[side] = 1;
    return 0;
}

static int exchange_blocks(exchange *x, PyObject *output, PyObject *input)
{
    int result = open_block(x, output, RTJ_FLOW_OUT);
    if (result == 0) {
        result = open_block(x, input, RTJ_FLOW_IN);
    }
    if (result == 0) {
        result = run(x);
    }
    for (int side = RTJ_FLOW_IN; side <= RTJ_FLOW_OUT; side++) {
        if (x->has[side]) {
            rtj_block_close(&x->blocks[side]);
        }
    }
    return result;
}

/* The flow over the ports there are, retained in `*flow`; NULL when there are none. */
static int current_flow(rtj_py_client *client, rtj_flow **flow)
{
    rtj_pyjack *pyjack = client->pyjack;
    *flow = NULL;
    if (pyjack == NULL) {
        return 0;
    }
    lock(pyjack);
    int result = pyjack->outdated || pyjack->flow == NULL ? reopen(client) : 0;
    if (result == 0 && pyjack->flow != NULL) {
        rtj_flow_retain(pyjack->flow);
        *flow = pyjack->flow;
    }
    unlock(pyjack);
    return result;
}

/* 0 and `*blocksize` when the client is active, else -1. */
static int require_active(rtj_py_client *client, uint32_t *blocksize)
{
    jack_client_t *handle = rtj_py_client_enter(client);
    if (handle == NULL) {
        return -1;
    }
    *blocksize = rtj_client_lib(client->core)->jack_get_buffer_size(handle);
    rtj_client_leave(client->core);
    if (!rtj_client_is_active(client->core)) {
        PyErr_SetString(client->state->UsageError,
                        "the client is not active: call activate() before process()");
        return -1;
    }
    return 0;
}

void rtj_pyjack_explain(rtj_py_client *client)
{
    rtj_state *state = client->state;
    if (!PyErr_ExceptionMatches(state->JackError) || client->core == NULL ||
        !rtj_client_is_closed(client->core) ||
        PyErr_ExceptionMatches(state->NotConnectedError)) {
        return;
    }
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_Format(state->NotConnectedError, "not connected to a JACK server: %S",
                 value != NULL ? value : type);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
}

PyObject *rtj_pyjack_process(PyObject *object, PyObject *const *args, Py_ssize_t nargs,
                             PyObject *kwnames)
{
    static const char *const names[] = {"output", "input"};
    static const rtj_signature signature = {"process", names, 2, 2, 2};
    rtj_py_client *client = (rtj_py_client *)object;
    exchange x = {.client = client};
    PyObject *values[2];
    if (rtj_py_client_core(client) == NULL ||
        rtj_parse(&signature, args, nargs, kwnames, values) < 0) {
        return NULL;
    }
    if (require_active(client, &x.frames) < 0 || current_flow(client, &x.flow) < 0) {
        rtj_pyjack_explain(client);
        return NULL;
    }
    if (x.flow == NULL) {
        Py_RETURN_NONE; /* no ports, nothing to exchange */
    }
    x.pyjack = client->pyjack;
    int result = exchange_blocks(&x, values[0], values[1]);
    if (result < 0 && rtj_flow_is_closed(x.flow) &&
        !rtj_client_is_closed(client->core) &&
        PyErr_ExceptionMatches(client->state->JackError)) {
        PyErr_SetString(client->state->UsageError,
                        "the client was deactivated, or its ports changed, while "
                        "process() waited");
    } else if (result < 0) {
        rtj_pyjack_explain(client);
    }
    rtj_flow *flow = x.flow;
    Py_BEGIN_ALLOW_THREADS
    rtj_flow_release(flow);
    Py_END_ALLOW_THREADS
    return result < 0 ? NULL : Py_NewRef(Py_None);
}
