/* The cycle: what runs in JACK's process callback.
 *
 * A client's cycle walks a chain, an immutable array of nodes, in order.  A change
 * builds another chain and publishes it with one atomic store; the old one may be freed
 * once the audio thread has passed it by.
 *
 * Memory order: `chain` is stored with release (sequentially consistent together with
 * `passes`, so that a publisher which sees no cycle under way knows that the next one
 * sees its chain) and loaded by the audio thread.  `passes` is odd while a cycle runs;
 * only the audio thread writes it, at the cycle's end with release: who sees that, sees
 * that the chain is done with.  `shut` is stored and loaded as `chain` is.
 */
#ifndef RTJ_RT_CYCLE_H
#define RTJ_RT_CYCLE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "rt/stats.h"

/* One block's work.  `frames` is the block's length. */
typedef void rtj_node_run(void *data, uint32_t frames);

typedef struct rtj_node {
    rtj_node_run *run;
    void *data;
} rtj_node;

typedef struct rtj_chain {
    size_t count;
    size_t last; /* the first of those that run after what a process thread does */
    rtj_node nodes[];
} rtj_chain;

typedef struct rtj_cycle {
    _Alignas(64) _Atomic(const rtj_chain *) chain;
    _Atomic int shut; /* the client is not active: nothing runs */
    _Alignas(64) _Atomic uint64_t passes;
    const rtj_chain *running; /* the audio thread's own, while a cycle runs */
    rtj_stats stats;
} rtj_cycle;

/* JACK's process callback; `cycle` is an rtj_cycle.  Always returns 0: a node that is
 * done does nothing, it does not end the client. */
int rtj_cycle_process(uint32_t frames, void *cycle);

/* The same in two steps, for what a process thread does in between.  Returns 0 when the
 * cycle is shut. */
int rtj_cycle_begin(rtj_cycle *cycle, uint32_t frames);
void rtj_cycle_end(rtj_cycle *cycle, uint32_t frames);

/* Not the audio thread, one publisher at a time.  Returns the chain that was there. */
const rtj_chain *rtj_cycle_publish(rtj_cycle *cycle, const rtj_chain *chain);

/* Not the audio thread.  Once shut, and passed by, no node runs until it is opened
 * again, even if JACK should still call. */
void rtj_cycle_open(rtj_cycle *cycle);
void rtj_cycle_shut(rtj_cycle *cycle);

/* A mark for rtj_cycle_passed(), taken after publishing or shutting. */
uint64_t rtj_cycle_mark(const rtj_cycle *cycle);

/* Whether no cycle that was running at `mark` runs any more: what was published before
 * the mark is out of the audio thread's reach. */
int rtj_cycle_passed(const rtj_cycle *cycle, uint64_t mark);

/* Whether one is under way. */
static inline int rtj_cycle_runs(const rtj_cycle *cycle)
{
    return (rtj_cycle_mark(cycle) & 1) != 0;
}

#endif
