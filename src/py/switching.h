/* The interpreter's switch interval while Python runs in the audio thread.
 *
 * A thread that wants the GIL asks for it after the switch interval, 5 ms of Python's
 * own: longer than most blocks.  So it is lowered while a client is active whose
 * process, sync or timebase callback is a Python function (docs/tiers.md).
 */
#ifndef RTJ_PY_SWITCHING_H
#define RTJ_PY_SWITCHING_H

#include "py/module.h"

struct rtj_callbacks;

/* Microseconds, as the interpreter keeps it; from measurement, see docs/benchmarks.md.
 */
enum { RTJ_SWITCH_DEFAULT = 100 };

/* Part of an rtj_callbacks; with the interpreter's lock. */
typedef struct rtj_switching {
    unsigned long wish; /* microseconds; 0: leave the interval alone */
    int detached;       /* the process callback does not run in the audio thread */
    int listed;
    struct rtj_callbacks *next; /* of those that are listed in the state */
} rtj_switching;

/* The argument `switch_interval`, in seconds; None for 0.  0, or -1 with an exception.
 */
int rtj_switching_of(PyObject *value, unsigned long *wish);

/* Lower the interval before a client is activated, if it has a callback that wants it.
 * 0, or -1 with an exception. */
int rtj_switching_enter(struct rtj_callbacks *callbacks);

/* Something has changed: lower the interval if it is due now, or give it back.  What
 * goes wrong is reported by sys.unraisablehook.  Keeps an exception that is set. */
void rtj_switching_review(struct rtj_callbacks *callbacks);

/* Give it back: the callbacks will never be called again. */
void rtj_switching_leave(struct rtj_callbacks *callbacks);

#endif
