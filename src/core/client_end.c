#include "core/client_impl.h"
#include "core/delivery.h"
#include "core/portlist.h"
#include "core/registry.h"
#include "core/thread.h"
#include "core/turns.h"

/* ---- its ports ---- */

/* While Python can still reach JACK's memory the handle stays, but nothing else of the
 * client does. */
static void unregister_own_ports(rtj_client *client)
{
    const rtj_libjack *lib = client->lib;
    const char **names = lib->jack_get_ports != NULL
                             ? lib->jack_get_ports(client->handle, NULL, NULL, 0)
                             : NULL;
    for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
        jack_port_t *port = lib->jack_port_by_name(client->handle, names[i]);
        if (port != NULL && lib->jack_port_is_mine(client->handle, port)) {
            (void)RTJ_ASK(client, rtj_portlist_unregister(lib, client->handle, port));
        }
    }
    if (names != NULL) {
        lib->jack_free((void *)names);
    }
}

/* PipeWire's library, 1.6.9, frees the memory of connections twice as it closes a
 * client whose ports are still there: always when the server has ended, in which case
 * it lists no ports either, and now and then when it has not.  0.3.65 does not. */
static int must_give_up_ports(const rtj_libjack *lib)
{
    return rtj_libjack_is_newer_pipewire(lib) && lib->jack_port_unregister != NULL;
}

/* NULL after the last one.  Not held while libjack is asked: its threads want the lock,
 * too. */
static jack_port_t *own_port(rtj_client *client, size_t i)
{
    pthread_mutex_lock(&client->own.lock);
    jack_port_t *port = i < client->own.count ? client->own.list[i].handle : NULL;
    pthread_mutex_unlock(&client->own.lock);
    return port;
}

static void give_up_ports(rtj_client *client)
{
    jack_port_t *port;
    for (size_t i = 0; (port = own_port(client, i)) != NULL; i++) {
        (void)RTJ_ASK(client, client->lib->jack_port_unregister(client->handle, port));
    }
}

void rtj_client_end_ports(rtj_client *client)
{
    if (must_give_up_ports(client->lib)) {
        give_up_ports(client);
    } else if (atomic_load(&client->holds) > 1) {
        unregister_own_ports(client);
    }
}

/* ---- its handle ---- */

/* Seconds.  Where others of its server were not answered, each would wait in vain. */
static const double given_up = 0.5;

/* JACK has let go of it then, and libjack's threads of us. */
static rtj_status end_handle(rtj_client *client)
{
    double seconds =
        rtj_libjack_is_stale(&client->use) ? given_up : RTJ_ANSWER_PATIENCE;
    rtj_asking asking;
    if (!rtj_ask_begin(client, seconds, &asking)) {
        rtj_ask_end(&asking);
        rtj_client_retain(client); /* for good: those threads go on */
        return RTJ_CODE;
    }
    int code = rtj_turns_close(&client->use, client->handle);
    rtj_ask_end(&asking);
    rtj_libjack_give_back(&client->use);
    rtj_delivery_no_more(client->delivery);
    return code == 0 ? RTJ_OK : RTJ_CODE;
}

static void *end_apart(void *data)
{
    rtj_client *client = data;
    (void)end_handle(client); /* there is nobody to tell */
    rtj_client_release(client);
    return NULL;
}

rtj_status rtj_client_drop_hold(rtj_client *client)
{
    if (atomic_fetch_sub(&client->holds, 1) != 1 ||
        client->generation != rtj_registry_generation()) {
        return RTJ_OK;
    }
    pthread_t thread;
    if (rtj_client_in_any_callback()) { /* JACK waits for it, and who closes for JACK */
        rtj_client_retain(client);
        if (rtj_thread_start(&thread, end_apart, client) == 0) {
            return RTJ_OK;
        }
        rtj_client_release(client);
    }
    return end_handle(client);
}
