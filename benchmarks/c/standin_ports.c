/* The stand-in's ports. */
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "standin_impl.h"

int standin_is_midi(const jack_port_t *port)
{
    return strcmp(port->type, JACK_DEFAULT_MIDI_TYPE) == 0;
}

/* ---- the table ---- */

static jack_port_t **bucket_of(const char *name)
{
    uint32_t hash = 2166136261U; /* FNV-1a */
    for (; *name != '\0'; name++) {
        hash = (hash ^ (unsigned char)*name) * 16777619U;
    }
    size_t count = sizeof standin_state.buckets / sizeof standin_state.buckets[0];
    return &standin_state.buckets[hash % count];
}

static void link_port(jack_port_t *port)
{
    jack_port_t **bucket = bucket_of(port->name);
    port->next = *bucket;
    *bucket = port;
}

static void unlink_port(jack_port_t *port)
{
    jack_port_t **place = bucket_of(port->name);
    while (*place != NULL && *place != port) {
        place = &(*place)->next;
    }
    if (*place != NULL) {
        *place = port->next;
    }
}

static int set_name(jack_port_t *port, const char *client_name, const char *short_name)
{
    int length =
        snprintf(port->name, sizeof port->name, "%s:%s", client_name, short_name);
    port->short_name = port->name + strlen(client_name) + 1;
    return length > 0 && (size_t)length < sizeof port->name ? 0 : -1;
}

/* As libjack2 has it: each port's name and its two aliases, one after the other. */
static jack_port_t *find_linearly(const char *name)
{
    for (jack_port_id_t id = 1; id < standin_state.end; id++) {
        jack_port_t *port = &standin_state.ports[id];
        if (port->registered &&
            (strcmp(port->name, name) == 0 || strcmp(port->aliases[0], name) == 0 ||
             strcmp(port->aliases[1], name) == 0)) {
            return port;
        }
    }
    return NULL;
}

jack_port_t *standin_find(const char *name)
{
    if (standin_state.linear_search) {
        return find_linearly(name);
    }
    jack_port_t *port = *bucket_of(name);
    while (port != NULL && strcmp(port->name, name) != 0) {
        port = port->next;
    }
    return port;
}

void standin_search_linearly(int linearly)
{
    pthread_mutex_lock(&standin_state.lock);
    standin_state.linear_search = linearly;
    pthread_mutex_unlock(&standin_state.lock);
}

static jack_port_t *free_port(void)
{
    for (jack_port_id_t id = 1; id < MAX_PORTS; id++) {
        if (!standin_state.ports[id].registered) {
            if (id >= standin_state.end) {
                standin_state.end = id + 1;
            }
            return &standin_state.ports[id];
        }
    }
    return NULL;
}

static int add_to_owner(jack_port_t *port)
{
    jack_client_t *owner = port->owner;
    if (owner == NULL) {
        return 0;
    }
    int is_input = (port->flags & JackPortIsInput) != 0;
    size_t *count = is_input ? &owner->inputs : &owner->outputs;
    if (*count == OWN_PORTS) {
        return -1;
    }
    (is_input ? owner->input : owner->output)[(*count)++] = port;
    return 0;
}

jack_port_t *standin_make(jack_client_t *owner, const char *client_name,
                          const char *short_name, const char *type, unsigned flags)
{
    int is_midi = strcmp(type, JACK_DEFAULT_MIDI_TYPE) == 0;
    if (!is_midi && strcmp(type, JACK_DEFAULT_AUDIO_TYPE) != 0) {
        return NULL;
    }
    jack_port_t *port = free_port();
    if (port == NULL) {
        return NULL;
    }
    memset(port, 0, sizeof *port);
    port->id = (jack_port_id_t)(port - standin_state.ports);
    port->owner = owner;
    port->type = is_midi ? JACK_DEFAULT_MIDI_TYPE : JACK_DEFAULT_AUDIO_TYPE;
    port->flags = flags;
    if (set_name(port, client_name, short_name) != 0 ||
        standin_find(port->name) != NULL || add_to_owner(port) != 0) {
        return NULL;
    }
    port->registered = 1;
    link_port(port);
    if (is_midi) {
        jack_midi_clear_buffer(port->buffer);
    }
    return port;
}

