#define _GNU_SOURCE /* memfd_create(), struct link_map, RTLD_DEEPBIND */
#include "core/libjack_copies.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __linux__
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>
#endif

#include "core/answer.h"
#include "core/hosted.h"
#include "core/jackthread.h"
#include "core/locks.h"
#include "core/log.h"
#include "core/portlist.h"

typedef struct rtj_libjack_copy {
    const rtj_libjack *lib;
    rtj_libjack table; /* of all but the first */
    char server[256];  /* of those who use it */
    rtj_libjack_use *uses;
    int inherited; /* clients of the process that this one was forked from use it */
    int spoilt;    /* core/turns.h */
    pthread_mutex_t turn; /* who holds it has a use */
    struct rtj_libjack_copy *next;
} copy;

/* Process-wide, as the loaded copies are. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t prepared = PTHREAD_ONCE_INIT;
static copy *first;

#ifndef _WIN32
static void before_fork(void)
{
    pthread_mutex_lock(&lock);
}

static void after_fork_in_parent(void)
{
    pthread_mutex_unlock(&lock);
}

/* The globals are in use as they were in the parent, and nobody will end that. */
static void after_fork_in_child(void)
{
    for (copy *at = first; at != NULL; at = at->next) {
        at->inherited = at->inherited || at->uses != NULL;
        at->uses = NULL;
    }
    pthread_mutex_unlock(&lock);
}
#endif

static void prepare(void)
{
#ifndef _WIN32
    (void)pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
#endif
}

/* The address sanitizer ends programs that use RTLD_DEEPBIND. */
#if defined(__linux__) && defined(RTLD_DEEPBIND) && !defined(__SANITIZE_ADDRESS__)
static rtj_status cannot(const rtj_libjack *original, const char *what, int number,
                         rtj_error *error)
{
    return rtj_fail(error, RTJ_NOT_SUPPORTED, 0,
                    "%.160s serves one server at a time, and can't be loaded again for "
                    "another: %s: %s",
                    original->name, what, strerror(number));
}

static int copy_bytes(int from, int to)
{
    static const size_t most = (size_t)1 << 16;
    char *bytes = malloc(most);
    int failed = bytes == NULL ? ENOMEM : 0;
    for (ssize_t got = 1; failed == 0 && got > 0;) {
        got = read(from, bytes, most);
        failed = got < 0 ? errno : 0;
        for (ssize_t done = 0; failed == 0 && done < got;) {
            ssize_t more = write(to, bytes + done, (size_t)(got - done));
            failed = more < 0 ? errno : 0;
            done += more;
        }
    }
    free(bytes);
    return failed;
}

/* A nameless file in memory with what `path` has; -1 with errno. */
static int file_in_memory(const char *path)
{
    int from = open(path, O_RDONLY | O_CLOEXEC);
    if (from < 0) {
        return -1;
    }
    int to = memfd_create("libjack-again", MFD_CLOEXEC);
    int failed = to < 0 ? errno : copy_bytes(from, to);
    (void)close(from);
    if (failed != 0 && to >= 0) {
        (void)close(to);
    }
    errno = failed;
    return failed == 0 ? to : -1;
}

/* The loader takes a file for loaded when it knows the path, or the file itself, so
 * both must be new: hence a file of its own, and one slash more in the path each time
 * since the next one may get the same descriptor.
 *
 * RTLD_DEEPBIND, so that it finds its own variables although libjackserver, which has
 * the same ones, is in the global scope once its drivers are loaded. */
static void *load_apart(int file, unsigned serial, char *path, size_t size,
                        char *reason)
{
    (void)snprintf(path, size, "/proc/%ld/fd%.*s/%d", (long)getpid(), (int)serial,
                   "////////////////////////////////", file);
    void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
    if (module == NULL) {
        const char *text = dlerror();
        (void)snprintf(reason, RTJ_ERROR_TEXT, "%s", text != NULL ? text : path);
    }
    return module;
}

enum { MOST_COPIES = 32 }; /* JACK2 has room for eight servers */

static rtj_status load_copy(const rtj_libjack *original, rtj_libjack *table,
                            unsigned serial, rtj_error *error)
{
    char path[128];
    char reason[RTJ_ERROR_TEXT] = "";
    struct link_map *map = NULL;
    if (serial > MOST_COPIES || dlinfo(original->module, RTLD_DI_LINKMAP, &map) != 0) {
        return cannot(original, "loading", ENOTSUP, error);
    }
    int file = file_in_memory(map->l_name);
    if (file < 0) {
        return cannot(original, map->l_name, errno, error);
    }
    void *module = load_apart(file, serial, path, sizeof path, reason);
    (void)close(file);
    if (module == NULL) {
        return rtj_fail(error, RTJ_NOT_SUPPORTED, 0,
                        "%.160s serves one server at a time, and can't be loaded again "
                        "for another: %.250s",
                        original->name, reason);
    }
    rtj_libjack_fill(table, module, original->name);
    rtj_log_attach(table);
    rtj_jack_thread_attach(table);
    rtj_locks_watch(table);
    rtj_portlist_watch(table);
    rtj_answer_watch(table);
    rtj_hosted_watch(table);
    return RTJ_OK;
}
#else
static rtj_status load_copy(const rtj_libjack *original, rtj_libjack *table,
                            unsigned serial, rtj_error *error)
{
    (void)table;
    (void)serial;
    return rtj_fail(error, RTJ_NOT_SUPPORTED, 0,
                    "%s serves one server at a time, and this system does not load it "
                    "again for another: close the other server's clients first",
                    original->name);
}
#endif

