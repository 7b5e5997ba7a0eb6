/* No cancellation inside our code.
 *
 * JACK2 ends a client's threads with asynchronous pthread_cancel(): a thread that is
 * hit while it holds the GIL, or an allocator's lock, freezes the process.  So every
 * entry from libjack into our code forbids it first and allows it again on the way out.
 *
 * Both the state and the type: glibc before 2.42, but for 2.34 and 2.35, asks for the
 * state where it sends its signal, and where that arrives for the type alone.  A signal
 * that was on its way when cancellation was disabled ends an asynchronous thread.
 */
#ifndef RTJ_RT_GUARD_H
#define RTJ_RT_GUARD_H

#ifdef _WIN32
typedef int rtj_guard;

static inline rtj_guard rtj_guard_enter(void)
{
    return 0;
}

static inline void rtj_guard_leave(rtj_guard before)
{
    (void)before;
}
#else
#include <pthread.h>

typedef struct rtj_guard {
    int type;
    int state;
} rtj_guard;

static inline rtj_guard rtj_guard_enter(void)
{
    rtj_guard before;
    (void)pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &before.type);
    (void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before.state);
    return before;
}

static inline void rtj_guard_leave(rtj_guard before)
{
    (void)pthread_setcanceltype(before.type, NULL);
    (void)pthread_setcancelstate(before.state, NULL);
}
#endif

#endif
