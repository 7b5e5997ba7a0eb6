#include "core/ports.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/ask.h"
#include "core/latency.h"
#include "core/nodes.h"
#include "core/portlist.h"
#include "core/thread.h"
#include "core/units.h"

static const double left_within = 0.25; /* seconds */

static const char *why_not_registered(const rtj_libjack *lib, jack_client_t *handle,
                                      const rtj_port_plan *plan, const char *full)
{
    if (plan->shortname[0] == '\0') {
        return "the name is empty";
    }
    if (strlen(full) >= (size_t)lib->jack_port_name_size()) {
        return "the full name is longer than port_name_size() allows";
    }
    if (lib->jack_port_by_name(handle, full) != NULL) {
        return "there is a port of that name already";
    }
    if (rtj_port_type_of(plan->type_name) == RTJ_PORT_UNKNOWN) {
        return "the JACK server knows no ports of that type";
    }
    return "the JACK server refused";
}

/* 0, or -1 without memory. */
static int take_own(rtj_client *client, jack_port_t *port, const rtj_port_plan *plan)
{
    rtj_port_type type = rtj_port_type_of(plan->type_name);
    return type != RTJ_PORT_UNKNOWN ? rtj_own_ports_add(client, port, (int)plan->flags,
                                                        type == RTJ_PORT_MIDI)
                                    : 0;
}

static jack_port_t *ask_for_port(rtj_client *client, jack_client_t *handle,
                                 const rtj_port_plan *plan)
{
    const rtj_libjack *lib = rtj_client_lib(client);
    return RTJ_ASK(client,
                   lib->jack_port_register(handle, plan->shortname, plan->type_name,
                                           plan->flags, plan->buffer_size));
}

/* PipeWire's library, 1.6.9, finds a port that was unregistered by its name, and
 * refuses that to another, until it has told the client. */
static void await_leaving(const rtj_client *client, jack_client_t *handle,
                          const char *full)
{
    const rtj_libjack *lib = rtj_client_lib(client);
    struct timespec nap = {0, 100000};
    struct timespec deadline = rtj_deadline_in(left_within);
    if (!rtj_libjack_is_newer_pipewire(lib) ||
        (rtj_client_in_callback(client) && !rtj_client_in_delivery(client))) {
        return;
    }
    while (lib->jack_port_by_name(handle, full) != NULL &&
           !rtj_client_is_closed(client) && !rtj_deadline_passed(&deadline)) {
        nanosleep(&nap, NULL);
    }
}

static rtj_status register_port(rtj_client *client, const rtj_port_plan *plan,
                                char kept[RTJ_PORT_NAME], rtj_port_info *info,
                                rtj_error *error)
{
    jack_client_t *handle = RTJ_ENTER(client, jack_port_register, error);
    if (handle == NULL) {
        return error != NULL ? error->status : RTJ_CLOSED;
    }
    const rtj_libjack *lib = rtj_client_lib(client);
    const char *name = plan->shortname;
    rtj_status status = RTJ_OK;
    char full[2 * RTJ_PORT_NAME];
    (void)snprintf(full, sizeof full, "%s:%s", lib->jack_get_client_name(handle), name);
    jack_port_t *port = NULL;
    /* Not left to libjack: JACK1 cuts a long name short in silence. */
    if (name[0] != '\0' && strlen(full) < (size_t)lib->jack_port_name_size()) {
        port = ask_for_port(client, handle, plan);
    }
    if (port == NULL) {
        const char *why = rtj_client_is_closed(client)
                              ? "the JACK server is gone, or does not answer"
                              : why_not_registered(lib, handle, plan, full);
        status = rtj_fail(error, RTJ_FAILED, 0,
                          "'%.400s': port registration failed: %s", name, why);
    } else if (take_own(client, port, plan) < 0) {
        (void)RTJ_ASK(client, rtj_portlist_unregister(lib, handle, port));
        status = rtj_fail(error, RTJ_MEMORY, 0, "no memory for another port");
    } else {
        (void)snprintf(kept, RTJ_PORT_NAME, "%s", lib->jack_port_name(port));
        *info = (rtj_port_info){port, kept, (int)plan->flags,
                                rtj_port_type_of(plan->type_name), 1};
    }
    rtj_client_leave(client);
    return status;
}

rtj_status rtj_port_register(rtj_client *client, const rtj_port_plan *plan,
                             char kept[RTJ_PORT_NAME], rtj_port_info *info,
                             rtj_error *error)
{
    rtj_status status = rtj_client_join_for_ports(client, error);
    if (status == RTJ_OK) {
        status = register_port(client, plan, kept, info, error);
    }
    if (status == RTJ_OK) {
        rtj_units_refresh(client);
    }
    return status;
}

rtj_status rtj_port_unregister(rtj_client *client, jack_port_t *port, const char *name,
                               rtj_error *error)
{
    jack_client_t *handle = RTJ_ENTER(client, jack_port_unregister, error);
    if (handle == NULL) {
        return error != NULL ? error->status : RTJ_CLOSED;
    }
    rtj_client_leave(client);           /* what follows waits for the audio thread */
    rtj_own_ports_remove(client, port); /* before libjack may use the handle again */
    rtj_units_forget(client, port);
    handle = RTJ_ENTER(client, jack_port_unregister, error);
    if (handle == NULL) {
        return error != NULL ? error->status : RTJ_CLOSED;
    }
    const rtj_libjack *lib = rtj_client_lib(client);
    char full[2 * RTJ_PORT_NAME];
    (void)snprintf(full, sizeof full, "%s", lib->jack_port_name(port));
    int code = RTJ_ASK(client, rtj_portlist_unregister(lib, handle, port));
    if (code == 0) {
        await_leaving(client, handle, full);
    }
    rtj_client_leave(client);
    if (code != 0) {
        return rtj_fail(error, RTJ_CODE, code, "Error unregistering '%.400s'", name);
    }
    return RTJ_OK;
}

rtj_status rtj_port_rename(rtj_client *client, jack_port_t *port, const char *shortname,
                           rtj_error *error)
{
    jack_client_t *handle = RTJ_ENTER(client, jack_port_rename, error);
    if (handle == NULL) {
        return error != NULL ? error->status : RTJ_CLOSED;
    }
    const rtj_libjack *lib = rtj_client_lib(client);
    int code = -1;
    if (shortname[0] != '\0') {
        code = RTJ_ASK(client, lib->jack_port_rename(handle, port, shortname));
    }
    rtj_client_leave(client);
    if (code != 0) {
        return rtj_fail(error, RTJ_CODE, code, "Error setting port name '%.400s'",
                        shortname);
    }
    return RTJ_OK;
}
