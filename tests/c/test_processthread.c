#include "rt/processthread.h"

#include "check.h"

/* What happens, one letter each: the server gives a block (w), the first node (n), what
 * the program does (p), the last node (l), the block is done (s). */
typedef struct story {
    char text[64];
    size_t length;
    int blocks; /* still to be given */
    uint32_t frames;
    rtj_cycle cycle;
    rtj_process_thread thread;
    int ends_after; /* blocks, of the native function */
    int status;     /* of the last; -1: none is signalled */
} story;

static void tell(story *own, char what)
{
    CHECK(own->length + 1 < sizeof own->text);
    own->text[own->length++] = what;
}

static jack_nframes_t give(jack_client_t *client)
{
    story *own = (story *)client;
    CHECK(!rtj_cycle_runs(&own->cycle));
    if (own->blocks-- == 0) {
        return 0;
    }
    tell(own, 'w');
    return own->frames;
}

static void done(jack_client_t *client, int status)
{
    story *own = (story *)client;
    CHECK_EQ(status, 0);
    CHECK(!rtj_cycle_runs(&own->cycle));
    tell(own, 's');
}

static void first(void *data, uint32_t frames)
{
    CHECK_EQ(frames, 64);
    tell(data, 'n');
}

static void last(void *data, uint32_t frames)
{
    CHECK_EQ(frames, 64);
    tell(data, 'l');
}

static void work(void *context, uint32_t frames)
{
    const story *own = context;
    CHECK_EQ(frames, 64);
    CHECK(rtj_cycle_runs(&own->cycle));
    tell(context, 'p');
}

static void native(rtj_native_cycle *cycle, void *argument)
{
    story *own = argument;
    for (int block = 1; own->ends_after == 0 || block <= own->ends_after; block++) {
        uint32_t frames = cycle->wait(cycle);
        if (frames == 0) {
            tell(own, '0');
            return;
        }
        CHECK_EQ(frames, 64);
        tell(own, 'p');
        int status = block == own->ends_after ? own->status : 0;
        if (status >= 0) {
            cycle->signal(cycle, status);
            cycle->signal(cycle, 0); /* once too often */
        }
        if (status > 0) {
            CHECK_EQ(cycle->wait(cycle), 0);
        }
    }
}

static const char *run(story *own, int blocks)
{
    static _Atomic int clear_all;
    rtj_chain *chain = malloc(sizeof *chain + 2 * sizeof chain->nodes[0]);
    CHECK(chain != NULL);
    chain->count = 2;
    chain->last = 1;
    chain->nodes[0] = (rtj_node){first, own};
    chain->nodes[1] = (rtj_node){last, own};
    CHECK(rtj_cycle_publish(&own->cycle, chain) == NULL);
    own->blocks = blocks;
    own->frames = 64;
    own->thread.cycle = &own->cycle;
    own->thread.handle = (jack_client_t *)own;
    own->thread.cycle_wait = give;
    own->thread.cycle_signal = done;
    own->thread.clear_all = &clear_all;
    own->thread.argument = own->thread.context = own;
    atomic_store(&clear_all, 0);
    CHECK(rtj_process_thread_run(&own->thread) == NULL);
    CHECK_EQ(atomic_load(&clear_all), own->thread.native != NULL);
    free(chain);
    return own->text;
}

int main(void)
{
    check_deadline(60);
    story idle = {0};
    CHECK_TEXT(run(&idle, 2), "wnlswnls");
    story called = {.thread.work = work};
    CHECK_TEXT(run(&called, 2), "wnplswnpls");
    story shut = {.thread.work = work};
    rtj_cycle_shut(&shut.cycle);
    CHECK_TEXT(run(&shut, 2), "wsws");
    story loop = {.thread.native = native};
    CHECK_TEXT(run(&loop, 3), "wnplswnplswnpls0");
    story returns = {.thread.native = native, .ends_after = 1};
    CHECK_TEXT(run(&returns, 3), "wnplswnlswnls");
    story fails = {.thread.native = native, .ends_after = 1, .status = 5};
    CHECK_TEXT(run(&fails, 2), "wnplswnls");
    story forgets = {.thread.native = native, .ends_after = 2, .status = -1};
    CHECK_TEXT(run(&forgets, 3), "wnplswnplswnls");
    return 0;
}
