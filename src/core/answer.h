/* Waiting for the server's answer, with an end.
 *
 * libjack waits for it as long as it takes: for ever, when the server is stopped or
 * stuck.  While this thread has an rtj_answer, libjack's wait is done here instead, in
 * the thread's own name: signals come through, and after a while it is given up.
 *
 * An answer that was given up may still come.  JACK2 and JACK1 would take it for the
 * next one's, so the client can't ask any more; PipeWire's connection is cut.
 */
#ifndef RTJ_CORE_ANSWER_H
#define RTJ_CORE_ANSWER_H

#include <time.h>

#include "core/connection.h"
#include "core/libjack.h"
#include "core/thread.h"

typedef enum rtj_given_up { RTJ_AWAITED, RTJ_TOO_LATE, RTJ_STOPPED } rtj_given_up;

/* On the stack of who asks. */
typedef struct rtj_answer {
    rtj_signals before;                /* what the thread lets through while it waits */
    int (*interrupted)(void *context); /* may be NULL; see rtj_patience */
    void *context;
    struct timespec patient; /* until then `interrupted` is not asked */
    double seconds;
    int waits; /* libjack waits: then there is a deadline */
    struct timespec deadline;
    const rtj_connection *connection; /* with PipeWire; else NULL */
    rtj_given_up given_up;
    struct rtj_answer *outer; /* of this thread: a signal's handler may ask, too */
} rtj_answer;

/* Have this libjack wait here.  Called once, by the loader; where it can't be done
 * libjack waits as before. */
void rtj_answer_watch(const rtj_libjack *lib);

/* From here to rtj_answer_end() this thread awaits `answer`: `seconds` at the most from
 * when libjack begins to wait. */
void rtj_answer_begin(rtj_answer *answer, double seconds);
void rtj_answer_end(const rtj_answer *answer);

/* Look at signals and, when libjack waits, at the time: `answer->given_up`.  Takes
 * the interpreter's lock now and then: hold none that is waited for with that. */
void rtj_answer_review(rtj_answer *answer);

#endif
