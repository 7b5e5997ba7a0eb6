#include "core/libjack.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef _WIN32
#include <windows.h>
#else
#include <dlfcn.h>
#endif

#include "core/answer.h"
#include "core/connected.h"
#include "core/hangup.h"
#include "core/jackthread.h"
#include "core/locks.h"
#include "core/log.h"
#include "core/messages.h"
#include "core/pipewire_end.h"
#include "core/portlist.h"

/* Process-wide because libjack itself is: it keeps its globals per loaded copy. */
static pthread_mutex_t load_lock = PTHREAD_MUTEX_INITIALIZER;
static rtj_libjack table;
static _Atomic(const rtj_libjack *) loaded;

/* The usual names, best first.  Sonames, so that the dynamic linker's own search
 * (and `pw-jack`, which changes it) decides which implementation is meant. */
static const char *const usual_names[] = {
#if defined(_WIN32) && defined(_WIN64)
    "libjack64.dll",
#elif defined(_WIN32)
    "libjack.dll",
#elif defined(__APPLE__)
    "libjack.0.dylib", "libjack.dylib",
    "/opt/homebrew/lib/libjack.0.dylib", /* Homebrew on Apple's processors */
    "/usr/local/lib/libjack.0.dylib",    /* Homebrew on Intel's; jackaudio.org's */
#else
    "libjack.so.0",
    "libjack.so",
#endif
};

static const char install_hint[] =
#if defined(_WIN32)
    "install JACK from https://jackaudio.org/downloads/";
#elif defined(__APPLE__)
    "install it with `brew install jack`";
#else
    "install it with your package manager: libjack-jackd2-0 (Debian, Ubuntu), "
    "jack-audio-connection-kit (Fedora), jack2 (Arch), or your system's PipeWire-JACK";
#endif

#ifdef _WIN32
void *rtj_library_open(const char *name, char *reason)
{
    void *module = (void *)LoadLibraryA(name);
    if (module == NULL) {
        (void)snprintf(reason, RTJ_ERROR_TEXT, "%s: error %lu", name, GetLastError());
    }
    return module;
}

void *rtj_library_symbol(void *module, const char *symbol)
{
    return (void *)GetProcAddress((HMODULE)module, symbol);
}
#else
void *rtj_library_open(const char *name, char *reason)
{
    /* Local, so that libjack and libjackserver can live side by side. */
    void *module = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (module == NULL) {
        const char *text = dlerror();
        (void)snprintf(reason, RTJ_ERROR_TEXT, "%s", text != NULL ? text : name);
    }
    return module;
}

void *rtj_library_symbol(void *module, const char *symbol)
{
    return dlsym(module, symbol);
}
#endif

/* POSIX promises that a data pointer from dlsym() holds a function's address; ISO C
 * knows no such cast, hence the copy. */
void rtj_library_find(void *module, const char *symbol, void *slot)
{
    void *address = rtj_library_symbol(module, symbol);
    memcpy(slot, &address, sizeof address);
}

static void close_library(void *module)
{
#ifdef _WIN32
    (void)FreeLibrary((HMODULE)module);
#else
    (void)dlclose(module);
#endif
}

/* From 1.3 on, until some 1.5: seen of 1.4.2, and not any more of 1.6.9. */
static int cuts_midi(const rtj_libjack *lib)
{
    const char *version =
        lib->kind == RTJ_PIPEWIRE
            ? strstr(lib->jack_get_version_string(), "using PipeWire 1.")
            : NULL;
    if (version == NULL) {
        return 0;
    }
    int minor = atoi(version + strlen("using PipeWire 1."));
    return minor >= 3 && minor <= 5;
}

void rtj_libjack_fill(rtj_libjack *filled, void *module, const char *name)
{
    filled->module = module;
    (void)snprintf(filled->name, sizeof filled->name, "%s", name);
#define RTJ_FIND(function) rtj_library_find(module, #function, &filled->function);
    RTJ_LIBJACK_FUNCTIONS(RTJ_FIND)
#undef RTJ_FIND
    filled->kind = rtj_libjack_kind_of(filled->jack_get_version_string != NULL
                                           ? filled->jack_get_version_string()
                                           : NULL);
    filled->cuts_midi = cuts_midi(filled);
}

