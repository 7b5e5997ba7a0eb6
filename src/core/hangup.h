/* libjack1's clients whose server was killed.
 *
 * The end of the server's events is no event to libjack1: it goes through a cycle of
 * the client then, and looks again, which tells the same.  Who has another client of
 * the process behind it in the graph goes on until the pipe to that one is full, and
 * waits for it for ever; it is never told that the server is gone.  So the audio
 * thread's wait for its turn fails when the events have ended, and libjack1 shuts the
 * client down.
 */
#ifndef RTJ_CORE_HANGUP_H
#define RTJ_CORE_HANGUP_H

#include "core/libjack.h"

/* For a library that was just loaded, before any client is opened.  Does nothing with
 * JACK2 and PipeWire, and where it can't be done (not ELF). */
void rtj_hangup_watch(const rtj_libjack *lib);

#endif
