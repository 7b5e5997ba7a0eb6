#include "core/units.h"

#include <stdlib.h>
#include <string.h>

#include "core/client_impl.h"
#include "core/registry.h"
#include "core/unitwork.h"
#include "rt/clear.h"

typedef struct memory {
    struct memory *next;
    void *bytes;
} memory;

struct rtj_unit {
    rtj_client *client;
    rtj_unit_plan plan; /* without the lists of ports */
    rtj_work *work;     /* the node's data; owned */
    rtj_work *renewed;  /* what comes in its place; under lifecycle */
    memory *memories;
    int added; /* under lifecycle */
    _Atomic int closed;
    rtj_unit *next; /* in the client's list */
};

/* ---- making ---- */

static rtj_work *first_work(rtj_client *client, const rtj_unit_plan *plan)
{
    if (plan->all_ports) {
        pthread_mutex_lock(&client->own.lock);
        rtj_work *work = rtj_work_over_all(client, plan->size);
        pthread_mutex_unlock(&client->own.lock);
        return work;
    }
    rtj_work *work = rtj_work_new(plan->size, plan->input_count, plan->output_count);
    for (uint32_t i = 0; work != NULL && i < plan->input_count; i++) {
        atomic_init(&work->inputs[i], plan->inputs[i]);
    }
    for (uint32_t i = 0; work != NULL && i < plan->output_count; i++) {
        atomic_init(&work->outputs[i], plan->outputs[i]);
    }
    return work;
}

rtj_status rtj_unit_new(rtj_client *client, const rtj_unit_plan *plan,
                        rtj_unit **result, rtj_error *error)
{
    jack_client_t *handle = rtj_client_enter(client, error);
    if (handle == NULL) {
        return error != NULL ? error->status : RTJ_CLOSED;
    }
    uint32_t samplerate = client->lib->jack_get_sample_rate(handle);
    rtj_client_leave(client);
    rtj_unit *unit = calloc(1, sizeof *unit);
    rtj_work *work = first_work(client, plan);
    if (unit == NULL || work == NULL) {
        free(unit);
        free(work);
        return rtj_fail(error, RTJ_MEMORY, 0, "no memory for a node");
    }
    rtj_work_fill(client, work, samplerate);
    unit->work = work;
    unit->plan = *plan;
    unit->plan.inputs = unit->plan.outputs = NULL;
    rtj_client_retain(client);
    unit->client = client;
    *result = unit;
    return RTJ_OK;
}

void *rtj_unit_data(rtj_unit *unit)
{
    return unit->work;
}

void *rtj_unit_memory(rtj_unit *unit, size_t size)
{
    memory *added = calloc(1, sizeof *added);
    void *bytes = added != NULL ? rtj_zeroed(size) : NULL;
    if (bytes == NULL) {
        free(added);
        return NULL;
    }
    *added = (memory){unit->memories, bytes};
    unit->memories = added;
    return bytes;
}

/* ---- publishing; all with `lifecycle` held ---- */

/* Whether the port may have another's sound in it still; with own.lock held. */
static int is_fresh(const rtj_client *client, const jack_port_t *port)
{
    for (size_t i = 0; client->clear != NULL && i < client->clear->count; i++) {
        rtj_cleared_port *entry = &client->clear->ports[i];
        if (atomic_load(&entry->port) == port) {
            return atomic_load_explicit(&entry->fresh, memory_order_relaxed);
        }
    }
    return client->lib->kind == RTJ_JACK1;
}

/* What is to be cleared, of the ports that there are; with own.lock held. */
static rtj_clear *new_clear(rtj_client *client)
{
    rtj_clear *clear =
        calloc(1, sizeof *clear + client->own.count * sizeof clear->ports[0]);
    if (clear == NULL) {
        return NULL;
    }
    clear->get_buffer = client->lib->jack_port_get_buffer;
    clear->midi_clear = client->lib->jack_midi_clear_buffer;
    clear->everything = &client->clear_all;
    for (size_t i = 0; i < client->own.count; i++) {
        const rtj_own_port *port = &client->own.list[i];
        if ((port->flags & JackPortIsOutput) != 0) {
            rtj_cleared_port *entry = &clear->ports[clear->count++];
            atomic_init(&entry->port, port->handle);
            entry->is_midi = port->is_midi;
            entry->always = port->cleared;
            atomic_init(&entry->fresh, is_fresh(client, port->handle));
        }
    }
    return clear;
}

