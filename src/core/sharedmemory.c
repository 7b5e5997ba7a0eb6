#include "core/sharedmemory.h"

#ifdef __linux__

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* Of JACK2 1.9.21: a server takes 38 MB and 33.8 kB for each port that there may be; a
 * client 8 kB, and as much for each client that it is told of. */
static const uint64_t of_a_server = 40000000;
static const uint64_t of_a_port = 34000;
static const uint64_t of_a_client = 65536;

/* Bytes; as many as can be when nothing is known. */
static uint64_t room(void)
{
    struct statvfs memory;
    if (statvfs("/dev/shm", &memory) != 0) {
        return UINT64_MAX;
    }
    return (uint64_t)memory.f_bavail * memory.f_frsize;
}

rtj_status rtj_shared_memory_for_server(uint32_t ports, rtj_error *error)
{
    uint64_t needed = of_a_server + of_a_port * ports;
    uint64_t left = room();
    if (left >= needed) {
        return RTJ_OK;
    }
    return rtj_fail(error, RTJ_FAILED, 0,
                    "the JACK server can't start: /dev/shm has %u MB left, and a "
                    "server with room for %u ports takes %u MB",
                    (unsigned)(left >> 20), (unsigned)ports, (unsigned)(needed >> 20));
}

/* 0, or an error number. */
static int fill_holes(int folder, const char *name)
{
    struct stat status;
    int file = folder < 0 ? -1 : openat(folder, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0) {
        return 0; /* not ours, or gone again */
    }
    int failed = 0;
    if (fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0) {
        failed = posix_fallocate(file, 0, status.st_size);
    }
    (void)close(file);
    return failed == ENOSPC ? failed : 0;
}

rtj_status rtj_shared_memory_for_metadata(const char *jack1, rtj_error *error)
{
    char path[320];
    if (jack1 != NULL) {
        (void)snprintf(path, sizeof path, "/dev/shm/jack-%ld/%s", (long)getuid(),
                       jack1);
    } else {
        (void)snprintf(path, sizeof path, "/dev/shm/jack_db-%ld", (long)getuid());
    }
    DIR *folder = opendir(path);
    const struct dirent *entry;
    int failed = 0;
    while (folder != NULL && failed == 0 && (entry = readdir(folder)) != NULL) {
        if (strncmp(entry->d_name, "__db.", strlen("__db.")) == 0) {
            failed = fill_holes(dirfd(folder), entry->d_name);
        }
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
    return failed == 0 ? RTJ_OK
                       : rtj_fail(error, RTJ_FAILED, failed,
                                  "JACK's metadata has no room in %.200s: %s", path,
                                  strerror(failed));
}

rtj_status rtj_shared_memory_for_client(rtj_error *error)
{
    rtj_status status = rtj_shared_memory_for_metadata(NULL, error);
    uint64_t left = room();
    if (status != RTJ_OK || left >= of_a_client) {
        return status;
    }
    return rtj_fail(
        error, RTJ_FAILED, 0,
        "a client can't be opened: /dev/shm has %u kB left, and JACK2 takes "
        "up to %u kB for a client",
        (unsigned)(left >> 10), (unsigned)(of_a_client >> 10));
}

#else

rtj_status rtj_shared_memory_for_server(uint32_t ports, rtj_error *error)
{
    (void)ports;
    (void)error;
    return RTJ_OK;
}

rtj_status rtj_shared_memory_for_client(rtj_error *error)
{
    (void)error;
    return RTJ_OK;
}

rtj_status rtj_shared_memory_for_metadata(const char *jack1, rtj_error *error)
{
    (void)jack1;
    (void)error;
    return RTJ_OK;
}

#endif
