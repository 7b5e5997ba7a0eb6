#include "core/ports.h"

#include <errno.h>
#include <regex.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/ask.h"
#include "core/connected.h"
#include "core/thread.h"

static const double seen_within = 0.25; /* seconds */

rtj_port_type rtj_port_type_of(const char *type_name)
{
    if (type_name == NULL) {
        return RTJ_PORT_UNKNOWN;
    }
    if (strcmp(type_name, JACK_DEFAULT_AUDIO_TYPE) == 0) {
        return RTJ_PORT_AUDIO;
    }
    if (strcmp(type_name, JACK_DEFAULT_MIDI_TYPE) == 0) {
        return RTJ_PORT_MIDI;
    }
    return RTJ_PORT_UNKNOWN;
}

/* ---- lists ---- */

void rtj_port_list_free(rtj_port_list *list)
{
    free(list);
}

static int describe(const rtj_libjack *lib, jack_client_t *handle, jack_port_t *port,
                    const char *name, rtj_port_info *info)
{
    if (port == NULL) {
        return 0;
    }
    info->handle = port;
    info->name = name;
    info->flags = lib->jack_port_flags(port);
    info->type = rtj_port_type_of(lib->jack_port_type(port));
    info->mine = lib->jack_port_is_mine(handle, port) != 0;
    return 1;
}

/* JACK1 has several handles for one port, and finds those by name that are gone; it
 * lists what is there.  All that its handles for a port share is the name's place. */
static int is_listed(const rtj_libjack *lib, jack_client_t *handle, jack_port_t *port)
{
    const char *name = lib->jack_port_name(port);
    const char **names =
        lib->jack_get_ports(handle, NULL, NULL, (unsigned)lib->jack_port_flags(port));
    int found = 0;
    for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
        found |= names[i] == name;
    }
    if (names != NULL) {
        lib->jack_free((void *)names);
    }
    return found;
}

static int look_at(const rtj_libjack *lib, jack_client_t *handle, const char *name,
                   rtj_port_info *info)
{
    jack_port_t *port = lib->jack_port_by_name(handle, name);
    if (port != NULL && lib->kind == RTJ_JACK1 && lib->jack_get_ports != NULL &&
        !is_listed(lib, handle, port)) {
        return 0;
    }
    return describe(lib, handle, port, name, info);
}

/* libjack2 looks for a name through all its ports, so a list of n would cost n times n.
 * But what it lists is where each port keeps its name, in the order of the ids: the
 * port whose name lies at that very address is the one.  Its ports are one array, so a
 * walk that ends where the addresses go past the name never leaves it.  `*next` is the
 * first id to look at, 0 for no more walking; NULL: not found this way. */
static jack_port_t *walk_to(const rtj_libjack *lib, jack_client_t *handle,
                            const char *name, jack_port_id_t *next)
{
    while (*next != 0) {
        jack_port_t *port = lib->jack_port_by_id(handle, *next);
        const char *own = port != NULL ? lib->jack_port_name(port) : NULL;
        if (own == NULL || (uintptr_t)own > (uintptr_t)name) {
            *next = 0;
            return NULL;
        }
        (*next)++;
        if (own == name) {
            return port;
        }
    }
    return NULL;
}

/* Room for a list with the names: what libjack lists are the places where it keeps
 * them, and these are gone with the client. */
static rtj_port_list *new_list(const char **names, size_t count)
{
    size_t bytes = 1;
    for (size_t i = 0; i < count; i++) {
        bytes += strlen(names[i]) + 1;
    }
    rtj_port_list *list = malloc(sizeof *list + count * sizeof list->ports[0] + bytes);
    if (list != NULL) {
        list->count = 0;
        list->place = (char *)&list->ports[count];
        list->end = list->place + bytes - 1;
    }
    return list;
}

/* The last of its ports gets a copy of its name; one that has become longer since is
 * cut short. */
static void keep_name(rtj_port_list *list)
{
    rtj_port_info *port = &list->ports[list->count - 1];
    size_t length = strnlen(port->name, (size_t)(list->end - list->place));
    memcpy(list->place, port->name, length);
    list->place[length] = '\0';
    port->name = list->place;
    list->place += list->place + length < list->end ? length + 1 : length;
}

/* Takes `names`.  Ports that are gone by now are left out. */
static rtj_status make_list(const rtj_libjack *lib, jack_client_t *handle,
                            const char **names, const char *contained,
                            rtj_port_list **result, rtj_error *error)
{
    size_t count = 0;
    while (names != NULL && names[count] != NULL) {
        count++;
    }
    rtj_port_list *list = new_list(names, count);
    jack_port_id_t next = lib->kind != RTJ_PIPEWIRE && lib->jack_port_by_id != NULL;
    for (size_t i = 0; list != NULL && i < count; i++) {
        if (contained != NULL && strstr(names[i], contained) == NULL) {
            continue;
        }
        jack_port_t *port = walk_to(lib, handle, names[i], &next);
        if (port == NULL) {
            port = lib->jack_port_by_name(handle, names[i]);
        }
        if (describe(lib, handle, port, names[i], &list->ports[list->count])) {
            list->count++;
            keep_name(list);
            /* PipeWire's list may have one that has gone, without a name. */
            list->count -= list->ports[list->count - 1].name[0] == '\0';
        }
    }
    if (names != NULL) {
        lib->jack_free((void *)names);
    }
    if (list == NULL) {
        return rtj_fail(error, RTJ_MEMORY, 0, "no memory for a list of %zu ports",
                        count);
    }
    *result = list;
    return RTJ_OK;
}

