/* What a client tells of how its audio goes: the audio thread's own counts (rt/stats.h)
 * and what JACK and its streams said.
 */
#ifndef RTJ_CORE_TELEMETRY_H
#define RTJ_CORE_TELEMETRY_H

#include "core/client.h"
#include "rt/stats.h"
#include "rt/stream.h"

/* Counted elsewhere than in the audio thread's cycle; never fall. */
typedef struct rtj_happenings {
    uint64_t underflows; /* of all streams, the closed ones included */
    uint64_t overflows;
    uint64_t xruns;       /* that JACK told */
    uint64_t events_lost; /* notices that found the mailbox full */
    uint64_t midi_late;   /* MIDI events of a callback with lookahead, played late */
    uint64_t midi_lost;   /* likewise, for which there was no room */
} rtj_happenings;

typedef struct rtj_telemetry {
    rtj_stats_copy cycle;
    rtj_happenings since; /* the last reset */
} rtj_telemetry;

/* Any thread, the audio thread within a callback included; also of a closed client. */
void rtj_telemetry_read(rtj_client *client, rtj_telemetry *telemetry);

/* Begin to count anew, with the next block and with what happens from now on. */
void rtj_telemetry_reset(rtj_client *client);

/* The audio thread's counts, for those who run there. */
rtj_stats *rtj_client_rt_stats(rtj_client *client);

/* ---- for core/client.c and its kin ---- */

/* The clock's reading when the client was made, to be compared with later. */
typedef struct rtj_clock_start {
    uint64_t ticks; /* 0: the counter is not to be used */
    uint64_t nanoseconds;
} rtj_clock_start;

void rtj_telemetry_open(rtj_client *client);

/* With libjack entered: before the client is activated. */
void rtj_telemetry_activate(rtj_client *client);
void rtj_telemetry_samplerate(rtj_client *client, uint32_t samplerate);
/* A stream is gone whose counts were these; with own.lock held. */
void rtj_telemetry_keep_locked(rtj_client *client, const rtj_stream_counts *counts);

#endif
