/* libjack's notifications, with any names and numbers, on their way to an event queue:
 * each becomes one event, which says what libjack said. */
#include "core/client_impl.h"
#include "core/listeners.h"
#include "input.h"
#include "py/args.h"
#include "py/client_impl.h"
#include "py/event.h"
#include "python.h"

enum { PORTS = 8, BOX = 1 << 13 };

typedef struct fake {
    rtj_state *state;
    rtj_py_client *client;
    rtj_client *core;
    rtj_listener listener;
    rtj_audience *audience;
} fake;

static char places[PORTS]; /* a handle is one's address */
static char *names[2];     /* that libjack gives in turn, and tells */
static unsigned turn;
static input choices;

static jack_port_t *by_id(jack_client_t *client, jack_port_id_t id)
{
    (void)client;
    return id < PORTS ? (jack_port_t *)&places[id] : NULL;
}

static const char *name_of(const jack_port_t *port)
{
    (void)port;
    return names[turn++ % 2];
}

static int flags_of(const jack_port_t *port)
{
    (void)port;
    return (int8_t)next_byte(&choices);
}

static const char *type_of(const jack_port_t *port)
{
    static const char *const types[] = {NULL, JACK_DEFAULT_AUDIO_TYPE,
                                        JACK_DEFAULT_MIDI_TYPE, ""};
    (void)port;
    return types[next_byte(&choices) % 4];
}

static float delayed(jack_client_t *client)
{
    (void)client;
    uint8_t bytes[sizeof(float)];
    float result;
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = next_byte(&choices);
    }
    memcpy(&result, bytes, sizeof result);
    return result;
}

static void *memory_for(size_t alignment, size_t size)
{
    void *memory =
        aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
    MUST(memory != NULL);
    return memset(memory, 0, size);
}

/* A client that is closed, so that nothing asks libjack any more. */
static rtj_client *new_core(rtj_delivery *delivery)
{
    static const rtj_libjack lib = {.kind = RTJ_JACK2};
    rtj_client *core = memory_for(_Alignof(rtj_client), sizeof *core);
    core->lib = &lib;
    core->delivery = delivery;
    atomic_init(&core->gate, RTJ_GATE_SHUT);
    atomic_init(&core->references, 1);
    core->notifier.port_by_id = by_id;
    core->notifier.port_name = name_of;
    core->notifier.port_type = type_of;
    core->notifier.port_flags = flags_of;
    core->notifier.xrun_delayed = delayed;
    core->notifier.own_name = "own";
    core->notifier.box = rtj_delivery_mailbox(delivery);
    core->notifier.wake = rtj_delivery_wake(delivery);
    return core;
}

static void ignore(void *context, const rtj_notice *notice)
{
    (void)context;
    (void)notice;
}

static void prepare(fake *made)
{
    rtj_delivery *delivery;
    rtj_error error;
    made->state = start_python();
    MUST(rtj_delivery_start(ignore, NULL, NULL, &delivery, &error) == RTJ_OK);
    made->core = new_core(delivery);
    made->listener.box = rtj_mailbox_init(memory_for(64, rtj_mailbox_memory(BOX)), BOX);
    MUST(rtj_wake_open(&made->listener.wake) == 0);
    atomic_init(&made->listener.kinds, UINT32_MAX);
    made->audience = memory_for(64, sizeof(rtj_audience) + sizeof(rtj_listener *));
    made->audience->count = 1;
    made->audience->listeners[0] = &made->listener;
    atomic_init(&made->core->notifier.audience, made->audience);
    PyTypeObject *type = made->state->Client;
    made->client = (rtj_py_client *)type->tp_alloc(type, 0);
    MUST(made->client != NULL);
    made->client->state = made->state;
    made->client->core = made->core;
    made->client->own_ports = PyDict_New();
    MUST(made->client->own_ports != NULL);
}

static uint32_t next_number(input *from)
{
    uint32_t number = next_byte(from);
    return number < 240 ? number : number << 24 | next_byte(from);
}

