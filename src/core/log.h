/* What libjack and libjackserver say, taken to a function of ours.
 *
 * libjack calls its error and info functions from any thread, the audio thread and
 * jack_client_close() included, so nothing may be locked or allocated there: the text
 * goes into a lock-free mailbox, and a thread of our own hands it to the sink.
 * libjack's hooks are process-wide and take no argument; hence this room's globals,
 * the only mutable ones beside the library tables and the list of open clients.
 */
#ifndef RTJ_CORE_LOG_H
#define RTJ_CORE_LOG_H

#include "core/error.h"

struct rtj_libjack;

typedef enum rtj_log_kind { RTJ_LOG_ERROR, RTJ_LOG_INFO } rtj_log_kind;

/* Called on the log thread, one message at a time.  `text` has no final newline. */
typedef void rtj_log_sink(void *context, rtj_log_kind kind, const char *text);

/* Make the room ready for messages; until then they are lost.  Whoever hands out the
 * hooks calls it first; again is no harm.  Any thread but the audio thread. */
void rtj_log_prepare(void);

/* Prepare, and install libjack's hooks.  Called once, by the loader. */
void rtj_log_attach(const struct rtj_libjack *lib);

/* The hooks themselves, for libraries beside libjack.  Any thread; never block.  NULL
 * says nothing; a final newline is taken off; what is too long is cut. */
void rtj_log_error(const char *text);
void rtj_log_info(const char *text);

/* Drop what libjack says on the calling thread, until it is called with 0: for
 * questions to which no is a good answer. */
void rtj_log_mute(int mute);

/* Have `hear(context, text)` called with what libjack calls an error on the calling
 * thread, by libjack itself and before it is logged; `hear` may be NULL: no more. */
void rtj_log_listen(void (*hear)(void *context, const char *text), void *context);

/* Make `sink` the receiver, or nobody with NULL (messages are then dropped).  Until the
 * first call messages wait, as many as find room.  When this returns, the former sink
 * is not running and will not be called again, except when the caller is that sink
 * itself: hold no lock and no GIL that the sink takes.  Starts the log thread when
 * there is none: at the first use, and at the first use in a child after fork(), which
 * begins without thread, sink and messages.  Fails with RTJ_MEMORY or RTJ_FAILED. */
rtj_status rtj_log_set_sink(rtj_log_sink *sink, void *context, rtj_error *error);

/* Wait until all that was said before this call has gone through the sink, `seconds` at
 * the most.  Returns 0 when it has.  Without waiting -1 when it hasn't and the caller
 * is the sink, or there is no log thread.  Hold no lock and no GIL that the sink takes.
 */
int rtj_log_flush(double seconds);

/* Messages that were lost: no room, or nothing prepared. */
unsigned long rtj_log_lost(void);

/* The log thread's number in the system (Linux's thread id); 0 before it was started.
 */
int rtj_log_thread(void);

#endif
