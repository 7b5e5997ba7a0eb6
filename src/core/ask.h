/* Asking the server: one question of a client at a time, from any thread.
 *
 * libjack2 writes a client's question to a socket and reads the answer from it, without
 * a lock.  Of two threads that ask for the same client, each may get the other's
 * answer: the wrong port from a registration, or no more sense from the socket at all.
 */
#ifndef RTJ_CORE_ASK_H
#define RTJ_CORE_ASK_H

#include "core/client.h"
#include "core/thread.h"

typedef struct rtj_asking {
    rtj_signals before;
    int locked;
    int refused;
} rtj_asking;

/* From any thread.  In JACK's own, within a callback, others are not waited for: JACK
 * waits for the callback, and maybe they for JACK.  There libjack2 refuses questions,
 * or they have no place by its documentation; JACK1 would wait for its own thread until
 * the server throws the client out, so here they are refused for it.  `client` is NULL
 * for one that nobody else knows yet. */
void rtj_ask_begin(rtj_client *client, rtj_asking *asking);
void rtj_ask_end(rtj_client *client, const rtj_asking *asking);

/* The value of `call`, a call of libjack's that asks the server or ends a client; as it
 * is when it fails, -1 or NULL, where the question is refused.
 *
 * Signals are held meanwhile.  When a signal's handler breaks into one, JACK2 misses
 * the answer and takes it for that of the next call; and ending its last client, it
 * sets the signal mask that the thread had which opened the first one. */
#define RTJ_ASK(client, call)                                                          \
    __extension__({                                                                    \
        rtj_asking rtj_how;                                                            \
        rtj_ask_begin((client), &rtj_how);                                             \
        __typeof__(call) rtj_answer = rtj_how.refused ? _Generic((call), int           \
                                                                 : -1, default         \
                                                                 : NULL)               \
                                                      : (call);                        \
        rtj_ask_end((client), &rtj_how);                                               \
        rtj_answer;                                                                    \
    })

#endif
