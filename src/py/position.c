#include "py/position.h"

#include <float.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "docstrings.h"
#include "py/args.h"

_Static_assert(sizeof(jack_position_bits_t) == 4, "`valid` is read as uint32_t");

typedef struct position_object {
    PyObject_HEAD
    jack_position_t position;
} position_object;

/* ---- the fields, one by one ---- */

typedef enum kind { UINT64, UINT32, INT32, FLOAT, DOUBLE } kind;

/* Groups of fields that are always filled, the second kind of interest to JACK only;
 * the other groups are known by their bit in `valid`. */
enum { ALWAYS = 0, BOOKKEEPING = 1 };

typedef struct field {
    const char *name;
    kind kind;
    size_t offset;
    uint32_t group;
} field;

#ifdef JACK_TICK_DOUBLE
#define TICK_DOUBLE_FIELD(X) X(tick_double, DOUBLE, JackTickDouble)
#else
#define TICK_DOUBLE_FIELD(X)
#endif

/* clang-format off */
#define FIELDS(X) \
    X(unique_1, UINT64, BOOKKEEPING) \
    X(usecs, UINT64, ALWAYS) \
    X(frame_rate, UINT32, ALWAYS) \
    X(frame, UINT32, ALWAYS) \
    X(valid, UINT32, BOOKKEEPING) \
    X(bar, INT32, JackPositionBBT) \
    X(beat, INT32, JackPositionBBT) \
    X(tick, INT32, JackPositionBBT) \
    X(bar_start_tick, DOUBLE, JackPositionBBT) \
    X(beats_per_bar, FLOAT, JackPositionBBT) \
    X(beat_type, FLOAT, JackPositionBBT) \
    X(ticks_per_beat, DOUBLE, JackPositionBBT) \
    X(beats_per_minute, DOUBLE, JackPositionBBT) \
    X(frame_time, DOUBLE, JackPositionTimecode) \
    X(next_time, DOUBLE, JackPositionTimecode) \
    X(bbt_offset, UINT32, JackBBTFrameOffset) \
    X(audio_frames_per_video_frame, FLOAT, JackAudioVideoRatio) \
    X(video_offset, UINT32, JackVideoFrameOffset) \
    TICK_DOUBLE_FIELD(X) \
    X(unique_2, UINT64, BOOKKEEPING)
/* clang-format on */

#define INDEX(name, kind, group) INDEX_##name,
enum { FIELDS(INDEX) FIELD_COUNT };
#undef INDEX

#define FIELD(name, kind, group) {#name, kind, offsetof(jack_position_t, name), group},
static const field fields[FIELD_COUNT] = {FIELDS(FIELD)};
#undef FIELD

/* jack_position_t is packed: its members may lie at any address, so they are copied. */
#define COPY(type, from)                                                               \
    type value;                                                                        \
    memcpy(&value, from, sizeof value)

static PyObject *get_field(const jack_position_t *position, const field *which)
{
    const char *from = (const char *)position + which->offset;
    switch (which->kind) {
    case UINT64: {
        COPY(uint64_t, from);
        return PyLong_FromUnsignedLongLong(value);
    }
    case UINT32: {
        COPY(uint32_t, from);
        return PyLong_FromUnsignedLong(value);
    }
    case INT32: {
        COPY(int32_t, from);
        return PyLong_FromLong(value);
    }
    case FLOAT: {
        COPY(float, from);
        return PyFloat_FromDouble((double)value);
    }
    case DOUBLE: {
        COPY(double, from);
        return PyFloat_FromDouble(value);
    }
    }
    Py_UNREACHABLE();
}

static int as_uint64(PyObject *value, const char *what, uint64_t *result)
{
    if (!PyIndex_Check(value)) {
        PyErr_Format(PyExc_TypeError, "%s must be an int, not %.100s", what,
                     Py_TYPE(value)->tp_name);
        return -1;
    }
    PyObject *number = PyNumber_Index(value); /* new */
    if (number == NULL) {
        return -1;
    }
    *result = PyLong_AsUnsignedLongLong(number);
    Py_DECREF(number);
    if (*result != UINT64_MAX || !PyErr_Occurred()) {
        return 0;
    }
    if (PyErr_ExceptionMatches(PyExc_OverflowError)) {
        PyErr_Clear();
        PyErr_Format(PyExc_ValueError, "%s must be between 0 and %llu", what,
                     (unsigned long long)UINT64_MAX);
    }
    return -1;
}

