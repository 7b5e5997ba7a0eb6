#include "py/buffer.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "docstrings.h"
#include "py/locked.h"

/* A private copy lies in `inside`, within the object: one allocation each. */
typedef struct buffer_object {
    PyObject_VAR_HEAD
    char *memory;
    Py_ssize_t size; /* bytes; constant */
    PyObject *keep;  /* keeps `memory` alive; may be NULL */
    PyObject *weakrefs;
    const rtj_memory_owner *owner;
    void *owner_data;
    Py_ssize_t exports;
    int readonly;
    _Alignas(8) char inside[];
} buffer_object;

static buffer_object *buffer_of(PyObject *self)
{
    return (buffer_object *)self;
}

static buffer_object *make(rtj_state *state, Py_ssize_t inside)
{
    assert(inside >= 0);
    buffer_object *self = PyObject_GC_NewVar(buffer_object, state->Buffer, inside);
    if (self == NULL) {
        return NULL;
    }
    self->memory = self->inside;
    self->size = inside;
    self->keep = NULL;
    self->weakrefs = NULL;
    self->owner = NULL;
    self->owner_data = NULL;
    self->exports = 0;
    self->readonly = 0;
    return self;
}

/* Copies are not tracked by the collector: nothing that they refer to can lead back. */
PyObject *rtj_buffer_reserve(rtj_state *state, Py_ssize_t size, char **memory)
{
    buffer_object *self = make(state, size);
    if (self == NULL) {
        return NULL;
    }
    *memory = self->memory;
    return (PyObject *)self;
}

PyObject *rtj_buffer_copy(rtj_state *state, const void *bytes, Py_ssize_t size)
{
    buffer_object *self = make(state, size);
    if (self == NULL) {
        return NULL;
    }
    if (bytes == NULL) {
        memset(self->memory, 0, (size_t)size);
    } else {
        memcpy(self->memory, bytes, (size_t)size);
    }
    return (PyObject *)self;
}

PyObject *rtj_buffer_view(rtj_state *state, void *memory, Py_ssize_t size, int readonly,
                          PyObject *keep, const rtj_memory_owner *owner,
                          void *owner_data)
{
    assert(size == 0 || memory != NULL);
    buffer_object *self = make(state, 0);
    if (self == NULL) {
        return NULL;
    }
    if (memory != NULL) {
        self->memory = memory;
    }
    self->size = size;
    self->readonly = readonly;
    self->keep = Py_XNewRef(keep);
    self->owner = owner;
    self->owner_data = owner_data;
    PyObject_GC_Track((PyObject *)self);
    return (PyObject *)self;
}

static int buffer_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(buffer_of(self)->keep);
    return 0;
}

/* There is no tp_clear: what `keep` owns must outlive the last memoryview over us, and
 * every cycle through `keep` can be broken there. */
static void buffer_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    buffer_object *buffer = buffer_of(self);
    assert(buffer->exports == 0);
    PyObject_GC_UnTrack(self);
    if (buffer->weakrefs != NULL) {
        PyObject_ClearWeakRefs(self);
    }
    Py_XDECREF(buffer->keep);
    type->tp_free(self);
    Py_DECREF(type);
}

static void load(PyObject *self, Py_ssize_t offset, char *bytes, Py_ssize_t size)
{
    RTJ_BEGIN_LOCKED(self);
    memcpy(bytes, buffer_of(self)->memory + offset, (size_t)size);
    RTJ_END_LOCKED();
}

/* `bytes` may overlap the buffer. */
static void store(PyObject *self, Py_ssize_t offset, const char *bytes, Py_ssize_t size)
{
    RTJ_BEGIN_LOCKED(self);
    memmove(buffer_of(self)->memory + offset, bytes, (size_t)size);
    RTJ_END_LOCKED();
}

static Py_ssize_t buffer_length(PyObject *self)
{
    return buffer_of(self)->size;
}

