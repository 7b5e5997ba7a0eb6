/* Every open client of the process, so that none is forgotten at exit or used after
 * fork().  One of the few process-wide things, since exit and fork are.
 */
#ifndef RTJ_CORE_REGISTRY_H
#define RTJ_CORE_REGISTRY_H

#include <stdint.h>

#include "core/client.h"

/* Any thread but the audio thread. */
void rtj_registry_add(rtj_client *client, const void *owner);
void rtj_registry_remove(rtj_client *client);

/* Close the open clients of `owner` (an interpreter), each with `patience`. */
void rtj_registry_close_all(const void *owner, const rtj_patience *patience);

/* Enter an open client of the process, whichever: while it is entered no close can be
 * under way.  Retained; end with rtj_client_leave() and rtj_client_release().  NULL
 * when there is none.  Any thread but the audio thread. */
rtj_client *rtj_registry_enter_any(void);

/* How often this process is a fork()ed child of the one that began: a client with
 * another number than now belongs to the parent.  Any thread; one atomic load. */
unsigned rtj_registry_generation(void);

#endif
