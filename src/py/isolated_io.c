/* jack.IsolatedIO: what an isolated callback is given.  Lives in the callback's own
 * interpreter, whose GIL guards it; the audio thread alone uses it while it runs. */
#include "py/isolated.h"

#include <stddef.h>
#include <string.h>

#include "core/porttable.h"
#include "docstrings.h"
#include "py/ringbuffer.h"

enum { VIEWS = 4 }; /* JACK alternates between few buffers for a port */

typedef struct io_view {
    void *memory;
    uint32_t frames;
    PyObject *view; /* memoryview or array; strong */
} io_view;

typedef struct io_port {
    rtj_table_port port;
    Py_ssize_t place;       /* in its tuple */
    const io_view *current; /* audio: what lies in the tuple; NULL: nothing yet */
    io_view views[VIEWS];
    int next_view; /* the one to be replaced next */
} io_port;

typedef struct io_object {
    PyObject_HEAD
    rtj_state *state;    /* borrowed; the type keeps the module */
    rtj_isolated *owner; /* borrowed; NULL when it is gone */
    PyObject *tuples[4]; /* inputs, outputs, midi_in, midi_out */
    PyObject *rings;     /* a tuple */
    PyObject *frombuffer;
    PyObject *dtype; /* both NULL without NumPy */
    io_port *ports;
    size_t count;
    uint64_t serial; /* of the table that `ports` was made from */
    uint32_t frames;
    jack_nframes_t time;
    jack_nframes_t samplerate;
} io_object;

enum { INPUTS, OUTPUTS, MIDI_IN, MIDI_OUT };

static int kind_of(const rtj_table_port *port)
{
    return (port->is_midi ? MIDI_IN : INPUTS) + (port->is_input ? 0 : 1);
}

/* ---- the tuples ---- */

static void drop_ports(io_object *io)
{
    for (size_t i = 0; i < io->count; i++) {
        for (int k = 0; k < VIEWS; k++) {
            Py_CLEAR(io->ports[i].views[k].view);
        }
    }
    PyMem_Free(io->ports);
    io->ports = NULL;
    io->count = 0;
}

static int new_tuples(io_object *io, const Py_ssize_t sizes[4])
{
    for (int kind = 0; kind < 4; kind++) {
        PyObject *tuple = PyTuple_New(sizes[kind]);
        if (tuple == NULL) {
            return -1;
        }
        for (Py_ssize_t i = 0; i < sizes[kind]; i++) {
            PyObject *item =
                kind < MIDI_IN
                    ? Py_NewRef(Py_None) /* until its buffer is known */
                    : rtj_isolated_midi_new(io->state, io->owner, kind == MIDI_IN);
            if (item == NULL) {
                Py_DECREF(tuple);
                return -1;
            }
            PyTuple_SET_ITEM(tuple, i, item); /* steals */
        }
        Py_XSETREF(io->tuples[kind], tuple);
    }
    return 0;
}

/* The client's ports are others than in the block before. */
static int take_ports(io_object *io, const rtj_port_table *table)
{
    Py_ssize_t sizes[4] = {0, 0, 0, 0};
    size_t count = table != NULL ? table->count : 0;
    drop_ports(io);
    io->serial = 0; /* until all is there */
    io->ports = PyMem_Calloc(count + 1, sizeof *io->ports);
    if (io->ports == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        io->ports[i].port = table->ports[i];
        io->ports[i].place = sizes[kind_of(&table->ports[i])]++;
    }
    io->count = count;
    if (new_tuples(io, sizes) < 0) {
        drop_ports(io); /* their places are not those in the tuples that are there */
        return -1;
    }
    io->serial = table != NULL ? table->serial : 0;
    return 0;
}

/* float32 samples, without a copy. */
static PyObject *new_view(const io_object *io, void *memory, uint32_t frames)
{
    Py_buffer buffer = {
        .buf = memory,
        .len = (Py_ssize_t)(frames * sizeof(float)),
        .itemsize = sizeof(float),
        .readonly = 0,
        .ndim = 1,
        .format = "f",
    };
    PyObject *view = PyMemoryView_FromBuffer(&buffer);
    if (view == NULL || io->frombuffer == NULL) {
        return view;
    }
    PyObject *array =
        PyObject_CallFunctionObjArgs(io->frombuffer, view, io->dtype, NULL);
    Py_DECREF(view);
    return array;
}

static const io_view *view_of(const io_object *io, io_port *port, void *memory)
{
    for (int i = 0; i < VIEWS; i++) {
        const io_view *view = &port->views[i];
        if (view->memory == memory && view->frames == io->frames && view->view) {
            return view;
        }
    }
    PyObject *made = new_view(io, memory, io->frames);
    if (made == NULL) {
        return NULL;
    }
    io_view *view = &port->views[port->next_view];
    port->next_view = (port->next_view + 1) % VIEWS;
    Py_XSETREF(view->view, made);
    view->memory = memory;
    view->frames = io->frames;
    return view;
}

