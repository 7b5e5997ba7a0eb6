#include "rt/ringbuffer.h"

#include <string.h>

/* libjack's structure has plain (volatile) indices, hence the builtins. */
static size_t load_own(const volatile size_t *index)
{
    return __atomic_load_n(index, __ATOMIC_RELAXED);
}

static size_t load_other(const volatile size_t *index)
{
    return __atomic_load_n(index, __ATOMIC_ACQUIRE);
}

static void store_own(volatile size_t *index, size_t value)
{
    __atomic_store_n(index, value, __ATOMIC_RELEASE);
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

void rtj_ringbuffer_init(rtj_ringbuffer *ring, char *memory, size_t size)
{
    ring->buf = memory;
    ring->mlocked = 0;
    rtj_ringbuffer_reset_size(ring, size);
}

void rtj_ringbuffer_reset(rtj_ringbuffer *ring)
{
    store_own(&ring->read_ptr, 0);
    store_own(&ring->write_ptr, 0);
}

void rtj_ringbuffer_reset_size(rtj_ringbuffer *ring, size_t size)
{
    ring->size = size;
    ring->size_mask = size - 1;
    rtj_ringbuffer_reset(ring);
}

/* The run of `count` bytes from `at` on, as the one or two pieces that it has. */
static void split(const rtj_ringbuffer *ring, size_t at, size_t count,
                  rtj_ringbuffer_part parts[2])
{
    size_t first = smaller(count, ring->size - at);
    parts[0].buf = ring->buf + at;
    parts[0].len = first;
    parts[1].buf = ring->buf;
    parts[1].len = count - first;
}

/* ---- writer ---- */

size_t rtj_ringbuffer_write_space(const rtj_ringbuffer *ring)
{
    size_t read = load_other(&ring->read_ptr);
    return (read - load_own(&ring->write_ptr) - 1) & ring->size_mask;
}

void rtj_ringbuffer_write_parts(const rtj_ringbuffer *ring,
                                rtj_ringbuffer_part parts[2])
{
    size_t space = rtj_ringbuffer_write_space(ring);
    split(ring, load_own(&ring->write_ptr), space, parts);
}

void rtj_ringbuffer_write_advance(rtj_ringbuffer *ring, size_t size)
{
    size_t write = load_own(&ring->write_ptr);
    store_own(&ring->write_ptr, (write + size) & ring->size_mask);
}

size_t rtj_ringbuffer_write(rtj_ringbuffer *ring, const char *bytes, size_t size)
{
    size_t count = smaller(size, rtj_ringbuffer_write_space(ring));
    if (count == 0) {
        return 0;
    }
    rtj_ringbuffer_part parts[2];
    split(ring, load_own(&ring->write_ptr), count, parts);
    memcpy(parts[0].buf, bytes, parts[0].len);
    memcpy(parts[1].buf, bytes + parts[0].len, parts[1].len);
    rtj_ringbuffer_write_advance(ring, count);
    return count;
}

/* ---- reader ---- */

size_t rtj_ringbuffer_read_space(const rtj_ringbuffer *ring)
{
    size_t write = load_other(&ring->write_ptr);
    return (write - load_own(&ring->read_ptr)) & ring->size_mask;
}

void rtj_ringbuffer_read_parts(const rtj_ringbuffer *ring, rtj_ringbuffer_part parts[2])
{
    size_t space = rtj_ringbuffer_read_space(ring);
    split(ring, load_own(&ring->read_ptr), space, parts);
}

void rtj_ringbuffer_read_advance(rtj_ringbuffer *ring, size_t size)
{
    size_t read = load_own(&ring->read_ptr);
    store_own(&ring->read_ptr, (read + size) & ring->size_mask);
}

size_t rtj_ringbuffer_peek(const rtj_ringbuffer *ring, char *bytes, size_t size)
{
    size_t count = smaller(size, rtj_ringbuffer_read_space(ring));
    if (count == 0) {
        return 0;
    }
    rtj_ringbuffer_part parts[2];
    split(ring, load_own(&ring->read_ptr), count, parts);
    memcpy(bytes, parts[0].buf, parts[0].len);
    memcpy(bytes + parts[0].len, parts[1].buf, parts[1].len);
    return count;
}

size_t rtj_ringbuffer_read(rtj_ringbuffer *ring, char *bytes, size_t size)
{
    size_t count = rtj_ringbuffer_peek(ring, bytes, size);
    rtj_ringbuffer_read_advance(ring, count);
    return count;
}
