/* A client's ports processed on a thread of ours, `lookahead` blocks ahead.
 *
 * While the client is active, a node (rt/blocks.h) gives each block of all its ports to
 * a helper thread, which calls the program and gives the answer back.  (Outputs that
 * belong to a group, core/latency.h, are the group's: what the program writes there
 * goes nowhere.)  The ports' latency is told to the server.  While the server
 * freewheels, the audio thread waits for the answer: nothing is late then.
 *
 * Ownership: an rtj_detached is reference-counted; the client holds one reference while
 * it is active, the thread one.  A port's memory is counted on its own, so that the
 * program may hold on to it.
 */
#ifndef RTJ_CORE_DETACHED_H
#define RTJ_CORE_DETACHED_H

#include "core/client.h"
#include "core/events.h"
#include "rt/blocks.h"

enum { RTJ_LOOKAHEAD_MAX = 1024 };

typedef struct rtj_detached rtj_detached;

typedef struct rtj_detached_plan {
    uint32_t lookahead; /* blocks; 0: no helper thread */
    void *context;      /* for the two that follow, both on the helper thread */
    /* Blocks are there: take, process and give them until none is left. */
    void (*work)(void *context, rtj_detached *detached);
    /* The thread ends. */
    void (*end)(void *context);
} rtj_detached_plan;

/* For the next activation.  RTJ_FAILED while the client is active. */
rtj_status rtj_detached_set(rtj_client *client, const rtj_detached_plan *plan,
                            rtj_error *error);

/* One port, as the helper thread has it. */
typedef struct rtj_detached_port {
    rtj_block_port rt;
    float *block;    /* audio: the block's samples; the same memory for every block */
    uint32_t stride; /* frames that it can hold */
    rtj_events *events; /* MIDI: the block's */
    _Atomic int references;
} rtj_detached_port;

void rtj_detached_port_retain(rtj_detached_port *port);
void rtj_detached_port_release(rtj_detached_port *port);

/* On the helper thread, in `work`.  The next block into the ports' memory, outputs
 * silent: 1 and `*block`, 0 when there is none or an end was asked for.  After each,
 * rtj_detached_give(). */
int rtj_detached_take(rtj_detached *detached, rtj_block *block);
void rtj_detached_give(rtj_detached *detached);
/* The program will not be called again: from now on blocks are answered by silence. */
void rtj_detached_finish(rtj_detached *detached);

/* The detached block of `client` that this thread is in, else NULL: between take and
 * give. */
rtj_detached *rtj_detached_here(const rtj_client *client);
const rtj_block *rtj_detached_block(const rtj_detached *detached);
/* The port in this block; NULL when it has none.  `*hint` makes the next search of the
 * same port short. */
rtj_detached_port *rtj_detached_find(rtj_detached *detached, const jack_port_t *handle,
                                     size_t *hint);

typedef struct rtj_detached_counts {
    uint64_t underflows;
    uint64_t missing; /* frames */
    uint64_t overflows;
    uint64_t lost;    /* frames */
    uint64_t resized; /* frames */
    uint64_t midi_late;
    uint64_t midi_lost;
} rtj_detached_counts;

/* What the helper has counted that is there now; all 0 without.  With own.lock held. */
void rtj_detached_counts_locked(const rtj_client *client, rtj_detached_counts *counts);

/* ---- for core/client.c and its kin ---- */

/* With `lifecycle` held and libjack entered, before activating.  Does nothing without a
 * plan.  RTJ_FAILED while a former thread still runs. */
rtj_status rtj_detached_start_locked(rtj_client *client, rtj_error *error);
/* With `lifecycle` held: no block is given any more.  First before deactivating, then,
 * with `unlink`, when the audio thread has ended. */
void rtj_detached_stop_locked(rtj_client *client, int unlink);
/* Without `lifecycle`: wait for the thread's end, `seconds` at the most; RTJ_TIMEOUT
 * when it still runs.  Not on the thread itself. */
rtj_status rtj_detached_await(rtj_client *client, double seconds, rtj_error *error);
/* The client is active: tell the latency. */
void rtj_detached_began(rtj_client *client);
/* Own ports or the block size are others now; returns without waiting. */
void rtj_detached_refresh(rtj_client *client, uint32_t blocksize);
/* The block size is another now: tell the latency.  On the delivery thread. */
void rtj_detached_blocksize(rtj_client *client, uint32_t blocksize);
/* This thread is about to wait for the audio thread: it must not wait for this one. */
void rtj_detached_yield(const rtj_client *client, int yes);

#endif
