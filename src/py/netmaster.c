/* jack.NetMaster: the end of netjack whose program gives the time. */
#include "core/netmaster.h"

#include "docstrings.h"
#include "py/args.h"
#include "py/client.h"
#include "py/log.h"
#include "py/net.h"

typedef struct master_object {
    PyObject_HEAD
    rtj_netmaster *core; /* owned; NULL until initialised, then unchanging */
    int port;
    int partial;
    PyObject *address; /* str; strong */
} master_object;

static rtj_netmaster *core_of(PyObject *self)
{
    rtj_netmaster *core = ((master_object *)self)->core;
    if (core == NULL) {
        PyErr_Format(rtj_state_of(Py_TYPE(self))->JackError,
                     "this %.100s was never opened", Py_TYPE(self)->tp_name);
    }
    return core;
}

/* ---- opening ---- */

enum {
    INPUTS,
    OUTPUTS,
    BLOCKSIZE,
    SAMPLERATE,
    ADDRESS,
    PORT,
    PARTIAL,
    TIMEOUT,
    ARGUMENTS
};

static const char *const names[ARGUMENTS + 1] = {"inputs",     "outputs", "blocksize",
                                                 "samplerate", "address", "port",
                                                 "partial",    "timeout", NULL};

static int read_options(PyObject *const *given, rtj_net_options *options)
{
    if (rtj_net_channels(given[INPUTS], names[INPUTS], &options->audio_in) < 0 ||
        rtj_net_channels(given[OUTPUTS], names[OUTPUTS], &options->audio_out) < 0 ||
        rtj_net_int(given[BLOCKSIZE], names[BLOCKSIZE], 1, RTJ_NET_FRAMES_MAX,
                    &options->frames) < 0 ||
        rtj_net_int(given[SAMPLERATE], names[SAMPLERATE], 1, 1 << 22,
                    &options->samplerate) < 0 ||
        rtj_net_int(given[PORT], names[PORT], 1, UINT16_MAX, &options->port) < 0) {
        return -1;
    }
    if (given[PARTIAL] != NULL) {
        options->partial = PyObject_IsTrue(given[PARTIAL]);
    }
    return options->partial < 0 ? -1 : 0;
}

static int open_master(master_object *self, const rtj_net_options *options,
                       double seconds)
{
    rtj_state *state = rtj_state_of(Py_TYPE(self));
    rtj_netmaster *core = NULL;
    rtj_error error;
    rtj_status status;
    rtj_patience patience = rtj_patience_of(state, seconds);
    Py_BEGIN_ALLOW_THREADS
    status = rtj_netmaster_open(options, &patience, &core, &error);
    Py_END_ALLOW_THREADS
    if (status != RTJ_OK) {
        (void)rtj_net_raise(state, &error);
        return -1;
    }
    self->core = core;
    return 0;
}

static int master_init(PyObject *object, PyObject *args, PyObject *kwargs)
{
    master_object *self = (master_object *)object;
    rtj_state *state = rtj_state_of(Py_TYPE(object));
    PyObject *given[ARGUMENTS] = {NULL}; /* borrowed */
    double seconds;
    rtj_net_options options = {.audio_in = -1,
                               .audio_out = -1,
                               .midi_in = -1,
                               .midi_out = -1,
                               .frames = 256,
                               .samplerate = 48000,
                               .port = 19000};
    if (self->core != NULL) {
        PyErr_SetString(state->JackError, "this NetMaster was opened already");
        return -1;
    }
    if (!PyArg_ParseTupleAndKeywords(
            args, kwargs, "|OO$OOOOOO:NetMaster", (char **)names, &given[0], &given[1],
            &given[2], &given[3], &given[4], &given[5], &given[6], &given[7]) ||
        rtj_log_open(state) < 0 || read_options(given, &options) < 0 ||
        rtj_net_seconds(given[TIMEOUT], &seconds) < 0) {
        return -1;
    }
    PyObject *address = rtj_net_address(given[ADDRESS]); /* new */
    if (address == NULL) {
        return -1;
    }
    options.address = PyBytes_AS_STRING(address);
    Py_XSETREF(self->address, rtj_decode(options.address));
    self->port = options.port;
    self->partial = options.partial;
    int result = self->address != NULL ? open_master(self, &options, seconds) : -1;
    Py_DECREF(address);
    return result;
}

