#include "docstrings.h"
#include "py/args.h"
#include "py/buffer.h"
#include "py/client_impl.h"
#include "py/detached.h"
#include "py/midi.h"

/* Where a port's events lie in this cycle: in JACK's buffer, or, within a detached
 * process callback, in a list of ours. */
typedef struct midi_place {
    void *memory;       /* JACK's, for a library that knows what to do with it; or: */
    rtj_events *events; /* ours */
    PyObject *keep;     /* borrowed; keeps either there */
    uint32_t frames;
} midi_place;

int rtj_midi_require_library(const rtj_port *port)
{
    const rtj_libjack *lib = rtj_client_lib(port->core);
    const char *missing = NULL;
#define RTJ_LOOK_FOR(function) missing = lib->function == NULL ? #function : missing;
    RTJ_MIDIPORT_FUNCTIONS(RTJ_LOOK_FOR)
#undef RTJ_LOOK_FOR
    if (missing != NULL) {
        PyErr_Format(port->state->NotSupportedError,
                     "%s() is not in the loaded JACK library, %s", missing, lib->name);
        return -1;
    }
    return 0;
}

static int find_place(rtj_port *port, midi_place *place)
{
    if (rtj_midi_require_library(port) < 0) {
        return -1;
    }
    *place = (midi_place){NULL, NULL, NULL, 0};
    if (rtj_detached_here(port->core) == NULL || port->unregistered) {
        place->memory = rtj_port_memory(port, &place->frames, &place->keep);
        return place->memory != NULL ? 0 : -1;
    }
    rtj_detached_port *block = rtj_py_detached_port(port, &place->frames, &place->keep);
    place->events = block != NULL ? block->events : NULL;
    return block != NULL ? 0 : -1;
}

static size_t room_in(const rtj_port *port, const midi_place *place)
{
    return place->events != NULL
               ? rtj_events_room(place->events)
               : rtj_libjack_midi_room(rtj_client_lib(port->core), place->memory);
}

/* ---- the port's events in this cycle ---- */

/* An iterator over the events that lie in a port's buffer. */
typedef struct midi_events {
    PyObject_HEAD
    rtj_port *port;         /* strong */
    void *memory;           /* JACK's; checked through the client at each step */
    const rtj_events *list; /* instead, in a detached callback */
    PyObject *keep;         /* strong; keeps the list there */
    uint32_t index;
    uint32_t count;
} midi_events;

static PyObject *midi_incoming(PyObject *self, PyObject *Py_UNUSED(unused))
{
    rtj_port *port = (rtj_port *)self;
    midi_place place;
    if (find_place(port, &place) < 0) {
        return NULL;
    }
    PyTypeObject *type = port->state->MidiEvents;
    midi_events *events = (midi_events *)type->tp_alloc(type, 0);
    if (events == NULL) {
        return NULL;
    }
    events->port = (rtj_port *)Py_NewRef(self);
    events->memory = place.memory;
    events->list = place.events;
    events->keep = place.events != NULL ? Py_NewRef(place.keep) : NULL;
    events->count =
        place.events != NULL
            ? place.events->count
            : rtj_client_lib(port->core)->jack_midi_get_event_count(place.memory);
    return (PyObject *)events;
}

PyObject *rtj_midi_event_pair(uint32_t frame, PyObject *data)
{
    PyObject *time = data != NULL ? PyLong_FromUnsignedLong(frame) : NULL;
    PyObject *pair = time != NULL ? PyTuple_New(2) : NULL;
    if (pair == NULL) {
        Py_XDECREF(data);
        Py_XDECREF(time);
        return NULL;
    }
    PyTuple_SET_ITEM(pair, 0, time); /* steals */
    PyTuple_SET_ITEM(pair, 1, data); /* steals */
    return pair;
}

/* Once the callback is over, there is nothing more to give. */
static PyObject *next_of_list(midi_events *events)
{
    const rtj_events *list = events->list;
    if (rtj_detached_here(events->port->core) == NULL || events->index >= list->count) {
        events->index = events->count;
        return NULL;
    }
    const rtj_event *event = &list->events[events->index++];
    return rtj_midi_event_pair(event->time, rtj_buffer_copy(events->port->state,
                                                            list->bytes + event->place,
                                                            (Py_ssize_t)event->size));
}

