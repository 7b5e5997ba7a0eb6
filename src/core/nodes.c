#include "core/nodes.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/ask.h"
#include "core/client_impl.h"
#include "core/connected.h"
#include "core/registry.h"
#include "rt/clear.h"
#include "rt/meter.h"
#include "rt/midiinbox.h"
#include "rt/midiqueue.h"

static const double block_patience = 5.0; /* seconds; no block takes that long */

/* ---- connections, kept over a new activation ---- */

typedef struct link {
    char *source;
    char *destination;
    struct link *next;
} link_entry;

static void free_links(link_entry *links)
{
    while (links != NULL) {
        link_entry *next = links->next;
        free(links->source);
        free(links->destination);
        free(links);
        links = next;
    }
}

/* 0, or -1 for want of memory. */
static int add_link(link_entry **links, const char *source, const char *destination)
{
    link_entry *added = calloc(1, sizeof *added);
    if (added == NULL) {
        return -1;
    }
    *added = (link_entry){strdup(source), strdup(destination), *links};
    *links = added;
    return added->source != NULL && added->destination != NULL ? 0 : -1;
}

static int note_links_of(rtj_client *client, link_entry **links, const char *name)
{
    const rtj_libjack *lib = client->lib;
    jack_port_t *port = lib->jack_port_by_name(client->handle, name);
    if (port == NULL || !lib->jack_port_is_mine(client->handle, port)) {
        return 0;
    }
    int failed = 0;
    int output = (lib->jack_port_flags(port) & JackPortIsOutput) != 0;
    const char **others;
    if (lib->kind == RTJ_JACK1 && lib->jack_port_get_all_connections != NULL) {
        /* The server's word: there a handle by name has connections of its own, none.
         */
        others = RTJ_ASK(client, rtj_connected(lib, client->handle, port));
    } else {
        others = lib->jack_port_get_connections(port);
    }
    for (size_t i = 0; others != NULL && others[i] != NULL && failed == 0; i++) {
        failed = output ? add_link(links, name, others[i])
                        : add_link(links, others[i], name);
    }
    if (others != NULL) {
        lib->jack_free((void *)others);
    }
    return failed;
}

static int note_links(rtj_client *client, link_entry **links)
{
    int failed = 0;
    const rtj_libjack *lib = client->lib;
    const char **names = lib->jack_get_ports != NULL
                             ? lib->jack_get_ports(client->handle, NULL, NULL, 0)
                             : NULL;
    for (size_t i = 0; names != NULL && names[i] != NULL && failed == 0; i++) {
        failed = note_links_of(client, links, names[i]);
    }
    if (names != NULL) {
        lib->jack_free((void *)names);
    }
    return failed;
}

static void restore_links(rtj_client *client, const link_entry *links)
{
    for (; links != NULL; links = links->next) {
        /* The other port may be gone by now; then there is nothing to restore. */
        (void)RTJ_ASK(client, client->lib->jack_connect(client->handle, links->source,
                                                        links->destination));
    }
}

/* libjack takes a process callback only from a client that is not active. */
static rtj_status join_cycle(rtj_client *client, rtj_error *error)
{
    rtj_patience patience = {10.0, NULL, NULL};
    link_entry *links = NULL;
    rtj_status status =
        note_links(client, &links) == 0
            ? rtj_client_deactivate_locked(client, &patience, error)
            : rtj_fail(error, RTJ_MEMORY, 0, "no memory for the client's connections");
    if (status == RTJ_OK) {
        status = rtj_client_activate_locked(client, &patience, error);
        restore_links(client, links);
    }
    free_links(links);
    return status;
}

/* ---- the chain ---- */

/* What silences new ports comes first.  What silences ports comes before what writes
 * them; what measures them, or merges with what was written, behind it.  MIDI is
 * received first of all: where an output is connected with an input of the same client,
 * that finds the last block still there. */
static int rank_of(const rtj_node *node)
{
    if (node->run == rtj_clear_run_once) {
        return -3;
    }
    if (node->run == rtj_midi_inbox_run) {
        return -2;
    }
    if (node->run == rtj_clear_run) {
        return -1;
    }
    return node->run == rtj_meter_run || node->run == rtj_midi_queue_run ? 1 : 0;
}

static size_t count_not_last(const rtj_chain *chain)
{
    size_t count = chain->count;
    while (count > 0 && rank_of(&chain->nodes[count - 1]) > 0) {
        count--;
    }
    return count;
}

static int same_node(const rtj_node *a, const rtj_node *b)
{
    return a->run == b->run && a->data == b->data;
}

static void insert(rtj_chain *chain, const rtj_node *node)
{
    size_t place = chain->count++;
    for (; place > 0 && rank_of(&chain->nodes[place - 1]) > rank_of(node); place--) {
        chain->nodes[place] = chain->nodes[place - 1];
    }
    chain->nodes[place] = *node;
}

static void take_out(rtj_chain *chain, const rtj_node *node)
{
    size_t count = 0;
    for (size_t i = 0; i < chain->count; i++) {
        if (!same_node(&chain->nodes[i], node)) {
            chain->nodes[count++] = chain->nodes[i];
        }
    }
    chain->count = count;
}

