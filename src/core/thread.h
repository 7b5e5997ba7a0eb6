/* Threads of our own, and waits that have an end. */
#ifndef RTJ_CORE_THREAD_H
#define RTJ_CORE_THREAD_H

#include <pthread.h>
#include <signal.h>
#include <time.h>

/* Start a detached thread with all signals blocked: signals are the program's, and
 * JACK's threads inherit the mask from their maker.  0, or an errno value. */
int rtj_thread_start(pthread_t *thread, void *(*run)(void *data), void *data);

/* Keep signals from the calling thread, and let it have again what it had before. */
#ifdef _WIN32
typedef int rtj_signals;
#else
typedef sigset_t rtj_signals;
#endif
void rtj_signals_hold(rtj_signals *before);
void rtj_signals_release(const rtj_signals *before);

/* A condition whose timed waits go by the clock of rtj_deadline_in(). */
void rtj_condition_init(pthread_cond_t *condition);

/* The time `seconds` from now, for pthread_cond_timedwait() on such a condition.  Less
 * than nothing is now; too much to be counted is some years. */
struct timespec rtj_deadline_in(double seconds);

/* 1 when `deadline` lies behind us. */
int rtj_deadline_passed(const struct timespec *deadline);

#endif
