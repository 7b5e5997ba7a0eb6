/* Internal clients of a server of this process, and its session file. */
#include "core/server_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/turns.h"

rtj_status rtj_internals_read(rtj_server *server, rtj_error *error)
{
    const rtj_libjackserver *lib = server->lib;
    const JSList *list = lib->jackctl_server_get_internals_list(server->handle);
    size_t count = 0;
    for (const JSList *node = list; node != NULL; node = node->next) {
        count++;
    }
    server->internals = calloc(count + 1, sizeof *server->internals);
    if (server->internals == NULL) {
        return rtj_fail(error, RTJ_MEMORY, 0, "out of memory");
    }
    for (const JSList *node = list; node != NULL; node = node->next) {
        rtj_internal *internal = &server->internals[server->internal_count++];
        internal->handle = node->data;
        internal->name = lib->jackctl_internal_get_name(internal->handle);
        rtj_status status = rtj_parameters_read(
            lib, lib->jackctl_internal_get_parameters(internal->handle),
            &internal->parameters, error);
        if (status != RTJ_OK) {
            return status;
        }
    }
    return RTJ_OK;
}

void rtj_internals_free(rtj_server *server)
{
    for (size_t i = 0; i < server->internal_count; i++) {
        rtj_parameters_free(&server->internals[i].parameters);
    }
    free(server->internals);
}

static void set_loaded(rtj_server *server, rtj_internal *internal, int is_loaded)
{
    pthread_mutex_lock(&server->lock);
    internal->is_loaded = is_loaded;
    pthread_mutex_unlock(&server->lock);
}

const rtj_internal *rtj_server_internals(const rtj_server *server, size_t *count)
{
    *count = server->internal_count;
    return server->internals;
}

rtj_internal *rtj_server_find_internal(rtj_server *server, const char *name)
{
    for (size_t i = 0; i < server->internal_count; i++) {
        if (strcmp(server->internals[i].name, name) == 0) {
            return &server->internals[i];
        }
    }
    return NULL;
}

int rtj_server_is_loaded(rtj_server *server, const rtj_internal *internal)
{
    pthread_mutex_lock(&server->lock);
    int is_loaded = internal->is_loaded;
    pthread_mutex_unlock(&server->lock);
    return is_loaded;
}

/* ---- what the server has now ---- */

static jack_client_t *open_asker(const rtj_libjack *lib, void *server)
{
    jack_status_t ignored;
    return lib->jack_client_open("rtjack-internals", JackServerName | JackNoStartServer,
                                 &ignored, (const char *)server);
}

/* Whether the server has an internal client, and any client, called `name`. */
static rtj_status ask_for(rtj_server *server, const char *name, int *internal, int *any,
                          rtj_error *error)
{
    rtj_libjack_use use;
    jack_status_t ignored;
    const rtj_parameter *called = rtj_parameters_find(&server->parameters, "name");
    rtj_parameter_value value =
        server->lib->jackctl_parameter_get_value(called->handle);
    jack_client_t *asker = NULL;
    rtj_status status =
        rtj_turns_open(value.str, &use, open_asker, value.str, &asker, error);
    if (status != RTJ_OK) {
        return status;
    }
    if (asker == NULL) {
        status = rtj_fail(error, RTJ_FAILED, 0,
                          "the JACK server \"%s\" takes no client that "
                          "could ask for \"%s\"",
                          value.str, name);
    } else {
        char *uuid = use.lib->jack_get_uuid_for_client_name(asker, name);
        *internal = use.lib->jack_internal_client_handle(asker, name, &ignored) != 0;
        *any = uuid != NULL;
        if (uuid != NULL) {
            use.lib->jack_free(uuid);
        }
        (void)rtj_turns_close(&use, asker);
    }
    rtj_libjack_give_back(&use);
    return status;
}

/* ---- loading and unloading ---- */

typedef struct loading {
    rtj_internal *internal;
    size_t count;
    rtj_setting settings[];
} loading;

