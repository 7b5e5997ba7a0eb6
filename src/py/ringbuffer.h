/* jack.RingBuffer, for those who share its memory between interpreters. */
#ifndef RTJ_PY_RINGBUFFER_H
#define RTJ_PY_RINGBUFFER_H

#include "core/ringmemory.h"
#include "py/module.h"

/* What a RingBuffer (not checked) stands for; borrowed.  NULL with ValueError when its
 * __init__() has not run. */
rtj_ring *rtj_ringbuffer_shared(PyObject *ringbuffer);

/* A new RingBuffer of this interpreter for the same memory. */
PyObject *rtj_ringbuffer_wrap(rtj_state *state, rtj_ring *shared);

#endif