/* ---- blocks ---- */

static rtj_lanes lanes_of(rtj_netmaster *core, int sends)
{
    const rtj_net_facts *facts = rtj_netmaster_facts(core);
    return (rtj_lanes){sends ? facts->audio_out : facts->audio_in,
                       sends ? facts->midi_out : facts->midi_in, facts->frames};
}

static float *new_block(const rtj_lanes *lanes)
{
    size_t size = rtj_net_block_size(lanes->audio, lanes->midi, lanes->frames) + 1;
    float *block = PyMem_Calloc(size, sizeof *block);
    if (block == NULL) {
        PyErr_NoMemory();
    }
    return block;
}

static PyObject *master_send(PyObject *self, PyObject *const *args, Py_ssize_t nargs,
                             PyObject *kwnames)
{
    static const char *const send_names[] = {"audio", "midi"};
    static const rtj_signature signature = {"send", send_names, 2, 0, 2};
    rtj_state *state = rtj_state_of(Py_TYPE(self));
    rtj_netmaster *core = core_of(self);
    PyObject *given[2];
    uint32_t frames;
    rtj_error error;
    rtj_status status;
    if (core == NULL || rtj_parse(&signature, args, nargs, kwnames, given) < 0) {
        return NULL;
    }
    rtj_lanes lanes = lanes_of(core, 1);
    float *block = new_block(&lanes);
    if (block == NULL ||
        rtj_net_block_fill(block, &lanes, given[0], given[1],
                           !((master_object *)self)->partial, &frames) < 0) {
        PyMem_Free(block);
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
    status = rtj_netmaster_send(core, block, frames, &error);
    Py_END_ALLOW_THREADS
    PyMem_Free(block);
    if (status != RTJ_OK) {
        return rtj_net_raise(state, &error);
    }
    Py_RETURN_NONE;
}

static PyObject *master_receive(PyObject *self, PyObject *const *args, Py_ssize_t nargs,
                                PyObject *kwnames)
{
    static const char *const receive_names[] = {"frames"};
    static const rtj_signature signature = {"receive", receive_names, 1, 0, 1};
    rtj_state *state = rtj_state_of(Py_TYPE(self));
    rtj_netmaster *core = core_of(self);
    PyObject *given;
    rtj_error error;
    rtj_status status;
    if (core == NULL || rtj_parse(&signature, args, nargs, kwnames, &given) < 0) {
        return NULL;
    }
    rtj_lanes lanes = lanes_of(core, 0);
    int frames = (int)lanes.frames;
    int64_t least = ((master_object *)self)->partial ? 1 : (int64_t)lanes.frames;
    if (rtj_net_int(given, "frames", least, (int64_t)lanes.frames, &frames) < 0) {
        return NULL;
    }
    float *block = new_block(&lanes);
    if (block == NULL) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
    status = rtj_netmaster_receive(core, block, (uint32_t)frames, &error);
    Py_END_ALLOW_THREADS
    PyObject *result =
        status == RTJ_OK ? rtj_net_block_object(state, block, &lanes, (uint32_t)frames)
                         : rtj_net_raise(state, &error);
    PyMem_Free(block);
    return result;
}

/* ---- its end ---- */

static PyObject *master_close(PyObject *self, PyObject *Py_UNUSED(unused))
{
    rtj_netmaster *core = core_of(self);
    if (core == NULL) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
    rtj_netmaster_close(core);
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}

static PyObject *master_enter(PyObject *self, PyObject *Py_UNUSED(unused))
{
    return core_of(self) != NULL ? Py_NewRef(self) : NULL;
}

static PyObject *master_exit(PyObject *self, PyObject *Py_UNUSED(args))
{
    return master_close(self, NULL);
}

static int master_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    return 0;
}

static void master_dealloc(PyObject *object)
{
    master_object *self = (master_object *)object;
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    if (self->core != NULL) {
        rtj_netmaster_close(self->core);
        rtj_netmaster_free(self->core);
    }
    Py_XDECREF(self->address);
    type->tp_free(object);
    Py_DECREF(type);
}

/* ---- what it is ---- */

