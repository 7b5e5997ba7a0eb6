#include "core/task.h"

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "check.h"

typedef struct errand {
    _Atomic int may_end;
    _Atomic int ended;
    _Atomic int abandoned;
    _Atomic int asked;
    _Atomic int blocked_signals;
    int answer_from; /* `asked` at which the wait is to be interrupted; 0: never */
    int fails;
    pthread_t task_thread;
    pthread_t abandon_thread;
} errand;

static rtj_status work(void *argument, rtj_error *error)
{
    errand *own = argument;
    own->task_thread = pthread_self();
    CHECK_EVENTUALLY(atomic_load(&own->may_end));
    atomic_store(&own->ended, 1);
    if (own->fails) {
        return rtj_fail(error, RTJ_CODE, 17, "it failed with %d", 17);
    }
    return RTJ_OK;
}

static void abandon(void *argument)
{
    errand *own = argument;
    CHECK(atomic_load(&own->ended));
    own->abandon_thread = pthread_self();
    atomic_fetch_add(&own->abandoned, 1);
}

static int interrupted(void *context)
{
    errand *own = context;
    int asked = atomic_fetch_add(&own->asked, 1) + 1;
    return own->answer_from != 0 && asked >= own->answer_from;
}

static void test_result(void)
{
    errand own = {.may_end = 1};
    rtj_patience patience = {10, NULL, NULL};
    rtj_error error = {.status = RTJ_OK, .code = 3, .text = "untouched"};
    CHECK_EQ(rtj_run(work, abandon, &own, "working", &patience, &error), RTJ_OK);
    CHECK_TEXT(error.text, "untouched");
    own.fails = 1;
    CHECK_EQ(rtj_run(work, abandon, &own, "working", &patience, &error), RTJ_CODE);
    CHECK_EQ(error.status, RTJ_CODE);
    CHECK_EQ(error.code, 17);
    CHECK_TEXT(error.text, "it failed with 17");
    CHECK_EQ(rtj_run(work, abandon, &own, "working", &patience, NULL), RTJ_CODE);
    CHECK_EQ(atomic_load(&own.abandoned), 0);
}

/* The task that was given up ends later, and cleans up on its own thread. */
static void await_abandon(errand *own)
{
    CHECK_EQ(atomic_load(&own->abandoned), 0);
    atomic_store(&own->may_end, 1);
    CHECK_EVENTUALLY(atomic_load(&own->abandoned) == 1);
    CHECK(pthread_equal(own->abandon_thread, own->task_thread));
    CHECK(!pthread_equal(own->abandon_thread, pthread_self()));
}

static void test_timeout(void)
{
    const double patiences[] = {0.03, 0, -5};
    for (int i = 0; i < 3; i++) {
        errand own = {.may_end = 0};
        rtj_patience patience = {patiences[i], i == 1 ? interrupted : NULL, &own};
        rtj_error error;
        CHECK_EQ(rtj_run(work, abandon, &own, "opening", &patience, &error),
                 RTJ_TIMEOUT);
        CHECK_EQ(error.status, RTJ_TIMEOUT);
        CHECK(strstr(error.text, "opening") == error.text);
        await_abandon(&own);
    }
}

static void test_interrupted(void)
{
    errand own = {.answer_from = 2};
    rtj_patience patience = {INFINITY, interrupted, &own};
    rtj_error error;
    CHECK_EQ(rtj_run(work, abandon, &own, "opening", &patience, &error),
             RTJ_INTERRUPTED);
    CHECK_EQ(error.status, RTJ_INTERRUPTED);
    CHECK_EQ(atomic_load(&own.asked), 2);
    await_abandon(&own);
}

static int interrupted_at_the_end(void *context)
{
    errand *own = context;
    atomic_store(&own->may_end, 1);
    CHECK_EVENTUALLY(atomic_load(&own->ended));
    return 1;
}

/* The wait's end is the caller's word, even when the task comes back at that moment. */
static void test_interrupted_while_it_ends(void)
{
    errand own = {.may_end = 0};
    rtj_patience patience = {30, interrupted_at_the_end, &own};
    CHECK_EQ(rtj_run(work, abandon, &own, "opening", &patience, NULL), RTJ_INTERRUPTED);
    CHECK_EVENTUALLY(atomic_load(&own.abandoned) == 1);
}

static int end_when_asked_twice(void *context)
{
    errand *own = context;
    atomic_store(&own->may_end, atomic_fetch_add(&own->asked, 1) == 1);
    return 0;
}

static void test_asked_and_going_on(void)
{
    errand own = {.may_end = 0};
    rtj_patience patience = {NAN, end_when_asked_twice, &own};
    CHECK_EQ(rtj_run(work, abandon, &own, "opening", &patience, NULL), RTJ_OK);
    CHECK(atomic_load(&own.asked) >= 2);
    CHECK_EQ(atomic_load(&own.abandoned), 0);
}

static rtj_status look_at_signals(void *argument, rtj_error *error)
{
    errand *own = argument;
    (void)error;
    sigset_t mask;
    CHECK_EQ(pthread_sigmask(SIG_SETMASK, NULL, &mask), 0);
    atomic_store(&own->blocked_signals,
                 sigismember(&mask, SIGINT) && sigismember(&mask, SIGALRM) &&
                     sigismember(&mask, SIGTERM) && sigismember(&mask, SIGUSR1));
    return RTJ_OK;
}

static void test_signals(void)
{
    errand own = {.may_end = 1};
    rtj_patience patience = {10, NULL, NULL};
    sigset_t mask, one;
    sigemptyset(&one);
    sigaddset(&one, SIGUSR2);
    CHECK_EQ(pthread_sigmask(SIG_SETMASK, &one, NULL), 0);
    CHECK_EQ(rtj_run(look_at_signals, abandon, &own, "looking", &patience, NULL),
             RTJ_OK);
    CHECK(atomic_load(&own.blocked_signals));
    CHECK_EQ(pthread_sigmask(SIG_SETMASK, NULL, &mask), 0);
    CHECK(!sigismember(&mask, SIGINT) && !sigismember(&mask, SIGALRM));
    CHECK(sigismember(&mask, SIGUSR2));
}

enum { RACES = 300 };

static rtj_status short_work(void *argument, rtj_error *error)
{
    errand *own = argument;
    (void)error;
    (void)usleep(200);
    atomic_store(&own->ended, 1);
    return RTJ_OK;
}

/* With patience about as long as the task: the argument has one owner in every case. */
static void test_races(void)
{
    static errand all[RACES];
    static int timed_out[RACES];
    for (int i = 0; i < RACES; i++) {
        rtj_patience patience = {i % 5 * 1e-4, NULL, NULL};
        rtj_status status =
            rtj_run(short_work, abandon, &all[i], "racing", &patience, NULL);
        CHECK(status == RTJ_OK || status == RTJ_TIMEOUT);
        CHECK(status == RTJ_TIMEOUT || atomic_load(&all[i].ended));
        timed_out[i] = status == RTJ_TIMEOUT;
    }
    for (int i = 0; i < RACES; i++) {
        CHECK_EVENTUALLY(atomic_load(&all[i].ended));
        CHECK_EVENTUALLY(atomic_load(&all[i].abandoned) >= timed_out[i]);
        CHECK_EQ(atomic_load(&all[i].abandoned), timed_out[i]);
    }
}

int main(void)
{
    check_deadline(60);
    test_result();
    test_timeout();
    test_interrupted();
    test_interrupted_while_it_ends();
    test_asked_and_going_on();
    test_signals();
    test_races();
    return 0;
}
