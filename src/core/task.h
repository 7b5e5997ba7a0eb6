/* Calls of libjack that may never return, made on a thread that can be left behind.
 *
 * jack_client_open() and its kin talk to a server that may be stopped or stuck, and
 * have no time-out of their own.  Each runs on a short-lived thread with all signals
 * blocked (JACK's threads inherit that from their maker, and a signal that hits them
 * breaks their system calls); the caller waits for it with patience that has an end.
 */
#ifndef RTJ_CORE_TASK_H
#define RTJ_CORE_TASK_H

#include "core/error.h"

typedef struct rtj_patience {
    double seconds;
    /* Asked every 50 ms while waiting; non-zero ends the wait.  May be NULL. */
    int (*interrupted)(void *context);
    void *context;
} rtj_patience;

typedef rtj_status rtj_task(void *argument, rtj_error *error);

/* Run `task(argument)` and wait for it.  Returns its status, or RTJ_TIMEOUT or
 * RTJ_INTERRUPTED; after these two `argument` belongs to the task's thread, which
 * calls `abandon(argument)` when the task comes back at last.  With RTJ_MEMORY or
 * RTJ_FAILED when no thread could be had, the task never ran.  `what` names the call
 * in the error's text.  Hold no GIL, and no lock that `interrupted` or the task takes.
 */
rtj_status rtj_run(rtj_task *task, void (*abandon)(void *argument), void *argument,
                   const char *what, const rtj_patience *patience, rtj_error *error);

#endif
