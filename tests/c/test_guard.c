#include "rt/guard.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>

#include "check.h"

enum { SIGNALS = 8, CANCELLATION = 32 }; /* the signal that glibc cancels a thread by */

static _Atomic int step;
static _Atomic int inside; /* 1: entered the guard, 2: about to leave it, 3: has left */

static void reach(int number)
{
    atomic_store(&step, number);
}

static void await(int number)
{
    CHECK_EVENTUALLY(atomic_load(&step) == number);
}

static void be_asynchronous(void)
{
    CHECK_EQ(pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL), 0);
}

static void *be_cancelled_inside(void *unused)
{
    be_asynchronous();
    rtj_guard guard = rtj_guard_enter();
    atomic_store(&inside, 1);
    reach(1);
    await(2);
    (void)usleep(1000);
    atomic_store(&inside, 2);
    rtj_guard_leave(guard);
    atomic_store(&inside, 3);
    return unused;
}

#ifdef __GLIBC__
/* glibc keeps this signal from pthread_sigmask(). */
static void hold_signal(int how)
{
    unsigned long set = 1UL << (CANCELLATION - 1);
    CHECK_EQ(syscall(SYS_rt_sigprocmask, how, &set, NULL, SIGNALS), 0);
}

static void *enter_with_a_signal_on_its_way(void *unused)
{
    hold_signal(SIG_BLOCK);
    be_asynchronous();
    reach(1);
    await(2);
    rtj_guard guard = rtj_guard_enter();
    atomic_store(&inside, 1);
    hold_signal(SIG_UNBLOCK);
    (void)usleep(1000); /* where a thread is cancelled, otherwise */
    atomic_store(&inside, 2);
    rtj_guard_leave(guard);
    atomic_store(&inside, 3);
    return unused;
}
#endif

static void check_ends_after_the_guard(void *(*run)(void *))
{
    reach(0);
    atomic_store(&inside, 0);
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, run, NULL), 0);
    await(1);
    CHECK_EQ(pthread_cancel(thread), 0);
    reach(2);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_EQ(atomic_load(&inside), 2);
}

static void test_what_was_allowed_is_allowed_again(void)
{
    int type;
    int state;
    be_asynchronous();
    rtj_guard outer = rtj_guard_enter();
    rtj_guard inner = rtj_guard_enter();
    rtj_guard_leave(inner);
    CHECK_EQ(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state), 0);
    CHECK_EQ(state, PTHREAD_CANCEL_DISABLE);
    rtj_guard_leave(outer);
    CHECK_EQ(pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state), 0);
    CHECK_EQ(state, PTHREAD_CANCEL_ENABLE);
    CHECK_EQ(pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &type), 0);
    CHECK_EQ(type, PTHREAD_CANCEL_ASYNCHRONOUS);
}

int main(void)
{
    check_deadline(20);
    test_what_was_allowed_is_allowed_again();
    check_ends_after_the_guard(be_cancelled_inside);
#ifdef __GLIBC__
    check_ends_after_the_guard(enter_with_a_signal_on_its_way);
#endif
    return 0;
}
