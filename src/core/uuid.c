#include "core/uuid.h"

#include <string.h>

/* The library, for a function that needs it; returns from the caller without. */
#define RTJ_LIBRARY(lib, function, error)                                              \
    const rtj_libjack *lib = rtj_libjack_get(error);                                   \
    if (lib == NULL) {                                                                 \
        return RTJ_NO_LIBRARY;                                                         \
    }                                                                                  \
    RTJ_NEED(lib, function, error)

/* libjack's parser takes what sscanf() takes: it stops at letters, and makes something
 * of numbers that are negative or too large.  Only space around the UUID is harmless.
 */
static int is_text_of(const char *text, const char *uuid)
{
    static const char space[] = " \t\r\n";
    size_t length = strlen(uuid);
    text += strspn(text, space);
    return strncmp(text, uuid, length) == 0 &&
           text[length + strspn(text + length, space)] == '\0';
}

rtj_status rtj_uuid_parse(const char *text, jack_uuid_t *uuid, rtj_error *error)
{
    RTJ_LIBRARY(lib, jack_uuid_parse, error);
    RTJ_NEED(lib, jack_uuid_unparse, error);
    char again[JACK_UUID_STRING_SIZE] = "";
    int refused = lib->jack_uuid_parse(text, uuid);
    if (refused == 0) {
        lib->jack_uuid_unparse(*uuid, again);
    }
    if (refused != 0 || !is_text_of(text, again)) {
        return rtj_fail(error, RTJ_VALUE, 0,
                        "a UUID of JACK's was expected (as Client.uuid and Port.uuid "
                        "give it), got \"%.100s\"",
                        text);
    }
    return RTJ_OK;
}

rtj_status rtj_uuid_unparse(jack_uuid_t uuid, char text[JACK_UUID_STRING_SIZE],
                            rtj_error *error)
{
    RTJ_LIBRARY(lib, jack_uuid_unparse, error);
    lib->jack_uuid_unparse(uuid, text);
    return RTJ_OK;
}

rtj_status rtj_uuid_of_client(jack_uuid_t *uuid, rtj_error *error)
{
    RTJ_LIBRARY(lib, jack_client_uuid_generate, error);
    *uuid = lib->jack_client_uuid_generate();
    return RTJ_OK;
}

rtj_status rtj_uuid_of_port(uint32_t port, jack_uuid_t *uuid, rtj_error *error)
{
    RTJ_LIBRARY(lib, jack_port_uuid_generate, error);
    *uuid = lib->jack_port_uuid_generate(port);
    return RTJ_OK;
}

rtj_status rtj_uuid_clear(jack_uuid_t *uuid, rtj_error *error)
{
    RTJ_LIBRARY(lib, jack_uuid_clear, error);
    lib->jack_uuid_clear(uuid);
    return RTJ_OK;
}

rtj_status rtj_uuid_copy(jack_uuid_t *uuid, jack_uuid_t from, rtj_error *error)
{
    RTJ_LIBRARY(lib, jack_uuid_copy, error);
    lib->jack_uuid_copy(uuid, from);
    return RTJ_OK;
}

rtj_status rtj_uuid_index(jack_uuid_t uuid, uint32_t *index, rtj_error *error)
{
    RTJ_LIBRARY(lib, jack_uuid_to_index, error);
    *index = lib->jack_uuid_to_index(uuid);
    return RTJ_OK;
}

rtj_status rtj_uuid_is_empty(jack_uuid_t uuid, int *empty, rtj_error *error)
{
    RTJ_LIBRARY(lib, jack_uuid_empty, error);
    *empty = lib->jack_uuid_empty(uuid) != 0;
    return RTJ_OK;
}

rtj_status rtj_uuid_compare(jack_uuid_t a, jack_uuid_t b, int *order, rtj_error *error)
{
    RTJ_LIBRARY(lib, jack_uuid_compare, error);
    *order = lib->jack_uuid_compare(a, b);
    return RTJ_OK;
}
