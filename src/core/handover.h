/* A client's process thread: a loop of the program's around jack_cycle_wait() and
 * jack_cycle_signal(), instead of a process callback.
 *
 * A C function is called in JACK's own thread (rt/processthread.h).  Python is not:
 * JACK2 ends that thread wherever it waits for a block, which would leave the frames of
 * a Python function, what they refer to and the locks that they hold behind.  So each
 * activation has a further thread, made by libjack with the same priority, and JACK's
 * thread hands each block over to it and waits for it to be signalled.  That ends with
 * the deactivation, close and loss of the client, so none of these waits for Python's
 * good will.
 *
 * Ownership: an rtj_handover is reference-counted; the client holds one reference
 * while it is active and until the thread has ended, the thread one.
 */
#ifndef RTJ_CORE_HANDOVER_H
#define RTJ_CORE_HANDOVER_H

#include "core/client.h"
#include "rt/processthread.h"

typedef struct rtj_handover rtj_handover;

/* With `native`, that is called in JACK's thread; with `run`, that on a thread for each
 * activation; with neither, there is no process thread. */
typedef struct rtj_thread_plan {
    rtj_native_thread *native;
    void *argument;
    void (*run)(void *context);
    void (*end)(void *context); /* the last on that thread; the client may go in it */
    void *context;
} rtj_thread_plan;

/* For the next activation.  RTJ_FAILED while the client is active. */
rtj_status rtj_process_thread_set(rtj_client *client, const rtj_thread_plan *plan,
                                  rtj_error *error);

/* Any thread. */
int rtj_process_thread_is_set(const rtj_client *client);

/* ---- on the thread, in `run`; elsewhere RTJ_FAILED ---- */

/* Wait for the next block, without limit: RTJ_OK and `*frames`; RTJ_INTERRUPTED when
 * there will be none, and `run` should return. */
rtj_status rtj_handover_wait(const rtj_client *client, uint32_t *frames,
                             rtj_error *error);
/* The wait above is over for Python, too: it has its lock.  For the statistics. */
void rtj_handover_begun(const rtj_client *client);
/* The block is done; with another status than 0 there is no next one. */
rtj_status rtj_handover_signal(const rtj_client *client, int status, rtj_error *error);

/* ---- for core/client.c and its kin ---- */

/* With `lifecycle` held and libjack entered, before activating. */
rtj_status rtj_handover_start_locked(rtj_client *client, rtj_error *error);
/* No block is handed over any more; any thread but the audio thread. */
void rtj_handover_stop(rtj_client *client);
/* After that, without `lifecycle`: wait for the thread's end, `seconds` at the most. */
rtj_status rtj_handover_await(rtj_client *client, double seconds, rtj_error *error);

#endif