/* Some versions of libjack crash on a pattern that regcomp() refuses. */
static rtj_status check_pattern(const char *pattern, rtj_error *error)
{
    regex_t compiled;
    int failed = regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB);
    if (failed != 0) {
        char reason[128];
        (void)regerror(failed, &compiled, reason, sizeof reason);
        return rtj_fail(error, RTJ_VALUE, 0,
                        "name_pattern is no regular expression: %s, in \"%.300s\" (use "
                        "literal=True to look for plain text)",
                        reason, pattern);
    }
    regfree(&compiled);
    return RTJ_OK;
}

rtj_status rtj_ports_find(rtj_client *client, const char *pattern, int literal,
                          const char *type_name, unsigned long flags,
                          rtj_port_list **list, rtj_error *error)
{
    int by_pattern = pattern[0] != '\0' && !literal;
    if (by_pattern && check_pattern(pattern, error) != RTJ_OK) {
        return RTJ_VALUE;
    }
    jack_client_t *handle = RTJ_ENTER(client, jack_get_ports, error);
    if (handle == NULL) {
        return error != NULL ? error->status : RTJ_CLOSED;
    }
    const rtj_libjack *lib = rtj_client_lib(client);
    const char **names =
        lib->jack_get_ports(handle, by_pattern ? pattern : NULL,
                            type_name[0] != '\0' ? type_name : NULL, flags);
    const char *contained = literal && pattern[0] != '\0' ? pattern : NULL;
    rtj_status status = make_list(lib, handle, names, contained, list, error);
    rtj_client_leave(client);
    return status;
}

rtj_status rtj_ports_connected(rtj_client *client, jack_port_t *port, int own,
                               rtj_port_list **list, rtj_error *error)
{
    jack_client_t *handle =
        own ? RTJ_ENTER(client, jack_port_get_connections, error)
            : RTJ_ENTER(client, jack_port_get_all_connections, error);
    if (handle == NULL) {
        return error != NULL ? error->status : RTJ_CLOSED;
    }
    const rtj_libjack *lib = rtj_client_lib(client);
    const char **names = own ? lib->jack_port_get_connections(port)
                             : RTJ_ASK(client, rtj_connected(lib, handle, port));
    rtj_status status = make_list(lib, handle, names, NULL, list, error);
    rtj_client_leave(client);
    return status;
}

/* ---- one port ---- */

rtj_status rtj_port_find(rtj_client *client, const char *name, rtj_port_info *info,
                         rtj_error *error)
{
    jack_client_t *handle = RTJ_ENTER(client, jack_port_by_name, error);
    if (handle == NULL) {
        return error != NULL ? error->status : RTJ_CLOSED;
    }
    int found = look_at(rtj_client_lib(client), handle, name, info);
    rtj_client_leave(client);
    if (!found) {
        return rtj_fail(error, RTJ_FAILED, 0, "Port '%.400s' not available", name);
    }
    return RTJ_OK;
}

static size_t client_part(const char *name)
{
    const char *colon = strchr(name, ':');
    return colon != NULL ? (size_t)(colon - name) : strlen(name);
}

static int same_client(const char *a, const char *b)
{
    size_t length = client_part(a);
    return client_part(b) == length && memcmp(a, b, length) == 0;
}

static rtj_status gone(const char *name, rtj_error *error)
{
    return rtj_fail(error, RTJ_GONE, 0, "the port '%.400s' does not exist any more",
                    name);
}

rtj_status rtj_port_name_now(rtj_client *client, const rtj_port_info *known,
                             char now[RTJ_PORT_NAME], rtj_error *error)
{
    jack_client_t *handle = RTJ_ENTER(client, jack_port_name, error);
    if (handle == NULL) {
        return error != NULL ? error->status : RTJ_CLOSED;
    }
    const rtj_libjack *lib = rtj_client_lib(client);
    const char *name = lib->jack_port_name(known->handle);
    (void)snprintf(now, RTJ_PORT_NAME, "%s", name != NULL ? name : "");
    int same = strcmp(now, known->name) == 0;
    if (!same && now[0] != '\0' && same_client(now, known->name)) {
        same = lib->jack_port_flags(known->handle) == known->flags &&
               rtj_port_type_of(lib->jack_port_type(known->handle)) == known->type;
    }
    rtj_client_leave(client);
    return same ? RTJ_OK : gone(known->name, error);
}

