#include "rt/cycle.h"

#include <pthread.h>
#include <sched.h>

#include "check.h"

typedef struct probe {
    rtj_cycle *cycle;
    uint64_t mark;
    int calls;
    uint32_t frames;
} probe;

static void look_within(void *data, uint32_t frames)
{
    probe *own = data;
    own->calls++;
    own->frames = frames;
    own->mark = rtj_cycle_mark(own->cycle);
    CHECK(!rtj_cycle_passed(own->cycle, own->mark));
}

static void test_marks(void)
{
    rtj_cycle cycle = {0};
    CHECK_EQ(rtj_cycle_process(64, &cycle), 0); /* nothing to do */
    CHECK(rtj_cycle_passed(&cycle, rtj_cycle_mark(&cycle)));
    probe own = {&cycle, 0, 0, 0};
    rtj_chain *chain = malloc(sizeof *chain + 2 * sizeof chain->nodes[0]);
    CHECK(chain != NULL);
    chain->count = chain->last = 2;
    chain->nodes[0] = chain->nodes[1] = (rtj_node){look_within, &own};
    CHECK(rtj_cycle_publish(&cycle, chain) == NULL);
    CHECK_EQ(rtj_cycle_process(128, &cycle), 0);
    CHECK_EQ(own.calls, 2);
    CHECK_EQ(own.frames, 128);
    CHECK(rtj_cycle_passed(&cycle, own.mark));
    rtj_cycle_shut(&cycle);
    CHECK_EQ(rtj_cycle_process(128, &cycle), 0);
    CHECK_EQ(own.calls, 2);
    rtj_cycle_open(&cycle);
    CHECK_EQ(rtj_cycle_process(128, &cycle), 0);
    CHECK_EQ(own.calls, 4);
    CHECK(rtj_cycle_publish(&cycle, NULL) == chain);
    CHECK_EQ(rtj_cycle_process(128, &cycle), 0);
    CHECK_EQ(own.calls, 4);
    free(chain);
}

enum { CHANGES = 5000, NODES = 3, ALIVE = 0x600d };

/* What a node of the stress works on lies in one piece of memory with its chain. */
typedef struct work {
    int alive;
    uint64_t generation;
    size_t place;
    struct shared *shared;
} work;

typedef struct shared {
    rtj_cycle cycle;
    _Atomic uint64_t retired; /* no chain up to this generation may run any more */
    _Atomic int stop;
    _Atomic uint64_t newest; /* generation that was run; written by the audio thread */
    /* The audio thread's own. */
    uint64_t runs;
    uint64_t chains;
    size_t next_place;
    uint64_t expected;
} shared;

static void run_node(void *data, uint32_t frames)
{
    const work *own = data;
    shared *all = own->shared;
    CHECK_EQ(own->alive, ALIVE);
    CHECK(own->generation > atomic_load(&all->retired));
    uint64_t newest = atomic_load(&all->newest);
    CHECK(own->generation >= newest); /* never back to a former chain */
    all->chains += own->generation != newest;
    atomic_store(&all->newest, own->generation);
    CHECK_EQ(own->place, all->next_place);
    all->next_place = (own->place + 1) % (1 + own->generation % NODES);
    all->runs++;
    CHECK_EQ(frames, 32);
}

static void *audio(void *data)
{
    shared *all = data;
    while (!atomic_load(&all->stop)) {
        (void)rtj_cycle_process(32, &all->cycle);
        CHECK_EQ(all->next_place, 0); /* chains are walked to their end */
        all->expected++;
    }
    return NULL;
}

static rtj_chain *new_chain(shared *all, uint64_t generation)
{
    size_t count = 1 + generation % NODES;
    rtj_chain *chain = malloc(sizeof *chain + count * sizeof chain->nodes[0]);
    work *works = malloc(count * sizeof *works);
    CHECK(chain != NULL && works != NULL);
    chain->count = chain->last = count;
    for (size_t i = 0; i < count; i++) {
        works[i] = (work){ALIVE, generation, i, all};
        chain->nodes[i] = (rtj_node){run_node, &works[i]};
    }
    return chain;
}

static void destroy(const rtj_chain *chain)
{
    if (chain != NULL) {
        work *works = chain->nodes[0].data;
        memset(works, 0xdd, chain->count * sizeof *works);
        free(works);
        memset((void *)chain->nodes, 0xdd, chain->count * sizeof chain->nodes[0]);
        free((void *)chain);
    }
}

/* Chains change at full rate, and none is touched once it has been passed by. */
static void test_replacing_while_running(void)
{
    static shared all;
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, audio, &all), 0);
    for (uint64_t generation = 1; generation <= CHANGES; generation++) {
        const rtj_chain *before =
            rtj_cycle_publish(&all.cycle, new_chain(&all, generation));
        CHECK((before == NULL) == (generation == 1));
        uint64_t mark = rtj_cycle_mark(&all.cycle);
        while (!rtj_cycle_passed(&all.cycle, mark)) {
            sched_yield();
        }
        atomic_store(&all.retired, generation - 1);
        destroy(before);
        while (generation % 64 == 0 && atomic_load(&all.newest) != generation) {
            sched_yield(); /* now and then let it really run */
        }
    }
    CHECK_EVENTUALLY(atomic_load(&all.newest) == CHANGES);
    atomic_store(&all.stop, 1);
    pthread_join(thread, NULL);
    CHECK_EQ(rtj_cycle_mark(&all.cycle), 2 * all.expected);
    CHECK(all.chains > CHANGES / 64 && all.runs >= all.chains);
    destroy(rtj_cycle_publish(&all.cycle, NULL));
}

int main(void)
{
    check_deadline(60);
    test_marks();
    test_replacing_while_running();
    return 0;
}
