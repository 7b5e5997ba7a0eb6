#include "core/metadata.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/metadata_jack1.h"
#include "core/registry.h"
#include "core/ask.h"

/* ---- reading ---- */

/* A reader's right to call libjack: inside an open client, or outside of any. */
typedef struct reader {
    const rtj_libjack *lib;
    rtj_client *client; /* entered; NULL when the process has none open */
} reader;

static void end_reading(const reader *reading)
{
    if (reading->client != NULL) {
        rtj_client_leave(reading->client);
        rtj_client_release(reading->client);
    }
}

static rtj_status begin_reading(reader *reading, rtj_error *error)
{
    reading->client = rtj_registry_enter_any();
    if (reading->client == NULL && reading->lib->kind != RTJ_PIPEWIRE) {
        /* What JACK2 answers then, without asking it while a client may be closing. */
        return rtj_fail(error, RTJ_CODE, -1,
                        "%s shows metadata only while this process has an open client",
                        rtj_libjack_kind_name(reading->lib->kind));
    }
    if (reading->client != NULL) {
        reading->lib = rtj_client_lib(reading->client); /* the copy that has it open */
    }
    rtj_status status =
        reading->client != NULL ? rtj_metadata_check(reading->client, error) : RTJ_OK;
    if (status != RTJ_OK) {
        end_reading(reading);
    }
    return status;
}

static size_t text_size(const char *text)
{
    return text != NULL ? strlen(text) + 1 : 1;
}

static const char *copy_text(const char *text, char **room)
{
    size_t size = text_size(text);
    char *copy = *room;
    memcpy(copy, text != NULL ? text : "", size);
    *room += size;
    return copy;
}

static rtj_status copy_properties(const jack_description_t *descriptions, size_t count,
                                  rtj_properties **result, rtj_error *error)
{
    size_t properties = 0;
    size_t text = 0;
    for (size_t i = 0; i < count; i++) {
        properties += descriptions[i].property_cnt;
        for (uint32_t k = 0; k < descriptions[i].property_cnt; k++) {
            const jack_property_t *from = &descriptions[i].properties[k];
            text +=
                text_size(from->key) + text_size(from->data) + text_size(from->type);
        }
    }
    size_t size = sizeof(rtj_properties) + properties * sizeof(rtj_property);
    rtj_properties *list = malloc(size + text);
    if (list == NULL) {
        return rtj_fail(error, RTJ_MEMORY, 0, "no memory for metadata");
    }
    char *room = (char *)list + size;
    list->count = 0;
    for (size_t i = 0; i < count; i++) {
        for (uint32_t k = 0; k < descriptions[i].property_cnt; k++) {
            const jack_property_t *from = &descriptions[i].properties[k];
            rtj_property *to = &list->items[list->count++];
            to->subject = descriptions[i].subject;
            to->key = copy_text(from->key, &room);
            to->value = copy_text(from->data, &room);
            to->type = copy_text(from->type, &room);
        }
    }
    *result = list;
    return RTJ_OK;
}

rtj_status rtj_metadata_get(jack_uuid_t subject, const char *key,
                            rtj_properties **properties, rtj_error *error)
{
    reader reading;
    if ((reading.lib = rtj_libjack_get(error)) == NULL) {
        return RTJ_NO_LIBRARY;
    }
    RTJ_NEED(reading.lib, jack_get_property, error);
    rtj_status status = begin_reading(&reading, error);
    jack_description_t found = {.subject = subject};
    if (status == RTJ_CODE) {
        return copy_properties(&found, 0, properties, error);
    }
    if (status != RTJ_OK) {
        return status;
    }
    char *value = NULL;
    char *type = NULL;
    jack_property_t property = {.key = key};
    if (reading.lib->jack_get_property(subject, key, &value, &type) == 0) {
        property.data = value;
        property.type = type;
        found.property_cnt = 1;
        found.properties = &property;
    }
    status = copy_properties(&found, 1, properties, error);
    if (value != NULL) {
        reading.lib->jack_free(value);
    }
    if (type != NULL) {
        reading.lib->jack_free(type);
    }
    end_reading(&reading);
    return status;
}

