/* Faults for the tests: lets one call of a loaded library, of a function that it
 * imports, fail without being made.
 *
 * Each entry of the library's table of imported functions that stands in rules[] is led
 * through a stub of ours, which knows the function by its index and the place of the
 * call by the address that it returns to.  Both together are a site.  While it watches,
 * it notes each site once; the site that is armed fails the next time, and once.
 *
 * Any thread may be in such a call at any time, the audio thread too: nothing here
 * locks. x86-64 and ELF only.
 */
#define _GNU_SOURCE /* dladdr(), struct link_map */
#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <link.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SITES = 8192, STUBS = 256, STUB_BYTES = 16 };

/* How a function fails. */
typedef enum kind {
    RAISES_NULL,      /* NULL, with MemoryError */
    RAISES_MINUS_ONE, /* -1 (as a double, too), with MemoryError */
    RAISES_MINUS_TWO, /* the same of one that gives -1 for "nowhere" */
    RAISES_ZERO,      /* 0, of one that gives 1 otherwise */
    RAISES_NO_VIEW,   /* -1, and the view (second argument) owns nothing */
    RAISES_NO_FILL,   /* -1, and the view (first argument) owns nothing */
    RAISES_NO_LARGE,  /* -1, and the number (second argument) was not too large */
    GIVES_NULL,       /* NULL, with errno */
    GIVES_MINUS_ONE,  /* -1, with errno */
    GIVES_ENOMEM      /* ENOMEM itself */
} kind;

typedef struct rule {
    const char *function;
    kind fails;
} rule;

static const rule rules[] = {
#include "faults_rules.inc"
};

typedef struct site {
    _Atomic uint64_t
        key; /* 0: free; the function's index, the address within the library */
} site;

typedef struct saved {
    uint64_t r10, r9, r8, rcx, rdx, rsi, rdi, rax;
} saved;

typedef struct decision {
    void *real;     /* NULL: it fails */
    int64_t result; /* then */
} decision;

static site sites[SITES];
static void *real_functions[STUBS];
static uintptr_t base, end_of_library;
static void *(*raise_memory_error)(void);
static _Atomic int watching;
static _Atomic uint64_t armed;
static _Atomic unsigned fired;

extern char faults_stubs[] __attribute__((visibility("hidden")));
decision faults_decide(uint64_t index, uintptr_t address, const saved *arguments)
    __attribute__((visibility("hidden")));

/* Each stub pushes its index; what follows asks, with all that may hold arguments kept.
 */
__asm__(".text\n"
        ".p2align 4\n"
        ".hidden faults_stubs\n"
        ".globl faults_stubs\n"
        "faults_stubs:\n"
        ".set stub, 0\n"
        ".rept 256\n"
        ".p2align 4\n"
        ".byte 0x68\n"
        ".long stub\n"
        "jmp 1f\n"
        ".set stub, stub + 1\n"
        ".endr\n"
        "1:\n"
        "push %rax\n push %rdi\n push %rsi\n push %rdx\n"
        "push %rcx\n push %r8\n push %r9\n push %r10\n"
        "sub $128, %rsp\n"
        "movups %xmm0, (%rsp)\n movups %xmm1, 16(%rsp)\n"
        "movups %xmm2, 32(%rsp)\n movups %xmm3, 48(%rsp)\n"
        "movups %xmm4, 64(%rsp)\n movups %xmm5, 80(%rsp)\n"
        "movups %xmm6, 96(%rsp)\n movups %xmm7, 112(%rsp)\n"
        "mov 192(%rsp), %rdi\n"
        "mov 200(%rsp), %rsi\n"
        "lea 128(%rsp), %rdx\n"
        "call faults_decide\n"
        "test %rax, %rax\n"
        "jz 2f\n"
        "mov %rax, %r11\n"
        "movups (%rsp), %xmm0\n movups 16(%rsp), %xmm1\n"
        "movups 32(%rsp), %xmm2\n movups 48(%rsp), %xmm3\n"
        "movups 64(%rsp), %xmm4\n movups 80(%rsp), %xmm5\n"
        "movups 96(%rsp), %xmm6\n movups 112(%rsp), %xmm7\n"
        "add $128, %rsp\n"
        "pop %r10\n pop %r9\n pop %r8\n pop %rcx\n"
        "pop %rdx\n pop %rsi\n pop %rdi\n pop %rax\n"
        "add $8, %rsp\n"
        "jmp *%r11\n"
        "2:\n"
        "mov %rdx, %rax\n"
        "cvtsi2sd %rdx, %xmm0\n"
        "add $200, %rsp\n"
        "ret\n");

static void note(uint64_t key)
{
    uint64_t place = (key * 0x9e3779b97f4a7c15u) % SITES;
    for (int i = 0; i < SITES; i++) {
        uint64_t there = 0;
        site *candidate = &sites[(place + (uint64_t)i) % SITES];
        if (atomic_load(&candidate->key) == key ||
            atomic_compare_exchange_strong(&candidate->key, &there, key) ||
            there == key) {
            return;
        }
    }
}

