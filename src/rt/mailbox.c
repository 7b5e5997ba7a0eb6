#include "rt/mailbox.h"

#include <stdatomic.h>
#include <string.h>

enum {
    APART = 64,      /* bytes between what different threads write: a cache line */
    HEADER = 8,      /* bytes of a record's first word */
    MAX_RETRIES = 64 /* lost races for `head` before a put gives up */
};

/* A record's first word: its size in bytes, shifted, and what it is; 0 while it is not
 * whole, and where nothing is reserved yet. */
enum { MESSAGE = 1, SKIP = 2, KIND_BITS = 2, KIND_MASK = 3 };

struct rtj_mailbox {
    uint64_t capacity;
    /* Padding and not _Alignas, so that any allocator's memory will do. */
    char apart_head[APART];
    _Atomic uint64_t head;
    char apart_tail[APART];
    _Atomic uint64_t tail; /* the consumer's */
    char apart_counts[APART];
    _Atomic uint64_t lost;
    _Atomic uint64_t count;
    char apart_ring[APART];
    _Alignas(8) unsigned char ring[];
};

size_t rtj_mailbox_memory(size_t capacity)
{
    return sizeof(rtj_mailbox) + capacity;
}

rtj_mailbox *rtj_mailbox_init(void *memory, size_t capacity)
{
    rtj_mailbox *box = memory;
    memset(box, 0, rtj_mailbox_memory(capacity));
    box->capacity = capacity;
    return box;
}

static unsigned char *place(rtj_mailbox *box, uint64_t index)
{
    return box->ring + (index & (box->capacity - 1));
}

static _Atomic uint64_t *word(rtj_mailbox *box, uint64_t index)
{
    return (_Atomic uint64_t *)(void *)place(box, index);
}

static uint64_t record_bytes(uint64_t size)
{
    return HEADER + ((size + HEADER - 1) & ~(uint64_t)(HEADER - 1));
}

/* The parts' sum, or more than a message may have. */
static uint64_t message_size(const rtj_mailbox *box, const rtj_part *parts,
                             size_t count)
{
    uint64_t size = 0;
    for (size_t i = 0; i < count && size <= box->capacity; i++) {
        if (parts[i].size > box->capacity) {
            return parts[i].size;
        }
        size += parts[i].size;
    }
    return size;
}

/* Reserve a record of `bytes` in one piece, and leave `spare`.  What is left before the
 * ring's end is skipped when it is too short.  Returns 0 and the record's index. */
static int reserve(rtj_mailbox *box, uint64_t bytes, uint64_t spare, uint64_t *index)
{
    for (int retries = 0; retries < MAX_RETRIES; retries++) {
        /* In this order, so that `head` is never behind `tail`. */
        uint64_t tail = atomic_load_explicit(&box->tail, memory_order_acquire);
        uint64_t head = atomic_load_explicit(&box->head, memory_order_relaxed);
        uint64_t left = box->capacity - (head & (box->capacity - 1));
        uint64_t skip = left < bytes ? left : 0;
        if (head - tail + skip + bytes + spare > box->capacity) {
            if (atomic_load_explicit(&box->tail, memory_order_relaxed) == tail) {
                return -1;
            }
            continue; /* the consumer has made room meanwhile */
        }
        if (atomic_compare_exchange_strong_explicit(
                &box->head, &head, head + skip + bytes, memory_order_relaxed,
                memory_order_relaxed)) {
            if (skip > 0) {
                atomic_store_explicit(word(box, head), skip << KIND_BITS | SKIP,
                                      memory_order_release);
            }
            *index = head + skip;
            return 0;
        }
    }
    return -1;
}

int rtj_mailbox_put(rtj_mailbox *box, const rtj_part *parts, size_t count)
{
    return rtj_mailbox_put_leaving(box, parts, count, 0);
}

int rtj_mailbox_put_leaving(rtj_mailbox *box, const rtj_part *parts, size_t count,
                            size_t spare)
{
    uint64_t size = message_size(box, parts, count);
    uint64_t index;
    if (size > box->capacity / 4 ||
        reserve(box, record_bytes(size), spare, &index) != 0) {
        atomic_fetch_add_explicit(&box->lost, 1, memory_order_relaxed);
        return -1;
    }
    unsigned char *to = place(box, index) + HEADER;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].size > 0) {
            memcpy(to, parts[i].bytes, parts[i].size);
            to += parts[i].size;
        }
    }
    atomic_fetch_add_explicit(&box->count, 1, memory_order_relaxed);
    atomic_store_explicit(word(box, index), size << KIND_BITS | MESSAGE,
                          memory_order_release);
    return 0;
}

const void *rtj_mailbox_peek(rtj_mailbox *box, size_t *size)
{
    uint64_t tail = atomic_load_explicit(&box->tail, memory_order_relaxed);
    uint64_t first = atomic_load_explicit(word(box, tail), memory_order_acquire);
    if ((first & KIND_MASK) == SKIP) {
        atomic_store_explicit(word(box, tail), 0, memory_order_relaxed);
        tail += first >> KIND_BITS;
        atomic_store_explicit(&box->tail, tail, memory_order_release);
        first = atomic_load_explicit(word(box, tail), memory_order_acquire);
    }
    if ((first & KIND_MASK) != MESSAGE) {
        return NULL;
    }
    *size = (size_t)(first >> KIND_BITS);
    return place(box, tail) + HEADER;
}

void rtj_mailbox_drop(rtj_mailbox *box)
{
    uint64_t tail = atomic_load_explicit(&box->tail, memory_order_relaxed);
    uint64_t first = atomic_load_explicit(word(box, tail), memory_order_relaxed);
    if ((first & KIND_MASK) != MESSAGE) {
        return;
    }
    uint64_t bytes = record_bytes(first >> KIND_BITS);
    memset(place(box, tail), 0, (size_t)bytes); /* any of it may be a first word next */
    atomic_store_explicit(&box->tail, tail + bytes, memory_order_release);
}

uint64_t rtj_mailbox_lost(const rtj_mailbox *box)
{
    return atomic_load_explicit(&box->lost, memory_order_relaxed);
}

uint64_t rtj_mailbox_count(const rtj_mailbox *box)
{
    return atomic_load_explicit(&box->count, memory_order_relaxed);
}

uint64_t rtj_mailbox_reserved(const rtj_mailbox *box)
{
    return atomic_load_explicit(&box->head, memory_order_relaxed);
}

uint64_t rtj_mailbox_taken(const rtj_mailbox *box)
{
    return atomic_load_explicit(&box->tail, memory_order_acquire);
}
