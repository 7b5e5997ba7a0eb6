#include "core/locks.h"

#ifdef __linux__

#include <pthread.h>
#include <string.h>

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

static void turn(const rtj_libjack *lib, const char *name,
                 int (*function)(pthread_mutex_t *))
{
    void *address;
    memcpy(&address, &function, sizeof address);
    (void)rtj_relink(lib->module, name, address);
}

void rtj_locks_watch(const rtj_libjack *lib)
{
    if (lib->kind == RTJ_JACK2) {
        turn(lib, "pthread_mutex_lock", lock_for_libjack);
        turn(lib, "pthread_mutex_unlock", unlock_for_libjack);
    }
}

#else

void rtj_locks_watch(const rtj_libjack *lib)
{
    (void)lib;
}

#endif
