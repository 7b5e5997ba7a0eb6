#include "rt/netpacket.h"

#include <string.h>

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
enum { STEP_AT = 12, HEAD = 16, CALL = 0 };
enum { MTU_LEAST = 256, MTU_MOST = 65536 };

static uint32_t number_at(const uint8_t *place)
{
    return (uint32_t)place[0] << 24 | (uint32_t)place[1] << 16 |
           (uint32_t)place[2] << 8 | place[3];
}

/* -1: as many as the master says. */
static int channels_can_be(uint32_t channels)
{
    return channels <= RTJ_NET_CHANNELS_MAX || channels == UINT32_MAX;
}

static int is_agreement(const uint8_t *packet, size_t size)
{
    static const char kind[] = "params"; /* libjacknet adds what ends the text */
    size_t length = strlen(kind);
    return size >= length && memcmp(packet, kind, length) == 0;
}

int rtj_net_packet_is_call(const uint8_t *packet, size_t size)
{
    return is_agreement(packet, size) && size >= HEAD &&
           number_at(packet + STEP_AT) == CALL;
}

int rtj_net_packet_can_be(const uint8_t *packet, size_t size)
{
    if (!is_agreement(packet, size)) {
        return 1;
    }
    if (size < HEAD + NUMBERS * sizeof(uint32_t)) {
        return 0;
    }
    uint32_t numbers[NUMBERS];
    const uint8_t *place = packet + size - sizeof numbers;
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
           (has_period || rtj_net_packet_is_call(packet, size));
}
