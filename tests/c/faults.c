/* Faults for the tests: lets one call of a loaded library, of a function that it
 * imports, fail without being made.
 *
 * Each entry of the library's table of imported functions that stands in rules[] is led
 * through a stub of ours, which knows the function by its index and the place of the
 * call by the address that it returns to.  Both together are a site.  While it watches,
 * it notes each site once; the site that is armed fails the next time, and once, and
 * then one behind it, if so told.  With callers, a site is another one for each way
 * that led there through the library.
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

enum { SITES = 32768, STUBS = 256, STUB_BYTES = 16, CALLERS = 8 };

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
    GIVES_ENOMEM,     /* ENOMEM itself */
    GIVES_EAGAIN,     /* EAGAIN itself */
    GIVES_STATUS /* a PyStatus that is an error, and NULL behind the first argument */
} kind;

typedef struct rule {
    const char *function;
    kind fails;
} rule;

static const rule rules[] = {
#include "faults_rules.inc"
};

typedef struct site {
    /* 0: free; the function's index (16 bits), a hash of its callers (24), the address
     * within the library (24) */
    _Atomic uint64_t key;
    uint64_t callers[CALLERS]; /* such addresses, the nearest first */
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
static int with_callers;
static void *(*raise_memory_error)(void);
static _Atomic int watching;
static _Atomic uint64_t armed, armed_behind;
static _Atomic unsigned fired;

extern char faults_stubs[] __attribute__((visibility("hidden")));
decision faults_decide(uint64_t index, uintptr_t address, const saved *arguments,
                       const uintptr_t *frame) __attribute__((visibility("hidden")));

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
        "mov %rbp, %rcx\n"
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

static uintptr_t offset_of(uintptr_t address)
{
    return address > base && address < end_of_library ? address - base : 0;
}

static void note_callers(site *noted, const uintptr_t *frame)
{
    for (int i = 0; i < CALLERS; i++) {
        noted->callers[i] = frame != NULL ? offset_of(frame[1]) : 0;
        frame = noted->callers[i] != 0 ? (const uintptr_t *)frame[0] : NULL;
    }
}

static site *place_of(uint64_t key, int i)
{
    return &sites[((key * 0x9e3779b97f4a7c15u >> 32) % SITES + (uint64_t)i) % SITES];
}

static void note(uint64_t key, const uintptr_t *frame)
{
    for (int i = 0; i < SITES; i++) {
        uint64_t there = 0;
        site *candidate = place_of(key, i);
        if (atomic_load(&candidate->key) == key) {
            return;
        }
        if (atomic_compare_exchange_strong(&candidate->key, &there, key)) {
            note_callers(candidate, frame);
            return;
        }
        if (there == key) {
            return;
        }
    }
}

/* CPython's, which comes back in memory of the caller's: that is a hidden first
 * argument. */
typedef struct status {
    enum { STATUS_ERROR = 1 } type;
    const char *function, *message;
    int exit_code;
} status;

static int64_t give_status(const saved *arguments)
{
    *(status *)arguments->rdi = (status){STATUS_ERROR, "faults", "no memory", 0};
    *(void **)arguments->rsi = NULL;
    return (int64_t)arguments->rdi;
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
    case GIVES_EAGAIN:
        return EAGAIN;
    case GIVES_STATUS:
        return give_status(arguments);
    default:
        return -1;
    }
}

/* Of all that called, as far as they are the library's: these keep frame pointers. */
static uint64_t hash_of_callers(const uintptr_t *frame)
{
    uint64_t hash = 0;
    for (uintptr_t offset; (offset = offset_of(frame[1])) != 0;
         frame = (const uintptr_t *)frame[0]) {
        hash = (hash ^ offset) * 0x9e3779b97f4a7c15u;
    }
    return hash >> 40;
}

decision faults_decide(uint64_t index, uintptr_t address, const saved *arguments,
                       const uintptr_t *frame)
{
    void *real = real_functions[index];
    /* A call at a function's end returns to whoever called that. */
    uintptr_t offset = offset_of(address);
    uint64_t callers = with_callers && offset != 0 ? hash_of_callers(frame) : 0;
    uint64_t key = (index + 1) << 48 | callers << 24 | offset;
    if (atomic_load(&watching)) {
        note(key, with_callers && offset != 0 ? frame : NULL);
    }
    if (atomic_load_explicit(&armed, memory_order_relaxed) == key &&
        atomic_compare_exchange_strong(&armed, &key, 0)) {
        atomic_fetch_add(&fired, 1);
        atomic_store(&armed, atomic_exchange(&armed_behind, 0));
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

/* Where what is loaded of it ends: other libraries may begin there. */
static uintptr_t end_of(uintptr_t begin)
{
    const ElfW(Ehdr) *header = (const void *)begin;
    const ElfW(Phdr) *parts = (const void *)(begin + header->e_phoff);
    uintptr_t end = begin;
    for (int i = 0; i < header->e_phnum; i++) {
        uintptr_t its = begin + parts[i].p_vaddr + parts[i].p_memsz;
        end = parts[i].p_type == PT_LOAD && its > end ? its : end;
    }
    return end;
}

/* How many functions of the library, which was loaded with RTLD_NOW, are led through
 * here; -1 when it can't be done. */
int faults_install(void *library, int callers);
int faults_install(void *library, int callers)
{
    with_callers = callers;
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
    end_of_library = end_of(base);
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

/* Who called a site that is noted: addresses as in the key, of which 0 is the end. */
const uint64_t *faults_callers(uint64_t key);
const uint64_t *faults_callers(uint64_t key)
{
    static const uint64_t nobody[CALLERS];
    for (int i = 0; i < SITES; i++) {
        const site *candidate = place_of(key, i);
        if (atomic_load(&candidate->key) == key) {
            return candidate->callers;
        }
    }
    return nobody;
}

const char *faults_function(uint64_t key);
const char *faults_function(uint64_t key)
{
    return rules[(key >> 48) - 1].function;
}

/* Let the site fail when it is reached next, and then the one `behind` it; 0: none. */
void faults_arm(uint64_t key, uint64_t behind);
void faults_arm(uint64_t key, uint64_t behind)
{
    atomic_store(&fired, 0);
    atomic_store(&armed_behind, behind);
    atomic_store(&armed, key);
}

/* How many have failed since then. */
unsigned faults_fired(void);
unsigned faults_fired(void)
{
    return atomic_load(&fired);
}
