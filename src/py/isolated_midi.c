/* A MIDI port of an isolated callback: jack.IsolatedMidiInput is a sequence of the
 * block's events, jack.IsolatedMidiOutput takes some. */
#include "py/isolated.h"

#include "docstrings.h"
#include "py/args.h"

typedef struct midi_object {
    PyObject_HEAD
    rtj_state *state;       /* borrowed; the type keeps the module */
    const rtj_libjack *lib; /* stays for good */
    void *buffer;           /* JACK's; NULL outside the call */
    uint32_t frames;
} midi_object;

PyObject *rtj_isolated_midi_new(rtj_state *state, rtj_isolated *owner, int is_input)
{
    PyTypeObject *type =
        is_input ? state->IsolatedMidiInput : state->IsolatedMidiOutput;
    midi_object *midi = (midi_object *)type->tp_alloc(type, 0);
    if (midi != NULL) {
        midi->state = state;
        midi->lib = rtj_client_lib(owner->core);
    }
    return (PyObject *)midi;
}

void rtj_isolated_midi_set(PyObject *object, void *buffer, uint32_t frames)
{
    midi_object *midi = (midi_object *)object;
    midi->buffer = buffer;
    midi->frames = frames;
    if (buffer != NULL && Py_TYPE(object) == midi->state->IsolatedMidiOutput) {
        midi->lib->jack_midi_clear_buffer(buffer);
    }
}

static void *buffer_of(const midi_object *midi)
{
    if (midi->buffer == NULL) {
        PyErr_SetString(midi->state->JackError,
                        "MIDI ports can be used within the callback only");
    }
    return midi->buffer;
}

/* ---- events that came ---- */

static Py_ssize_t input_length(PyObject *self)
{
    const midi_object *midi = (const midi_object *)self;
    void *buffer = buffer_of(midi);
    return buffer != NULL ? (Py_ssize_t)midi->lib->jack_midi_get_event_count(buffer)
                          : -1;
}

static PyObject *input_item(PyObject *self, Py_ssize_t index)
{
    const midi_object *midi = (const midi_object *)self;
    void *buffer = buffer_of(midi);
    jack_midi_event_t event;
    if (buffer == NULL) {
        return NULL;
    }
    if (index < 0 || index >= input_length(self) ||
        midi->lib->jack_midi_event_get(&event, buffer, (uint32_t)index) != 0) {
        PyErr_SetString(PyExc_IndexError, "there are not that many events");
        return NULL;
    }
    return Py_BuildValue("(ky#)", (unsigned long)event.time, (const char *)event.buffer,
                         (Py_ssize_t)event.size);
}

/* ---- events to be sent ---- */

static PyObject *write_bytes(const midi_object *midi, uint32_t offset,
                             const Py_buffer *view)
{
    if (offset >= midi->frames) {
        PyErr_Format(PyExc_ValueError,
                     "offset must be below the block's %u frames, got %u",
                     (unsigned)midi->frames, (unsigned)offset);
        return NULL;
    }
    if (view->len == 0) {
        PyErr_SetString(PyExc_ValueError, "an event has at least 1 byte, got 0");
        return NULL;
    }
    /* JACK2 takes sizes from 2**31 on for negative ones, which always fit. */
    if ((size_t)view->len > rtj_libjack_midi_room(midi->lib, midi->buffer)) {
        Py_RETURN_FALSE;
    }
    if (midi->lib->jack_midi_event_write(midi->buffer, offset, view->buf,
                                         (size_t)view->len) != 0) {
        PyErr_Format(PyExc_ValueError,
                     "events must be written in the order of their offsets, got %u",
                     (unsigned)offset);
        return NULL;
    }
    Py_RETURN_TRUE;
}

static PyObject *output_write(PyObject *self, PyObject *const *args, Py_ssize_t nargs,
                              PyObject *kwnames)
{
    static const char *const names[] = {"offset", "event"};
    static const rtj_signature signature = {"write", names, 2, 2, 2};
    const midi_object *midi = (const midi_object *)self;
    PyObject *values[2];
    uint32_t offset;
    Py_buffer view;
    if (rtj_parse(&signature, args, nargs, kwnames, values) < 0 ||
        buffer_of(midi) == NULL || rtj_as_uint32(values[0], "offset", &offset) < 0 ||
        PyObject_GetBuffer(values[1], &view, PyBUF_SIMPLE) < 0) {
        return NULL;
    }
    PyObject *written = write_bytes(midi, offset, &view);
    PyBuffer_Release(&view);
    return written;
}

/* ---- the types ---- */

static void midi_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMethodDef output_methods[] = {
    {"write", (PyCFunction)(void (*)(void))output_write, METH_FASTCALL | METH_KEYWORDS,
     DOC_IsolatedMidiOutput_write},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot input_slots[] = {
    {Py_tp_doc, (void *)DOC_IsolatedMidiInput},
    {Py_tp_dealloc, midi_dealloc},
    {Py_sq_length, input_length},
    {Py_sq_item, input_item},
    {0, NULL},
};

static PyType_Slot output_slots[] = {
    {Py_tp_doc, (void *)DOC_IsolatedMidiOutput},
    {Py_tp_dealloc, midi_dealloc},
    {Py_tp_methods, output_methods},
    {0, NULL},
};

enum {
    FLAGS = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE |
            Py_TPFLAGS_DISALLOW_INSTANTIATION
};

static PyType_Spec input_spec = {"jack.IsolatedMidiInput", sizeof(midi_object), 0,
                                 FLAGS, input_slots};
static PyType_Spec output_spec = {"jack.IsolatedMidiOutput", sizeof(midi_object), 0,
                                  FLAGS, output_slots};

int rtj_add_isolated_midi(PyObject *module, rtj_state *state)
{
    state->IsolatedMidiInput = rtj_add_type(module, &input_spec, NULL);
    state->IsolatedMidiOutput = rtj_add_type(module, &output_spec, NULL);
    return state->IsolatedMidiInput != NULL && state->IsolatedMidiOutput != NULL ? 0
                                                                                 : -1;
}
