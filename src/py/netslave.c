/* jack.NetSlave: an end of netjack that a master elsewhere drives. */
#include "py/netslave.h"

#include "docstrings.h"
#include "py/args.h"
#include "py/client.h"
#include "py/flow.h"
#include "py/net.h"

static const double close_seconds = 40.0; /* the longest network latency is 30 s */

static rtj_netslave *core_of(PyObject *self)
{
    rtj_netslave *core = ((rtj_py_netslave *)self)->core;
    if (core == NULL) {
        PyErr_Format(rtj_state_of(Py_TYPE(self))->JackError,
                     "this %.100s was never opened", Py_TYPE(self)->tp_name);
    }
    return core;
}

/* ---- blocks ---- */

static rtj_lanes lanes_in(const rtj_net_facts *facts)
{
    return (rtj_lanes){facts->audio_in, facts->midi_in, facts->frames};
}

static rtj_lanes lanes_out(const rtj_net_facts *facts)
{
    return (rtj_lanes){facts->audio_out, facts->midi_out, facts->frames};
}

static float *new_block(const rtj_lanes *lanes)
{
    float *block = PyMem_New(
        float, rtj_net_block_size(lanes->audio, lanes->midi, lanes->frames) + 1);
    if (block == NULL) {
        PyErr_NoMemory();
    }
    return block;
}

static PyObject *raise_gap(PyObject *type, const char *what, uint64_t cycle,
                           uint64_t gap, uint32_t frames)
{
    PyObject *text = PyUnicode_FromFormat(what, (unsigned long long)gap,
                                          (unsigned long long)cycle); /* new */
    PyObject *error =
        text != NULL
            ? PyObject_CallFunction(type, "OIK", text, (unsigned int)(cycle * frames),
                                    (unsigned long long)(gap * frames))
            : NULL; /* new */
    if (error != NULL) {
        PyErr_SetObject(type, error);
    }
    Py_XDECREF(text);
    Py_XDECREF(error);
    return NULL;
}

static PyObject *slave_read(PyObject *self, PyObject *const *args, Py_ssize_t nargs,
                            PyObject *kwnames)
{
    static const char *const read_names[] = {"timeout"};
    static const rtj_signature signature = {"read", read_names, 1, 0, 1};
    rtj_state *state = rtj_state_of(Py_TYPE(self));
    rtj_netslave *core = core_of(self);
    PyObject *given;
    double seconds;
    uint64_t cycle, gap;
    rtj_error error;
    rtj_status status;
    if (core == NULL || rtj_parse(&signature, args, nargs, kwnames, &given) < 0 ||
        rtj_timeout_of(given, &seconds) < 0) {
        return NULL;
    }
    rtj_lanes lanes = lanes_in(rtj_netslave_facts(core));
    if (lanes.audio + lanes.midi == 0) {
        PyErr_SetString(PyExc_ValueError, "the netjack slave has no inputs");
        return NULL;
    }
    float *block = new_block(&lanes);
    if (block == NULL) {
        return NULL;
    }
    rtj_patience patience = rtj_patience_of(state, seconds);
    Py_BEGIN_ALLOW_THREADS
    status = rtj_netslave_read(core, block, &cycle, &gap, &patience, &error);
    Py_END_ALLOW_THREADS
    PyObject *result = NULL;
    if (status != RTJ_OK) {
        (void)rtj_net_raise(state, &error);
    } else if (gap > 0) {
        (void)raise_gap(state->InputSyncError,
                        "%llu blocks of input were lost from block %llu on: they were "
                        "not read in time",
                        cycle, gap, lanes.frames);
    } else {
        result = rtj_net_block_object(state, block, &lanes, lanes.frames);
    }
    PyMem_Free(block);
    return result;
}

static PyObject *write_block(PyObject *self, const float *block, double seconds)
{
    rtj_state *state = rtj_state_of(Py_TYPE(self));
    rtj_netslave *core = ((rtj_py_netslave *)self)->core;
    uint64_t cycle, gap;
    rtj_error error;
    rtj_status status;
    rtj_patience patience = rtj_patience_of(state, seconds);
    Py_BEGIN_ALLOW_THREADS
    status = rtj_netslave_write(core, block, &cycle, &gap, &patience, &error);
    Py_END_ALLOW_THREADS
    if (status != RTJ_OK) {
        return rtj_net_raise(state, &error);
    }
    if (gap > 0) {
        return raise_gap(state->OutputSyncError,
                         "%llu blocks of output were silent before block %llu: they "
                         "were not written in time",
                         cycle, gap, rtj_netslave_facts(core)->frames);
    }
    Py_RETURN_NONE;
}

