/* A client's open streams. */
#include "core/latency.h"
#include "core/streams_impl.h"
#include "core/telemetry.h"

void rtj_flow_enlist(rtj_flow *flow)
{
    pthread_mutex_lock(&flow->client->own.lock);
    flow->next = flow->client->flows;
    flow->client->flows = flow;
    pthread_mutex_unlock(&flow->client->own.lock);
}

void rtj_flow_unlist(rtj_flow *flow)
{
    pthread_mutex_lock(&flow->client->own.lock);
    for (rtj_flow **link = &flow->client->flows; *link != NULL; link = &(*link)->next) {
        if (*link == flow) {
            *link = flow->next;
            rtj_telemetry_keep_locked(flow->client, &flow->rt.counts);
            break;
        }
    }
    pthread_mutex_unlock(&flow->client->own.lock);
}

const rtj_flow *rtj_flow_next(const rtj_flow *flow)
{
    return flow->next;
}

/* Unless its last reference was given back, and it is about to leave the list. */
static int retain_living(rtj_flow *flow)
{
    int references = atomic_load(&flow->references);
    while (references > 0) {
        if (atomic_compare_exchange_weak(&flow->references, &references,
                                         references + 1)) {
            return 1;
        }
    }
    return 0;
}

void rtj_flows_blocksize(rtj_client *client, uint32_t frames)
{
    rtj_flow *flows[64]; /* retained, so that the list need not stay locked */
    size_t count = 0;
    pthread_mutex_lock(&client->own.lock);
    for (rtj_flow *flow = client->flows; flow != NULL && count < 64;
         flow = flow->next) {
        if (retain_living(flow)) {
            flows[count++] = flow;
        }
    }
    pthread_mutex_unlock(&client->own.lock);
    for (size_t i = 0; i < count; i++) {
        uint32_t latency = flows[i]->rt.lookahead * frames;
        uint32_t known =
            rtj_flow_latency(flows[i]); /* to the audio thread, maybe first */
        if (flows[i]->rt.out.count > 0) {
            (void)rtj_latency_change(client, flows[i],
                                     latency > known ? latency : known, NULL);
        }
        rtj_flow_release(flows[i]);
    }
}

void rtj_flows_forked(rtj_flow *flow)
{
    for (; flow != NULL; flow = flow->next) {
        pthread_mutex_init(&flow->lock, NULL);
    }
}
