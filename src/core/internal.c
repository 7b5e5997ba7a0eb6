#include "core/internal.h"

#include <stdio.h>

#include "core/ask.h"

/* Further arguments follow as the options announce them.  The load name always:
 * libjack2 sends an empty one where it was not given, and says only that it failed. */
static jack_intclient_t load(const rtj_libjack *lib, jack_client_t *handle,
                             const rtj_internal_plan *plan, jack_status_t *status)
{
    unsigned options =
        JackLoadName | (plan->use_exact_name ? JackUseExactName : JackNullOption);
    const char *module = plan->load_name != NULL ? plan->load_name : plan->name;
    if (plan->load_init == NULL) {
        return lib->jack_internal_client_load(handle, plan->name,
                                              (jack_options_t)options, status, module);
    }
    return lib->jack_internal_client_load(handle, plan->name,
                                          (jack_options_t)(options | JackLoadInit),
                                          status, module, plan->load_init);
}

rtj_status rtj_internal_load(rtj_client *client, const rtj_internal_plan *plan,
                             jack_intclient_t *internal, int *status, rtj_error *error)
{
    jack_client_t *handle = RTJ_ENTER(client, jack_internal_client_load, error);
    if (handle == NULL) {
        return error != NULL ? error->status : RTJ_CLOSED;
    }
    jack_status_t told = (jack_status_t)0;
    *internal = RTJ_ASK(client, load(rtj_client_lib(client), handle, plan, &told));
    rtj_client_leave(client);
    *status = (int)told;
    if (*internal == 0 || (told & JackFailure) != 0) { /* JACK1: both */
        return rtj_fail(error, RTJ_OPEN, *status,
                        "jack_internal_client_load() gave no client");
    }
    return RTJ_OK;
}

rtj_status rtj_internal_find(rtj_client *client, const char *name,
                             jack_intclient_t *internal, int *status, rtj_error *error)
{
    jack_client_t *handle = RTJ_ENTER(client, jack_internal_client_handle, error);
    if (handle == NULL) {
        return error != NULL ? error->status : RTJ_CLOSED;
    }
    const rtj_libjack *lib = rtj_client_lib(client);
    jack_status_t told = (jack_status_t)0;
    *internal = RTJ_ASK(client, lib->jack_internal_client_handle(handle, name, &told));
    rtj_client_leave(client);
    *status = (int)told;
    if (*internal == 0 || (told & JackFailure) != 0) { /* JACK1: both */
        return rtj_fail(error, RTJ_OPEN, *status,
                        "jack_internal_client_handle() knows no such client");
    }
    return RTJ_OK;
}

rtj_status rtj_internal_name(rtj_client *client, jack_intclient_t internal, char *name,
                             size_t size, rtj_error *error)
{
    jack_client_t *handle = RTJ_ENTER(client, jack_get_internal_client_name, error);
    if (handle == NULL) {
        return error != NULL ? error->status : RTJ_CLOSED;
    }
    const rtj_libjack *lib = rtj_client_lib(client);
    char *told = RTJ_ASK(client, lib->jack_get_internal_client_name(handle, internal));
    rtj_client_leave(client);
    if (told == NULL) {
        return rtj_fail(error, RTJ_GONE, 0,
                        "the internal client does not exist any more");
    }
    (void)snprintf(name, size, "%s", told);
    lib->jack_free(told);
    return RTJ_OK;
}

/* libjack2's server takes the number for whichever client has it now, an ordinary one
 * even, and ends itself when it is asked for the name of none. */
rtj_status rtj_internal_check(rtj_client *client, jack_intclient_t internal,
                              const char *name, rtj_error *error)
{
    jack_intclient_t now = 0;
    int told;
    rtj_error missing;
    rtj_status status = rtj_internal_find(client, name, &now, &told, &missing);
    if (status == RTJ_OPEN || (status == RTJ_OK && now != internal)) {
        return rtj_fail(error, RTJ_GONE, 0,
                        "the internal client \"%.300s\" does not exist any more", name);
    }
    if (status != RTJ_OK && error != NULL) {
        *error = missing;
    }
    return status;
}

rtj_status rtj_internal_unload(rtj_client *client, jack_intclient_t internal,
                               const char *name, int *status, rtj_error *error)
{
    rtj_status there = rtj_internal_check(client, internal, name, error);
    if (there != RTJ_OK) {
        return there;
    }
    jack_client_t *handle = RTJ_ENTER(client, jack_internal_client_unload, error);
    if (handle == NULL) {
        return error != NULL ? error->status : RTJ_CLOSED;
    }
    const rtj_libjack *lib = rtj_client_lib(client);
    *status = (int)RTJ_ASK(client, lib->jack_internal_client_unload(handle, internal));
    rtj_client_leave(client);
    if (*status != 0) {
        return rtj_fail(error, RTJ_OPEN, *status,
                        "jack_internal_client_unload() refused");
    }
    return RTJ_OK;
}
