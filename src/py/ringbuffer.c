/* jack.RingBuffer.  Without a GIL, one reader and one writer need no lock; __init__()
 * and reset() take the object's. */
#include "py/ringbuffer.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "docstrings.h"
#include "py/args.h"
#include "py/compat.h"
#include "py/buffer.h"
#include "py/locked.h"
#include "rt/ringbuffer.h"

typedef struct ring_object {
    PyObject_HEAD
    PyObject *dict;
    PyObject *weakrefs;
    rtj_state *state;           /* borrowed: the type keeps its module alive */
    _Atomic(rtj_ring *) shared; /* strong; NULL until __init__() has run */
} ring_object;

static ring_object *ring_of(PyObject *self)
{
    return (ring_object *)self;
}

/* ---- life ---- */

static PyObject *ring_new(PyTypeObject *type, PyObject *Py_UNUSED(args),
                          PyObject *Py_UNUSED(kwargs))
{
    PyObject *self = type->tp_alloc(type, 0); /* new, zeroed */
    if (self != NULL) {
        ring_of(self)->state = rtj_state_of(type);
        atomic_init(&ring_of(self)->shared, NULL);
    }
    return self;
}

static int init_locked(ring_object *self, size_t size)
{
    if (atomic_load_explicit(&self->shared, memory_order_relaxed) != NULL) {
        PyErr_SetString(PyExc_ValueError,
                        "this RingBuffer has been initialised already");
        return -1;
    }
    rtj_ring *shared = rtj_ring_new(size);
    if (shared == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    atomic_store_explicit(&self->shared, shared, memory_order_release);
    return 0;
}

PyObject *rtj_ringbuffer_wrap(rtj_state *state, rtj_ring *shared)
{
    PyObject *self = ring_new(state->RingBuffer, NULL, NULL);
    if (self != NULL) {
        atomic_store(&ring_of(self)->shared, rtj_ring_retain(shared));
    }
    return self;
}

static int ring_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"size", NULL};
    PyObject *value; /* borrowed */
    int64_t size;
    int result;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O:RingBuffer", names, &value) ||
        rtj_as_int64(value, "size", 0, PY_SSIZE_T_MAX / 2 + 1, &size) < 0) {
        return -1;
    }
    RTJ_BEGIN_LOCKED(self);
    result = init_locked(ring_of(self), rtj_ring_round_up((size_t)size));
    RTJ_END_LOCKED();
    return result;
}

static int ring_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(ring_of(self)->dict);
    return 0;
}

static int ring_clear(PyObject *self)
{
    Py_CLEAR(ring_of(self)->dict);
    return 0;
}

static void ring_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    if (ring_of(self)->weakrefs != NULL) {
        PyObject_ClearWeakRefs(self);
    }
    (void)ring_clear(self);
    rtj_ring_release(atomic_load(&ring_of(self)->shared));
    type->tp_free(self);
    Py_DECREF(type);
}

rtj_ring *rtj_ringbuffer_shared(PyObject *self)
{
    rtj_ring *shared =
        atomic_load_explicit(&ring_of(self)->shared, memory_order_acquire);
    if (shared == NULL) {
        PyErr_SetString(PyExc_ValueError,
                        "RingBuffer.__init__() has not been called on this object");
    }
    return shared;
}

/* The ring; NULL with ValueError when __init__() has not run. */
static inline rtj_ringbuffer *usable(PyObject *self)
{
    rtj_ring *shared = rtj_ringbuffer_shared(self);
    return shared != NULL ? &shared->ring : NULL;
}

/* The one argument of a method, by position (fast) or by its name; NULL with TypeError.
 */
static inline PyObject *only_argument(const rtj_signature *signature,
                                      PyObject *const *args, Py_ssize_t nargs,
                                      PyObject *kwnames)
{
    PyObject *value; /* borrowed */
    if (nargs == 1 && kwnames == NULL) {
        return args[0];
    }
    return rtj_parse(signature, args, nargs, kwnames, &value) < 0 ? NULL : value;
}

static const char *const data_name[] = {"data"};
static const char *const size_name[] = {"size"};