static int64_t fail(kind how, const saved *arguments)
{
    void **view = (void **)(how == RAISES_NO_VIEW ? arguments->rsi : arguments->rdi);
    switch (how) {
    case RAISES_NO_VIEW:
    case RAISES_NO_FILL:
        view[1] = NULL; /* its owner */
        break;
    case RAISES_NO_LARGE:
        *(int *)arguments->rsi = 0;
        break;
    default:
        break;
    }
    if (how < GIVES_NULL) {
        (void)raise_memory_error();
    } else {
        errno = ENOMEM;
    }
    switch (how) {
    case RAISES_NULL:
    case RAISES_ZERO:
    case GIVES_NULL:
        return 0;
    case RAISES_MINUS_TWO:
        return -2;
    case GIVES_ENOMEM:
        return ENOMEM;
    default:
        return -1;
    }
}

decision faults_decide(uint64_t index, uintptr_t address, const saved *arguments)
{
    void *real = real_functions[index];
    /* A call at a function's end returns to whoever called that. */
    uintptr_t offset = address > base && address < end_of_library ? address - base : 0;
    uint64_t key = (index + 1) << 48 | offset;
    if (atomic_load(&watching)) {
        note(key);
    }
    if (atomic_load_explicit(&armed, memory_order_relaxed) == key &&
        atomic_compare_exchange_strong(&armed, &key, 0)) {
        atomic_fetch_add(&fired, 1);
        return (decision){NULL, fail(rules[index].fails, arguments)};
    }
    return (decision){real, 0};
}

static int find_rule(const char *function)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (strcmp(rules[i].function, function) == 0) {
            return (int)i;
        }
    }
    return -1;
}

static void relink(void **slot, int index)
{
    uintptr_t size = (uintptr_t)sysconf(_SC_PAGESIZE);
    void *page = (void *)((uintptr_t)slot & ~(size - 1));
    (void)mprotect(page, size, PROT_READ | PROT_WRITE);
    real_functions[index] = *slot;
    *slot = faults_stubs + index * STUB_BYTES;
}

/* How many functions of the library, which was loaded with RTLD_NOW, are led through
 * here; -1 when it can't be done.  Its code ends `size` bytes from where it begins. */
int faults_install(void *library, uint64_t size);
int faults_install(void *library, uint64_t size)
{
    struct link_map *map = NULL;
    const ElfW(Sym) *symbols = NULL;
    const char *names = NULL;
    const ElfW(Rela) *calls = NULL;
    size_t bytes = 0;
    int count = 0;
    *(void **)&raise_memory_error = dlsym(RTLD_DEFAULT, "PyErr_NoMemory");
    if (dlinfo(library, RTLD_DI_LINKMAP, &map) != 0 || raise_memory_error == NULL) {
        return -1;
    }
    for (const ElfW(Dyn) *entry = map->l_ld; entry->d_tag != DT_NULL; entry++) {
        const void *address = (const void *)entry->d_un.d_ptr;
        symbols = entry->d_tag == DT_SYMTAB ? address : symbols;
        names = entry->d_tag == DT_STRTAB ? address : names;
        calls = entry->d_tag == DT_JMPREL ? address : calls;
        bytes = entry->d_tag == DT_PLTRELSZ ? entry->d_un.d_val : bytes;
    }
    base = map->l_addr;
    end_of_library = base + size;
    for (size_t i = 0; i < bytes / sizeof *calls; i++) {
        const ElfW(Sym) *symbol = &symbols[ELF64_R_SYM(calls[i].r_info)];
        int index = find_rule(names + symbol->st_name);
        if (index >= 0) {
            relink((void **)(base + calls[i].r_offset), index);
            count++;
        }
    }
    return count;
}

void faults_watch(int on);
void faults_watch(int on)
{
    atomic_store(&watching, on);
}

/* The sites that were noted, into `keys`, which has room for SITES; their number. */
int faults_sites(uint64_t *keys);
int faults_sites(uint64_t *keys)
{
    int count = 0;
    for (int i = 0; i < SITES; i++) {
        uint64_t key = atomic_load(&sites[i].key);
        if (key != 0) {
            keys[count++] = key;
        }
    }
    return count;
}

/* Forget what was noted, to note what comes next. */
void faults_forget(void);
void faults_forget(void)
{
    for (int i = 0; i < SITES; i++) {
        atomic_store(&sites[i].key, 0);
    }
}

const char *faults_function(uint64_t key);
const char *faults_function(uint64_t key)
{
    return rules[(key >> 48) - 1].function;
}

/* Let the site fail when it is reached next; 0: none. */
void faults_arm(uint64_t key);
void faults_arm(uint64_t key)
{
    atomic_store(&fired, 0);
    atomic_store(&armed, key);
}

/* How often one has failed since then. */
unsigned faults_fired(void);
unsigned faults_fired(void)
{
    return atomic_load(&fired);
}