static PyObject *master_fact(PyObject *self, void *which)
{
    rtj_netmaster *core = core_of(self);
    if (core == NULL) {
        return NULL;
    }
    rtj_net_end end = {rtj_netmaster_facts(core), (int)rtj_netmaster_latency(core), 0,
                       ((master_object *)self)->port};
    return rtj_net_fact_object(&end, (rtj_net_fact)(intptr_t)which);
}

static PyObject *master_get_address(PyObject *self, void *Py_UNUSED(unused))
{
    return core_of(self) != NULL ? Py_NewRef(((master_object *)self)->address) : NULL;
}

static PyObject *master_get_connected(PyObject *self, void *Py_UNUSED(unused))
{
    int connected;
    rtj_netmaster *core = core_of(self);
    if (core == NULL) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
    connected = rtj_netmaster_is_connected(core);
    Py_END_ALLOW_THREADS
    return PyBool_FromLong(connected);
}

static PyObject *master_get_stats(PyObject *self, void *Py_UNUSED(unused))
{
    rtj_netmaster_stats stats;
    rtj_netmaster *core = core_of(self);
    if (core == NULL) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
    rtj_netmaster_get_stats(core, &stats);
    Py_END_ALLOW_THREADS
    return Py_BuildValue("{sKsKsK}", "sent", (unsigned long long)stats.sent, "received",
                         (unsigned long long)stats.received, "bad_packets",
                         (unsigned long long)stats.bad_packets);
}

static PyObject *master_repr(PyObject *object)
{
    master_object *self = (master_object *)object;
    if (self->core == NULL) {
        return PyUnicode_FromFormat("<%s, not opened>", Py_TYPE(object)->tp_name);
    }
    return PyUnicode_FromFormat("<%s, listened on UDP port %d, group %U>",
                                Py_TYPE(object)->tp_name, self->port, self->address);
}

static PyMethodDef master_methods[] = {
    {"send", (PyCFunction)(void (*)(void))master_send, METH_FASTCALL | METH_KEYWORDS,
     DOC_NetMaster_send},
    {"receive", (PyCFunction)(void (*)(void))master_receive,
     METH_FASTCALL | METH_KEYWORDS, DOC_NetMaster_receive},
    {"close", master_close, METH_NOARGS, DOC_NetMaster_close},
    {"__enter__", master_enter, METH_NOARGS, DOC_NetMaster___enter__},
    {"__exit__", master_exit, METH_VARARGS, DOC_NetMaster___exit__},
    {NULL, NULL, 0, NULL},
};

#define RTJ_FACT(name, which)                                                          \
    {                                                                                  \
#name, master_fact, NULL, DOC_NetMaster_##name, (void *)(intptr_t)(which)      \
    }

static PyGetSetDef master_getset[] = {
    RTJ_FACT(blocksize, RTJ_NET_BLOCKSIZE),
    RTJ_FACT(samplerate, RTJ_NET_SAMPLERATE),
    RTJ_FACT(inputs, RTJ_NET_INPUTS),
    RTJ_FACT(outputs, RTJ_NET_OUTPUTS),
    RTJ_FACT(midi_inputs, RTJ_NET_MIDI_INPUTS),
    RTJ_FACT(midi_outputs, RTJ_NET_MIDI_OUTPUTS),
    RTJ_FACT(latency, RTJ_NET_LATENCY),
    RTJ_FACT(port, RTJ_NET_PORT),
    {"address", master_get_address, NULL, DOC_NetMaster_address, NULL},
    {"connected", master_get_connected, NULL, DOC_NetMaster_connected, NULL},
    {"stats", master_get_stats, NULL, DOC_NetMaster_stats, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot master_slots[] = {
    {Py_tp_doc, DOC_NetMaster},
    {Py_tp_new, PyType_GenericNew},
    {Py_tp_init, master_init},
    {Py_tp_repr, master_repr},
    {Py_tp_traverse, master_traverse},
    {Py_tp_dealloc, master_dealloc},
    {Py_tp_methods, master_methods},
    {Py_tp_getset, master_getset},
    {0, NULL},
};

static PyType_Spec master_spec = {
    .name = "jack.NetMaster",
    .basicsize = sizeof(master_object),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
    .slots = master_slots,
};

int rtj_add_netmaster(PyObject *module, rtj_state *state)
{
    state->NetMaster = rtj_add_type(module, &master_spec, NULL);
    return state->NetMaster != NULL ? 0 : -1;
}