/* A tuple that the program may have kept is never changed. */
static int put_view(io_object *io, io_port *port, const io_view *view, int *renewed)
{
    int kind = kind_of(&port->port);
    if (!*renewed) {
        PyObject *before = io->tuples[kind];
        PyObject *copy = PyTuple_New(PyTuple_GET_SIZE(before));
        if (copy == NULL) {
            return -1;
        }
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(before); i++) {
            PyTuple_SET_ITEM(copy, i, Py_NewRef(PyTuple_GET_ITEM(before, i)));
        }
        Py_SETREF(io->tuples[kind], copy);
        *renewed = 1;
    }
    PyObject *before = PyTuple_GET_ITEM(io->tuples[kind], port->place);
    PyTuple_SET_ITEM(io->tuples[kind], port->place, Py_NewRef(view->view));
    Py_DECREF(before);
    port->current = view;
    return 0;
}

static int find_buffers(io_object *io)
{
    const rtj_libjack *lib = rtj_client_lib(io->owner->core);
    int renewed[2] = {0, 0};
    for (size_t i = 0; i < io->count; i++) {
        io_port *port = &io->ports[i];
        void *memory = lib->jack_port_get_buffer(port->port.handle, io->frames);
        if (memory == NULL) {
            PyErr_SetString(io->state->JackError, "JACK has no buffer for a port now");
            return -1;
        }
        int kind = kind_of(&port->port);
        if (port->port.is_midi) {
            rtj_isolated_midi_set(PyTuple_GET_ITEM(io->tuples[kind], port->place),
                                  memory, io->frames);
            continue;
        }
        const io_view *view = port->current;
        if (view != NULL && view->memory == memory && view->frames == io->frames) {
            continue;
        }
        view = view_of(io, port, memory);
        if (view == NULL || put_view(io, port, view, &renewed[kind]) < 0) {
            return -1;
        }
    }
    return 0;
}

static int take_rings(io_object *io)
{
    Py_ssize_t count = (Py_ssize_t)atomic_load(&io->owner->ring_count);
    if (PyTuple_GET_SIZE(io->rings) == count) {
        return 0;
    }
    PyObject *rings = PyTuple_New(count);
    for (Py_ssize_t i = 0; rings != NULL && i < count; i++) {
        PyObject *ring = i < PyTuple_GET_SIZE(io->rings)
                             ? Py_NewRef(PyTuple_GET_ITEM(io->rings, i))
                             : rtj_ringbuffer_wrap(io->state, io->owner->rings[i]);
        if (ring == NULL) {
            Py_CLEAR(rings);
        } else {
            PyTuple_SET_ITEM(rings, i, ring); /* steals */
        }
    }
    if (rings == NULL) {
        return -1;
    }
    Py_SETREF(io->rings, rings);
    return 0;
}

/* ---- around the call ---- */

int rtj_io_begin(PyObject *object, uint32_t frames)
{
    io_object *io = (io_object *)object;
    rtj_error error;
    jack_client_t *handle = rtj_client_enter(io->owner->core, &error);
    if (handle == NULL) {
        rtj_raise(io->state, &error);
        return -1;
    }
    const rtj_libjack *lib = rtj_client_lib(io->owner->core);
    io->frames = frames;
    io->time = lib->jack_last_frame_time(handle);
    io->samplerate = lib->jack_get_sample_rate(handle);
    rtj_client_leave(io->owner->core);
    const rtj_port_table *table = rtj_client_ports(io->owner->core);
    uint64_t serial = table != NULL ? table->serial : 0;
    if (serial != io->serial && take_ports(io, table) < 0) {
        return -1;
    }
    return find_buffers(io) < 0 || take_rings(io) < 0 ? -1 : 0;
}

void rtj_io_end(PyObject *object)
{
    const io_object *io = (const io_object *)object;
    for (size_t i = 0; i < io->count; i++) {
        const io_port *port = &io->ports[i];
        if (port->port.is_midi) {
            const PyObject *tuple = io->tuples[kind_of(&port->port)];
            rtj_isolated_midi_set(PyTuple_GET_ITEM(tuple, port->place), NULL, 0);
        }
    }
}

void rtj_io_close(PyObject *object)
{
    ((io_object *)object)->owner = NULL;
}

void rtj_io_use_numpy(PyObject *object, PyObject *frombuffer, PyObject *dtype)
{
    io_object *io = (io_object *)object;
    Py_XSETREF(io->frombuffer, frombuffer);
    Py_XSETREF(io->dtype, dtype);
}

/* ---- messages ---- */

static rtj_isolated *owner_of(const io_object *io)
{
    if (io->owner == NULL) {
        PyErr_SetString(io->state->JackError, "the isolated callback is closed");
    }
    return io->owner;
}

