/* Whether JACK1's metadata may be asked.
 *
 * JACK1 keeps it in a database in the server's folder.  It opens, once for the process,
 * that of the server which JACK_DEFAULT_SERVER names (else "default"), whichever one
 * the client is at.  When that can't be opened the first call fails and the next one
 * crashes.
 */
#ifndef RTJ_CORE_METADATA_JACK1_H
#define RTJ_CORE_METADATA_JACK1_H

#include "core/client.h"

/* RTJ_OK for the others, and for JACK1 when the database that it has, or would open
 * now, is that of the client's server.  With libjack entered; any thread but the audio
 * thread; takes a lock, reads the disk. */
rtj_status rtj_metadata_check(rtj_client *client, rtj_error *error);

#endif
