#include "core/locks.h"

#ifdef __linux__

#include <pthread.h>
#include <string.h>

#include "core/registry.h"
#include "core/relink.h"

static _Thread_local unsigned held; /* libjack2's locks are recursive */
static _Thread_local int before;    /* the first of them */

static int lock_for_libjack(pthread_mutex_t *mutex)
{
    int state;
    (void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    int failed = pthread_mutex_lock(mutex);
    if (failed != 0) {
        (void)pthread_setcancelstate(state, NULL);
    } else {
        before = held == 0 ? state : before;
        held++;
    }
    return failed;
}

static int unlock_for_libjack(pthread_mutex_t *mutex)
{
    int failed = pthread_mutex_unlock(mutex);
    /* Locks that were only tried are not counted. */
    if (failed == 0 && held > 0) {
        held--;
        if (held == 0) {
            (void)pthread_setcancelstate(before, NULL);
        }
    }
    return failed;
}

/* In a child after fork() there may be waiters on the books whom nobody can wake. */
static int end_condition_for_libjack(pthread_cond_t *condition)
{
    return rtj_registry_generation() == 0 ? pthread_cond_destroy(condition) : 0;
}

/* `function` points to a pointer to a function. */
static void turn(const rtj_libjack *lib, const char *name, const void *function)
{
    void *address;
    memcpy(&address, function, sizeof address);
    (void)rtj_relink(lib->module, name, address);
}

void rtj_locks_watch(const rtj_libjack *lib)
{
    static int (*const lock)(pthread_mutex_t *) = lock_for_libjack;
    static int (*const unlock)(pthread_mutex_t *) = unlock_for_libjack;
    static int (*const end_condition)(pthread_cond_t *) = end_condition_for_libjack;
    if (lib->kind == RTJ_JACK2) {
        turn(lib, "pthread_mutex_lock", &lock);
        turn(lib, "pthread_mutex_unlock", &unlock);
    } else if (lib->kind == RTJ_JACK1) {
        turn(lib, "pthread_cond_destroy", &end_condition);
    }
}

#else

void rtj_locks_watch(const rtj_libjack *lib)
{
    (void)lib;
}

#endif
