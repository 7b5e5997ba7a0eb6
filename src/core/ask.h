/* Asking the server: one question of a client at a time, from any thread.
 *
 * libjack2 writes a client's question to a socket and reads the answer from it, without
 * a lock.  Of two threads that ask for the same client, each may get the other's
 * answer: the wrong port from a registration, or no more sense from the socket at all.
 */
#ifndef RTJ_CORE_ASK_H
#define RTJ_CORE_ASK_H

#include <stddef.h>

#include "core/answer.h"
#include "core/client.h"

typedef struct rtj_turn_place rtj_turn_place;

/* Each client has one. */
typedef struct rtj_turn {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int taken;             /* under lock */
    pthread_t owner;       /* under lock; when taken */
    rtj_turn_place *first; /* under lock: of those who wait, in the order of coming */
} rtj_turn;

void rtj_turn_init(rtj_turn *turn);
void rtj_turn_destroy(rtj_turn *turn);

typedef struct rtj_asking {
    rtj_client *client; /* NULL: the turn is not taken */
    rtj_answer answer;
} rtj_asking;

/* Seconds for the server to answer.  Less than RTJ_PATIENCE (py/), so that what asks
 * on a thread of its own has ended when that is over; more than the 2 s that JACK2
 * waits for another client that is stuck. */
#define RTJ_ANSWER_PATIENCE 8.0

/* 1 when the question may be put, 0 when not; rtj_ask_end() either way.  An answer that
 * does not come within `seconds`, or until a signal's handler raises, costs the client:
 * it has lost its server then.  From any thread.  In JACK's own, within a callback, the
 * turn is waited for 1 s and no longer: JACK waits for the callback's end, and whoever
 * asks may wait for JACK.  JACK1 would wait for its own thread there, until the server
 * throws the client out, and PipeWire from 1.0 on, now and then, for ever, so these are
 * not asked at all.  `client` is NULL for one that nobody else knows yet. */
int rtj_ask_begin(rtj_client *client, double seconds, rtj_asking *asking);
void rtj_ask_end(const rtj_asking *asking);

/* The value of `call`, a call of libjack's that asks the server or ends a client; what
 * libjack says for a failure, -1, 0 or NULL, when the question could not be put.
 *
 * Signals are held meanwhile.  When a signal's handler breaks into one, JACK2 misses
 * the answer and takes it for that of the next call; and ending its last client, it
 * sets the signal mask that the thread had which opened the first one. */
#define RTJ_ASK(client, call) RTJ_ASK_FOR(RTJ_ANSWER_PATIENCE, client, call)
#define RTJ_ASK_FOR(seconds, client, call)                                             \
    __extension__({                                                                    \
        rtj_asking rtj_how;                                                            \
        __typeof__(call) rtj_said =                                                    \
            _Generic((call), int                                                       \
                     : -1, jack_status_t                                               \
                     : JackFailure, jack_intclient_t : 0, default                      \
                     : NULL);                                                          \
        if (rtj_ask_begin((client), (seconds), &rtj_how)) {                            \
            rtj_said = (call);                                                         \
        }                                                                              \
        rtj_ask_end(&rtj_how);                                                         \
        rtj_said;                                                                      \
    })

#endif
