#include "core/latency.h"

#include <stdlib.h>
#include <string.h>

#include "core/client_impl.h"
#include "core/ports.h"
#include "core/porttable.h"
#include "core/ask.h"
#include "core/thread.h"
#include "rt/guard.h"

static const double settling_seconds = 0.5;

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
        own->list[own->count++] = (rtj_own_port){port, flags, is_midi, 0, NULL, 0};
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

static void note_due(rtj_client *client)
{
    rtj_latency_apart *apart = &client->latency;
    pthread_mutex_lock(&apart->lock);
    int noted = apart->due;
    apart->due = 1;
    pthread_mutex_unlock(&apart->lock);
    if (!noted) {
        rtj_on_latency_due(&client->notifier);
    }
}

rtj_status rtj_latency_tell(rtj_client *client, rtj_error *error)
{
    jack_client_t *handle = rtj_client_enter(client, error);
    if (handle == NULL) {
        return error != NULL ? error->status : RTJ_CLOSED;
    }
    int code = 0;
    if (client->lib->kind == RTJ_PIPEWIRE) {
        note_due(client);
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

/* Whether the delivery thread waits for this asking. */
static int is_awaited(rtj_latency_apart *apart)
{
    pthread_mutex_lock(&apart->lock);
    int awaited = apart->awaited > 0;
    if (awaited) {
        apart->awaited--;
        pthread_cond_signal(&apart->heard);
    }
    pthread_mutex_unlock(&apart->lock);
    return awaited;
}

/* With own.lock held.  Capture latency comes in at the inputs and leaves by the
 * outputs, playback latency the other way round.  Returns how many ranges are others
 * now. */
static size_t answer(rtj_client *client, jack_latency_callback_mode_t mode)
{
    int from = mode == JackCaptureLatency ? JackPortIsInput : JackPortIsOutput;
    int to = mode == JackCaptureLatency ? JackPortIsOutput : JackPortIsInput;
    size_t changed = 0;
    for (size_t i = 0; i < client->own.count; i++) {
        const rtj_own_port *port = &client->own.list[i];
        if ((port->flags & to) == 0) {
            continue;
        }
        jack_latency_range_t range = range_over(client, port->group, from, mode);
        jack_latency_range_t before = {0, 0};
        range.min += port->latency;
        range.max += port->latency;
        client->lib->jack_port_get_latency_range(port->handle, mode, &before);
        changed += range.min != before.min || range.max != before.max;
        client->lib->jack_port_set_latency_range(port->handle, mode, &range);
    }
    return changed;
}

/* The program's own callback, which may set other ranges. */
static void ask_program(rtj_client *client, jack_latency_callback_mode_t mode)
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
    if (client->lib->kind != RTJ_PIPEWIRE) {
        pthread_mutex_lock(&client->own.lock);
        (void)answer(client, mode);
        pthread_mutex_unlock(&client->own.lock);
        ask_program(client, mode);
        rtj_on_latency(mode, &client->notifier);
    } else if (!is_awaited(&client->latency)) {
        note_due(client);
    }
    rtj_guard_leave(guard);
}

/* ---- on the delivery thread, with PipeWire's libjack ---- */

/* Have libjack ask once more: when it does, all that was queued before has been done.
 */
static void settle(rtj_client *client, jack_client_t *handle)
{
    rtj_latency_apart *apart = &client->latency;
    struct timespec deadline = rtj_deadline_in(settling_seconds);
    pthread_mutex_lock(&apart->lock);
    apart->awaited = 2; /* one for each mode */
    pthread_mutex_unlock(&apart->lock);
    (void)client->lib->jack_recompute_total_latencies(handle);
    pthread_mutex_lock(&apart->lock);
    int late = 0;
    while (apart->awaited > 0 && !late) {
        late = pthread_cond_timedwait(&apart->heard, &apart->lock, &deadline);
    }
    apart->awaited = 0;
    pthread_mutex_unlock(&apart->lock);
}

void rtj_latency_due(rtj_client *client)
{
    pthread_mutex_lock(&client->latency.lock);
    client->latency.due = 0;
    pthread_mutex_unlock(&client->latency.lock);
    jack_client_t *handle = rtj_client_enter(client, NULL);
    if (handle == NULL) {
        return;
    }
    pthread_mutex_lock(&client->own.lock);
    size_t changed = answer(client, JackCaptureLatency);
    changed += answer(client, JackPlaybackLatency);
    pthread_mutex_unlock(&client->own.lock);
    ask_program(client, JackCaptureLatency);
    ask_program(client, JackPlaybackLatency);
    pthread_mutex_lock(&client->own.lock);
    int can = client->lib->jack_recompute_total_latencies != NULL;
    if (changed > 0 && can && rtj_client_is_active(client)) { /* it asks those alone */
        settle(client, handle);
    }
    pthread_mutex_unlock(&client->own.lock);
    rtj_on_latency(JackCaptureLatency, &client->notifier);
    rtj_on_latency(JackPlaybackLatency, &client->notifier);
    rtj_client_leave(client);
}
