#include "core/libjackserver.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __linux__
#include <dlfcn.h>
#endif

#include "core/libjack.h"
#include "core/log.h"

/* Process-wide because libjackserver itself is: see core/libjack.c. */
static pthread_mutex_t load_lock = PTHREAD_MUTEX_INITIALIZER;
static rtj_libjackserver table;
static _Atomic(const rtj_libjackserver *) loaded;

/* libjackserver's error function takes no argument, so the thread says who listens. */
static _Thread_local struct {
    char *text;
    size_t size;
} collected;

static const char *const usual_names[] = {
#if defined(_WIN32) && defined(_WIN64)
    "libjackserver64.dll",
#elif defined(_WIN32)
    "libjackserver.dll",
#elif defined(__APPLE__)
    "libjackserver.0.dylib", "libjackserver.dylib",
    "/opt/homebrew/lib/libjackserver.0.dylib", /* Homebrew on Apple's processors */
    "/usr/local/lib/libjackserver.0.dylib", /* Homebrew on Intel's; jackaudio.org's */
#else
    "libjackserver.so.0",
    "libjackserver.so",
#endif
};

enum { USUAL_NAMES = sizeof usual_names / sizeof usual_names[0] };

static const char install_hint[] =
#if defined(_WIN32)
    "it comes with JACK from https://jackaudio.org/downloads/";
#elif defined(__APPLE__)
    "it comes with `brew install jack`";
#else
    "it comes with libjack-jackd2-0 (Debian, Ubuntu), jack-audio-connection-kit "
    "(Fedora), jack2 (Arch); PipeWire has none";
#endif

static void on_error(const char *text)
{
    if (collected.text != NULL) {
        size_t used = strlen(collected.text);
        (void)snprintf(collected.text + used, collected.size - used, "%s%s",
                       used > 0 ? "; " : "", text);
    }
    rtj_log_error(text);
}

#ifdef __linux__
/* libasound prints on the terminal what goes wrong in it, unless it has a handler; that
 * is one for the process, so it is ours only while libjackserver opens a driver. */
typedef void alsa_handler(const char *file, int line, const char *function, int code,
                          const char *format, ...);

static _Atomic(alsa_handler *) alsa_handler_before;

static void on_alsa_error(const char *file, int line, const char *function, int code,
                          const char *format, ...)
{
    char text[512] = "ALSA: ";
    size_t used = strlen(text);
    va_list arguments;
    (void)file;
    (void)line;
    (void)function;
    (void)code;
    va_start(arguments, format);
    (void)vsnprintf(text + used, sizeof text - used, format, arguments);
    va_end(arguments);
    on_error(text);
}

static void take_alsa_errors(int take)
{
    int (*set_handler)(alsa_handler * handler);
    alsa_handler **current;
    void *module = dlopen("libasound.so.2", RTLD_NOW);
    if (module == NULL) {
        return; /* then no driver uses it */
    }
    rtj_library_find(module, "snd_lib_error_set_handler", &set_handler);
    rtj_library_find(module, "snd_lib_error", &current);
    if (set_handler != NULL && current != NULL) {
        if (take && *current != on_alsa_error) {
            atomic_store(&alsa_handler_before, *current);
            (void)set_handler(on_alsa_error);
        } else if (!take && *current == on_alsa_error) {
            (void)set_handler(atomic_load(&alsa_handler_before));
        }
    }
    /* Not closed: a driver that is opened later must find this very copy. */
}
#else
static void take_alsa_errors(int take)
{
    (void)take;
}
#endif

void rtj_libjackserver_collect(char *text, size_t size)
{
    if (text != NULL) {
        text[0] = '\0';
    }
    collected.text = text;
    collected.size = size;
    take_alsa_errors(text != NULL);
}