rtj_status rtj_metadata_list(jack_uuid_t subject, rtj_properties **properties,
                             rtj_error *error)
{
    reader reading;
    if ((reading.lib = rtj_libjack_get(error)) == NULL) {
        return RTJ_NO_LIBRARY;
    }
    RTJ_NEED(reading.lib, jack_get_properties, error);
    RTJ_NEED(reading.lib, jack_free_description, error);
    rtj_status status = begin_reading(&reading, error);
    if (status != RTJ_OK) {
        return status;
    }
    jack_description_t description = {.subject = subject};
    int count = reading.lib->jack_get_properties(subject, &description);
    if (count < 0) {
        status = rtj_fail(error, RTJ_CODE, count,
                          "JACK has none for it, or can't read its metadata");
    } else {
        description.subject = subject; /* JACK2 leaves it unset when there are none */
        status = copy_properties(&description, 1, properties, error);
        reading.lib->jack_free_description(&description, 0);
    }
    end_reading(&reading);
    return status;
}

rtj_status rtj_metadata_list_all(rtj_properties **properties, rtj_error *error)
{
    reader reading;
    if ((reading.lib = rtj_libjack_get(error)) == NULL) {
        return RTJ_NO_LIBRARY;
    }
    RTJ_NEED(reading.lib, jack_get_all_properties, error);
    RTJ_NEED(reading.lib, jack_free_description, error);
    rtj_status status = begin_reading(&reading, error);
    if (status != RTJ_OK) {
        return status;
    }
    jack_description_t *descriptions = NULL;
    int count = reading.lib->jack_get_all_properties(&descriptions);
    if (count < 0) {
        status = rtj_fail(error, RTJ_CODE, count, "JACK can't read its metadata");
    } else {
        status = copy_properties(descriptions, (size_t)count, properties, error);
        for (int i = 0; i < count; i++) {
            reading.lib->jack_free_description(&descriptions[i], 0);
        }
        if (descriptions != NULL) {
            reading.lib->jack_free(descriptions);
        }
    }
    end_reading(&reading);
    return status;
}

/* ---- writing ---- */

#define RTJ_ENTER_HANDLE(client, handle, error)                                        \
    jack_client_t *handle = rtj_client_enter((client), (error));                       \
    if (handle == NULL) {                                                              \
        return (error) != NULL ? (error)->status : RTJ_CLOSED;                         \
    }                                                                                  \
    rtj_status rtj_allowed = rtj_metadata_check((client), (error));                    \
    if (rtj_allowed != RTJ_OK) {                                                       \
        rtj_client_leave(client);                                                      \
        return rtj_allowed;                                                            \
    }

static rtj_status judge(int code, rtj_error *error)
{
    if (code == -EPIPE) { /* PipeWire says so, sooner than that its server has gone */
        return rtj_fail(error, RTJ_LOST, 0, "the JACK server is gone");
    }
    return code != 0 ? rtj_fail(error, RTJ_CODE, code, "JACK returned %d", code)
                     : RTJ_OK;
}

rtj_status rtj_metadata_set(rtj_client *client, jack_uuid_t subject, const char *key,
                            const char *value, const char *type, rtj_error *error)
{
    const rtj_libjack *lib = rtj_client_lib(client);
    RTJ_NEED(lib, jack_set_property, error);
    RTJ_ENTER_HANDLE(client, handle, error);
    int code =
        RTJ_ASK(client, lib->jack_set_property(handle, subject, key, value, type));
    rtj_client_leave(client);
    return judge(code, error);
}

rtj_status rtj_metadata_remove(rtj_client *client, jack_uuid_t subject, const char *key,
                               rtj_error *error)
{
    const rtj_libjack *lib = rtj_client_lib(client);
    RTJ_NEED(lib, jack_remove_property, error);
    RTJ_ENTER_HANDLE(client, handle, error);
    int code = RTJ_ASK(client, lib->jack_remove_property(handle, subject, key));
    rtj_client_leave(client);
    return judge(code, error);
}

rtj_status rtj_metadata_remove_list(rtj_client *client, jack_uuid_t subject,
                                    int *removed, rtj_error *error)
{
    const rtj_libjack *lib = rtj_client_lib(client);
    RTJ_NEED(lib, jack_remove_properties, error);
    RTJ_ENTER_HANDLE(client, handle, error);
    *removed = RTJ_ASK(client, lib->jack_remove_properties(handle, subject));
    rtj_client_leave(client);
    return judge(*removed < 0 ? *removed : 0, error);
}

rtj_status rtj_metadata_remove_all(rtj_client *client, rtj_error *error)
{
    const rtj_libjack *lib = rtj_client_lib(client);
    RTJ_NEED(lib, jack_remove_all_properties, error);
    RTJ_ENTER_HANDLE(client, handle, error);
    int code = RTJ_ASK(client, lib->jack_remove_all_properties(handle));
    rtj_client_leave(client);
    return judge(code, error);
}
