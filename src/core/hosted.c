#define _GNU_SOURCE /* struct link_map, gettid() */
#include "core/hosted.h"

#ifdef __linux__

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/log.h"
#include "core/registry.h"

#if __SIZEOF_POINTER__ == 8
#define RTJ_R_SYM(info) ELF64_R_SYM(info)
#else
#define RTJ_R_SYM(info) ELF32_R_SYM(info)
#endif

/* Process-wide, as libjack is. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int watched;          /* the first copy of libjack is */
static _Atomic int stand_in; /* 0: libjack is told the truth */
static _Atomic unsigned generation;

static pid_t getpid_for_libjack(void)
{
    int other = atomic_load(&stand_in);
    /* A forked child hosts nothing. */
    int ours = atomic_load(&generation) == rtj_registry_generation();
    return other != 0 && ours ? other : getpid();
}

/* What the dynamic section says of the calls through the library's table. */
typedef struct tables {
    const ElfW(Sym) * symbols;
    const char *names;
    const ElfW(Rela) * calls;
    size_t call_bytes;
} tables;

static tables read_tables(const struct link_map *map)
{
    tables found = {NULL, NULL, NULL, 0};
    for (const ElfW(Dyn) *entry = map->l_ld; entry->d_tag != DT_NULL; entry++) {
        uintptr_t place = entry->d_un.d_ptr;
        /* glibc has made these absolute, others leave them relative. */
        const void *address =
            (const void *)(place < map->l_addr ? place + map->l_addr : place);
        switch (entry->d_tag) {
        case DT_SYMTAB:
            found.symbols = address;
            break;
        case DT_STRTAB:
            found.names = address;
            break;
        case DT_JMPREL:
            found.calls = address;
            break;
        case DT_PLTRELSZ:
            found.call_bytes = entry->d_un.d_val;
            break;
        default:
            break;
        }
    }
    return found;
}

/* Where the library keeps the address of getpid(); NULL when it has none. */
static void **find_slot(const struct link_map *map)
{
    tables found = read_tables(map);
    if (found.symbols == NULL || found.names == NULL || found.calls == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < found.call_bytes / sizeof *found.calls; i++) {
        const ElfW(Sym) *symbol = &found.symbols[RTJ_R_SYM(found.calls[i].r_info)];
        if (strcmp(found.names + symbol->st_name, "getpid") == 0) {
            return (void **)(map->l_addr + found.calls[i].r_offset);
        }
    }
    return NULL;
}

/* The table is read-only after loading (RELRO); its page stays writable only here. */
static void turn(void **slot)
{
    pid_t (*function)(void) = getpid_for_libjack;
    uintptr_t size = (uintptr_t)sysconf(_SC_PAGESIZE);
    void *page = (void *)((uintptr_t)slot & ~(size - 1));
    if (mprotect(page, size, PROT_READ | PROT_WRITE) != 0) {
        return;
    }
    memcpy(slot, &function, sizeof function);
    (void)mprotect(page, size, PROT_READ);
}

void rtj_hosted_watch(const rtj_libjack *lib)
{
    struct link_map *map = NULL;
    if (dlinfo(lib->module, RTLD_DI_LINKMAP, &map) == 0) {
        void **slot = find_slot(map);
        if (slot != NULL) {
            turn(slot);
        }
    }
}

void rtj_hosted_begin(const rtj_libjack *lib)
{
    if (lib == NULL) {
        return;
    }
    pthread_mutex_lock(&lock);
    if (!watched) {
        rtj_hosted_watch(lib);
        watched = 1;
    }
    int thread = rtj_log_thread();
    atomic_store(&generation, rtj_registry_generation());
    atomic_store(&stand_in, thread != 0 ? thread : gettid());
    pthread_mutex_unlock(&lock);
}

void rtj_hosted_end(void)
{
    atomic_store(&stand_in, 0);
}

#else

void rtj_hosted_begin(const rtj_libjack *lib)
{
    (void)lib;
}

void rtj_hosted_watch(const rtj_libjack *lib)
{
    (void)lib;
}

void rtj_hosted_end(void)
{
}

#endif
