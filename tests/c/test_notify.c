#include "rt/notify.h"

#include <pthread.h>
#include <sys/syscall.h>

#include "check.h"

enum { GONE = 9, NAMELESS = 8, LONG = 7, BOX_BYTES = 1 << 16 };

static char long_name[2000];
static int client_itself;

static int cancel_state(void)
{
    int state, ignored;
    CHECK_EQ(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state), 0);
    CHECK_EQ(pthread_setcancelstate(state, &ignored), 0);
    return state;
}

/* In libc's place: the last thing that each notification does is to set the wake, and
 * until then libjack must not cancel the thread. */
static int state_when_woken = -1;

ssize_t write(int fd, const void *bytes, size_t size)
{
    state_when_woken = cancel_state();
    return syscall(SYS_write, fd, bytes, size);
}

static jack_port_t *by_id(jack_client_t *client, jack_port_id_t id)
{
    CHECK(client == (jack_client_t *)&client_itself);
    CHECK_EQ(cancel_state(), PTHREAD_CANCEL_DISABLE);
    return id == GONE ? NULL : (jack_port_t *)(uintptr_t)id;
}

static const char *name_of(const jack_port_t *port)
{
    static const char *const names[] = {"",    "me:out", "meant:in", "me", "x:y:z",
                                        "x:5", "x:six",  long_name,  NULL};
    return names[(uintptr_t)port];
}

static const char *type_of(const jack_port_t *port)
{
    static const char *const types[] = {"",
                                        JACK_DEFAULT_AUDIO_TYPE,
                                        JACK_DEFAULT_MIDI_TYPE,
                                        "other",
                                        "32 bit float mono audio, but not quite",
                                        "32 bit",
                                        "",
                                        JACK_DEFAULT_AUDIO_TYPE,
                                        NULL};
    return types[(uintptr_t)port];
}

static int flags_of(const jack_port_t *port)
{
    return (uintptr_t)port == NAMELESS ? -1 : (int)(uintptr_t)port;
}

static float delayed(jack_client_t *client)
{
    CHECK(client == (jack_client_t *)&client_itself);
    CHECK_EQ(cancel_state(), PTHREAD_CANCEL_DISABLE);
    return 12.5f;
}

typedef struct bench {
    rtj_notifier notifier;
    rtj_wake wake;
} bench;

static void set_up(bench *own)
{
    memset(own, 0, sizeof *own);
    void *memory = malloc(rtj_mailbox_memory(BOX_BYTES));
    CHECK(memory != NULL);
    CHECK_EQ(rtj_wake_open(&own->wake), 0);
    own->notifier.box = rtj_mailbox_init(memory, BOX_BYTES);
    own->notifier.wake = &own->wake;
    own->notifier.handle = (jack_client_t *)&client_itself;
    own->notifier.port_by_id = by_id;
    own->notifier.port_name = name_of;
    own->notifier.port_type = type_of;
    own->notifier.port_flags = flags_of;
    own->notifier.xrun_delayed = delayed;
    own->notifier.own_name = "me";
}

static void tear_down(bench *own)
{
    size_t size;
    CHECK(rtj_mailbox_peek(own->notifier.box, &size) == NULL);
    CHECK_EQ(rtj_mailbox_lost(own->notifier.box), 0);
    rtj_wake_close(&own->wake);
    free(own->notifier.box);
}

/* The one notice that is there; the wake was set for it. */
static const rtj_notice *next(bench *own, rtj_notice_kind kind)
{
    size_t size;
    const rtj_notice *notice = rtj_mailbox_peek(own->notifier.box, &size);
    CHECK(notice != NULL);
    CHECK_EQ(rtj_wake_wait(&own->wake, 0), 1);
    CHECK_EQ(state_when_woken, PTHREAD_CANCEL_DISABLE);
    CHECK_EQ(cancel_state(), PTHREAD_CANCEL_ENABLE);
    state_when_woken = -1;
    CHECK_EQ(notice->kind, kind);
    CHECK_EQ(size, sizeof *notice + notice->lengths[0] + notice->lengths[1]);
    return notice;
}

static void done(bench *own)
{
    rtj_mailbox_drop(own->notifier.box);
}

