#define _GNU_SOURCE /* struct link_map */
#include "core/relink.h"

#ifdef __linux__

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#if __SIZEOF_POINTER__ == 8
#define RTJ_R_SYM(info) ELF64_R_SYM(info)
#else
#define RTJ_R_SYM(info) ELF32_R_SYM(info)
#endif

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

/* Where the library keeps the function's address; NULL when it has none. */
static void **find_slot(const struct link_map *map, const char *function)
{
    tables found = read_tables(map);
    if (found.symbols == NULL || found.names == NULL || found.calls == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < found.call_bytes / sizeof *found.calls; i++) {
        const ElfW(Sym) *symbol = &found.symbols[RTJ_R_SYM(found.calls[i].r_info)];
        if (strcmp(found.names + symbol->st_name, function) == 0) {
            return (void **)(map->l_addr + found.calls[i].r_offset);
        }
    }
    return NULL;
}

/* What the loader made read-only of an object when it was loaded (RELRO). */
typedef struct protection {
    uintptr_t base;
    uintptr_t from;
    uintptr_t to; /* whole pages only */
} protection;

static int find_protection(struct dl_phdr_info *info, size_t size, void *data)
{
    protection *found = data;
    (void)size;
    if (info->dlpi_addr != found->base) {
        return 0;
    }
    uintptr_t pages = ~((uintptr_t)sysconf(_SC_PAGESIZE) - 1);
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        if (part->p_type == PT_GNU_RELRO) {
            found->from = (found->base + part->p_vaddr) & pages;
            found->to = (found->base + part->p_vaddr + part->p_memsz) & pages;
        }
    }
    return 1;
}

int rtj_relink(void *module, const char *function, rtj_any_function *instead)
{
    struct link_map *map = NULL;
    void **slot = NULL;
    if (dlinfo(module, RTLD_DI_LINKMAP, &map) == 0) {
        slot = find_slot(map, function);
    }
    if (slot == NULL) {
        return -1;
    }
    /* Where calls are bound at once the table is read-only, and writable only here;
     * else it shares its pages with the library's variables. */
    protection known = {.base = map->l_addr};
    (void)dl_iterate_phdr(find_protection, &known);
    uintptr_t size = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t place = (uintptr_t)slot;
    void *page = (void *)(place & ~(size - 1));
    if (mprotect(page, size, PROT_READ | PROT_WRITE) != 0) {
        return -1;
    }
    memcpy(slot, &instead, sizeof instead); /* as rtj_library_find() */
    if (place >= known.from && place < known.to) {
        (void)mprotect(page, size, PROT_READ);
    }
    return 0;
}

#else

int rtj_relink(void *module, const char *function, rtj_any_function *instead)
{
    (void)module;
    (void)function;
    (void)instead;
    return -1;
}

#endif
