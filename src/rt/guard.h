/* No cancellation inside our code.
 *
 * JACK2 ends a client's threads with asynchronous pthread_cancel(): a thread that is
 * hit while it holds the GIL, or an allocator's lock, freezes the process.  So every
 * entry from libjack into our code forbids it first and allows it again on the way out.
 */
#ifndef RTJ_RT_GUARD_H
#define RTJ_RT_GUARD_H

#ifdef _WIN32
static inline int rtj_guard_enter(void)
{
    return 0;
}

static inline void rtj_guard_leave(int before)
{
    (void)before;
}
#else
#include <pthread.h>

static inline int rtj_guard_enter(void)
{
    int before;
    (void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    return before;
}

static inline void rtj_guard_leave(int before)
{
    (void)pthread_setcancelstate(before, NULL);
}
#endif

#endif
