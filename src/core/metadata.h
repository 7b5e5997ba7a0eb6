/* JACK's metadata: properties of subjects, which are UUIDs of clients and ports.
 *
 * All of this may block (JACK2 keeps a data base on disk), so hold no GIL; never from
 * the audio thread.  A code that libjack returned is RTJ_CODE.
 *
 * JACK2 keeps its metadata's handle together with the process's clients and frees it,
 * without a lock, when the last of them is closed: reading goes through an open client
 * of the process, whichever, so that no close can be under way meanwhile.
 */
#ifndef RTJ_CORE_METADATA_H
#define RTJ_CORE_METADATA_H

#include <stddef.h>

#include "core/client.h"

typedef struct rtj_property {
    jack_uuid_t subject;
    const char *key;
    const char *value;
    const char *type; /* "" when none was given */
} rtj_property;

/* One block of memory, nothing of libjack's in it; freed with free(). */
typedef struct rtj_properties {
    size_t count;
    rtj_property items[];
} rtj_properties;

/* One property, or none: `count` is 1 or 0. */
rtj_status rtj_metadata_get(jack_uuid_t subject, const char *key,
                            rtj_properties **properties, rtj_error *error);
/* A subject's; JACK2 tells a subject without any as 0, PipeWire as RTJ_CODE, -1. */
rtj_status rtj_metadata_list(jack_uuid_t subject, rtj_properties **properties,
                             rtj_error *error);
/* Everybody's; those of one subject lie side by side. */
rtj_status rtj_metadata_list_all(rtj_properties **properties, rtj_error *error);

/* `type` may be "". */
rtj_status rtj_metadata_set(rtj_client *client, jack_uuid_t subject, const char *key,
                            const char *value, const char *type, rtj_error *error);
rtj_status rtj_metadata_remove(rtj_client *client, jack_uuid_t subject, const char *key,
                               rtj_error *error);
/* `*removed` gets how many there were. */
rtj_status rtj_metadata_remove_list(rtj_client *client, jack_uuid_t subject,
                                    int *removed, rtj_error *error);
rtj_status rtj_metadata_remove_all(rtj_client *client, rtj_error *error);

#endif