/* How many bytes are meant; -1 with an exception. */
static inline Py_ssize_t byte_count(PyObject *value)
{
    int64_t size;
    if (PyLong_CheckExact(value)) {
        const Py_ssize_t n = PyLong_AsSsize_t(value);
        if (n >= 0) {
            return n;
        }
        PyErr_Clear(); /* the message comes from below */
    }
    if (rtj_as_int64(value, "size", 0, PY_SSIZE_T_MAX, &size) < 0) {
        return -1;
    }
    return (Py_ssize_t)size;
}

static int check_space(Py_ssize_t size, size_t space)
{
    if ((size_t)size > space) {
        PyErr_Format(PyExc_ValueError, "size must be between 0 and %zu, got %zd", space,
                     size);
        return -1;
    }
    return 0;
}

/* ---- writer ---- */

static PyObject *write_buffer(rtj_ringbuffer *ring, PyObject *data)
{
    Py_buffer view;
    if (PyObject_GetBuffer(data, &view, PyBUF_SIMPLE) < 0) {
        if (PyErr_ExceptionMatches(PyExc_BufferError)) {
            PyErr_Clear();
            PyErr_Format(PyExc_ValueError,
                         "data must be C-contiguous, this %.100s is not",
                         Py_TYPE(data)->tp_name);
        }
        return NULL;
    }
    const size_t written = rtj_ringbuffer_write(ring, view.buf, (size_t)view.len);
    PyBuffer_Release(&view);
    return PyLong_FromSize_t(written);
}

static PyObject *write_bytes(rtj_ringbuffer *ring, PyObject *bytes)
{
    return PyLong_FromSize_t(rtj_ringbuffer_write(ring, PyBytes_AS_STRING(bytes),
                                                  (size_t)PyBytes_GET_SIZE(bytes)));
}

static PyObject *ring_write(PyObject *self, PyObject *const *args, Py_ssize_t nargs,
                            PyObject *kwnames)
{
    static const rtj_signature signature = {"write", data_name, 1, 1, 1};
    PyObject *data = only_argument(&signature, args, nargs, kwnames); /* borrowed */
    rtj_ringbuffer *ring = data == NULL ? NULL : usable(self);
    if (ring == NULL) {
        return NULL;
    }
    if (PyBytes_CheckExact(data)) {
        return write_bytes(ring, data);
    }
    if (PyObject_CheckBuffer(data)) {
        return write_buffer(ring, data);
    }
    if (PyUnicode_Check(data) ||
        (Py_TYPE(data)->tp_iter == NULL && !PySequence_Check(data))) {
        PyErr_Format(PyExc_TypeError,
                     "data must be bytes, a buffer or an iterable of ints, not %.100s",
                     Py_TYPE(data)->tp_name);
        return NULL;
    }
    /* All of them are looked at before any is written. */
    PyObject *bytes = PyBytes_FromObject(data); /* new */
    if (bytes == NULL) {
        return NULL;
    }
    PyObject *written = write_bytes(ring, bytes);
    Py_DECREF(bytes);
    return written;
}

static PyObject *ring_write_advance(PyObject *self, PyObject *const *args,
                                    Py_ssize_t nargs, PyObject *kwnames)
{
    static const rtj_signature signature = {"write_advance", size_name, 1, 1, 1};
    PyObject *value = only_argument(&signature, args, nargs, kwnames); /* borrowed */
    rtj_ringbuffer *ring = value == NULL ? NULL : usable(self);
    const Py_ssize_t size = ring == NULL ? -1 : byte_count(value);
    if (size < 0 || check_space(size, rtj_ringbuffer_write_space(ring)) < 0) {
        return NULL;
    }
    rtj_ringbuffer_write_advance(ring, (size_t)size);
    Py_RETURN_NONE;
}

/* ---- reader ---- */

typedef size_t take_function(rtj_ringbuffer *ring, char *bytes, size_t size);

static size_t peek(rtj_ringbuffer *ring, char *bytes, size_t size)
{
    return rtj_ringbuffer_peek(ring, bytes, size);
}

