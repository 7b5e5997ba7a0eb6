/* The struct behind rtj_detached, for the files that make it up; nobody else's. */
#ifndef RTJ_CORE_DETACHED_IMPL_H
#define RTJ_CORE_DETACHED_IMPL_H

#include <pthread.h>

#include "core/client_impl.h"
#include "core/detached.h"

/* The ports of some blocks; immutable. */
typedef struct rtj_port_set {
    _Atomic int references;
    struct rtj_port_set *older; /* retired before this one */
    uint64_t mark;              /* rtj_cycle_mark() when it was retired */
    rtj_block_ports rt;         /* each is an rtj_detached_port */
    rtj_block_port *ports[];
} rtj_port_set;

struct rtj_detached {
    rtj_blocks rt; /* first, and aligned: what the audio thread touches */
    rtj_client *client;
    rtj_detached_plan plan;
    _Atomic int references;
    _Atomic int stopping;
    _Atomic int yielding; /* the helper thread waits for the audio thread */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread;
    int ended;          /* under lock; the thread is done with the plan's context */
    int stuck;          /* under lock: the audio thread may be in the node for good */
    uint32_t blocksize; /* under lock */
    uint32_t last_id;   /* under lock; ports are numbered from 1 */
    rtj_port_set *current; /* under lock; owned; what the audio thread has */
    rtj_port_set *retired; /* under lock; owned */
    /* The helper thread's own. */
    rtj_port_set *used; /* owned */
    rtj_block block;
    uint64_t number;
    int finished;
};

/* core/detached_ports.c.  Publish the ports as they are now, or none without memory. */
void rtj_detached_publish(rtj_detached *detached);
/* Make `used` the current set. */
void rtj_detached_use_current(rtj_detached *detached);
/* When no cycle can use them any more. */
void rtj_detached_free_sets(rtj_detached *detached);

static inline rtj_detached_port *rtj_detached_port_at(const rtj_port_set *set, size_t i)
{
    return (rtj_detached_port *)set->rt.ports[i];
}

#endif
