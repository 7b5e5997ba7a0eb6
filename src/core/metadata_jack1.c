#include "core/metadata_jack1.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/sharedmemory.h"

/* Process-wide because JACK1's database is: see the header. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char opened[256]; /* the server whose database libjack has; "": none yet */
static int broken;       /* it could not be opened, and must not be tried again */

static const char *default_server(void)
{
    const char *name = getenv("JACK_DEFAULT_SERVER");
    return name != NULL && name[0] != '\0' ? name : "default";
}

/* With the lock held. */
static void open_database(const rtj_libjack *lib)
{
    jack_description_t *all = NULL;
    int count = lib->jack_get_all_properties(&all);
    broken = count < 0;
    for (int i = 0; i < count; i++) {
        lib->jack_free_description(&all[i], 0);
    }
    free(all);
    (void)snprintf(opened, sizeof opened, "%s", default_server());
    if (!broken) {
        /* Where there is no room, it works as long as it touches nothing new. */
        (void)rtj_shared_memory_for_metadata(opened, NULL);
    }
}

rtj_status rtj_metadata_check(rtj_client *client, rtj_error *error)
{
    const rtj_libjack *lib = rtj_client_lib(client);
    if (lib->kind != RTJ_JACK1) {
        return RTJ_OK;
    }
    RTJ_NEED(lib, jack_get_all_properties, error);
    RTJ_NEED(lib, jack_free_description, error);
    const char *server = rtj_client_server(client);
    server = server[0] != '\0' ? server : default_server();
    rtj_status status = RTJ_OK;
    pthread_mutex_lock(&lock);
    const char *its = opened[0] != '\0' ? opened : default_server();
    if (strcmp(its, server) != 0) {
        status =
            rtj_fail(error, RTJ_NOT_SUPPORTED, 0,
                     "JACK1 has metadata of the default server alone, \"%.200s\" in "
                     "this process: start the program with JACK_DEFAULT_SERVER=%.200s",
                     its, server);
    } else if (opened[0] == '\0') {
        open_database(lib);
    }
    if (status == RTJ_OK && broken) {
        status = rtj_fail(error, RTJ_FAILED, 0, "JACK1 can't open its metadata");
    }
    pthread_mutex_unlock(&lock);
    return status;
}
