#define _GNU_SOURCE /* RTLD_DEEPBIND */
#include "core/libjacknet.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifndef _WIN32
#include <dlfcn.h>
#endif

#include "core/libjack.h"
#include "core/netpackets.h"
#include "core/relink.h"

/* Process-wide because libjacknet itself is: see core/libjack.c. */
static pthread_mutex_t load_lock = PTHREAD_MUTEX_INITIALIZER;
static rtj_libjacknet table;
static _Atomic(const rtj_libjacknet *) loaded;

static const char *const usual_names[] = {
#if defined(_WIN32) && defined(_WIN64)
    "libjacknet64.dll",
#elif defined(_WIN32)
    "libjacknet.dll",
#elif defined(__APPLE__)
    "libjacknet.0.dylib",
    "libjacknet.dylib",
    "/opt/homebrew/lib/libjacknet.0.dylib",
    "/usr/local/lib/libjacknet.0.dylib",
#else
    "libjacknet.so.0",
    "libjacknet.so",
#endif
};

static void *open_library(const char *name, char *reason)
{
/* The address sanitizer ends programs that use RTLD_DEEPBIND. */
#if defined(RTLD_DEEPBIND) && !defined(__SANITIZE_ADDRESS__)
    /* It has classes in common with libjackserver, which may be in the global scope. */
    void *module = dlopen(name, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
    if (module == NULL) {
        const char *text = dlerror();
        (void)snprintf(reason, RTJ_ERROR_TEXT, "%s", text != NULL ? text : name);
    }
    return module;
#else
    return rtj_library_open(name, reason);
#endif
}

/* libjacknet's adapters ask a clock that it never sets up, and call NULL for that. */
static jack_time_t microseconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (jack_time_t)now.tv_sec * 1000000 + (jack_time_t)now.tv_nsec / 1000;
}

static int give_clock(void *module)
{
    return rtj_relink(module, "GetMicroSeconds", (rtj_any_function *)microseconds) == 0;
}

/* PipeWire has a library of that name with all functions, which do nothing and say that
 * nobody answers.  JACK2's has a clock of its own, whose name others can see on Linux.
 */
static int is_placeholder(void *module)
{
#ifdef __linux__
    void *clock = NULL;
    rtj_library_find(module, "GetMicroSeconds", &clock);
    return clock == NULL;
#else
    (void)module;
    return 0;
#endif
}

static rtj_status try_name(const char *name, char *reason)
{
    const char *missing = NULL;
    void *module = open_library(name, reason);
    if (module == NULL) {
        return RTJ_NO_LIBRARY;
    }
    table.module = module;
    (void)snprintf(table.name, sizeof table.name, "%s", name);
#define RTJ_FIND(function)                                                             \
    rtj_library_find(module, #function, &table.function);                              \
    if (table.function == NULL) {                                                      \
        missing = #function;                                                           \
    }
    RTJ_LIBJACKNET_FUNCTIONS(RTJ_FIND)
#undef RTJ_FIND
    if (missing == NULL && is_placeholder(module)) {
        (void)snprintf(reason, RTJ_ERROR_TEXT,
                       "%.300s: PipeWire's, whose functions do nothing", name);
        return RTJ_NO_LIBRARY;
    }
    if (missing == NULL) {
        table.has_clock = give_clock(module);
        rtj_netpackets_watch(module);
        return RTJ_OK;
    }
    (void)snprintf(reason, RTJ_ERROR_TEXT,
                   "%.300s: not JACK2's network library, it has no %s()", name,
                   missing);
    return RTJ_NO_LIBRARY;
}

static rtj_status load(rtj_error *error)
{
    char reason[RTJ_ERROR_TEXT] = "";
    char tried[256] = "";
    const char *chosen = getenv("JACK_NET_LIBRARY");
    if (chosen != NULL && chosen[0] != '\0') {
        return try_name(chosen, reason) == RTJ_OK
                   ? RTJ_OK
                   : rtj_fail(error, RTJ_NO_LIBRARY, 0,
                              "the JACK network library named by JACK_NET_LIBRARY "
                              "can't be loaded: %.500s",
                              reason);
    }
    for (size_t i = 0; i < sizeof usual_names / sizeof usual_names[0]; i++) {
        if (try_name(usual_names[i], reason) == RTJ_OK) {
            return RTJ_OK;
        }
        size_t used = strlen(tried);
        (void)snprintf(tried + used, sizeof tried - used, "%s%s", i > 0 ? ", " : "",
                       usual_names[i]);
    }
    return rtj_fail(
        error, RTJ_NO_LIBRARY, 0,
        "no JACK network library found (looked for %s; set JACK_NET_LIBRARY "
        "to use another): it comes with JACK2, libjack-jackd2-0 on Debian; "
        "JACK1 and PipeWire have none. The last error was: %.250s",
        tried, reason);
}

const rtj_libjacknet *rtj_libjacknet_get(rtj_error *error)
{
    const rtj_libjacknet *result = atomic_load_explicit(&loaded, memory_order_acquire);
    if (result != NULL) {
        return result;
    }
    pthread_mutex_lock(&load_lock);
    result = atomic_load_explicit(&loaded, memory_order_relaxed);
    if (result == NULL && load(error) == RTJ_OK) {
        result = &table;
        atomic_store_explicit(&loaded, result, memory_order_release);
    }
    pthread_mutex_unlock(&load_lock);
    return result;
}