static inline PyObject *take(PyObject *self, PyObject *value, take_function *function)
{
    rtj_ringbuffer *ring = usable(self);
    const Py_ssize_t wanted = ring == NULL ? -1 : byte_count(value);
    if (wanted < 0) {
        return NULL;
    }
    const Py_ssize_t space = (Py_ssize_t)rtj_ringbuffer_read_space(ring);
    const Py_ssize_t size = wanted < space ? wanted : space;
    char *memory;
    PyObject *buffer = rtj_buffer_reserve(ring_of(self)->state, size, &memory);
    if (buffer == NULL) {
        return NULL;
    }
    const Py_ssize_t taken = (Py_ssize_t)function(ring, memory, (size_t)size);
    if (taken < size) {
        /* Making the buffer ran the collector, and a finalizer read from this ring. */
        Py_SETREF(buffer, rtj_buffer_copy(ring_of(self)->state, memory, taken));
    }
    return buffer;
}

static PyObject *ring_read(PyObject *self, PyObject *const *args, Py_ssize_t nargs,
                           PyObject *kwnames)
{
    static const rtj_signature signature = {"read", size_name, 1, 1, 1};
    PyObject *size = only_argument(&signature, args, nargs, kwnames); /* borrowed */
    return size == NULL ? NULL : take(self, size, rtj_ringbuffer_read);
}

static PyObject *ring_peek(PyObject *self, PyObject *const *args, Py_ssize_t nargs,
                           PyObject *kwnames)
{
    static const rtj_signature signature = {"peek", size_name, 1, 1, 1};
    PyObject *size = only_argument(&signature, args, nargs, kwnames); /* borrowed */
    return size == NULL ? NULL : take(self, size, peek);
}

static PyObject *ring_read_advance(PyObject *self, PyObject *const *args,
                                   Py_ssize_t nargs, PyObject *kwnames)
{
    static const rtj_signature signature = {"read_advance", size_name, 1, 1, 1};
    PyObject *value = only_argument(&signature, args, nargs, kwnames); /* borrowed */
    rtj_ringbuffer *ring = value == NULL ? NULL : usable(self);
    const Py_ssize_t size = ring == NULL ? -1 : byte_count(value);
    if (size < 0 || check_space(size, rtj_ringbuffer_read_space(ring)) < 0) {
        return NULL;
    }
    rtj_ringbuffer_read_advance(ring, (size_t)size);
    Py_RETURN_NONE;
}

/* ---- both idle ---- */

static PyObject *ring_mlock(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    rtj_ring *shared = rtj_ringbuffer_shared(self);
    int failed;
    if (shared == NULL) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
    failed = rtj_ring_mlock(shared);
    Py_END_ALLOW_THREADS
    if (failed != 0) {
        rtj_error error;
        rtj_fail(&error, RTJ_CODE, failed, "Could not lock %zu bytes into memory: %s",
                 shared->allocated, strerror(failed));
        return rtj_raise(ring_of(self)->state, &error);
    }
    Py_RETURN_NONE;
}

static PyObject *ring_reset(PyObject *self, PyObject *const *args, Py_ssize_t nargs,
                            PyObject *kwnames)
{
    static const rtj_signature signature = {"reset", size_name, 1, 0, 1};
    PyObject *value; /* borrowed */
    int64_t size = 0;
    rtj_ring *shared = rtj_ringbuffer_shared(self);
    if (shared == NULL || rtj_parse(&signature, args, nargs, kwnames, &value) < 0) {
        return NULL;
    }
    const int resize = value != NULL && value != Py_None;
    if (resize &&
        rtj_as_int64(value, "size", 0, (int64_t)shared->allocated, &size) < 0) {
        return NULL;
    }
    RTJ_BEGIN_LOCKED(self);
    if (resize) {
        rtj_ringbuffer_reset_size(&shared->ring, rtj_ring_round_up((size_t)size));
    } else {
        rtj_ringbuffer_reset(&shared->ring);
    }
    RTJ_END_LOCKED();
    Py_RETURN_NONE;
}

/* ---- properties ---- */

static PyObject *ring_size(PyObject *self, void *Py_UNUSED(closure))
{
    const rtj_ringbuffer *ring = usable(self);
    return ring == NULL ? NULL : PyLong_FromSize_t(ring->size);
}

static PyObject *ring_write_space(PyObject *self, void *Py_UNUSED(closure))
{
    const rtj_ringbuffer *ring = usable(self);
    return ring == NULL ? NULL : PyLong_FromSize_t(rtj_ringbuffer_write_space(ring));
}

