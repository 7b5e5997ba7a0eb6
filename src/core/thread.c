#include "core/thread.h"

#ifdef __APPLE__
#define CLOCK CLOCK_REALTIME /* its conditions know no other */
#else
#define CLOCK CLOCK_MONOTONIC
#endif

static const double longest = 1e8; /* seconds */

void rtj_signals_hold(rtj_signals *before)
{
#ifdef _WIN32
    *before = 0;
#else
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, before);
#endif
}

void rtj_signals_release(const rtj_signals *before)
{
#ifdef _WIN32
    (void)before;
#else
    pthread_sigmask(SIG_SETMASK, before, NULL);
#endif
}

int rtj_thread_start(pthread_t *thread, void *(*run)(void *data), void *data)
{
    pthread_attr_t attributes;
    int failed = pthread_attr_init(&attributes);
    if (failed != 0) {
        return failed;
    }
    (void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    rtj_signals before;
    rtj_signals_hold(&before);
    failed = pthread_create(thread, &attributes, run, data);
    rtj_signals_release(&before);
    pthread_attr_destroy(&attributes);
    return failed;
}

void rtj_condition_init(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
#ifndef __APPLE__
    pthread_condattr_setclock(&attributes, CLOCK);
#endif
    pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
}

struct timespec rtj_deadline_in(double seconds)
{
    struct timespec now;
    clock_gettime(CLOCK, &now);
    if (!(seconds < longest)) { /* not a number, too */
        seconds = longest;
    }
    if (seconds > 0) {
        now.tv_sec += (time_t)seconds;
        now.tv_nsec += (long)((seconds - (double)(time_t)seconds) * 1e9);
    }
    if (now.tv_nsec >= 1000000000L) {
        now.tv_sec++;
        now.tv_nsec -= 1000000000L;
    }
    return now;
}

int rtj_deadline_passed(const struct timespec *deadline)
{
    struct timespec now;
    clock_gettime(CLOCK, &now);
    return now.tv_sec > deadline->tv_sec ||
           (now.tv_sec == deadline->tv_sec && now.tv_nsec >= deadline->tv_nsec);
}