rtj_status rtj_port_check(rtj_client *client, const rtj_port_info *known,
                          rtj_error *error)
{
    char now[RTJ_PORT_NAME];
    const rtj_libjack *lib = rtj_client_lib(client);
    rtj_status status = rtj_port_name_now(client, known, now, error);
    if (status != RTJ_OK) {
        return status;
    }
    if (lib->kind == RTJ_JACK1) {
        RTJ_NEED(lib, jack_get_ports, error);
    }
    jack_client_t *handle = RTJ_ENTER(client, jack_port_by_name, error);
    if (handle == NULL) {
        return error != NULL ? error->status : RTJ_CLOSED;
    }
    int there = lib->kind == RTJ_JACK1
                    ? is_listed(lib, handle, known->handle)
                    : lib->jack_port_by_name(handle, now) == known->handle;
    rtj_client_leave(client);
    return there ? RTJ_OK : gone(known->name, error);
}

/* ---- connections ---- */

/* libjack says -1 for everything: find out what is the matter. */
static const char *why_not_connected(const rtj_libjack *lib, jack_client_t *handle,
                                     const char *source, const char *destination)
{
    rtj_port_info from, to;
    if (!look_at(lib, handle, source, &from)) {
        return ": the source does not exist";
    }
    if (!look_at(lib, handle, destination, &to)) {
        return ": the destination does not exist";
    }
    if ((from.flags & JackPortIsOutput) == 0) {
        return ": the source is no output port";
    }
    if ((to.flags & JackPortIsInput) == 0) {
        return ": the destination is no input port";
    }
    if (from.type != to.type) {
        return ": the ports have different types";
    }
    return "";
}

/* PipeWire's library hears of the ports of others a moment after they have them. */
static void wait_for_ports(const rtj_client *client, jack_client_t *handle,
                           const char *source, const char *destination)
{
    const rtj_libjack *lib = rtj_client_lib(client);
    struct timespec nap = {0, 2000000};
    struct timespec deadline = rtj_deadline_in(seen_within);
    while ((lib->jack_port_by_name(handle, source) == NULL ||
            lib->jack_port_by_name(handle, destination) == NULL) &&
           !rtj_client_is_closed(client) && !rtj_deadline_passed(&deadline)) {
        nanosleep(&nap, NULL);
    }
}

static int connect_ports(rtj_client *client, jack_client_t *handle, const char *source,
                         const char *destination)
{
    const rtj_libjack *lib = rtj_client_lib(client);
    if (source[0] == '\0' || destination[0] == '\0') {
        return -1; /* PipeWire calls it done */
    }
    if (lib->kind == RTJ_PIPEWIRE && !rtj_client_in_callback(client)) {
        wait_for_ports(client, handle, source, destination);
    }
    return RTJ_ASK(client, lib->jack_connect(handle, source, destination));
}

rtj_status rtj_ports_connect(rtj_client *client, const char *source,
                             const char *destination, rtj_error *error)
{
    jack_client_t *handle = RTJ_ENTER(client, jack_connect, error);
    if (handle == NULL) {
        return error != NULL ? error->status : RTJ_CLOSED;
    }
    const rtj_libjack *lib = rtj_client_lib(client);
    int code = connect_ports(client, handle, source, destination);
    rtj_status status = RTJ_OK;
    if (code == EEXIST) {
        status = rtj_fail(error, RTJ_CODE, code,
                          "Connection '%.300s' -> '%.300s' already exists", source,
                          destination);
    } else if (code != 0) {
        status = rtj_fail(
            error, RTJ_CODE, code, "Error connecting '%.300s' -> '%.300s'%s", source,
            destination, why_not_connected(lib, handle, source, destination));
    }
    rtj_client_leave(client);
    return status;
}

rtj_status rtj_ports_disconnect(rtj_client *client, const char *source,
                                const char *destination, rtj_error *error)
{
    jack_client_t *handle = RTJ_ENTER(client, jack_disconnect, error);
    if (handle == NULL) {
        return error != NULL ? error->status : RTJ_CLOSED;
    }
    const rtj_libjack *lib = rtj_client_lib(client);
    int code = RTJ_ASK(client, lib->jack_disconnect(handle, source, destination));
    rtj_status status = RTJ_OK;
    if (code != 0) {
        status = rtj_fail(
            error, RTJ_CODE, code, "Couldn't disconnect '%.300s' -> '%.300s'%s", source,
            destination, why_not_connected(lib, handle, source, destination));
    }
    rtj_client_leave(client);
    return status;
}

rtj_status rtj_port_disconnect(rtj_client *client, jack_port_t *port, const char *name,
                               rtj_error *error)
{
    jack_client_t *handle = RTJ_ENTER(client, jack_port_disconnect, error);
    if (handle == NULL) {
        return error != NULL ? error->status : RTJ_CLOSED;
    }
    int code =
        RTJ_ASK(client, rtj_client_lib(client)->jack_port_disconnect(handle, port));
    rtj_client_leave(client);
    if (code != 0) {
        return rtj_fail(error, RTJ_CODE, code, "Error disconnecting '%.400s'", name);
    }
    return RTJ_OK;
}