static PyObject *events_next(PyObject *self)
{
    midi_events *events = (midi_events *)self;
    rtj_port *port = events->port;
    rtj_error error;
    jack_midi_event_t event;
    if (events->index >= events->count) {
        return NULL;
    }
    if (events->list != NULL) {
        return next_of_list(events);
    }
    if (RTJ_ENTER(port->core, jack_midi_event_get, &error) == NULL) {
        return rtj_raise(port->state, &error);
    }
    /* ENOBUFS and ENODATA come in odd states: then there is nothing more to give. */
    int failed = rtj_client_lib(port->core)
                     ->jack_midi_event_get(&event, events->memory, events->index++);
    PyObject *data = NULL;
    if (!failed) {
        data = rtj_buffer_copy(port->state, event.buffer, (Py_ssize_t)event.size);
    }
    rtj_client_leave(port->core);
    if (failed) {
        events->index = events->count;
        return NULL;
    }
    return rtj_midi_event_pair(event.time, data);
}

static void events_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    Py_XDECREF(((midi_events *)self)->keep);
    Py_XDECREF(((midi_events *)self)->port);
    type->tp_free(self);
    Py_DECREF(type);
}

/* ---- writing ---- */

static int require_output(const rtj_port *port)
{
    if ((port->flags & JackPortIsOutput) == 0) {
        rtj_port_refuse(
            port, "events can only be written to an output port; %R is an input port");
        return -1;
    }
    return 0;
}

static PyObject *midi_clear_buffer(PyObject *self, PyObject *Py_UNUSED(unused))
{
    rtj_port *port = (rtj_port *)self;
    midi_place place;
    if (require_output(port) < 0 || find_place(port, &place) < 0) {
        return NULL;
    }
    if (place.events != NULL) {
        rtj_events_clear(place.events, place.frames);
    } else {
        rtj_client_lib(port->core)->jack_midi_clear_buffer(place.memory);
    }
    Py_RETURN_NONE;
}

/* libjack refused an event: say which of its rules was broken. */
static PyObject *refused(const rtj_port *port, const midi_place *place, int code,
                         uint32_t time, size_t size)
{
    rtj_error error;
    size_t room = room_in(port, place);
    uint32_t frames = place->frames;
    if (time >= frames) {
        (void)rtj_fail(&error, RTJ_CODE, code,
                       "Error writing MIDI event: time must be below the block's %u "
                       "frames, got %u",
                       frames, time);
    } else if (size == 0) {
        (void)rtj_fail(&error, RTJ_CODE, code,
                       "Error writing MIDI event: an event has at least 1 byte, got 0");
    } else if (size > room) {
        (void)rtj_fail(
            &error, RTJ_CODE, code,
            "Error writing MIDI event: %zu bytes don't fit, the port has room "
            "for an event of %zu in this block",
            size, room);
    } else {
        (void)rtj_fail(
            &error, RTJ_CODE, code,
            "Error writing MIDI event: events must be written in the order of "
            "their times, and to a buffer cleared in this block; got time %u",
            time);
    }
    return rtj_raise(port->state, &error);
}

/* JACK2 takes sizes from 2**31 on for negative ones, which always fit. */
static int has_room(const rtj_port *port, const midi_place *place, size_t size)
{
    return size > 0 && size <= room_in(port, place);
}

static int write_to(const rtj_port *port, const midi_place *place, uint32_t time,
                    const void *bytes, size_t size)
{
    if (time >= place->frames || !has_room(port, place, size)) {
        return -1;
    }
    if (place->events == NULL) {
        return rtj_client_lib(port->core)
            ->jack_midi_event_write(place->memory, time, bytes, size);
    }
    unsigned char *room = rtj_events_reserve(place->events, time, size);
    if (room == NULL) {
        return -1;
    }
    memcpy(room, bytes, size);
    return 0;
}

static PyObject *write_bytes(rtj_port *port, uint32_t time, const void *bytes,
                             Py_ssize_t size)
{
    midi_place place;
    if (find_place(port, &place) < 0) {
        return NULL;
    }
    int code = write_to(port, &place, time, bytes, (size_t)size);
    if (code != 0) {
        return refused(port, &place, code, time, (size_t)size);
    }
    Py_RETURN_NONE;
}

