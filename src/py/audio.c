#include "py/audio.h"

#include <string.h>

/* ---- the program's buffers ---- */

static int is_float32(const Py_buffer *view)
{
    const char *format = view->format != NULL ? view->format : "B";
    format += *format == '@' || *format == '=' || *format == '<';
    return view->itemsize == sizeof(float) && strcmp(format, "f") == 0;
}

static int check_shape(const rtj_block *block, const char *what, Py_ssize_t channels,
                       rtj_layout layout)
{
    const Py_buffer *view = &block->view;
    if (channels < 0 && (view->ndim == 1 || view->ndim == 2)) {
        return 0;
    }
    if (view->ndim == 2 && block->channels == channels) {
        return 0;
    }
    if (view->ndim == 1 && channels == 1) {
        return 0;
    }
    const char *expected =
        layout == RTJ_FRAMES_FIRST ? "(frames, %zd)" : "(%zd, frames)";
    PyObject *wanted = channels < 0
                           ? PyUnicode_FromString("(frames, channels) or (frames,)")
                           : PyUnicode_FromFormat(expected, channels);
    PyObject *got = PyTuple_New(view->ndim);
    for (int i = 0; got != NULL && i < view->ndim; i++) {
        PyObject *size = PyLong_FromSsize_t(view->shape[i]);
        if (size == NULL) {
            Py_CLEAR(got);
            break;
        }
        PyTuple_SET_ITEM(got, i, size); /* steals */
    }
    if (wanted != NULL && got != NULL) {
        PyErr_Format(PyExc_ValueError, "%s must have the shape %U, got %S", what,
                     wanted, got);
    }
    Py_XDECREF(wanted);
    Py_XDECREF(got);
    return -1;
}

static void lay_out(rtj_block *block, rtj_layout layout)
{
    const Py_buffer *view = &block->view;
    block->base = view->buf;
    if (view->ndim != 2) {
        block->frames = view->ndim == 1 ? view->shape[0] : 0;
        block->frame_stride = view->ndim == 1 ? view->strides[0] : 0;
        block->channels = 1;
        block->channel_stride = 0;
        return;
    }
    int frames = layout == RTJ_FRAMES_FIRST ? 0 : 1;
    block->frames = view->shape[frames];
    block->frame_stride = view->strides[frames];
    block->channels = view->shape[1 - frames];
    block->channel_stride = view->strides[1 - frames];
}

int rtj_block_open(rtj_block *block, PyObject *object, const char *what,
                   Py_ssize_t channels, rtj_layout layout, int writable)
{
    int flags = PyBUF_STRIDES | PyBUF_FORMAT | (writable ? PyBUF_WRITABLE : 0);
    if (!PyObject_CheckBuffer(object)) {
        PyErr_Format(
            PyExc_TypeError,
            "%s must be a float32 array or another buffer of floats, not %.200s", what,
            Py_TYPE(object)->tp_name);
        return -1;
    }
    if (PyObject_GetBuffer(object, &block->view, flags) < 0) {
        return -1;
    }
    if (!is_float32(&block->view)) {
        PyErr_Format(
            PyExc_TypeError,
            "%s must hold float32 samples (format 'f'), not format '%s'; convert "
            "with .astype('float32')",
            what, block->view.format != NULL ? block->view.format : "B");
        PyBuffer_Release(&block->view);
        return -1;
    }
    lay_out(block, layout);
    if (check_shape(block, what, channels, layout) < 0) {
        PyBuffer_Release(&block->view);
        return -1;
    }
    return 0;
}

void rtj_block_close(rtj_block *block)
{
    PyBuffer_Release(&block->view);
}

/* ---- through the rings ---- */

/* Contiguous samples that a float pointer may point to. */
static int is_plain(const rtj_block *block, const char *start)
{
    return block->frame_stride == sizeof(float) &&
           (uintptr_t)start % _Alignof(float) == 0;
}

void rtj_block_to_ring(const rtj_block *block, const rtj_frames *ring)
{
    uint32_t frames = (uint32_t)block->frames;
    const char *start = block->base;
    for (Py_ssize_t i = 0; i < block->channels; i++, start += block->channel_stride) {
        if (is_plain(block, start)) {
            rtj_frames_put(ring, (uint32_t)i, 0, (const float *)(const void *)start,
                           frames);
        } else {
            rtj_frames_put_strided(ring, (uint32_t)i, 0, start, block->frame_stride,
                                   frames);
        }
    }
}

void rtj_block_from_ring(const rtj_block *block, const rtj_frames *ring)
{
    uint32_t frames = (uint32_t)block->frames;
    char *start = block->base;
    for (Py_ssize_t i = 0; i < block->channels; i++, start += block->channel_stride) {
        if (is_plain(block, start)) {
            rtj_frames_get(ring, (uint32_t)i, 0, (float *)(void *)start, frames);
        } else {
            rtj_frames_get_strided(ring, (uint32_t)i, 0, start, block->frame_stride,
                                   frames);
        }
    }
}

/* ---- new arrays ---- */

static PyObject *new_memoryview(Py_ssize_t frames, Py_ssize_t channels)
{
    PyObject *bytes = PyByteArray_FromStringAndSize(NULL, frames * channels * 4);
    PyObject *view = bytes != NULL ? PyMemoryView_FromObject(bytes) : NULL;
    Py_XDECREF(bytes);
    if (view == NULL) {
        return NULL;
    }
    PyObject *cast = PyObject_CallMethod(view, "cast", "s(nn)", "f", frames, channels);
    Py_DECREF(view);
    return cast;
}

PyObject *rtj_new_array(rtj_state *state, Py_ssize_t frames, Py_ssize_t channels)
{
    if (state->numpy_empty == NULL) {
        PyObject *numpy = PyImport_ImportModule("numpy");
        if (numpy == NULL) {
            if (!PyErr_ExceptionMatches(PyExc_ImportError)) {
                return NULL;
            }
            PyErr_Clear(); /* works without NumPy */
            return new_memoryview(frames, channels);
        }
        state->numpy_empty = PyObject_GetAttrString(numpy, "empty");
        Py_DECREF(numpy);
        if (state->numpy_empty == NULL) {
            return NULL;
        }
    }
    return PyObject_CallFunction(state->numpy_empty, "(nn)s", frames, channels,
                                 "float32");
}
