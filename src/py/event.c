#include "py/event.h"

#include <stddef.h>

#include "docstrings.h"
#include "py/args.h"
#include "py/noticeports.h"
#include "py/port.h"
#include "py/status.h"

enum { KINDS = RTJ_SHUTDOWN + 1, FIELDS = 3 };

/* All kinds have this layout: as many fields as the kind has, the others NULL. */
typedef struct event {
    PyObject_HEAD
    PyObject *fields[FIELDS];
} event;

/* ---- making ---- */

/* Of a port that libjack knows nothing about any more. */
static PyObject *nameless_port(PyObject *client, const char *name)
{
    const rtj_port_info info = {NULL, name, 0, RTJ_PORT_UNKNOWN, 0};
    rtj_port *port = (rtj_port *)rtj_port_wrap(client, &info);
    if (port != NULL) {
        port->unregistered = 1;
        port->has_uuid = 1; /* 0: none */
    }
    return (PyObject *)port;
}

static PyObject *port_of(PyObject *known, PyObject *client, const rtj_notice *notice,
                         int which)
{
    int name = notice->kind == RTJ_PORT_RENAME ? 1 : which;
    PyObject *port = notice->ports[which] != NULL
                         ? rtj_notice_port(known, client, notice, which)
                         : nameless_port(client, rtj_notice_text(notice, name));
    if (port != NULL) {
        ((rtj_port *)port)->told = 1;
    }
    return port;
}

/* The fields of a notice about ports into `to`; NULL where an exception is set. */
static void set_port_fields(PyObject **to, PyObject *known, PyObject *client,
                            const rtj_notice *notice)
{
    *to++ = port_of(known, client, notice, 0);
    switch (notice->kind) {
    case RTJ_PORT_RENAME:
        *to++ = rtj_decode(rtj_notice_text(notice, 0));
        *to++ = rtj_decode(rtj_notice_text(notice, 1));
        return;
    case RTJ_PORT_CONNECT:
        *to++ = port_of(known, client, notice, 1);
        break;
    default:
        break;
    }
    *to++ = PyBool_FromLong(notice->flag);
}

static void set_plain_fields(PyObject **to, rtj_state *state, const rtj_notice *notice)
{
    switch (notice->kind) {
    case RTJ_XRUN:
        *to++ = PyFloat_FromDouble((double)notice->delayed_usecs);
        break;
    case RTJ_CLIENT_REGISTRATION:
        *to++ = rtj_decode(rtj_notice_text(notice, 0));
        *to++ = PyBool_FromLong(notice->flag);
        break;
    case RTJ_FREEWHEEL:
        *to++ = PyBool_FromLong(notice->flag);
        break;
    case RTJ_SAMPLERATE:
    case RTJ_BLOCKSIZE:
        *to++ = PyLong_FromUnsignedLong(notice->number);
        break;
    case RTJ_LATENCY:
        *to++ = PyUnicode_FromString(notice->number == JackCaptureLatency ? "capture"
                                                                          : "playback");
        break;
    case RTJ_PROPERTY_CHANGE:
        *to++ = PyLong_FromUnsignedLongLong(notice->uuid);
        *to++ = rtj_decode(rtj_notice_text(notice, 0));
        *to++ = PyLong_FromUnsignedLong(notice->number);
        break;
    case RTJ_SHUTDOWN:
        *to++ = rtj_status_new(state, (int)notice->number);
        *to++ = rtj_decode(rtj_notice_text(notice, 0));
        break;
    default: /* RTJ_GRAPH_ORDER has no fields; the port kinds don't come here */
        break;
    }
}

PyObject *rtj_event_new(rtj_state *state, PyObject *known, PyObject *client,
                        const rtj_notice *notice)
{
    PyTypeObject *type =
        (PyTypeObject *)PyTuple_GET_ITEM(state->event_types, notice->kind);
    event *self = (event *)type->tp_alloc(type, 0);
    if (self == NULL) {
        return NULL;
    }
    if (notice->kind <= RTJ_PORT_RENAME) {
        set_port_fields(self->fields, known, client, notice);
    } else {
        set_plain_fields(self->fields, state, notice);
    }
    if (PyErr_Occurred()) {
        Py_CLEAR(self);
    }
    return (PyObject *)self;
}

/* The kinds that a class stands for; 0 for what is no kind of event. */
static uint32_t kinds_of(const rtj_state *state, const PyObject *class)
{
    if (class == (const PyObject *)state->Event) {
        return RTJ_KIND(KINDS) - 1;
    }
    for (int kind = 0; kind < KINDS; kind++) {
        if (class == PyTuple_GET_ITEM(state->event_types, kind)) {
            return RTJ_KIND(kind);
        }
    }
    return 0;
}