static PyObject *io_receive(PyObject *self, PyObject *Py_UNUSED(unused))
{
    rtj_isolated *owner = owner_of((io_object *)self);
    if (owner == NULL) {
        return NULL;
    }
    size_t size;
    const void *bytes = rtj_mailbox_peek(owner->to, &size);
    if (bytes == NULL) {
        Py_RETURN_NONE;
    }
    PyObject *message = PyBytes_FromStringAndSize(bytes, (Py_ssize_t)size);
    if (message != NULL) {
        rtj_mailbox_drop(owner->to);
    }
    return message;
}

static PyObject *io_send(PyObject *self, PyObject *message)
{
    rtj_isolated *owner = owner_of((io_object *)self);
    Py_buffer view;
    if (owner == NULL || PyObject_GetBuffer(message, &view, PyBUF_SIMPLE) < 0) {
        return NULL;
    }
    rtj_part part = {view.buf, (size_t)view.len};
    int sent = rtj_mailbox_put(owner->from, &part, 1) == 0;
    PyBuffer_Release(&view);
    if (sent) {
        rtj_wake_set(&owner->wake);
    }
    return PyBool_FromLong(sent);
}

/* ---- the type ---- */

PyObject *rtj_io_new(rtj_state *state, rtj_isolated *owner)
{
    PyTypeObject *type = state->IsolatedIO;
    io_object *io = (io_object *)type->tp_alloc(type, 0);
    if (io == NULL) {
        return NULL;
    }
    io->state = state;
    io->owner = owner;
    io->rings = PyTuple_New(0);
    if (io->rings == NULL || take_ports(io, NULL) < 0) {
        Py_CLEAR(io);
    }
    return (PyObject *)io;
}

static int io_traverse(PyObject *self, visitproc visit, void *arg)
{
    const io_object *io = (const io_object *)self;
    Py_VISIT(Py_TYPE(self));
    for (int kind = 0; kind < 4; kind++) {
        Py_VISIT(io->tuples[kind]);
    }
    Py_VISIT(io->rings);
    Py_VISIT(io->frombuffer);
    Py_VISIT(io->dtype);
    return 0;
}

static int io_clear(PyObject *self)
{
    io_object *io = (io_object *)self;
    drop_ports(io);
    for (int kind = 0; kind < 4; kind++) {
        Py_CLEAR(io->tuples[kind]);
    }
    Py_CLEAR(io->rings);
    Py_CLEAR(io->frombuffer);
    Py_CLEAR(io->dtype);
    return 0;
}

static void io_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    (void)io_clear(self);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *io_get_object(PyObject *self, void *offset)
{
    PyObject *value = *(PyObject **)((char *)self + (size_t)offset);
    return value != NULL ? Py_NewRef(value) : PyTuple_New(0);
}

static PyObject *io_get_number(PyObject *self, void *offset)
{
    return PyLong_FromUnsignedLong(*(uint32_t *)((char *)self + (size_t)offset));
}

#define OBJECT(name, field)                                                            \
    {                                                                                  \
#name, io_get_object, NULL, DOC_IsolatedIO_##name,                             \
            (void *)offsetof(io_object, field)                                         \
    }
#define NUMBER(name)                                                                   \
    {                                                                                  \
#name, io_get_number, NULL, DOC_IsolatedIO_##name,                             \
            (void *)offsetof(io_object, name)                                          \
    }
static PyGetSetDef io_getset[] = {
    OBJECT(inputs, tuples[INPUTS]),
    OBJECT(outputs, tuples[OUTPUTS]),
    OBJECT(midi_in, tuples[MIDI_IN]),
    OBJECT(midi_out, tuples[MIDI_OUT]),
    OBJECT(rings, rings),
    NUMBER(frames),
    NUMBER(time),
    NUMBER(samplerate),
    {NULL, NULL, NULL, NULL, NULL},
};
#undef OBJECT
#undef NUMBER

static PyMethodDef io_methods[] = {
    {"receive", io_receive, METH_NOARGS, DOC_IsolatedIO_receive},
    {"send", io_send, METH_O, DOC_IsolatedIO_send},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot io_slots[] = {
    {Py_tp_doc, (void *)DOC_IsolatedIO},
    {Py_tp_dealloc, io_dealloc},
    {Py_tp_traverse, io_traverse},
    {Py_tp_clear, io_clear},
    {Py_tp_methods, io_methods},
    {Py_tp_getset, io_getset},
    {0, NULL},
};

static PyType_Spec io_spec = {"jack.IsolatedIO", sizeof(io_object), 0,
                              Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC |
                                  Py_TPFLAGS_IMMUTABLETYPE |
                                  Py_TPFLAGS_DISALLOW_INSTANTIATION,
                              io_slots};

int rtj_add_isolated_io(PyObject *module, rtj_state *state)
{
    state->IsolatedIO = rtj_add_type(module, &io_spec, NULL);
    return state->IsolatedIO != NULL ? rtj_add_isolated_midi(module, state) : -1;
}
