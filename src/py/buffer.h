/* jack.Buffer: memory of JACK's or of ours, with the manners of cffi's buffers.
 *
 * `b[i]` is bytes of length 1, a slice is bytes, `==` compares with anything that has
 * the buffer protocol, slices can be assigned in the same size, len() and iteration
 * work, and the buffer protocol is exported (format "B", 1-D).
 */
#ifndef RTJ_PY_BUFFER_H
#define RTJ_PY_BUFFER_H

#include "py/module.h"

/* Who owns foreign memory and must hear how long Python may reach it.  `exports` counts
 * the memoryviews and arrays over the buffer; `retain(owner)` is called when it leaves
 * zero, `release(owner)` when it is back there.  Both with the GIL, must not run Python
 * code. */
typedef struct rtj_memory_owner {
    void (*retain)(void *owner);
    void (*release)(void *owner);
} rtj_memory_owner;

/* A buffer over a private copy of `bytes`; with NULL the memory is zeroed. */
PyObject *rtj_buffer_copy(rtj_state *state, const void *bytes, Py_ssize_t size);

/* The same, with memory that the caller fills, at `*memory`, before anyone else sees
 * the buffer. */
PyObject *rtj_buffer_reserve(rtj_state *state, Py_ssize_t size, char **memory);

/* A buffer over foreign memory.  `keep` (may be NULL) is a Python object that it keeps
 * alive; `owner` and `owner_data` (may be NULL) as above. */
PyObject *rtj_buffer_view(rtj_state *state, void *memory, Py_ssize_t size, int readonly,
                          PyObject *keep, const rtj_memory_owner *owner,
                          void *owner_data);

#endif
