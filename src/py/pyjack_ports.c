/* The ports that take part in PyJack's process(), and the flow over them. */
#include "py/pyjack_impl.h"

#include "core/latency.h"
#include "py/args.h"
#include "py/locked.h"
#include "py/port.h"
#include "py/text.h"

enum {
    LOOKAHEAD_PER_SECOND = 20, /* at least a twentieth of a second, */
    LOOKAHEAD_BLOCKS = 2,      /* and at least so many blocks */
};

/* ---- life ---- */

static rtj_pyjack *new_pyjack(void)
{
    rtj_pyjack *pyjack = PyMem_Calloc(1, sizeof *pyjack);
    if (pyjack == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    pthread_mutex_init(&pyjack->lock, NULL);
    pyjack->inputs = PyList_New(0);
    pyjack->outputs = PyList_New(0);
    pyjack->wanted = PyList_New(0);
    if (pyjack->inputs == NULL || pyjack->outputs == NULL || pyjack->wanted == NULL) {
        rtj_pyjack_free(pyjack);
        return NULL;
    }
    return pyjack;
}

static rtj_pyjack *pyjack_of(rtj_py_client *client)
{
    RTJ_BEGIN_LOCKED(client)
    if (client->pyjack == NULL) {
        client->pyjack = new_pyjack();
    }
    RTJ_END_LOCKED();
    return client->pyjack;
}

int rtj_pyjack_traverse(const rtj_pyjack *pyjack, visitproc visit, void *arg)
{
    if (pyjack != NULL) {
        Py_VISIT(pyjack->inputs);
        Py_VISIT(pyjack->outputs);
        Py_VISIT(pyjack->wanted);
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
    Py_XDECREF(pyjack->wanted);
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
    (void)rtj_flow_close(flow,
                         NULL); /* one in use by the audio thread stays for good */
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

int rtj_pyjack_current_flow(rtj_py_client *client, rtj_flow **flow)
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

/* ---- ports ---- */

int rtj_pyjack_register(rtj_py_client *client, PyObject *name, unsigned long flags)
{
    rtj_pyjack *pyjack = pyjack_of(client);
    int input = (flags & JackPortIsInput) != 0;
    PyObject *bytes = pyjack != NULL ? rtj_encode(name, "name") : NULL;
    if (bytes == NULL) {
        return -1;
    }
    rtj_port_plan plan = {PyBytes_AS_STRING(bytes), JACK_DEFAULT_AUDIO_TYPE, flags, 0};
    char kept[RTJ_PORT_NAME];
    rtj_port_info info;
    rtj_error error;
    rtj_status status;
    Py_BEGIN_ALLOW_THREADS
    status = rtj_port_register(client->core, &plan, kept, &info, &error);
    Py_END_ALLOW_THREADS
    Py_DECREF(bytes);
    if (status != RTJ_OK) {
        (void)rtj_raise(client->state, &error);
        return -1;
    }
    PyObject *port = rtj_port_wrap_new((PyObject *)client, &info);
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
    int called = full != NULL ? rtj_is_called(full, name) : -1;
    Py_XDECREF(full);
    return called;
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

/* ---- connections to be made ---- */

int rtj_pyjack_want(rtj_py_client *client, PyObject *pair)
{
    rtj_pyjack *pyjack = pyjack_of(client);
    if (pyjack == NULL) {
        return -1;
    }
    lock(pyjack);
    int there = PySequence_Contains(pyjack->wanted, pair);
    int result =
        there == 0 ? PyList_Append(pyjack->wanted, pair) : (there < 0 ? -1 : 0);
    unlock(pyjack);
    return result;
}

int rtj_pyjack_unwant(rtj_py_client *client, PyObject *pair)
{
    rtj_pyjack *pyjack = client->pyjack;
    if (pyjack == NULL) {
        return 0;
    }
    lock(pyjack);
    int found = rtj_list_remove(pyjack->wanted, pair);
    unlock(pyjack);
    return found < 0 ? -1 : 0;
}

PyObject *rtj_pyjack_take_wanted(rtj_py_client *client)
{
    rtj_pyjack *pyjack = client->pyjack;
    PyObject *fresh = PyList_New(0);
    if (pyjack == NULL || fresh == NULL) {
        return fresh;
    }
    lock(pyjack);
    PyObject *wanted = pyjack->wanted;
    pyjack->wanted = fresh;
    unlock(pyjack);
    return wanted;
}
