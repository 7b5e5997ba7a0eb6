/* Threads that libjack makes for a program, and those that it makes for itself. */
#ifndef RTJ_CORE_JACKTHREAD_H
#define RTJ_CORE_JACKTHREAD_H

#include "core/client.h"

typedef struct rtj_jack_thread rtj_jack_thread;

/* Have libjack make a thread that runs `run(data)`, with all signals blocked; with
 * `realtime` at that priority.  RTJ_CODE when the system refuses it: then `run` is
 * never called.  The thread's handle is to be given back by rtj_jack_thread_release().
 */
rtj_status rtj_jack_thread_start(rtj_client *client, int priority, int realtime,
                                 void (*run)(void *data), void *data,
                                 rtj_jack_thread **thread, rtj_error *error);

/* Wait for the thread's end, `seconds` at the most; less than 0: as long as it takes,
 * or until `interrupted` (of the patience, asked every 50 ms) says so.  RTJ_OK,
 * RTJ_TIMEOUT, RTJ_INTERRUPTED; RTJ_FAILED on the thread itself. */
rtj_status rtj_jack_thread_join(rtj_jack_thread *thread, const rtj_patience *patience,
                                rtj_error *error);

/* Whether `run` has not returned yet.  In a child after fork() no thread runs. */
int rtj_jack_thread_runs(rtj_jack_thread *thread);
int rtj_jack_thread_is_current(const rtj_jack_thread *thread);
/* As pthread_self() there, as a number. */
unsigned long rtj_jack_thread_id(const rtj_jack_thread *thread);

/* Let go of it; it goes on to its end by itself. */
void rtj_jack_thread_release(rtj_jack_thread *thread);

/* What a client's threads do before anything else.  Not libjack's own means: in setting
 * it that waits for its message thread, and for ever when that is not waiting already.
 */
typedef struct rtj_thread_init {
    void (*run)(void *data); /* NULL: nothing */
    void *data;
} rtj_thread_init;

/* From now on the threads begin with `init` that libjack makes for the calling thread.
 * Where no memory is left none can be made.  `init` is copied for each of them. */
void rtj_jack_thread_begin_with(rtj_thread_init init);

/* From now on the threads of this libjack have as much stack as those of the program:
 * Python may be called there.  Called once, by the loader. */
void rtj_jack_thread_attach(const rtj_libjack *lib);

#endif
