/* Messages of any length from many threads to one, without a lock.
 *
 * A byte ring of fixed size.  A producer reserves room with one compare-and-swap,
 * writes, and marks the message whole; the consumer takes messages in the order of
 * their reservation, and stops at one that is not whole yet.  A producer must not be
 * cancelled in between (rt/guard.h): an unfinished message holds up all behind it.
 *
 * Memory order: a producer loads `tail` with acquire and moves `head` (reservations) by
 * compare-and-swap, relaxed: it publishes nothing.  A message's first word is stored
 * with release once its bytes are there and loaded with acquire by the consumer, who
 * clears the bytes and then stores `tail` with release.  Indices run free; they sit on
 * separate cache lines.
 */
#ifndef RTJ_RT_MAILBOX_H
#define RTJ_RT_MAILBOX_H

#include <stddef.h>
#include <stdint.h>

typedef struct rtj_mailbox rtj_mailbox;

typedef struct rtj_part {
    const void *bytes;
    size_t size;
} rtj_part;

/* Bytes of memory that a mailbox with `capacity` bytes of ring (a power of two, at
 * least 256) needs; the owner allocates (aligned as by malloc()) and frees, and
 * rtj_mailbox_init() makes it ready and returns the same address. */
size_t rtj_mailbox_memory(size_t capacity);
rtj_mailbox *rtj_mailbox_init(void *memory, size_t capacity);

/* Any thread, the audio thread included; bounded time.  The parts are written one
 * behind the other as one message.  Returns 0, or -1 when there was no room, when the
 * message is larger than a quarter of the ring, or when other producers were faster
 * too many times in a row; that is counted as lost. */
int rtj_mailbox_put(rtj_mailbox *box, const rtj_part *parts, size_t count);
/* The same, but leaves `spare` bytes of the ring for messages that are put without. */
int rtj_mailbox_put_leaving(rtj_mailbox *box, const rtj_part *parts, size_t count,
                            size_t spare);

/* The consumer's side, one thread at a time.  The oldest message's bytes (aligned to 8)
 * and size; NULL when there is none.  It stays until rtj_mailbox_drop(). */
const void *rtj_mailbox_peek(rtj_mailbox *box, size_t *size);
void rtj_mailbox_drop(rtj_mailbox *box);

/* How many messages were lost; how many were put.  Any thread. */
uint64_t rtj_mailbox_lost(const rtj_mailbox *box);
uint64_t rtj_mailbox_count(const rtj_mailbox *box);

/* Where the producers are, and how far the consumer has dropped.  All that was put
 * before a call of the one has been dropped once the other gives that much.  Any
 * thread. */
uint64_t rtj_mailbox_reserved(const rtj_mailbox *box);
uint64_t rtj_mailbox_taken(const rtj_mailbox *box);

#endif