/* Anything with the buffer protocol, or whatever bytes() makes of a sequence of ints.
 */
PyObject *rtj_midi_event_bytes(PyObject *event)
{
    if (PyBytes_CheckExact(event)) {
        return Py_NewRef(event);
    }
    if (PyUnicode_Check(event) || PyLong_Check(event)) {
        return PyErr_Format(PyExc_TypeError,
                            "event must be bytes, a buffer or a sequence of ints, not "
                            "%.200s",
                            Py_TYPE(event)->tp_name);
    }
    return PyBytes_FromObject(event);
}

static PyObject *write_object(rtj_port *port, uint32_t time, PyObject *event)
{
    if (PyBytes_CheckExact(event)) {
        return write_bytes(port, time, PyBytes_AS_STRING(event),
                           PyBytes_GET_SIZE(event));
    }
    if (PyObject_CheckBuffer(event)) {
        Py_buffer view;
        if (PyObject_GetBuffer(event, &view, PyBUF_SIMPLE) < 0) {
            return NULL;
        }
        PyObject *result = write_bytes(port, time, view.buf, view.len);
        PyBuffer_Release(&view);
        return result;
    }
    PyObject *bytes = rtj_midi_event_bytes(event);
    if (bytes == NULL) {
        return NULL;
    }
    PyObject *result =
        write_bytes(port, time, PyBytes_AS_STRING(bytes), PyBytes_GET_SIZE(bytes));
    Py_DECREF(bytes);
    return result;
}

static PyObject *midi_write_event(PyObject *self, PyObject *const *args,
                                  Py_ssize_t nargs, PyObject *kwnames)
{
    static const char *const names[] = {"time", "event"};
    static const rtj_signature signature = {"write_midi_event", names, 2, 2, 2};
    rtj_port *port = (rtj_port *)self;
    PyObject *values[2];
    uint32_t time;
    if (rtj_parse(&signature, args, nargs, kwnames, values) < 0 ||
        require_output(port) < 0 || rtj_as_uint32(values[0], "time", &time) < 0) {
        return NULL;
    }
    return write_object(port, time, values[1]);
}

static PyObject *midi_reserve_event(PyObject *self, PyObject *const *args,
                                    Py_ssize_t nargs, PyObject *kwnames)
{
    static const char *const names[] = {"time", "size"};
    static const rtj_signature signature = {"reserve_midi_event", names, 2, 2, 2};
    rtj_port *port = (rtj_port *)self;
    PyObject *values[2];
    uint32_t time, size;
    midi_place place;
    if (rtj_parse(&signature, args, nargs, kwnames, values) < 0 ||
        require_output(port) < 0 || rtj_as_uint32(values[0], "time", &time) < 0 ||
        rtj_as_uint32(values[1], "size", &size) < 0 || find_place(port, &place) < 0) {
        return NULL;
    }
    void *room = NULL;
    if (time < place.frames && has_room(port, &place, size)) {
        room = place.events != NULL
                   ? rtj_events_reserve(place.events, time, size)
                   : rtj_client_lib(port->core)
                         ->jack_midi_event_reserve(place.memory, time, size);
    }
    if (room == NULL) {
        return rtj_buffer_copy(port->state, NULL, 0); /* as documented: empty */
    }
    return rtj_buffer_view(port->state, room, (Py_ssize_t)size, 0, place.keep, NULL,
                           NULL);
}

/* ---- the rest ---- */

static PyObject *midi_max_event_size(PyObject *self, void *Py_UNUSED(closure))
{
    rtj_port *port = (rtj_port *)self;
    midi_place place;
    return find_place(port, &place) == 0 ? PyLong_FromSize_t(room_in(port, &place))
                                         : NULL;
}

static PyObject *midi_lost_events(PyObject *self, void *Py_UNUSED(closure))
{
    rtj_port *port = (rtj_port *)self;
    midi_place place;
    if (find_place(port, &place) < 0) {
        return NULL;
    }
    return PyLong_FromUnsignedLong(
        place.events != NULL
            ? place.events->lost
            : rtj_client_lib(port->core)->jack_midi_get_lost_event_count(place.memory));
}

