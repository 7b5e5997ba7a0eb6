/* Opening and closing the clients of one copy of JACK2's library, one at a time.
 *
 * When libjack2 opens a client and knows that the server of the others is gone, it
 * first frees these, whoever uses them.  So a client is opened on a copy whose server
 * is not known to be gone, and nobody comes between that look and the opening.  If the
 * server goes in that very moment, libjack says so before it frees anything, and is
 * left there.  Its own lock stays taken then: the copy takes no client any more, and
 * those that it has are deactivated and never freed.
 *
 * With JACK1 and PipeWire these are the bare calls.
 */
#ifndef RTJ_CORE_TURNS_H
#define RTJ_CORE_TURNS_H

#include "core/libjack_copies.h"

/* Calls jack_client_open() and nothing else that can't be left in the middle. */
typedef jack_client_t *rtj_opener(const rtj_libjack *lib, void *argument);

/* Claim a copy for a client of `server`, as rtj_libjack_claim() does, and open it.
 * `*handle` is what `open` gave, NULL too; `use` is to be given back in any case. Waits
 * as long as libjack does: for a thread that can be left behind, see core/task.h. */
rtj_status rtj_turns_open(const char *server, rtj_libjack_use *use, rtj_opener *open,
                          void *argument, jack_client_t **handle, rtj_error *error);

/* jack_client_close() of a client of the claimed copy, and its value. */
int rtj_turns_close(const rtj_libjack_use *use, jack_client_t *handle);

#endif