int rtj_event_kinds(const rtj_state *state, PyObject *const *classes, Py_ssize_t count,
                    uint32_t *kinds)
{
    *kinds = count == 0 ? RTJ_KIND(KINDS) - 1 : 0;
    for (Py_ssize_t i = 0; i < count; i++) {
        uint32_t more = kinds_of(state, classes[i]);
        if (more == 0) {
            PyErr_Format(PyExc_TypeError,
                         "kinds of events are classes like jack.PortConnected, not %R",
                         classes[i]);
            return -1;
        }
        *kinds |= more;
    }
    return 0;
}

/* ---- what all kinds do ---- */

static int event_traverse(PyObject *object, visitproc visit, void *arg)
{
    event *self = (event *)object;
    Py_VISIT(Py_TYPE(object));
    for (int i = 0; i < FIELDS; i++) {
        Py_VISIT(self->fields[i]);
    }
    return 0;
}

static int event_clear(PyObject *object)
{
    event *self = (event *)object;
    for (int i = 0; i < FIELDS; i++) {
        Py_CLEAR(self->fields[i]);
    }
    return 0;
}

static void event_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    (void)event_clear(object);
    type->tp_free(object);
    Py_DECREF(type);
}

/* "source=..., destination=..., connected=True"; new. */
static PyObject *fields_text(const event *self, PyObject *names)
{
    PyObject *parts = PyList_New(0);
    for (Py_ssize_t i = 0; parts != NULL && i < PyTuple_GET_SIZE(names); i++) {
        PyObject *part =
            PyUnicode_FromFormat("%U=%R", PyTuple_GET_ITEM(names, i), self->fields[i]);
        if (part == NULL || PyList_Append(parts, part) < 0) {
            Py_CLEAR(parts);
        }
        Py_XDECREF(part);
    }
    PyObject *comma = PyUnicode_FromString(", ");
    PyObject *text =
        parts != NULL && comma != NULL ? PyUnicode_Join(comma, parts) : NULL;
    Py_XDECREF(comma);
    Py_XDECREF(parts);
    return text;
}

static PyObject *event_repr(PyObject *object)
{
    PyObject *names = PyObject_GetAttrString(object, "__match_args__");
    PyObject *text = names != NULL ? fields_text((event *)object, names) : NULL;
    PyObject *result =
        text != NULL ? PyUnicode_FromFormat("%s(%U)", Py_TYPE(object)->tp_name, text)
                     : NULL;
    Py_XDECREF(text);
    Py_XDECREF(names);
    return result;
}

static PyObject *event_richcompare(PyObject *object, PyObject *other, int operation)
{
    if ((operation != Py_EQ && operation != Py_NE) ||
        Py_TYPE(object) != Py_TYPE(other)) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    const event *a = (const event *)object, *b = (const event *)other;
    int equal = 1;
    for (int i = 0; i < FIELDS && a->fields[i] != NULL && equal == 1; i++) {
        equal = PyObject_RichCompareBool(a->fields[i], b->fields[i], Py_EQ);
    }
    return equal < 0 ? NULL : PyBool_FromLong(equal == (operation == Py_EQ));
}

static Py_hash_t event_hash(PyObject *object)
{
    const event *self = (const event *)object;
    Py_hash_t of_type = PyObject_Hash((PyObject *)Py_TYPE(object));
    if (of_type == -1) {
        return -1;
    }
    Py_uhash_t mixed = (Py_uhash_t)of_type;
    for (int i = 0; i < FIELDS && self->fields[i] != NULL; i++) {
        Py_hash_t hash = PyObject_Hash(self->fields[i]);
        if (hash == -1) {
            return -1;
        }
        mixed = mixed * 1000003u ^ (Py_uhash_t)hash;
    }
    return (Py_hash_t)mixed != -1 ? (Py_hash_t)mixed : -2;
}

/* ---- the types ---- */

static PyType_Slot event_slots[] = {
    {Py_tp_doc, (void *)DOC_Event},   {Py_tp_dealloc, event_dealloc},
    {Py_tp_traverse, event_traverse}, {Py_tp_clear, event_clear},
    {Py_tp_repr, event_repr},         {Py_tp_richcompare, event_richcompare},
    {Py_tp_hash, event_hash},         {0, NULL},
};

enum { FLAGS = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION };

static PyType_Spec event_spec = {"jack.Event", sizeof(event), 0,
                                 FLAGS | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE |
                                     Py_TPFLAGS_IMMUTABLETYPE,
                                 event_slots};

#define RTJ_FIELD(kind, index, name)                                                   \
    {                                                                                  \
#name, T_OBJECT_EX, offsetof(event, fields[index]), READONLY,                  \
            DOC_##kind##_##name                                                        \
    }
#define RTJ_NO_FIELD                                                                   \
    {                                                                                  \
        NULL, 0, 0, 0, NULL                                                            \
    }
#define RTJ_EVENT_KIND(kind) "jack." #kind, DOC_##kind

