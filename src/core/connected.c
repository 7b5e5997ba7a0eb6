#include "core/connected.h"

#include <stdatomic.h>
#include <stddef.h>

#include "core/relink.h"

typedef jack_port_t *look_up(const jack_client_t *client, jack_port_id_t id,
                             int *is_callers);

/* libjack1's, which is loaded once. */
static _Atomic(look_up *) real_look_up;
static _Thread_local jack_port_t *asked_about;

static jack_port_t *look_up_for_libjack(const jack_client_t *client, jack_port_id_t id,
                                        int *is_callers)
{
    jack_port_t *found = atomic_load(&real_look_up)(client, id, is_callers);
    return found != NULL ? found : asked_about; /* `*is_callers` stays 0 */
}

void rtj_connected_watch(const rtj_libjack *lib)
{
    static const char name[] = "jack_port_by_id_int";
    look_up *function = NULL;
    if (lib->kind != RTJ_JACK1) {
        return;
    }
    rtj_library_find(lib->module, name, &function);
    if (function != NULL) {
        atomic_store(&real_look_up, function);
        (void)rtj_relink(lib->module, name, (rtj_any_function *)look_up_for_libjack);
    }
}

/* Names are where libjack1 keeps them, so that their places tell ports apart. */
static void leave_out(const char **names, const char *name)
{
    size_t count = 0;
    for (size_t i = 0; names[i] != NULL; i++) {
        if (names[i] != name) {
            names[count++] = names[i];
        }
    }
    names[count] = NULL;
}

const char **rtj_connected(const rtj_libjack *lib, jack_client_t *handle,
                           jack_port_t *port)
{
    asked_about = port;
    const char **names = lib->jack_port_get_all_connections(handle, port);
    asked_about = NULL;
    if (names != NULL && lib->kind == RTJ_JACK1) {
        leave_out(names, lib->jack_port_name(port));
    }
    return names;
}
