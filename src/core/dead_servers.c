#include "core/dead_servers.h"

#ifdef _WIN32 /* the registry goes with the last process there, and sockets differ */
int rtj_dead_servers_clean(char *holders, size_t size)
{
    (void)holders;
    (void)size;
    return -1;
}

rtj_pulse rtj_server_pulse(const char *name, double timeout)
{
    (void)name;
    (void)timeout;
    return RTJ_NO_SOCKET;
}
#else

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* JACK2's common/shm.h, as it has been since 1.9.0; what is mapped is checked against
 * the sizes that stand in it. */
enum {
    MAX_SERVERS = 8,
    SERVER_NAME_SIZE = 256,
    REGISTRY_MAGIC = 0x4a41434b,
    REGISTRY_POSIX = 1,
    REGISTRY_LOCK_KEY = 0x282929,
};

typedef struct registry_server {
    pid_t pid;
    char name[SERVER_NAME_SIZE + 1]; /* "jack-<uid>:<name>:" */
} registry_server;

typedef struct registry_header {
    uint32_t magic;
    uint16_t protocol;
    uint32_t type;
    uint32_t size;
    uint32_t header_size;
    uint32_t entry_size;
    registry_server servers[MAX_SERVERS];
} registry_header;

static const char *const socket_directories[] = {"/dev/shm", "/tmp"};

static double now(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void pause_briefly(void)
{
    (void)nanosleep(&(struct timespec){0, 10 * 1000 * 1000}, NULL);
}

/* A non-blocking socket connected to `path`, or -1 with errno. */
static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(address.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0) {
        return -1;
    }
    (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
    (void)fcntl(fd, F_SETFL, O_NONBLOCK);
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        int problem = errno;
        (void)close(fd);
        errno = problem;
        return -1;
    }
    return fd;
}

/* The path of the socket on which the server called `name` of user `uid` listens, in
 * one of the places and forms that builds of JACK2 use; 0 when `which` is too high. */
static int socket_path(const char *name, long uid, unsigned which, char *path,
                       size_t size)
{
    unsigned directories = sizeof socket_directories / sizeof socket_directories[0];
    if (which >= 2 * directories) {
        return 0;
    }
    const char *directory = socket_directories[which / 2];
    if (which % 2 == 0) {
        (void)snprintf(path, size, "%s/jack_%s_%ld_0", directory, name, uid);
    } else { /* JACK_PROMISCUOUS_SERVER */
        (void)snprintf(path, size, "%s/jack_%s_0", directory, name);
    }
    return 1;
}

static int listens(const char *name, long uid)
{
    char path[SERVER_NAME_SIZE + 64];
    for (unsigned which = 0; socket_path(name, uid, which, path, sizeof path);
         which++) {
        int fd = connect_to(path);
        if (fd >= 0) {
            (void)close(fd);
            return 1;
        }
        if (errno != ENOENT && errno != ECONNREFUSED) {
            return 1; /* no proof of death */
        }
    }
    return 0;
}

/* A process may be hidden from us (another container that shares the memory), hence
 * the look at the socket too. */
static int is_dead(const registry_server *server)
{
    long uid;
    int start = 0;
    char name[SERVER_NAME_SIZE + 1];
    if (kill(server->pid, 0) == 0 || errno != ESRCH) {
        return 0;
    }
    if (sscanf(server->name, "jack-%ld:%n", &uid, &start) != 1 || start == 0) {
        return 0;
    }
    (void)snprintf(name, sizeof name, "%.*s", SERVER_NAME_SIZE - start,
                   server->name + start);
    size_t length = strlen(name);
    if (length > 0 && name[length - 1] == ':') {
        name[length - 1] = '\0';
    }
    return !listens(name, uid);
}

static int change_lock(int semaphore, short by)
{
    struct sembuf change = {0, by, SEM_UNDO | IPC_NOWAIT};
    return semop(semaphore, &change, 1);
}

/* The registry's semaphore, taken; -1 when there is none or it stays taken. */
static int take_lock(void)
{
    int semaphore = semget(REGISTRY_LOCK_KEY, 0, 0);
    double deadline = now() + 1.0;
    if (semaphore == -1) {
        return -1;
    }
    while (change_lock(semaphore, -1) != 0) {
        if ((errno != EAGAIN && errno != EINTR) || now() > deadline) {
            return -1;
        }
        pause_briefly();
    }
    return semaphore;
}

