#include "core/registry.h"

#include <pthread.h>
#include <stdatomic.h>

#include "core/client_impl.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t prepared = PTHREAD_ONCE_INIT;
static rtj_client *first; /* borrowed: a client removes itself before it is freed */
static _Atomic unsigned generation;

#ifndef _WIN32
static void before_fork(void)
{
    pthread_mutex_lock(&lock);
}

static void after_fork_in_parent(void)
{
    pthread_mutex_unlock(&lock);
}

/* The child has none of the threads that the parent's clients consist of. */
static void after_fork_in_child(void)
{
    atomic_fetch_add(&generation, 1);
    for (rtj_client *at = first; at != NULL; at = at->registered.next) {
        rtj_client_forked(at);
    }
    first = NULL;
    pthread_mutex_unlock(&lock);
}
#endif

static void prepare(void)
{
#ifndef _WIN32
    (void)pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
#endif
}

void rtj_registry_add(rtj_client *client, const void *owner)
{
    pthread_once(&prepared, prepare);
    pthread_mutex_lock(&lock);
    client->registered = (rtj_registered){owner, first};
    first = client;
    pthread_mutex_unlock(&lock);
}

void rtj_registry_remove(rtj_client *client)
{
    pthread_mutex_lock(&lock);
    for (rtj_client **link = &first; *link != NULL; link = &(*link)->registered.next) {
        if (*link == client) {
            *link = client->registered.next;
            break;
        }
    }
    pthread_mutex_unlock(&lock);
}

/* A retained client of `owner`, taken off the list; NULL when there is none. */
static rtj_client *take(const void *owner)
{
    rtj_client *client = NULL;
    pthread_mutex_lock(&lock);
    for (rtj_client **link = &first; *link != NULL; link = &(*link)->registered.next) {
        if ((*link)->registered.owner == owner) {
            client = *link;
            rtj_client_retain(client);
            *link = client->registered.next;
            break;
        }
    }
    pthread_mutex_unlock(&lock);
    return client;
}

static const double brief = 0.5; /* seconds */

void rtj_registry_close_all(const void *owner, const rtj_patience *patience)
{
    rtj_client *client;
    rtj_patience each = *patience;
    while ((client = take(owner)) != NULL) {
        /* First, so that callbacks under way end as they would with close(): they are
         * waited for before the client is closed to them.  Exit goes on regardless.
         * When a server does not answer, the others of it would wait in vain, one after
         * the other. */
        int late = rtj_client_deactivate(client, &each, NULL) == RTJ_TIMEOUT;
        if (late || rtj_client_close(client, &each, NULL) != RTJ_OK) {
            each.seconds = brief < each.seconds ? brief : each.seconds;
        }
        if (late) {
            (void)rtj_client_close(client, &each, NULL);
        }
        rtj_client_release(client);
    }
}

rtj_client *rtj_registry_enter_any(void)
{
    rtj_client *entered = NULL;
    pthread_mutex_lock(&lock);
    for (rtj_client *at = first; at != NULL && entered == NULL;
         at = at->registered.next) {
        if (rtj_client_enter(at, NULL) != NULL) {
            entered = at;
            rtj_client_retain(entered);
        }
    }
    pthread_mutex_unlock(&lock);
    return entered;
}

unsigned rtj_registry_generation(void)
{
    return atomic_load_explicit(&generation, memory_order_relaxed);
}
