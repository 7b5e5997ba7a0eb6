/* libjack's locks, and the threads that are gone.
 *
 * libjack2 ends a client's notification thread with pthread_cancel(), wherever that is:
 * in the middle of the notice that another client came or went, too, with the lock held
 * that every opening and closing takes.  Nobody gives it back then, and each client of
 * the process that is opened or closed afterwards waits for ever.  So no thread can be
 * cancelled while it holds one of libjack2's locks (rt/guard.h).
 *
 * libjack1 has a thread for its messages, which waits on a condition.  In a child after
 * fork() that thread is not there, and closing the child's last client would wait for
 * it for ever when it takes down the condition.
 */
#ifndef RTJ_CORE_LOCKS_H
#define RTJ_CORE_LOCKS_H

#include "core/libjack.h"

/* For a library that was just loaded, before any client is opened.  Does nothing with
 * PipeWire, and where it can't be done (not ELF). */
void rtj_locks_watch(const rtj_libjack *lib);

#endif
