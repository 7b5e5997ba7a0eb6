/* The arguments of jack.NetSlave, and opening one. */
#include "py/netslave.h"

#include <string.h>

#include "py/args.h"
#include "py/client.h"
#include "py/log.h"
#include "py/net.h"

enum {
    INPUTS,
    OUTPUTS,
    MIDI_INPUTS,
    MIDI_OUTPUTS,
    NAME,
    ADDRESS,
    PORT,
    LATENCY,
    LOOKAHEAD,
    ENCODER,
    KBPS,
    MTU,
    RECONNECT,
    TIMEOUT,
    ARGUMENTS
};

static const char *const names[ARGUMENTS + 1] = {
    "inputs",  "outputs", "midi_inputs", "midi_outputs", "name",
    "address", "port",    "latency",     "lookahead",    "encoder",
    "kbps",    "mtu",     "reconnect",   "timeout",      NULL};

static int read_encoder(PyObject *given, int *encoder)
{
    static const char *const encoders[] = {"float", "int", "celt", "opus"};
    if (given == NULL) {
        return 0;
    }
    PyObject *bytes = rtj_encode(given, "encoder"); /* new */
    if (bytes == NULL) {
        return -1;
    }
    int found = -1;
    for (int i = 0; i < (int)Py_ARRAY_LENGTH(encoders); i++) {
        if (strcmp(PyBytes_AS_STRING(bytes), encoders[i]) == 0) {
            found = i;
        }
    }
    Py_DECREF(bytes);
    if (found < 0) {
        PyErr_Format(PyExc_ValueError,
                     "encoder must be 'float', 'int', 'celt' or 'opus', got %R", given);
        return -1;
    }
    *encoder = found;
    return 0;
}

static int read_counts(PyObject *const *given, rtj_net_options *options)
{
    if (rtj_net_channels(given[INPUTS], names[INPUTS], &options->audio_in) < 0 ||
        rtj_net_channels(given[OUTPUTS], names[OUTPUTS], &options->audio_out) < 0 ||
        rtj_net_channels(given[MIDI_INPUTS], names[MIDI_INPUTS], &options->midi_in) <
            0 ||
        rtj_net_channels(given[MIDI_OUTPUTS], names[MIDI_OUTPUTS], &options->midi_out) <
            0) {
        return -1;
    }
    if (options->audio_in == 0 && options->audio_out == 0 && options->midi_in == 0 &&
        options->midi_out == 0) {
        PyErr_SetString(PyExc_ValueError,
                        "a netjack slave needs at least one input or output");
        return -1;
    }
    return 0;
}

static int read_options(PyObject *const *given, rtj_net_options *options)
{
    if (read_counts(given, options) < 0 ||
        rtj_net_int(given[PORT], names[PORT], 1, UINT16_MAX, &options->port) < 0 ||
        rtj_net_int(given[LATENCY], names[LATENCY], 0, RTJ_NET_LATENCY_MAX,
                    &options->latency) < 0 ||
        rtj_net_int(given[LOOKAHEAD], names[LOOKAHEAD], 1, 1024, &options->lookahead) <
            0 ||
        rtj_net_int(given[KBPS], names[KBPS], 1, 10000, &options->kbps) < 0 ||
        rtj_net_int(given[MTU], names[MTU], 1500, 9000, &options->mtu) < 0 ||
        read_encoder(given[ENCODER], &options->encoder) < 0) {
        return -1;
    }
    if (given[RECONNECT] != NULL) {
        options->reconnect = PyObject_IsTrue(given[RECONNECT]);
    }
    return options->reconnect < 0 ? -1 : 0;
}

/* Bytes of the slave's name; new. */
static PyObject *read_name(PyObject *given)
{
    PyObject *bytes = given != NULL ? rtj_encode(given, names[NAME])
                                    : PyBytes_FromString("python"); /* new */
    if (bytes == NULL) {
        return NULL;
    }
    Py_ssize_t size = PyBytes_GET_SIZE(bytes);
    if (size < 1 || size > RTJ_NET_NAME_MAX - 31) {
        PyErr_Format(PyExc_ValueError, "name must have 1 to %d bytes, got %zd",
                     RTJ_NET_NAME_MAX - 31, size);
        Py_CLEAR(bytes);
    }
    return bytes;
}

static int open_slave(rtj_py_netslave *self, double seconds)
{
    rtj_state *state = rtj_state_of(Py_TYPE(self));
    rtj_netslave *core = NULL;
    rtj_error error;
    rtj_status status;
    rtj_patience patience = rtj_patience_of(state, seconds);
    Py_BEGIN_ALLOW_THREADS
    status = rtj_netslave_open(&self->options, &patience, &core, &error);
    Py_END_ALLOW_THREADS
    if (status != RTJ_OK) {
        (void)rtj_net_raise(state, &error);
        return -1;
    }
    self->core = core;
    return 0;
}

int rtj_netslave_init(PyObject *object, PyObject *args, PyObject *kwargs)
{
    rtj_py_netslave *self = (rtj_py_netslave *)object;
    rtj_state *state = rtj_state_of(Py_TYPE(object));
    PyObject *given[ARGUMENTS] = {NULL}; /* borrowed */
    PyObject *address = NULL;            /* new */
    PyObject *name = NULL;               /* new */
    double seconds;
    int result = -1;
    rtj_net_options options = {.audio_in = 2,
                               .audio_out = 2,
                               .port = 19000,
                               .latency = 5,
                               .lookahead = 4,
                               .kbps = 128,
                               .mtu = 1500,
                               .reconnect = 1};
    if (self->core != NULL) {
        PyErr_SetString(state->JackError, "this NetSlave was opened already");
        return -1;
    }
    if (!PyArg_ParseTupleAndKeywords(
            args, kwargs, "|OO$OOOOOOOOOOOO:NetSlave", (char **)names, &given[0],
            &given[1], &given[2], &given[3], &given[4], &given[5], &given[6], &given[7],
            &given[8], &given[9], &given[10], &given[11], &given[12], &given[13]) ||
        rtj_log_open(state) < 0 || read_options(given, &options) < 0 ||
        rtj_net_seconds(given[TIMEOUT], &seconds) < 0) {
        return -1;
    }
    if ((address = rtj_net_address(given[ADDRESS])) != NULL &&
        (name = read_name(given[NAME])) != NULL) {
        self->options = options;
        self->options.address = PyBytes_AS_STRING(address);
        self->options.name = PyBytes_AS_STRING(name);
        Py_XSETREF(self->address, rtj_decode(self->options.address));
        Py_XSETREF(self->name, rtj_decode(self->options.name));
        result = self->address != NULL && self->name != NULL ? open_slave(self, seconds)
                                                             : -1;
    }
    Py_XDECREF(address);
    Py_XDECREF(name);
    return result;
}
