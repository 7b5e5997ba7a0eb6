/* Internal clients: those that run inside the server.
 *
 * All of this asks the server, so hold no GIL.  What the server says when it refuses is
 * in `*status`, jack_status_t, and the result RTJ_OPEN.
 */
#ifndef RTJ_CORE_INTERNAL_H
#define RTJ_CORE_INTERNAL_H

#include "core/client.h"

typedef struct rtj_internal_plan {
    const char *name;
    const char *load_name; /* NULL: the name */
    const char *load_init; /* NULL: none; less than JACK_LOAD_INIT_LIMIT bytes */
    int use_exact_name;
} rtj_internal_plan;

rtj_status rtj_internal_load(rtj_client *client, const rtj_internal_plan *plan,
                             jack_intclient_t *handle, int *status, rtj_error *error);
/* The one of that name. */
rtj_status rtj_internal_find(rtj_client *client, const char *name,
                             jack_intclient_t *handle, int *status, rtj_error *error);
/* The name that one just loaded got, into `name` (`size` bytes). */
rtj_status rtj_internal_name(rtj_client *client, jack_intclient_t handle, char *name,
                             size_t size, rtj_error *error);
/* RTJ_OK when it is there, under that name, else RTJ_GONE. */
rtj_status rtj_internal_check(rtj_client *client, jack_intclient_t handle,
                              const char *name, rtj_error *error);
/* RTJ_GONE as above. */
rtj_status rtj_internal_unload(rtj_client *client, jack_intclient_t handle,
                               const char *name, int *status, rtj_error *error);

#endif