static void check_port(const rtj_notice *notice, int which, uintptr_t id,
                       const char *name, rtj_port_type type, int mine)
{
    CHECK_EQ(notice->ids[which], id);
    CHECK(notice->ports[which] == (jack_port_t *)id);
    CHECK_TEXT(rtj_notice_text(notice, which), name);
    CHECK_EQ(notice->types[which], type);
    CHECK_EQ(notice->mine[which], mine);
    CHECK_EQ(notice->flags[which], id);
}

static void test_ports(void)
{
    bench own;
    set_up(&own);
    rtj_on_port_registration(1, 7, &own.notifier);
    const rtj_notice *notice = next(&own, RTJ_PORT_REGISTRATION);
    check_port(notice, 0, 1, "me:out", RTJ_PORT_AUDIO, 1);
    CHECK_EQ(notice->flag, 1);
    CHECK_EQ(notice->lengths[1], 0);
    CHECK_TEXT(rtj_notice_text(notice, 1), "");
    done(&own);
    rtj_on_port_registration(2, 0, &own.notifier);
    notice = next(&own, RTJ_PORT_REGISTRATION);
    check_port(notice, 0, 2, "meant:in", RTJ_PORT_MIDI, 0);
    CHECK_EQ(notice->flag, 0);
    done(&own);
    rtj_on_port_connect(3, 4, 1, &own.notifier);
    notice = next(&own, RTJ_PORT_CONNECT);
    check_port(notice, 0, 3, "me", RTJ_PORT_UNKNOWN, 0);
    check_port(notice, 1, 4, "x:y:z", RTJ_PORT_UNKNOWN, 0);
    CHECK_EQ(notice->flag, 1);
    done(&own);
    rtj_on_port_rename(5, "x:old", "me:new", &own.notifier);
    notice = next(&own, RTJ_PORT_RENAME);
    check_port(notice, 0, 5, "x:old", RTJ_PORT_UNKNOWN, 1);
    CHECK_TEXT(rtj_notice_text(notice, 1), "me:new");
    done(&own);
    tear_down(&own);
}

/* As JACK1 has them: a client's own port first. */
static void test_turned_connections(void)
{
    bench own;
    set_up(&own);
    rtj_on_port_connect(1, 2, 1, &own.notifier);
    const rtj_notice *notice = next(&own, RTJ_PORT_CONNECT);
    check_port(notice, 0, 2, "meant:in", RTJ_PORT_MIDI, 0);
    check_port(notice, 1, 1, "me:out", RTJ_PORT_AUDIO, 1);
    CHECK_EQ(notice->flag, 1);
    done(&own);
    own.notifier.own_name = "x";
    rtj_on_port_connect(5, 6, 0, &own.notifier); /* comes again the other way round */
    rtj_on_port_connect(6, 5, 0, &own.notifier);
    notice = next(&own, RTJ_PORT_CONNECT);
    check_port(notice, 0, 6, "x:six", RTJ_PORT_UNKNOWN, 1);
    check_port(notice, 1, 5, "x:5", RTJ_PORT_UNKNOWN, 1);
    CHECK_EQ(notice->flag, 0);
    done(&own);
    tear_down(&own);
}

static void test_what_libjack_does_not_know(void)
{
    bench own;
    set_up(&own);
    rtj_on_port_connect(GONE, NAMELESS, 0, &own.notifier);
    const rtj_notice *notice = next(&own, RTJ_PORT_CONNECT);
    CHECK(notice->ports[0] == NULL && notice->ports[1] != NULL);
    CHECK_EQ(notice->ids[0], GONE);
    CHECK_TEXT(rtj_notice_text(notice, 0), "");
    CHECK_TEXT(rtj_notice_text(notice, 1), "");
    CHECK_EQ(notice->flags[1], 0);
    CHECK_EQ(notice->types[1], RTJ_PORT_UNKNOWN);
    done(&own);
    rtj_on_port_rename(GONE, NULL, NULL, &own.notifier);
    notice = next(&own, RTJ_PORT_RENAME);
    CHECK(notice->ports[0] == NULL);
    CHECK_TEXT(rtj_notice_text(notice, 1), "");
    done(&own);
    own.notifier.no_port = (jack_port_t *)1; /* one for all that are gone */
    rtj_on_port_registration(1, 0, &own.notifier);
    notice = next(&own, RTJ_PORT_REGISTRATION);
    CHECK(notice->ports[0] == NULL);
    CHECK_EQ(notice->flags[0], 0);
    CHECK_TEXT(rtj_notice_text(notice, 0), "");
    done(&own);
    own.notifier.xrun_delayed = NULL;
    own.notifier.own_name = NULL;
    CHECK_EQ(rtj_on_xrun(&own.notifier), 0);
    CHECK(next(&own, RTJ_XRUN)->delayed_usecs == 0);
    done(&own);
    rtj_on_port_registration(1, 1, &own.notifier);
    CHECK_EQ(next(&own, RTJ_PORT_REGISTRATION)->mine[0], 0);
    done(&own);
    tear_down(&own);
}

