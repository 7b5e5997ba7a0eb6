#include "core/telemetry.h"

#include <time.h>

#include "core/client_impl.h"
#include "core/streams.h"

enum {
    TRIES = 10000, /* of a reader, TRY_NS apart: the audio thread writes some 100 ns */
    TRY_NS = 20000,
};

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
    stats->handle = client->handle;
    stats->last_frame_time = client->lib->jack_last_frame_time;
    stats->freewheels = &client->notifier.freewheels;
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
