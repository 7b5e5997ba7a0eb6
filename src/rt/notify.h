/* JACK's notifications: from libjack's threads into a client's mailboxes.
 *
 * libjack calls these from its notification thread (JACK2, PipeWire) or from the audio
 * thread (JACK1), and different kinds at the same time, so they do nothing but put a
 * message into the mailboxes and wake the threads that wait there: the delivery thread,
 * and whoever listens.
 */
#ifndef RTJ_RT_NOTIFY_H
#define RTJ_RT_NOTIFY_H

#include <jack/jack.h>
#include <jack/metadata.h>
#include <stdatomic.h>
#include <stdint.h>

#include "rt/mailbox.h"
#include "rt/wake.h"

typedef enum rtj_port_type {
    RTJ_PORT_UNKNOWN,
    RTJ_PORT_AUDIO,
    RTJ_PORT_MIDI
} rtj_port_type;

enum { RTJ_NOTICE_TEXT = 512 }; /* bytes of a text, final NUL included; cut there */

typedef enum rtj_notice_kind {
    RTJ_PORT_REGISTRATION,   /* ports[0], texts[0] = name; flag: registered */
    RTJ_PORT_CONNECT,        /* ports[0..1], texts = names; flag: connected */
    RTJ_PORT_RENAME,         /* ports[0], texts = old, new */
    RTJ_GRAPH_ORDER,         /* nothing else */
    RTJ_XRUN,                /* delayed_usecs */
    RTJ_CLIENT_REGISTRATION, /* texts[0] = name; flag: registered */
    RTJ_FREEWHEEL,           /* flag: starting */
    RTJ_SAMPLERATE,          /* number */
    RTJ_BLOCKSIZE,           /* number; the callback itself answered already */
    RTJ_PROPERTY_CHANGE,     /* uuid, texts[0] = key, number = jack_property_change_t */
    RTJ_LATENCY,    /* number = jack_latency_callback_mode_t; for listeners alone */
    RTJ_SHUTDOWN,   /* number = jack_status_t, texts[0] = reason */
    RTJ_LATENCY_DUE /* for the engine: latencies are to be worked out */
} rtj_notice_kind;

typedef struct rtj_notice {
    rtj_notice_kind kind;
    int flag;
    uint32_t number;
    float delayed_usecs;
    uint64_t uuid;
    uint32_t ids[2];
    jack_port_t *ports[2]; /* NULL when libjack has none for the id */
    /* What libjack says of the ports when the notice is put, so that a port that is
     * gone by the time of delivery can still be told.  JACK2 tells after the fact: of a
     * port that was unregistered only the name is right, it calls any an audio input.
     */
    uint32_t flags[2];   /* enum JackPortFlags */
    uint8_t types[2];    /* rtj_port_type */
    uint8_t mine[2];     /* by the name: libjack's own list must not be read here */
    uint16_t lengths[2]; /* bytes of each text, final NUL included; 0: no text */
    /* In the mailbox the texts follow; see rtj_notice_text(). */
} rtj_notice;

/* The text behind a notice as it lies in the mailbox; "" when there is none. */
const char *rtj_notice_text(const rtj_notice *notice, int which);

/* The bit of a kind, for sets of kinds. */
#define RTJ_KIND(kind) ((uint32_t)1 << (kind))

/* A queue of a client's notices, besides that of its delivery thread. */
typedef struct rtj_listener {
    _Atomic uint32_t kinds; /* RTJ_KIND() of those that it wants */
    rtj_mailbox *box;
    rtj_wake wake;
    /* Nothing more will come; set after the last was put, and before the wake. */
    _Atomic int over;
    struct rtj_listener *retired; /* core/listeners.c */
} rtj_listener;

/* A mailbox of a listener's has at least so many bytes: room for the longest notices,
 * and for the shutdown's when it is full of others. */
enum { RTJ_LISTENER_LEAST = 1 << 13 };

/* Who listens now.  Published, never changed: another one takes its place. */
typedef struct rtj_audience {
    struct rtj_audience *retired; /* core/listeners.c */
    size_t count;
    rtj_listener *listeners[];
} rtj_audience;

/* What the notification functions may touch; one per client, part of its engine. */
typedef struct rtj_notifier {
    rtj_mailbox *box;
    const rtj_wake *wake;
    jack_client_t *handle;
    __typeof__(jack_port_by_id) *port_by_id;
    const jack_port_t *no_port; /* what that gives for ids that no port has, too */
    __typeof__(jack_port_name) *port_name;
    __typeof__(jack_port_type) *port_type;
    __typeof__(jack_port_flags) *port_flags;
    float (*xrun_delayed)(jack_client_t *); /* NULL: not in this libjack */
    const char *own_name;                   /* the client's; NULL: no port is mine */
    _Atomic(rtj_audience *) audience;       /* NULL: nobody; only read here */
    /* Threads that are using an audience right now.  Both are sequentially consistent:
     * once this was seen at 0, an audience that was replaced before is used no more. */
    _Atomic unsigned telling;
    _Atomic uint32_t samplerate; /* the last ones told: listeners hear of others only */
    _Atomic uint32_t blocksize;
    _Atomic int lost;       /* the server is gone; set before the notice is put */
    _Atomic int freewheels; /* likewise */
    _Atomic uint64_t xruns; /* that were told */
    _Atomic int complete;   /* see rtj_notifier_seen() */
} rtj_notifier;

/* libjack keeps a callback's `data` without an order that its own threads would read it
 * in.  Who makes a notifier says so when it is complete, and the functions below look
 * at that first, so that they see the rest. */
static inline void rtj_notifier_complete(rtj_notifier *notifier)
{
    (void)atomic_exchange(&notifier->complete, 1);
}

static inline rtj_notifier *rtj_notifier_seen(void *data)
{
    rtj_notifier *notifier = data;
    (void)atomic_load_explicit(&notifier->complete, memory_order_acquire);
    return notifier;
}

/* libjack's callbacks; `data` is an rtj_notifier. */
void rtj_on_port_registration(jack_port_id_t port, int registered, void *data);
void rtj_on_port_connect(jack_port_id_t a, jack_port_id_t b, int connected, void *data);
void rtj_on_port_rename(jack_port_id_t port, const char *old_name, const char *new_name,
                        void *data);
int rtj_on_graph_order(void *data);
int rtj_on_xrun(void *data);
void rtj_on_client_registration(const char *name, int registered, void *data);
void rtj_on_freewheel(int starting, void *data);
int rtj_on_samplerate(jack_nframes_t samplerate, void *data);
int rtj_on_blocksize(jack_nframes_t frames, void *data);
void rtj_on_property_change(jack_uuid_t subject, const char *key,
                            jack_property_change_t change, void *data);
void rtj_on_latency_due(void *data);
void rtj_on_latency(jack_latency_callback_mode_t mode, void *data);
void rtj_on_shutdown(jack_status_t code, const char *reason, void *data);
void rtj_on_plain_shutdown(void *data); /* of a libjack that tells no reason */

#endif