static void test_long_names_are_cut(void)
{
    bench own;
    set_up(&own);
    memset(long_name, 'n', sizeof long_name - 1);
    rtj_on_port_connect(LONG, LONG, 1, &own.notifier);
    const rtj_notice *notice = next(&own, RTJ_PORT_CONNECT);
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(notice->lengths[i], RTJ_NOTICE_TEXT);
        CHECK_EQ(strlen(rtj_notice_text(notice, i)), RTJ_NOTICE_TEXT - 1);
        CHECK(strncmp(rtj_notice_text(notice, i), long_name, RTJ_NOTICE_TEXT - 1) == 0);
    }
    done(&own);
    tear_down(&own);
}

static void test_the_others(void)
{
    bench own;
    set_up(&own);
    CHECK_EQ(rtj_on_graph_order(&own.notifier), 0);
    CHECK_EQ(next(&own, RTJ_GRAPH_ORDER)->lengths[0], 0);
    done(&own);
    CHECK_EQ(rtj_on_xrun(&own.notifier), 0);
    CHECK(next(&own, RTJ_XRUN)->delayed_usecs == 12.5f);
    done(&own);
    rtj_on_client_registration("somebody", 1, &own.notifier);
    const rtj_notice *notice = next(&own, RTJ_CLIENT_REGISTRATION);
    CHECK_TEXT(rtj_notice_text(notice, 0), "somebody");
    CHECK_EQ(notice->flag, 1);
    done(&own);
    rtj_on_freewheel(1, &own.notifier);
    CHECK_EQ(next(&own, RTJ_FREEWHEEL)->flag, 1);
    done(&own);
    CHECK_EQ(rtj_on_samplerate(96000, &own.notifier), 0);
    CHECK_EQ(next(&own, RTJ_SAMPLERATE)->number, 96000);
    done(&own);
    rtj_on_property_change(0x123456789abcull, "key", PropertyDeleted, &own.notifier);
    notice = next(&own, RTJ_PROPERTY_CHANGE);
    CHECK_EQ(notice->uuid, 0x123456789abcull);
    CHECK_TEXT(rtj_notice_text(notice, 0), "key");
    CHECK_EQ(notice->number, PropertyDeleted);
    done(&own);
    CHECK_EQ(atomic_load(&own.notifier.lost), 0);
    rtj_on_shutdown(JackServerError, "gone", &own.notifier);
    notice = next(&own, RTJ_SHUTDOWN);
    CHECK_EQ(atomic_load(&own.notifier.lost), 1);
    CHECK_EQ(notice->number, JackServerError);
    CHECK_TEXT(rtj_notice_text(notice, 0), "gone");
    done(&own);
    tear_down(&own);
}

/* ---- listeners ---- */

typedef struct listening {
    rtj_audience *audience;
    rtj_listener listeners[2];
} listening;

static void listen(listening *all, bench *own, uint32_t first, uint32_t second)
{
    memset(all, 0, sizeof *all);
    all->audience = calloc(1, sizeof *all->audience + 2 * sizeof(rtj_listener *));
    CHECK(all->audience != NULL);
    all->audience->count = 2;
    for (int i = 0; i < 2; i++) {
        void *memory = malloc(rtj_mailbox_memory(RTJ_LISTENER_LEAST));
        CHECK(memory != NULL);
        all->listeners[i].box = rtj_mailbox_init(memory, RTJ_LISTENER_LEAST);
        CHECK_EQ(rtj_wake_open(&all->listeners[i].wake), 0);
        atomic_init(&all->listeners[i].kinds, i == 0 ? first : second);
        all->audience->listeners[i] = &all->listeners[i];
    }
    atomic_store(&own->notifier.audience, all->audience);
}

