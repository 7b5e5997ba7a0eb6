#include "core/netpackets.h"

#include <stdint.h>
#include <string.h>

#include "core/net.h"
#include "core/relink.h"

/* JACK2's session_params_t: kind, protocol and step, three names, whose room differs
 * between versions, and these, in the network's byte order. */
enum {
    MTU,
    ID,
    TRANSPORT,
    AUDIO_TO_SLAVE,
    AUDIO_TO_MASTER,
    MIDI_TO_SLAVE,
    MIDI_TO_MASTER,
    SAMPLERATE,
    FRAMES,
    ENCODER,
    KBPS,
    SYNC,
    LATENCY,
    NUMBERS
};
enum { STEP_AT = 12, HEAD = 16, CALL = 0 }; /* a slave's, for a master */
enum { MTU_LEAST = 256, MTU_MOST = 65536 };

static uint32_t number_at(const unsigned char *place)
{
    return (uint32_t)place[0] << 24 | (uint32_t)place[1] << 16 |
           (uint32_t)place[2] << 8 | place[3];
}

/* -1: as many as the master says. */
static int channels_can_be(uint32_t channels)
{
    return channels <= RTJ_NET_CHANNELS_MAX || channels == UINT32_MAX;
}

static int is_agreement(const unsigned char *packet, size_t size)
{
    static const char kind[] = "params"; /* libjacknet adds what ends the text */
    size_t length = strlen(kind);
    return size >= length && memcmp(packet, kind, length) == 0;
}

static int is_call(const unsigned char *packet, size_t size)
{
    return is_agreement(packet, size) && size >= HEAD &&
           number_at(packet + STEP_AT) == CALL;
}

int rtj_netpacket_can_be(const unsigned char *packet, size_t size)
{
    if (!is_agreement(packet, size)) {
        return 1;
    }
    if (size < HEAD + NUMBERS * sizeof(uint32_t)) {
        return 0;
    }
    uint32_t numbers[NUMBERS];
    const unsigned char *place = packet + size - sizeof numbers;
    for (int i = 0; i < NUMBERS; i++) {
        numbers[i] = number_at(place + (size_t)i * sizeof(uint32_t));
    }
    for (int i = AUDIO_TO_SLAVE; i <= MIDI_TO_MASTER; i++) {
        if (!channels_can_be(numbers[i])) {
            return 0;
        }
    }
    /* A slave that calls has no period yet, and sends what lay there. */
    int has_period = numbers[FRAMES] > 0 && numbers[FRAMES] <= RTJ_NET_FRAMES_MAX &&
                     numbers[SAMPLERATE] > 0;
    return numbers[MTU] >= MTU_LEAST && numbers[MTU] <= MTU_MOST &&
           (has_period || is_call(packet, size));
}

#ifdef __linux__

#include <sys/socket.h>

/* The socket with which this thread last called for a master.  What comes back to it is
 * no call: libjacknet would take another slave's, or its own, for the answer. */
static _Thread_local int calls_with = -1;

static ssize_t judge(int descriptor, void *packet, ssize_t got)
{
    if (got > 0 && (!rtj_netpacket_can_be(packet, (size_t)got) ||
                    (descriptor == calls_with && is_call(packet, (size_t)got)))) {
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
    calls_with = is_call(packet, size) ? descriptor : calls_with;
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
