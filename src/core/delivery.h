/* The thread that hands a client's notices to its program.
 *
 * Never libjack's own thread, so that a program may call libjack from within.
 */
#ifndef RTJ_CORE_DELIVERY_H
#define RTJ_CORE_DELIVERY_H

#include "core/error.h"
#include "rt/mailbox.h"
#include "rt/notify.h"
#include "rt/wake.h"

typedef struct rtj_delivery rtj_delivery;

/* Makes the mailbox, the wake and the thread.  `deliver` gets each notice; `look`,
 * unless it is NULL, is called after each half of a second without one. */
rtj_status rtj_delivery_start(void (*deliver)(void *context, const rtj_notice *notice),
                              void (*look)(void *context), void *context,
                              rtj_delivery **delivery, rtj_error *error);

rtj_mailbox *rtj_delivery_mailbox(rtj_delivery *delivery);
const rtj_wake *rtj_delivery_wake(rtj_delivery *delivery);

/* No further notice is delivered.  Waits for the one under way, `seconds` at the most,
 * unless called from within it.  Returns 0 when none is under way any more. */
int rtj_delivery_stop(rtj_delivery *delivery, double seconds);

/* 1 in the delivery thread. */
int rtj_delivery_is_current(const rtj_delivery *delivery);

/* Once, after stop: nothing puts notices any more, libjack's client is gone.  Gives the
 * wake's descriptors back. */
void rtj_delivery_no_more(rtj_delivery *delivery);

/* After stop, when nothing can put notices any more.  The thread frees what it still
 * uses when it ends.  `forked`: the thread belongs to the parent process. */
void rtj_delivery_free(rtj_delivery *delivery, int forked);

#endif