static PyObject *slave_write(PyObject *self, PyObject *const *args, Py_ssize_t nargs,
                             PyObject *kwnames)
{
    static const char *const write_names[] = {"audio", "midi", "timeout"};
    static const rtj_signature signature = {"write", write_names, 3, 0, 3};
    rtj_netslave *core = core_of(self);
    PyObject *given[3];
    double seconds;
    uint32_t frames;
    if (core == NULL || rtj_parse(&signature, args, nargs, kwnames, given) < 0 ||
        rtj_timeout_of(given[2], &seconds) < 0) {
        return NULL;
    }
    rtj_lanes lanes = lanes_out(rtj_netslave_facts(core));
    if (lanes.audio + lanes.midi == 0) {
        PyErr_SetString(PyExc_ValueError, "the netjack slave has no outputs");
        return NULL;
    }
    float *block = new_block(&lanes);
    PyObject *result = NULL;
    if (block != NULL &&
        rtj_net_block_fill(block, &lanes, given[0], given[1], 1, &frames) == 0) {
        result = write_block(self, block, seconds);
    }
    PyMem_Free(block);
    return result;
}

/* ---- its end ---- */

static PyObject *slave_close(PyObject *self, PyObject *Py_UNUSED(unused))
{
    rtj_netslave *core = core_of(self);
    rtj_error error;
    rtj_status status;
    if (core == NULL) {
        return NULL;
    }
    rtj_patience patience = rtj_patience_of(rtj_state_of(Py_TYPE(self)), close_seconds);
    Py_BEGIN_ALLOW_THREADS
    status = rtj_netslave_close(core, &patience, &error);
    Py_END_ALLOW_THREADS
    if (status != RTJ_OK) {
        return rtj_net_raise(rtj_state_of(Py_TYPE(self)), &error);
    }
    Py_RETURN_NONE;
}

static PyObject *slave_enter(PyObject *self, PyObject *Py_UNUSED(unused))
{
    return core_of(self) != NULL ? Py_NewRef(self) : NULL;
}

static PyObject *slave_exit(PyObject *self, PyObject *Py_UNUSED(args))
{
    return slave_close(self, NULL);
}

static void slave_finalize(PyObject *self)
{
    rtj_error error;
    rtj_netslave *core = ((rtj_py_netslave *)self)->core;
    const rtj_patience patience = {close_seconds, NULL, NULL};
    if (core == NULL) {
        return;
    }
    Py_BEGIN_ALLOW_THREADS(void)
    rtj_netslave_close(core, &patience, &error); /* nobody to tell */
    Py_END_ALLOW_THREADS
}

static int slave_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    return 0;
}

static void slave_dealloc(PyObject *object)
{
    rtj_py_netslave *self = (rtj_py_netslave *)object;
    PyTypeObject *type = Py_TYPE(object);
    if (PyObject_CallFinalizerFromDealloc(object) < 0) {
        return; /* someone took it back */
    }
    PyObject_GC_UnTrack(object);
    if (self->core != NULL) {
        rtj_netslave_release(self->core);
    }
    Py_XDECREF(self->address);
    Py_XDECREF(self->name);
    type->tp_free(object);
    Py_DECREF(type);
}

/* ---- what it is ---- */

static PyObject *slave_fact(PyObject *self, void *which)
{
    const rtj_netslave *core = core_of(self);
    if (core == NULL) {
        return NULL;
    }
    const rtj_net_options *options = &((rtj_py_netslave *)self)->options;
    rtj_net_end end = {rtj_netslave_facts(core), options->latency, options->lookahead,
                       options->port};
    return rtj_net_fact_object(&end, (rtj_net_fact)(intptr_t)which);
}

static PyObject *slave_get_address(PyObject *self, void *Py_UNUSED(unused))
{
    return core_of(self) != NULL ? Py_NewRef(((rtj_py_netslave *)self)->address) : NULL;
}

static PyObject *slave_get_name(PyObject *self, void *Py_UNUSED(unused))
{
    return core_of(self) != NULL ? Py_NewRef(((rtj_py_netslave *)self)->name) : NULL;
}

static PyObject *slave_get_master(PyObject *self, void *Py_UNUSED(unused))
{
    rtj_netslave *core = core_of(self);
    return core != NULL ? rtj_decode(rtj_netslave_facts(core)->peer) : NULL;
}

static PyObject *slave_get_connected(PyObject *self, void *Py_UNUSED(unused))
{
    rtj_netslave *core = core_of(self);
    return core != NULL ? PyBool_FromLong(rtj_netslave_is_connected(core)) : NULL;
}

