/* Clients of a JACK2 server that runs in their own process.
 *
 * JACK2's client library frees the registry entry of a client's control block when it
 * opens the client, if the entry was made by its own process (jack_destroy_shm()
 * compares process ids).  For a client of another process that never holds; inside the
 * process of the server it does.  The next JACK server on the machine then takes the
 * entry, with a size of its own, and when the client is closed the server unmaps so
 * many bytes from where the control block was, whatever lies there: libc, for one.
 *
 * So while a server runs in this process, libjack is given another number when it asks
 * for the process's id: that of a thread of ours, which no process has.  The library's
 * one reference to getpid() is turned to a function of ours for that.
 */
#ifndef RTJ_CORE_HOSTED_H
#define RTJ_CORE_HOSTED_H

#include "core/libjack.h"

/* A server begins or ends to run in this process.  Not from libjack's threads.  Does
 * nothing when libjack is not loaded, or where it can't be done (not ELF). */
void rtj_hosted_begin(const rtj_libjack *lib);
/* Have this copy of libjack ask us too; once for each further copy. */
void rtj_hosted_watch(const rtj_libjack *lib);
void rtj_hosted_end(void);

#endif
