#include "core/porttable.h"

#include <stdlib.h>

#include "core/client_impl.h"
#include "core/nodes.h"

const rtj_port_table *rtj_client_ports(const rtj_client *client)
{
    return atomic_load(&client->ports);
}

/* With the list's lock held. */
static rtj_port_table *make_table(rtj_own_ports *own)
{
    rtj_port_table *table = malloc(sizeof *table + own->count * sizeof table->ports[0]);
    if (table == NULL) {
        return NULL;
    }
    table->serial = ++own->serial;
    table->retired = NULL;
    table->count = 0;
    for (size_t i = 0; i < own->count; i++) {
        const rtj_own_port *port = &own->list[i];
        if (port->group == NULL) {
            table->ports[table->count++] = (rtj_table_port){
                port->handle, (port->flags & JackPortIsInput) != 0, port->is_midi};
        }
    }
    return table;
}

static void retire(rtj_client *client, rtj_port_table *table)
{
    pthread_mutex_lock(&client->own.lock);
    table->retired = client->own.retired;
    client->own.retired = table;
    pthread_mutex_unlock(&client->own.lock);
}

int rtj_port_table_renew(rtj_client *client)
{
    pthread_mutex_lock(&client->own.lock);
    rtj_port_table *table = make_table(&client->own);
    rtj_port_table *before = atomic_exchange(&client->ports, table);
    pthread_mutex_unlock(&client->own.lock);
    rtj_detached_refresh(client, 0);
    if (before == NULL) {
        return table != NULL ? 0 : -1;
    }
    rtj_error ignored;
    if (!rtj_client_in_callback(client) &&
        rtj_client_wait_for_pass(client, &ignored) == RTJ_OK) {
        free(before);
    } else {
        retire(client, before); /* this thread's own cycle, or one that hangs */
    }
    return table != NULL ? 0 : -1;
}

void rtj_port_table_free(rtj_client *client)
{
    free(atomic_load(&client->ports));
    while (client->own.retired != NULL) {
        rtj_port_table *next = client->own.retired->retired;
        free(client->own.retired);
        client->own.retired = next;
    }
}