/* Put `swap->after` where `swap->before` is; with one of them empty, add or remove. */
static void apply(rtj_chain *chain, const rtj_node_swap *swap)
{
    int found = 0;
    for (size_t i = 0; swap->after.run != NULL && i < chain->count; i++) {
        if (same_node(&chain->nodes[i], &swap->before)) {
            chain->nodes[i] = swap->after;
            found = 1;
        }
    }
    if (swap->after.run == NULL) {
        take_out(chain, &swap->before);
    } else if (!found && swap->before.run == NULL) {
        insert(chain, &swap->after);
    }
}

static rtj_chain *changed_chain(const rtj_chain *chain, const rtj_node_swap *swaps,
                                size_t count)
{
    size_t now = chain != NULL ? chain->count : 0;
    rtj_chain *changed =
        malloc(sizeof *changed + (now + count) * sizeof changed->nodes[0]);
    if (changed == NULL) {
        return NULL;
    }
    changed->count = now;
    if (now > 0) {
        memcpy(changed->nodes, chain->nodes, now * sizeof chain->nodes[0]);
    }
    for (size_t i = 0; i < count; i++) {
        apply(changed, &swaps[i]);
    }
    changed->last = count_not_last(changed);
    return changed;
}

rtj_status rtj_client_wait_for_pass(const rtj_client *client, rtj_error *error)
{
    struct timespec pause = {0, 200000};
    if (client->generation != rtj_registry_generation()) {
        return RTJ_OK; /* that thread is the parent's */
    }
    uint64_t mark = rtj_cycle_mark(&client->cycle);
    double waited = 0;
    rtj_detached_yield(client, 1);
    for (; !rtj_cycle_passed(&client->cycle, mark) && waited <= block_patience;
         waited += 0.0002) {
        nanosleep(&pause, NULL);
    }
    rtj_detached_yield(client, 0);
    if (waited > block_patience) {
        return rtj_fail(error, RTJ_TIMEOUT, 0,
                        "the audio thread has been in one block for more than %.0f "
                        "seconds",
                        block_patience);
    }
    return RTJ_OK;
}

rtj_status rtj_client_swap_nodes_locked(rtj_client *client, const rtj_node_swap *swaps,
                                        size_t count, rtj_error *error)
{
    rtj_chain *chain = changed_chain(client->chain, swaps, count);
    if (chain == NULL) {
        return rtj_fail(error, RTJ_MEMORY, 0, "no memory for the client's cycle");
    }
    const rtj_chain *before = rtj_cycle_publish(&client->cycle, chain);
    client->chain = chain;
    rtj_status status = rtj_client_wait_for_pass(client, error);
    if (status == RTJ_OK) {
        free((void *)before); /* else it stays: the audio thread may be in there */
    }
    return status;
}

rtj_status rtj_client_join_cycle_locked(rtj_client *client, rtj_error *error)
{
    if (!atomic_load(&client->active) || client->in_cycle) {
        return RTJ_OK;
    }
    return join_cycle(client, error);
}

rtj_status rtj_client_join_for_ports(rtj_client *client, rtj_error *error)
{
    atomic_store(&client->wants_ports, 1); /* if it is not active yet */
    /* A callback may be waited for by who holds `lifecycle`. */
    if (client->in_cycle != RTJ_NO_ROLE || rtj_client_in_callback(client)) {
        return RTJ_OK;
    }
    pthread_mutex_lock(&client->lifecycle);
    rtj_status status = RTJ_CLOSED;
    if (rtj_client_enter(client, error) != NULL) {
        status = rtj_client_join_cycle_locked(client, error);
        rtj_client_leave(client);
    } else if (error != NULL) {
        status = error->status;
    }
    pthread_mutex_unlock(&client->lifecycle);
    return status;
}

/* The gate is entered within `lifecycle`, never the other way round: closing holds it
 * while those who are inside come out. */
rtj_status rtj_client_add_node(rtj_client *client, const rtj_node *node,
                               rtj_error *error)
{
    rtj_node_swap swaps[] = {{*node, {NULL, NULL}}, {{NULL, NULL}, *node}};
    rtj_status status = rtj_client_refuse_in_callback(client, "given a node", error);
    if (status != RTJ_OK) {
        return status;
    }
    pthread_mutex_lock(&client->lifecycle);
    if (rtj_client_enter(client, error) == NULL) {
        pthread_mutex_unlock(&client->lifecycle);
        return error != NULL ? error->status : RTJ_CLOSED;
    }
    status = rtj_client_swap_nodes_locked(client, swaps, 2, error);
    if (status == RTJ_OK) {
        status = rtj_client_join_cycle_locked(client, error);
    }
    rtj_client_leave(client);
    pthread_mutex_unlock(&client->lifecycle);
    return status;
}

rtj_status rtj_client_remove_node(rtj_client *client, const rtj_node *node,
                                  rtj_error *error)
{
    rtj_node_swap swap = {*node, {NULL, NULL}};
    rtj_status status =
        rtj_client_refuse_in_callback(client, "relieved of a node", error);
    if (status != RTJ_OK) {
        return status;
    }
    pthread_mutex_lock(&client->lifecycle);
    if (!client->closed && client->chain != NULL) {
        status = rtj_client_swap_nodes_locked(client, &swap, 1, error);
    }
    pthread_mutex_unlock(&client->lifecycle);
    return status;
}
