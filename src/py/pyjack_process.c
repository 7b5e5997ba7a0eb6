/* PyJack's process(): blocks through a flow over the ports of register_port().
 *
 * The rings hold half a second or more.  A program that is later than that finds the
 * oldest block, is told by InputSyncError, and begins anew with what comes next.  Audio
 * that it was to play meanwhile was silence; with inputs, it makes up for that by
 * OutputSyncError for each block that is too late, so that the way through the program
 * stays as long as it was.  With either error the output was not taken.
 */
#include "py/pyjack_impl.h"

#include <math.h>
#include <time.h>

#include "py/args.h"

enum {
    NEXT_TRIES = 2000, /* each 0.05 ms, for the next block */
    TAKE_TRIES = 100   /* a freewheeling server may fill it in no time */
};

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
    PyObject *error = text != NULL
                          ? PyObject_CallFunction(type, "OIK", text, frame_time,
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

/* Take all that is there.  The gap behind it ends with the next block: what was lost by
 * then, of which the whole number is returned, belongs to it; unless the ring has
 * filled up again meanwhile, in which case that goes, too. */
static uint64_t take_all(const exchange *x, rtj_frames *ring, uint64_t *taken)
{
    const struct timespec pause = {0, 50000};
    uint64_t lost = 0;
    for (int i = 0; i < TAKE_TRIES; i++) {
        uint32_t there = rtj_frames_there(ring);
        rtj_frames_took(ring, there);
        *taken += there;
        for (int n = 0; n < NEXT_TRIES && rtj_frames_there(ring) == 0; n++) {
            nanosleep(&pause, NULL);
        }
        lost = atomic_load(&rtj_flow_counts(x->flow)->lost);
        if (ring->capacity - rtj_frames_there(ring) >= x->frames) {
            break;
        }
    }
    return lost;
}

static int read_input(exchange *x)
{
    rtj_pyjack *pyjack = x->pyjack;
    if (rtj_flow_await(x->client->state, x->flow, RTJ_FLOW_IN, x->frames, INFINITY) <
        0) {
        return -1;
    }
    rtj_frames *ring = rtj_flow_ring(x->flow, RTJ_FLOW_IN);
    uint64_t lost, dropped = 0;
    uint32_t time = 0;
    Py_BEGIN_ALLOW_THREADS
    rtj_block_from_ring(&x->blocks[RTJ_FLOW_IN], ring);
    /* As long as it is full, nothing comes behind what is there. */
    lost = atomic_load(&rtj_flow_counts(x->flow)->lost) - pyjack->told_lost;
    if (lost == 0) {
        rtj_frames_took(ring, x->frames);
    } else {
        time = rtj_flow_break_time(x->flow, RTJ_FLOW_IN) - rtj_frames_there(ring) +
               x->frames;
        lost = take_all(x, ring, &dropped) - pyjack->told_lost;
    }
    Py_END_ALLOW_THREADS
    if (lost == 0) {
        return 0;
    }
    pyjack->told_lost += lost;
    fill_up(x);
    lost += dropped - x->frames; /* but the block that was read */
    PyObject *text = PyUnicode_FromFormat(
        "process() was called too late: the input array holds the oldest block, and "
        "%llu frames behind it are lost, from frame time %u on",
        (unsigned long long)lost, time);
    return raise_sync(x->client->state->InputSyncError, text, time, lost);
}

static int write_output(exchange *x)
{
    rtj_pyjack *pyjack = x->pyjack;
    uint64_t missing = atomic_load(&rtj_flow_counts(x->flow)->missing);
    pyjack->owed += missing - pyjack->told_missing;
    pyjack->told_missing = missing;
    if (pyjack->owed == 0) {
        if (rtj_flow_await(x->client->state, x->flow, RTJ_FLOW_OUT, x->frames,
                           INFINITY) < 0) {
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
            result = rtj_flow_take_side(state, x->flow, (rtj_flow_side)side);
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
        PyErr_Format(
            PyExc_ValueError,
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
    PyObject *raised = PyErr_Occurred(); /* borrowed: its type */
    if ((raised != state->JackError && raised != state->JackErrorCode) ||
        client->core == NULL || !rtj_client_is_closed(client->core)) {
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
    if (require_active(client, &x.frames) < 0 ||
        rtj_pyjack_current_flow(client, &x.flow) < 0) {
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
        PyErr_Occurred() == client->state->JackError) {
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