static registry_header *map_registry(void)
{
    struct stat status;
    registry_header *registry = NULL;
    int fd = shm_open("/jack-shm-registry", O_RDWR, 0);
    if (fd < 0) {
        return NULL;
    }
    if (fstat(fd, &status) == 0 && status.st_size >= (off_t)sizeof *registry) {
        void *memory =
            mmap(NULL, sizeof *registry, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        registry = memory != MAP_FAILED ? memory : NULL;
    }
    (void)close(fd);
    if (registry != NULL &&
        (registry->magic != REGISTRY_MAGIC || registry->type != REGISTRY_POSIX ||
         registry->header_size != sizeof *registry ||
         (off_t)registry->size != status.st_size)) {
        (void)munmap(registry, sizeof *registry);
        registry = NULL;
    }
    return registry;
}

static int count_free(const registry_header *registry)
{
    int count = 0;
    for (int i = 0; i < MAX_SERVERS; i++) {
        count += registry->servers[i].pid == 0;
    }
    return count;
}

static void tell_holders(const registry_header *registry, char *text, size_t size)
{
    text[0] = '\0';
    for (int i = 0; i < MAX_SERVERS; i++) {
        size_t used = strlen(text);
        (void)snprintf(text + used, size - used, "%s%.80s (pid %ld)", i > 0 ? ", " : "",
                       registry->servers[i].name, (long)registry->servers[i].pid);
    }
}

static int clean(registry_header *registry, char *holders, size_t size)
{
    int semaphore = take_lock();
    if (semaphore == -1) {
        return -1;
    }
    if (count_free(registry) == 0) {
        for (int i = 0; i < MAX_SERVERS; i++) {
            if (is_dead(&registry->servers[i])) {
                memset(&registry->servers[i], 0, sizeof registry->servers[i]);
            }
        }
    }
    int count = count_free(registry);
    if (count == 0) {
        tell_holders(registry, holders, size);
    }
    (void)change_lock(semaphore, 1);
    return count;
}

int rtj_dead_servers_clean(char *holders, size_t size)
{
    registry_header *registry = map_registry();
    if (registry == NULL) {
        return -1;
    }
    int count = clean(registry, holders, size);
    (void)munmap(registry, sizeof *registry);
    return count;
}

/* Send one byte that carries `passed`, a descriptor. */
static int send_descriptor(int fd, int passed)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    char byte = 0;
    struct iovec part = {&byte, 1};
    struct msghdr message = {0};
    memset(&control, 0, sizeof control);
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.bytes;
    message.msg_controllen = sizeof control.bytes;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &passed, sizeof passed);
    return sendmsg(fd, &message, 0) == 1 ? 0 : -1;
}

/* Whether the server takes the connection `fd` up before `deadline`; closes it.
 *
 * A connection stands as soon as the kernel has queued it, even while the server is
 * stopped.  JACK2's server drops one that was closed without a request, silently; that
 * frees what lies unread in it.  So the end of a pipe is left there, and the pipe's
 * hanging up tells that the server's thread has run. */
static int is_taken(int fd, double deadline)
{
    int ends[2];
    int taken = 0;
    if (pipe(ends) != 0) {
        (void)close(fd);
        return 0;
    }
    (void)fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    (void)fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    int sent = send_descriptor(fd, ends[1]) == 0;
    (void)close(fd);
    (void)close(ends[1]);
    while (sent && !taken) {
        struct pollfd waited = {ends[0], POLLIN, 0};
        double left = deadline - now();
        int milliseconds = left > 0 ? (int)(left * 1e3 < 1e6 ? left * 1e3 : 1e6) : 0;
        int result = poll(&waited, 1, milliseconds);
        taken = result > 0;
        if (result == 0 || (result < 0 && errno != EINTR)) {
            break;
        }
    }
    (void)close(ends[0]);
    return taken;
}

rtj_pulse rtj_server_pulse(const char *name, double timeout)
{
    char plain[SERVER_NAME_SIZE];
    char path[SERVER_NAME_SIZE + 64];
    double deadline = now() + timeout;
    (void)snprintf(plain, sizeof plain, "%s", name);
    for (char *c = plain; *c != '\0'; c++) {
        if (*c == '/' || *c == '\\') {
            *c = '_';
        }
    }
    unsigned which = getenv("JACK_PROMISCUOUS_SERVER") != NULL ? 1 : 0;
    for (; socket_path(plain, (long)geteuid(), which, path, sizeof path); which += 2) {
        int fd;
        while ((fd = connect_to(path)) < 0 && errno == EAGAIN && now() < deadline) {
            pause_briefly(); /* its queue is full */
        }
        if (fd >= 0) {
            return is_taken(fd, deadline) ? RTJ_ALIVE : RTJ_SILENT;
        }
        if (errno == EAGAIN) {
            return RTJ_SILENT;
        }
    }
    return RTJ_NO_SOCKET;
}
#endif