static const char *fill_table(void *module, const char *name)
{
    const char *missing = NULL;
    table.module = module;
    (void)snprintf(table.name, sizeof table.name, "%s", name);
#define RTJ_FIND(function)                                                             \
    rtj_library_find(module, #function, &table.function);                              \
    if (table.function == NULL) {                                                      \
        missing = #function;                                                           \
    }
    RTJ_LIBJACKSERVER_FUNCTIONS(RTJ_FIND)
#undef RTJ_FIND
#define RTJ_FIND_LATER(function) rtj_library_find(module, #function, &table.function);
    RTJ_LIBJACKSERVER_LATER_FUNCTIONS(RTJ_FIND_LATER)
#undef RTJ_FIND_LATER
    return missing;
}

static void route_messages(void *module)
{
    __typeof__(jack_set_error_function) *set_error;
    __typeof__(jack_set_info_function) *set_info;
    rtj_library_find(module, "jack_set_error_function", &set_error);
    rtj_library_find(module, "jack_set_info_function", &set_info);
    rtj_log_prepare();
    if (set_error != NULL && set_info != NULL) {
        set_error(on_error);
        set_info(rtj_log_info);
    }
}

static rtj_status try_name(const char *name, char *reason)
{
    void *module = rtj_library_open(name, reason);
    if (module == NULL) {
        return RTJ_NO_LIBRARY;
    }
    const char *missing = fill_table(module, name);
    if (missing != NULL) {
        /* Not unloaded: it may have started threads when it was loaded. */
        (void)snprintf(reason, RTJ_ERROR_TEXT,
                       "%.300s: not JACK2's server library, it has no %s()", name,
                       missing);
        return RTJ_NO_LIBRARY;
    }
    /* The others' has these functions too, but there is nothing behind them. */
    __typeof__(jack_get_version_string) *version;
    rtj_library_find(module, "jack_get_version_string", &version);
    if (rtj_libjack_kind_of(version != NULL ? version() : NULL) != RTJ_JACK2) {
        (void)snprintf(reason, RTJ_ERROR_TEXT,
                       "%.300s: not JACK2's server library but %.100s", name,
                       version != NULL ? version() : "JACK1's");
        return RTJ_NO_LIBRARY;
    }
    route_messages(module);
    return RTJ_OK;
}

static const char *end_of_directory(const char *path)
{
    const char *end = strrchr(path, '/');
#ifdef _WIN32
    const char *other = strrchr(path, '\\');
    if (end == NULL || (other != NULL && other > end)) {
        end = other;
    }
#endif
    return end;
}

/* Try each usual name in the directory that `path` begins with (up to `end`), or by
 * itself when `end` is NULL. */
static rtj_status try_usual_names(const char *path, const char *end, char *tried,
                                  size_t size, char *reason)
{
    tried[0] = '\0';
    for (size_t i = 0; i < USUAL_NAMES; i++) {
        char name[512];
        if (end != NULL) {
            if (end_of_directory(usual_names[i]) != NULL) {
                continue;
            }
            (void)snprintf(name, sizeof name, "%.*s/%s", (int)(end - path), path,
                           usual_names[i]);
        } else {
            (void)snprintf(name, sizeof name, "%s", usual_names[i]);
        }
        if (try_name(name, reason) == RTJ_OK) {
            return RTJ_OK;
        }
        size_t used = strlen(tried);
        (void)snprintf(tried + used, size - used, "%s%.160s", i > 0 ? ", " : "", name);
    }
    return RTJ_NO_LIBRARY;
}

static rtj_status load(rtj_error *error)
{
    char reason[RTJ_ERROR_TEXT] = "";
    const char *chosen = getenv("JACK_SERVER_LIBRARY");
    if (chosen != NULL && chosen[0] != '\0') {
        if (try_name(chosen, reason) == RTJ_OK) {
            return RTJ_OK;
        }
        return rtj_fail(error, RTJ_NO_LIBRARY, 0,
                        "the JACK server library named by JACK_SERVER_LIBRARY can't be "
                        "loaded: %s",
                        reason);
    }
    const rtj_libjack *lib = rtj_libjack_loaded();
    if (lib != NULL && lib->kind != RTJ_JACK2) {
        return rtj_fail(error, RTJ_NOT_SUPPORTED, 0,
                        "a server within the process takes JACK2; the loaded JACK "
                        "library, %.200s, is %s's",
                        lib->name, rtj_libjack_kind_name(lib->kind));
    }
    /* A server of another build than the client library would not understand it, so
     * that beside a chosen libjack only its own neighbour will do. */
    const char *neighbour = getenv("JACK_LIBRARY");
    const char *end = neighbour != NULL ? end_of_directory(neighbour) : NULL;
    char tried[320];
    if (try_usual_names(neighbour, end, tried, sizeof tried, reason) == RTJ_OK) {
        return RTJ_OK;
    }
    return rtj_fail(
        error, RTJ_NO_LIBRARY, 0,
        "no JACK server library found (looked for %s%s; set "
        "JACK_SERVER_LIBRARY to use another): %s. The last error was: %.200s",
        tried, end != NULL ? ", beside JACK_LIBRARY" : "", install_hint, reason);
}

const rtj_libjackserver *rtj_libjackserver_get(rtj_error *error)
{
    const rtj_libjackserver *result =
        atomic_load_explicit(&loaded, memory_order_acquire);
    if (result != NULL) {
        return result;
    }
    /* First of all libjack: libjackserver opens its drivers for global use and comes
     * into the global scope with them, and a libjack that is bound after that would
     * share its variables. */
    if (rtj_libjack_get(error) == NULL) {
        return NULL;
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
