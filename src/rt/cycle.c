#include "rt/cycle.h"

#include "rt/guard.h"

int rtj_cycle_process(uint32_t frames, void *data)
{
    rtj_cycle *cycle = data;
    int guard = rtj_guard_enter();
    uint64_t pass = atomic_load_explicit(&cycle->passes, memory_order_relaxed);
    atomic_store(&cycle->passes, pass + 1);
    rtj_stats_begin(&cycle->stats, frames);
    const rtj_chain *chain =
        atomic_load(&cycle->shut) ? NULL : atomic_load(&cycle->chain);
    if (chain != NULL) {
        for (size_t i = 0; i < chain->count; i++) {
            chain->nodes[i].run(chain->nodes[i].data, frames);
            rtj_stats_done_something(&cycle->stats);
        }
    }
    rtj_stats_end(&cycle->stats, frames);
    atomic_store_explicit(&cycle->passes, pass + 2, memory_order_release);
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