static rtj_node node_of(const rtj_unit *unit, rtj_work *work)
{
    return (rtj_node){unit->plan.run, work};
}

/* Data over the ports that there are now, for a unit over all ports; with own.lock
 * held.  0, or -1 without memory. */
static int renew(rtj_unit *unit)
{
    rtj_work *work = rtj_work_over_all(unit->client, unit->plan.size);
    if (work == NULL) {
        return -1;
    }
    size_t common = sizeof(rtj_work);
    memcpy((char *)work + common, (const char *)unit->work + common,
           unit->plan.size - common);
    rtj_work_fill(unit->client, work, unit->work->samplerate);
    unit->renewed = work;
    return 0;
}

typedef struct publication {
    rtj_client *client;
    rtj_clear *clear;     /* new */
    rtj_node_swap *swaps; /* owned */
    size_t count;
} publication;

static void add_swap(publication *change, rtj_node before, rtj_node after)
{
    change->swaps[change->count++] = (rtj_node_swap){before, after};
}

/* The new clearing, and new data for the units over all ports but `excluded`; with
 * own.lock held. */
static int prepare(publication *change, const rtj_unit *excluded)
{
    rtj_client *client = change->client;
    rtj_node none = {NULL, NULL};
    size_t count = 3;
    for (rtj_unit *unit = client->units; unit != NULL; unit = unit->next) {
        count++;
    }
    change->swaps = calloc(count, sizeof *change->swaps);
    change->clear = new_clear(client);
    if (change->swaps == NULL || change->clear == NULL) {
        return -1;
    }
    rtj_node before = {rtj_clear_run, client->clear};
    add_swap(change, client->clear != NULL ? before : none,
             (rtj_node){rtj_clear_run, change->clear});
    if (client->lib->kind == RTJ_JACK1) {
        before.run = rtj_clear_run_once;
        add_swap(change, client->clear != NULL ? before : none,
                 (rtj_node){rtj_clear_run_once, change->clear});
    }
    for (rtj_unit *unit = client->units; unit != NULL; unit = unit->next) {
        if (unit->plan.all_ports && unit->added && unit != excluded) {
            if (renew(unit) < 0) {
                return -1;
            }
            add_swap(change, node_of(unit, unit->work), node_of(unit, unit->renewed));
        }
    }
    return 0;
}

/* After publishing: what was before goes, unless the audio thread may be in it. */
static void settle(publication *change, rtj_status status)
{
    rtj_client *client = change->client;
    int published = status == RTJ_OK || status == RTJ_TIMEOUT;
    rtj_clear *clear = published ? client->clear : change->clear;
    if (published) {
        client->clear = change->clear;
    }
    if (status != RTJ_TIMEOUT) {
        free(clear);
    }
    for (rtj_unit *unit = client->units; unit != NULL; unit = unit->next) {
        rtj_work *gone =
            published && unit->renewed != NULL ? unit->work : unit->renewed;
        if (published && unit->renewed != NULL) {
            unit->work = unit->renewed;
        }
        unit->renewed = NULL;
        if (status != RTJ_TIMEOUT) {
            free(gone);
        }
    }
    free(change->swaps);
}

/* Publish what fits the ports as they are, and with it add or remove `unit` (NULL:
 * neither). */
