#include "core/messages.h"

#include <pthread.h>
#include <stddef.h>

#include "core/relink.h"

/* libjack1 is loaded once. */
static rtj_any_function *start, *end;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void start_for_libjack(void)
{
    pthread_mutex_lock(&lock);
    start();
    pthread_mutex_unlock(&lock);
}

/* Waits for the writing thread, which calls nobody but the log, and that never waits.
 */
static void end_for_libjack(void)
{
    pthread_mutex_lock(&lock);
    end();
    pthread_mutex_unlock(&lock);
}

#ifndef _WIN32
/* Whoever held it is not here. */
static void after_fork_in_child(void)
{
    pthread_mutex_init(&lock, NULL);
}
#endif

static void turn(void *module, const char *name, rtj_any_function **real,
                 rtj_any_function *instead)
{
    rtj_library_find(module, name, real);
    if (*real != NULL) {
        (void)rtj_relink(module, name, instead);
    }
}

void rtj_messages_watch(const rtj_libjack *lib)
{
    if (lib->kind != RTJ_JACK1) {
        return;
    }
#ifndef _WIN32
    (void)pthread_atfork(NULL, NULL, after_fork_in_child);
#endif
    turn(lib->module, "jack_messagebuffer_init", &start, start_for_libjack);
    turn(lib->module, "jack_messagebuffer_exit", &end, end_for_libjack);
}
