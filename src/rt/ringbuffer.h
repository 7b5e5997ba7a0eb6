/* The byte ring behind jack.RingBuffer: one writer, one reader, no lock.
 *
 * It has the memory layout of libjack's jack_ringbuffer_t, so that C code which takes
 * one can work on it, but needs no libjack.  As there: the size is a power of two and
 * one byte of it stays free; write_ptr and read_ptr lie within [0, size).
 *
 * Memory order: each side loads the other's index once with acquire and stores its own
 * once with release.
 */
#ifndef RTJ_RT_RINGBUFFER_H
#define RTJ_RT_RINGBUFFER_H

#include <jack/ringbuffer.h>
#include <stddef.h>

typedef jack_ringbuffer_t rtj_ringbuffer;
typedef jack_ringbuffer_data_t rtj_ringbuffer_part; /* {char *buf; size_t len;} */

/* Prepare `ring` over `memory` of `size` bytes, a power of two. */
void rtj_ringbuffer_init(rtj_ringbuffer *ring, char *memory, size_t size);

/* Both sides idle: empty it; with a smaller `size` (a power of two) use only that. */
void rtj_ringbuffer_reset(rtj_ringbuffer *ring);
void rtj_ringbuffer_reset_size(rtj_ringbuffer *ring, size_t size);

/* Writer. */
size_t rtj_ringbuffer_write_space(const rtj_ringbuffer *ring);
size_t rtj_ringbuffer_write(rtj_ringbuffer *ring, const char *bytes, size_t size);
void rtj_ringbuffer_write_parts(const rtj_ringbuffer *ring,
                                rtj_ringbuffer_part parts[2]);
void rtj_ringbuffer_write_advance(rtj_ringbuffer *ring,
                                  size_t size); /* <= write_space */

/* Reader. */
size_t rtj_ringbuffer_read_space(const rtj_ringbuffer *ring);
size_t rtj_ringbuffer_peek(const rtj_ringbuffer *ring, char *bytes, size_t size);
size_t rtj_ringbuffer_read(rtj_ringbuffer *ring, char *bytes, size_t size);
void rtj_ringbuffer_read_parts(const rtj_ringbuffer *ring,
                               rtj_ringbuffer_part parts[2]);
void rtj_ringbuffer_read_advance(rtj_ringbuffer *ring, size_t size); /* <= read_space */

#endif