static PyObject *buffer_item(PyObject *self, Py_ssize_t index)
{
    char byte;
    if (index < 0 || index >= buffer_of(self)->size) {
        PyErr_Format(PyExc_IndexError, "index out of range: the buffer has %zd bytes",
                     buffer_of(self)->size);
        return NULL;
    }
    load(self, index, &byte, 1);
    return PyBytes_FromStringAndSize(&byte, 1);
}

/* What an index or a slice stands for. */
typedef struct range {
    Py_ssize_t start;
    Py_ssize_t size; /* bytes */
} range;

static int read_index(PyObject *self, PyObject *index, range *result)
{
    Py_ssize_t i = PyNumber_AsSsize_t(index, PyExc_IndexError);
    if (i == -1 && PyErr_Occurred()) {
        return -1;
    }
    const Py_ssize_t length = buffer_of(self)->size;
    if (i < -length || i >= length) {
        PyErr_Format(PyExc_IndexError,
                     "index %zd out of range: the buffer has %zd bytes", i, length);
        return -1;
    }
    result->start = i < 0 ? i + length : i;
    result->size = 1;
    return 0;
}

static int read_slice(PyObject *self, PyObject *slice, range *result)
{
    Py_ssize_t start, stop, step;
    if (PySlice_Unpack(slice, &start, &stop, &step) < 0) {
        return -1;
    }
    if (step != 1) {
        PyErr_Format(PyExc_TypeError, "a slice's step must be 1, got %zd", step);
        return -1;
    }
    result->size = PySlice_AdjustIndices(buffer_of(self)->size, &start, &stop, step);
    result->start = start;
    return 0;
}

static int read_range(PyObject *self, PyObject *key, range *result)
{
    if (PyIndex_Check(key)) {
        return read_index(self, key, result);
    }
    if (PySlice_Check(key)) {
        return read_slice(self, key, result);
    }
    PyErr_Format(PyExc_TypeError, "indices must be ints or slices, not %.100s",
                 Py_TYPE(key)->tp_name);
    return -1;
}

static PyObject *buffer_subscript(PyObject *self, PyObject *key)
{
    range part;
    if (read_range(self, key, &part) < 0) {
        return NULL;
    }
    if (!PySlice_Check(key)) {
        return buffer_item(self, part.start);
    }
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, part.size); /* new */
    if (bytes != NULL) {
        load(self, part.start, PyBytes_AS_STRING(bytes), part.size);
    }
    return bytes;
}

static int store_int(PyObject *self, Py_ssize_t index, PyObject *value)
{
    const Py_ssize_t n = PyNumber_AsSsize_t(value, NULL); /* clips */
    if (n == -1 && PyErr_Occurred()) {
        return -1;
    }
    if (n < 0 || n > 255) {
        PyErr_Format(PyExc_ValueError, "a byte must be between 0 and 255, got %R",
                     value);
        return -1;
    }
    const char byte = (char)(unsigned char)n;
    store(self, index, &byte, 1);
    return 0;
}

static int store_bytes(PyObject *self, range part, PyObject *value)
{
    Py_buffer view;
    if (PyObject_GetBuffer(value, &view, PyBUF_SIMPLE) < 0) {
        return -1;
    }
    int result = view.len == part.size ? 0 : -1;
    if (result < 0) {
        PyErr_Format(PyExc_ValueError, "%zd bytes must be assigned here, got %zd",
                     part.size, view.len);
    } else {
        store(self, part.start, view.buf, view.len);
    }
    PyBuffer_Release(&view);
    return result;
}

static int buffer_assign(PyObject *self, PyObject *key, PyObject *value)
{
    range part;
    if (value == NULL) {
        PyErr_SetString(PyExc_TypeError, "a jack.Buffer's bytes can't be deleted");
        return -1;
    }
    if (buffer_of(self)->readonly) {
        PyErr_SetString(PyExc_TypeError, "this jack.Buffer is read-only");
        return -1;
    }
    if (read_range(self, key, &part) < 0) {
        return -1;
    }
    if (PyIndex_Check(value) && !PySlice_Check(key) && !PyObject_CheckBuffer(value)) {
        return store_int(self, part.start, value);
    }
    if (!PyObject_CheckBuffer(value)) {
        PyErr_Format(PyExc_TypeError, "%s must be assigned here, not %.100s",
                     PySlice_Check(key) ? "bytes or the like" : "bytes or an int",
                     Py_TYPE(value)->tp_name);
        return -1;
    }
    return store_bytes(self, part, value);
}