static PyObject *ring_read_space(PyObject *self, void *Py_UNUSED(closure))
{
    const rtj_ringbuffer *ring = usable(self);
    return ring == NULL ? NULL : PyLong_FromSize_t(rtj_ringbuffer_read_space(ring));
}

/* Two Buffers that keep the ring alive. */
static PyObject *views(PyObject *self, const rtj_ringbuffer_part parts[2])
{
    PyObject *pair = PyTuple_New(2); /* new */
    for (Py_ssize_t i = 0; pair != NULL && i < 2; ++i) {
        PyObject *view = rtj_buffer_view(ring_of(self)->state, parts[i].buf,
                                         (Py_ssize_t)parts[i].len, 0, self, NULL, NULL);
        if (view == NULL) {
            Py_CLEAR(pair);
        } else {
            PyTuple_SET_ITEM(pair, i, view); /* steals */
        }
    }
    return pair;
}

static PyObject *ring_write_buffers(PyObject *self, void *Py_UNUSED(closure))
{
    const rtj_ringbuffer *ring = usable(self);
    rtj_ringbuffer_part parts[2];
    if (ring == NULL) {
        return NULL;
    }
    rtj_ringbuffer_write_parts(ring, parts);
    return views(self, parts);
}

static PyObject *ring_read_buffers(PyObject *self, void *Py_UNUSED(closure))
{
    const rtj_ringbuffer *ring = usable(self);
    rtj_ringbuffer_part parts[2];
    if (ring == NULL) {
        return NULL;
    }
    rtj_ringbuffer_read_parts(ring, parts);
    return views(self, parts);
}

/* The jack_ringbuffer_t, for programs that hand it to C. */
static PyObject *ring_address(PyObject *self, void *Py_UNUSED(closure))
{
    rtj_ringbuffer *ring = usable(self);
    return ring == NULL ? NULL : PyLong_FromVoidPtr(ring);
}

#define FAST(name)                                                                     \
    {                                                                                  \
#name, (PyCFunction)(void (*)(void))ring_##name,                               \
            METH_FASTCALL | METH_KEYWORDS, DOC_RingBuffer_##name                       \
    }
static PyMethodDef ring_methods[] = {
    FAST(write),        FAST(write_advance),
    FAST(read),         FAST(peek),
    FAST(read_advance), {"mlock", ring_mlock, METH_NOARGS, DOC_RingBuffer_mlock},
    FAST(reset),        {NULL, NULL, 0, NULL},
};
#undef FAST

static PyGetSetDef ring_properties[] = {
    {"size", ring_size, NULL, DOC_RingBuffer_size, NULL},
    {"write_space", ring_write_space, NULL, DOC_RingBuffer_write_space, NULL},
    {"write_buffers", ring_write_buffers, NULL, DOC_RingBuffer_write_buffers, NULL},
    {"read_space", ring_read_space, NULL, DOC_RingBuffer_read_space, NULL},
    {"read_buffers", ring_read_buffers, NULL, DOC_RingBuffer_read_buffers, NULL},
    {"_address", ring_address, NULL, NULL, NULL},
    {"_ptr", rtj_compat_get, NULL, NULL, "ringbuffer_ptr"},
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMemberDef ring_members[] = {
    {"__dictoffset__", T_PYSSIZET, offsetof(ring_object, dict), READONLY, NULL},
    {"__weaklistoffset__", T_PYSSIZET, offsetof(ring_object, weakrefs), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot ring_slots[] = {
    {Py_tp_doc, (void *)DOC_RingBuffer},
    {Py_tp_new, ring_new},
    {Py_tp_init, ring_init},
    {Py_tp_dealloc, ring_dealloc},
    {Py_tp_traverse, ring_traverse},
    {Py_tp_clear, ring_clear},
    {Py_tp_methods, ring_methods},
    {Py_tp_getset, ring_properties},
    {Py_tp_members, ring_members},
    {0, NULL},
};

static PyType_Spec ring_spec = {
    .name = "jack.RingBuffer",
    .basicsize = sizeof(ring_object),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
    .slots = ring_slots,
};

int rtj_add_ringbuffer(PyObject *module, rtj_state *state)
{
    state->RingBuffer = rtj_add_type(module, &ring_spec, NULL);
    return state->RingBuffer == NULL ? -1 : 0;
}
