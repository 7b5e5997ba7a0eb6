#include "core/ringmemory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

size_t rtj_ring_round_up(size_t size)
{
    size_t power = 2; /* one byte stays free */
    while (power < size) {
        power *= 2;
    }
    return power;
}

/* On pages of its own, so that mlock() and munlock() concern nothing else; touched, so
 * that the audio thread meets no page fault. */
static char *allocate(size_t size)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *memory = aligned_alloc(page, size < page ? page : size);
    if (memory != NULL) {
        memset(memory, 0, size);
    }
    return memory;
}

rtj_ring *rtj_ring_new(size_t size)
{
    rtj_ring *ring = calloc(1, sizeof *ring);
    if (ring == NULL) {
        return NULL;
    }
    ring->memory = allocate(size);
    if (ring->memory == NULL) {
        free(ring);
        return NULL;
    }
    ring->allocated = size;
    atomic_init(&ring->references, 1);
    rtj_ringbuffer_init(&ring->ring, ring->memory, size);
    return ring;
}

rtj_ring *rtj_ring_retain(rtj_ring *ring)
{
    atomic_fetch_add(&ring->references, 1);
    return ring;
}

void rtj_ring_release(rtj_ring *ring)
{
    if (ring == NULL || atomic_fetch_sub(&ring->references, 1) != 1) {
        return;
    }
    if (ring->ring.mlocked) {
        (void)munlock(ring->memory, ring->allocated);
    }
    free(ring->memory);
    free(ring);
}

int rtj_ring_mlock(rtj_ring *ring)
{
    int failed = mlock(ring->memory, ring->allocated) == 0 ? 0 : errno;
    if (failed == 0) {
        ring->ring.mlocked = 1;
    }
    return failed;
}
