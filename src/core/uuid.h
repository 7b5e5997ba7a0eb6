/* JACK's UUIDs: numbers that stand for clients and ports.  Any thread; nothing waits.
 */
#ifndef RTJ_CORE_UUID_H
#define RTJ_CORE_UUID_H

#include "core/error.h"
#include "core/libjack.h"

/* A UUID from libjack's text for it.  RTJ_VALUE when it is none. */
rtj_status rtj_uuid_parse(const char *text, jack_uuid_t *uuid, rtj_error *error);
rtj_status rtj_uuid_unparse(jack_uuid_t uuid, char text[JACK_UUID_STRING_SIZE],
                            rtj_error *error);

/* A new one for a client, and the one of the port with that id. */
rtj_status rtj_uuid_of_client(jack_uuid_t *uuid, rtj_error *error);
rtj_status rtj_uuid_of_port(uint32_t port, jack_uuid_t *uuid, rtj_error *error);

rtj_status rtj_uuid_clear(jack_uuid_t *uuid, rtj_error *error);
rtj_status rtj_uuid_copy(jack_uuid_t *uuid, jack_uuid_t from, rtj_error *error);
rtj_status rtj_uuid_index(jack_uuid_t uuid, uint32_t *index, rtj_error *error);
rtj_status rtj_uuid_is_empty(jack_uuid_t uuid, int *empty, rtj_error *error);
/* Less than 0, 0, or more than 0. */
rtj_status rtj_uuid_compare(jack_uuid_t a, jack_uuid_t b, int *order, rtj_error *error);

#endif
