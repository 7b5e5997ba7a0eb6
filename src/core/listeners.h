/* Listeners: further queues of a client's notices, as many as wanted.
 *
 * libjack's threads put each notice into the mailbox of every listener that wants its
 * kind, so no listener waits for another one, nor for the delivery thread.  What finds
 * no room is counted by that listener's mailbox.
 */
#ifndef RTJ_CORE_LISTENERS_H
#define RTJ_CORE_LISTENERS_H

#include "core/client.h"

/* The longest notice, with its texts. */
enum { RTJ_NOTICE_MOST = sizeof(rtj_notice) + 2UL * RTJ_NOTICE_TEXT };

typedef union rtj_notice_copy {
    rtj_notice notice;
    unsigned char bytes[RTJ_NOTICE_MOST];
} rtj_notice_copy;

/* Listen to the `kinds` (a set of RTJ_KIND()) with a mailbox of at least `bytes`. Holds
 * a reference to the client.  RTJ_CLOSED, RTJ_LOST, RTJ_MEMORY, or RTJ_FAILED without
 * another descriptor. */
rtj_status rtj_listener_open(rtj_client *client, uint32_t kinds, size_t bytes,
                             rtj_listener **listener, rtj_error *error);

/* Hear no more; those who wait are woken.  Any thread, more than once. */
void rtj_listener_leave(rtj_client *client, rtj_listener *listener);

/* rtj_listener_leave(), and give everything back; nobody may use it any more. */
void rtj_listener_free(rtj_client *client, rtj_listener *listener);

typedef enum rtj_heard {
    RTJ_HEARD,   /* a notice */
    RTJ_SILENCE, /* none yet; the wake is clear, unless one came this moment */
    RTJ_OVER     /* none any more; the wake stays set */
} rtj_heard;

/* Take the oldest notice.  One thread at a time. */
rtj_heard rtj_listener_take(const rtj_client *client, rtj_listener *listener,
                            rtj_notice_copy *copy);

/* From closing, once nothing is put any more: all that is queued is the last. */
void rtj_listeners_dismiss(rtj_client *client);

/* When the client is freed. */
void rtj_listeners_end(rtj_client *client);

#endif
