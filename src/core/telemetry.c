#include "core/telemetry.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/client_impl.h"
#include "core/streams.h"
#include "rt/clock.h"

enum {
    TRIES = 10000, /* of a reader, TRY_NS apart: the audio thread writes some 100 ns */
    TRY_NS = 20000,
    CLOCK_BASE_NS = 2000000, /* the shortest time over which the counter is measured */
};

/* ---- the clock ---- */

/* The kernel knows whether all processors' counters go evenly and together. */
static int kernel_trusts_counter(void)
{
    char name[32] = "";
    FILE *file =
        fopen("/sys/devices/system/clocksource/clocksource0/current_clocksource", "re");
    if (file == NULL) {
        return 0;
    }
    size_t length = fread(name, 1, sizeof name - 1, file);
    (void)fclose(file);
    return length >= 3 && strncmp(name, "tsc\n", sizeof name) == 0;
}

/* Both clocks at once: the reading that was interrupted least. */
static rtj_clock_start read_both(void)
{
    rtj_clock_start best = {0, 0};
    uint64_t shortest = UINT64_MAX;
    for (int i = 0; i < 10; i++) {
        uint64_t before = rtj_clock_counter();
        uint64_t nanoseconds = rtj_clock_nanoseconds();
        uint64_t after = rtj_clock_counter();
        if (after - before < shortest) {
            shortest = after - before;
            best = (rtj_clock_start){before + (after - before) / 2, nanoseconds};
        }
    }
    return best;
}

void rtj_telemetry_open(rtj_client *client)
{
    if (RTJ_CLOCK_COUNTER && kernel_trusts_counter()) {
        client->clock_start = read_both();
    }
}

/* Nanoseconds that a tick lasts, for rt/clock.h; 0 when it is not to be used. */
static uint32_t measure_scale(const rtj_clock_start *start)
{
    struct timespec pause = {0, CLOCK_BASE_NS};
    if (start->ticks == 0) {
        return 0;
    }
    if (rtj_clock_nanoseconds() - start->nanoseconds < CLOCK_BASE_NS) {
        nanosleep(&pause, NULL);
    }
    rtj_clock_start now = read_both();
    double ticks = (double)(now.ticks - start->ticks);
    double scale = (double)(now.nanoseconds - start->nanoseconds) / ticks *
                   (double)(1U << RTJ_CLOCK_SHIFT);
    /* Between 0.1 and 10 GHz, else something is wrong (a clock that stood still). */
    int sound =
        scale > 0.1 * (1U << RTJ_CLOCK_SHIFT) && scale < 10.0 * (1U << RTJ_CLOCK_SHIFT);
    return sound ? (uint32_t)(scale + 0.5) : 0;
}

/* ---- counting ---- */

rtj_stats *rtj_client_rt_stats(rtj_client *client)
{
    return &client->cycle.stats;
}

void rtj_telemetry_samplerate(rtj_client *client, uint32_t samplerate)
{
    atomic_store_explicit(&client->cycle.stats.samplerate, samplerate,
                          memory_order_relaxed);
}

void rtj_telemetry_activate(rtj_client *client)
{
    rtj_stats *stats = &client->cycle.stats;
    rtj_telemetry_samplerate(client, client->lib->jack_get_sample_rate(client->handle));
    stats->time.handle = client->handle;
    stats->time.last_frame_time = client->lib->jack_last_frame_time;
    stats->time.frames_since_cycle_start = client->lib->jack_frames_since_cycle_start;
    stats->freewheels = &client->notifier.freewheels;
    stats->scale = measure_scale(&client->clock_start);
    (void)atomic_fetch_add(&stats->activations, 1);
}

void rtj_telemetry_keep_locked(rtj_client *client, const rtj_stream_counts *counts)
{
    client->closed_streams.underflows +=
        atomic_load_explicit(&counts->underflows, memory_order_relaxed);
    client->closed_streams.overflows +=
        atomic_load_explicit(&counts->overflows, memory_order_relaxed);
}

/* All that ever happened; with own.lock held. */
static rtj_happenings count_locked(const rtj_client *client)
{
    rtj_happenings all = client->closed_streams;
    for (const rtj_flow *flow = client->flows; flow != NULL;
         flow = rtj_flow_next(flow)) {
        const rtj_stream_counts *counts = rtj_flow_counts(flow);
        all.underflows +=
            atomic_load_explicit(&counts->underflows, memory_order_relaxed);
        all.overflows += atomic_load_explicit(&counts->overflows, memory_order_relaxed);
    }
    rtj_detached_counts detached;
    rtj_detached_counts_locked(client, &detached);
    all.underflows += detached.underflows;
    all.overflows += detached.overflows;
    all.midi_late += detached.midi_late;
    all.midi_lost += detached.midi_lost;
    all.xruns = atomic_load_explicit(&client->notifier.xruns, memory_order_relaxed);
    all.events_lost = rtj_client_notices_lost(client);
    return all;
}

void rtj_telemetry_read(rtj_client *client, rtj_telemetry *telemetry)
{
    struct timespec pause = {0, TRY_NS};
    pthread_mutex_lock(&client->own.lock);
    rtj_happenings now = count_locked(client);
    const rtj_happenings *then = &client->happened_before;
    telemetry->since = (rtj_happenings){
        .underflows = now.underflows - then->underflows,
        .overflows = now.overflows - then->overflows,
        .xruns = now.xruns - then->xruns,
        .events_lost = now.events_lost - then->events_lost,
        .midi_late = now.midi_late - then->midi_late,
        .midi_lost = now.midi_lost - then->midi_lost,
    };
    pthread_mutex_unlock(&client->own.lock);
    /* A child after fork() may have its copy in the middle of a write for good. */
    for (int tries = 0;
         !rtj_stats_read(&client->cycle.stats, &telemetry->cycle) && tries < TRIES;
         tries++) {
        nanosleep(&pause, NULL);
    }
}

void rtj_telemetry_reset(rtj_client *client)
{
    pthread_mutex_lock(&client->own.lock);
    client->happened_before = count_locked(client);
    rtj_stats_reset(&client->cycle.stats);
    pthread_mutex_unlock(&client->own.lock);
}