/* A number of at most `limit`; inf and nan pass. */
static int as_double(PyObject *value, const char *what, double limit, double *result)
{
    if (!PyFloat_Check(value) && !PyNumber_Check(value)) {
        PyErr_Format(PyExc_TypeError, "%s must be a number, not %.100s", what,
                     Py_TYPE(value)->tp_name);
        return -1;
    }
    const double number = PyFloat_AsDouble(value);
    const int failed = number == -1.0 && PyErr_Occurred();
    if (failed && !PyErr_ExceptionMatches(PyExc_OverflowError)) {
        return -1;
    }
    if (failed || (isfinite(number) && fabs(number) > limit)) {
        char text[32];
        PyErr_Clear();
        (void)PyOS_snprintf(text, sizeof text, "%.4g", limit);
        PyErr_Format(PyExc_ValueError, "%s must be between -%s and %s", what, text,
                     text);
        return -1;
    }
    *result = number;
    return 0;
}

static int set_integer(char *to, const field *which, PyObject *value)
{
    const int is_signed = which->kind == INT32;
    int64_t number;
    if (rtj_as_int64(value, which->name, is_signed ? INT32_MIN : 0,
                     is_signed ? INT32_MAX : UINT32_MAX, &number) < 0) {
        return -1;
    }
    if (is_signed) {
        const int32_t narrow = (int32_t)number;
        memcpy(to, &narrow, sizeof narrow);
    } else {
        const uint32_t narrow = (uint32_t)number;
        memcpy(to, &narrow, sizeof narrow);
    }
    return 0;
}

static int set_real(char *to, const field *which, PyObject *value)
{
    const int is_double = which->kind == DOUBLE;
    double number;
    if (as_double(value, which->name, is_double ? DBL_MAX : (double)FLT_MAX, &number) <
        0) {
        return -1;
    }
    if (is_double) {
        memcpy(to, &number, sizeof number);
    } else {
        const float narrow = (float)number;
        memcpy(to, &narrow, sizeof narrow);
    }
    return 0;
}

static int set_field(jack_position_t *position, const field *which, PyObject *value)
{
    char *to = (char *)position + which->offset;
    uint64_t number;
    switch (which->kind) {
    case UINT64:
        if (as_uint64(value, which->name, &number) < 0) {
            return -1;
        }
        memcpy(to, &number, sizeof number);
        return 0;
    case UINT32:
    case INT32:
        return set_integer(to, which, value);
    case FLOAT:
    case DOUBLE:
        return set_real(to, which, value);
    }
    Py_UNREACHABLE();
}

/* ---- the type ---- */

static jack_position_t *position_of(PyObject *self)
{
    return &((position_object *)self)->position;
}

static PyObject *position_get(PyObject *self, void *closure)
{
    return get_field(position_of(self), closure);
}

static int position_set(PyObject *self, PyObject *value, void *closure)
{
    const field *which = closure;
    if (value == NULL) {
        PyErr_Format(PyExc_TypeError, "%s can't be deleted", which->name);
        return -1;
    }
    return set_field(position_of(self), which, value);
}

static const field *find_field(PyObject *name)
{
    for (size_t i = 0; i < FIELD_COUNT; ++i) {
        if (PyUnicode_CompareWithASCIIString(name, fields[i].name) == 0) {
            return &fields[i];
        }
    }
    return NULL;
}

static int set_all(PyObject *self, PyObject *kwargs)
{
    PyObject *name, *value; /* borrowed */
    Py_ssize_t at = 0;
    while (PyDict_Next(kwargs, &at, &name, &value)) {
        const field *which = find_field(name);
        if (which == NULL) {
            PyErr_Format(PyExc_TypeError,
                         "Position() got an unexpected keyword argument %R", name);
            return -1;
        }
        if (set_field(position_of(self), which, value) < 0) {
            return -1;
        }
    }
    return 0;
}

static PyObject *position_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    if (PyTuple_GET_SIZE(args) != 0) {
        PyErr_Format(PyExc_TypeError,
                     "Position() takes keyword arguments only, got %zd others",
                     PyTuple_GET_SIZE(args));
        return NULL;
    }
    PyObject *self = type->tp_alloc(type, 0); /* new, zeroed */
    if (self != NULL && kwargs != NULL && set_all(self, kwargs) < 0) {
        Py_CLEAR(self);
    }
    return self;
}

static void position_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    type->tp_free(self);
    Py_DECREF(type);
}

static int is_filled(const jack_position_t *position, const field *which)
{
    return which->group == ALWAYS || (which->group != BOOKKEEPING &&
                                      ((uint32_t)position->valid & which->group) != 0);
}

static int add_to_dict(PyObject *dict, const jack_position_t *position,
                       const field *which)
{
    PyObject *value = get_field(position, which); /* new */
    if (value == NULL) {
        return -1;
    }
    const int result = PyDict_SetItemString(dict, which->name, value);
    Py_DECREF(value);
    return result;
}

