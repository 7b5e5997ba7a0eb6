#include "rt/cycle.h"

#include "rt/guard.h"
#include "rt/handed.h"

#ifdef __SANITIZE_THREAD__
char rtj_handed;
#endif

static void run(rtj_cycle *cycle, size_t from, size_t to, uint32_t frames)
{
    for (size_t i = from; i < to; i++) {
        const rtj_node *node = &cycle->running->nodes[i];
        node->run(node->data, frames);
        rtj_stats_done_something(&cycle->stats);
    }
}

int rtj_cycle_begin(rtj_cycle *cycle, uint32_t frames)
{
    RTJ_BLOCK_COMES();
    uint64_t pass = atomic_load_explicit(&cycle->passes, memory_order_relaxed);
    atomic_store(&cycle->passes, pass + 1);
    rtj_stats_begin(&cycle->stats, frames);
    int shut = atomic_load(&cycle->shut);
    cycle->running = shut ? NULL : atomic_load(&cycle->chain);
    if (cycle->running != NULL) {
        run(cycle, 0, cycle->running->last, frames);
    }
    return !shut;
}

void rtj_cycle_end(rtj_cycle *cycle, uint32_t frames)
{
    if (cycle->running != NULL) {
        run(cycle, cycle->running->last, cycle->running->count, frames);
    }
    rtj_stats_end(&cycle->stats, frames);
    uint64_t pass = atomic_load_explicit(&cycle->passes, memory_order_relaxed);
    atomic_store_explicit(&cycle->passes, pass + 1, memory_order_release);
    RTJ_BLOCK_GOES();
}

int rtj_cycle_process(uint32_t frames, void *data)
{
    rtj_guard guard = rtj_guard_enter();
    (void)rtj_cycle_begin(data, frames);
    rtj_cycle_end(data, frames);
    rtj_guard_leave(guard);
    return 0;
}

const rtj_chain *rtj_cycle_publish(rtj_cycle *cycle, const rtj_chain *chain)
{
    return atomic_exchange(&cycle->chain, chain);
}

void rtj_cycle_open(rtj_cycle *cycle)
{
    atomic_store(&cycle->shut, 0);
}

void rtj_cycle_shut(rtj_cycle *cycle)
{
    atomic_store(&cycle->shut, 1);
}

uint64_t rtj_cycle_mark(const rtj_cycle *cycle)
{
    return atomic_load(&cycle->passes);
}

int rtj_cycle_passed(const rtj_cycle *cycle, uint64_t mark)
{
    return (mark & 1) == 0 || atomic_load(&cycle->passes) != mark;
}
