/* The interpreter's switch interval while Python has to answer the audio thread soon.
 *
 * A thread that wants the GIL asks for it after the switch interval, 5 ms of Python's
 * own: longer than most blocks.  So it is lowered while a client is active whose
 * process, sync or timebase callback is a Python function, or whose process callback
 * with lookahead or stream has not much time (docs/tiers.md).
 */
#ifndef RTJ_PY_SWITCHING_H
#define RTJ_PY_SWITCHING_H

#include "py/module.h"

struct rtj_callbacks;

/* Microseconds, as the interpreter keeps it; from measurement, see docs/benchmarks.md.
 */
enum { RTJ_SWITCH_DEFAULT = 100 };

/* A lookahead that is shorter, in microseconds, wants it too: Python's own interval
 * would take a tenth of it or more. */
enum { RTJ_SWITCH_AHEAD = 50000 };

/* Of an open stream; with the interpreter's lock. */
typedef struct rtj_switch_wish {
    unsigned long microseconds; /* 0: leave the interval alone */
    struct rtj_switch_wish *next;
} rtj_switch_wish;

/* Part of an rtj_callbacks; with the interpreter's lock. */
typedef struct rtj_switching {
    unsigned long wish; /* microseconds; 0: leave the interval alone */
    int detached;       /* the process callback has time enough: it need not be asked */
    rtj_switch_wish *streams;
    unsigned long listed; /* microseconds that are wished for now; 0: not listed */
    struct rtj_callbacks *next; /* of those that are listed in the state */
} rtj_switching;

/* The argument `switch_interval`, in seconds; None for 0.  0, or -1 with an exception.
 */
int rtj_switching_of(PyObject *value, unsigned long *wish);

/* Whether Python has time enough that is `blocks` blocks of this client's ahead. */
int rtj_switching_has_time(struct rtj_callbacks *callbacks, int64_t blocks);

/* A stream opens or has closed; the wish is the stream's, and need not be in there. */
void rtj_switching_add(struct rtj_callbacks *callbacks, rtj_switch_wish *wish);
void rtj_switching_remove(struct rtj_callbacks *callbacks, rtj_switch_wish *wish);

/* Lower the interval before a client is activated, if it has a callback that wants it.
 * 0, or -1 with an exception. */
int rtj_switching_enter(struct rtj_callbacks *callbacks);

/* Something has changed: lower the interval if it is due now, or give it back.  What
 * goes wrong is reported by sys.unraisablehook.  Keeps an exception that is set. */
void rtj_switching_review(struct rtj_callbacks *callbacks);

/* Give it back: the callbacks will never be called again, nor a stream be served. */
void rtj_switching_leave(struct rtj_callbacks *callbacks);

#endif
