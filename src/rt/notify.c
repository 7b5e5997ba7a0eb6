#include "rt/notify.h"

#include "rt/guard.h"

/* A notice and its texts while they are being gathered. */
typedef struct draft {
    rtj_notice notice;
    char texts[2][RTJ_NOTICE_TEXT];
} draft;

/* The texts stay unset: `lengths` says how much of them counts. */
static void begin(draft *made, rtj_notice_kind kind)
{
    made->notice = (rtj_notice){.kind = kind};
}

/* Byte by byte and each read once: another process may rename the port meanwhile. */
static void set_text(draft *made, int which, const char *text)
{
    uint16_t length = 0;
    if (text != NULL) {
        const volatile char *from = text;
        char byte;
        while (length < RTJ_NOTICE_TEXT - 1 && (byte = from[length]) != '\0') {
            made->texts[which][length++] = byte;
        }
    }
    made->texts[which][length++] = '\0';
    made->notice.lengths[which] = length;
}

static int same_text(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

static rtj_port_type type_of(const char *name)
{
    if (name == NULL) {
        return RTJ_PORT_UNKNOWN;
    }
    if (same_text(name, JACK_DEFAULT_AUDIO_TYPE)) {
        return RTJ_PORT_AUDIO;
    }
    return same_text(name, JACK_DEFAULT_MIDI_TYPE) ? RTJ_PORT_MIDI : RTJ_PORT_UNKNOWN;
}

/* Whether the port called `name` belongs to the client called `client`. */
static uint8_t is_own(const char *name, const char *client)
{
    if (client == NULL) {
        return 0;
    }
    while (*client != '\0' && *client == *name) {
        client++;
        name++;
    }
    return *client == '\0' && *name == ':';
}

/* What can be had about the port without asking the server; not its name. */
static void set_port(draft *made, int which, const rtj_notifier *notifier,
                     jack_port_id_t id)
{
    jack_port_t *port = notifier->port_by_id(notifier->handle, id);
    port = port != notifier->no_port ? port : NULL;
    made->notice.ids[which] = id;
    made->notice.ports[which] = port;
    if (port != NULL) {
        int flags = notifier->port_flags(port);
        made->notice.flags[which] = flags < 0 ? 0 : (uint32_t)flags;
        made->notice.types[which] = (uint8_t)type_of(notifier->port_type(port));
    }
}

static void set_named_port(draft *made, int which, const rtj_notifier *notifier,
                           jack_port_id_t id)
{
    set_port(made, which, notifier, id);
    jack_port_t *port = made->notice.ports[which];
    set_text(made, which, port != NULL ? notifier->port_name(port) : NULL);
    made->notice.mine[which] = is_own(made->texts[which], notifier->own_name);
}

enum { PARTS = 3 };

static void gather(const draft *made, rtj_part parts[PARTS])
{
    parts[0] = (rtj_part){&made->notice, sizeof made->notice};
    parts[1] = (rtj_part){made->texts[0], made->notice.lengths[0]};
    parts[2] = (rtj_part){made->texts[1], made->notice.lengths[1]};
}

/* The mailboxes count what they lose. */
static void put_for_listeners(const draft *made, rtj_notifier *notifier)
{
    rtj_part parts[PARTS];
    gather(made, parts);
    rtj_notice_kind kind = made->notice.kind;
    size_t spare = kind == RTJ_SHUTDOWN ? 0 : RTJ_LISTENER_LEAST / 4;
    atomic_fetch_add(&notifier->telling, 1);
    const rtj_audience *audience = atomic_load(&notifier->audience);
    for (size_t i = 0; audience != NULL && i < audience->count; i++) {
        rtj_listener *listener = audience->listeners[i];
        int wanted = (atomic_load_explicit(&listener->kinds, memory_order_relaxed) &
                      RTJ_KIND(kind)) != 0;
        if (wanted) {
            (void)rtj_mailbox_put_leaving(listener->box, parts, PARTS, spare);
        }
        if (kind == RTJ_SHUTDOWN) {
            atomic_store_explicit(&listener->over, 1, memory_order_release);
        }
        if (wanted || kind == RTJ_SHUTDOWN) {
            rtj_wake_set(&listener->wake);
        }
    }
    atomic_fetch_sub(&notifier->telling, 1);
}

static void put_for_delivery(const draft *made, const rtj_notifier *notifier)
{
    rtj_part parts[PARTS];
    gather(made, parts);
    (void)rtj_mailbox_put(notifier->box, parts, PARTS);
    rtj_wake_set(notifier->wake);
}

static void put(const draft *made, rtj_notifier *notifier)
{
    put_for_listeners(made, notifier);
    put_for_delivery(made, notifier);
}

const char *rtj_notice_text(const rtj_notice *notice, int which)
{
    if (notice->lengths[which] == 0) {
        return "";
    }
    const char *texts = (const char *)(notice + 1);
    return which == 0 ? texts : texts + notice->lengths[0];
}

void rtj_on_port_registration(jack_port_id_t port, int registered, void *data)
{
    rtj_notifier *notifier = rtj_notifier_seen(data);
    rtj_guard guard = rtj_guard_enter();
    draft made;
    begin(&made, RTJ_PORT_REGISTRATION);
    made.notice.flag = registered != 0;
    set_named_port(&made, 0, notifier, port);
    put(&made, notifier);
    rtj_guard_leave(guard);
}

static void set_connection(draft *made, const rtj_notifier *notifier,
                           jack_port_id_t source, jack_port_id_t destination)
{
    begin(made, RTJ_PORT_CONNECT);
    set_named_port(made, 0, notifier, source);
    set_named_port(made, 1, notifier, destination);
}

/* JACK1 begins with a port of the client that it tells, and so tells a client twice of
 * two ports of its own: each time the other one first. */
void rtj_on_port_connect(jack_port_id_t a, jack_port_id_t b, int connected, void *data)
{
    rtj_notifier *notifier = rtj_notifier_seen(data);
    rtj_guard guard = rtj_guard_enter();
    draft made;
    set_connection(&made, notifier, a, b);
    int turned = (made.notice.flags[0] & JackPortIsInput) != 0 &&
                 (made.notice.flags[1] & JackPortIsOutput) != 0;
    int told_twice = turned && made.notice.mine[0] && made.notice.mine[1];
    if (turned && !told_twice) {
        set_connection(&made, notifier, b, a);
    }
    made.notice.flag = connected != 0;
    if (!told_twice) {
        put(&made, notifier);
    }
    rtj_guard_leave(guard);
}

void rtj_on_port_rename(jack_port_id_t port, const char *old_name, const char *new_name,
                        void *data)
{
    rtj_notifier *notifier = rtj_notifier_seen(data);
    rtj_guard guard = rtj_guard_enter();
    draft made;
    begin(&made, RTJ_PORT_RENAME);
    set_port(&made, 0, notifier, port);
    set_text(&made, 0, old_name);
    set_text(&made, 1, new_name);
    made.notice.mine[0] = is_own(made.texts[1], notifier->own_name);
    put(&made, notifier);
    rtj_guard_leave(guard);
}

int rtj_on_graph_order(void *data)
{
    rtj_notifier *notifier = rtj_notifier_seen(data);
    rtj_guard guard = rtj_guard_enter();
    draft made;
    begin(&made, RTJ_GRAPH_ORDER);
    put(&made, notifier);
    rtj_guard_leave(guard);
    return 0;
}

int rtj_on_xrun(void *data)
{
    rtj_notifier *notifier = rtj_notifier_seen(data);
    rtj_guard guard = rtj_guard_enter();
    (void)atomic_fetch_add_explicit(&notifier->xruns, 1, memory_order_relaxed);
    draft made;
    begin(&made, RTJ_XRUN);
    if (notifier->xrun_delayed != NULL) {
        made.notice.delayed_usecs = notifier->xrun_delayed(notifier->handle);
    }
    put(&made, notifier);
    rtj_guard_leave(guard);
    return 0;
}

void rtj_on_client_registration(const char *name, int registered, void *data)
{
    rtj_notifier *notifier = rtj_notifier_seen(data);
    rtj_guard guard = rtj_guard_enter();
    draft made;
    begin(&made, RTJ_CLIENT_REGISTRATION);
    made.notice.flag = registered != 0;
    set_text(&made, 0, name);
    put(&made, notifier);
    rtj_guard_leave(guard);
}

void rtj_on_freewheel(int starting, void *data)
{
    rtj_notifier *notifier = rtj_notifier_seen(data);
    rtj_guard guard = rtj_guard_enter();
    atomic_store_explicit(&notifier->freewheels, starting != 0, memory_order_relaxed);
    draft made;
    begin(&made, RTJ_FREEWHEEL);
    made.notice.flag = starting != 0;
    put(&made, notifier);
    rtj_guard_leave(guard);
}

/* A notice that is one number.  libjack also tells what is as it was: when the callback
 * is set, or the client activated. */
static void put_number(rtj_notice_kind kind, uint32_t number, _Atomic uint32_t *last,
                       rtj_notifier *notifier)
{
    rtj_guard guard = rtj_guard_enter();
    draft made;
    begin(&made, kind);
    made.notice.number = number;
    if (atomic_exchange_explicit(last, number, memory_order_relaxed) != number) {
        put_for_listeners(&made, notifier);
    }
    put_for_delivery(&made, notifier);
    rtj_guard_leave(guard);
}

int rtj_on_samplerate(jack_nframes_t samplerate, void *data)
{
    rtj_notifier *notifier = rtj_notifier_seen(data);
    put_number(RTJ_SAMPLERATE, samplerate, &notifier->samplerate, notifier);
    return 0;
}

int rtj_on_blocksize(jack_nframes_t frames, void *data)
{
    rtj_notifier *notifier = rtj_notifier_seen(data);
    put_number(RTJ_BLOCKSIZE, frames, &notifier->blocksize, notifier);
    return 0;
}

void rtj_on_latency_due(void *data)
{
    rtj_guard guard = rtj_guard_enter();
    draft made;
    begin(&made, RTJ_LATENCY_DUE);
    put_for_delivery(&made, rtj_notifier_seen(data));
    rtj_guard_leave(guard);
}

void rtj_on_property_change(jack_uuid_t subject, const char *key,
                            jack_property_change_t change, void *data)
{
    rtj_notifier *notifier = rtj_notifier_seen(data);
    rtj_guard guard = rtj_guard_enter();
    draft made;
    begin(&made, RTJ_PROPERTY_CHANGE);
    made.notice.uuid = subject;
    made.notice.number = (uint32_t)change;
    set_text(&made, 0, key);
    put(&made, notifier);
    rtj_guard_leave(guard);
}

void rtj_on_latency(jack_latency_callback_mode_t mode, void *data)
{
    rtj_guard guard = rtj_guard_enter();
    draft made;
    begin(&made, RTJ_LATENCY);
    made.notice.number = (uint32_t)mode;
    put_for_listeners(&made, rtj_notifier_seen(data));
    rtj_guard_leave(guard);
}

void rtj_on_plain_shutdown(void *data)
{
    rtj_on_shutdown(JackFailure, "", data);
}

void rtj_on_shutdown(jack_status_t code, const char *reason, void *data)
{
    rtj_notifier *notifier = rtj_notifier_seen(data);
    rtj_guard guard = rtj_guard_enter();
    draft made;
    begin(&made, RTJ_SHUTDOWN);
    made.notice.number = (uint32_t)code;
    set_text(&made, 0, reason);
    /* First, so that whoever gets the notice finds the client lost.  PipeWire may say
     * it again. */
    if (atomic_exchange_explicit(&notifier->lost, 1, memory_order_acq_rel) == 0) {
        put(&made, notifier);
    }
    rtj_guard_leave(guard);
}
