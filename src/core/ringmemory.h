/* The memory of a jack.RingBuffer, shared by all objects that stand for it.
 *
 * The objects may live in different interpreters, so it is counted here and not by
 * Python.  Any thread but the audio thread may make, retain and release one.
 */
#ifndef RTJ_CORE_RINGMEMORY_H
#define RTJ_CORE_RINGMEMORY_H

#include <stdatomic.h>

#include "rt/ringbuffer.h"

typedef struct rtj_ring {
    rtj_ringbuffer ring; /* first: its address is what C code is given */
    char *memory;
    size_t allocated; /* bytes; a power of two */
    _Atomic int references;
} rtj_ring;

/* The smallest size of a ring that takes `size` bytes, one of which stays free. */
size_t rtj_ring_round_up(size_t size);

/* `size` as from rtj_ring_round_up(); zeroed; one reference.  NULL without memory. */
rtj_ring *rtj_ring_new(size_t size);
rtj_ring *rtj_ring_retain(rtj_ring *ring); /* returns `ring` */
void rtj_ring_release(rtj_ring *ring);     /* NULL is none */

/* Keep it in physical memory.  0, or an errno value. */
int rtj_ring_mlock(rtj_ring *ring);

#endif