static PyObject *slave_get_active(PyObject *self, void *Py_UNUSED(unused))
{
    int active;
    rtj_netslave *core = core_of(self);
    if (core == NULL) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
    active = rtj_netslave_is_active(core);
    Py_END_ALLOW_THREADS
    return PyBool_FromLong(active);
}

static PyObject *slave_get_stats(PyObject *self, void *Py_UNUSED(unused))
{
    rtj_netslave_stats stats;
    rtj_netslave *core = core_of(self);
    if (core == NULL) {
        return NULL;
    }
    rtj_netslave_get_stats(core, &stats);
    return Py_BuildValue("{sKsKsKsKsKsK}", "cycles", (unsigned long long)stats.cycles,
                         "lost", (unsigned long long)stats.lost, "missing",
                         (unsigned long long)stats.missing, "late",
                         (unsigned long long)stats.late, "link_losses",
                         (unsigned long long)stats.losses, "bad_packets",
                         (unsigned long long)stats.bad_packets);
}

static PyObject *slave_repr(PyObject *object)
{
    rtj_py_netslave *self = (rtj_py_netslave *)object;
    if (self->core == NULL) {
        return PyUnicode_FromFormat("<%s, not opened>", Py_TYPE(object)->tp_name);
    }
    return PyUnicode_FromFormat(
        "<%s %R of master '%s', listening on UDP port %d, group %U, %s>",
        Py_TYPE(object)->tp_name, self->name, rtj_netslave_facts(self->core)->peer,
        self->options.port, self->address,
        rtj_netslave_is_connected(self->core) ? "connected" : "not connected");
}

static PyMethodDef slave_methods[] = {
    {"read", (PyCFunction)(void (*)(void))slave_read, METH_FASTCALL | METH_KEYWORDS,
     DOC_NetSlave_read},
    {"write", (PyCFunction)(void (*)(void))slave_write, METH_FASTCALL | METH_KEYWORDS,
     DOC_NetSlave_write},
    {"close", slave_close, METH_NOARGS, DOC_NetSlave_close},
    {"__enter__", slave_enter, METH_NOARGS, DOC_NetSlave___enter__},
    {"__exit__", slave_exit, METH_VARARGS, DOC_NetSlave___exit__},
    {NULL, NULL, 0, NULL},
};

#define RTJ_FACT(name, which)                                                          \
    {                                                                                  \
#name, slave_fact, NULL, DOC_NetSlave_##name, (void *)(intptr_t)(which)        \
    }

static PyGetSetDef slave_getset[] = {
    RTJ_FACT(blocksize, RTJ_NET_BLOCKSIZE),
    RTJ_FACT(samplerate, RTJ_NET_SAMPLERATE),
    RTJ_FACT(inputs, RTJ_NET_INPUTS),
    RTJ_FACT(outputs, RTJ_NET_OUTPUTS),
    RTJ_FACT(midi_inputs, RTJ_NET_MIDI_INPUTS),
    RTJ_FACT(midi_outputs, RTJ_NET_MIDI_OUTPUTS),
    RTJ_FACT(latency, RTJ_NET_LATENCY),
    RTJ_FACT(lookahead, RTJ_NET_LOOKAHEAD),
    RTJ_FACT(port, RTJ_NET_PORT),
    {"address", slave_get_address, NULL, DOC_NetSlave_address, NULL},
    {"name", slave_get_name, NULL, DOC_NetSlave_name, NULL},
    {"master", slave_get_master, NULL, DOC_NetSlave_master, NULL},
    {"connected", slave_get_connected, NULL, DOC_NetSlave_connected, NULL},
    {"active", slave_get_active, NULL, DOC_NetSlave_active, NULL},
    {"stats", slave_get_stats, NULL, DOC_NetSlave_stats, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot slave_slots[] = {
    {Py_tp_doc, DOC_NetSlave},        {Py_tp_new, PyType_GenericNew},
    {Py_tp_init, rtj_netslave_init},  {Py_tp_repr, slave_repr},
    {Py_tp_finalize, slave_finalize}, {Py_tp_traverse, slave_traverse},
    {Py_tp_dealloc, slave_dealloc},   {Py_tp_methods, slave_methods},
    {Py_tp_getset, slave_getset},     {0, NULL},
};

static PyType_Spec slave_spec = {
    .name = "jack.NetSlave",
    .basicsize = sizeof(rtj_py_netslave),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
    .slots = slave_slots,
};

int rtj_add_netslave(PyObject *module, rtj_state *state)
{
    state->NetSlave = rtj_add_type(module, &slave_spec, NULL);
    return state->NetSlave != NULL ? 0 : -1;
}