static PyObject *midi_no_buffer(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(unused))
{
    PyErr_SetString(PyExc_NotImplementedError,
                    "get_buffer() not available on MIDI ports");
    return NULL;
}

static PyObject *midi_no_array(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(unused))
{
    PyErr_SetString(PyExc_NotImplementedError,
                    "get_array() not available on MIDI ports");
    return NULL;
}

static PyMethodDef midi_methods[] = {
    {"get_buffer", midi_no_buffer, METH_NOARGS, DOC_OwnMidiPort_get_buffer},
    {"get_array", midi_no_array, METH_NOARGS, DOC_OwnMidiPort_get_array},
    {"incoming_midi_events", midi_incoming, METH_NOARGS,
     DOC_OwnMidiPort_incoming_midi_events},
    {"clear_buffer", midi_clear_buffer, METH_NOARGS, DOC_OwnMidiPort_clear_buffer},
    {"write_midi_event", (PyCFunction)(void (*)(void))midi_write_event,
     METH_FASTCALL | METH_KEYWORDS, DOC_OwnMidiPort_write_midi_event},
    {"reserve_midi_event", (PyCFunction)(void (*)(void))midi_reserve_event,
     METH_FASTCALL | METH_KEYWORDS, DOC_OwnMidiPort_reserve_midi_event},
    {"send", (PyCFunction)(void (*)(void))rtj_midi_send, METH_FASTCALL | METH_KEYWORDS,
     DOC_OwnMidiPort_send},
    {"receive", (PyCFunction)(void (*)(void))rtj_midi_receive,
     METH_FASTCALL | METH_KEYWORDS, DOC_OwnMidiPort_receive},
    {"areceive", rtj_midi_areceive, METH_NOARGS, DOC_OwnMidiPort_areceive},
    {"iter_pending", rtj_midi_iter_pending, METH_NOARGS, DOC_OwnMidiPort_iter_pending},
    {"fileno", rtj_midi_fileno, METH_NOARGS, DOC_OwnMidiPort_fileno},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef midi_getset[] = {
    {"max_event_size", midi_max_event_size, NULL, DOC_OwnMidiPort_max_event_size, NULL},
    {"lost_midi_events", midi_lost_events, NULL, DOC_OwnMidiPort_lost_midi_events,
     NULL},
    {"stats", rtj_midi_get_stats, NULL, DOC_OwnMidiPort_stats, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot midi_slots[] = {
    {Py_tp_doc, (void *)DOC_OwnMidiPort}, {Py_tp_iter, rtj_midi_iter},
    {Py_am_aiter, rtj_midi_aiter},        {Py_tp_methods, midi_methods},
    {Py_tp_getset, midi_getset},          {0, NULL},
};

static PyType_Spec midi_spec = {"jack.OwnMidiPort", sizeof(rtj_port), 0,
                                Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE |
                                    Py_TPFLAGS_DISALLOW_INSTANTIATION,
                                midi_slots};

static PyType_Slot events_slots[] = {
    {Py_tp_dealloc, events_dealloc},
    {Py_tp_iter, PyObject_SelfIter},
    {Py_tp_iternext, events_next},
    {0, NULL},
};

static PyType_Spec events_spec = {"jack._MidiEvents", sizeof(midi_events), 0,
                                  Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE |
                                      Py_TPFLAGS_DISALLOW_INSTANTIATION,
                                  events_slots};

int rtj_add_midi_ports(PyObject *module, rtj_state *state)
{
    PyObject *bases = PyTuple_Pack(2, state->MidiPort, state->OwnPort);
    if (bases == NULL) {
        return -1;
    }
    state->OwnMidiPort = rtj_add_type(module, &midi_spec, bases);
    Py_DECREF(bases);
    state->MidiEvents =
        (PyTypeObject *)PyType_FromModuleAndSpec(module, &events_spec, NULL);
    if (state->OwnMidiPort == NULL || state->MidiEvents == NULL) {
        return -1;
    }
    return rtj_add_midi_stats(module, state);
}