static int is_lost(const copy *at)
{
    for (const rtj_libjack_use *use = at->uses; use != NULL; use = use->next) {
        if (use->lost != NULL && atomic_load(use->lost)) {
            return 1;
        }
    }
    return 0;
}

static copy *find_locked(const char *server)
{
    copy *unused = NULL;
    for (copy *at = first; at != NULL; at = at->next) {
        if (at->spoilt) {
            continue;
        }
        if (at->uses == NULL && !at->inherited) {
            unused = unused == NULL ? at : unused;
        } else if (strcmp(at->server, server) == 0 && !is_lost(at)) {
            return at;
        }
    }
    return unused;
}

/* One more copy, at the end of the list; the first is what `original` is. */
static copy *add_locked(const rtj_libjack *original, rtj_error *error)
{
    unsigned count = 0;
    copy **end = &first;
    for (; *end != NULL; end = &(*end)->next) {
        count++;
    }
    copy *added = calloc(1, sizeof *added);
    if (added == NULL) {
        (void)rtj_fail(error, RTJ_MEMORY, 0, "no memory for another copy of libjack");
        return NULL;
    }
    added->lib = count == 0 ? original : &added->table;
    if (count > 0 && load_copy(original, &added->table, count, error) != RTJ_OK) {
        free(added);
        return NULL;
    }
    pthread_mutex_init(&added->turn, NULL);
    *end = added;
    return added;
}

static const char *name_of(const char *server)
{
    if (server == NULL || server[0] == '\0') {
        server = getenv("JACK_DEFAULT_SERVER");
    }
    return server == NULL || server[0] == '\0' ? "default" : server;
}

rtj_status rtj_libjack_claim(const char *server, rtj_libjack_use *use, rtj_error *error)
{
    const rtj_libjack *original = rtj_libjack_get(error);
    *use = (rtj_libjack_use){0};
    if (original == NULL) {
        return RTJ_NO_LIBRARY;
    }
    if (original->kind != RTJ_JACK2) {
        use->lib = original;
        return RTJ_OK;
    }
    pthread_once(&prepared, prepare);
    pthread_mutex_lock(&lock);
    copy *found = find_locked(name_of(server));
    if (found == NULL) {
        found = add_locked(original, error);
    }
    if (found != NULL) {
        if (found->uses == NULL && !found->inherited) {
            (void)snprintf(found->server, sizeof found->server, "%s", name_of(server));
        }
        *use = (rtj_libjack_use){found->lib, found, NULL, found->uses};
        found->uses = use;
    }
    pthread_mutex_unlock(&lock);
    return found != NULL ? RTJ_OK : error != NULL ? error->status : RTJ_NOT_SUPPORTED;
}

/* Put `instead` in the place of `use`; NULL takes it out. */
static void replace_locked(const rtj_libjack_use *use, rtj_libjack_use *instead)
{
    for (copy *at = first; at != NULL; at = at->next) {
        for (rtj_libjack_use **link = &at->uses; *link != NULL; link = &(*link)->next) {
            if (*link == use) {
                *link = instead != NULL ? instead : use->next;
                return;
            }
        }
    }
}

void rtj_libjack_hand_over(rtj_libjack_use *from, rtj_libjack_use *to,
                           const _Atomic int *lost)
{
    pthread_mutex_lock(&lock);
    *to = (rtj_libjack_use){from->lib, from->copy, lost, from->next};
    replace_locked(from, to);
    *from = (rtj_libjack_use){0};
    pthread_mutex_unlock(&lock);
}

void rtj_libjack_give_back(rtj_libjack_use *use)
{
    pthread_mutex_lock(&lock);
    replace_locked(use, NULL);
    *use = (rtj_libjack_use){0};
    pthread_mutex_unlock(&lock);
}

void rtj_libjack_turn_take(const rtj_libjack_use *use)
{
    if (use->copy != NULL) {
        pthread_mutex_lock(&use->copy->turn);
    }
}

void rtj_libjack_turn_give(const rtj_libjack_use *use)
{
    if (use->copy != NULL) {
        pthread_mutex_unlock(&use->copy->turn);
    }
}

int rtj_libjack_is_stale(const rtj_libjack_use *use)
{
    pthread_mutex_lock(&lock);
    int stale = use->copy != NULL && (use->copy->spoilt || is_lost(use->copy));
    pthread_mutex_unlock(&lock);
    return stale;
}

int rtj_libjack_spoil(const rtj_libjack_use *use)
{
    pthread_mutex_lock(&lock);
    copy *of = use->copy;
    int shared = of != NULL && (of->uses != use || use->next != NULL);
    if (shared) {
        of->spoilt = 1;
    }
    pthread_mutex_unlock(&lock);
    return shared;
}

int rtj_libjack_is_spoilt(const rtj_libjack_use *use)
{
    pthread_mutex_lock(&lock);
    int spoilt = use->copy != NULL && use->copy->spoilt;
    pthread_mutex_unlock(&lock);
    return spoilt;
}
