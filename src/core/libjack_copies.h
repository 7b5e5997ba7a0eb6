/* Which copy of libjack serves which server.
 *
 * libjack2 keeps one server's graph in its globals: with clients of two servers open,
 * all see the graph of the one that was opened last.  So each copy of JACK2's library
 * is for one server at a time, as long as clients of it are open.  The first copy is
 * the one that rtj_libjack_get() gives; the file is loaded again, apart from the
 * others, when all copies that there are serve other servers.  No copy is ever
 * unloaded (libjack keeps threads); one that nobody uses is for the next server.
 *
 * A copy whose server is gone takes no new client while old ones are open: libjack2
 * would free these.  core/turns.h opens and closes the clients.
 *
 * JACK1 and PipeWire keep what they know with each client; there one copy serves all.
 */
#ifndef RTJ_CORE_LIBJACK_COPIES_H
#define RTJ_CORE_LIBJACK_COPIES_H

#include <stdatomic.h>

#include "core/libjack.h"

/* One client's claim on a copy, or that of one about to be opened.  Its owner keeps it
 * where it is while it holds; all zero: it holds none. */
typedef struct rtj_libjack_use {
    const rtj_libjack *lib;
    struct rtj_libjack_copy *copy; /* NULL: no JACK2, there is but one */
    const _Atomic int *lost;       /* when not 0 the server is gone; NULL: not known */
    struct rtj_libjack_use *next;
} rtj_libjack_use;

/* Claim a copy for a client of `server` (NULL or "": libjack's default); `use->lib` is
 * it.  Fails with RTJ_NO_LIBRARY, RTJ_MEMORY, or RTJ_NOT_SUPPORTED where no further
 * copy can be loaded.  Any thread but libjack's; takes a lock, may read the disk. */
rtj_status rtj_libjack_claim(const char *server, rtj_libjack_use *use,
                             rtj_error *error);

/* `to` holds from now on what `from` held; `lost` as above. */
void rtj_libjack_hand_over(rtj_libjack_use *from, rtj_libjack_use *to,
                           const _Atomic int *lost);

/* To be called when libjack has closed the client.  Again: no harm. */
void rtj_libjack_give_back(rtj_libjack_use *use);

/* For core/turns.c.  The copy's turn: of those who open or close a client. */
void rtj_libjack_turn_take(const rtj_libjack_use *use);
void rtj_libjack_turn_give(const rtj_libjack_use *use);

/* Whether another client of the copy has lost its server, or the copy is spoilt. */
int rtj_libjack_is_stale(const rtj_libjack_use *use);

/* The copy's jack_client_open() does not come back, and its lock stays taken: from now
 * on it takes no client.  0, and nothing is changed, when no other client uses it. */
int rtj_libjack_spoil(const rtj_libjack_use *use);
int rtj_libjack_is_spoilt(const rtj_libjack_use *use);

#endif