static rtj_status publish(rtj_client *client, rtj_unit *unit, int add, rtj_error *error)
{
    publication change = {client, NULL, NULL, 0};
    rtj_node none = {NULL, NULL};
    atomic_store(&client->units_stale, 0);
    pthread_mutex_lock(&client->own.lock);
    int failed = prepare(&change, unit);
    pthread_mutex_unlock(&client->own.lock);
    rtj_status status;
    if (failed) {
        status = rtj_fail(error, RTJ_MEMORY, 0, "no memory for the client's cycle");
    } else {
        if (unit != NULL && unit->plan.run != NULL) {
            rtj_node node = node_of(unit, unit->work);
            add_swap(&change, add ? none : node, add ? node : none);
        }
        status =
            rtj_client_swap_nodes_locked(client, change.swaps, change.count, error);
    }
    pthread_mutex_lock(&client->own.lock);
    settle(&change, status);
    pthread_mutex_unlock(&client->own.lock);
    return status;
}

/* ---- adding ---- */

static rtj_own_port *find(const rtj_client *client, const jack_port_t *port)
{
    for (size_t i = 0; i < client->own.count; i++) {
        if (client->own.list[i].handle == port) {
            return &client->own.list[i];
        }
    }
    return NULL;
}

/* Enter the unit in the client's list, if all its ports are there; mark its outputs. */
static int enlist(rtj_unit *unit)
{
    rtj_client *client = unit->client;
    const rtj_work *work = unit->work;
    int there = 1;
    pthread_mutex_lock(&client->own.lock);
    for (uint32_t i = 0; i < work->input_count; i++) {
        there &= find(client, atomic_load(&work->inputs[i])) != NULL;
    }
    for (uint32_t i = 0; i < work->output_count; i++) {
        rtj_own_port *port = find(client, atomic_load(&work->outputs[i]));
        there &= port != NULL;
        if (port != NULL && !unit->plan.all_ports) {
            port->cleared = 1;
        }
    }
    if (unit->plan.all_ports) { /* some may have come and gone since it was made */
        there = renew(unit) == 0;
        if (there) {
            free(unit->work);
            unit->work = unit->renewed;
            unit->renewed = NULL;
        }
    }
    if (there) {
        unit->next = client->units;
        client->units = unit;
    }
    pthread_mutex_unlock(&client->own.lock);
    return there;
}

static void unlist(rtj_unit *unit)
{
    pthread_mutex_lock(&unit->client->own.lock);
    for (rtj_unit **link = &unit->client->units; *link != NULL; link = &(*link)->next) {
        if (*link == unit) {
            *link = unit->next;
            break;
        }
    }
    pthread_mutex_unlock(&unit->client->own.lock);
}

/* With `lifecycle` held and libjack entered. */
static rtj_status add_locked(rtj_unit *unit, rtj_error *error)
{
    rtj_client *client = unit->client;
    if (!enlist(unit)) {
        return rtj_fail(error, RTJ_GONE, 0, "one of the ports does not exist any more");
    }
    rtj_status status = publish(client, unit, 1, error);
    if (status == RTJ_OK || status == RTJ_TIMEOUT) {
        unit->added = 1;
        return status == RTJ_OK ? rtj_client_join_cycle_locked(client, error) : status;
    }
    unlist(unit);
    return status;
}

rtj_status rtj_unit_add(rtj_unit *unit, rtj_error *error)
{
    rtj_client *client = unit->client;
    rtj_status status = rtj_client_refuse_in_callback(client, "given a node", error);
    if (status != RTJ_OK) {
        return status;
    }
    pthread_mutex_lock(&client->lifecycle);
    if (rtj_client_enter(client, error) == NULL) {
        pthread_mutex_unlock(&client->lifecycle);
        return error != NULL ? error->status : RTJ_CLOSED;
    }
    status = add_locked(unit, error);
    rtj_client_leave(client);
    pthread_mutex_unlock(&client->lifecycle);
    return status;
}

/* ---- closing ---- */