/* ---- libjack's functions ---- */

STANDIN_API jack_port_t *jack_port_register(jack_client_t *client, const char *name,
                                            const char *type, unsigned long flags,
                                            unsigned long buffer_size)
{
    (void)buffer_size;
    pthread_mutex_lock(&standin_state.lock);
    jack_port_t *port = standin_make(client, client->name, name, type, (unsigned)flags);
    pthread_mutex_unlock(&standin_state.lock);
    return port;
}

static void remove_from(jack_port_t **list, size_t *count, const jack_port_t *port)
{
    size_t kept = 0;
    for (size_t i = 0; i < *count; i++) {
        if (list[i] != port) {
            list[kept++] = list[i];
        }
    }
    *count = kept;
}

STANDIN_API int jack_port_unregister(jack_client_t *client, jack_port_t *port)
{
    pthread_mutex_lock(&standin_state.lock);
    int ours = port->registered && port->owner == client;
    if (ours) {
        port->registered = 0;
        unlink_port(port);
        remove_from(client->input, &client->inputs, port);
        remove_from(client->output, &client->outputs, port);
    }
    pthread_mutex_unlock(&standin_state.lock);
    return ours ? 0 : -1;
}

STANDIN_API int jack_port_rename(jack_client_t *client, jack_port_t *port,
                                 const char *name)
{
    pthread_mutex_lock(&standin_state.lock);
    unlink_port(port);
    int outcome = set_name(port, client->name, name);
    link_port(port);
    pthread_mutex_unlock(&standin_state.lock);
    return outcome;
}

STANDIN_API int jack_port_set_name(jack_port_t *port, const char *name)
{
    return jack_port_rename(port->owner, port, name);
}

STANDIN_API void *jack_port_get_buffer(jack_port_t *port, jack_nframes_t frames)
{
    (void)frames;
    return port->buffer;
}

STANDIN_API jack_uuid_t jack_port_uuid(const jack_port_t *port)
{
    return ((jack_uuid_t)1 << 32) | port->id;
}

STANDIN_API const char *jack_port_name(const jack_port_t *port)
{
    return port->name;
}

STANDIN_API const char *jack_port_short_name(const jack_port_t *port)
{
    return port->short_name;
}

STANDIN_API int jack_port_flags(const jack_port_t *port)
{
    return (int)port->flags;
}

STANDIN_API const char *jack_port_type(const jack_port_t *port)
{
    return port->type;
}

STANDIN_API int jack_port_is_mine(const jack_client_t *client, const jack_port_t *port)
{
    return port->owner == client;
}

STANDIN_API jack_port_t *jack_port_by_name(jack_client_t *client, const char *name)
{
    (void)client;
    pthread_mutex_lock(&standin_state.lock);
    jack_port_t *port = standin_find(name);
    pthread_mutex_unlock(&standin_state.lock);
    return port;
}

STANDIN_API jack_port_t *jack_port_by_id(jack_client_t *client, jack_port_id_t id)
{
    (void)client;
    jack_port_t *port = NULL;
    pthread_mutex_lock(&standin_state.lock);
    if (id < standin_state.end && standin_state.ports[id].registered) {
        port = &standin_state.ports[id];
    }
    pthread_mutex_unlock(&standin_state.lock);
    return port;
}

/* ---- listings ---- */

static int matches(const char *pattern, const regex_t *compiled, const char *text)
{
    return pattern == NULL || pattern[0] == '\0' ||
           regexec(compiled, text, 0, NULL, 0) == 0;
}

static int compile(regex_t *compiled, const char *pattern)
{
    if (pattern == NULL || pattern[0] == '\0') {
        memset(compiled, 0, sizeof *compiled);
        return 0;
    }
    return regcomp(compiled, pattern, REG_EXTENDED | REG_NOSUB);
}

