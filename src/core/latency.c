#include "core/latency.h"

#include <stdlib.h>
#include <string.h>

#include "core/client_impl.h"
#include "core/latency_apart.h"
#include "core/ports.h"
#include "core/porttable.h"
#include "core/ask.h"
#include "core/thread.h"
#include "rt/guard.h"

int rtj_own_ports_add(rtj_client *client, jack_port_t *port, int flags, int is_midi)
{
    rtj_own_ports *own = &client->own;
    int result = 0;
    pthread_mutex_lock(&own->lock);
    if (own->count == own->room) {
        size_t room = own->room > 0 ? 2 * own->room : 8;
        rtj_own_port *list = realloc(own->list, room * sizeof *list);
        if (list == NULL) {
            result = -1;
        } else {
            own->list = list;
            own->room = room;
        }
    }
    if (result == 0) {
        own->list[own->count++] =
            (rtj_own_port){.handle = port, .flags = flags, .is_midi = is_midi};
    }
    pthread_mutex_unlock(&own->lock);
    if (result == 0 && rtj_port_table_renew(client) < 0) {
        rtj_own_ports_remove(client, port);
        result = -1;
    }
    return result;
}

void rtj_own_ports_remove(rtj_client *client, const jack_port_t *port)
{
    rtj_own_ports *own = &client->own;
    pthread_mutex_lock(&own->lock);
    for (size_t i = 0; i < own->count; i++) {
        if (own->list[i].handle == port) {
            memmove(&own->list[i], &own->list[i + 1],
                    (own->count - i - 1) * sizeof own->list[0]);
            own->count--;
            break;
        }
    }
    pthread_mutex_unlock(&own->lock);
    (void)rtj_port_table_renew(client); /* fewer ports need no memory */
}

int rtj_same_port(rtj_client *client, jack_port_t *a, jack_port_t *b)
{
    const rtj_libjack *lib = client->lib;
    if (lib->kind != RTJ_JACK1 || rtj_client_enter(client, NULL) == NULL) {
        return 0;
    }
    int same = lib->jack_port_name(a) == lib->jack_port_name(b);
    rtj_client_leave(client);
    return same;
}

jack_port_t *rtj_own_handle(rtj_client *client, jack_port_t *port)
{
    /* Handles go with the client, which another thread may close. */
    if (client->lib->kind != RTJ_JACK1 || rtj_client_enter(client, NULL) == NULL) {
        return port;
    }
    const char *name = client->lib->jack_port_name(port);
    pthread_mutex_lock(&client->own.lock);
    for (size_t i = 0; i < client->own.count; i++) {
        jack_port_t *own = client->own.list[i].handle;
        port = client->lib->jack_port_name(own) == name ? own : port;
    }
    pthread_mutex_unlock(&client->own.lock);
    rtj_client_leave(client);
    return port;
}

/* ---- changes ---- */

rtj_status rtj_latency_tell(rtj_client *client, rtj_error *error)
{
    jack_client_t *handle = rtj_client_enter(client, error);
    if (handle == NULL) {
        return error != NULL ? error->status : RTJ_CLOSED;
    }
    int code = 0;
    if (client->lib->kind == RTJ_PIPEWIRE) {
        rtj_latency_note_due(client);
    } else if (client->lib->jack_recompute_total_latencies != NULL) {
        code = RTJ_ASK(client, client->lib->jack_recompute_total_latencies(handle));
    }
    rtj_client_leave(client);
    if (code != 0) {
        return rtj_fail(error, RTJ_CODE, code, "Error recomputing latencies");
    }
    return RTJ_OK;
}

rtj_status rtj_latency_set(rtj_client *client, const void *group,
                           jack_port_t *const *ports, size_t count, uint32_t frames,
                           rtj_error *error)
{
    rtj_own_ports *own = &client->own;
    pthread_mutex_lock(&own->lock);
    for (size_t i = 0; i < own->count; i++) {
        for (size_t k = 0; k < count; k++) {
            if (own->list[i].handle == ports[k]) {
                own->list[i].group = group;
                own->list[i].latency = frames;
            }
        }
    }
    pthread_mutex_unlock(&own->lock);
    if (rtj_port_table_renew(client) < 0) {
        return rtj_fail(error, RTJ_MEMORY, 0, "no memory for the client's ports");
    }
    return rtj_latency_tell(client, error);
}

