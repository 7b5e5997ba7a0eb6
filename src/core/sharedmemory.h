/* Room in /dev/shm, where JACK2 has all that its servers and clients share, and JACK1
 * its metadata.
 *
 * Where libjack or a server touches a page there that the system has no memory for, the
 * process gets SIGBUS: a program that hosts a server, or one with a client, or jackd
 * itself.  So what they will touch is seen to before.  Elsewhere than on Linux, and
 * with other libjacks, all is well always.  Any thread but the audio thread.
 */
#ifndef RTJ_CORE_SHAREDMEMORY_H
#define RTJ_CORE_SHAREDMEMORY_H

#include <stdint.h>

#include "core/error.h"

/* RTJ_FAILED when a server with room for `ports` ports would not find its memory. */
rtj_status rtj_shared_memory_for_server(uint32_t ports, rtj_error *error);

/* Have the system keep the memory of what the database of metadata maps: its files have
 * holes at first, which are touched whenever a port is unregistered.  `jack1` is the
 * name of JACK1's server, which has them here, too; NULL: they are JACK2's. */
rtj_status rtj_shared_memory_for_metadata(const char *jack1, rtj_error *error);

/* RTJ_FAILED when JACK2 would not find the memory for a client more; has that of the
 * metadata kept, too.  Some ten microseconds. */
rtj_status rtj_shared_memory_for_client(rtj_error *error);

#endif
