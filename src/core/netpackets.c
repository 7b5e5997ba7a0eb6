#include "core/netpackets.h"

#ifdef __linux__

#include <string.h>
#include <sys/socket.h>

#include "core/relink.h"
#include "rt/netpacket.h"

/* The socket with which this thread last called for a master.  What comes back to it is
 * no call: libjacknet would take another slave's, or its own, for the answer. */
static _Thread_local int calls_with = -1;

static ssize_t judge(int descriptor, void *packet, ssize_t got)
{
    if (got > 0 &&
        (!rtj_net_packet_can_be(packet, (size_t)got) ||
         (descriptor == calls_with && rtj_net_packet_is_call(packet, (size_t)got)))) {
        memset(packet, 0, (size_t)got);
    }
    return got;
}

/* Instead of the functions of those names, where libjacknet calls them. */

static int socket_for_libjacknet(int domain, int type, int protocol)
{
    int descriptor = socket(domain, type, protocol);
    calls_with = descriptor == calls_with ? -1 : calls_with;
    return descriptor;
}

static ssize_t sendto_for_libjacknet(int descriptor, const void *packet, size_t size,
                                     int flags, const struct sockaddr *to,
                                     socklen_t length)
{
    calls_with = rtj_net_packet_is_call(packet, size) ? descriptor : calls_with;
    return sendto(descriptor, packet, size, flags, to, length);
}

static ssize_t recvfrom_for_libjacknet(int descriptor, void *packet, size_t size,
                                       int flags, struct sockaddr *from,
                                       socklen_t *length)
{
    return judge(descriptor, packet,
                 recvfrom(descriptor, packet, size, flags, from, length));
}

static ssize_t recv_for_libjacknet(int descriptor, void *packet, size_t size, int flags)
{
    return judge(descriptor, packet, recv(descriptor, packet, size, flags));
}

void rtj_netpackets_watch(void *module)
{
    (void)rtj_relink(module, "socket", (rtj_any_function *)socket_for_libjacknet);
    (void)rtj_relink(module, "sendto", (rtj_any_function *)sendto_for_libjacknet);
    (void)rtj_relink(module, "recvfrom", (rtj_any_function *)recvfrom_for_libjacknet);
    (void)rtj_relink(module, "recv", (rtj_any_function *)recv_for_libjacknet);
}

#else

void rtj_netpackets_watch(void *module)
{
    (void)module;
}

#endif
