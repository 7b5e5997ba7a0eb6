/* The stand-in's clients: opening, activating, callbacks, time. */
#include <jack/session.h>
#include <jack/statistics.h>
#include <jack/uuid.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "standin_impl.h"

/* ---- the library ---- */

STANDIN_API void jack_get_version(int *major, int *minor, int *micro, int *protocol)
{
    *major = *minor = *micro = *protocol = 0;
}

STANDIN_API const char *jack_get_version_string(void)
{
    return "stand-in";
}

STANDIN_API int jack_client_name_size(void)
{
    return CLIENT_NAME_BYTES;
}

STANDIN_API int jack_port_name_size(void)
{
    return NAME_BYTES;
}

STANDIN_API void jack_free(void *memory)
{
    free(memory);
}

/* Nothing is ever said here, so the hooks have no use. */
STANDIN_API void jack_set_error_function(void (*function)(const char *))
{
    (void)function;
}

STANDIN_API void jack_set_info_function(void (*function)(const char *))
{
    (void)function;
}

/* ---- clients ---- */

STANDIN_API jack_client_t *jack_client_open(const char *name, jack_options_t options,
                                            jack_status_t *status, ...)
{
    (void)options;
    jack_client_t *client = NULL;
    if (strlen(name) < CLIENT_NAME_BYTES) {
        client = calloc(1, sizeof *client);
    }
    if (status != NULL) {
        *status = client != NULL ? 0 : JackFailure;
    }
    if (client == NULL) {
        return NULL;
    }
    (void)snprintf(client->name, sizeof client->name, "%s", name);
    pthread_mutex_lock(&standin_state.lock);
    client->next = standin_state.clients;
    standin_state.clients = client;
    pthread_mutex_unlock(&standin_state.lock);
    return client;
}

STANDIN_API int jack_client_close(jack_client_t *client)
{
    while (client->inputs > 0) {
        (void)jack_port_unregister(client, client->input[0]);
    }
    while (client->outputs > 0) {
        (void)jack_port_unregister(client, client->output[0]);
    }
    pthread_mutex_lock(&standin_state.lock);
    jack_client_t **place = &standin_state.clients;
    while (*place != client) {
        place = &(*place)->next;
    }
    *place = client->next;
    pthread_mutex_unlock(&standin_state.lock);
    free(client);
    return 0;
}

STANDIN_API char *jack_get_client_name(jack_client_t *client)
{
    return client->name;
}

STANDIN_API char *jack_client_get_uuid(jack_client_t *client)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%" PRIuPTR, (uintptr_t)client);
    return strdup(text);
}

STANDIN_API int jack_uuid_parse(const char *text, jack_uuid_t *uuid)
{
    char *end;
    *uuid = strtoull(text, &end, 10);
    return *end == '\0' && end != text ? 0 : -1;
}

STANDIN_API void jack_uuid_unparse(jack_uuid_t uuid, char text[JACK_UUID_STRING_SIZE])
{
    (void)snprintf(text, JACK_UUID_STRING_SIZE, "%" PRIu64, uuid);
}

STANDIN_API int jack_get_client_pid(const char *name)
{
    (void)name;
    return 0;
}

STANDIN_API int jack_activate(jack_client_t *client)
{
    client->active = 1;
    return 0;
}

STANDIN_API int jack_deactivate(jack_client_t *client)
{
    client->active = 0;
    return 0;
}

/* ---- callbacks: the process callback counts, the others have no occasion ---- */

STANDIN_API int jack_set_process_callback(jack_client_t *client,
                                          JackProcessCallback function, void *data)
{
    if (client->active) {
        return -1;
    }
    client->process = function;
    client->data = data;
    return 0;
}

#define STANDIN_NEVER_CALLED(setter, type)                                             \
    STANDIN_API int setter(jack_client_t *client, type function, void *data)           \
    {                                                                                  \
        (void)client;                                                                  \
        (void)function;                                                                \
        (void)data;                                                                    \
        return 0;                                                                      \
    }

STANDIN_NEVER_CALLED(jack_set_freewheel_callback, JackFreewheelCallback)
STANDIN_NEVER_CALLED(jack_set_buffer_size_callback, JackBufferSizeCallback)
STANDIN_NEVER_CALLED(jack_set_sample_rate_callback, JackSampleRateCallback)
STANDIN_NEVER_CALLED(jack_set_client_registration_callback,
                     JackClientRegistrationCallback)
STANDIN_NEVER_CALLED(jack_set_port_registration_callback, JackPortRegistrationCallback)
STANDIN_NEVER_CALLED(jack_set_port_connect_callback, JackPortConnectCallback)
STANDIN_NEVER_CALLED(jack_set_port_rename_callback, JackPortRenameCallback)
STANDIN_NEVER_CALLED(jack_set_graph_order_callback, JackGraphOrderCallback)
STANDIN_NEVER_CALLED(jack_set_xrun_callback, JackXRunCallback)

STANDIN_API void jack_on_info_shutdown(jack_client_t *client,
                                       JackInfoShutdownCallback function, void *data)
{
    (void)client;
    (void)function;
    (void)data;
}

/* ---- the server's figures ---- */

STANDIN_API int jack_is_realtime(jack_client_t *client)
{
    (void)client;
    return 1;
}

STANDIN_API jack_nframes_t jack_get_sample_rate(jack_client_t *client)
{
    (void)client;
    return STANDIN_SAMPLERATE;
}

STANDIN_API jack_nframes_t jack_get_buffer_size(jack_client_t *client)
{
    (void)client;
    return STANDIN_FRAMES;
}

STANDIN_API int jack_set_buffer_size(jack_client_t *client, jack_nframes_t frames)
{
    (void)client;
    return frames == STANDIN_FRAMES ? 0 : -1;
}

STANDIN_API float jack_cpu_load(jack_client_t *client)
{
    (void)client;
    return 0;
}

STANDIN_API float jack_get_xrun_delayed_usecs(jack_client_t *client)
{
    (void)client;
    return 0;
}

STANDIN_API jack_nframes_t jack_frames_since_cycle_start(const jack_client_t *client)
{
    (void)client;
    return 0;
}

STANDIN_API jack_nframes_t jack_frame_time(const jack_client_t *client)
{
    return atomic_load_explicit(&client->frame, memory_order_relaxed);
}

STANDIN_API jack_nframes_t jack_last_frame_time(const jack_client_t *client)
{
    return atomic_load_explicit(&client->frame, memory_order_relaxed);
}