static rtj_status load(rtj_server *server, void *argument, rtj_error *error)
{
    const loading *asked = argument;
    rtj_internal *internal = asked->internal;
    int is_there = 0;
    int is_named = 0;
    char said[RTJ_ERROR_TEXT / 2];
    if (strcmp(internal->name, "audioadapter") == 0) {
        /* It frees itself while its audio thread runs when it finds no sound card. */
        return rtj_fail(
            error, RTJ_NOT_SUPPORTED, 0,
            "\"audioadapter\" would end this whole process if its sound "
            "card can't be opened; load it into a server of its own process");
    }
    if (rtj_server_is_loaded(server, internal)) {
        return rtj_fail(error, RTJ_FAILED, 0, "\"%s\" is loaded already",
                        internal->name);
    }
    rtj_status status = ask_for(server, internal->name, &is_there, &is_named, error);
    if (status != RTJ_OK) {
        return status;
    }
    if (is_there || is_named) {
        return rtj_fail(error, RTJ_FAILED, 0,
                        "\"%s\" can't be loaded: the server has a client of that name",
                        internal->name);
    }
    pthread_mutex_lock(&server->lock);
    rtj_settings_apply(server, &internal->parameters, asked->settings, asked->count);
    pthread_mutex_unlock(&server->lock);
    rtj_libjackserver_collect(said, sizeof said);
    int loaded =
        server->lib->jackctl_server_load_internal(server->handle, internal->handle);
    rtj_libjackserver_collect(NULL, 0);
    if (!loaded) {
        return rtj_fail(error, RTJ_FAILED, 0, "\"%s\" can't be loaded: %s",
                        internal->name, said);
    }
    set_loaded(server, internal, 1);
    return RTJ_OK;
}

rtj_status rtj_server_load_internal(rtj_server *server, rtj_internal *internal,
                                    const rtj_setting *settings, size_t count,
                                    const rtj_patience *patience, rtj_error *error)
{
    rtj_status status = rtj_settings_check(settings, count, error);
    if (status != RTJ_OK) {
        return status;
    }
    loading *asked = malloc(sizeof *asked + count * sizeof *settings);
    if (asked != NULL) {
        asked->internal = internal;
        asked->count = count;
        if (count > 0) {
            memcpy(asked->settings, settings, count * sizeof *settings);
        }
    }
    return rtj_server_operate(server, "load a client into",
                              "loading an internal client", load, asked, patience,
                              error);
}

/* libjackserver unloads by number, and does not look whether the number is another
 * client's by now; so we do. */
static rtj_status unload(rtj_server *server, rtj_internal *internal, rtj_error *error)
{
    int is_there = 0;
    int is_named = 0;
    char said[RTJ_ERROR_TEXT / 2];
    if (!rtj_server_is_loaded(server, internal)) {
        return rtj_fail(error, RTJ_FAILED, 0, "\"%s\" is not loaded", internal->name);
    }
    rtj_status status = ask_for(server, internal->name, &is_there, &is_named, error);
    if (status != RTJ_OK) {
        return status;
    }
    set_loaded(server, internal, 0);
    if (!is_there) {
        return rtj_fail(error, RTJ_FAILED, 0,
                        "\"%s\" is not loaded any more: somebody else unloaded it",
                        internal->name);
    }
    rtj_libjackserver_collect(said, sizeof said);
    int unloaded =
        server->lib->jackctl_server_unload_internal(server->handle, internal->handle);
    rtj_libjackserver_collect(NULL, 0);
    return unloaded ? RTJ_OK
                    : rtj_fail(error, RTJ_FAILED, 0, "\"%s\" can't be unloaded: %s",
                               internal->name, said);
}

static rtj_status unload_asked(rtj_server *server, void *argument, rtj_error *error)
{
    return unload(server, ((const loading *)argument)->internal, error);
}

void rtj_internals_end(rtj_server *server)
{
    rtj_error ignored;
    for (size_t i = 0; i < server->internal_count; i++) {
        rtj_internal *internal = &server->internals[i];
        if (rtj_server_is_loaded(server, internal)) {
            /* What stays ends with the server, which waits six seconds for it. */
            (void)unload(server, internal, &ignored);
            set_loaded(server, internal, 0);
        }
    }
}

rtj_status rtj_server_unload_internal(rtj_server *server, rtj_internal *internal,
                                      const rtj_patience *patience, rtj_error *error)
{
    loading *asked = malloc(sizeof *asked);
    if (asked != NULL) {
        asked->internal = internal;
        asked->count = 0;
    }
    return rtj_server_operate(server, "unload a client from",
                              "unloading an internal client", unload_asked, asked,
                              patience, error);
}

/* ---- the session file ---- */

static rtj_status load_session(rtj_server *server, void *argument, rtj_error *error)
{
    const char *path = argument;
    char said[RTJ_ERROR_TEXT - 64];
    RTJ_NEED(server->lib, jackctl_server_load_session_file, error);
    rtj_libjackserver_collect(said, sizeof said);
    int loaded = server->lib->jackctl_server_load_session_file(server->handle, path);
    rtj_libjackserver_collect(NULL, 0);
    if (loaded && said[0] == '\0') {
        return RTJ_OK;
    }
    return rtj_fail(error, RTJ_FAILED, 0, "the session file: %s", said);
}

rtj_status rtj_server_load_session(rtj_server *server, const char *path,
                                   const rtj_patience *patience, rtj_error *error)
{
    return rtj_server_operate(server, "load a session file into",
                              "loading a session file", load_session, strdup(path),
                              patience, error);
}