static PyObject *compare(PyObject *self, const Py_buffer *other, int op)
{
    const buffer_object *buffer = buffer_of(self);
    const Py_ssize_t size = buffer->size;
    int order;
    RTJ_BEGIN_LOCKED(self);
    order = memcmp(buffer->memory, other->buf,
                   (size_t)(size < other->len ? size : other->len));
    RTJ_END_LOCKED();
    if (order == 0) {
        order = (size > other->len) - (size < other->len);
    }
    Py_RETURN_RICHCOMPARE(order, 0, op);
}

static PyObject *buffer_richcompare(PyObject *self, PyObject *other, int op)
{
    Py_buffer view;
    if (!PyObject_CheckBuffer(other)) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    if (PyObject_GetBuffer(other, &view, PyBUF_SIMPLE) < 0) {
        /* Not contiguous: a memoryview can compare itself with us nevertheless. */
        if (PyErr_ExceptionMatches(PyExc_BufferError)) {
            PyErr_Clear();
            Py_RETURN_NOTIMPLEMENTED;
        }
        return NULL;
    }
    PyObject *result = compare(self, &view, op);
    PyBuffer_Release(&view);
    return result;
}

static PyObject *buffer_repr(PyObject *self)
{
    return PyUnicode_FromFormat("<jack.Buffer %zd bytes>", buffer_of(self)->size);
}

/* The owner hears of it under the lock: the next export may come at once. */
static int buffer_export(PyObject *self, Py_buffer *view, int flags)
{
    buffer_object *buffer = buffer_of(self);
    int result;
    view->obj = NULL;
    RTJ_BEGIN_LOCKED(self);
    result = PyBuffer_FillInfo(view, self, buffer->memory, buffer->size,
                               buffer->readonly, flags);
    if (result == 0 && buffer->exports++ == 0 && buffer->owner != NULL) {
        buffer->owner->retain(buffer->owner_data);
    }
    RTJ_END_LOCKED();
    return result;
}

static void buffer_unexport(PyObject *self, Py_buffer *Py_UNUSED(view))
{
    buffer_object *buffer = buffer_of(self);
    RTJ_BEGIN_LOCKED(self);
    assert(buffer->exports > 0);
    if (--buffer->exports == 0 && buffer->owner != NULL) {
        buffer->owner->release(buffer->owner_data);
    }
    RTJ_END_LOCKED();
}

static PyMemberDef buffer_members[] = {
    {"__weaklistoffset__", T_PYSSIZET, offsetof(buffer_object, weakrefs), READONLY,
     NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot buffer_slots[] = {
    {Py_tp_doc, (void *)DOC_Buffer},
    {Py_tp_dealloc, buffer_dealloc},
    {Py_tp_traverse, buffer_traverse},
    {Py_tp_members, buffer_members},
    {Py_tp_repr, buffer_repr},
    {Py_tp_hash, PyObject_HashNotImplemented},
    {Py_tp_richcompare, buffer_richcompare},
    {Py_tp_iter, PySeqIter_New},
    {Py_sq_length, buffer_length},
    {Py_sq_item, buffer_item},
    {Py_mp_length, buffer_length},
    {Py_mp_subscript, buffer_subscript},
    {Py_mp_ass_subscript, buffer_assign},
    {Py_bf_getbuffer, buffer_export},
    {Py_bf_releasebuffer, buffer_unexport},
    {0, NULL},
};

static PyType_Spec buffer_spec = {
    .name = "jack.Buffer",
    .basicsize = offsetof(buffer_object, inside),
    .itemsize = 1,
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE |
             Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = buffer_slots,
};

int rtj_add_buffer(PyObject *module, rtj_state *state)
{
    state->Buffer = rtj_add_type(module, &buffer_spec, NULL);
    return state->Buffer == NULL ? -1 : 0;
}
