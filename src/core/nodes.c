#include "core/nodes.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/client_impl.h"

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

/* What can't be noted for want of memory is not restored. */
static link_entry *add_link(link_entry *links, const char *source, const char *other)
{
    link_entry *added = calloc(1, sizeof *added);
    if (added != NULL) {
        *added = (link_entry){strdup(source), strdup(other), links};
        return added;
    }
    return links;
}

static link_entry *links_of(rtj_client *client, link_entry *links, const char *name)
{
    const rtj_libjack *lib = client->lib;
    jack_port_t *port = lib->jack_port_by_name(client->handle, name);
    if (port == NULL || !lib->jack_port_is_mine(client->handle, port)) {
        return links;
    }
    int output = (lib->jack_port_flags(port) & JackPortIsOutput) != 0;
    const char **others = lib->jack_port_get_connections(port);
    for (size_t i = 0; others != NULL && others[i] != NULL; i++) {
        links = output ? add_link(links, name, others[i])
                       : add_link(links, others[i], name);
    }
    if (others != NULL) {
        lib->jack_free((void *)others);
    }
    return links;
}

static link_entry *note_links(rtj_client *client)
{
    link_entry *links = NULL;
    const char **names = client->lib->jack_get_ports(client->handle, NULL, NULL, 0);
    for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
        links = links_of(client, links, names[i]);
    }
    if (names != NULL) {
        client->lib->jack_free((void *)names);
    }
    return links;
}

static void restore_links(rtj_client *client, const link_entry *links)
{
    for (; links != NULL; links = links->next) {
        if (links->source != NULL && links->destination != NULL) {
            /* The other port may be gone by now; then there is nothing to restore. */
            (void)client->lib->jack_connect(client->handle, links->source,
                                            links->destination);
        }
    }
}

/* libjack takes a process callback only from a client that is not active. */
static rtj_status join_cycle(rtj_client *client, rtj_error *error)
{
    rtj_patience patience = {10.0, NULL, NULL};
    link_entry *links = note_links(client);
    rtj_status status = rtj_client_deactivate_locked(client, &patience, error);
    if (status == RTJ_OK) {
        status = rtj_client_activate_locked(client, &patience, error);
        restore_links(client, links);
    }
    free_links(links);
    return status;
}

/* ---- the chain ---- */

static size_t count_without(const rtj_chain *chain, const rtj_node *node)
{
    size_t count = 0;
    for (size_t i = 0; chain != NULL && i < chain->count; i++) {
        count += chain->nodes[i].data != node->data || chain->nodes[i].run != node->run;
    }
    return count;
}

/* A copy without `node`, and with it at the end when `add`. */
static rtj_chain *changed_chain(const rtj_chain *chain, const rtj_node *node, int add)
{
    size_t count = count_without(chain, node) + (add ? 1 : 0);
    rtj_chain *changed = malloc(sizeof *changed + count * sizeof changed->nodes[0]);
    if (changed == NULL) {
        return NULL;
    }
    changed->count = 0;
    for (size_t i = 0; chain != NULL && i < chain->count; i++) {
        if (chain->nodes[i].data != node->data || chain->nodes[i].run != node->run) {
            changed->nodes[changed->count++] = chain->nodes[i];
        }
    }
    if (add) {
        changed->nodes[changed->count++] = *node;
    }
    return changed;
}

static rtj_status wait_for_pass(const rtj_cycle *cycle, rtj_error *error)
{
    struct timespec pause = {0, 200000};
    uint64_t mark = rtj_cycle_mark(cycle);
    for (double waited = 0; !rtj_cycle_passed(cycle, mark); waited += 0.0002) {
        if (waited > block_patience) {
            return rtj_fail(error, RTJ_TIMEOUT, 0,
                            "the audio thread has been in one block for more than %.0f "
                            "seconds",
                            block_patience);
        }
        nanosleep(&pause, NULL);
    }
    return RTJ_OK;
}

static rtj_status change(rtj_client *client, const rtj_node *node, int add,
                         rtj_error *error)
{
    rtj_chain *chain = changed_chain(client->chain, node, add);
    if (chain == NULL) {
        return rtj_fail(error, RTJ_MEMORY, 0, "no memory for the client's cycle");
    }
    const rtj_chain *before = rtj_cycle_publish(&client->cycle, chain);
    client->chain = chain;
    rtj_status status = wait_for_pass(&client->cycle, error);
    if (status == RTJ_OK) {
        free((void *)before); /* else it stays: the audio thread may be in there */
    }
    return status;
}

rtj_status rtj_client_add_node(rtj_client *client, const rtj_node *node,
                               rtj_error *error)
{
    rtj_status status = rtj_client_refuse_in_callback(client, "given a node", error);
    if (status != RTJ_OK) {
        return status;
    }
    if (rtj_client_enter(client, error) == NULL) {
        return error != NULL ? error->status : RTJ_CLOSED;
    }
    pthread_mutex_lock(&client->lifecycle);
    status = change(client, node, 1, error);
    if (status == RTJ_OK && atomic_load(&client->active) && !client->in_cycle) {
        status = join_cycle(client, error);
    }
    pthread_mutex_unlock(&client->lifecycle);
    rtj_client_leave(client);
    return status;
}

rtj_status rtj_client_remove_node(rtj_client *client, const rtj_node *node,
                                  rtj_error *error)
{
    rtj_status status =
        rtj_client_refuse_in_callback(client, "relieved of a node", error);
    if (status != RTJ_OK) {
        return status;
    }
    pthread_mutex_lock(&client->lifecycle);
    if (!client->closed && client->chain != NULL) {
        status = change(client, node, 0, error);
    }
    pthread_mutex_unlock(&client->lifecycle);
    return status;
}