rtj_status rtj_unit_close(rtj_unit *unit, rtj_error *error)
{
    rtj_client *client = unit->client;
    if (client->generation != rtj_registry_generation()) {
        atomic_store(&unit->closed, 1); /* the parent's audio thread is not here */
        return RTJ_OK;
    }
    rtj_status status =
        rtj_client_refuse_in_callback(client, "relieved of a node", error);
    if (status != RTJ_OK) {
        return status;
    }
    pthread_mutex_lock(&client->lifecycle);
    if (unit->added) {
        if (unit->plan.writes_anything) {
            atomic_store(&client->clear_all, 1);
        }
        status = publish(client, unit, 0, error);
        if (status == RTJ_OK) {
            unit->added = 0;
            unlist(unit);
        }
    }
    pthread_mutex_unlock(&client->lifecycle);
    if (status == RTJ_OK) {
        atomic_store(&unit->closed, 1);
    }
    return status;
}

int rtj_unit_is_closed(const rtj_unit *unit)
{
    return atomic_load(&unit->closed);
}

rtj_status rtj_unit_free(rtj_unit *unit)
{
    rtj_status status = rtj_unit_close(unit, NULL);
    if (status != RTJ_OK) {
        return status; /* better lost than used after it was freed */
    }
    while (unit->memories != NULL) {
        memory *next = unit->memories->next;
        free(unit->memories->bytes);
        free(unit->memories);
        unit->memories = next;
    }
    free(unit->work);
    rtj_client_release(unit->client);
    free(unit);
    return RTJ_OK;
}

/* ---- ports that come and go ---- */

static int has_units(rtj_client *client)
{
    pthread_mutex_lock(&client->own.lock);
    int has = client->units != NULL || client->clear != NULL ||
              client->lib->kind == RTJ_JACK1; /* for ports that are fresh */
    pthread_mutex_unlock(&client->own.lock);
    return has;
}

/* 1 when the cycle has followed. */
static int refresh(rtj_client *client)
{
    if (!has_units(client)) {
        return 1;
    }
    if (rtj_client_in_callback(client)) {
        /* The delivery thread does it when it hears of the port. */
        atomic_store(&client->units_stale, 1);
        return 0;
    }
    pthread_mutex_lock(&client->lifecycle);
    rtj_status status = client->closed ? RTJ_OK : publish(client, NULL, 0, NULL);
    pthread_mutex_unlock(&client->lifecycle);
    if (status == RTJ_MEMORY) {
        atomic_store(&client->units_stale, 1);
    }
    return status == RTJ_OK;
}

void rtj_units_refresh(rtj_client *client)
{
    (void)refresh(client);
}

static void forget(_Atomic(jack_port_t *) *ports, uint32_t count,
                   const jack_port_t *port)
{
    for (uint32_t i = 0; i < count; i++) {
        if (atomic_load(&ports[i]) == port) {
            atomic_store(&ports[i], NULL);
        }
    }
}

static void forget_in(rtj_client *client, int over_all, const jack_port_t *port)
{
    pthread_mutex_lock(&client->own.lock);
    for (rtj_unit *unit = client->units; unit != NULL; unit = unit->next) {
        if (unit->plan.all_ports == over_all) {
            forget(unit->work->inputs, unit->work->input_count, port);
            forget(unit->work->outputs, unit->work->output_count, port);
        }
    }
    for (size_t i = 0; client->clear != NULL && i < client->clear->count; i++) {
        if (atomic_load(&client->clear->ports[i].port) == port) {
            atomic_store(&client->clear->ports[i].port, NULL);
        }
    }
    pthread_mutex_unlock(&client->own.lock);
}

void rtj_units_forget(rtj_client *client, const jack_port_t *port)
{
    forget_in(client, 0, port);
    if (!refresh(client)) {
        /* A unit over all ports pauses until it can be made anew. */
        forget_in(client, 1, port);
    }
}

rtj_status rtj_units_ready_to_clear_locked(rtj_client *client, rtj_error *error)
{
    return client->clear == NULL ? publish(client, NULL, 0, error) : RTJ_OK;
}

_Atomic int *rtj_units_clear_all(rtj_client *client)
{
    return &client->clear_all;
}
