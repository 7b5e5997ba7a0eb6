#define _GNU_SOURCE /* ppoll() */
#include "core/answer.h"

#ifdef __linux__

#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <unistd.h>

#include "core/relink.h"

enum { SLICE_NS = 50000000 }; /* between two looks at the time and at signals */

static _Thread_local rtj_answer *awaited;

void rtj_answer_begin(rtj_answer *answer, double seconds)
{
    answer->seconds = seconds;
    answer->outer = awaited;
    awaited = answer;
}

void rtj_answer_end(const rtj_answer *answer)
{
    awaited = answer->outer;
}

static void begin_to_wait(rtj_answer *answer)
{
    if (!answer->waits) {
        answer->waits = 1;
        answer->deadline = rtj_deadline_in(answer->seconds);
    }
}

void rtj_answer_review(rtj_answer *answer)
{
    if (answer->waits && rtj_deadline_passed(&answer->deadline)) {
        answer->given_up = RTJ_TOO_LATE;
        return;
    }
    if (answer->interrupted == NULL || !rtj_deadline_passed(&answer->patient)) {
        return;
    }
    /* A handler may ask, of another client. */
    rtj_answer *mine = awaited;
    rtj_signals held;
    awaited = NULL;
    pthread_sigmask(SIG_SETMASK, &answer->before, &held);
    if (answer->interrupted(answer->context)) {
        answer->given_up = RTJ_STOPPED;
    }
    pthread_sigmask(SIG_SETMASK, &held, NULL);
    awaited = mine;
}

/* 1 when there is something to read, if only the end; 0 when it was given up. */
static int arrives(rtj_answer *answer, int descriptor)
{
    struct pollfd what = {descriptor, POLLIN, 0};
    const struct timespec slice = {0, SLICE_NS};
    begin_to_wait(answer);
    while (answer->given_up == RTJ_AWAITED) {
        if (ppoll(&what, 1, &slice, &answer->before) > 0) {
            answer->waits = 0;
            return 1;
        }
        rtj_answer_review(answer);
    }
    return 0;
}

/* Instead of read(), where JACK2 and JACK1 call it. */
static ssize_t read_for_libjack(int descriptor, void *bytes, size_t size)
{
    if (awaited != NULL && !arrives(awaited, descriptor)) {
        errno = ETIMEDOUT;
        return -1;
    }
    return read(descriptor, bytes, size);
}

/* libpipewire's; the same for all. */
typedef struct pipewire {
    void (*wait)(void *loop);
    int (*get_time)(void *loop, struct timespec *when, int64_t from_now);
    int (*timed_wait)(void *loop, const struct timespec *until);
    void (*lock)(void *loop);
    void (*unlock)(void *loop);
} pipewire;

static pipewire real; /* set by the loader, before anybody waits */

/* Instead of pw_thread_loop_wait(), where PipeWire's libjack calls it: with the loop's
 * lock, and it looks again at what it waits for when this returns. */
static void wait_for_libjack(void *loop)
{
    rtj_answer *answer = awaited;
    struct timespec until;
    if (answer == NULL || real.get_time(loop, &until, SLICE_NS) < 0) {
        real.wait(loop);
        return;
    }
    begin_to_wait(answer);
    if (real.timed_wait(loop, &until) != -ETIMEDOUT) {
        return;
    }
    if (answer->given_up == RTJ_AWAITED) {
        real.unlock(loop);
        rtj_answer_review(answer);
        real.lock(loop);
    }
    if (answer->given_up != RTJ_AWAITED && answer->connection != NULL) {
        rtj_connection_cut(answer->connection); /* which it will hear of */
    }
}

static void watch_pipewire(const rtj_libjack *lib)
{
    rtj_library_find(lib->module, "pw_thread_loop_wait", &real.wait);
    rtj_library_find(lib->module, "pw_thread_loop_get_time", &real.get_time);
    rtj_library_find(lib->module, "pw_thread_loop_timed_wait_full", &real.timed_wait);
    rtj_library_find(lib->module, "pw_thread_loop_lock", &real.lock);
    rtj_library_find(lib->module, "pw_thread_loop_unlock", &real.unlock);
    if (real.wait != NULL && real.get_time != NULL && real.timed_wait != NULL &&
        real.lock != NULL && real.unlock != NULL) {
        (void)rtj_relink(lib->module, "pw_thread_loop_wait",
                         (rtj_any_function *)wait_for_libjack);
    }
}

void rtj_answer_watch(const rtj_libjack *lib)
{
    if (lib->kind == RTJ_PIPEWIRE) {
        watch_pipewire(lib);
    } else {
        (void)rtj_relink(lib->module, "read", (rtj_any_function *)read_for_libjack);
    }
}

#else

void rtj_answer_watch(const rtj_libjack *lib)
{
    (void)lib;
}

void rtj_answer_begin(rtj_answer *answer, double seconds)
{
    (void)answer;
    (void)seconds;
}

void rtj_answer_end(const rtj_answer *answer)
{
    (void)answer;
}

void rtj_answer_review(rtj_answer *answer)
{
    (void)answer;
}

#endif
