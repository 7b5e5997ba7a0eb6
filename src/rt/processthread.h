/* JACK's thread when it runs a loop around jack_cycle_wait() and jack_cycle_signal()
 * instead of calling a process callback.
 *
 * The client's nodes run as ever, when a block comes; those that measure or merge with
 * what was written run when it is signalled.  In between is what the program does: a C
 * function of its own that is a loop, or `work`, called for every block.
 *
 * The audio thread alone writes what is in here, while the client is active.
 */
#ifndef RTJ_RT_PROCESSTHREAD_H
#define RTJ_RT_PROCESSTHREAD_H

#include <jack/jack.h>
#include <stdatomic.h>
#include <stdint.h>

#include "rt/cycle.h"
#include "rt/guard.h"

/* What a program's function is given; part of the interface, docs/tiers.md. */
typedef struct rtj_native_cycle rtj_native_cycle;
struct rtj_native_cycle {
    /* Waits for the next block; its length, or 0 when the function has to return. */
    uint32_t (*wait)(rtj_native_cycle *cycle);
    /* The block is done; with another status than 0 the function is, too. */
    void (*signal)(rtj_native_cycle *cycle, int status);
};
typedef void rtj_native_thread(rtj_native_cycle *cycle, void *argument);

typedef struct rtj_process_thread {
    rtj_native_cycle face; /* first */
    rtj_cycle *cycle;
    jack_client_t *handle;
    __typeof__(jack_cycle_wait) *cycle_wait;
    __typeof__(jack_cycle_signal) *cycle_signal;
    _Atomic int *clear_all;    /* set when `native` has ended; rt/clear.h */
    rtj_native_thread *native; /* either this, or `work`, or neither */
    void *argument;
    void (*work)(void *context, uint32_t frames);
    void *context;
    rtj_guard guard;
    int shut;        /* this block's cycle */
    uint32_t frames; /* of the block that is waited for no more; 0: signalled */
    int over;        /* JACK gives no more blocks */
    int finished;    /* `native` is to return */
} rtj_process_thread;

/* JACK's thread callback; `data` is an rtj_process_thread. */
void *rtj_process_thread_run(void *data);

#endif