/* The fields for which `wanted` says so, by name. */
static PyObject *collect(const jack_position_t *position,
                         int (*wanted)(const jack_position_t *, const field *))
{
    PyObject *dict = PyDict_New(); /* new */
    for (size_t i = 0; dict != NULL && i < FIELD_COUNT; ++i) {
        if (wanted(position, &fields[i]) &&
            add_to_dict(dict, position, &fields[i]) < 0) {
            Py_CLEAR(dict);
        }
    }
    return dict;
}

PyObject *rtj_position_dict(const jack_position_t *position)
{
    return collect(position, is_filled);
}

static int is_any(const jack_position_t *Py_UNUSED(position),
                  const field *Py_UNUSED(which))
{
    return 1;
}

static PyObject *position_repr(PyObject *self)
{
    const jack_position_t *position = position_of(self);
    PyObject *text = PyUnicode_FromString("jack.Position("); /* new */
    for (size_t i = 0; text != NULL && i < FIELD_COUNT; ++i) {
        if (i == INDEX_valid || is_filled(position, &fields[i])) {
            PyObject *value = get_field(position, &fields[i]); /* new */
            PyObject *longer =
                value == NULL
                    ? NULL
                    : PyUnicode_FromFormat("%U%s=%R, ", text, fields[i].name, value);
            Py_XDECREF(value);
            Py_SETREF(text, longer);
        }
    }
    if (text == NULL) {
        return NULL;
    }
    /* The last field's ", " becomes the bracket. */
    PyObject *fields_text =
        PyUnicode_Substring(text, 0, PyUnicode_GET_LENGTH(text) - 2); /* new */
    Py_DECREF(text);
    if (fields_text == NULL) {
        return NULL;
    }
    text = PyUnicode_FromFormat("%U)", fields_text);
    Py_DECREF(fields_text);
    return text;
}

/* Numbers are compared, not bits: nan differs from itself, and 0.0 equals -0.0. */
static int equal_fields(PyObject *self, PyObject *other)
{
    int equal = 1;
    for (size_t i = 0; equal == 1 && i < FIELD_COUNT; ++i) {
        PyObject *a = get_field(position_of(self), &fields[i]);  /* new */
        PyObject *b = get_field(position_of(other), &fields[i]); /* new */
        PyObject *result =
            a != NULL && b != NULL ? PyObject_RichCompare(a, b, Py_EQ) : NULL; /* new */
        equal = result == NULL ? -1 : result == Py_True;
        Py_XDECREF(a);
        Py_XDECREF(b);
        Py_XDECREF(result);
    }
    return equal;
}

static PyObject *position_richcompare(PyObject *self, PyObject *other, int op)
{
    if (Py_TYPE(other) != Py_TYPE(self) || (op != Py_EQ && op != Py_NE)) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    const int equal = equal_fields(self, other);
    return equal < 0 ? NULL : PyBool_FromLong(equal == (op == Py_EQ));
}

/* For copy and pickle: an empty Position, whose attributes are then set. */
static PyObject *position_reduce(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    PyObject *values = collect(position_of(self), is_any); /* new */
    return values == NULL ? NULL
                          : Py_BuildValue("O()(ON)", Py_TYPE(self), Py_None, values);
}

static PyMethodDef position_methods[] = {
    {"__reduce__", position_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

PyObject *rtj_position_new(rtj_state *state, const jack_position_t *position)
{
    PyObject *self = state->Position->tp_alloc(state->Position, 0); /* new */
    if (self != NULL) {
        *position_of(self) = *position;
    }
    return self;
}

jack_position_t *rtj_position_get(rtj_state *state, PyObject *object, const char *what)
{
    if (Py_TYPE(object) != state->Position) {
        PyErr_Format(PyExc_TypeError, "%s must be a jack.Position, not %.100s", what,
                     Py_TYPE(object)->tp_name);
        return NULL;
    }
    return position_of(object);
}

#define PROPERTY(name, kind, group)                                                    \
    {#name, position_get, position_set, DOC_Position_##name,                           \
     (void *)&fields[INDEX_##name]},
static PyGetSetDef position_properties[] = {
    FIELDS(PROPERTY){NULL, NULL, NULL, NULL, NULL},
};
#undef PROPERTY

static PyType_Slot position_slots[] = {
    {Py_tp_doc, (void *)DOC_Position},
    {Py_tp_new, position_new},
    {Py_tp_dealloc, position_dealloc},
    {Py_tp_repr, position_repr},
    {Py_tp_hash, PyObject_HashNotImplemented},
    {Py_tp_richcompare, position_richcompare},
    {Py_tp_getset, position_properties},
    {Py_tp_methods, position_methods},
    {0, NULL},
};

static PyType_Spec position_spec = {
    .name = "jack.Position",
    .basicsize = sizeof(position_object),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = position_slots,
};

int rtj_add_position(PyObject *module, rtj_state *state)
{
    state->Position = rtj_add_type(module, &position_spec, NULL);
    return state->Position == NULL ? -1 : 0;
}
