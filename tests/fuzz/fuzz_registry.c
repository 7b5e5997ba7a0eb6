/* JACK2's list of servers, which lies in memory that others write: whatever stands in
 * it, nothing beyond it is read, and only servers that are dead go. */
#include <errno.h>
#include <signal.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/socket.h>

static int ask_process(pid_t process, int number);
static int ask_socket(int fd, const struct sockaddr *address, socklen_t length);
#define kill ask_process
#define connect ask_socket
#define semget(key, count, flags) 0
#define semop(semaphore, change, count) ((void)(change), 0)
#include "core/dead_servers.c" /* clean(), has_namesake() */

#include "core/error.h"
#include "input.h"

enum { HIDDEN, LIVES, GONE };

static int state_of(pid_t process)
{
    return (uint32_t)process % 3;
}

static int ask_process(pid_t process, int number)
{
    (void)number;
    errno = state_of(process) == HIDDEN ? EPERM : ESRCH;
    return state_of(process) == LIVES ? 0 : -1;
}

/* Of those that are gone some have a socket nevertheless. */
static int ask_socket(int fd, const struct sockaddr *address, socklen_t length)
{
    const char *path = ((const struct sockaddr_un *)(const void *)address)->sun_path;
    (void)fd;
    errno = ECONNREFUSED;
    return length > 0 && memchr(path, 'L', sizeof((struct sockaddr_un *)0)->sun_path)
               ? 0
               : -1;
}

static void fill(registry_header *registry, input *from)
{
    for (int i = 0; i < MAX_SERVERS; i++) {
        registry_server *server = &registry->servers[i];
        server->pid = (pid_t)(0x01010101u * next_byte(from));
        /* Up to all that there is, and between it and the next one, without an end. */
        size_t length = next_byte(from) + 5U;
        for (size_t k = 0; k < length && k < sizeof *server - sizeof server->pid; k++) {
            ((uint8_t *)server)[sizeof server->pid + k] = next_byte(from);
        }
    }
}

static void check(const registry_header *before, const registry_header *after)
{
    static const registry_server none;
    int full = count_free(before) == 0;
    for (int i = 0; i < MAX_SERVERS; i++) {
        const registry_server *was = &before->servers[i], *is = &after->servers[i];
        int same = memcmp(was, is, sizeof *was) == 0;
        int gone = memcmp(is, &none, sizeof none) == 0;
        if (!same && !(full && gone && state_of(was->pid) == GONE)) {
            abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char holders[RTJ_ERROR_TEXT];
    registry_header before, *registry = calloc(1, sizeof *registry);
    input from = {data, size};
    if (registry == NULL) {
        abort();
    }
    char *name = next_text(&from);
    fill(registry, &from);
    memcpy(&before, registry, sizeof before);
    (void)has_namesake(registry, name);
    int left = clean(registry, holders, sizeof holders);
    if (left != count_free(registry) ||
        (left == 0 && memchr(holders, '\0', sizeof holders) == NULL)) {
        abort();
    }
    check(&before, registry);
    free(registry);
    free(name);
    return 0;
}
