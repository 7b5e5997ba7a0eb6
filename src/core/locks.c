#include "core/locks.h"

#ifdef __linux__

#include <pthread.h>

#include "core/registry.h"
#include "core/relink.h"
#include "rt/guard.h"

static _Thread_local unsigned held;    /* libjack2's locks are recursive */
static _Thread_local rtj_guard before; /* the first of them */

static int take(pthread_mutex_t *mutex, int (*how)(pthread_mutex_t *))
{
    rtj_guard guard = rtj_guard_enter();
    int failed = how(mutex);
    if (failed != 0) {
        rtj_guard_leave(guard);
    } else {
        before = held == 0 ? guard : before;
        held++;
    }
    return failed;
}

static int lock_for_libjack(pthread_mutex_t *mutex)
{
    return take(mutex, pthread_mutex_lock);
}

/* Of its messages, within the others. */
static int try_lock_for_libjack(pthread_mutex_t *mutex)
{
    return take(mutex, pthread_mutex_trylock);
}

static int unlock_for_libjack(pthread_mutex_t *mutex)
{
    int failed = pthread_mutex_unlock(mutex);
    if (failed == 0 && held > 0) {
        held--;
        if (held == 0) {
            rtj_guard_leave(before);
        }
    }
    return failed;
}

/* In a child after fork() there may be waiters on the books whom nobody can wake. */
static int end_condition_for_libjack(pthread_cond_t *condition)
{
    return rtj_registry_generation() == 0 ? pthread_cond_destroy(condition) : 0;
}

void rtj_locks_watch(const rtj_libjack *lib)
{
    if (lib->kind == RTJ_JACK2) {
        (void)rtj_relink(lib->module, "pthread_mutex_lock",
                         (rtj_any_function *)lock_for_libjack);
        (void)rtj_relink(lib->module, "pthread_mutex_trylock",
                         (rtj_any_function *)try_lock_for_libjack);
        (void)rtj_relink(lib->module, "pthread_mutex_unlock",
                         (rtj_any_function *)unlock_for_libjack);
    } else if (lib->kind == RTJ_JACK1) {
        (void)rtj_relink(lib->module, "pthread_cond_destroy",
                         (rtj_any_function *)end_condition_for_libjack);
    }
}

#else

void rtj_locks_watch(const rtj_libjack *lib)
{
    (void)lib;
}

#endif
