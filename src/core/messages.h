/* libjack1's messages.
 *
 * Each client of a process that is opened starts what writes libjack1's messages,
 * unless it runs, and each that is closed ends it, looking at a variable that nothing
 * protects.  When one is closed while another is opened, the one takes down the
 * condition that the other's new thread already waits on, and both wait for ever.  So
 * one at a time starts or ends it.
 */
#ifndef RTJ_CORE_MESSAGES_H
#define RTJ_CORE_MESSAGES_H

#include "core/libjack.h"

/* For a library that was just loaded, before any client is opened.  Does nothing with
 * JACK2 and PipeWire, and where it can't be done (not ELF). */
void rtj_messages_watch(const rtj_libjack *lib);

#endif
