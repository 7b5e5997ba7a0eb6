#include "core/net.h"

rtj_status rtj_net_check(const rtj_net_facts *facts, rtj_error *error)
{
    if (facts->frames >= 1 && facts->frames <= RTJ_NET_FRAMES_MAX &&
        facts->audio_in <= RTJ_NET_CHANNELS_MAX &&
        facts->audio_out <= RTJ_NET_CHANNELS_MAX &&
        facts->midi_in <= RTJ_NET_CHANNELS_MAX &&
        facts->midi_out <= RTJ_NET_CHANNELS_MAX) {
        return RTJ_OK;
    }
    return rtj_fail(error, RTJ_FAILED, 0,
                    "the other end wants what can't be: blocks of %u frames, %d and %d "
                    "audio channels, %d and %d MIDI ports",
                    facts->frames, (int)facts->audio_in, (int)facts->audio_out,
                    (int)facts->midi_in, (int)facts->midi_out);
}
