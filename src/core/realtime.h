/* Realtime scheduling of threads that are known to run.
 *
 * PipeWire's libjack does it through an object of the client that was opened last, also
 * after that was closed, and would crash then.  There the system is asked directly: it
 * must allow the process to, RTKit is not tried.
 */
#ifndef RTJ_CORE_REALTIME_H
#define RTJ_CORE_REALTIME_H

#include "core/libjack.h"

/* 0, or libjack's code; with PipeWire's that of the system, negative.  The functions
 * may not be missing, but for PipeWire's.  Any thread but the audio thread. */
int rtj_realtime_acquire(const rtj_libjack *lib, jack_native_thread_t thread,
                         int priority);
int rtj_realtime_drop(const rtj_libjack *lib, jack_native_thread_t thread);

#endif
