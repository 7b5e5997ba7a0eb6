#include "core/latency_apart.h"

#include "core/latency.h"
#include "core/ports.h"
#include "core/thread.h"

static const double settling_seconds = 0.5;

void rtj_latency_note_due(rtj_client *client)
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

/* Whether a thread waits for this asking, and no answer. */
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

void rtj_latency_apart_asked(rtj_client *client)
{
    if (!is_awaited(&client->latency)) {
        rtj_latency_note_due(client);
    }
}

/* ---- drafts ---- */

static rtj_own_port *find(rtj_client *client, const jack_port_t *port)
{
    for (size_t i = 0; i < client->own.count; i++) {
        if (client->own.list[i].handle == port) {
            return &client->own.list[i];
        }
    }
    return NULL;
}

static int is_drafting(const rtj_client *client)
{
    return rtj_client_in_delivery(client) && client->latency.drafting;
}

static void draft(rtj_client *client)
{
    pthread_mutex_lock(&client->own.lock);
    for (size_t i = 0; i < client->own.count; i++) {
        rtj_own_port *port = &client->own.list[i];
        for (int mode = JackCaptureLatency; mode <= JackPlaybackLatency; mode++) {
            rtj_range_draft *its = &port->drafts[mode];
            its->is_set = rtj_latency_depends(
                client, port, (jack_latency_callback_mode_t)mode, &its->range);
        }
    }
    pthread_mutex_unlock(&client->own.lock);
}

int rtj_latency_apart_range(rtj_client *client, const jack_port_t *port,
                            jack_latency_callback_mode_t mode,
                            jack_latency_range_t *range)
{
    int found = 0;
    if (is_drafting(client)) {
        pthread_mutex_lock(&client->own.lock);
        const rtj_own_port *own = find(client, port);
        if (own != NULL && own->drafts[mode].is_set) {
            *range = own->drafts[mode].range;
            found = 1;
        }
        pthread_mutex_unlock(&client->own.lock);
    }
    return found;
}

/* ---- setting ranges ---- */

/* A range that was set, until it is known to be there. */
typedef struct set_range {
    jack_port_t *port; /* NULL: none */
    jack_latency_callback_mode_t mode;
    jack_latency_range_t before;
    jack_latency_range_t wanted;
} set_range;

static int is_same(const jack_latency_range_t *a, const jack_latency_range_t *b)
{
    return a->min == b->min && a->max == b->max;
}

static set_range set(const rtj_libjack *lib, jack_port_t *port,
                     jack_latency_callback_mode_t mode, jack_latency_range_t range)
{
    set_range done = {port, mode, {0, 0}, range};
    lib->jack_port_get_latency_range(port, mode, &done.before);
    lib->jack_port_set_latency_range(port, mode, &range);
    return done;
}

/* Until libjack from 1.0 on has taken over what was set, of all that this thread has
 * set. A range that is read as another than the one that was asked for has been
 * rounded. */
static void await_range(const rtj_client *client, const set_range *last,
                        const struct timespec *deadline)
{
    struct timespec nap = {0, 100000};
    while (!rtj_deadline_passed(deadline)) {
        jack_latency_range_t now = {0, 0};
        client->lib->jack_port_get_latency_range(last->port, last->mode, &now);
        if (is_same(&now, &last->wanted) || !is_same(&now, &last->before)) {
            return;
        }
        nanosleep(&nap, NULL);
    }
}

/* Before 1.0 a range can be read at once, and libjack asks, if the client is active, on
 * the thread that sends it: when it has asked once more, all that was queued before has
 * been done. */
static void await_asking(rtj_client *client, const struct timespec *deadline)
{
    rtj_latency_apart *apart = &client->latency;
    if (client->lib->jack_recompute_total_latencies == NULL ||
        !rtj_client_is_active(client)) {
        return;
    }
    pthread_mutex_lock(&apart->lock);
    apart->awaited = 2; /* one for each mode */
    pthread_mutex_unlock(&apart->lock);
    (void)client->lib->jack_recompute_total_latencies(client->handle);
    pthread_mutex_lock(&apart->lock);
    int late = 0;
    while (apart->awaited > 0 && !late) {
        late = pthread_cond_timedwait(&apart->heard, &apart->lock, deadline);
    }
    apart->awaited = 0;
    pthread_mutex_unlock(&apart->lock);
}

/* With own.lock held, on a thread that libjack's own does not wait for: until what was
 * set has been sent. */
static void settle(rtj_client *client, const set_range *last)
{
    struct timespec deadline = rtj_deadline_in(settling_seconds);
    if (last->port == NULL || is_same(&last->before, &last->wanted)) {
        return;
    }
    if (rtj_libjack_is_newer_pipewire(client->lib)) {
        await_range(client, last, &deadline);
    } else {
        await_asking(client, &deadline);
    }
}

rtj_status rtj_latency_apart_set(rtj_client *client, jack_port_t *port,
                                 jack_latency_callback_mode_t mode,
                                 jack_latency_range_t range, rtj_error *error)
{
    rtj_status status = RTJ_OK;
    pthread_mutex_lock(&client->own.lock);
    rtj_own_port *own = find(client, port);
    if (own != NULL && is_drafting(client)) {
        own->drafts[mode] = (rtj_range_draft){range, 1};
    } else if (own != NULL || /* the list has no ports of other types */
               rtj_port_type_of(client->lib->jack_port_type(port)) ==
                   RTJ_PORT_UNKNOWN) {
        set_range last = set(client->lib, port, mode, range);
        if (rtj_client_in_delivery(client) || !rtj_client_in_callback(client)) {
            settle(client, &last);
        }
    } else {
        status = rtj_fail(error, RTJ_FAILED, 0, "the port has been unregistered");
    }
    pthread_mutex_unlock(&client->own.lock);
    return status;
}

/* ---- on the delivery thread ---- */

static void set_drafts(rtj_client *client)
{
    set_range last = {0};
    pthread_mutex_lock(&client->own.lock);
    for (size_t i = 0; i < client->own.count; i++) {
        const rtj_own_port *port = &client->own.list[i];
        for (int mode = JackCaptureLatency; mode <= JackPlaybackLatency; mode++) {
            if (port->drafts[mode].is_set) {
                set_range done =
                    set(client->lib, port->handle, (jack_latency_callback_mode_t)mode,
                        port->drafts[mode].range);
                last = is_same(&done.before, &done.wanted) ? last : done;
            }
        }
    }
    settle(client, &last);
    pthread_mutex_unlock(&client->own.lock);
}

void rtj_latency_due(rtj_client *client)
{
    pthread_mutex_lock(&client->latency.lock);
    client->latency.due = 0;
    pthread_mutex_unlock(&client->latency.lock);
    if (rtj_client_enter(client, NULL) == NULL) {
        return;
    }
    draft(client);
    client->latency.drafting = 1;
    rtj_latency_ask_program(client, JackCaptureLatency);
    rtj_latency_ask_program(client, JackPlaybackLatency);
    client->latency.drafting = 0;
    set_drafts(client);
    rtj_on_latency(JackCaptureLatency, &client->notifier);
    rtj_on_latency(JackPlaybackLatency, &client->notifier);
    rtj_client_leave(client);
}
