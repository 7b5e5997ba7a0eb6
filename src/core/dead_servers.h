/* JACK2's registry of running servers, and the entries that dead ones left in it.
 *
 * The registry is a piece of shared memory with room for eight servers.  A server that
 * was killed stays in it; JACK2 takes an entry back only when a server of the same name
 * starts, so that eight killed ones block every other name.
 */
#ifndef RTJ_CORE_DEAD_SERVERS_H
#define RTJ_CORE_DEAD_SERVERS_H

#include <stddef.h>

/* When the registry is full, free the entries of servers that are proven dead: no such
 * process, and nobody who answers on their socket.  Returns how many entries are free
 * now, or -1 when there is no registry or none whose layout is known.  When none is
 * free, `holders` (`size` bytes) tells who has them, "a (pid 1), b (pid 2), …".
 * May wait up to a second for the registry's lock; not the audio thread. */
int rtj_dead_servers_clean(char *holders, size_t size);

/* Remove what the server called `name`, which was closed by this process, leaves in
 * shared memory: JACK2 forgets the semaphores of clients that were open then. */
void rtj_server_sweep(const char *name);

/* What a server socket of JACK2's says about the server called `name`. */
typedef enum rtj_pulse {
    RTJ_NO_SOCKET, /* nobody listens at the usual places, or this can't be asked */
    RTJ_SILENT,    /* connected, but nobody took the connection for `timeout` seconds */
    RTJ_ALIVE      /* the server took it */
} rtj_pulse;

/* Asks without libjack, and without the server's clients noticing; not the audio
 * thread. */
rtj_pulse rtj_server_pulse(const char *name, double timeout);

#endif
