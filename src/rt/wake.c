#include "rt/wake.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/eventfd.h>
#else
#include <fcntl.h>
#endif

#ifdef __linux__
int rtj_wake_open(rtj_wake *wake)
{
    int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    wake->read_fd = fd;
    wake->write_fd = fd;
    return fd < 0 ? errno : 0;
}
#else
static int prepare(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    return flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
                   fcntl(fd, F_SETFD, FD_CLOEXEC) < 0
               ? -1
               : 0;
}

int rtj_wake_open(rtj_wake *wake)
{
    int fds[2] = {-1, -1};
    int failed = pipe(fds) < 0 ? errno : 0;
    wake->read_fd = fds[0];
    wake->write_fd = fds[1];
    if (failed == 0 && (prepare(fds[0]) < 0 || prepare(fds[1]) < 0)) {
        failed = errno;
        rtj_wake_close(wake);
    }
    return failed;
}
#endif

void rtj_wake_close(rtj_wake *wake)
{
    if (wake->write_fd >= 0 && wake->write_fd != wake->read_fd) {
        (void)close(wake->write_fd);
    }
    if (wake->read_fd >= 0) {
        (void)close(wake->read_fd);
    }
    wake->read_fd = -1;
    wake->write_fd = -1;
}

void rtj_wake_set(const rtj_wake *wake)
{
    static const uint64_t one = 1;
    int before = errno; /* this may run in a signal handler */
    /* A full pipe or counter refuses, and is set already. */
    ssize_t ignored = write(wake->write_fd, &one, sizeof one);
    (void)ignored;
    errno = before;
}

int rtj_wake_look(const rtj_wake *wake, int milliseconds)
{
    struct pollfd polled = {wake->read_fd, POLLIN, 0};
    return poll(&polled, 1, milliseconds) == 1 && (polled.revents & POLLIN) != 0;
}

int rtj_wake_clear(const rtj_wake *wake)
{
    uint64_t taken[64]; /* an eventfd gives one number, a pipe all that was set */
    int was_set = 0;
    while (read(wake->read_fd, taken, sizeof taken) > 0) {
        was_set = 1;
        if (wake->read_fd == wake->write_fd) {
            break;
        }
    }
    return was_set;
}

int rtj_wake_wait(const rtj_wake *wake, int milliseconds)
{
    return rtj_wake_look(wake, milliseconds) && rtj_wake_clear(wake);
}