static void listen_no_more(listening *all, bench *own)
{
    CHECK_EQ(atomic_load(&own->notifier.telling), 0);
    atomic_store(&own->notifier.audience, NULL);
    for (int i = 0; i < 2; i++) {
        rtj_wake_close(&all->listeners[i].wake);
        free(all->listeners[i].box);
    }
    free(all->audience);
}

/* How many notices of the kind are next; the first `number` must be it. */
static int heard(rtj_listener *listener, rtj_notice_kind kind, uint32_t number)
{
    size_t size;
    int count = 0;
    const rtj_notice *notice = rtj_mailbox_peek(listener->box, &size);
    while (notice != NULL && notice->kind == kind) {
        CHECK_EQ(notice->number, number);
        rtj_mailbox_drop(listener->box);
        count++;
        notice = rtj_mailbox_peek(listener->box, &size);
    }
    return count;
}

static void test_who_listens_to_what(void)
{
    bench own;
    listening all;
    set_up(&own);
    listen(&all, &own, RTJ_KIND(RTJ_BLOCKSIZE) | RTJ_KIND(RTJ_LATENCY),
           RTJ_KIND(RTJ_GRAPH_ORDER));
    CHECK_EQ(rtj_on_graph_order(&own.notifier), 0);
    (void)next(&own, RTJ_GRAPH_ORDER);
    done(&own);
    CHECK_EQ(rtj_wake_wait(&all.listeners[0].wake, 0), 0);
    CHECK_EQ(rtj_wake_wait(&all.listeners[1].wake, 0), 1);
    CHECK_EQ(heard(&all.listeners[1], RTJ_GRAPH_ORDER, 0), 1);
    /* Latencies are for listeners alone. */
    rtj_on_latency(JackPlaybackLatency, &own.notifier);
    CHECK_EQ(rtj_wake_wait(&own.wake, 0), 0);
    CHECK_EQ(rtj_wake_wait(&all.listeners[0].wake, 0), 1);
    CHECK_EQ(heard(&all.listeners[0], RTJ_LATENCY, JackPlaybackLatency), 1);
    /* Only what is another size is an event; the client's own thread hears of each. */
    atomic_store(&own.notifier.blocksize, 128);
    for (int i = 0; i < 4; i++) {
        CHECK_EQ(rtj_on_blocksize(i < 2 ? 128 : 256, &own.notifier), 0);
        (void)next(&own, RTJ_BLOCKSIZE);
        done(&own);
    }
    CHECK_EQ(heard(&all.listeners[0], RTJ_BLOCKSIZE, 256), 1);
    listen_no_more(&all, &own);
    tear_down(&own);
}

/* The shutdown has room where all else was lost. */
static void test_full_listeners_hear_the_end(void)
{
    enum { MANY = 1000 };
    bench own;
    listening all;
    set_up(&own);
    listen(&all, &own, RTJ_KIND(RTJ_LATENCY) | RTJ_KIND(RTJ_SHUTDOWN), 0);
    for (int i = 0; i < MANY; i++) {
        rtj_on_latency(JackCaptureLatency, &own.notifier);
    }
    uint64_t lost = rtj_mailbox_lost(all.listeners[0].box);
    CHECK(lost > 0 && lost < MANY);
    CHECK_EQ(atomic_load(&all.listeners[0].over), 0);
    memset(long_name, 'n', sizeof long_name - 1);
    rtj_on_shutdown(JackServerError, long_name, &own.notifier);
    (void)next(&own, RTJ_SHUTDOWN);
    done(&own);
    CHECK_EQ(heard(&all.listeners[0], RTJ_LATENCY, JackCaptureLatency), MANY - lost);
    CHECK_EQ(heard(&all.listeners[0], RTJ_SHUTDOWN, JackServerError), 1);
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(atomic_load(&all.listeners[i].over), 1);
        CHECK_EQ(rtj_wake_wait(&all.listeners[i].wake, 0), 1);
    }
    CHECK_EQ(rtj_mailbox_lost(all.listeners[1].box), 0);
    listen_no_more(&all, &own);
    tear_down(&own);
}

int main(void)
{
    check_deadline(60);
    test_who_listens_to_what();
    test_full_listeners_hear_the_end();
    test_ports();
    test_turned_connections();
    test_what_libjack_does_not_know();
    test_long_names_are_cut();
    test_the_others();
    return 0;
}
