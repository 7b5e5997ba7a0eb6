/* libjack's ring buffer, over the project's own, so that both sides of a comparison
 * move their bytes with the same code. */
#include <jack/ringbuffer.h>
#include <stdlib.h>

#include "rt/ringbuffer.h"
#include "standin.h"

STANDIN_API jack_ringbuffer_t *jack_ringbuffer_create(size_t size)
{
    size_t rounded = 2;
    while (rounded < size) {
        rounded *= 2;
    }
    jack_ringbuffer_t *ring = malloc(sizeof *ring);
    char *memory = malloc(rounded);
    if (ring == NULL || memory == NULL) {
        free(ring);
        free(memory);
        return NULL;
    }
    rtj_ringbuffer_init(ring, memory, rounded);
    return ring;
}

STANDIN_API void jack_ringbuffer_free(jack_ringbuffer_t *ring)
{
    free(ring->buf);
    free(ring);
}

STANDIN_API size_t jack_ringbuffer_read_space(const jack_ringbuffer_t *ring)
{
    return rtj_ringbuffer_read_space(ring);
}

STANDIN_API size_t jack_ringbuffer_write_space(const jack_ringbuffer_t *ring)
{
    return rtj_ringbuffer_write_space(ring);
}

STANDIN_API size_t jack_ringbuffer_read(jack_ringbuffer_t *ring, char *bytes,
                                        size_t size)
{
    return rtj_ringbuffer_read(ring, bytes, size);
}

STANDIN_API size_t jack_ringbuffer_write(jack_ringbuffer_t *ring, const char *bytes,
                                         size_t size)
{
    return rtj_ringbuffer_write(ring, bytes, size);
}
