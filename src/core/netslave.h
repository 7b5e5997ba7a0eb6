/* A netjack slave: an end without a clock of its own, which a master drives.
 *
 * libjacknet's thread exchanges blocks with the program's through rt/netblocks.h.  It
 * is libjacknet that starts and ends the thread, with realtime priority.
 *
 * Ownership: reference-counted; its maker holds one reference, a call that is under way
 * on a thread of ours one.  The last one frees; after closing.
 *
 * Any thread.  One thread may read and one may write at a time.  After fork() the child
 * can only release it.
 */
#ifndef RTJ_CORE_NETSLAVE_H
#define RTJ_CORE_NETSLAVE_H

#include "core/net.h"
#include "core/task.h"

typedef struct rtj_netslave rtj_netslave;

typedef struct rtj_netslave_stats {
    uint64_t cycles, lost, missing, late; /* blocks */
    uint64_t losses;                      /* of the master */
    uint64_t bad_packets;
} rtj_netslave_stats;

/* Find a master within patience, agree, and start.  Fails with RTJ_NO_LIBRARY,
 * RTJ_TIMEOUT (nobody answered), RTJ_FAILED, RTJ_INTERRUPTED, RTJ_MEMORY. */
rtj_status rtj_netslave_open(const rtj_net_options *options,
                             const rtj_patience *patience, rtj_netslave **slave,
                             rtj_error *error);
rtj_status rtj_netslave_close(rtj_netslave *slave, const rtj_patience *patience,
                              rtj_error *error);
void rtj_netslave_retain(rtj_netslave *slave);
void rtj_netslave_release(rtj_netslave *slave);

const rtj_net_facts *rtj_netslave_facts(const rtj_netslave *slave);
void rtj_netslave_get_stats(const rtj_netslave *slave, rtj_netslave_stats *stats);
int rtj_netslave_is_connected(const rtj_netslave *slave);
int rtj_netslave_is_active(rtj_netslave *slave);

/* Copy the next block to `block`.  Fails with RTJ_TIMEOUT, RTJ_INTERRUPTED, RTJ_CLOSED,
 * RTJ_LINK_LOST (once for each loss of the master; for good when it is not looked for
 * again), RTJ_FAILED when another thread reads.  `*gap`: so many blocks before it were
 * lost; then nothing was copied, and the next call gives the block.  `*cycle` is the
 * number of the block, or of the first lost one. */
rtj_status rtj_netslave_read(rtj_netslave *slave, float *block, uint64_t *cycle,
                             uint64_t *gap, const rtj_patience *patience,
                             rtj_error *error);

/* Send `block` in the next cycle that has none yet, waiting for room.  Fails as reading
 * does.  `*gap`: so many blocks were silent since the last call; then nothing was
 * taken. */
rtj_status rtj_netslave_write(rtj_netslave *slave, const float *block, uint64_t *cycle,
                              uint64_t *gap, const rtj_patience *patience,
                              rtj_error *error);

#endif
