#include "core/hangup.h"

#ifdef __linux__

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "core/relink.h"

/* Whether it is a socket from which nothing more can come. */
static int has_ended(const struct pollfd *each)
{
    char first;
    if ((each->revents & (POLLHUP | POLLERR)) == 0) {
        return 0;
    }
    ssize_t got = recv(each->fd, &first, 1, MSG_PEEK | MSG_DONTWAIT);
    return got == 0 || (got < 0 && errno == ECONNRESET);
}

/* Instead of poll(), where libjack1 calls it.  The events come first; behind them is
 * the pipe of who is before the client in the graph. */
static int poll_for_libjack(struct pollfd *what, nfds_t count, int milliseconds)
{
    int found = poll(what, count, milliseconds);
    if (found > 0 && has_ended(&what[0])) {
        errno = ECONNRESET;
        return -1;
    }
    return found;
}

void rtj_hangup_watch(const rtj_libjack *lib)
{
    if (lib->kind == RTJ_JACK1) {
        (void)rtj_relink(lib->module, "poll", (rtj_any_function *)poll_for_libjack);
    }
}

#else

void rtj_hangup_watch(const rtj_libjack *lib)
{
    (void)lib;
}

#endif