rtj_libjack_kind rtj_libjack_kind_of(const char *version)
{
    if (version == NULL) {
        return RTJ_JACK1;
    }
    return strstr(version, "PipeWire") != NULL ? RTJ_PIPEWIRE : RTJ_JACK2;
}

int rtj_libjack_is_newer_pipewire(const rtj_libjack *lib)
{
    return lib->kind == RTJ_PIPEWIRE &&
           strstr(lib->jack_get_version_string(), "PipeWire 0.") == NULL;
}

const char *rtj_libjack_kind_name(rtj_libjack_kind kind)
{
    static const char *const names[] = {"JACK2", "JACK1", "PipeWire"};
    return names[kind];
}

/* The first of the basic functions that `module` has not got; NULL: it has them all. */
static const char *missing_in(void *module)
{
#define RTJ_NAME(function) #function,
    static const char *const names[] = {RTJ_BASIC_FUNCTIONS(RTJ_NAME)};
#undef RTJ_NAME
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (rtj_library_symbol(module, names[i]) == NULL) {
            return names[i];
        }
    }
    return NULL;
}

static rtj_status try_name(const char *name, char *reason)
{
    void *module = rtj_library_open(name, reason);
    if (module == NULL) {
        return RTJ_NO_LIBRARY;
    }
    const char *missing = missing_in(module);
    if (missing != NULL) {
        (void)snprintf(reason, RTJ_ERROR_TEXT,
                       "%.300s: not a JACK library, it has no %s()", name, missing);
        close_library(module);
        return RTJ_NO_LIBRARY;
    }
    rtj_libjack_fill(&table, module, name);
    return RTJ_OK;
}

static rtj_status load(rtj_error *error)
{
    char reason[RTJ_ERROR_TEXT] = "";
    const char *chosen = getenv("JACK_LIBRARY");
    if (chosen != NULL && chosen[0] != '\0') {
        if (try_name(chosen, reason) == RTJ_OK) {
            return RTJ_OK;
        }
        return rtj_fail(error, RTJ_NO_LIBRARY, 0,
                        "the JACK library named by JACK_LIBRARY can't be loaded: %s",
                        reason);
    }
    char tried[256] = "";
    for (size_t i = 0; i < sizeof usual_names / sizeof usual_names[0]; i++) {
        if (try_name(usual_names[i], reason) == RTJ_OK) {
            return RTJ_OK;
        }
        size_t used = strlen(tried);
        (void)snprintf(tried + used, sizeof tried - used, "%s%s", i ? ", " : "",
                       usual_names[i]);
    }
    return rtj_fail(error, RTJ_NO_LIBRARY, 0,
                    "no JACK library found (looked for %s; set JACK_LIBRARY to use "
                    "another): %s. The last error was: %s",
                    tried, install_hint, reason);
}

const rtj_libjack *rtj_libjack_get(rtj_error *error)
{
    const rtj_libjack *result = atomic_load_explicit(&loaded, memory_order_acquire);
    if (result != NULL) {
        return result;
    }
    pthread_mutex_lock(&load_lock);
    result = atomic_load_explicit(&loaded, memory_order_relaxed);
    if (result == NULL && load(error) == RTJ_OK) {
        rtj_log_attach(&table); /* before anything can be said on the terminal */
        rtj_jack_thread_attach(&table);
        rtj_locks_watch(&table);
        rtj_portlist_watch(&table);
        rtj_connected_watch(&table);
        rtj_messages_watch(&table);
        rtj_hangup_watch(&table);
        rtj_answer_watch(&table);
        rtj_pipewire_end_watch(&table);
        result = &table;
        atomic_store_explicit(&loaded, result, memory_order_release);
    }
    pthread_mutex_unlock(&load_lock);
    return result;
}

const rtj_libjack *rtj_libjack_loaded(void)
{
    return atomic_load_explicit(&loaded, memory_order_acquire);
}