static const char **list_ports(const char *name, const regex_t *name_compiled,
                               const char *type, const regex_t *type_compiled,
                               unsigned flags)
{
    const char **names = malloc((size_t)(standin_state.end + 1) * sizeof *names);
    size_t found = 0;
    for (jack_port_id_t id = 1; names != NULL && id < standin_state.end; id++) {
        const jack_port_t *port = &standin_state.ports[id];
        if (port->registered && (port->flags & flags) == flags &&
            matches(name, name_compiled, port->name) &&
            matches(type, type_compiled, port->type)) {
            names[found++] = port->name;
        }
    }
    if (names != NULL && found == 0) {
        free((void *)names); /* libjack's empty list is NULL */
        return NULL;
    }
    if (names != NULL) {
        names[found] = NULL;
    }
    return names;
}

STANDIN_API const char **jack_get_ports(jack_client_t *client, const char *name,
                                        const char *type, unsigned long flags)
{
    (void)client;
    regex_t name_compiled;
    regex_t type_compiled;
    if (compile(&name_compiled, name) != 0) {
        return NULL;
    }
    if (compile(&type_compiled, type) != 0) {
        regfree(&name_compiled);
        return NULL;
    }
    pthread_mutex_lock(&standin_state.lock);
    const char **names =
        list_ports(name, &name_compiled, type, &type_compiled, (unsigned)flags);
    pthread_mutex_unlock(&standin_state.lock);
    regfree(&name_compiled);
    regfree(&type_compiled);
    return names;
}

/* ---- connections: remembered, with no sound through them ---- */

static int change_link(jack_port_t *port, jack_port_t *from, jack_port_t *to)
{
    for (size_t i = 0; i < PORT_LINKS; i++) {
        if (port->links[i] == from) {
            port->links[i] = to;
            return 0;
        }
    }
    return -1;
}

static int change_connection(const char *source, const char *destination, int connect)
{
    pthread_mutex_lock(&standin_state.lock);
    jack_port_t *a = standin_find(source);
    jack_port_t *b = standin_find(destination);
    int outcome = -1;
    if (a != NULL && b != NULL) {
        outcome = change_link(a, connect ? NULL : b, connect ? b : NULL);
        outcome |= change_link(b, connect ? NULL : a, connect ? a : NULL);
    }
    pthread_mutex_unlock(&standin_state.lock);
    return outcome;
}

STANDIN_API int jack_connect(jack_client_t *client, const char *source,
                             const char *destination)
{
    (void)client;
    return change_connection(source, destination, 1);
}

STANDIN_API int jack_disconnect(jack_client_t *client, const char *source,
                                const char *destination)
{
    (void)client;
    return change_connection(source, destination, 0);
}

STANDIN_API int jack_port_connected(const jack_port_t *port)
{
    int count = 0;
    for (size_t i = 0; i < PORT_LINKS; i++) {
        count += port->links[i] != NULL;
    }
    return count;
}

STANDIN_API int jack_port_connected_to(const jack_port_t *port, const char *name)
{
    for (size_t i = 0; i < PORT_LINKS; i++) {
        if (port->links[i] != NULL && strcmp(port->links[i]->name, name) == 0) {
            return 1;
        }
    }
    return 0;
}

STANDIN_API const char **jack_port_get_connections(const jack_port_t *port)
{
    const char **names = malloc((PORT_LINKS + 1) * sizeof *names);
    size_t found = 0;
    for (size_t i = 0; names != NULL && i < PORT_LINKS; i++) {
        if (port->links[i] != NULL) {
            names[found++] = port->links[i]->name;
        }
    }
    if (names != NULL && found == 0) {
        free((void *)names);
        return NULL;
    }
    if (names != NULL) {
        names[found] = NULL;
    }
    return names;
}

STANDIN_API const char **jack_port_get_all_connections(const jack_client_t *client,
                                                       const jack_port_t *port)
{
    (void)client;
    return jack_port_get_connections(port);
}

STANDIN_API int jack_port_get_aliases(const jack_port_t *port, char *const aliases[2])
{
    (void)port;
    (void)aliases;
    return 0;
}
