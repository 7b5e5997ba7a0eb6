#include "core/dead_servers.h"

#ifdef _WIN32 /* the registry goes with the last process there, and sockets differ */
int rtj_dead_servers_clean(char *holders, size_t size)
{
    (void)holders;
    (void)size;
    return -1;
}

void rtj_server_sweep(const char *name)
{
    (void)name;
}

rtj_pulse rtj_server_pulse(const char *name, double timeout)
{
    (void)name;
    (void)timeout;
    return RTJ_NO_SOCKET;
}
#else

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __linux__
#include <sys/epoll.h>
#endif
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

/* The kernel's enum socket_state, as /proc/net/unix has it. */
enum { SOCKET_UNCONNECTED = 1, SOCKET_CONNECTING = 2 };

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
    (void)nanosleep(&(struct timespec){0, 10000000}, NULL);
}

/* A non-blocking socket connected to `path`, or -1 with errno. */
static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(path);
    if (length >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(address.sun_path, path, length + 1);
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
    char prefixed[SERVER_NAME_SIZE + 1]; /* others may have written one without end */
    if (kill(server->pid, 0) == 0 || errno != ESRCH) {
        return 0;
    }
    (void)snprintf(prefixed, sizeof prefixed, "%.*s", SERVER_NAME_SIZE, server->name);
    if (sscanf(prefixed, "jack-%ld:%n", &uid, &start) != 1 || start == 0) {
        return 0;
    }
    char *name = prefixed + start;
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

/* Whether a server is registered whose files begin as those of `name` do. */
static int has_namesake(const registry_header *registry, const char *name)
{
    char prefix[SERVER_NAME_SIZE + 64];
    (void)snprintf(prefix, sizeof prefix, "jack-%ld:%s", (long)geteuid(), name);
    size_t length = strlen(prefix);
    for (int i = 0; i < MAX_SERVERS && length <= SERVER_NAME_SIZE; i++) {
        const registry_server *server = &registry->servers[i];
        if (server->pid != 0 && strncmp(server->name, prefix, length) == 0) {
            return 1;
        }
    }
    return 0;
}

static void remove_semaphores(const char *name)
{
    char prefix[SERVER_NAME_SIZE + 64];
    (void)snprintf(prefix, sizeof prefix, "jack_sem.%ld_%s_", (long)geteuid(), name);
    DIR *directory = opendir(socket_directories[0]);
    const struct dirent *entry;
    if (directory == NULL) {
        return;
    }
    while ((entry = readdir(directory)) != NULL) {
        if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0) {
            (void)unlinkat(dirfd(directory), entry->d_name, 0); /* gone is good */
        }
    }
    (void)closedir(directory);
}

void rtj_server_sweep(const char *name)
{
    registry_header *registry = map_registry();
    if (registry == NULL) {
        return;
    }
    int semaphore = take_lock(); /* so that no namesake starts now */
    if (semaphore != -1) {
        if (!has_namesake(registry, name)) {
            remove_semaphores(name);
        }
        (void)change_lock(semaphore, 1);
    }
    (void)munmap(registry, sizeof *registry);
}

#ifdef __linux__
/* Whether the server takes the connection `fd` up before `deadline`; closes it.
 *
 * A connection stands as soon as the kernel has queued it, even while the server is
 * stopped.  JACK2's server drops one that is shut down without a request, silently; it
 * is its closing that makes a second edge here, after that of our shutting down. */
static int is_taken(int fd, double deadline)
{
    int taken = 0;
    struct epoll_event event = {.events = EPOLLET};
    int edges = epoll_create1(EPOLL_CLOEXEC);
    if (edges >= 0 && epoll_ctl(edges, EPOLL_CTL_ADD, fd, &event) == 0 &&
        shutdown(fd, SHUT_RDWR) == 0) {
        (void)epoll_wait(edges, &event, 1, 0); /* our own */
        double left = deadline - now();
        int milliseconds = left > 0 ? (int)(left * 1e3) + 1 : 0;
        taken = epoll_wait(edges, &event, 1, milliseconds) > 0;
    }
    if (edges >= 0) {
        (void)close(edges);
    }
    (void)close(fd);
    return taken;
}

/* Whether the system knows a socket that listens at `path` and none that waits there to
 * be taken up.  Not always to be had: /proc shows the sockets of our own network. */
static int nobody_waits(const char *path)
{
    char line[SERVER_NAME_SIZE + 128];
    int listening = 0;
    int waiting = 0;
    FILE *sockets = fopen("/proc/net/unix", "re");
    while (sockets != NULL && fgets(line, sizeof line, sockets) != NULL) {
        unsigned state = 0;
        unsigned long inode = 0;
        int start = 0;
        int found =
            sscanf(line, "%*[^:]: %*x %*x %*x %*x %x %lu %n", &state, &inode, &start);
        line[strcspn(line, "\n")] = '\0';
        if (found == 2 && start > 0 && strcmp(line + start, path) == 0) {
            listening |= state == SOCKET_UNCONNECTED;
            waiting |= state == SOCKET_CONNECTING;
        }
    }
    if (sockets != NULL) {
        (void)fclose(sockets);
    }
    return listening && !waiting;
}

/* One connection after the other: of a server so quick that both edges were seen as one
 * they say as little as of a stopped one. */
static rtj_pulse feel(const char *path, double deadline)
{
    double patience = 0.02;
    do {
        double soon = now() + patience;
        int fd = connect_to(path);
        if (fd >= 0) {
            if (is_taken(fd, soon < deadline ? soon : deadline) || nobody_waits(path)) {
                return RTJ_ALIVE;
            }
            patience *= 2; /* few connections wait for a server that is stopped */
        } else if (errno == EAGAIN) {
            pause_briefly(); /* its queue is full */
        } else {
            return RTJ_NO_SOCKET;
        }
    } while (now() < deadline);
    return RTJ_SILENT;
}
#else
static rtj_pulse feel(const char *path, double deadline)
{
    (void)path;
    (void)deadline;
    return RTJ_NO_SOCKET; /* the caller has another way */
}
#endif

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
        rtj_pulse pulse = feel(path, deadline);
        if (pulse != RTJ_NO_SOCKET) {
            return pulse;
        }
    }
    return RTJ_NO_SOCKET;
}
#endif
