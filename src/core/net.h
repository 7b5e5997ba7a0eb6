/* What netjack's two ends have in common: what they ask for, and blocks. */
#ifndef RTJ_CORE_NET_H
#define RTJ_CORE_NET_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "rt/netpacket.h"

enum {
    RTJ_NET_ADDRESS_MAX = 31, /* bytes: libjacknet has no room for more */
    RTJ_NET_NAME_MAX = 63,
    RTJ_NET_LATENCY_MAX = 30, /* blocks; libjacknet's own limit */
};

/* Channels in the direction that `in` and `out` have for this end; -1: as many as the
 * other end wishes. */
typedef struct rtj_net_options {
    const char *address; /* numbers and dots; a multicast group */
    int port;
    const char *name; /* a slave's */
    int audio_in, audio_out, midi_in, midi_out;
    int mtu, encoder, kbps; /* a slave's */
    int latency;            /* blocks on the network; a slave's */
    int lookahead;          /* blocks; a slave's */
    int reconnect;          /* a slave's: look for a master again when it is lost */
    int frames, samplerate; /* a master's */
    int partial;            /* a master's: blocks may be sent in parts */
} rtj_net_options;

/* What was agreed on, from this end's point of view. */
typedef struct rtj_net_facts {
    uint32_t frames, samplerate;
    uint32_t audio_in, audio_out, midi_in, midi_out;
    char peer[256];
} rtj_net_facts;

/* `frames` samples of each audio channel, then as many bytes * 4 of each MIDI port:
 * rt/netmidi.h.  Floats that a block in that direction has. */
static inline size_t rtj_net_block_size(uint32_t audio, uint32_t midi, uint32_t frames)
{
    return (size_t)(audio + midi) * frames;
}

/* libjacknet's result within what can be: RTJ_OK, or RTJ_FAILED. */
rtj_status rtj_net_check(const rtj_net_facts *facts, rtj_error *error);

#endif
