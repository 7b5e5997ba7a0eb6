/* Audio in the program's memory: float32 buffers of any layout, read and written
 * through the rings of a stream.
 */
#ifndef RTJ_PY_AUDIO_H
#define RTJ_PY_AUDIO_H

#include "py/module.h"
#include "rt/frames.h"

/* Where the samples of a block lie: sample (frame, channel) is at
 * base + frame * frame_stride + channel * channel_stride, in bytes. */
typedef struct rtj_block {
    Py_buffer view;
    char *base;
    Py_ssize_t frames;
    Py_ssize_t channels;
    Py_ssize_t frame_stride;
    Py_ssize_t channel_stride;
} rtj_block;

typedef enum rtj_layout { RTJ_FRAMES_FIRST, RTJ_CHANNELS_FIRST } rtj_layout;

/* Open `object`, named `what` in errors, as float32 with `channels` channels, below 0
 * for any number; a 1-D buffer is one channel.  `writable`: it will be written to.
 * TypeError for another type of sample, ValueError for another shape, both telling what
 * came.  0 or -1. */
int rtj_block_open(rtj_block *block, PyObject *object, const char *what,
                   Py_ssize_t channels, rtj_layout layout, int writable);
void rtj_block_close(rtj_block *block);

/* Copy the whole block into, or out of, the ring; room and frames are there.  Without
 * the GIL. */
void rtj_block_to_ring(const rtj_block *block, const rtj_frames *ring);
void rtj_block_from_ring(const rtj_block *block, const rtj_frames *ring);

/* A new float32 array (frames, channels): NumPy's where NumPy can be imported, else a
 * memoryview. */
PyObject *rtj_new_array(rtj_state *state, Py_ssize_t frames, Py_ssize_t channels);

#endif
