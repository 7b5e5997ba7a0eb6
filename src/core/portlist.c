#define _GNU_SOURCE
#include "core/portlist.h"

#ifdef __linux__

#include <dlfcn.h>
#include <stdatomic.h>
#include <string.h>

#include "core/relink.h"

/* The notification thread is at a node for microseconds, and each port that is taken
 * out takes a question to the server. */
enum { KEPT = 64 };

static _Atomic(void *) kept[KEPT];
static _Atomic unsigned next;
static _Atomic(void *)
    real_delete; /* libstdc++'s: every copy of libjack has the same */
static _Thread_local int keeping;

static void free_really(void *memory)
{
    void *address = atomic_load(&real_delete);
    void (*function)(void *);
    memcpy(&function, &address, sizeof function);
    function(memory);
}

/* Instead of C++'s operator delete, where libjack calls it. */
static void delete_for_libjack(void *memory)
{
    if (keeping) {
        memory = atomic_exchange(&kept[atomic_fetch_add(&next, 1) % KEPT], memory);
    }
    free_really(memory);
}

void rtj_portlist_watch(const rtj_libjack *lib)
{
    void *found = dlsym(lib->module, "_ZdlPv"); /* JACK1 and PipeWire are no C++ */
    rtj_any_function *instead = (rtj_any_function *)delete_for_libjack;
    if (found != NULL) {
        atomic_store(&real_delete, found);
        (void)rtj_relink(lib->module, "_ZdlPv", instead);
        /* With the size, which is no more than a hint, as newer compilers have it. */
        (void)rtj_relink(lib->module, "_ZdlPvm", instead);
    }
}

int rtj_portlist_unregister(const rtj_libjack *lib, jack_client_t *handle,
                            jack_port_t *port)
{
    keeping = 1;
    int code = lib->jack_port_unregister(handle, port);
    keeping = 0;
    return code;
}

#else

void rtj_portlist_watch(const rtj_libjack *lib)
{
    (void)lib;
}

int rtj_portlist_unregister(const rtj_libjack *lib, jack_client_t *handle,
                            jack_port_t *port)
{
    return lib->jack_port_unregister(handle, port);
}

#endif