typedef struct event_kind {
    const char *name;
    const char *doc;
    PyMemberDef fields[FIELDS + 1];
} event_kind;

static event_kind event_kinds[KINDS] = {
    [RTJ_PORT_REGISTRATION] = {RTJ_EVENT_KIND(PortRegistered),
                               {RTJ_FIELD(PortRegistered, 0, port),
                                RTJ_FIELD(PortRegistered, 1, registered)}},
    [RTJ_PORT_CONNECT] = {RTJ_EVENT_KIND(PortConnected),
                          {RTJ_FIELD(PortConnected, 0, source),
                           RTJ_FIELD(PortConnected, 1, destination),
                           RTJ_FIELD(PortConnected, 2, connected)}},
    [RTJ_PORT_RENAME] = {RTJ_EVENT_KIND(PortRenamed),
                         {RTJ_FIELD(PortRenamed, 0, port),
                          RTJ_FIELD(PortRenamed, 1, old_name),
                          RTJ_FIELD(PortRenamed, 2, new_name)}},
    [RTJ_GRAPH_ORDER] = {RTJ_EVENT_KIND(GraphReordered), {RTJ_NO_FIELD}},
    [RTJ_XRUN] = {RTJ_EVENT_KIND(Xrun), {RTJ_FIELD(Xrun, 0, delayed_usecs)}},
    [RTJ_CLIENT_REGISTRATION] = {RTJ_EVENT_KIND(ClientRegistered),
                                 {RTJ_FIELD(ClientRegistered, 0, name),
                                  RTJ_FIELD(ClientRegistered, 1, registered)}},
    [RTJ_FREEWHEEL] = {RTJ_EVENT_KIND(Freewheel), {RTJ_FIELD(Freewheel, 0, starting)}},
    [RTJ_SAMPLERATE] = {RTJ_EVENT_KIND(SamplerateChanged),
                        {RTJ_FIELD(SamplerateChanged, 0, samplerate)}},
    [RTJ_BLOCKSIZE] = {RTJ_EVENT_KIND(BlocksizeChanged),
                       {RTJ_FIELD(BlocksizeChanged, 0, blocksize)}},
    [RTJ_PROPERTY_CHANGE] = {RTJ_EVENT_KIND(PropertyChanged),
                             {RTJ_FIELD(PropertyChanged, 0, subject),
                              RTJ_FIELD(PropertyChanged, 1, key),
                              RTJ_FIELD(PropertyChanged, 2, change)}},
    [RTJ_LATENCY] = {RTJ_EVENT_KIND(LatencyChanged),
                     {RTJ_FIELD(LatencyChanged, 0, mode)}},
    [RTJ_SHUTDOWN] = {RTJ_EVENT_KIND(Shutdown),
                      {RTJ_FIELD(Shutdown, 0, status), RTJ_FIELD(Shutdown, 1, reason)}},
};

/* The names of the fields, for `match`. */
static int set_match_args(PyTypeObject *type, const PyMemberDef *fields)
{
    Py_ssize_t count = 0;
    while (fields[count].name != NULL) {
        count++;
    }
    PyObject *names = PyTuple_New(count);
    for (Py_ssize_t i = 0; names != NULL && i < count; i++) {
        PyObject *name = PyUnicode_InternFromString(fields[i].name);
        if (name == NULL) {
            Py_CLEAR(names);
            break;
        }
        PyTuple_SET_ITEM(names, i, name); /* steals */
    }
    int result = names != NULL
                     ? PyObject_SetAttrString((PyObject *)type, "__match_args__", names)
                     : -1;
    Py_XDECREF(names);
    return result;
}

static PyObject *add_kind(PyObject *module, const rtj_state *state, event_kind *kind)
{
    PyType_Slot slots[] = {
        {Py_tp_doc, (void *)kind->doc},
        {Py_tp_members, kind->fields},
        {0, NULL},
    };
    PyType_Spec spec = {kind->name, sizeof(event), 0, FLAGS, slots};
    PyTypeObject *type = rtj_add_type(module, &spec, (PyObject *)state->Event);
    if (type == NULL || set_match_args(type, kind->fields) < 0) {
        Py_XDECREF(type);
        return NULL;
    }
    type->tp_flags |= Py_TPFLAGS_IMMUTABLETYPE; /* from now on */
    PyType_Modified(type);
    return (PyObject *)type;
}

int rtj_add_events(PyObject *module, rtj_state *state)
{
    state->Event = rtj_add_type(module, &event_spec, NULL);
    state->event_types = state->Event != NULL ? PyTuple_New(KINDS) : NULL;
    if (state->event_types == NULL) {
        return -1;
    }
    for (int kind = 0; kind < KINDS; kind++) {
        PyObject *type = add_kind(module, state, &event_kinds[kind]);
        if (type == NULL) {
            return -1;
        }
        PyTuple_SET_ITEM(state->event_types, kind, type); /* steals */
    }
    return 0;
}