static void tell(fake *of, rtj_notice_kind kind, input *from)
{
    rtj_notifier *notifier = &of->core->notifier;
    uint32_t number = next_number(from), other = next_byte(from) % (PORTS + 1);
    switch (kind) {
    case RTJ_PORT_REGISTRATION:
        rtj_on_port_registration(other, (int)number % 2, notifier);
        return;
    case RTJ_PORT_CONNECT:
        rtj_on_port_connect(number % (PORTS + 1), other, (int)number % 2, notifier);
        return;
    case RTJ_PORT_RENAME:
        rtj_on_port_rename(other, names[0], names[1], notifier);
        return;
    case RTJ_GRAPH_ORDER:
        (void)rtj_on_graph_order(notifier);
        return;
    case RTJ_XRUN:
        (void)rtj_on_xrun(notifier);
        return;
    case RTJ_CLIENT_REGISTRATION:
        rtj_on_client_registration(names[0], (int)number % 2, notifier);
        return;
    case RTJ_FREEWHEEL:
        rtj_on_freewheel((int)number % 2, notifier);
        return;
    case RTJ_SAMPLERATE:
        (void)rtj_on_samplerate(number, notifier);
        return;
    case RTJ_BLOCKSIZE:
        (void)rtj_on_blocksize(number, notifier);
        return;
    case RTJ_PROPERTY_CHANGE:
        rtj_on_property_change((uint64_t)number << 32 | other, names[0],
                               (jack_property_change_t)number, notifier);
        return;
    case RTJ_LATENCY:
        rtj_on_latency((jack_latency_callback_mode_t)number, notifier);
        return;
    default:
        rtj_on_shutdown((jack_status_t)number, names[0], notifier);
    }
}

/* `name` of `event` is what libjack said, up to where a notice ends. */
static void check_text(PyObject *event, const char *name, const char *said)
{
    PyObject *text = PyObject_GetAttrString(event, name);
    MUST(text != NULL);
    PyObject *bytes = rtj_encode(text, name);
    MUST(bytes != NULL);
    size_t length = strnlen(said != NULL ? said : "", RTJ_NOTICE_TEXT - 1);
    MUST((size_t)PyBytes_GET_SIZE(bytes) == length &&
         memcmp(PyBytes_AS_STRING(bytes), said != NULL ? said : "", length) == 0);
    Py_DECREF(bytes);
    Py_DECREF(text);
}

static void check_event(PyObject *event, rtj_notice_kind kind)
{
    static const char *const first[RTJ_SHUTDOWN + 1] = {
        [RTJ_PORT_RENAME] = "old_name",
        [RTJ_CLIENT_REGISTRATION] = "name",
        [RTJ_PROPERTY_CHANGE] = "key",
        [RTJ_SHUTDOWN] = "reason",
    };
    if (first[kind] != NULL) {
        check_text(event, first[kind], names[0]);
    }
    if (kind == RTJ_PORT_RENAME) {
        check_text(event, "new_name", names[1]);
    }
    PyObject *text = PyObject_Repr(event);
    MUST(text != NULL && PyObject_Hash(event) != -1);
    PyObject *bytes = PyUnicode_AsUTF8String(text); /* so that it can be printed */
    MUST(bytes != NULL);
    Py_DECREF(bytes);
    Py_DECREF(text);
}

static unsigned hear(fake *of, PyObject *known, rtj_notice_kind kind)
{
    rtj_notice_copy copy;
    unsigned count = 0;
    while (rtj_listener_take(of->core, &of->listener, &copy) == RTJ_HEARD) {
        MUST(copy.notice.kind == kind);
        PyObject *event =
            rtj_event_new(of->state, known, (PyObject *)of->client, &copy.notice);
        MUST(event != NULL);
        check_event(event, kind);
        Py_DECREF(event);
        count++;
    }
    return count;
}

/* Not told of is what was so before; and by JACK1, of two of one's own ports, it comes
 * twice. */
static int may_be_silent(rtj_notice_kind kind)
{
    return kind == RTJ_SAMPLERATE || kind == RTJ_BLOCKSIZE || kind == RTJ_PORT_CONNECT;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static fake of;
    if (of.state == NULL) {
        prepare(&of);
    }
    input from = {data, size};
    PyObject *known = PyDict_New();
    MUST(known != NULL);
    while (from.left > 0) {
        rtj_notice_kind kind = next_byte(&from) % (RTJ_SHUTDOWN + 1);
        choices = from;
        names[0] = next_byte(&from) % 8 == 0 ? NULL : next_text(&from);
        names[1] = next_byte(&from) % 8 == 0 ? NULL : next_text(&from);
        turn = 0;
        tell(&of, kind, &from);
        unsigned count = hear(&of, known, kind);
        MUST(count == 1 || (count == 0 && may_be_silent(kind)));
        atomic_store(&of.core->notifier.lost, 0);
        atomic_store(&of.listener.over, 0);
        free(names[0]);
        free(names[1]);
    }
    Py_DECREF(known);
    PyDict_Clear(of.client->own_ports);
    return 0;
}