rtj_status rtj_latency_change(rtj_client *client, const void *group, uint32_t frames,
                              rtj_error *error)
{
    rtj_own_ports *own = &client->own;
    int changed = 0;
    pthread_mutex_lock(&own->lock);
    for (size_t i = 0; i < own->count; i++) {
        if (own->list[i].group == group && own->list[i].latency != frames) {
            own->list[i].latency = frames;
            changed = 1;
        }
    }
    pthread_mutex_unlock(&own->lock);
    return changed ? rtj_latency_tell(client, error) : RTJ_OK;
}

/* ---- answering libjack ---- */

/* The range over the ports with `flag` of the group, or of all when it is NULL. */
static jack_latency_range_t range_over(const rtj_client *client, const void *group,
                                       int flag, jack_latency_callback_mode_t mode)
{
    jack_latency_range_t range = {UINT32_MAX, 0};
    for (size_t i = 0; i < client->own.count; i++) {
        const rtj_own_port *port = &client->own.list[i];
        if ((port->flags & flag) == 0 || (group != NULL && port->group != group)) {
            continue;
        }
        jack_latency_range_t its = {0, 0};
        client->lib->jack_port_get_latency_range(port->handle, mode, &its);
        range.min = its.min < range.min ? its.min : range.min;
        range.max = its.max > range.max ? its.max : range.max;
    }
    range.min = range.min == UINT32_MAX ? 0 : range.min;
    return range;
}

int rtj_latency_depends(const rtj_client *client, const rtj_own_port *port,
                        jack_latency_callback_mode_t mode, jack_latency_range_t *range)
{
    int from = mode == JackCaptureLatency ? JackPortIsInput : JackPortIsOutput;
    int to = mode == JackCaptureLatency ? JackPortIsOutput : JackPortIsInput;
    if ((port->flags & to) == 0) {
        return 0;
    }
    *range = range_over(client, port->group, from, mode);
    range->min += port->latency;
    range->max += port->latency;
    return 1;
}

static void answer(rtj_client *client, jack_latency_callback_mode_t mode)
{
    pthread_mutex_lock(&client->own.lock);
    for (size_t i = 0; i < client->own.count; i++) {
        const rtj_own_port *port = &client->own.list[i];
        jack_latency_range_t range;
        if (rtj_latency_depends(client, port, mode, &range)) {
            client->lib->jack_port_set_latency_range(port->handle, mode, &range);
        }
    }
    pthread_mutex_unlock(&client->own.lock);
}

void rtj_latency_ask_program(rtj_client *client, jack_latency_callback_mode_t mode)
{
    const rtj_client *before = rtj_client_callback_begin(client);
    client->latency_changed(client->context, mode);
    rtj_client_callback_end(before);
}

void rtj_client_on_latency(jack_latency_callback_mode_t mode, void *data)
{
    rtj_client *client = data;
    rtj_guard guard = rtj_guard_enter();
    (void)rtj_notifier_seen(&client->notifier);
    if (client->lib->kind == RTJ_PIPEWIRE) {
        rtj_latency_apart_asked(client);
    } else {
        answer(client, mode);
        rtj_latency_ask_program(client, mode);
        rtj_on_latency(mode, &client->notifier);
    }
    rtj_guard_leave(guard);
}

/* ---- a port's range ---- */

rtj_status rtj_latency_range(rtj_client *client, jack_port_t *port,
                             jack_latency_callback_mode_t mode,
                             jack_latency_range_t *range, rtj_error *error)
{
    if (RTJ_ENTER(client, jack_port_get_latency_range, error) == NULL) {
        return error != NULL ? error->status : RTJ_CLOSED;
    }
    *range = (jack_latency_range_t){0, 0};
    if (client->lib->kind != RTJ_PIPEWIRE ||
        !rtj_latency_apart_range(client, port, mode, range)) {
        client->lib->jack_port_get_latency_range(port, mode, range);
    }
    rtj_client_leave(client);
    return RTJ_OK;
}

rtj_status rtj_latency_set_range(rtj_client *client, jack_port_t *port,
                                 jack_latency_callback_mode_t mode,
                                 jack_latency_range_t range, rtj_error *error)
{
    if (RTJ_ENTER(client, jack_port_set_latency_range, error) == NULL) {
        return error != NULL ? error->status : RTJ_CLOSED;
    }
    rtj_status status = RTJ_OK;
    if (client->lib->kind == RTJ_PIPEWIRE) {
        status = rtj_latency_apart_set(client, port, mode, range, error);
    } else {
        client->lib->jack_port_set_latency_range(port, mode, &range);
    }
    rtj_client_leave(client);
    return status;
}
